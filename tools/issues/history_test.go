package issues_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestLongHistory checks that the newest changes of a long history are shown, that
// the answer says first what was not read, and that the present status counts
// from the change that led to it.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	const edits = 10_400
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		issue := s.Issue("PAY-9")
		issue.History = nil
		begin := s.Now().Add(-edits * time.Hour)
		issue.Created = begin.Add(-time.Hour)
		for n := range edits {
			item := store.Item{Field: "summary", FieldID: "summary", FieldType: "jira", FromText: fmt.Sprint("version ", n), ToString: fmt.Sprint("version ", n+1)}
			if n == edits-3 {
				item = store.Item{Field: "status", FieldID: "status", FieldType: "jira", From: s.Status("To Do").ID, FromText: "To Do", To: issue.Status.ID, ToString: issue.Status.Name}
			}
			issue.History = append(issue.History, &store.Change{ID: s.Serial(), Author: s.Users[0], At: begin.Add(time.Duration(n) * time.Hour), Items: []store.Item{item}})
		}
	})
	b.TakeRequests()
	text, _ := b.Ok("jira_get_history", `{"issue":"PAY-9"}`)
	requests := b.TakeRequests()
	sent := toolstest.CountRequests(requests, "GET /rest/api/3/issue/PAY-9/changelog") + toolstest.CountRequests(requests, "POST /rest/api/3/changelog/bulkfetch")
	if sent > 3 {
		t.Errorf("%d requests for the history, at most 3", sent)
	}
	for _, want := range []string{"The 400 oldest edits were not read; the changes and the times begin on ", "summary: version 10399 → version 10400", "3h 0m (now)", " of 10000; more: skip"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%.600s", want, text)
		}
	}
	if strings.Index(text, "not read") > strings.Index(text, "Time in status") {
		t.Errorf("what was not read is said after the numbers:\n%.600s", text)
	}
}
