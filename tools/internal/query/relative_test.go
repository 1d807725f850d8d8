package query_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
)

func TestIsRelative(t *testing.T) {
	for jql, want := range map[string]bool{
		"created >= -7d": true, `updated > "-2w"`: true, "due <= startOfDay(+1d)": true, "created > now()": true, "resolved >= startofweek()": true, "status changed AFTER -1d": true,
		"project = PAY": false, "created >= 2026-01-31": false, `summary ~ "2nd"`: false, "key = PAY-7": false, "fixVersion = 24": false,
	} {
		if query.IsRelative(jql) != want {
			t.Errorf("%s: %v", jql, !want)
		}
	}
}
