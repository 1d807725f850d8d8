package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// caller calls a sandbox over HTTP. Where Atlassian's documents are available,
// every request and answer is checked against them.
type caller struct {
	t     *testing.T
	now   time.Time
	site  *sandbox.Sandbox
	url   string
	token string
}

// start returns a caller of a new sandbox, whose clock is c.now.
func start(t *testing.T) *caller {
	t.Helper()
	c := &caller{t: t, now: time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC), token: sandbox.ClassicToken}
	var err error
	if c.site, err = sandbox.New(sandbox.Options{Now: func() time.Time { return c.now }}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(contracttest.WrapIfAvailable(t, c.site))
	t.Cleanup(srv.Close)
	c.url = srv.URL
	return c
}

// do sends a request as the sandbox's user, and returns the status and the
// decoded object of the answer.
func (c *caller) do(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Email, c.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var out map[string]any
	_ = json.Unmarshal(data, &out)
	return res.StatusCode, out
}

// search returns the keys of the issues that a query finds.
func (c *caller) search(jql string) []string {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"jql": jql, "fields": []string{"key"}, "maxResults": 5000})
	status, out := c.do("POST", "/rest/api/3/search/jql", string(body))
	if status != 200 {
		c.t.Fatalf("%s: %d %v", jql, status, out)
	}
	keys := []string{}
	for _, i := range out["issues"].([]any) {
		keys = append(keys, i.(map[string]any)["key"].(string))
	}
	return keys
}

// TestSizeIsReachedWithinTwoSeconds checks that a site of 10,000 issues is
// ready within two seconds.
func TestSizeIsReachedWithinTwoSeconds(t *testing.T) {
	started := time.Now()
	s, err := sandbox.New(sandbox.Options{Size: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 2*time.Second || s.IssueCount() < 10_000 {
		t.Errorf("%d issues in %v", s.IssueCount(), took)
	}
}

// TestSearchShowsAWriteOnlyAfterADelay checks that a search finds a new issue
// only after the delay, or at once with reconcileIssues.
func TestSearchShowsAWriteOnlyAfterADelay(t *testing.T) {
	c := start(t)
	status, out := c.do("POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"PAY"},"issuetype":{"name":"Task"},"summary":"Fresh as dew"}}`)
	if status != 201 {
		t.Fatalf("create: %d %v", status, out)
	}
	if found := c.search(`summary ~ "fresh as dew"`); len(found) != 0 {
		t.Errorf("found at once: %v", found)
	}
	_, page := c.do("POST", "/rest/api/3/search/jql", `{"jql":"summary ~ \"fresh as dew\"","fields":["key"],"reconcileIssues":[`+out["id"].(string)+`]}`)
	if n := len(page["issues"].([]any)); n != 1 {
		t.Errorf("reconciled: %d found", n)
	}
	c.now = c.now.Add(sandbox.DefaultSearchDelay)
	if found := c.search(`summary ~ "fresh as dew"`); len(found) != 1 {
		t.Errorf("after the delay: %v", found)
	}
}

// TestInvalidRequestsAreRefused checks that invalid requests get Jira's status
// and message.
func TestInvalidRequestsAreRefused(t *testing.T) {
	c := start(t)
	for _, x := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/rest/api/3/issue/PAY-1?filds=x", "", 400, "Unknown query parameter"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = PAY","maxresult":1}`, 400, "Invalid request payload"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"order by created"}`, 400, "Unbounded"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = PAY order by a,b,c,d,e,f,g,h"}`, 400, "maximum number of fields"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"foo = 1"}`, 400, "Field 'foo' does not exist"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"status = Nowhere"}`, 400, "The value 'Nowhere' does not exist for the field 'status'."},
		{"POST", "/rest/api/3/search/jql", `{"jql":"status ~ Done"}`, 400, "not supported by the 'status' field"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"labels was Done"}`, 400, "do not support"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"assignee in fooBar()"}`, 400, "Unable to find JQL function"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"created > soon"}`, 400, "is invalid"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = PAY","nextPageToken":"x"}`, 400, "token is invalid"},
		{"GET", "/rest/api/3/search?jql=x", "", 410, "migrate"},
		{"GET", "/rest/api/3/issue/SECRET-1", "", 404, "does not exist or you do not have permission"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"SECRET"},"issuetype":{"name":"Task"},"summary":"x"}}`, 400, "valid project is required"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"DOCS"},"issuetype":{"name":"Task"},"summary":"x"}}`, 400, "do not have permission"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"PAY"},"issuetype":{"name":"Task"},"summary":"x","description":"plain"}}`, 400, "Atlassian Document"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"PAY"},"issuetype":{"name":"Task"},"summary":"x","customfield_10050":{"value":"Major"}}}`, 400, "not on the appropriate screen"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"PAY"},"issuetype":{"name":"Task"}}}`, 400, "must specify a summary"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"HELP"},"issuetype":{"name":"Incident"},"summary":"x"}}`, 400, "Impact is required"},
		{"POST", "/rest/api/3/issue", `{"fields":{"project":{"key":"PAY"},"issuetype":{"name":"Sub-task"},"summary":"x"}}`, 400, "parent"},
		{"POST", "/rest/api/3/issue/PAY-1/comment", `{"body":"plain"}`, 400, "Atlassian Document"},
		{"POST", "/rest/api/3/issue/PAY-1/transitions", `{"transition":{"id":"51"}}`, 400, "illegal workflow operation"},
		{"POST", "/rest/api/3/issue/PAY-1/transitions", `{"transition":{"id":"31"}}`, 400, "Resolution is required"},
		{"POST", "/rest/api/3/issue/PAY-1/transitions", `{"transition":{"id":"21"},"fields":{"resolution":{"name":"Done"}}}`, 400, "not on the appropriate screen"},
		{"PUT", "/rest/api/3/issue/DOCS-1", `{"fields":{"summary":"x"}}`, 403, "do not have permission"},
	} {
		status, out := c.do(x.method, x.path, x.body)
		text, _ := json.Marshal(out)
		if status != x.status || !strings.Contains(string(text), x.has) {
			t.Errorf("%s %s %s: %d %s; want %d with %q", x.method, x.path, x.body, status, text, x.status, x.has)
		}
	}
	if len(c.site.UnknownRequests()) != 0 {
		t.Errorf("unknown endpoints: %v", c.site.UnknownRequests())
	}
}

// TestUnknownEndpointsAreListed checks that a request without an endpoint gets
// a 404 and is recorded.
func TestUnknownEndpointsAreListed(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest("GET", "/rest/api/3/dashboard", nil))
	if rec.Code != 404 || len(s.UnknownRequests()) != 1 {
		t.Errorf("%d, %v", rec.Code, s.UnknownRequests())
	}
}

// TestHistoriesAgree walks through every changelog and checks that creation
// writes no entry, that each change starts from the value where the last one
// ended, and that the last one ends at the present value.
func TestHistoriesAgree(t *testing.T) {
	c := start(t)
	changes := 0
	for _, project := range []string{"PAY", "OPS", "HELP", "DOCS"} {
		for _, key := range c.search("project = " + project) {
			_, log := c.do("GET", "/rest/api/3/issue/"+key+"/changelog", "")
			_, issue := c.do("GET", "/rest/api/3/issue/"+key+"?fields=status,assignee,resolution,resolutiondate,created,customfield_10020,customfield_10016", "")
			fields := issue["fields"].(map[string]any)
			last, at := map[string]any{}, parseTime(t, fields["created"])
			var resolved any
			for _, v := range log["values"].([]any) {
				entry := v.(map[string]any)
				when := parseTime(t, entry["created"])
				if when.Before(at) || when.After(c.now) {
					t.Errorf("%s: a change at %v after %v (now %v)", key, when, at, c.now)
				}
				at = when
				for _, i := range entry["items"].([]any) {
					item := i.(map[string]any)
					changes++
					id := item["fieldId"].(string)
					if before, seen := last[id]; seen && before != item["from"] {
						t.Errorf("%s: %s goes on from %v, but was %v", key, id, item["from"], before)
					} else if !seen && id != "status" && item["from"] != nil {
						t.Errorf("%s: %s starts from %v, though creation writes no entry", key, id, item["from"])
					}
					last[id] = item["to"]
					if id == "resolution" {
						if resolved = nil; item["to"] != nil {
							resolved = entry["created"]
						}
					}
				}
			}
			if fields["resolutiondate"] != resolved {
				t.Errorf("%s: resolved at %v, the changelog says %v", key, fields["resolutiondate"], resolved)
			}
			for id, field := range map[string]string{"status": "id", "resolution": "id", "assignee": "accountId"} {
				value, _ := fields[id].(map[string]any)
				if to, changed := last[id]; changed && (value == nil) != (to == nil) || changed && value != nil && value[field] != to {
					t.Errorf("%s: %s is %v, the changelog ends at %v", key, id, value[field], to)
				}
			}
		}
	}
	if changes < 500 {
		t.Errorf("only %d changes in all histories", changes)
	}
}

// parseTime parses a time in Jira's format, which must be a string.
func parseTime(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSeededCompany checks the seeded company: the number of issues in
// each situation, the dates of the active sprint, and the content of PAY-1.
func TestSeededCompany(t *testing.T) {
	c := start(t)
	if n := c.site.IssueCount(); n < 240 || n > 290 {
		t.Errorf("%d issues, want about 270", n)
	}
	for jql, want := range map[string]int{
		"sprint in closedSprints()":                      40,
		"sprint in openSprints()":                        30,
		"sprint in futureSprints()":                      8,
		"project = HELP AND reporter != currentUser()":   36,
		"issuetype = Epic AND project = PAY":             6,
		"issuetype = Sub-task AND sprint is not EMPTY":   1,
		"status = Cancelled AND sprint in openSprints()": 1,
		"flagged = Impediment":                           1,
	} {
		if got := len(c.search(jql)); got < want {
			t.Errorf("%s: %d issues, want at least %d", jql, got, want)
		}
	}
	_, active := c.do("GET", "/rest/api/3/issue/PAY-1?fields=customfield_10020,comment,issuelinks,description", "")
	fields := active["fields"].(map[string]any)
	sprint := fields["customfield_10020"].([]any)[0].(map[string]any)
	begin, _ := time.Parse(time.RFC3339, sprint["startDate"].(string))
	end, _ := time.Parse(time.RFC3339, sprint["endDate"].(string))
	if half := end.Sub(begin) / 2; c.now.Sub(begin)-half > 24*time.Hour || half-c.now.Sub(begin) > 24*time.Hour {
		t.Errorf("the active sprint runs from %v to %v, now is %v", begin, end, c.now)
	}
	if n := len(fields["description"].(map[string]any)["content"].([]any)); n != 8 {
		t.Errorf("PAY-1 has %d blocks of description, want 8", n)
	}
	if n, m := len(fields["comment"].(map[string]any)["comments"].([]any)), len(fields["issuelinks"].([]any)); n != 5 || m != 2 {
		t.Errorf("PAY-1 has %d comments and %d links, want 5 and 2", n, m)
	}
}

// TestAwkwardSprintCases checks that the histories contain each awkward case of
// a sprint at least three times.
func TestAwkwardSprintCases(t *testing.T) {
	c := start(t)
	seen := map[string]int{}
	for _, key := range c.search("project = PAY AND issuetype not in (Epic, Sub-task)") {
		_, log := c.do("GET", "/rest/api/3/issue/"+key+"/changelog", "")
		_, issue := c.do("GET", "/rest/api/3/issue/"+key+"?fields=created,customfield_10020,status", "")
		fields := issue["fields"].(map[string]any)
		sprintMoves, estimates := 0, 0
		reopened := false
		for _, v := range log["values"].([]any) {
			for _, i := range v.(map[string]any)["items"].([]any) {
				item := i.(map[string]any)
				switch item["field"] {
				case "Sprint":
					sprintMoves++
				case "Story Points":
					estimates++
				case "status":
					reopened = reopened || item["fromString"] == "Done"
				}
			}
		}
		sprints, _ := fields["customfield_10020"].([]any)
		switch {
		case sprintMoves == 2 && sprints == nil:
			seen["removed"]++
		case sprintMoves == 3:
			seen["added, removed, added"]++
		case len(sprints) == 2:
			seen["carried over"]++
		}
		if estimates > 1 {
			seen["re-estimated"]++
		}
		if reopened {
			seen["reopened"]++
		}
		if len(sprints) == 1 {
			s := sprints[0].(map[string]any)
			begin, _ := time.Parse(time.RFC3339, s["startDate"].(string))
			if s["state"] != "future" && parseTime(t, fields["created"]).After(begin) {
				seen["created inside"]++
			}
			if fields["status"].(map[string]any)["name"] == "Cancelled" {
				seen["done, but not in the last column"]++
			}
			for _, v := range log["values"].([]any) {
				entry := v.(map[string]any)
				for _, i := range entry["items"].([]any) {
					if item := i.(map[string]any); item["toString"] == "Done" && parseTime(t, entry["created"]).Before(begin) {
						seen["done before the sprint"]++
					}
				}
			}
		}
	}
	for _, want := range []string{"removed", "added, removed, added", "carried over", "re-estimated", "reopened", "created inside", "done, but not in the last column", "done before the sprint"} {
		if seen[want] < 3 {
			t.Errorf("%s: %d issues, want one in each of the sprints; all: %v", want, seen[want], seen)
		}
	}
}

// TestEveryChangeWritesAChangelogEntry checks the changelog after an edit and a
// transition.
func TestEveryChangeWritesAChangelogEntry(t *testing.T) {
	c := start(t)
	_, before := c.do("GET", "/rest/api/3/issue/PAY-1/changelog", "")
	status, issue := c.do("PUT", "/rest/api/3/issue/PAY-1?returnIssue=true", `{"fields":{"summary":"Changed","priority":{"name":"Low"}},"update":{"labels":[{"add":"new"},{"remove":"sev-2"}]}}`)
	if status != 200 || issue["fields"].(map[string]any)["summary"] != "Changed" {
		t.Fatalf("edit: %d %v", status, issue)
	}
	if status, _ := c.do("POST", "/rest/api/3/issue/PAY-1/transitions", `{"transition":{"id":"31"},"fields":{"resolution":{"name":"Done"}}}`); status != 204 {
		t.Fatalf("transition: %d", status)
	}
	_, after := c.do("GET", "/rest/api/3/issue/PAY-1/changelog?startAt="+jsonNumber(before["total"]), "")
	text, _ := json.Marshal(after["values"])
	for _, want := range []string{`"field":"summary"`, `"field":"priority"`, `"field":"labels"`, `"field":"status"`, `"field":"resolution"`, `"toString":"Done"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the changelog lacks %s: %s", want, text)
		}
	}
	_, bulk := c.do("POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["PAY-1","PAY-9"],"fieldIds":["status"]}`)
	if n := len(bulk["issueChangeLogs"].([]any)); n != 2 {
		t.Errorf("bulk changelogs of %d issues", n)
	}
}

// jsonNumber returns a decoded value as JSON.
func jsonNumber(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

// TestMovedKeysStillResolve checks that the old key of a moved issue finds it.
func TestMovedKeysStillResolve(t *testing.T) {
	c := start(t)
	if status, out := c.do("GET", "/rest/api/3/issue/PAY-1000?fields=summary", ""); status != 200 || out["key"] != "OPS-5" {
		t.Errorf("PAY-1000: %d %v", status, out["key"])
	}
}

// TestThrottleOnRequest checks the header with which a client asks for a 429.
func TestThrottleOnRequest(t *testing.T) {
	c := start(t)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", c.url+"/rest/api/3/myself", nil)
	req.Header.Set("X-Sandbox-Throttle", "7")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "7" || res.Header.Get("RateLimit-Reason") == "" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
}

// TestBoardsAndSprints checks the reads of boards and sprints.
func TestBoardsAndSprints(t *testing.T) {
	c := start(t)
	_, boards := c.do("GET", "/rest/agile/1.0/board?projectKeyOrId=PAY", "")
	_, config := c.do("GET", "/rest/agile/1.0/board/1/configuration", "")
	_, sprints := c.do("GET", "/rest/agile/1.0/board/1/sprint?state=closed,active", "")
	_, sprint := c.do("GET", "/rest/agile/1.0/sprint/34", "")
	text, _ := json.Marshal([]any{boards, config, sprints, sprint})
	for _, want := range []string{`"total":1`, `"name":"PAY board"`, `"fieldId":"customfield_10016"`, `{"name":"Done","statuses":[{"id":"10002"`, `"state":"active"`, `"name":"PAY Sprint 14"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if n := len(sprints["values"].([]any)); n != 4 {
		t.Errorf("%d closed and active sprints, want 4", n)
	}
	for _, path := range []string{"/rest/agile/1.0/board/9", "/rest/agile/1.0/sprint/9"} {
		if status, _ := c.do("GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestConcurrentWritesAreAllKept checks that concurrent edits and comments of
// one issue do not overwrite each other.
func TestConcurrentWritesAreAllKept(t *testing.T) {
	c := start(t)
	var wg sync.WaitGroup
	const each = 20
	for worker := range 4 {
		wg.Go(func() {
			for n := range each {
				c.do("POST", "/rest/api/3/issue/PAY-9/comment", `{"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}}`)
				c.do("PUT", "/rest/api/3/issue/PAY-9", fmt.Sprintf(`{"fields":{"summary":"by %d, %d"}}`, worker, n))
			}
		})
	}
	wg.Wait()
	_, after := c.do("GET", "/rest/api/3/issue/PAY-9/comment?maxResults=100", "")
	_, log := c.do("GET", "/rest/api/3/issue/PAY-9/changelog", "")
	summaries := 0
	for _, v := range log["values"].([]any) {
		for _, i := range v.(map[string]any)["items"].([]any) {
			if i.(map[string]any)["field"] == "summary" {
				summaries++
			}
		}
	}
	if got := int(after["total"].(float64)); got < 4*each || summaries != 4*each {
		t.Errorf("%d comments and %d edits are kept, want %d of each", got, summaries, 4*each)
	}
}

// TestEditsContinueTheHistory changes lists and clears fields, and checks that
// each changelog item starts from the value where the last one ended.
func TestEditsContinueTheHistory(t *testing.T) {
	c := start(t)
	_, before := c.do("GET", "/rest/api/3/issue/PAY-1/changelog", "")
	for _, body := range []string{`{"fields":{"fixVersions":[{"name":"24.12"}]}}`, `{"fields":{"fixVersions":[{"name":"25.1"}]}}`, `{"fields":{"fixVersions":[]}}`,
		`{"fields":{"parent":{"key":"PAY-2"}}}`, `{"fields":{"parent":null}}`, `{"fields":{"customfield_10020":null}}`, `{"fields":{"description":null}}`,
		`{"fields":{"customfield_10061":[{"accountId":"712020:5a1d0001-0c3e-4b7a-9d2f-0000000a11ce"}]}}`, `{"fields":{"components":[{"name":"Vault"}]}}`} {
		if status, out := c.do("PUT", "/rest/api/3/issue/PAY-1", body); status != 204 {
			t.Fatalf("%s: %d %v", body, status, out)
		}
	}
	_, after := c.do("GET", "/rest/api/3/issue/PAY-1/changelog?startAt="+jsonNumber(before["total"]), "")
	text, _ := json.Marshal(after["values"])
	for _, want := range []string{`"fromString":"24.12","to":null`, `"toString":"25.1"`, `"fromString":"25.1","to":null`, `"toString":"PAY-2"`, `"fromString":"PAY-2"`,
		`"fromString":"PAY Sprint 14"`, `"toString":"Ana Silva"`, `"toString":"Vault"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the history lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), `\"type\"`) {
		t.Error("a history entry holds raw ADF")
	}
}

// TestReadsAgainstTheContract checks the endpoints that the client does not use
// yet.
func TestReadsAgainstTheContract(t *testing.T) {
	c := start(t)
	for _, path := range []string{"/rest/api/3/serverInfo", "/rest/api/3/mypermissions?permissions=CREATE_ISSUES,EDIT_ISSUES&projectKey=PAY", "/rest/api/3/issue/PAY-1/editmeta",
		"/rest/api/3/project/PAY", "/rest/api/3/project/PAY/statuses", "/rest/api/3/issueLinkType", "/rest/api/3/issue/HELP-2/comment?maxResults=1", "/_edge/tenant_info",
		"/rest/api/3/issue/createmeta/HELP/issuetypes/10011?startAt=2&maxResults=3"} {
		if status, out := c.do("GET", path, ""); status != 200 {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
}
