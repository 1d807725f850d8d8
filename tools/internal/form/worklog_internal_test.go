package form

import (
	"encoding/json"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// TestIsLogged checks that a worklog counts as the one that was sent only if it
// was created with the last change of the issue.
func TestIsLogged(t *testing.T) {
	t.Parallel()
	sent := map[string]any{"add": map[string]any{"timeSpent": "60m"}}
	for _, c := range []struct {
		what, worklogs, updated string
		want                    bool
	}{
		{"created now", `[{"timeSpentSeconds":3600,"created":"2026-11-30T10:00:00.100+0000"}]`, `"2026-11-30T11:00:00.000+0100"`, true},
		{"an older one of that length", `[{"timeSpentSeconds":3600,"created":"2026-11-30T08:00:00.000+0000"}]`, `"2026-11-30T10:00:00.000+0000"`, false},
		{"another length", `[{"timeSpentSeconds":1800,"created":"2026-11-30T10:00:00.000+0000"}]`, `"2026-11-30T10:00:00.000+0000"`, false},
		{"no time of the change", `[{"timeSpentSeconds":3600,"created":"2026-11-30T10:00:00.000+0000"}]`, `null`, false},
		{"none", `[]`, `"2026-11-30T10:00:00.000+0000"`, false},
	} {
		fields := jira.Fields{"worklog": json.RawMessage(`{"worklogs":` + c.worklogs + `}`), "updated": json.RawMessage(c.updated)}
		if got := isLogged(fields, "worklog", sent); got != c.want {
			t.Errorf("%s: isLogged = %t, want %t", c.what, got, c.want)
		}
	}
}
