package reports_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/odd"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// newOdd returns a server for the sandbox that answers oddly and
// returns twenty issues at once.
func newOdd(t *testing.T, o odd.Options) *toolstest.Server {
	t.Helper()
	b := toolstest.New(t, toolstest.Everything)
	o.PageSize = 20
	site := odd.Wrap(b.Sandbox, o)
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		site.ServeHTTP(w, r)
	}))
	return b
}

// TestOddPages checks the figures of reports and the rows of searches against
// those of a site whose pages are in order: they are the same, or the answer says
// that the list may not be complete. No sequence of pages goes on for long.
func TestOddPages(t *testing.T) {
	t.Parallel()
	calls := []struct{ tool, args string }{
		{"jira_workload", `{"project":"PAY"}`},
		{"jira_flow_report", `{"jql":"project = PAY"}`},
		{"jira_search", `{"jql":"project = PAY ORDER BY key","limit":100,"fields":["summary"]}`},
		{"jira_standup", `{"project":"PAY"}`},
		{"jira_sprint_report", `{"project":"PAY"}`},
	}
	whole := newOdd(t, odd.Options{})
	want := map[string]string{}
	for _, c := range calls {
		want[c.tool], _ = whole.Ok(c.tool, c.args)
	}
	for name, o := range map[string]odd.Options{"an item twice": {RepeatItems: true}, "no token": {NoNextToken: true}, "the last page, with a token": {LastWithToken: true}, "endless pages": {EndlessPages: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newOdd(t, o)
			for _, c := range calls {
				b.TakeRequests()
				got, _ := b.Ok(c.tool, c.args)
				if sent := b.TakeRequests(); len(sent) > 40 {
					t.Errorf("%s: %d requests", c.tool, len(sent))
				}
				same := withoutCursor(got) == withoutCursor(want[c.tool])
				if (o.RepeatItems || o.LastWithToken) && !same {
					t.Errorf("%s differs:\n%s\nwant\n%s", c.tool, got, want[c.tool])
				}
				if !same && !strings.Contains(got, "may be incomplete") && !strings.Contains(got, "may not be complete") {
					t.Errorf("%s does not say that it is not complete:\n%s", c.tool, got)
				}
			}
		})
	}
}

// withoutCursor removes the line with the cursor, which is never the same.
func withoutCursor(text string) string {
	before, _, _ := strings.Cut(text, "\nMore: cursor ")
	return before
}

// TestTwelveBoards checks the boards that are hard to read: a team-managed one
// without estimation and one whose filter is private are reported alike, with what
// was used in place of their own fields.
func TestTwelveBoards(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, seed.MoreBoards)
	text, _ := b.Ok("jira_list_boards", `{}`)
	for _, want := range []string{"10 | MOB without estimates | simple | MOB | MOB Sprint 7 (of another board)", "11 | Board of a private filter | scrum | PAY | PAY Sprint 14 (of another board)", "16 | PAY team 5"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	const used = "estimates are taken from Story Points or Story point estimate"
	for args, want := range map[string][]string{
		`{"board":"MOB without estimates","sprint":"42"}`:     {"committed 5 (10)", used},
		`{"board":"Board of a private filter","sprint":"34"}`: {"committed 29 (57)", used, "The board's configuration could not be read: Jira answered 404", "including those not on the board"},
	} {
		text, _ := b.Ok("jira_sprint_report", args)
		for _, says := range want {
			if !strings.Contains(text, says) {
				t.Errorf("%s does not say %q:\n%s", args, says, text)
			}
		}
	}
}

// TestGermanSiteWithoutIDs checks that histories with the original names of
// statuses, and without ids, give the same figures on a site in German.
func TestGermanSiteWithoutIDs(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, seed.German)
	b.Connect(toolstest.Everything, odd.Wrap(b.Sandbox, odd.Options{NoIDs: true}))
	text, _ := b.Ok("jira_sprint_report", `{"project":"PAY"}`)
	if !strings.Contains(text, "completed 9 (24), open 20 (39)") || strings.Contains(text, "not found on the site") {
		t.Error(text)
	}
	if text, _ = b.Ok("jira_flow_report", `{"project":"PAY"}`); !strings.Contains(text, "126 created, 66 resolved") {
		t.Error(text)
	}
	if text, _ = b.Ok("jira_get_history", `{"issue":"PAY-1"}`); !strings.Contains(text, "In Arbeit ") || !strings.Contains(text, "(now)") {
		t.Error(text)
	}
}

// TestHiddenEstimationField checks that a report says so if this user cannot see
// the field in which a board estimates.
func TestHiddenEstimationField(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	hidden := toolstest.NewBent(t, nil, func(path string, answer any) any {
		if strings.HasSuffix(path, "/board/1/configuration") {
			answer.(map[string]any)["estimation"] = map[string]any{"type": "field", "field": map[string]any{"fieldId": "customfield_99999", "displayName": "Effort"}}
		}
		return answer
	})
	const note = "The board's estimation field, Effort, is not visible to this server's user; estimates are taken from Story Points"
	if text, _ := hidden.Ok("jira_sprint_report", `{"project":"PAY"}`); !strings.Contains(text, note) || !strings.Contains(text, "committed 29 (57)") {
		t.Error(text)
	}
	if text, _ := b.Ok("jira_sprint_report", `{"project":"PAY"}`); strings.Contains(text, "not visible") {
		t.Error(text)
	}
}
