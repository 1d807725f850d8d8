package toolstest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// Latency is the time that the Jira of [NewDistant] takes for each answer.
const Latency = 100 * time.Millisecond

// distantAddress is the address of the Jira of [NewDistant].
const distantAddress = "http://distant.example"

// NewDistant returns a server for a sandbox that takes [Latency] for each answer.
// The test runs in a bubble of testing/synctest, where only waiting takes time:
// see [Server.Rounds]. change may be nil.
func NewDistant(t *testing.T, policy policy.Policy, change func(*store.Site)) *Server {
	t.Helper()
	b := &Server{T: t, Clock: NewClock(), Schemas: map[string]*jsonschema.Schema{}}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now, Texts: &texts, Setup: change}); err != nil {
		t.Fatal(err)
	}
	b.transport = &distantJira{b, contracttest.WrapIfAvailable(t, b.Sandbox)}
	b.Connect(policy, nil)
	return b
}

// Rounds calls a tool that has to succeed, and returns its text, the number of
// times that it waited for Jira, requests side by side counting once, and the
// requests.
func (b *Server) Rounds(tool, args string) (text string, rounds int, requests []string) {
	b.T.Helper()
	b.TakeRequests()
	began := time.Now()
	text, _ = b.Ok(tool, args)
	return text, int(time.Since(began) / Latency), b.TakeRequests()
}

// distantJira answers requests in the process, after [Latency].
type distantJira struct {
	b    *Server
	site http.Handler
}

// RoundTrip implements [http.RoundTripper].
func (d *distantJira) RoundTrip(r *http.Request) (*http.Response, error) {
	d.b.Mu.Lock()
	d.b.Requests = append(d.b.Requests, r.Method+" "+r.URL.Path)
	d.b.Mu.Unlock()
	select {
	case <-time.After(Latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	in.Header = r.Header.Clone()
	rec := httptest.NewRecorder()
	d.site.ServeHTTP(rec, in)
	out := rec.Result()
	out.Request = r
	return out, nil
}
