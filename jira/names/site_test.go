package names_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// fakeJira is an http.RoundTripper that answers as Jira from a table, without a
// network, and records the requests. A request is written as its path below
// /rest/api/3 or /rest/agile/1.0 with its query, without paging and order:
// "user/search?query=ana". The query of a search is its JQL.
//
// An answer is JSON, with another status than 200 in front: `403 {…}`. A
// request that is not in the table gets the answer for its path alone, and
// fails the test if there is none either.
type fakeJira struct {
	t       *testing.T
	answers map[string]string
	now     time.Time

	mu    sync.Mutex
	asked []string
}

// newNames returns a translator for a fake Jira with these answers. The
// functions change the client's options.
func newNames(t *testing.T, answers map[string]string, change ...func(*jira.Options)) (*names.Names, *fakeJira) {
	t.Helper()
	f := &fakeJira{t: t, answers: answers, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	base, err := url.Parse("https://example.atlassian.net")
	if err != nil {
		t.Fatal(err)
	}
	o := jira.Options{Base: base, Credential: credential.Static{Email: "me@example.com", Token: credential.NewSecret("token")}, Transport: f, Now: func() time.Time { return f.now }}
	for _, c := range change {
		c(&o)
	}
	client, err := jira.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return names.New(client, o.Now), f
}

// RoundTrip implements [http.RoundTripper].
func (f *fakeJira) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/rest/api/3/"), "/rest/agile/1.0/")
	query := r.URL.Query()
	for _, paging := range []string{"startAt", "maxResults", "orderBy"} {
		query.Del(paging)
	}
	if path == "search/jql" {
		var body struct{ JQL string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return nil, err
		}
		query.Set("jql", body.JQL)
	}
	request := path
	for _, key := range slices.Sorted(maps.Keys(query)) {
		sep := "&"
		if request == path {
			sep = "?"
		}
		request += sep + key + "=" + query.Get(key)
	}
	f.asked = append(f.asked, request)
	body, ok := f.answers[request]
	if !ok {
		body, ok = f.answers[path]
	}
	if !ok {
		f.t.Errorf("unexpected request: %s", request)
		body = `404 {"errorMessages":["unexpected request"]}`
	}
	status := http.StatusOK
	if n, err := strconv.Atoi(body[:min(3, len(body))]); err == nil {
		status, body = n, strings.TrimSpace(body[3:])
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Aaccountid": {"me"}}}, nil
}

// requests returns the requests since the last call.
func (f *fakeJira) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

// list returns a JSON array.
func list(items ...string) string { return "[" + strings.Join(items, ",") + "]" }

// values returns a page of boards, sprints or projects.
func values(items ...string) string { return `{"values":` + list(items...) + `,"isLast":true}` }

// person returns an active user.
func person(id, name string) string {
	return fmt.Sprintf(`{"accountId":%q,"displayName":%q,"active":true}`, id, name)
}

// checkError checks that an error contains a text, and that there is none for
// "". It reports whether there is no error.
func checkError(t *testing.T, err error, says string) bool {
	t.Helper()
	if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("error %v, want %q", err, says)
	}
	return err == nil
}
