package kit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

func TestNoEffectErrorSaysSoOnce(t *testing.T) {
	cause := errors.New("the sprint is closed")
	for _, c := range []struct {
		name          string
		err           error
		text, problem string
	}{
		{"changed", kit.NothingChanged("%w", cause), "the sprint is closed. Nothing was changed", "the sprint is closed"},
		{"a sentence", kit.NothingChanged("%w.", cause), "the sprint is closed. Nothing was changed", "the sprint is closed."},
		{"sent", kit.NothingSent("%w", cause), "the sprint is closed. Nothing was sent", "the sprint is closed"},
		{"deleted", kit.NothingDeleted("%w", cause), "the sprint is closed. Nothing was deleted", "the sprint is closed"},
		{"logged", kit.NothingLogged("%w", cause), "the sprint is closed. Nothing was logged", "the sprint is closed"},
		{"wrapped", fmt.Errorf("PAY-1: %w", kit.NothingChanged("%w", cause)), "PAY-1: the sprint is closed. Nothing was changed", "PAY-1: the sprint is closed"},
		{"another error", cause, "the sprint is closed", "the sprint is closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.err.Error(); got != c.text {
				t.Errorf("text %q, want %q", got, c.text)
			}
			if got := kit.WithoutNote(c.err); got != c.problem {
				t.Errorf("problem %q, want %q", got, c.problem)
			}
			if !errors.Is(c.err, cause) {
				t.Error("the cause is lost")
			}
			var noEffect *kit.NoEffectError
			if is := errors.As(c.err, &noEffect); is != (c.name != "another error") || is && !noEffect.NothingDone() {
				t.Errorf("noEffect: %v", is)
			}
		})
	}
}
