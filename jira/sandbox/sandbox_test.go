package sandbox_test

import (
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

func TestSizeIsReachedWithinTwoSeconds(t *testing.T) {
	started := time.Now()
	s, err := sandbox.New(sandbox.Options{Size: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d issues in %v", s.Issues(), time.Since(started))
	if s.Issues() < 10_000 {
		t.Errorf("%d issues, want 10,000", s.Issues())
	}
}
