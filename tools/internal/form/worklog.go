package form

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

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
// logs work, and "" otherwise. fields are those of the issue after the write.
func (f *Form) LoggedWork(id string, fields jira.Fields) string {
	switch {
	case !isWorklog(f.Meta(id)):
		return ""
	case strings.HasPrefix(f.Requested[id], "{"):
		return "accepted; cannot be compared"
	case isLogged(fields, id, f.Updates[id][0]):
		return f.Requested[id] + " logged"
	}
	return f.Requested[id] + " accepted; it is not among the worklogs that the issue shows (the first 20)"
}

// maxLogDelay is the greatest time between a worklog's creation and the last
// change of its issue for the worklog to count as part of that change.
const maxLogDelay = time.Minute

// isLogged reports whether the worklogs of an issue have one with the time that
// was sent and that was created when the issue last changed. Both times are
// Jira's. An older worklog of the same length does not count. An issue shows
// only its first 20 worklogs.
func isLogged(fields jira.Fields, id string, update any) bool {
	page, _ := jira.Value[struct {
		Worklogs []struct {
			Seconds int64  `json:"timeSpentSeconds"`
			Created string `json:"created"`
		} `json:"worklogs"`
	}](fields, id)
	updated, _ := jira.Value[string](fields, "updated")
	changed, noTime := time.Parse(jira.TimeLayout, updated)
	op, _ := update.(map[string]any)
	add, _ := op["add"].(map[string]any)
	spent, _ := add["timeSpent"].(string)
	minutes, err := strconv.ParseInt(strings.TrimSuffix(spent, "m"), 10, 64)
	if err != nil || noTime != nil {
		return false
	}
	for _, w := range page.Worklogs {
		created, err := time.Parse(jira.TimeLayout, w.Created)
		if err == nil && w.Seconds == minutes*60 && changed.Sub(created) < maxLogDelay {
			return true
		}
	}
	return false
}
