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
		first, earlier, err := tw.claim(t.Context(), nil, false, id)
		if err != nil || earlier != nil {
			t.Fatal(err)
		}
		tw.settle(first, filed{key: "PAY-133"})
		var again []*filing
		for range 3 {
			own, _, err := tw.claim(t.Context(), nil, true, id)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, own)
		}
		for _, n := range order {
			tw.settle(again[n], filed{failed: true})
		}
		if _, earlier, err := tw.claim(t.Context(), nil, false, id); err != nil || earlier == nil || earlier.key != "PAY-133" {
			t.Errorf("%s: %+v, %v", name, earlier, err)
		}
	}
}

// TestOneFingerprintIsEnough, and one that is found later counts as well.
func TestOneFingerprintIsEnough(t *testing.T) {
	tw := newTwice(time.Now)
	said, sent, other := fingerprintOf("said"), fingerprintOf("sent"), fingerprintOf("other")
	own, _, _ := tw.claim(t.Context(), nil, false, said, sent)
	tw.settle(own, filed{key: "PAY-1"})
	for _, id := range []fingerprint{said, sent} {
		if f := tw.made(id); f == nil || f.key != "PAY-1" {
			t.Errorf("%v", f)
		}
	}
	mine, _, _ := tw.claim(t.Context(), nil, false, other)
	if _, earlier, err := tw.claim(t.Context(), mine, false, other, sent); err != nil || earlier == nil || earlier.key != "PAY-1" {
		t.Errorf("a create that turns out to be another's: %v, %v", earlier, err)
	}
	tw.settle(mine, filed{failed: true})
	if tw.made(other) != nil || tw.made(sent) == nil {
		t.Error("what failed is remembered, or what was made is not")
	}

	// One that is made all the same is remembered as what it turned out to be.
	mine, _, _ = tw.claim(t.Context(), nil, true, other)
	if same, earlier, err := tw.claim(t.Context(), mine, true, other, sent); same != mine || earlier != nil || err != nil {
		t.Errorf("made all the same: %v, %v", earlier, err)
	}
	tw.settle(mine, filed{key: "PAY-2"})
	if f := tw.made(sent); f == nil || f.key != "PAY-2" {
		t.Errorf("the newest is %+v", f)
	}
}
