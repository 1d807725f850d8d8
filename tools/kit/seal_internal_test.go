package kit

import (
	"testing"
	"time"
)

// TestSealsOfAKind checks that the state of a question is no confirmation code, nor
// the reverse, and that a seal holds once and for its own call.
func TestSealsOfAKind(t *testing.T) {
	now := time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)
	c := NewConfirmer(func() time.Time { return now })
	call := pendingCall{tool: "jira_delete_issue", caller: "a", arguments: []byte(`{"issue":"PAY-1"}`), summary: "delete PAY-1"}
	other := call
	other.arguments = []byte(`{"issue":"PAY-2"}`)
	kinds := []sealKind{sealCode, sealState}
	for _, made := range kinds {
		for _, taken := range kinds {
			seal := c.seal(made, call)
			if c.redeem(taken, seal, other) {
				t.Errorf("a %s holds for another call", made)
			}
			if got := c.redeem(taken, seal, call); got != (made == taken) {
				t.Errorf("a %s taken for a %s: %v", made, taken, got)
			}
			if c.redeem(taken, seal, call) {
				t.Errorf("a %s holds twice", made)
			}
		}
	}
	late := c.seal(sealCode, call)
	now = now.Add(ConfirmationTTL + time.Second)
	if c.redeem(sealCode, late, call) {
		t.Error("a code holds after its time")
	}
}
