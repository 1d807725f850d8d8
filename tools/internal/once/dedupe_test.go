package once

import (
	"testing"
	"time"
)

// TestFailedCreatesKeepEarlierEntry checks that creates that fail, in any order,
// leave the entry of an earlier one that succeeded.
func TestFailedCreatesKeepEarlierEntry(t *testing.T) {
	now := time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)
	id := FingerprintOf("x")
	for name, order := range map[string][]int{"one after the other": {0, 1, 2}, "the last first": {2, 1, 0}, "the middle first": {1, 2, 0}, "the middle last": {0, 2, 1}} {
		tw := NewDedupe(func() time.Time { return now })
		first, earlier, err := tw.Begin(t.Context(), nil, false, id)
		if err != nil || earlier != nil {
			t.Fatal(err)
		}
		tw.Finish(first, Result{Key: "PAY-133"})
		var again []*Entry
		for range 3 {
			own, _, err := tw.Begin(t.Context(), nil, true, id)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, own)
		}
		for _, n := range order {
			tw.Finish(again[n], Result{Failed: true})
		}
		if _, earlier, err := tw.Begin(t.Context(), nil, false, id); err != nil || earlier == nil || earlier.Key != "PAY-133" {
			t.Errorf("%s: %+v, %v", name, earlier, err)
		}
	}
}

// TestOneFingerprintIsEnough checks that one common fingerprint identifies a
// create, and that fingerprints that are added later count as well.
func TestOneFingerprintIsEnough(t *testing.T) {
	tw := NewDedupe(time.Now)
	said, sent, other := FingerprintOf("said"), FingerprintOf("sent"), FingerprintOf("other")
	own, _, _ := tw.Begin(t.Context(), nil, false, said, sent)
	tw.Finish(own, Result{Key: "PAY-1"})
	for _, id := range []Fingerprint{said, sent} {
		if f := tw.Completed(id); f == nil || f.Key != "PAY-1" {
			t.Errorf("%v", f)
		}
	}
	mine, _, _ := tw.Begin(t.Context(), nil, false, other)
	if _, earlier, err := tw.Begin(t.Context(), mine, false, other, sent); err != nil || earlier == nil || earlier.Key != "PAY-1" {
		t.Errorf("a create that turns out to be another's: %v, %v", earlier, err)
	}
	tw.Finish(mine, Result{Failed: true})
	if tw.Completed(other) != nil || tw.Completed(sent) == nil {
		t.Error("what failed is remembered, or what was made is not")
	}

	// A create that is made on request is remembered under the fingerprints
	// that are added later.
	mine, _, _ = tw.Begin(t.Context(), nil, true, other)
	if same, earlier, err := tw.Begin(t.Context(), mine, true, other, sent); same != mine || earlier != nil || err != nil {
		t.Errorf("made anyway: %v, %v", earlier, err)
	}
	tw.Finish(mine, Result{Key: "PAY-2"})
	if f := tw.Completed(sent); f == nil || f.Key != "PAY-2" {
		t.Errorf("the newest is %+v", f)
	}
}

// TestFingerprintsOfMeaning checks that creates which mean the same have one
// fingerprint, and others do not.
func TestFingerprintsOfMeaning(t *testing.T) {
	labels := func(list ...string) any { return map[string]any{"summary": "Müller", "labels": list} }
	option := func(values ...string) any {
		var list []any
		for _, v := range values {
			list = append(list, map[string]string{"value": v})
		}
		return map[string]any{"field": list}
	}
	text := func(parts ...string) any {
		var list []any
		for _, p := range parts {
			list = append(list, map[string]any{"type": "text", "text": p})
		}
		return map[string]any{"content": list}
	}
	same := [][2]any{
		{labels("a", "b"), labels("b", "a")},
		{labels("a", "b"), labels("a", "b", "a")},
		{option("x", "y"), option("y", "x", "y")},
		{map[string]any{"summary": "Müller", "labels": []string{"a"}}, map[string]any{"summary": "Mu\u0308ller", "labels": []string{"a"}}},
		{"refund", "re\u200bfund"}, {"a  b ", "a b"},
	}
	for _, pair := range same {
		if FingerprintOf(pair[0]) != FingerprintOf(pair[1]) {
			t.Errorf("%v and %v differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]any{{labels("a"), labels("b")}, {labels("a"), labels()}, {text("a", "b"), text("b", "a")}, {text("a", "a"), text("a")}, {"a b", "ab"}, {1, "1"}, {option("x"), option("X")}} {
		if FingerprintOf(pair[0]) == FingerprintOf(pair[1]) {
			t.Errorf("%v and %v are the same", pair[0], pair[1])
		}
	}
}
