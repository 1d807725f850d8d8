package jira_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// clock is a time that tests set.
type clock struct{ now time.Time }

// Now returns the time.
func (c *clock) Now() time.Time { return c.now }

// newClock returns a clock at 14:30 UTC on 11 March 2026.
func newClock() *clock { return &clock{time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)} }

// startSandbox starts a sandbox that checks each request and answer against
// Atlassian's contract, if that is available, and returns it with its address.
func startSandbox(t *testing.T, c *clock) (*sandbox.Sandbox, *url.URL) {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(contracttest.WrapIfAvailable(t, s))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s, u
}

// newClient returns a client with a fixed token.
func newClient(t *testing.T, base *url.URL, token string, now func() time.Time) *jira.Client {
	t.Helper()
	c, err := jira.New(jira.Options{Base: base, Now: now,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(token)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryOperationAgainstTheContract calls every operation of the client
// against the sandbox, with each kind of token, and checks each request and
// answer against Atlassian's documents.
func TestEveryOperationAgainstTheContract(t *testing.T) {
	for name, token := range map[string]string{"classic, at the site": sandbox.ClassicToken, "with scopes, at the gateway": sandbox.ScopedToken, "access token, at the gateway": sandbox.OAuthToken} {
		t.Run(name, func(t *testing.T) {
			clk := newClock()
			s := newSandbox(t, clk)
			c, rec := newResolvingClient(t, wrapGatewayContract(t, s), &changingSource{token}, clk.Now, nil)
			callEveryOperation(t, c, s)
			for _, asked := range rec.drain()[4:] { // after the search for the endpoint
				if strings.Contains(asked, "gateway") != strings.Contains(name, "gateway") {
					t.Errorf("asked %s", asked)
				}
			}
		})
	}
}

// wrapGatewayContract also checks requests to the gateway against the contract:
// it removes the gateway's prefix from the path, and restores it behind the
// check.
func wrapGatewayContract(t *testing.T, s http.Handler) http.Handler {
	const mark = "X-Test-Gateway"
	inside := contracttest.WrapIfAvailable(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if prefix := r.Header.Get(mark); prefix != "" {
			r.URL.Path, r.URL.RawPath = prefix+r.URL.Path, ""
		}
		s.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(r.URL.Path, "/", 5) // "", ex, jira, the cloud id, the rest
		switch {
		case strings.HasPrefix(r.URL.Path, "/_edge/"):
			s.ServeHTTP(w, r)
			return
		case len(parts) == 5 && parts[1] == "ex":
			r.Header.Set(mark, strings.Join(parts[:4], "/"))
			r.URL.Path, r.URL.RawPath = "/"+parts[4], ""
			r.RequestURI = r.URL.RequestURI()
		}
		inside.ServeHTTP(w, r)
	})
}

// callEveryOperation calls every operation, and checks the results.
func callEveryOperation(t *testing.T, c *jira.Client, s *sandbox.Sandbox) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	me, err := c.Myself(ctx)
	must(err)
	if me.DisplayName != "Ana Silva" || me.TimeZone != "Europe/Berlin" {
		t.Errorf("Myself = %+v", me)
	}

	page, err := c.SearchPage(ctx, jira.Search{JQL: "project = PAY ORDER BY key", Fields: []string{"summary", "status"}, Limit: 10})
	must(err)
	if len(page.Issues) != 10 || page.Issues[0].Key != "PAY-1" || page.Next == "" {
		t.Errorf("first page: %d issues, first %q, next %q", len(page.Issues), page.Issues[0].Key, page.Next)
	}
	all, err := jira.Collect(c.SearchIssues(ctx, jira.Search{JQL: "project = PAY ORDER BY key", Fields: []string{"*all"}, Limit: 50}), 1000)
	must(err)
	keys := map[string]bool{}
	for _, i := range all {
		keys[i.Key] = true
	}
	n, err := c.CountIssues(ctx, "project = PAY")
	must(err)
	if len(all) != n || len(keys) != n {
		t.Errorf("walked %d issues, %d different; count says %d", len(all), len(keys), n)
	}

	issue, err := c.GetIssue(ctx, "PAY-1", []string{"*all"}, []string{"names", "transitions"})
	must(err)
	comments, ok := jira.Value[jira.CommentPage](issue.Fields, "comment")
	if !ok || comments.Total != 5 || issue.Names["customfield_10016"] != "Story Points" || len(issue.Transitions) == 0 {
		t.Errorf("PAY-1: %d comments, names %v", comments.Total, issue.Names)
	}
	bulk, err := c.FetchIssues(ctx, []string{"PAY-1", "OPS-2", "SECRET-1"}, []string{"summary"}, []string{"names"})
	must(err)
	if len(bulk.Issues) != 2 {
		t.Errorf("bulk fetch gives %d issues, want the 2 visible", len(bulk.Issues))
	}
	types, err := jira.Collect(c.CreatableIssueTypes(ctx, "PAY"), 100)
	must(err)
	bug := types[slices.IndexFunc(types, func(t jira.IssueType) bool { return t.Name == "Bug" })]
	fields, err := jira.Collect(c.CreateScreenFields(ctx, "PAY", bug.ID), 500)
	must(err)
	if len(fields) < 15 {
		t.Errorf("%d fields on the create screen", len(fields))
	}

	created, err := c.CreateIssue(ctx, jira.NewIssue{Fields: map[string]any{"project": map[string]string{"key": "PAY"}, "issuetype": map[string]string{"id": bug.ID}, "summary": "Found at once"}})
	must(err)
	found, err := c.SearchPage(ctx, jira.Search{JQL: `summary ~ "Found at once"`, Fields: []string{"summary"}})
	must(err)
	if len(found.Issues) != 1 || found.Issues[0].Key != created.Key {
		t.Errorf("a search right after the create found %v", found.Issues)
	}
	doc := map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": "hello"}}}}}
	comment, err := c.AddComment(ctx, created.Key, jira.NewComment{Body: doc, Internal: true})
	must(err)
	if comment.Public == nil || *comment.Public {
		t.Errorf("the internal comment is public")
	}
	listed, err := c.Comments(ctx, created.Key, 0, 10, true)
	must(err)
	if listed.Total != 1 || listed.Comments[0].ID != comment.ID {
		t.Errorf("comments: %+v", listed)
	}
	before, err := c.GetIssue(ctx, created.Key, []string{"labels"}, []string{"editmeta", "changelog"})
	must(err)
	if len(before.EditMeta.SortedFields()) < 10 || before.Changelog == nil || before.Changelog.Total != 0 {
		t.Errorf("the edit screen has %d fields, the changelog is %+v", len(before.EditMeta.SortedFields()), before.Changelog)
	}
	edited, err := c.EditIssue(ctx, created.Key, jira.Edit{Fields: map[string]any{"summary": "Edited at once", "description": doc},
		Update: map[string][]any{"labels": {map[string]string{"add": "new"}}}})
	must(err)
	if summary, _ := jira.Value[string](edited.Fields, "summary"); summary != "Edited at once" || edited.Changelog.Total != 1 || len(edited.Changelog.Histories[0].Items) != 3 {
		t.Errorf("after the edit: %q, %+v", summary, edited.Changelog)
	}
	found, err = c.SearchPage(ctx, jira.Search{JQL: `summary ~ "Edited at once"`, Fields: []string{"summary"}})
	must(err)
	if len(found.Issues) != 1 {
		t.Errorf("a search right after the edit found %v", found.Issues)
	}
	moves, err := c.Transitions(ctx, created.Key)
	must(err)
	must(c.Transition(ctx, created.Key, jira.TransitionRequest{TransitionID: moves[0].ID}))
	moved, err := c.GetIssue(ctx, created.ID, []string{"status"}, nil)
	must(err)
	if st, _ := jira.Value[jira.Status](moved.Fields, "status"); st.Name != moves[0].To.Name {
		t.Errorf("status %q, want %q", st.Name, moves[0].To.Name)
	}

	_, err = c.Fields(ctx)
	must(err)
	_, err = c.Statuses(ctx)
	must(err)
	resolutions, err := jira.Collect(c.Resolutions(ctx), 50)
	must(err)
	if !slices.Contains(resolutions, "Duplicate") {
		t.Errorf("resolutions %q", resolutions)
	}
	byType, err := c.ProjectStatuses(ctx, "PAY")
	must(err)
	if len(byType) == 0 || len(byType[0].Statuses) == 0 {
		t.Errorf("statuses of PAY: %+v", byType)
	}
	projects, err := c.SearchProjects(ctx, "", 0, 50)
	must(err)
	if len(projects.Projects) != 6 {
		t.Errorf("%d projects, want 6 (SECRET is out of sight)", len(projects.Projects))
	}
	grants, err := c.CheckPermissions(ctx, []string{"CREATE_ISSUES"}, []int64{10000, 10003, 10004})
	must(err)
	if len(grants) != 1 || !slices.Equal(grants[0].Projects, []int64{10000}) {
		t.Errorf("grants: %+v", grants)
	}
	var files []struct{ ID string }
	ops, err := c.SearchPage(ctx, jira.Search{JQL: "project = OPS", Fields: []string{"attachment"}, Limit: 100})
	must(err)
	for _, i := range ops.Issues {
		if files, _ = jira.Value[[]struct{ ID string }](i.Fields, "attachment"); len(files) > 0 {
			break
		}
	}
	content, err := c.AttachmentContent(ctx, files[0].ID)
	must(err)
	if content.Type != "application/pdf" || len(content.Data) != 182_044 {
		t.Errorf("the attachment is %d bytes of %s", len(content.Data), content.Type)
	}
	users, err := c.FindUsers(ctx, "Ana", 10)
	must(err)
	assignable, err := c.FindAssignable(ctx, "PAY", "Ana", 10)
	must(err)
	if len(users) != 2 || len(assignable) != 2 {
		t.Errorf("%d people called Ana, %d assignable, want 2", len(users), len(assignable))
	}
	callPartOperations(t, c, s, created.Key, must)
	if unknown := s.UnknownRequests(); len(unknown) > 0 {
		t.Errorf("the sandbox does not know %v", unknown)
	}
}

// TestOperationsAgainstTheDocuments checks each operation's declaration: path,
// scopes and names are those of Atlassian's documents.
func TestOperationsAgainstTheDocuments(t *testing.T) {
	con := contracttest.Load(t)
	seen := map[string]bool{}
	for _, op := range jira.Operations() {
		if seen[op.Key()] {
			t.Errorf("%s is listed twice", op.Key())
		}
		seen[op.Key()] = true
		method, path, o := con.Documents[string(op.Document)].Operation(op.ID)
		if o == nil {
			t.Errorf("%s: no such operation in %s", op.ID, op.Document)
			continue
		}
		if method != op.Method || path != op.Path {
			t.Errorf("%s: %s %s, the document says %s %s", op.ID, op.Method, op.Path, method, path)
		}
		if o.Deprecated {
			t.Errorf("%s is deprecated", op.ID)
		}
		if op.Answers == "" {
			t.Errorf("%s does not say what it answers", op.ID)
		}
		for _, n := range op.Names {
			in, name, _ := strings.Cut(n.At, ":")
			if in != "body" && o.Parameters.GetByInAndName(in, name) == nil {
				t.Errorf("%s names %s, which the document does not have", op.ID, n.At)
			}
		}
		for _, classic := range []bool{true, false} {
			got, want := op.Scopes.Granular, contracttest.Scopes(o, false)
			if classic {
				got, want = op.Scopes.Classic, contracttest.Scopes(o, true)
			}
			got = slices.Sorted(slices.Values(got))
			if !slices.Equal(got, want) {
				t.Errorf("%s: scopes (classic %v) %v, the document says %v", op.ID, classic, got, want)
			}
		}
	}
}
