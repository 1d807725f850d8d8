package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// caller is a user of a server with JIRA_MCP_IDENTITY=caller. Each has the same issues
// with other texts, as if each saw another part of one site: an answer that belongs
// to somebody else has their marker.
type caller struct {
	name, email, token, account string
	marker                      string
	jira                        *sandbox.Sandbox
	company                     *company

	mu       sync.Mutex
	upstream strings.Builder // what Jira got with this user's credential
	received strings.Builder // what the server answered
}

// company is several callers, one Jira site and one server for all of them.
type company struct {
	t       *testing.T
	callers []*caller
	url     string
	dir     string
	process *process
	audit   string
	strange sync.Map // Authorization headers of nobody
	stop    context.CancelFunc
	done    chan error
}

// newCompany starts a server for so many callers, with settings.
func newCompany(t *testing.T, n int, kind string, env map[string]string, flags ...func(*serveOptions)) *company {
	t.Helper()
	c := &company{t: t, dir: t.TempDir()}
	texts := &seed.Texts{}
	for i := range n {
		one := &caller{name: fmt.Sprint("user", i), email: fmt.Sprintf("user%d@example.com", i), account: fmt.Sprintf("712020:user-%d", i), marker: fmt.Sprintf("MARK%03dX", i), company: c}
		one.token = fmt.Sprintf("token-of-user-%03d-with-some-length", i)
		c.callers = append(c.callers, one)
	}
	// One sandbox for many users takes less memory: the first three have their own.
	for i, one := range c.callers {
		if i >= 3 {
			one.jira = c.callers[0].jira
			continue
		}
		var err error
		one.jira, err = sandbox.New(sandbox.Options{Texts: texts, SearchDelay: -1, Setup: func(site *store.Site) { one.mark(site) }})
		if err != nil {
			t.Fatal(err)
		}
		one.jira.AddToken(one.email, one.token)
	}
	srv := httptest.NewServer(http.HandlerFunc(c.serveJira))
	t.Cleanup(srv.Close)
	c.audit = filepath.Join(c.dir, "audit.jsonl")
	c.process = newProcess(t, map[string]string{"JIRA_URL": srv.URL, "JIRA_MCP_IDENTITY": "caller", "JIRA_MCP_LOG_LEVEL": "debug", "JIRA_MCP_LOG_FORMAT": "json",
		"JIRA_MCP_AUDIT_FILE": c.audit, "JIRA_MCP_AUDIT_ARGUMENTS": "true", "JIRA_MCP_TOOLSETS": "all", "JIRA_MCP_ALLOW": "read,comment,create,edit,transition,manage,delete"})
	for name, value := range env {
		c.process.env[name] = value
	}
	c.start(kind, flags...)
	return c
}

// start starts the server.
func (c *company) start(kind string, flags ...func(*serveOptions)) {
	c.t.Helper()
	p := c.process
	a := &app{stdio: stdio{p.in, &p.out, &p.err}, now: p.now, keyring: p.keyring, configDirs: func() ([]string, error) { return []string{p.dir}, nil }, lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
	a.prepare()
	ctx, stop := context.WithCancel(c.t.Context())
	ready := make(chan string, 1)
	o := &serveOptions{transport: kind, http: httpserver.Options{Listen: "127.0.0.1:0", Ready: func(u string) { ready <- u }}}
	for _, change := range flags {
		change(o)
	}
	c.stop, c.done = stop, make(chan error, 1)
	go func() { c.done <- a.serve(ctx, o) }()
	c.t.Cleanup(func() { stop(); <-c.done })
	select {
	case c.url = <-ready:
	case err := <-c.done:
		c.t.Fatal(err)
	}
}

// mark makes a site that of a user: its first user is this one, and its texts have the
// user's marker.
func (u *caller) mark(site *store.Site) {
	me := site.Users[0]
	me.ID, me.Email = u.account, u.email
	for _, p := range site.Projects {
		for _, v := range p.Versions {
			v.Description += " " + u.marker
		}
	}
	for _, s := range site.Sprints {
		s.Goal += " " + u.marker
	}
	for _, i := range site.All() {
		i.Summary += " " + u.marker
		for _, comment := range i.Comments {
			comment.Body = bytes.Replace(comment.Body, []byte(`"text":"`), []byte(`"text":"`+u.marker+" "), 1)
		}
	}
}

// serveJira is the Jira site: it shows each user their part, and nothing to others.
func (c *company) serveJira(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_edge/tenant_info" {
		c.callers[0].jira.ServeHTTP(w, r)
		return
	}
	email, _, _ := r.BasicAuth()
	at := slices.IndexFunc(c.callers, func(u *caller) bool { return u.email == email })
	if at < 0 {
		c.strange.Store(r.Header.Get("Authorization"), true)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	u := c.callers[at]
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	u.mu.Lock()
	fmt.Fprintf(&u.upstream, "%s %s %v\n%s\n", r.Method, r.URL, r.Header, body)
	u.mu.Unlock()
	u.jira.ServeHTTP(w, r)
}

// header returns the user's credential as a header.
func (u *caller) header() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.email+":"+u.token))
}

// answer is an HTTP answer.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request as the user, with further headers.
func (u *caller) send(method, path string, headers map[string]string, body string) answer {
	u.company.t.Helper()
	req, err := http.NewRequestWithContext(u.company.t.Context(), method, u.company.url+path, strings.NewReader(body))
	if err != nil {
		u.company.t.Fatal(err)
	}
	req.Header.Set("Authorization", u.header())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		u.company.t.Fatal(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.received.Write(data)
	return answer{res.StatusCode, res.Header, string(data)}
}

// modernMeta is the member _meta of the protocol of 2026-07-28.
var modernMeta = map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": map[string]any{"name": "t", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": map[string]any{}}

// ask sends a request in the protocol of 2026-07-28, and returns the answer's body.
func (u *caller) ask(method, name string, params map[string]any) string {
	u.company.t.Helper()
	if params == nil {
		params = map[string]any{}
	}
	params["_meta"] = modernMeta
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		u.company.t.Fatal(err)
	}
	headers := map[string]string{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
	if name != "" {
		headers["Mcp-Name"] = name
	}
	return u.send(http.MethodPost, "", headers, string(body)).body
}

// call calls a tool in the protocol of 2026-07-28.
func (u *caller) call(tool, args string) string {
	u.company.t.Helper()
	return u.ask("tools/call", tool, map[string]any{"name": tool, "arguments": json.RawMessage(u.fill(args))})
}

// fill replaces OWN by the id of a comment of the user, and WORKLOG by that of a
// worklog.
func (u *caller) fill(args string) string {
	comments := u.jira.Site().Issue("PAY-1").Comments
	args = strings.ReplaceAll(args, "OWN", comments[len(comments)-1].ID)
	return strings.ReplaceAll(args, "WORKLOG", u.jira.Site().Issue("PAY-3").Worklogs[0].ID)
}

// anAttachment returns the id of a file.
func (u *caller) anAttachment() string {
	for _, i := range u.jira.Site().All() {
		if len(i.Attachments) > 0 && i.Project.Key == "OPS" {
			return i.Attachments[0].ID
		}
	}
	return ""
}

// session is a session of the protocol before 2026-07-28.
type session struct {
	*caller
	id string
}

// open opens a session.
func (u *caller) open() session {
	u.company.t.Helper()
	a := u.send(http.MethodPost, "", nil, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if a.status != http.StatusOK {
		u.company.t.Fatalf("initialize: %d %s", a.status, a.body)
	}
	return session{u, a.header.Get("Mcp-Session-Id")}
}

// post sends a message in a session.
func (s session) post(body string) answer {
	return s.send(http.MethodPost, "", map[string]string{"Mcp-Session-Id": s.id}, body)
}

// call calls a tool in a session.
func (s session) call(tool, args string) answer {
	return s.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, s.fill(args)))
}

// checkIsolation checks what each user received, what Jira got with each credential,
// the audit and the log for markers and tokens of others.
func (c *company) checkIsolation() {
	c.t.Helper()
	c.strange.Range(func(key, _ any) bool {
		c.t.Errorf("Jira was called with a strange credential: %v", key)
		return true
	})
	audit := ""
	for _, path := range []string{c.audit, pathOfWrites(c.audit)} {
		data, err := os.ReadFile(path)
		if err != nil {
			c.t.Error(err)
		}
		audit += string(data)
	}
	log := c.process.err.String()
	for _, u := range c.callers {
		u.mu.Lock()
		received, upstream := u.received.String(), u.upstream.String()
		u.mu.Unlock()
		own := linesOf(audit, `"account":"`+u.account+`"`)
		if received == "" || own == "" || !strings.Contains(received, u.marker) {
			c.t.Errorf("%s: %d bytes received, %d of the audit", u.name, len(received), len(own))
		}
		for _, other := range c.callers {
			if other == u {
				continue
			}
			for _, text := range []struct{ where, text string }{{"answers", received}, {"requests to Jira", upstream}, {"the audit", own}} {
				if at := strings.Index(text.text, other.marker); at >= 0 {
					c.t.Errorf("%s of %s show a text of %s: …%s…", text.where, u.name, other.name, text.text[max(0, at-300):min(len(text.text), at+50)])
				}
				if strings.Contains(text.text, other.token) || strings.Contains(text.text, other.account) || strings.Contains(text.text, other.header()) {
					c.t.Errorf("%s of %s name %s", text.where, u.name, other.name)
				}
			}
		}
		for where, text := range map[string]string{"the audit": audit, "the log": log, "answers": received} {
			if strings.Contains(text, u.token) || strings.Contains(text, strings.TrimPrefix(u.header(), "Basic ")) {
				c.t.Errorf("%s shows the token of %s", where, u.name)
			}
		}
	}
}

// linesOf returns the lines that contain a text.
func linesOf(all, with string) string {
	var out strings.Builder
	for line := range strings.Lines(all) {
		if strings.Contains(line, with) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// writeFile returns the path of a file with a text.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
