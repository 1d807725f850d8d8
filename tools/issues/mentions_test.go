package issues_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestUnresolvedMentionsAreReported checks that a name stays plain text if users
// cannot be looked up, and that the result of the write and of its dry run says
// so, in text and in structure.
func TestUnresolvedMentionsAreReported(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/user/search") || strings.HasSuffix(r.URL.Path, "/user/assignable/search") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		b.Sandbox.ServeHTTP(w, r)
	}))
	for tool, args := range map[string]string{
		"jira_add_comment":      `{"issue":"PAY-2","body":"Look, @Ana Costa"}`,
		"jira_create_issue":     `{"project":"PAY","type":"Task","summary":"x","description":"Look, @Ana Costa"}`,
		"jira_update_issue":     `{"issue":"PAY-2","append":"Look, @Ana Costa"}`,
		"jira_transition_issue": `{"issue":"PAY-90","to":"In Review","comment":"Look, @Ana Costa"}`,
	} {
		for _, args := range []string{toolstest.DryRun(args), args} {
			text, structured := b.Ok(tool, args)
			for _, out := range []string{text, fmt.Sprint(structured)} {
				if strings.Count(out, "mention nobody, since users could not be looked up: Jira answered 403") != 1 {
					t.Errorf("%s %s does not say that nobody is mentioned: %s", tool, args, out)
				}
			}
		}
	}
}

// TestMentionsWithoutBrowsingUsers checks that a user who may not browse users
// mentions the people who can be assigned in the issue's project.
func TestMentionsWithoutBrowsingUsers(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	b.Connect(policy.Policy{}, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/user/search") {
			return http.StatusForbidden
		}
		return 0
	}})
	if text, _ := b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"Look, @Ana Costa","dry_run":true}`); !strings.Contains(text, "[@Ana Costa](accountid:") {
		t.Error(text)
	}
}
