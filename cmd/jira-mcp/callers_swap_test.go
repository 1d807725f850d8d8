package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSessionsOfOthers checks that the session of one user does not exist for another,
// whatever a request wants of it.
func TestSessionsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	a, b := c.callers[0], c.callers[1]
	mine := a.open()
	stolen := session{b, mine.id}
	for what, got := range map[string]answer{
		"a call":         stolen.call("jira_search", `{"jql":"project = PAY"}`),
		"a list":         stolen.post(`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`),
		"a stream":       stolen.send(http.MethodGet, "", map[string]string{"Mcp-Session-Id": mine.id}, ""),
		"an end":         stolen.send(http.MethodDelete, "", map[string]string{"Mcp-Session-Id": mine.id}, ""),
		"a notification": stolen.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`),
		"an answer":      stolen.post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":{"confirm":true}}}`),
	} {
		unknown := session{b, "NOSUCHSESSION"}
		if got.status != http.StatusNotFound {
			t.Errorf("%s in the session of another: %d %s", what, got.status, got.body)
		}
		if other := unknown.post(`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`); other.status != http.StatusNotFound {
			t.Errorf("a session that nobody has: %d", other.status)
		}
	}
	if got := stolen.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`); got.status != http.StatusAccepted {
		t.Errorf("a cancellation: %d", got.status)
	}
	if got := mine.call("jira_search", `{"jql":"key = PAY-1"}`); got.status != http.StatusOK || !strings.Contains(got.body, a.marker) {
		t.Errorf("the session does not work for its owner any more: %d %.300s", got.status, got.body)
	}
	if got := mine.send(http.MethodPost, "", map[string]string{"Mcp-Session-Id": mine.id, "Authorization": ""}, `{"jsonrpc":"2.0","id":3,"method":"ping"}`); got.status != http.StatusUnauthorized {
		t.Errorf("without a credential: %d", got.status)
	}
}

// TestCancellingTheCallOfAnother checks that the same request id of another user is
// another request.
func TestCancellingTheCallOfAnother(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	sessions := []session{c.callers[0].open(), c.callers[1].open()}
	var wg sync.WaitGroup
	for range 20 {
		for n, s := range sessions {
			wg.Go(func() {
				if n == 1 {
					s.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
					return
				}
				if got := s.call("jira_search", `{"jql":"project = PAY"}`); got.status != http.StatusOK || !strings.Contains(got.body, s.marker) {
					t.Errorf("%d %.300s", got.status, got.body)
				}
			})
		}
	}
	wg.Wait()
}

// sseStream opens the stream of SSE, and returns its lines and the path to post to.
func (u *caller) sseStream(ctx context.Context) (lines <-chan string, path string) {
	u.company.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.company.url+"/sse", nil)
	if err != nil {
		u.company.t.Fatal(err)
	}
	req.Header.Set("Authorization", u.header())
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		u.company.t.Fatal(err, res)
	}
	out := make(chan string, 100)
	go func() {
		defer close(out)
		defer res.Body.Close()
		s := bufio.NewScanner(res.Body)
		s.Buffer(nil, 16<<20) // a line holds a whole answer
		for s.Scan() {
			if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
				out <- data
				u.mu.Lock()
				u.received.WriteString(data)
				u.mu.Unlock()
			}
		}
	}()
	return out, strings.TrimPrefix(<-out, "/message")
}

// TestStreamsOfOthers checks SSE: nobody posts to the stream of another, and what one
// user asks is answered on their stream alone.
func TestStreamsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "sse", nil)
	a, b := c.callers[0], c.callers[1]
	c.url = strings.TrimSuffix(c.url, "/sse")
	linesA, queryA := a.sseStream(t.Context())
	linesB, queryB := b.sseStream(t.Context())
	c.url += "/message"
	initialize := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	ask := `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"jira_search","arguments":{"jql":"key = PAY-1"}}}`
	if got := b.send(http.MethodPost, queryA, nil, initialize); got.status != http.StatusNotFound {
		t.Errorf("a message to the stream of another: %d %s", got.status, got.body)
	}
	for _, u := range []struct {
		*caller
		query string
		lines <-chan string
	}{{a, queryA, linesA}, {b, queryB, linesB}} {
		for _, message := range []string{initialize, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, ask} {
			if got := u.send(http.MethodPost, u.query, nil, message); got.status != http.StatusAccepted {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
		<-u.lines
		if text := <-u.lines; !strings.Contains(text, u.marker) {
			t.Errorf("%s got %s", u.name, text)
		}
	}
	c.stop()
	<-c.done
	c.done <- nil
	c.checkIsolation()
}

// confirmCode finds the code in a dry run.
var confirmCode = regexp.MustCompile(`confirm: ([\w-]{30})`)

// TestConfirmationsOfOthers checks that a code, or the state of a question, counts for
// the user who got it, once, also with another token or after their server was closed.
func TestConfirmationsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", map[string]string{"JIRA_MCP_MAX_TENANTS": "1"})
	a, b := c.callers[0], c.callers[1]
	code := confirmCode.FindStringSubmatch(a.call("jira_delete_issue", `{"issue":"PAY-100"}`))
	if code == nil {
		t.Fatal("no code")
	}
	confirmed := fmt.Sprintf(`{"issue":"PAY-100","confirm":%q}`, code[1])
	if text := b.call("jira_delete_issue", confirmed); !strings.Contains(text, "code is not valid") || b.jira.Site().Issue("PAY-100") == nil {
		t.Errorf("the code of another: %s", text)
	}
	// The server of A was closed for B's: there is room for one.
	if text := a.call("jira_delete_issue", confirmed); !strings.Contains(text, "Deleted PAY-100") {
		t.Errorf("the own code: %s", text)
	}
	a.jira.AddToken(a.email, "second-token-of-the-same-person")
	a.token = "second-token-of-the-same-person"
	if text := a.call("jira_delete_issue", confirmed); strings.Contains(text, "Deleted") {
		t.Errorf("the code a second time: %s", text)
	}
}

// TestQuestionsOfOthers checks that the state of a question that was put to one person
// is nothing in the hands of another.
func TestQuestionsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	a, b := c.callers[0], c.callers[1]
	meta := maps.Clone(modernMeta)
	meta["io.modelcontextprotocol/clientCapabilities"] = map[string]any{"elicitation": map[string]any{}}
	ask := func(u *caller, more map[string]any) string {
		params := map[string]any{"name": "jira_delete_issue", "arguments": map[string]any{"issue": "PAY-100"}, "_meta": meta}
		maps.Copy(params, more)
		body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
		if err != nil {
			t.Fatal(err)
		}
		return u.send(http.MethodPost, "", map[string]string{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "jira_delete_issue"}, string(body)).body
	}
	state := regexp.MustCompile(`"requestState":"([^"]+)"`).FindStringSubmatch(ask(a, nil))
	if state == nil {
		t.Fatal("no question: " + ask(a, nil))
	}
	agreed := map[string]any{"requestState": state[1], "inputResponses": map[string]any{"confirm": map[string]any{"action": "accept", "content": map[string]any{"confirm": true}}}}
	if text := ask(b, agreed); strings.Contains(text, "Deleted") || b.jira.Site().Issue("PAY-100") == nil {
		t.Errorf("the answer to the question of another: %s", text)
	}
	if text := ask(a, agreed); !strings.Contains(text, "Deleted PAY-100") {
		t.Errorf("the own answer: %s", text)
	}
}

// TestWhatWritesMustRemember checks that neither another token of the same person nor
// the end of their server lets a create happen twice or resets a limit.
func TestWhatWritesMustRemember(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", map[string]string{"JIRA_MCP_MAX_TENANTS": "1", "JIRA_MCP_WRITES_PER_MINUTE": "3"})
	a, b := c.callers[0], c.callers[1]
	create := `{"project":"PAY","type":"Task","summary":"Rotate the keys of the signing service"}`
	first := a.call("jira_create_issue", create)
	if !strings.Contains(first, "Created PAY-") {
		t.Fatal(first)
	}
	b.call("jira_whoami", `{}`) // closes the server of A
	a.jira.AddToken(a.email, "second-token-of-the-same-person")
	tokens := []string{a.token, "second-token-of-the-same-person"}
	a.token = tokens[1]
	if text := a.call("jira_create_issue", create); !strings.Contains(text, "already") && !strings.Contains(text, "filed") {
		t.Errorf("the same create with another token: %s", text)
	}
	refused := ""
	for n := range 4 {
		a.token = tokens[n%2]
		text := a.call("jira_add_comment", fmt.Sprintf(`{"issue":"PAY-1","body":"Number %d"}`, n))
		if strings.Contains(text, `"isError":true`) {
			refused = text
		}
	}
	if !strings.Contains(refused, "lets each person write at most 3 issues a minute") || !strings.Contains(refused, "JIRA_MCP_WRITES_PER_MINUTE") {
		t.Errorf("the limit: %s", refused)
	}
	if text := b.call("jira_add_comment", `{"issue":"PAY-1","body":"Mine"}`); strings.Contains(text, `"isError":true`) {
		t.Errorf("the limit of one person stops another: %s", text)
	}
}

// bulkTask finds the id of a bulk change in an answer.
var bulkTask = regexp.MustCompile(`Task (\S+?)\.`)

// TestBulkChangesOfOthers checks that a bulk change belongs to the user who made it: its
// confirmation, and the task that Jira works on, also with another token of that user
// and after their server was closed. Both users see the same issues.
func TestBulkChangesOfOthers(t *testing.T) {
	t.Parallel()
	for name, fence := range map[string]string{"behind a fence": "PAY", "without a fence": "*"} {
		t.Run(name, func(t *testing.T) { checkBulkChangesOfOthers(t, fence) })
	}
}

// checkBulkChangesOfOthers is [TestBulkChangesOfOthers] with some JIRA_MCP_PROJECTS.
func checkBulkChangesOfOthers(t *testing.T, projects string) {
	t.Helper()
	c := newCompany(t, 2, "http", map[string]string{"JIRA_MCP_PROJECTS": projects, "JIRA_MCP_MAX_TENANTS": "1"})
	a, b := c.callers[0], c.callers[1]
	b.jira = a.jira
	b.jira.AddPerson(b.name, b.email, b.account, b.token)
	args := `{"jql":"project = PAY AND type = Bug AND statusCategory = Done","fields":[{"name":"Labels","value":"swept","op":"add"}]`
	code := confirmCode.FindStringSubmatch(a.call("jira_bulk_update", args+"}"))
	if code == nil {
		t.Fatal("no code")
	}
	confirmed := fmt.Sprintf(`%s,"confirm":%q}`, args, code[1])
	if text := b.call("jira_bulk_update", confirmed); !strings.Contains(text, "code is not valid") {
		t.Errorf("the code of another: %.400s", text)
	}
	task := bulkTask.FindStringSubmatch(a.call("jira_bulk_update", confirmed))
	if task == nil {
		t.Fatal("no task")
	}
	check := fmt.Sprintf(`{"task":%q}`, task[1])
	own := a.call("jira_bulk_update", check)
	if strings.Contains(own, `"isError":true`) {
		t.Errorf("the own task: %.400s", own)
	}
	if text := b.call("jira_bulk_update", check); !strings.Contains(text, `"isError":true`) {
		t.Errorf("the task of another: %.400s", text)
	}
	a.jira.AddToken(a.email, "second-token-of-the-same-person")
	a.token = "second-token-of-the-same-person"
	if text := a.call("jira_bulk_update", check); strings.Contains(text, `"isError":true`) {
		t.Errorf("the own task with another token: %.400s", text)
	}
}

// TestDifferentRights checks that each user of one site gets what they may see there.
func TestDifferentRights(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	a, farah := c.callers[0], c.callers[1]
	farah.jira = a.jira
	for _, p := range a.jira.People() {
		if p.Name == "Farah Haddad" {
			farah.email, farah.token = p.Email, p.Token
		}
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if text := farah.call("jira_get_issue", `{"issues":["SECRET-1"]}`); !strings.Contains(text, "SECRET-1") || strings.Contains(text, `"isError":true`) {
				t.Errorf("who may see it: %.300s", text)
			}
		})
		wg.Go(func() {
			if text := a.call("jira_get_issue", `{"issues":["SECRET-1"]}`) + a.call("jira_list_projects", `{}`) + a.call("jira_search", `{"jql":"summary ~ nightjar"}`); strings.Contains(text, "Nightjar") {
				t.Errorf("who may not: %.600s", text)
			}
		})
	}
	wg.Wait()
}

// TestCursorsOfOthers checks that the position in a list of one user shows another
// nothing of it.
func TestCursorsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	a, b := c.callers[0], c.callers[1]
	cursor := regexp.MustCompile(`cursor:? \\?"?([^\s"\\]+)`).FindStringSubmatch(a.call("jira_search", `{"jql":"project = PAY","limit":2}`))
	if cursor == nil {
		t.Fatal(a.call("jira_search", `{"jql":"project = PAY","limit":2}`))
	}
	if text := b.call("jira_search", fmt.Sprintf(`{"jql":"project = PAY","limit":2,"cursor":%q}`, cursor[1])); strings.Contains(text, a.marker) {
		t.Errorf("%s", text)
	}
}

// TestTwoUsersOfOneClient checks that a client that changes its credential, and names the
// same session with both, gets answers for the credential it sends and cannot poison what
// the server remembers for the other.
func TestTwoUsersOfOneClient(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	s := c.callers[0].open()
	var wg sync.WaitGroup
	for n := range 100 {
		u := c.callers[n%2]
		wg.Go(func() {
			for _, call := range []string{"jira_lookup " + `{"kind":"version","project":"PAY"}`, "jira_get_issue " + `{"issues":["PAY-1"]}`, "jira_sprint_report " + `{"project":"PAY"}`} {
				tool, args, _ := strings.Cut(call, " ")
				if text := u.call(tool, args); strings.Contains(text, `"isError":true`) {
					t.Errorf("%s, %s: %.300s", u.name, tool, text)
				}
				got := session{u, s.id}.call(tool, args)
				if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[u == s.caller]; got.status != want {
					t.Errorf("%s in the session of %s: %d, want %d", u.name, s.name, got.status, want)
				}
			}
		})
	}
	wg.Wait()
	c.stop()
	<-c.done
	c.done <- nil
	c.checkIsolation()
}

// TestManyCallers has 200 users with a token each write and read side by side.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	const most = 200
	c := newCompany(t, most, "http", map[string]string{"JIRA_MCP_AUDIT_ARGUMENTS": "false"})
	for _, u := range c.callers[3:] {
		u.jira.AddPerson(u.name, u.email, u.account, u.token)
	}
	var wg sync.WaitGroup
	for n, u := range c.callers {
		wg.Go(func() {
			if text := u.call("jira_add_comment", fmt.Sprintf(`{"issue":"PAY-%d","body":"From %s"}`, n%50+1, u.name)); !strings.Contains(text, "commented on") && strings.Contains(text, `"isError":true`) {
				t.Errorf("%s: %.400s", u.name, text)
			}
			if text := u.call("jira_whoami", `{}`); !strings.Contains(text, u.email) {
				t.Errorf("%s: %.400s", u.name, text)
			}
		})
	}
	wg.Wait()
}

// TestRevokedTokens checks that one revoked token among many ends what belongs to it
// and nothing else, and that a rotated one works at once.
func TestRevokedTokens(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", nil)
	a, b := c.callers[0], c.callers[1]
	s := a.open()
	closed := s.stream(t.Context())
	old := a.token
	a.jira.Revoke(old)
	if text := s.call("jira_get_issue", `{"issues":["PAY-1"]}`); !strings.Contains(text.body, "does not accept") {
		t.Errorf("the first call afterwards: %d %.300s", text.status, text.body)
	}
	if got := s.call("jira_get_issue", `{"issues":["PAY-1"]}`); got.status != http.StatusUnauthorized {
		t.Errorf("the second one: %d %.300s", got.status, got.body)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the stream of a revoked token stays open")
	}
	a.token = "the-next-token-of-the-same-person"
	a.jira.AddToken(a.email, a.token)
	if got := s.call("jira_get_issue", `{"issues":["PAY-1"]}`); got.status != http.StatusNotFound {
		t.Errorf("the session of the old token: %d", got.status)
	}
	if got := a.open().call("jira_get_issue", `{"issues":["PAY-1"]}`); !strings.Contains(got.body, a.marker) {
		t.Errorf("the next token: %d %.300s", got.status, got.body)
	}
	if text := b.call("jira_get_issue", `{"issues":["PAY-1"]}`); !strings.Contains(text, b.marker) {
		t.Errorf("another user: %.300s", text)
	}
}

// TestAllServersInUse checks the answer when there is no room for another user.
func TestAllServersInUse(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "sse", map[string]string{"JIRA_MCP_MAX_TENANTS": "1"})
	c.url = strings.TrimSuffix(c.url, "/sse")
	c.callers[0].sseStream(t.Context())
	got := c.callers[1].send(http.MethodGet, "/sse", nil, "")
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "JIRA_MCP_MAX_TENANTS") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}

// TestGateBeforeCallers checks the server's own bearer token in front of the callers'
// credentials.
func TestGateBeforeCallers(t *testing.T) {
	t.Parallel()
	token := "the-bearer-token-of-the-server"
	file := writeFile(t, token)
	c := newCompany(t, 1, "http", nil, func(o *serveOptions) { o.http.AuthTokenFile = file })
	u := c.callers[0]
	for _, one := range []struct {
		name, authorization, own string
		status                   int
		challenge                string
	}{
		{"nothing", "", "", 401, "Bearer"},
		{"the credential alone", "", u.header(), 401, "Bearer"},
		{"the credential in the gate's header", u.header(), "", 401, "Bearer"},
		{"a wrong bearer", "Bearer wrong", u.header(), 401, "Bearer"},
		{"the gate alone", "Bearer " + token, "", 401, "Basic"},
		{"both", "Bearer " + token, u.header(), 200, ""},
	} {
		headers := map[string]string{"Authorization": one.authorization, "X-Jira-Authorization": one.own, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
		for name, value := range headers {
			if value == "" && name != "Authorization" {
				delete(headers, name)
			}
		}
		body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": map[string]any{"_meta": modernMeta}})
		got := u.send(http.MethodPost, "", headers, string(body))
		if got.status != one.status || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), one.challenge) {
			t.Errorf("%s: %d %q %.200s", one.name, got.status, got.header.Get("WWW-Authenticate"), got.body)
		}
		if one.challenge == "Basic" && (!strings.Contains(got.body, "X-Jira-Authorization") || !strings.Contains(got.body, "install CLIENT --http")) {
			t.Errorf("%s: %s", one.name, got.body)
		}
	}
	if text := c.process.err.String(); strings.Contains(text, token) {
		t.Error("the log shows the gate's token")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if strings.Contains(u.upstream.String(), token) {
		t.Error("Jira got the gate's token")
	}
}

// TestCallersNeedOwnCredentials checks the settings that are refused at start.
func TestCallersNeedOwnCredentials(t *testing.T) {
	site, requests := siteForSetup(t)
	for _, one := range []struct {
		name string
		env  map[string]string
		args []string
		says string
	}{
		{"a token", map[string]string{"JIRA_API_TOKEN": "abcdefghij"}, []string{"serve", "--transport", "http"}, "JIRA_API_TOKEN and JIRA_MCP_IDENTITY=caller are both set"},
		{"a token's file", map[string]string{"JIRA_API_TOKEN_FILE": writeFile(t, "abcdefghij")}, []string{"serve", "--transport", "sse"}, "JIRA_API_TOKEN_FILE and JIRA_MCP_IDENTITY=caller are both set"},
		{"an alias", map[string]string{"ATLASSIAN_API_TOKEN": "abcdefghij", "ATLASSIAN_EMAIL": "a@example.com"}, []string{"serve", "--transport", "http"}, "ATLASSIAN_EMAIL and JIRA_MCP_IDENTITY=caller are both set"},
		{"no site", map[string]string{"JIRA_URL": ""}, []string{"serve", "--transport", "http"}, "JIRA_URL is not set"},
		{"stdio", nil, []string{"serve", "--strict"}, "no Jira user of its own"},
		{"another command", nil, []string{"call", "jira_whoami"}, "no Jira user of its own"},
		{"a broken fence", map[string]string{"JIRA_MCP_WRITE_PROJECTS": "PAY"}, []string{"serve", "--transport", "http"}, "requires JIRA_MCP_PROJECTS"},
		{"another value", map[string]string{"JIRA_MCP_IDENTITY": "everybody"}, []string{"serve", "--transport", "http"}, "neither process nor caller"},
		{"an address for all, without TLS", nil, []string{"serve", "--transport", "http", "--listen", "0.0.0.0:0"}, "--tls-cert"},
	} {
		p := newProcess(t, map[string]string{"JIRA_URL": site, "JIRA_MCP_IDENTITY": "caller"})
		for name, value := range one.env {
			p.env[name] = value
		}
		if code, _, text := p.run(t.Context(), one.args...); code != exitUsage || !strings.Contains(text, one.says) {
			t.Errorf("%s: exit status %d, %s", one.name, code, text)
		}
	}
	p := newProcess(t, map[string]string{"JIRA_URL": site, "JIRA_MCP_IDENTITY": "caller"})
	loginForTest(t, p, site)
	*requests = 0
	if code, _, text := p.run(t.Context(), "serve", "--transport", "http"); code != exitUsage || !strings.Contains(text, "jira-mcp logout") {
		t.Errorf("a login: exit status %d, %s", code, text)
	}
	if *requests > 0 {
		t.Errorf("%d requests were sent to Jira", *requests)
	}
}
