package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// mcpTalk is a conversation with the program over its standard streams, as an
// MCP client has it.
type mcpTalk struct {
	t      *testing.T
	in     *io.PipeWriter
	lines  chan map[string]any
	noted  []string // methods of notifications from the server
	nextID int
	code   chan int
	err    *safeBuffer
}

// talk starts the program with the arguments.
func (p *process) talk(t *testing.T, args ...string) *mcpTalk {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	c := &mcpTalk{t: t, in: inW, lines: make(chan map[string]any, 100), code: make(chan int, 1), err: &p.err}
	var environ []string
	for name, value := range p.env {
		environ = append(environ, name+"="+value)
	}
	a := &app{stdio: stdio{inR, outW, &p.err}, environ: environ, now: p.now, keyring: p.keyring, configDirs: func() ([]string, error) { return []string{p.dir}, nil }, home: func() (string, error) { return p.home(), nil }, executable: func() (string, error) { return "/usr/local/bin/jira-mcp", nil },
		lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
	a.prepare()
	go func() {
		c.code <- a.execute(t.Context(), args)
		_ = outW.Close()
		_ = inR.CloseWithError(errors.New("the program has ended"))
	}()
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(outR); s.Scan(); {
			var line map[string]any
			if json.Unmarshal(s.Bytes(), &line) == nil {
				c.lines <- line
			}
		}
	}()
	t.Cleanup(func() { _ = inW.Close() })
	return c
}

// ask sends a request and returns the result, or the error's message.
func (c *mcpTalk) ask(method string, params map[string]any) (map[string]any, string) {
	c.t.Helper()
	c.nextID++
	c.send(map[string]any{"jsonrpc": "2.0", "id": c.nextID, "method": method, "params": params})
	limit := time.After(20 * time.Second)
	for {
		select {
		case line, open := <-c.lines:
			switch {
			case !open:
				c.t.Fatalf("the program ended in place of an answer to %s: %s", method, c.err)
			case line["id"] == float64(c.nextID):
				if problem, ok := line["error"].(map[string]any); ok {
					return nil, fmt.Sprint(problem["message"])
				}
				return line["result"].(map[string]any), ""
			case line["id"] == nil:
				c.noted = append(c.noted, fmt.Sprint(line["method"]))
			default:
				c.t.Errorf("an answer nobody asked for: %v", line)
			}
		case <-limit:
			c.t.Fatalf("no answer to %s", method)
		}
	}
}

func (c *mcpTalk) send(message map[string]any) {
	c.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.in.Write(append(data, '\n')); err != nil {
		c.t.Fatalf("%v: %s", err, c.err)
	}
}

// start makes the handshake and returns the instructions.
func (c *mcpTalk) start() string {
	c.t.Helper()
	res, problem := c.ask("initialize", map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "t", "version": "1"}})
	if problem != "" {
		c.t.Fatal(problem)
	}
	c.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
	return fmt.Sprint(res["instructions"])
}

// tools returns the names in the list of tools.
func (c *mcpTalk) tools() []string {
	c.t.Helper()
	res, problem := c.ask("tools/list", nil)
	if problem != "" {
		c.t.Fatal(problem)
	}
	return namesIn(res["tools"])
}

// call returns the text of a tool's result.
func (c *mcpTalk) call(tool string, args map[string]any) string {
	c.t.Helper()
	if args == nil {
		args = map[string]any{}
	}
	res, problem := c.ask("tools/call", map[string]any{"name": tool, "arguments": args})
	if problem != "" {
		return "protocol error: " + problem
	}
	text := ""
	for _, part := range res["content"].([]any) {
		text += fmt.Sprint(part.(map[string]any)["text"])
	}
	return text
}

// end ends the input and returns the exit status.
func (c *mcpTalk) end() int {
	c.t.Helper()
	_ = c.in.Close()
	for range c.lines { //nolint:revive // until the program has closed its output
	}
	return <-c.code
}

func namesIn(list any) []string {
	var out []string
	for _, one := range list.([]any) {
		m := one.(map[string]any)
		out = append(out, fmt.Sprint(m["name"]))
	}
	return out
}

// siteForSetup serves the embedded Jira and counts its requests.
func siteForSetup(t *testing.T) (url string, requests *int) {
	t.Helper()
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	requests = new(int)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		site.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, requests
}

// wrongSetting is a mistake in the configuration of a client.
type wrongSetting struct {
	name     string
	env      map[string]string // over a complete login
	args     []string
	mentions string // in the explanation
}

// readOnly is a setting that limits the tools, so that a test sees whether the list
// of tools follows it.
var readOnly = map[string]string{"JIRA_MCP_READ_ONLY": "true"}

// withoutLogin are mistakes that leave the restrictions usable.
var withoutLogin = []wrongSetting{
	{"nothing is set", map[string]string{"JIRA_URL": "", "JIRA_EMAIL": "", "JIRA_API_TOKEN": ""}, nil, "JIRA_URL is not set"},
	{"no token", map[string]string{"JIRA_API_TOKEN": ""}, nil, "JIRA_API_TOKEN is not set"},
	{"no site", map[string]string{"JIRA_URL": ""}, nil, "JIRA_URL is not set"},
	{"an unfilled variable", map[string]string{"JIRA_API_TOKEN": "${JIRA_API_TOKEN}"}, nil, "${JIRA_API_TOKEN} is a placeholder"},
	{"an unfilled variable of VS Code", map[string]string{"JIRA_API_TOKEN": "${env:JIRA_API_TOKEN}"}, nil, "is a placeholder"},
	{"an unfilled input of VS Code", map[string]string{"JIRA_API_TOKEN": "${input:jira-token}"}, nil, "is a placeholder"},
	{"an unfilled option of a bundle", map[string]string{"JIRA_API_TOKEN": "${user_config.api_token}"}, nil, "JIRA_API_TOKEN is not set"},
	{"a token from a README", map[string]string{"JIRA_API_TOKEN": "<your-api-token>"}, nil, "<your-api-token> is a placeholder"},
	{"an ellipsis", map[string]string{"JIRA_API_TOKEN": "…"}, nil, "… is a placeholder"},
	{"a site from a README", map[string]string{"JIRA_URL": "https://your-domain.atlassian.net"}, nil, "JIRA_URL: https://your-domain.atlassian.net is a placeholder"},
	{"quotes around the token", map[string]string{"JIRA_API_TOKEN": `"abc"`}, nil, "JIRA_API_TOKEN: it is in quotes"},
	{"a file that is not there", map[string]string{"JIRA_API_TOKEN": "", "JIRA_API_TOKEN_FILE": "/nowhere/token"}, nil, "/nowhere/token"},
	{"a program that is not there", map[string]string{"JIRA_API_TOKEN": "", "JIRA_API_TOKEN_COMMAND": "no-such-program"}, nil, "was not found"},
	{"two tokens", map[string]string{"JIRA_ACCESS_TOKEN": "abc"}, nil, "are both set"},
	{"not an address", map[string]string{"JIRA_URL": "ftp://acme"}, nil, "JIRA_URL: must start with https://"},
	{"not an e-mail address", map[string]string{"JIRA_EMAIL": "ana"}, nil, "JIRA_EMAIL: not an e-mail address"},
	{"a certificate that is not there", map[string]string{"JIRA_CA_FILE": "/nowhere/ca.pem"}, nil, "JIRA_CA_FILE"},
	{"a log level", map[string]string{"JIRA_MCP_LOG_LEVEL": "loud"}, nil, "JIRA_MCP_LOG_LEVEL"},
	{"working days", map[string]string{"JIRA_MCP_WORKING_DAYS": "payday"}, nil, "JIRA_MCP_WORKING_DAYS"},
	{"an expiry date", map[string]string{"JIRA_API_TOKEN_EXPIRES": "soon"}, nil, "JIRA_API_TOKEN_EXPIRES"},
}

// brokenRestrictions are mistakes behind which a restriction may be hidden.
var brokenRestrictions = []wrongSetting{
	{"a misspelt restriction", map[string]string{"JIRA_MCP_READONLY": "true"}, nil, "did you mean JIRA_MCP_READ_ONLY"},
	{"a restriction in lower case", map[string]string{"jira_mcp_read_only": "true"}, nil, "did you mean JIRA_MCP_READ_ONLY"},
	{"another name of a restriction in lower case", map[string]string{"read_only_mode": "true"}, nil, "did you mean READ_ONLY_MODE"},
	{"an unknown setting", map[string]string{"JIRA_MCP_SAFE_MODE": ""}, nil, "JIRA_MCP_SAFE_MODE: no such setting"},
	{"not a boolean", map[string]string{"JIRA_MCP_READ_ONLY": "maybe"}, nil, "JIRA_MCP_READ_ONLY"},
	{"not a boolean, by its alias", map[string]string{"READ_ONLY_MODE": "maybe"}, nil, "READ_ONLY_MODE"},
	{"an unfilled boolean", map[string]string{"JIRA_MCP_READ_ONLY": "${user_config.read_only}"}, nil, "JIRA_MCP_READ_ONLY: ${user_config.read_only} is a placeholder"},
	{"not a project key", map[string]string{"JIRA_MCP_PROJECTS": "Payments team"}, nil, "JIRA_MCP_PROJECTS"},
	{"not a project key, by its alias", map[string]string{"JIRA_PROJECTS_FILTER": "Payments team"}, nil, "JIRA_PROJECTS_FILTER"},
	{"a blank list of projects", map[string]string{"JIRA_MCP_PROJECTS": " "}, nil, "names no project"},
	{"all projects and one", map[string]string{"JIRA_MCP_PROJECTS": "*,PAY"}, nil, "stands for all projects"},
	{"two values of one restriction", map[string]string{"JIRA_MCP_PROJECTS": "PAY", "JIRA_PROJECTS_FILTER": "OPS"}, nil, "different values"},
	{"projects to write in alone", map[string]string{"JIRA_MCP_WRITE_PROJECTS": "PAY"}, nil, "requires JIRA_MCP_PROJECTS"},
	{"projects to write in that cannot be read", map[string]string{"JIRA_MCP_PROJECTS": "PAY", "JIRA_MCP_WRITE_PROJECTS": "OPS"}, nil, "JIRA_MCP_WRITE_PROJECTS"},
	{"an unknown effect", map[string]string{"JIRA_MCP_ALLOW": "reading"}, nil, "unknown effect"},
	{"an unknown toolset", map[string]string{"JIRA_MCP_TOOLSETS": "issue"}, nil, "unknown toolset"},
	{"an unknown tool", map[string]string{"JIRA_MCP_TOOLS": "jira_serch"}, nil, "did you mean jira_search"},
	{"an unknown tool to exclude", map[string]string{"JIRA_MCP_EXCLUDE_TOOLS": "jira_delete"}, nil, "JIRA_MCP_EXCLUDE_TOOLS"},
	{"not a number of writes", map[string]string{"JIRA_MCP_WRITES_PER_MINUTE": "few"}, nil, "JIRA_MCP_WRITES_PER_MINUTE"},
	{"a directory that is not there", map[string]string{"JIRA_MCP_FILES_DIR": "/nowhere"}, nil, "JIRA_MCP_FILES_DIR"},
	{"an audit file that cannot be written", map[string]string{"JIRA_MCP_AUDIT_FILE": "/nowhere/audit.jsonl"}, nil, "JIRA_MCP_AUDIT_FILE"},
	{"audit lines among the messages", map[string]string{"JIRA_MCP_AUDIT_SINK": "stdout"}, nil, "JIRA_MCP_AUDIT_SINK=stdout requires"},
	{"no login, and audit lines among the messages", map[string]string{"JIRA_API_TOKEN": "", "JIRA_MCP_AUDIT_SINK": "stdout"}, nil, "JIRA_MCP_AUDIT_SINK=stdout requires"},
	{"no login, and a broken restriction", map[string]string{"JIRA_API_TOKEN": "", "JIRA_MCP_AUDIT_FILE": "/nowhere/audit.jsonl"}, nil, "JIRA_MCP_AUDIT_FILE"},
	{"a settings file that is not there", nil, []string{"--env-file", "/nowhere/env"}, "--env-file"},
	{"an unknown flag", nil, []string{"--read-only"}, "unknown flag: --read-only"},
	{"an unknown flag with a value", nil, []string{"--site", "acme", "--read-only", "true"}, "unknown flag: --read-only"},
	{"an unknown flag of serve", nil, []string{"serve", "--readonly"}, "unknown flag: --readonly"},
	{"a flag without its value", nil, []string{"serve", "--transport"}, "needs an argument"},
	{"an unknown transport", nil, []string{"serve", "--transport", "pipe"}, "must be stdio, http or sse"},
	{"an address for stdio", nil, []string{"serve", "--listen", ":1"}, "--listen requires"},
	{"a word too many", nil, []string{"serve", "now"}, "now"},
}

// TestWrongSettingsAreExplained starts the program with each mistake, as a client
// does, and reads what the client shows.
func TestWrongSettingsAreExplained(t *testing.T) {
	url, requests := siteForSetup(t)
	env := func(own map[string]string) map[string]string {
		all := map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken}
		maps.Copy(all, own)
		return all
	}
	for _, w := range withoutLogin {
		t.Run(w.name, func(t *testing.T) {
			all := env(w.env)
			maps.Copy(all, readOnly)
			c := newProcess(t, all).talk(t, w.args...)
			c.explains(w.mentions)
			if list := c.tools(); !slices.Contains(list, "jira_setup") || !slices.Contains(list, "jira_search") || slices.Contains(list, "jira_create_issue") {
				t.Errorf("listed: %v", list)
			}
			if res, problem := c.ask("prompts/list", nil); problem != "" || len(namesIn(res["prompts"])) == 0 {
				t.Errorf("prompts: %v %s", res, problem)
			}
			for _, prompt := range []string{"sprint_summary", "triage_backlog"} {
				if _, problem := c.ask("prompts/get", map[string]any{"name": prompt, "arguments": map[string]any{"project": "PAY"}}); !strings.Contains(problem, w.mentions) {
					t.Errorf("%s: %s", prompt, problem)
				}
			}
			if code := c.end(); code != exitUsage {
				t.Errorf("exit status %d", code)
			}
		})
	}
	for _, w := range brokenRestrictions {
		t.Run(w.name, func(t *testing.T) {
			c := newProcess(t, env(w.env)).talk(t, w.args...)
			c.explains(w.mentions)
			if list := c.tools(); !slices.Equal(list, []string{"jira_setup"}) {
				t.Errorf("listed: %v", list)
			}
			for method, list := range map[string]string{"prompts/list": "prompts", "resources/list": "resources", "resources/templates/list": "resourceTemplates"} {
				if res, problem := c.ask(method, nil); problem != "" || len(res[list].([]any)) > 0 {
					t.Errorf("%s: %v %s", method, res, problem)
				}
			}
			res, problem := c.ask("completion/complete", map[string]any{"ref": map[string]any{"type": "ref/prompt", "name": "sprint_summary"}, "argument": map[string]any{"name": "project", "value": "P"}})
			if problem != "" || len(res["completion"].(map[string]any)["values"].([]any)) > 0 {
				t.Errorf("completions: %v %s", res, problem)
			}
			if code := c.end(); code != exitUsage {
				t.Errorf("exit status %d", code)
			}
		})
	}
	if *requests > 0 {
		t.Errorf("%d requests were sent to Jira", *requests)
	}
	if len(withoutLogin)+len(brokenRestrictions) < 30 {
		t.Error("fewer than 30 mistakes")
	}
}

// explains checks that the instructions, each call and the setup tool explain a
// mistake, and that a terminal would have shown it as well.
func (c *mcpTalk) explains(mentions string) {
	c.t.Helper()
	for from, text := range map[string]string{"instructions": c.start(), "a read": c.call("jira_search", map[string]any{"jql": "project = PAY"}), "a write": c.call("jira_create_issue", nil),
		"the setup tool": c.call("jira_setup", nil), "stderr": c.err.String()} {
		if !strings.Contains(text, mentions) || strings.Contains(text, sandbox.ClassicToken) {
			if from == "a write" && strings.Contains(text, "not found") {
				continue // the settings of this test withhold it
			}
			c.t.Errorf("%s: no %q in %s", from, mentions, text)
		}
	}
}

// TestExplanationsShowNoToken puts a token into every place of a value, in the
// environment and in a settings file.
func TestExplanationsShowNoToken(t *testing.T) {
	t.Chdir(t.TempDir()) // a relative path of an audit file is created there
	for _, token := range []string{"ATATT3xFfGF0abcdefghijklmnopQRSTUV0123456789", "aB3dE5gH7jK9mN1pQ3rS5tU7"} {
		for _, form := range []string{"<%s>", "${%s}", "{{%s}}", "$%s", "https://acme.example.com/%s", "https://%s.atlasian.net", "x,%s"} {
			for _, name := range config.Names() {
				value := fmt.Sprintf(form, token)
				file := filepath.Join(t.TempDir(), "env")
				if err := os.WriteFile(file, []byte(name+"="+value+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				for _, c := range []*mcpTalk{newProcess(t, map[string]string{name: value}).talk(t), newProcess(t, nil).talk(t, "--env-file", file)} {
					text := c.start() + c.call("jira_setup", nil)
					c.end()
					if strings.Contains(text+c.err.String(), token) {
						t.Errorf("%s=%s: %s%s", name, form, text, c.err)
					}
				}
			}
		}
	}
}

// TestWrongSettingsEndTheProcess checks where the process ends at once.
func TestWrongSettingsEndTheProcess(t *testing.T) {
	for _, args := range [][]string{{"serve", "--strict"}, {"serve", "--transport", "http"}, {"serve", "--transport=sse", "--bogus"}, {"serve", "--bogus", "--strict"}, {"call", "jira_whoami"}, {"report", "sprint"}, {"doctor"}, {"bogus", "--bogus"}, {"bogus"},
		{"serve", "--strict=1", "--bogus"}, {"serve", "--bogus", "--strict=T"}, {"serve", "--transport=HTTP", "--bogus"}, {"serve", "--transport", "SSE"}, {"--site", "acme", "repotr", "--project", "PAY"}, {"--site=acme", "repotr", "--project", "PAY"}} {
		p := newProcess(t, nil)
		in, held := io.Pipe() // never ends
		defer held.Close()
		p.in = in
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if code, out, _ := p.run(ctx, args...); code != exitUsage || strings.Contains(out, "jsonrpc") {
			t.Errorf("%v: exit status %d, %s", args, code, out)
		}
	}
}

// TestLoginWhileServing checks that a login that appears later is used from the
// next call on, in both protocol eras.
func TestLoginWhileServing(t *testing.T) {
	url, _ := siteForSetup(t)
	p := newProcess(t, map[string]string{"JIRA_MCP_PROJECTS": "PAY"})
	c := p.talk(t)
	c.start()
	if text := c.call("jira_whoami", nil); !strings.Contains(text, "JIRA_URL is not set") {
		t.Fatal(text)
	}
	c.ask("ping", nil)
	loginForTest(t, p, url)
	if text := c.call("jira_whoami", nil); !strings.Contains(text, "Confined to the projects PAY") {
		t.Fatal(text)
	}
	if !slices.Contains(c.noted, "notifications/tools/list_changed") {
		t.Errorf("notifications: %v", c.noted)
	}
	if list := c.tools(); slices.Contains(list, "jira_setup") || !slices.Contains(list, "jira_search") {
		t.Errorf("listed: %v", list)
	}
	if text := c.call("jira_setup", nil); !strings.Contains(text, "Nothing is missing") {
		t.Error(text)
	}
	if text := c.call("jira_get_issue", map[string]any{"issues": []string{"OPS-1"}}); !strings.Contains(text, "JIRA_MCP_PROJECTS") && !strings.Contains(text, "PAY") {
		t.Error("the fence does not hold:", text)
	}
	if code := c.end(); code != exitOK {
		t.Errorf("exit status %d", code)
	}
}

func TestLoginWhileServingWithoutHandshake(t *testing.T) {
	url, _ := siteForSetup(t)
	p := newProcess(t, nil)
	c := p.talk(t)
	meta := map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": map[string]any{"name": "t", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": map[string]any{}}
	res, problem := c.ask("server/discover", map[string]any{"_meta": meta})
	if problem != "" || !strings.Contains(fmt.Sprint(res["instructions"]), "JIRA_URL is not set") {
		t.Errorf("%v %s", res, problem)
	}
	c.send(map[string]any{"jsonrpc": "2.0", "id": "sub", "method": "subscriptions/listen", "params": map[string]any{"notifications": map[string]any{"toolsListChanged": true}, "_meta": meta}})
	loginForTest(t, p, url)
	res, problem = c.ask("tools/call", map[string]any{"name": "jira_whoami", "arguments": map[string]any{}, "_meta": meta})
	if problem != "" || !strings.Contains(fmt.Sprint(res["content"]), "Site: "+url) {
		t.Errorf("%v %s", res, problem)
	}
	// The subscription stays open, and its client learns that the list changed.
	if got := fmt.Sprint(c.noted); !strings.Contains(got, "subscriptions/acknowledged") || !strings.Contains(got, "tools/list_changed") {
		t.Errorf("notifications: %v", got)
	}
	res, _ = c.ask("server/discover", map[string]any{"_meta": meta})
	if text := fmt.Sprint(res["instructions"]); strings.Contains(text, "not set") {
		t.Error(text)
	}
	if code := c.end(); code != exitOK {
		t.Errorf("exit status %d", code)
	}
}

// TestLaterRestrictionsHold checks a settings file that is completed while the
// server waits: its restrictions count, and a broken one offers nothing.
func TestLaterRestrictionsHold(t *testing.T) {
	url, requests := siteForSetup(t)
	file := filepath.Join(t.TempDir(), "env")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	login := "JIRA_URL=" + url + "\nJIRA_EMAIL=" + sandbox.Email + "\nJIRA_API_TOKEN=" + sandbox.ClassicToken + "\n"
	write("# to be filled in\n")
	c := newProcess(t, nil).talk(t, "--env-file", file)
	c.start()
	if list := c.tools(); !slices.Contains(list, "jira_create_issue") {
		t.Errorf("listed: %v", list)
	}
	write(login + "JIRA_MCP_READONLY=true\n")
	if text := c.call("jira_create_issue", map[string]any{"project": "PAY", "type": "Task", "summary": "x"}); !strings.Contains(text, "did you mean JIRA_MCP_READ_ONLY") || *requests > 0 {
		t.Errorf("%d requests: %s", *requests, text)
	}
	if list := c.tools(); !slices.Equal(list, []string{"jira_setup"}) {
		t.Errorf("listed with a broken restriction: %v", list)
	}
	if res, _ := c.ask("prompts/list", nil); len(namesIn(res["prompts"])) > 0 {
		t.Errorf("prompts with a broken restriction: %v", res)
	}
	write("# nothing again\n")
	if list := c.tools(); !slices.Contains(list, "jira_search") || !slices.Contains(list, "jira_setup") {
		t.Errorf("listed without a login: %v", list)
	}
	write(login + "JIRA_MCP_READ_ONLY=true\n")
	if text := c.call("jira_create_issue", map[string]any{"project": "PAY", "type": "Task", "summary": "x"}); !strings.Contains(text, "not found") && !strings.Contains(text, "not offered") {
		t.Error(text)
	}
	if list := c.tools(); slices.Contains(list, "jira_create_issue") || slices.Contains(list, "jira_setup") {
		t.Errorf("listed: %v", list)
	}
}

// loginForTest stores a login, as jira-mcp login does.
func loginForTest(t *testing.T, p *process, url string) {
	t.Helper()
	other := &process{env: map[string]string{}, in: strings.NewReader(sandbox.ClassicToken + "\n"), dir: p.dir, keyring: p.keyring, now: p.now}
	if code, _, err := other.run(t.Context(), "login", "--site", url, "--email", sandbox.Email); code != exitOK {
		t.Fatal(err)
	}
}

// TestEverySettingSaysWhetherItRestricts holds the configuration struct to its
// promise.
func TestEverySettingSaysWhetherItRestricts(t *testing.T) {
	for _, s := range config.Settings() {
		if s.RestrictsTag() != "yes" && s.RestrictsTag() != "no" {
			t.Errorf("%s: the tag restricts is %q; say yes or no", s.Name, s.RestrictsTag())
		}
	}
	for _, name := range []string{"JIRA_MCP_PROJECTS", "JIRA_MCP_WRITE_PROJECTS", "JIRA_MCP_READ_ONLY", "JIRA_MCP_ALLOW", "JIRA_MCP_TOOLSETS", "JIRA_MCP_TOOLS", "JIRA_MCP_EXCLUDE_TOOLS", "JIRA_MCP_WRITES_PER_MINUTE", "JIRA_MCP_FILES_DIR", "JIRA_MCP_AUDIT_FILE"} {
		n := slices.IndexFunc(config.Settings(), func(s config.Setting) bool { return s.Name == name })
		if n < 0 || !config.Settings()[n].Restricts() {
			t.Errorf("%s does not restrict", name)
		}
	}
}

// TestNothingLiftsARestriction gives each restriction in a settings file, and then
// what could lift it without anybody noticing: a blank variable of the environment,
// or a later line. The server must keep the restriction or offer nothing.
func TestNothingLiftsARestriction(t *testing.T) {
	login := "JIRA_URL=acme\nJIRA_EMAIL=" + sandbox.Email + "\nJIRA_API_TOKEN=" + sandbox.ClassicToken + "\n"
	values := map[string]string{"identity": "caller", "bool": "true", "keys": "PAY", "count": "1", "size": "3", "path": t.TempDir(), "sink": "syslog"}
	for _, s := range config.Settings() {
		if !s.Restricts() {
			continue
		}
		value := values[s.Kind()]
		if s.Kind() == "list" {
			value = map[string]string{"JIRA_MCP_ALLOW": "read", "JIRA_MCP_TOOLSETS": "boards"}[s.Name]
			if value == "" {
				value = "jira_search"
			}
		}
		for _, variable := range append([]string{s.Name}, s.Aliases()...) {
			for _, blank := range []string{"", " "} {
				file := filepath.Join(t.TempDir(), "env")
				if err := os.WriteFile(file, []byte(login+variable+"="+value+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				a := &app{envFile: file, stdio: stdio{err: io.Discard}, environ: []string{variable + "=" + blank}, lookup: func(name string) (string, bool) { return blank, name == variable }}
				a.prepare()
				cfg, err := a.settings(t.Context())
				if got := cfg.Value(s.Name); err == nil && got != value {
					t.Errorf("%s=%q in the environment: %q", variable, blank, got)
				}
				if err == nil && cfg.From(s.Name) != variable {
					t.Errorf("%s comes from %q", variable, cfg.From(s.Name))
				}
				for _, later := range []string{"", "false", "*"} {
					if err := os.WriteFile(file, []byte(variable+"="+value+"\n"+login+variable+"="+later+"\n"), 0o600); err != nil {
						t.Fatal(err)
					}
					if _, err := a.settings(t.Context()); !config.Restricts(err) {
						t.Errorf("%s=%s, and later %q: %v", variable, value, later, err)
					}
				}
			}
		}
	}
}
