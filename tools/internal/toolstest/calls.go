package toolstest

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// FillIDs replaces OWN in arguments by the id of a comment that the user wrote,
// and WORKLOG by the id of a worklog.
func (b *Server) FillIDs(args string) string {
	site := b.Sandbox.Site()
	comments := site.Issue("PAY-1").Comments
	args = strings.ReplaceAll(args, "OWN", comments[len(comments)-1].ID)
	return strings.ReplaceAll(args, "WORKLOG", site.Issue("PAY-3").Worklogs[0].ID)
}

// DryRun returns arguments with dry_run added.
func DryRun(args string) string { return strings.TrimSuffix(args, "}") + `,"dry_run":true}` }

// Policies returns policies that people commonly configure.
func Policies() map[string]policy.Policy {
	return map[string]policy.Policy{
		"read-only triage": {ReadOnly: true, Toolsets: []string{"issues"}},
		"reading":          {ReadOnly: true},
		"comments":         {Allow: []kit.Effect{kit.Read, kit.Comment}},
		"filing alone":     {Tools: []string{"jira_create_issue"}},
		"what is unasked":  {},
		"everything":       Everything,
	}
}

// NewScoped returns a server whose token has exactly these scopes. It records
// the requests to Jira and has no client: tests call the runner. confined puts
// up a fence around PAY and HELP.
func NewScoped(t *testing.T, policy policy.Policy, scopes []string, confined bool) *Server {
	t.Helper()
	b := &Server{T: t, Clock: NewClock()}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now, Texts: &texts, Tokens: map[string][]string{"a-token-of-its-own": scopes}, Setup: BranchSite}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+regexp.MustCompile(`^/ex/jira/[^/]+`).ReplaceAllString(r.URL.Path, ""))
		b.Mu.Unlock()
		b.Sandbox.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b.Site = srv.URL
	base, _ := url.Parse(srv.URL)
	o := jira.Options{Base: base, Gateway: base, Auth: jira.AuthGateway, CloudID: b.Sandbox.CloudID(),
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret("a-token-of-its-own")}}
	if confined {
		if o.Fence, err = fence.New([]string{"PAY", "HELP"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.Tools, err = tools.NewServer(tools.Options{Jira: o, Now: b.Clock.Now, Policy: policy, Log: slog.New(slog.DiscardHandler), Version: "test", Structured: true, Random: Random{}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// BranchSite changes a site so that calls can take every branch: it has more
// comments than an issue's answer includes, a history of several pages, a file in
// each of some issues, and a sprint without issues, which only the agile API knows.
func BranchSite(s *store.Site) {
	long := s.Issue("PAY-5")
	for range 50 {
		long.Comments = append(long.Comments, &store.Comment{ID: s.Serial(), Author: long.Reporter, Body: json.RawMessage(`{"type":"doc","version":1,"content":[]}`), Created: s.Now(), Updated: s.Now()})
	}
	for range 250 {
		long.History = append(long.History, &store.Change{ID: s.Serial(), Author: long.Reporter, At: s.Now(), Items: []store.Item{{Field: "summary", FieldID: "summary", FieldType: "jira", FromText: "x", ToString: "y"}}})
	}
	for _, key := range []string{"PAY-1", "PAY-9", "PAY-90"} {
		i := s.Issue(key)
		i.Attachments = append(i.Attachments, &store.Attachment{ID: s.Serial(), Name: "notes.txt", Size: 4, Data: []byte("Note"), Author: i.Reporter, Created: s.Now()})
	}
	long.Attachments = append(long.Attachments, &store.Attachment{ID: s.Serial(), Name: "notes.txt", Size: 4, Data: []byte("Note"), Author: long.Reporter, Created: s.Now()})
	linked := s.Issue("PAY-9")
	linked.RemoteLinks = append(linked.RemoteLinks, store.RemoteLink{ID: 7, URL: "https://example.com/page", Title: "x"})
	// Tasks get their sprint and customer only on the edit screen.
	pay := s.Project("PAY")
	task := pay.Screens["10002"]
	pay.EditScreens = map[string]store.Screen{"10002": task}
	task.Fields = slices.DeleteFunc(slices.Clone(task.Fields), func(id string) bool { return id == seed.Sprint || id == seed.Customer })
	pay.Screens["10002"] = task
	s.Sprints = append(s.Sprints, &store.Sprint{ID: 90, Name: "PAY Sprint 20", State: "future", Board: 1})
}

// RandomParts matches the parts of a result that differ from server to server.
var RandomParts = regexp.MustCompile(`(cursor|confirm:) \S+`)

// MissingScope is part of the error that the gateway gives a token without the
// scope.
const MissingScope = "scope does not match"

// CallRequest returns the request of a tool call.
func CallRequest(tool, args string) mcp.CallToolRequest {
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.RawArguments = tool, json.RawMessage(args)
	return req
}

// ResultText returns the text of a result.
func ResultText(res *mcp.CallToolResult) string {
	text := ""
	for _, c := range res.Content {
		if tc, ok := c.(mcp.TextContent); ok {
			text += tc.Text
		}
	}
	return text
}

// CountRequests returns how many requests are equal to want.
func CountRequests(requests []string, want string) int {
	n := 0
	for _, r := range requests {
		if r == want {
			n++
		}
	}
	return n
}

// MustJSON returns v as JSON.
func MustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
