package issues_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestSimilarIssues checks that issues about the same are listed in a dry run and
// after a create, and that only one that says the same is refused.
func TestSimilarIssues(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	const old = "PAY-68 (In Progress) Refund over the 90-day limit ends in a blank page"
	text, _ := b.Ok("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Portal shows blank page when refunding an order older than 90 days","dry_run":true}`)
	if !strings.Contains(text, "Similar issues:\n"+old) {
		t.Error(text)
	}
	text, _ = b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Portal shows blank page when refunding an order older than 90 days","dry_run":true}`)
	if !strings.Contains(text, "No similar issue was found.") {
		t.Errorf("of another type: %s", text)
	}
	text, _ = b.Ok("jira_create_issue", `{"project":"Payments","type":"bug","summary":"Portal shows blank page when refunding an order older than 90 days"}`)
	if !strings.Contains(text, "Created PAY-") || !strings.Contains(text, old) {
		t.Error(text)
	}
	const same = `{"project":"PAY","type":"Bug","summary":"A refund over the 90-day limit ends in blank pages!"%s}`
	b.Refused("jira_create_issue", strings.Replace(same, "%s", "", 1), "an issue with the same or nearly the same summary exists already", old, "allow_duplicate: true", "Nothing was sent")
	text, _ = b.Ok("jira_create_issue", strings.Replace(same, "%s", `,"dry_run":true`, 1))
	if !strings.Contains(text, "It would be refused") {
		t.Error(text)
	}
	text, _ = b.Ok("jira_create_issue", strings.Replace(same, "%s", `,"allow_duplicate":true`, 1))
	if !strings.Contains(text, "Created PAY-") || !strings.Contains(text, old) {
		t.Error(text)
	}
	b.TakeRequests()
	text, _ = b.Ok("jira_create_issues", `{"project":"PAY","issues":[{"ref":"a","type":"Bug","summary":"Refund over the 90-day limit ends in a blank page"},{"ref":"b","type":"Story","summary":"Unheard wish"}]}`)
	if !strings.Contains(text, "Filed 2 of 2") || !strings.Contains(text, "Similar: "+old) {
		t.Error(text)
	}
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/search/jql"); n != 1 {
		t.Errorf("%d searches for similar issues, want one for all", n)
	}
}

// TestSimilarIssuesOfTheLastMonth checks that an issue that was closed long ago
// does not count.
func TestSimilarIssuesOfTheLastMonth(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]bool{29: true, 31: false} {
		b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
			i := s.Issue("PAY-68").Clone()
			i.Status, i.StatusChanged = s.Status("Done"), s.Now().Add(-time.Duration(days)*24*time.Hour)
			s.Put(i)
		})
		text, _ := b.Ok("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Refunding over the 90-day limit shows a blank page","dry_run":true}`)
		if got := strings.Contains(text, "PAY-68"); got != want {
			t.Errorf("closed %d days ago: %s", days, text)
		}
	}
}

// TestSimilarIssuesInsideTheFence checks that issues outside the fence are not
// listed, and that a failing search does not fail a create.
func TestSimilarIssuesInsideTheFence(t *testing.T) {
	t.Parallel()
	y := toolstest.NewFenced(t, []string{"OPS"}, nil)
	if text, _ := y.Ok("jira_create_issue", `{"project":"OPS","type":"Bug","summary":"Refund over the 90-day limit ends in a blank page","dry_run":true}`); strings.Contains(text, "PAY-") {
		t.Error(text)
	}
	y.TakeRequests()
	y.Refused("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Refund over the 90-day limit ends in a blank page"}`, "PAY")
	if asked := y.TakeRequests(); toolstest.CountRequests(asked, "POST /rest/api/3/search/jql") != 0 {
		t.Errorf("a search outside the fence: %q", asked)
	}
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: site, Fault: func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/search/jql") {
			return http.StatusForbidden
		}
		return 0
	}})
	text, _ := b.Ok("jira_create_issue", `{"project":"OPS","type":"Bug","summary":"Disk is full"}`)
	if !strings.Contains(text, "Created OPS-") || !strings.Contains(text, "The search for similar issues failed") {
		t.Error(text)
	}
}
