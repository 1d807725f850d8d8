package jira_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestOperationsAreComplete checks that jira.Operations lists every operation
// that the client sends, and that callEveryOperation sends each of them.
func TestOperationsAreComplete(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := newSandbox(t, clk)
	var mu sync.Mutex
	sent := map[string]bool{} // method and path
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		sent[r.Method+" "+r.URL.Path] = true
		mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	callEveryOperation(t, newClient(t, base, sandbox.ClassicToken, clk.Now), s)
	confined, err := fence.New([]string{"PAY"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := jira.New(jira.Options{Base: base, Now: clk.Now, Fence: confined, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	if people, err := c.FindUsers(t.Context(), "ben", 10); err != nil || len(people) != 1 { // behind a fence it asks for the people of the projects
		t.Errorf("people of PAY: %v (%v)", people, err)
	}
	if unknown := s.UnknownRequests(); len(unknown) > 0 {
		t.Errorf("the sandbox has no endpoint for %q: add it to jira/sandbox/wire/routes.go", unknown)
	}
	called := map[string]bool{}
	for request := range sent {
		op, ok := operationOf(request)
		if !ok && !strings.Contains(request, "/_edge/") {
			t.Errorf("%s is of no operation: add it to Operations in jira/operations.go", request)
		}
		called[op.Key()] = true
	}
	for _, op := range jira.Operations() {
		if !called[op.Key()] {
			t.Errorf("%s is not called: call it in callEveryOperation or one of the functions that it calls (jira/operations_test.go)", op.ID)
		}
	}
}

// operationOf returns the operation of a request. Where several match, it is the
// one with the fewest placeholders.
func operationOf(request string) (found operation.Operation, ok bool) {
	for _, op := range jira.Operations() {
		pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(op.Key()), "[^/]+")
		if regexp.MustCompile("^"+pattern+"$").MatchString(request) && (!ok || len(op.Placeholders()) < len(found.Placeholders())) {
			found, ok = op, true
		}
	}
	return found, ok
}
