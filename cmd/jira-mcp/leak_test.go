package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// The secrets of the leak test. The token has characters that look different in
// a URL and in JSON.
const (
	leakToken  = `tok/en+"with=odd&signs`
	leakHeader = "header-s3cret-value-1"
	leakProxy  = "proxy-s3cret-value-22"
	leakCookie = "cookie-s3cret-value"
)

// echoingSite is a Jira, behind a proxy, that reveals what it was sent: in error
// bodies, headers and redirects, and inside issues.
func echoingSite(jira http.Handler) http.Handler {
	var calls atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := r.Header.Get("Authorization")
		plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(shown, "Basic "))
		// Issues contain only tokens here: a header's value may be a common
		// word, which is not hidden in issues.
		inside, _ := json.Marshal(fmt.Sprintf("%s %s %s %s", shown, plain, url.QueryEscape(leakToken), url.PathEscape(leakToken)))
		everything, _ := json.Marshal(fmt.Sprintf("%s %s %s %s %v", shown, plain, url.QueryEscape(leakToken), url.PathEscape(leakToken), r.Header))
		http.SetCookie(w, &http.Cookie{Name: "atlassian.xsrf.token", Value: leakCookie})
		w.Header().Set("X-Debug-Auth", shown)
		r.Header.Set("Authorization", credential.Credential{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}.Basic())
		if strings.HasPrefix(shown, "Bearer ") {
			r.Header.Set("Authorization", "Bearer "+sandbox.OAuthToken)
		}
		if strings.HasSuffix(r.URL.Path, "/myself") || strings.Contains(r.URL.Path, "tenant_info") {
			jira.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch calls.Add(1) % 8 {
		case 0:
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"errorMessages":[%s],"errors":{"summary":%s}}`, everything, everything)
		case 1:
			w.WriteHeader(500)
			fmt.Fprintf(w, `{"message":%s}`, everything)
		case 2:
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(403)
			fmt.Fprintf(w, "<html>%s", everything)
		case 3:
			w.Header().Set("Location", "http://"+url.QueryEscape(leakToken)+".example.invalid/?t="+url.QueryEscape(leakToken))
			w.WriteHeader(302)
		case 4:
			fmt.Fprintf(w, `{"id":"1","key":"PAY-1","fields":{"summary":%s,"description":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%s}]}]}},"issues":[{"id":"1","key":"PAY-1","fields":{"summary":%s}}],"isLast":true,"values":[],"total":0}`, inside, inside, inside)
		case 5:
			fmt.Fprintf(w, `{"id":%s`, everything)
		case 6:
			if r.Method == http.MethodGet || strings.Contains(r.URL.Path, "/search/") { // the client would retry reads, and wait
				w.WriteHeader(404)
				return
			}
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"code":401,"message":%s}`, everything)
		}
	})
}

// leaks returns the names of the forms of a secret that a text contains.
func leaks(text string) []string {
	basic := base64.StdEncoding.EncodeToString([]byte(sandbox.Email + ":" + leakToken))
	quoted, _ := json.Marshal(leakToken)
	var found []string
	for name, form := range map[string]string{
		"plain": leakToken, "JSON": strings.Trim(string(quoted), `"`), "query": url.QueryEscape(leakToken), "path": url.PathEscape(leakToken),
		"basic": basic, "basic, unpadded": strings.TrimRight(basic, "="), "basic, for URLs": base64.URLEncoding.EncodeToString([]byte(sandbox.Email + ":" + leakToken)),
		"basic, escaped": url.QueryEscape(basic), "base64": base64.StdEncoding.EncodeToString([]byte(leakToken)), "hex": fmt.Sprintf("%x", leakToken),
		"header": leakHeader, "proxy": leakProxy, "cookie": leakCookie, "a part": "tok/en+",
	} {
		if strings.Contains(text, form) {
			found = append(found, name)
		}
	}
	return found
}

// TestNothingLeaks runs the commands at debug level, with every kind of fault,
// and checks that nothing that they write contains a secret in any form.
func TestNothingLeaks(t *testing.T) {
	site := startSite(t, echoingSite)
	dir := t.TempDir()
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte(leakToken), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HTTPS_PROXY", "http://user:"+leakProxy+"@127.0.0.1:1")
	sources := map[string]map[string]string{
		"variable": {"JIRA_API_TOKEN": leakToken},
		"file":     {"JIRA_API_TOKEN_FILE": file},
		"command":  {"JIRA_API_TOKEN_COMMAND": "cat " + file},
		"next":     {"JIRA_API_TOKEN": leakToken + "-old", "JIRA_API_TOKEN_NEXT": leakToken},
		"access":   {"JIRA_ACCESS_TOKEN": leakToken},
		"wrong":    {"JIRA_API_TOKEN": leakToken, "JIRA_API_TOKEN_FILE": file, "JIRA_EXTRA_HEADERS": leakHeader},
	}
	for name, env := range sources {
		for _, format := range []string{"text", "json"} {
			p := newProcess(t, env)
			env["JIRA_URL"], env["JIRA_EMAIL"] = site, sandbox.Email
			env["JIRA_MCP_LOG_LEVEL"], env["JIRA_MCP_LOG_FORMAT"] = "debug", format
			audit := filepath.Join(dir, "audit-"+name+"-"+format)
			env["JIRA_MCP_AUDIT_FILE"], env["JIRA_MCP_AUDIT_ARGUMENTS"], env["JIRA_MCP_ALLOW"] = audit, "true", "read,comment,create,edit,transition,delete"
			if name != "wrong" {
				env["JIRA_EXTRA_HEADERS"] = "X-Access-Key=" + leakHeader
			}
			for _, args := range [][]string{{"--help"}, {"doctor"}, {"doctor", "--json"}, {"tools"}, {"call", "jira_whoami", "--json"}, {"call", "jira_search", `{"jql":"project = PAY"}`},
				{"call", "jira_get_issue", `{"issues":["PAY-1"]}`, "--json"}, {"--no-such-flag"}} {
				_, out, errs := p.run(t.Context(), args...)
				if found := leaks(out + errs); len(found) > 0 {
					t.Errorf("%s, %s, %v: shows %v in\n%s\n%s", name, format, args, found, out, errs)
				}
			}
			if name == "wrong" {
				continue
			}
			out, errs := serveAll(t, p)
			if found := leaks(out + errs); len(found) > 0 {
				t.Errorf("%s, %s, serving: shows %v in\n%s\n%s", name, format, found, out, errs)
			}
			noted, err := os.ReadFile(audit)
			if found := leaks(string(noted)); err != nil || len(found) > 0 || !strings.Contains(string(noted), credential.Redacted) {
				t.Errorf("%s, %s, the audit file: shows %v, %v in\n%s", name, format, found, err, noted)
			}
			if !strings.Contains(out, credential.Redacted) || !strings.Contains(errs, "jira call") {
				t.Errorf("%s, %s: nothing was there to be hidden:\n%s\n%s", name, format, out, errs)
			}
		}
	}
}

// serveAll calls the tools over stdio, several times each, and returns what the
// program wrote.
func serveAll(t *testing.T, p *process) (out, errs string) {
	t.Helper()
	in, send := io.Pipe()
	p.in = in
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, out, errs = p.run(t.Context())
	}()
	_, err := io.WriteString(send, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`+"\n")
	if err != nil {
		t.Fatal(err)
	}
	id := 0
	for range 4 {
		for tool, args := range map[string]string{
			"jira_whoami": `{}`, "jira_search": `{"jql":"project = PAY"}`, "jira_get_issue": `{"issues":["PAY-1"]}`, "jira_list_projects": `{}`,
			"jira_get_attachment": `{"issue":"PAY-1","file":"x"}`, "jira_delete_issue": `{"issue":"PAY-1"}`,
			"jira_add_comment": `{"issue":"PAY-1","body":"x"}`, "jira_create_issue": `{"project":"PAY","type":"Bug","summary":"x"}`,
			"jira_transition_issue": `{"issue":"PAY-1","to":"Done"}`, "jira_update_issue": `{"issue":"PAY-1","summary":"x"}`,
		} {
			id++
			if _, err := fmt.Fprintf(send, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`+"\n", id, tool, args); err != nil {
				t.Fatal(err)
			}
			if tool == "jira_add_comment" { // also the token inside the arguments, in a dry run
				id++
				said, _ := json.Marshal(leakToken)
				if _, err := fmt.Fprintf(send, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":{"issue":"PAY-1","body":%s,"dry_run":true}}}`+"\n", id, tool, said); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	send.Close()
	<-done
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	answered := 0
	for lines.Scan() {
		if json.Valid(lines.Bytes()) {
			answered++
		}
	}
	if answered < id/2 {
		t.Errorf("only %d of %d calls were answered", answered, id)
	}
	return out, errs
}

// TestEditsLeaveWhatIsHidden checks that redaction affects only what is shown:
// a token, or a word that is also a header's value, stays in an issue that is
// edited.
func TestEditsLeaveWhatIsHidden(t *testing.T) {
	url := startSite(t, nil)
	p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_EXTRA_HEADERS": "X-Forwarded-Host=wiki2.example.com"})
	call := func(tool, args string) string {
		t.Helper()
		code, out, errs := p.run(t.Context(), "call", tool, args, "--json")
		if code != 0 {
			t.Fatalf("%s: %s%s", tool, out, errs)
		}
		return out
	}
	var created struct{ Key string }
	out := call("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Pasted","description":"See wiki2.example.com; the token is `+sandbox.ClassicToken+`, sorry."}`)
	if err := json.Unmarshal([]byte(out), &created); err != nil {
		t.Fatal(err)
	}
	call("jira_update_issue", `{"issue":"`+created.Key+`","append":"It is revoked by now."}`)
	shown := call("jira_get_issue", `{"issues":["`+created.Key+`"]}`)
	has(t, "what is shown", shown, "wiki2.example.com", credential.Redacted, "It is revoked by now.")
	hasNot(t, "what is shown", shown, sandbox.ClassicToken)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/rest/api/3/issue/"+created.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	held, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	has(t, "what Jira holds", string(held), sandbox.ClassicToken, "wiki2.example.com", "It is revoked by now.")
	hasNot(t, "what Jira holds", string(held), credential.Redacted)
}

// TestSettingsErrorsShowNoToken checks that a token that somebody put into the wrong
// setting or argument is not shown by the error.
func TestSettingsErrorsShowNoToken(t *testing.T) {
	tokens := []string{"ATATT3xFfGF0T9qkZ1mJ4x=7A1B2C3D", "aB3dE6gH9jK2mN5pQ8sT1vW4", "eyJhbGciOiJIUzI1NiJ9.e30.abc"}
	places := []string{"JIRA_API_TOKEN_FILE", "JIRA_API_TOKEN_COMMAND", "JIRA_API_TOKEN_NEXT_FILE", "JIRA_AUTH", "JIRA_MCP_READ_ONLY", "JIRA_MCP_STRUCTURED", "JIRA_MCP_LOG_LEVEL", "JIRA_MCP_LOG_FORMAT", "JIRA_URL", "JIRA_EMAIL",
		"JIRA_CLOUD_ID", "JIRA_MCP_PROJECTS", "JIRA_MCP_TOOLS", "JIRA_MCP_TOOLSETS", "JIRA_MCP_ALLOW", "JIRA_MCP_WRITES_PER_MINUTE", "JIRA_MCP_AUDIT_FILE", "JIRA_MCP_AUDIT_SINK", "JIRA_MCP_FILES_DIR", "JIRA_MCP_WORKING_DAYS",
		"JIRA_MCP_HOLIDAYS", "JIRA_API_TOKEN_EXPIRES", "JIRA_EXTRA_HEADERS", "JIRA_CA_FILE", "JIRA_PROXY", "JIRA_API_TOKN", "HTTPS_PROXY"}
	shown := func(text, token string) bool {
		return strings.Contains(text, token) || strings.Contains(text, token[:12])
	}
	for _, token := range tokens {
		for _, place := range places {
			env := map[string]string{"JIRA_URL": "http://127.0.0.1:9", "JIRA_EMAIL": sandbox.Email, place: token}
			_, out, errs := newProcess(t, env).run(t.Context(), "call", "jira_whoami")
			if shown(out+errs, token) {
				t.Errorf("%s=%s…: %s", place, token[:5], out+errs)
			}
		}
		for _, args := range [][]string{{"--site", token, "call", "jira_whoami"}, {"--site=" + token, "doctor"}, {"--" + token}, {token}, {"call", token}, {"report", token}, {"call", "jira_whoami", "--env-file", token},
			{"serve", "--transport", token}, {"serve", "--listen", token}, {"serve", "--auth-token-file", token, "--transport", "http"}, {"jql", "check", token}, {"tools", "--" + token + "=1"}} {
			_, out, errs := newProcess(t, map[string]string{"JIRA_URL": "http://127.0.0.1:9", "JIRA_EMAIL": sandbox.Email}).run(t.Context(), args...)
			if shown(out+errs, token) {
				t.Errorf("%v: %s", args, out+errs)
			}
		}
	}
}

// TestSettingsErrorsShowNoLongWord checks that the error about a setting whose values
// are short words, numbers or paths does not show a long value, which may be a token
// that has neither capital letters nor digits.
func TestSettingsErrorsShowNoLongWord(t *testing.T) {
	const token = "abcdefghijklmnopqrstuvwx"
	for _, place := range []string{"JIRA_API_TOKEN_FILE", "JIRA_API_TOKEN_COMMAND", "JIRA_API_TOKEN_NEXT_FILE", "JIRA_AUTH", "JIRA_CLOUD_ID", "JIRA_API_TOKEN_EXPIRES", "JIRA_EXTRA_HEADERS", "JIRA_MCP_READ_ONLY", "JIRA_MCP_STRUCTURED",
		"JIRA_MCP_LOG_LEVEL", "JIRA_MCP_LOG_FORMAT", "JIRA_MCP_PROJECTS", "JIRA_MCP_WRITES_PER_MINUTE", "JIRA_MCP_WORKING_DAYS", "JIRA_MCP_HOLIDAYS", "JIRA_API_TOKN"} {
		env := map[string]string{"JIRA_URL": "http://127.0.0.1:9", "JIRA_EMAIL": sandbox.Email, place: token}
		if _, out, errs := newProcess(t, env).run(t.Context(), "call", "jira_whoami"); strings.Contains(out+errs, token) {
			t.Errorf("%s: %s", place, out+errs)
		}
	}
}

// TestErrorsDoNotEchoTheToken checks that a caller that sends the token as the name of
// a tool, a prompt or a resource does not get it back in the error.
func TestErrorsDoNotEchoTheToken(t *testing.T) {
	p := newProcess(t, map[string]string{"JIRA_URL": "http://127.0.0.1:9", "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken})
	var lines []string
	for n, call := range []string{`"tools/call","params":{"name":"%s"}`, `"prompts/get","params":{"name":"%s"}`, `"resources/read","params":{"uri":"jira://%s/x"}`, `"%s"`, `"completion/complete","params":{"ref":{"type":"ref/prompt","name":"%s"},"argument":{"name":"a","value":"b"}}`,
		`"tools/call","params":{"name":"jira_search","arguments":{"%s":1}}`} {
		lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":`+fmt.Sprintf(call, sandbox.ClassicToken)+`}`, n+2))
	}
	p.in = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"echo","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" + strings.Join(lines, "\n") + "\n")
	_, out, errs := p.run(t.Context())
	if strings.Contains(out+errs, sandbox.ClassicToken) || strings.Count(out, credential.Redacted) < 3 {
		t.Errorf("%s\n%s", out, errs)
	}
}

// TestErrorsOfRequests checks that an error about a request that MCP does not allow has
// no text of Go's packages.
func TestErrorsOfRequests(t *testing.T) {
	p := newProcess(t, map[string]string{"JIRA_URL": "http://127.0.0.1:9", "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken})
	lines := []string{`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"odd","version":"1"}}}`, `{"jsonrpc":"2.0","method":"notifications/initialized"}`}
	for n, request := range []string{`"tools/call","params":"x"`, `"tools/call","params":{"name":7}`, `"tools/call"`, `"prompts/get","params":{"name":"file_bug","arguments":{"a":1}}`, `"resources/read","params":{"uri":7}`, `"resources/read","params":{"uri":"x:%zz"}`,
		`"tools/list","params":{"cursor":"zz"}`, `"tools/list","params":{"cursor":7}`, `"completion/complete","params":{"ref":5}`, `"logging/setLevel","params":{"level":3}`, `"nothing"`, `"ping","params":[1]`} {
		lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}`, n+2, request))
	}
	p.in = strings.NewReader(strings.Join(lines, "\n") + "\n")
	_, out, _ := p.run(t.Context())
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
		for _, text := range []string{"json:", "Go struct", "strconv", "invalid character", "illegal base64", "url: ", "not found: "} {
			if strings.Contains(line, text) && strings.Contains(line, `"error":{`) {
				t.Errorf("%q in %s", text, line)
			}
		}
	}
	if strings.Count(out, `"error":{`) < 8 {
		t.Errorf("few errors: %s", out)
	}
}
