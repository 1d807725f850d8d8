package tools_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestCachedNamesCostNoRequests checks that names looked up before cost no
// request for five minutes: a call sends only what it is for.
func TestCachedNamesCostNoRequests(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	create := `{"project":"Payments","type":"Bug","summary":"Cached","allow_duplicate":true,"priority":"High","assignee":"Ana Costa"}`
	b.Ok("jira_create_issue", create)
	b.Ok("jira_search", `{"jql":"project = PAY","limit":1}`)
	b.TakeRequests()
	b.Clock.Advance(4 * time.Minute)
	for range 3 {
		b.Ok("jira_create_issue", create)
		// The search for similar issues, the create, and the read of the new issue.
		if sent := b.TakeRequests(); len(sent) != 3 || sent[0] != "POST /rest/api/3/search/jql" || sent[1] != "POST /rest/api/3/issue" || !strings.HasPrefix(sent[2], "GET /rest/api/3/issue/PAY-") {
			t.Errorf("a create and its confirmation took %v", sent)
		}
		b.Ok("jira_search", `{"jql":"project = PAY","limit":1}`)
		if sent := b.TakeRequests(); len(sent) != 1 {
			t.Errorf("a search took %v", sent)
		}
	}
	b.Clock.Advance(2 * time.Minute)
	b.Ok("jira_create_issue", create)
	if sent := b.TakeRequests(); len(sent) < 6 {
		t.Errorf("what is 6 minutes old is still believed: %v", sent)
	}
}

// TestConcurrentCallsShareLookups checks that concurrent calls share their
// lookups: each is sent once.
func TestConcurrentCallsShareLookups(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if text, _, isError := b.Call(t.Context(), "jira_create_issue", `{"project":"Payments","type":"Bug","summary":"At once","allow_duplicate":true,"assignee":"Ana Costa"}`); isError {
				t.Error(text)
			}
		})
	}
	wait.Wait()
	count := map[string]int{}
	for _, s := range b.TakeRequests() {
		if !strings.HasPrefix(s, "GET /rest/api/3/issue/PAY-") {
			count[s]++
		}
	}
	for what, n := range count {
		if want := map[bool]int{true: 16, false: 1}[what == "POST /rest/api/3/issue" || what == "POST /rest/api/3/search/jql"]; n != want {
			t.Errorf("%s: %d times, want %d", what, n, want)
		}
	}
}

// renumberedSite is a site whose administrator gives a priority another id.
type renumberedSite struct {
	next http.Handler
	mu   sync.Mutex
	done bool
	sent []string // bodies of creates
}

func (r *renumberedSite) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(req.Body)
	old, new := []byte(`"id":"2"`), []byte(`"id":"92"`)
	if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/issue") {
		r.sent = append(r.sent, string(body))
		if r.done && bytes.Contains(body, append([]byte(`"priority":{`), old...)) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-AAccountId", "a")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"errorMessages":[],"errors":{"priority":"The priority selected is invalid."}}`)
			return
		}
		body = bytes.ReplaceAll(body, new, old)
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	rec := httptest.NewRecorder()
	r.next.ServeHTTP(rec, req)
	answer := rec.Body.Bytes()
	if r.done && strings.Contains(req.URL.Path, "createmeta") {
		answer = bytes.ReplaceAll(answer, old, new)
	}
	for name, v := range rec.Header() {
		w.Header()[name] = v
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(answer)
}

// TestStaleNamesAreLookedUpAgain checks that a cached value that Jira refuses is
// looked up again and the call repeated, and that a value that stays the same
// is sent once.
func TestStaleNamesAreLookedUpAgain(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	s, err := sandbox.New(sandbox.Options{Now: b.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	site := &renumberedSite{next: contracttest.WrapIfAvailable(t, s)}
	b.Connect(policy.Policy{}, site)
	create := `{"project":"PAY","type":"Bug","summary":"Renumbered","allow_duplicate":true,"priority":"High"}`
	b.Ok("jira_create_issue", create)
	site.done = true
	b.Clock.Advance(time.Minute)
	site.sent = nil
	b.Ok("jira_create_issue", create)
	if len(site.sent) != 2 || !strings.Contains(site.sent[0], `"id":"2"`) || !strings.Contains(site.sent[1], `"id":"92"`) {
		t.Errorf("sent %q", site.sent)
	}
	// The same value would be refused again, so it is not sent again.
	site.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issue") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"errorMessages":[],"errors":{"summary":"We do not like it."}}`)
			return
		}
		s.ServeHTTP(w, r)
	})
	b.Clock.Advance(time.Minute)
	site.sent = nil
	b.Refused("jira_create_issue", create, "Summary: We do not like it")
	if len(site.sent) != 1 {
		t.Errorf("sent %d times", len(site.sent))
	}
}
