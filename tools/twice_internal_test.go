package tools

import (
	"testing"
	"time"
)

// TestFailuresLeaveWhatWasMade: creates that fail, in any order, leave what an
// earlier one made.
func TestFailuresLeaveWhatWasMade(t *testing.T) {
	now := time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)
	id := fingerprintOf("x")
	for name, order := range map[string][]int{"one after the other": {0, 1, 2}, "the last first": {2, 1, 0}, "the middle first": {1, 2, 0}, "the middle last": {0, 2, 1}} {
		tw := newTwice(func() time.Time { return now })
		first, earlier, err := tw.begin(t.Context(), id)
		if err != nil || earlier != nil {
			t.Fatal(err)
		}
		tw.settle(first, filed{key: "PAY-133"})
		again := []*filing{tw.anew(id), tw.anew(id), tw.anew(id)}
		for _, n := range order {
			tw.settle(again[n], filed{failed: true})
		}
		if _, earlier, err := tw.begin(t.Context(), id); err != nil || earlier == nil || earlier.key != "PAY-133" {
			t.Errorf("%s: %+v, %v", name, earlier, err)
		}
	}
}

// TestOneFingerprintIsEnough, and one that is found later counts as well.
func TestOneFingerprintIsEnough(t *testing.T) {
	tw := newTwice(time.Now)
	said, sent, other := fingerprintOf("said"), fingerprintOf("sent"), fingerprintOf("other")
	own, _, _ := tw.begin(t.Context(), said, sent)
	tw.settle(own, filed{key: "PAY-1"})
	for _, id := range []fingerprint{said, sent} {
		if f := tw.made(id); f == nil || f.key != "PAY-1" {
			t.Errorf("%v", f)
		}
	}
	mine, _, _ := tw.begin(t.Context(), other)
	if earlier, err := tw.also(t.Context(), mine, other, sent); err != nil || earlier == nil || earlier.key != "PAY-1" {
		t.Errorf("a create that turns out to be another's: %v, %v", earlier, err)
	}
	tw.settle(mine, filed{failed: true})
	if tw.made(other) != nil || tw.made(sent) == nil {
		t.Error("what failed is remembered, or what was made is not")
	}
}
