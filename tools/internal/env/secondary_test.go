package env_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// TestSecondary checks that a secondary question fails nothing, takes ten seconds
// at most, and that the end of the call is an error.
func TestSecondary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		began := time.Now()
		missing, err := env.Secondary(t.Context(), "the watchers of PAY-1", hang)
		if err != nil || missing != "The watchers of PAY-1 could not be read: Jira did not answer within 10 seconds." || time.Since(began) != 10*time.Second {
			t.Errorf("%q, %v after %s", missing, err, time.Since(began))
		}
		missing, err = env.Secondary(t.Context(), "the count", func(context.Context) error { return errors.New("Jira answered 500") })
		if err != nil || missing != "The count could not be read: Jira answered 500" {
			t.Errorf("%q, %v", missing, err)
		}
		missing, err = env.Secondary(t.Context(), "the count", func(context.Context) error { return nil })
		if err != nil || missing != "" {
			t.Errorf("%q, %v", missing, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if missing, err = env.Secondary(ctx, "the count", hang); !errors.Is(err, context.DeadlineExceeded) || missing != "" {
			t.Errorf("%q, %v", missing, err)
		}
	})
}
