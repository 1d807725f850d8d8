package form

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// Log Work is a field of screens whose value cannot be set: each write adds a
// worklog (contract, createIssue and doTransition: update.worklog).

// isWorklog reports whether a field of a screen logs work.
func isWorklog(m jira.FieldMeta) bool { return m.Schema.Items == "worklog" }

// addWorklog logs a duration such as "1h 30m". A JSON object is sent as it is,
// for a start or an adjustment of the estimate.
func (f *Form) addWorklog(ctx context.Context, meta jira.FieldMeta, value string) {
	var add any
	if object := map[string]any{}; json.Unmarshal([]byte(value), &object) == nil {
		add = object
	} else {
		seconds, err := f.names.Duration(ctx, value)
		if err != nil {
			f.reject(meta, &names.ValueError{Field: meta.Name, Problem: err.Error()})
			return
		}
		add = map[string]any{"timeSpent": names.FormatMinutes(seconds)}
	}
	f.Updates[meta.ID] = []any{map[string]any{"add": add}}
	f.Requested[meta.ID] = strings.TrimSpace(value)
}

// LoggedWork returns the work that the form has logged, if the field with an id
// logs work, and "" otherwise. held is the field's value after the write.
func (f *Form) LoggedWork(id string, held json.RawMessage) string {
	switch {
	case !isWorklog(f.Meta(id)):
		return ""
	case strings.HasPrefix(f.Requested[id], "{"):
		return "accepted; cannot be compared"
	case f.IsStored(id, held):
		return f.Requested[id] + " logged"
	}
	return f.Requested[id] + " accepted; it is not among the worklogs that the issue shows (the first 20)"
}

// isLogged reports whether the worklogs of an issue have one with the time that
// was sent. An issue shows only its first 20 worklogs.
func isLogged(held json.RawMessage, update any) bool {
	var page struct {
		Worklogs []struct {
			Seconds int64 `json:"timeSpentSeconds"`
		} `json:"worklogs"`
	}
	op, _ := update.(map[string]any)
	add, _ := op["add"].(map[string]any)
	spent, _ := add["timeSpent"].(string)
	minutes, err := strconv.ParseInt(strings.TrimSuffix(spent, "m"), 10, 64)
	if err != nil || json.Unmarshal(held, &page) != nil {
		return false
	}
	for _, w := range page.Worklogs {
		if w.Seconds == minutes*60 {
			return true
		}
	}
	return false
}
