package tools_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestRounds checks how often a call waits for Jira, since that is what people
// wait for: with a Jira of 100 ms, four rounds take 400 ms. Requests that do not
// depend on each other go side by side.
func TestRounds(t *testing.T) {
	create := `{"project":"PAY","type":"Bug","summary":"Refunds are rounded down","description":"Seen by @Ana Silva.","priority":"High","assignee":"Ana Silva","labels":["refund"]`
	for name, test := range map[string]struct {
		setup            func(*store.Site)
		tool, args       string
		rounds, requests int // at most
	}{
		"get an issue":                     {nil, "jira_get_issue", `{"issues":["PAY-9"]}`, 1, 2},
		"search":                           {nil, "jira_search", `{"jql":"project = PAY"}`, 1, 1},
		"edit":                             {nil, "jira_update_issue", `{"issue":"PAY-9","priority":"High","assignee":"Ana Silva"}`, 2, 4},
		"create":                           {nil, "jira_create_issue", create + `}`, 4, 7},
		"create in a sprint":               {nil, "jira_create_issue", create + `,"sprint":"current"}`, 4, 9},
		"create, with more fields":         {nil, "jira_create_issue", create + `,"fields":[{"name":"Story Points","value":"3"}],"watchers":["Ben Okafor"],"links":["blocks PAY-9"]}`, 5, 10},
		"create, fields off the screen":    {nil, "jira_create_issue", `{"project":"LAB","type":"Task","summary":"Repair the north mast","sprint":"current","estimate":"3h","assignee":"Ana Silva","fields":[{"name":"Story type","value":"Chore"},{"name":"Due date","value":"2026-12-24"}]}`, 5, 11},
		"history":                          {nil, "jira_get_history", `{"issue":"PAY-9"}`, 1, 3},
		"history of 10,000 entries":        {longHistory, "jira_get_history", `{"issue":"PAY-9"}`, 2, 4},
		"950 comments":                     {manyComments, "jira_get_comments", `{"issue":"PAY-9","author":"Ana Silva","limit":100}`, 4, 11},
		"sprints":                          {nil, "jira_list_sprints", `{"project":"PAY"}`, 2, 3},
		"backlog":                          {nil, "jira_get_backlog", `{"project":"PAY"}`, 3, 4},
		"sprint report by project":         {nil, "jira_sprint_report", `{"project":"PAY"}`, 4, 8},
		"sprint report by board":           {nil, "jira_sprint_report", `{"board":"PAY board"}`, 4, 8},
		"sprint report of a closed sprint": {nil, "jira_sprint_report", `{"project":"PAY","sprint":"last"}`, 5, 9},
		"velocity":                         {nil, "jira_velocity", `{"project":"PAY"}`, 6, 17},
		"standup":                          {nil, "jira_standup", `{"project":"PAY"}`, 3, 6},
		"flow":                             {nil, "jira_flow_report", `{"project":"PAY"}`, 3, 6},
		"workload":                         {nil, "jira_workload", `{"project":"PAY"}`, 2, 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := toolstest.NewDistant(t, toolstest.Everything, test.setup)
				_, rounds, requests := b.Rounds(test.tool, test.args)
				if rounds > test.rounds || len(requests) > test.requests {
					t.Errorf("%d rounds and %d requests, want at most %d and %d:\n%s", rounds, len(requests), test.rounds, test.requests, strings.Join(requests, "\n"))
				}
			})
		})
	}
}

// longHistory gives PAY-9 a history of 10,000 entries.
func longHistory(s *store.Site) {
	issue := s.Issue("PAY-9")
	for len(issue.History) < 10_000 {
		issue.History = append(issue.History, &store.Change{ID: s.Serial(), Author: s.Users[0], At: s.Now(), Items: []store.Item{{Field: "summary", FieldID: "summary", FieldType: "jira", FromText: "a", ToString: "b"}}})
	}
}

// manyComments gives PAY-9 950 comments, none of them by Ana Silva.
func manyComments(s *store.Site) {
	issue := s.Issue("PAY-9")
	body, author := json.RawMessage(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Seen."}]}]}`), s.Users[3]
	issue.Comments = nil
	for n := range 950 {
		issue.Comments = append(issue.Comments, &store.Comment{ID: s.Serial(), Author: author, Body: body, Created: s.Now().Add(time.Duration(n-1000) * time.Minute), Updated: s.Now()})
	}
}
