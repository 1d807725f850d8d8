package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// doctorResult is the JSON report of the doctor.
type doctorResult struct {
	OK       bool
	Findings []struct{ Check, State, Text, Advice string }
	Next     string
}

func (e doctorResult) find(check string) (state, text string) {
	for _, f := range e.Findings {
		if f.Check == check {
			return f.State, f.Text
		}
	}
	return "", ""
}

func (e doctorResult) order() string {
	var names []string
	for _, f := range e.Findings {
		names = append(names, f.Check)
	}
	return strings.Join(names, " ")
}

func examine(t *testing.T, p *process, wantCode int) doctorResult {
	t.Helper()
	code, out, errs := p.run(t.Context(), "doctor", "--json")
	var e doctorResult
	if err := json.Unmarshal([]byte(out), &e); err != nil || code != wantCode || errs != "" {
		t.Fatalf("exit status %d, want %d; %v\n%s%s", code, wantCode, err, out, errs)
	}
	if e.OK != (code == 0) || e.Next == "" {
		t.Errorf("ok %v with exit status %d, next %q", e.OK, code, e.Next)
	}
	return e
}

func TestDoctorKnowsEveryToken(t *testing.T) {
	url := startSite(t, nil)
	const all = "settings dns connect proxy token endpoint identity kind expiry tools "
	for _, c := range []struct {
		env         map[string]string
		code        int
		order, kind string
		why, next   string
	}{
		{map[string]string{"JIRA_API_TOKEN": sandbox.ClassicToken}, 0, all + "projects speed clock", "without scopes (classic)", "the site accepts it", "Everything works"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ScopedToken}, 0, all + "scopes projects speed clock", "with scopes, at the gateway", "the site answered 401, the gateway accepts it", "Make a token with the missing scopes"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ScopedToken, "JIRA_MCP_TOOLS": "jira_search,jira_add_comment"}, 0, all + "scopes projects speed clock", "with scopes, at the gateway", "the gateway accepts it", "Everything works"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ScopedToken, "JIRA_MCP_TOOLS": "jira_search,jira_add_comment", "JIRA_MCP_PROJECTS": "PAY"}, 0, all + "scopes projects speed clock", "with scopes, at the gateway", "the gateway accepts it", "Everything works"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ReadOnlyToken}, 0, all + "scopes projects speed clock", "with scopes, at the gateway", "the gateway accepts it", "Make a token with the missing scopes"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ServiceToken}, 0, all + "scopes projects speed clock", "API token of a service account", "the site answered 401, the gateway accepts it as Bearer", "Make a token with the missing scopes"},
		{map[string]string{"JIRA_ACCESS_TOKEN": sandbox.OAuthToken}, 0, all + "scopes projects speed clock", "OAuth 2.0 access token", "the gateway accepts it as Bearer", "Make a token with the missing scopes"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_AUTH": "site"}, 0, all + "projects speed clock", "without scopes (classic)", ": as configured", "Everything works"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ExpiredToken}, 1, "settings dns connect proxy token endpoint", "", "", "Check that ana.silva@example.com is the token's account"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.RevokedToken}, 1, "settings dns connect proxy token endpoint", "", "", "Check that ana.silva@example.com is the token's account"},
		{map[string]string{"JIRA_API_TOKEN": sandbox.ExpiredToken, "JIRA_API_TOKEN_EXPIRES": "2026-01-31"}, 1, "settings dns connect proxy token endpoint", "", "", "expired on 2026-01-31"},
	} {
		p := newProcess(t, c.env)
		c.env["JIRA_URL"], c.env["JIRA_EMAIL"] = url, sandbox.Email
		e := examine(t, p, c.code)
		if e.order() != c.order {
			t.Errorf("%v: checks %s", c.env, e.order())
		}
		_, kind := e.find("kind")
		_, place := e.find("endpoint")
		if !strings.Contains(kind, c.kind) || !strings.Contains(place, c.why) || !strings.Contains(e.Next, c.next) {
			t.Errorf("%v: kind %q, place %q, next %q", c.env, kind, place, e.Next)
		}
	}
}

func TestDoctorReportsFailures(t *testing.T) {
	url := startSite(t, nil)
	p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ReadOnlyToken, "READ_ONLY_MODE": "yes", "JIRA_MCP_TOOLS": "jira_search,jira_add_comment,jira_whoami"})
	e := examine(t, p, 0)
	_, text := e.find("tools")
	has(t, "tools", text, "2 offered: jira_search, jira_whoami", "since READ_ONLY_MODE is set: jira_add_attachment, jira_add_comment", "since JIRA_MCP_TOOLS does not include it: jira_find_filters, jira_flow_report, jira_get_attachment")
	if state, text := e.find("scopes"); state != stateOK {
		t.Errorf("scopes for two tools that read: %s %s", state, text)
	}
	_, settings := e.find("settings")
	has(t, "settings", settings, "(JIRA_URL)", "READ_ONLY_MODE: true", "the variable JIRA_API_TOKEN")
	delete(p.env, "JIRA_MCP_TOOLS")
	delete(p.env, "READ_ONLY_MODE")
	state, text := examine(t, p, 0).find("scopes")
	has(t, "scopes", state+text, "warn", "jira_add_comment, jira_create_issue, jira_create_issues, jira_link_issues", "jira_transition_issue, jira_update_comment, jira_update_issue will not work", "without it parts of jira_list_projects will not work", "write:jira-work")

	p.env["JIRA_API_TOKEN"] = sandbox.ClassicToken
	p.now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	e = examine(t, p, 0)
	if state, text := e.find("clock"); state != stateWarn || !strings.Contains(e.Next, "Set this machine's clock") {
		t.Errorf("a clock that is ten minutes off: %s %s", state, text)
	}
}

func TestDoctorOnTheWayToJira(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(s)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}
	if err := os.WriteFile(authority, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }))
	defer server.Close()
	closed := httptest.NewServer(s)
	closed.Close()
	for name, c := range map[string]struct {
		env                map[string]string
		code               int
		check, state, text string
		next               string
	}{
		"nothing set":            {map[string]string{"JIRA_URL": "", "JIRA_EMAIL": "", "JIRA_API_TOKEN": ""}, 2, "settings", stateFail, "JIRA_URL is not set", "Run jira-mcp login"},
		"a setting wrong":        {map[string]string{"JIRA_AUTH": "maybe"}, 2, "settings", stateFail, "is not one of auto, site", "JIRA_AUTH"},
		"connection refused":     {map[string]string{"JIRA_URL": closed.URL}, 1, "connect", stateFail, "connection refused", "Check the site's address"},
		"an unknown authority":   {map[string]string{"JIRA_URL": secure.URL, "JIRA_AUTH": "site"}, 1, "tls", stateFail, "signed by an authority", "as JIRA_CA_FILE"},
		"a known authority":      {map[string]string{"JIRA_URL": secure.URL, "JIRA_AUTH": "site", "JIRA_CA_FILE": authority}, 0, "tls", stateOK, "certificate by", "Everything works"},
		"no authority in it":     {map[string]string{"JIRA_URL": secure.URL, "JIRA_CA_FILE": "doctor_test.go"}, 2, "settings", stateFail, "no certificate in", "JIRA_CA_FILE"},
		"Server or Data Center":  {map[string]string{"JIRA_URL": server.URL}, 1, "endpoint", stateFail, "there is no Jira Cloud site at", "not for Server or Data Center"},
		"a command that fails":   {map[string]string{"JIRA_API_TOKEN": "", "JIRA_API_TOKEN_COMMAND": "false"}, 1, "token", stateFail, "exit status 1", "run it in a terminal"},
		"another site's cloud":   {map[string]string{"JIRA_CLOUD_ID": "11223344-a1b2-3b33-c444-def123456789", "JIRA_API_TOKEN": sandbox.ScopedToken}, 1, "endpoint", stateFail, "the configured cloud ID is", "Correct the cloud ID"},
		"a certificate, no key":  {map[string]string{"JIRA_CLIENT_CERT": authority}, 2, "settings", stateFail, "must be set together", "JIRA_CLIENT_CERT"},
		"headers for a proxy":    {map[string]string{"JIRA_EXTRA_HEADERS": "X-Key=s3cret-value"}, 0, "settings", stateOK, "JIRA_EXTRA_HEADERS is set (not shown)", "Everything works"},
		"a certificate for none": {map[string]string{"JIRA_CLIENT_CERT": authority, "JIRA_CLIENT_KEY": authority}, 2, "settings", stateFail, "JIRA_CLIENT_CERT and JIRA_CLIENT_KEY", "JIRA_CLIENT_CERT"},
	} {
		p := newProcess(t, map[string]string{"JIRA_URL": startSite(t, nil), "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken})
		for k, v := range c.env {
			p.env[k] = v
		}
		e := examine(t, p, c.code)
		state, text := e.find(c.check)
		if state != c.state || !strings.Contains(text, c.text) || !strings.Contains(e.Next, c.next) {
			t.Errorf("%s: %s %s %q, next %q", name, c.check, state, text, e.Next)
		}
		hasNot(t, name, text+e.Next, sandbox.ClassicToken, "s3cret")
	}
}

// TestDoctorChangesNothing checks that the doctor sends only reads, and writes
// to an issue that does not exist.
func TestDoctorChangesNothing(t *testing.T) {
	var writes []string
	url := startSite(t, func(jira http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/permissions/check") && !strings.Contains(r.URL.Path, "/search/") && !strings.HasSuffix(r.URL.Path, "/bulkfetch") && !strings.Contains(r.URL.Path, "/issue/0") && !strings.HasSuffix(r.URL.Path, "/sprint/0/issue") {
				writes = append(writes, r.Method+" "+r.URL.Path)
			}
			jira.ServeHTTP(w, r)
		})
	})
	for _, token := range []string{sandbox.ClassicToken, sandbox.ScopedToken} {
		examine(t, newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": token}), 0)
	}
	if len(writes) > 0 {
		t.Errorf("it wrote: %v", writes)
	}
}

// TestDoctorInTheMiddleOfARotation checks that the doctor reports which token
// is in use, and whether the other one would work.
func TestDoctorInTheMiddleOfARotation(t *testing.T) {
	url := startSite(t, nil)
	for name, c := range map[string]struct {
		first, next  string
		code         int
		state, words string
		advice       string
	}{
		"the next is in use":       {sandbox.RevokedToken, sandbox.ClassicToken, 0, stateWarn, "Jira refused the token from the variable JIRA_API_TOKEN; the token from the variable JIRA_API_TOKEN_NEXT is in use", "Move the token from the variable JIRA_API_TOKEN_NEXT to the variable JIRA_API_TOKEN"},
		"the next waits":           {sandbox.ClassicToken, sandbox.ScopedToken, 0, stateOK, "would take over", "Everything works"},
		"the next would not work":  {sandbox.ClassicToken, sandbox.RevokedToken, 0, stateWarn, "would not work", "Put a working token into the variable"},
		"the first cannot be read": {"", sandbox.ClassicToken, 1, stateWarn, "is in use", "exit status 1"},
		"neither of the two works": {sandbox.ExpiredToken, sandbox.RevokedToken, 1, stateWarn, "", "is the token's account"},
		"the next is used at once": {sandbox.ExpiredToken, sandbox.ScopedToken, 0, stateWarn, "is in use", "Move the token from the variable JIRA_API_TOKEN_NEXT to the variable JIRA_API_TOKEN"},
	} {
		p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": c.first, "JIRA_API_TOKEN_NEXT": c.next, "JIRA_API_TOKEN_EXPIRES": "2020-01-01"})
		if c.first == "" {
			p.env["JIRA_API_TOKEN_COMMAND"] = "false"
		}
		if c.first == sandbox.ClassicToken {
			delete(p.env, "JIRA_API_TOKEN_EXPIRES")
		}
		e := examine(t, p, c.code)
		state, text := e.find("next")
		if c.words != "" && (state != c.state || !strings.Contains(text, c.words)) || c.words != "" && !strings.Contains(e.Next, c.advice) {
			t.Errorf("%s: %s %q, next %q", name, state, text, e.Next)
		}
		if _, text := e.find("expiry"); strings.Contains(text, "in -") {
			t.Errorf("%s: expiry %q", name, text)
		}
	}
}

// TestDoctorOnProxies checks the findings for proxies that do not answer, and
// for text that is not a proxy address.
func TestDoctorOnProxies(t *testing.T) {
	if os.Getenv("DOCTOR_PROXY") == "" { // net/http reads the environment once per process
		for proxy, words := range map[string]string{"http://127.0.0.1:1": "cannot connect to the proxy: connection refused", "http://u:s3cret-pass@no such:99": "HTTPS_PROXY is not a proxy address like http://", "ftp:/bad": "HTTPS_PROXY is not a proxy address like http://"} {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDoctorOnProxies$", "-test.v")
			cmd.Env = append(os.Environ(), "DOCTOR_PROXY="+words, "HTTPS_PROXY="+proxy, "https_proxy=", "NO_PROXY=")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", proxy, err, out)
			}
		}
		return
	}
	p := newProcess(t, map[string]string{"JIRA_URL": "example", "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken})
	code, out, _ := p.run(t.Context(), "doctor")
	if code == 0 {
		t.Error("exit status 0")
	}
	has(t, "doctor", out, os.Getenv("DOCTOR_PROXY"))
	hasNot(t, "doctor", out, "s3cret", "overloaded", "ok    proxy")
	if strings.Contains(out, "cannot connect") {
		has(t, "doctor", out, "Next: Correct HTTPS_PROXY, or add the site to NO_PROXY")
	}
}

// TestDoctorFindsMisspeltSettings checks that the doctor names a misspelt
// variable in the environment, and the setting that it resembles.
func TestDoctorFindsMisspeltSettings(t *testing.T) {
	p := newProcess(t, map[string]string{"JIRA_URL": startSite(t, nil), "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_MCP_READONLY": "true", "JIRA_HOME": "/x"})
	_, out, _ := p.run(t.Context(), "doctor")
	has(t, "doctor", out, "JIRA_MCP_READONLY: no such setting; did you mean JIRA_MCP_READ_ONLY?")
}

// TestDoctorHidesTheSpareToken checks that the report does not show the next
// token, which an answer of Jira may echo.
func TestDoctorHidesTheSpareToken(t *testing.T) {
	const spare = "spare-token-12345678"
	url := startSite(t, func(jira http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, plain, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			if text, _ := base64.StdEncoding.DecodeString(plain); strings.Contains(string(text), spare) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusForbidden)
				_ = json.NewEncoder(w).Encode(map[string]any{"errorMessages": []string{"denied: " + string(text) + " " + plain}})
				return
			}
			jira.ServeHTTP(w, r)
		})
	})
	file := filepath.Join(t.TempDir(), "spare")
	if err := os.WriteFile(file, []byte(spare), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_API_TOKEN_NEXT_FILE": file})
	_, out, _ := p.run(t.Context(), "doctor")
	has(t, "doctor", out, "denied: ", "would not work")
	hasNot(t, "doctor", out, spare, base64.StdEncoding.EncodeToString([]byte(sandbox.Email+":"+spare)))
}

// TestDoctorFindsMissingBoardScopes checks that a token without the scopes of
// the agile API is not reported as sufficient, and that scopes which the token
// has are not listed.
func TestDoctorFindsMissingBoardScopes(t *testing.T) {
	p := newProcess(t, map[string]string{"JIRA_URL": startSite(t, nil), "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ScopedToken})
	state, text := examine(t, p, 0).find("scopes")
	if state != stateWarn {
		t.Errorf("scopes %s: %s", state, text)
	}
	has(t, "scopes", text, "lacks read:sprint:jira-software", "read:board-scope:jira-software", "write:sprint:jira-software", "jira_list_boards", "jira_list_sprints", "jira_move_to_sprint")
	hasNot(t, "scopes", text, "lacks read:jira-work", "lacks write:jira-work", "could not be tried")
}

// TestDoctorFindsEachMissingScope takes every scope of the default tools away in
// turn, with and without a fence.
func TestDoctorFindsEachMissingScope(t *testing.T) {
	var need struct{ Required, Optional []string }
	p := newProcess(t, nil)
	if _, out, err := p.run(t.Context(), "scopes", "--json"); json.Unmarshal([]byte(out), &need) != nil {
		t.Fatal(out, err)
	}
	all := slices.Concat(need.Required, need.Optional)
	tokens := map[string][]string{"ATATT-all": all}
	for _, scope := range all {
		tokens["ATATT-without-"+scope] = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == scope })
	}
	site, err := sandbox.New(sandbox.Options{Tokens: tokens})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(site)
	defer srv.Close()
	for _, projects := range []string{"", "PAY"} {
		env := map[string]string{"JIRA_URL": srv.URL, "JIRA_EMAIL": sandbox.Email, "JIRA_MCP_PROJECTS": projects}
		if projects == "" {
			delete(env, "JIRA_MCP_PROJECTS")
		}
		for _, scope := range all {
			env["JIRA_API_TOKEN"] = "ATATT-without-" + scope
			code := exitOK
			if scope == "read:jira-user" { // without it the token's owner cannot be read
				code = exitFailed
			}
			e := examine(t, newProcess(t, env), code)
			state, text := e.find("scopes")
			// Two writes cannot be tried; without the third scope no write works.
			unknown := strings.Contains(text, "only a write would show") && strings.Contains(text, scope)
			if (state != stateWarn || !strings.Contains(e.Next, scope)) && !unknown {
				t.Errorf("%q: without %s: %s %s, next %s", projects, scope, state, text, e.Next)
			}
		}
		env["JIRA_API_TOKEN"] = "ATATT-all"
		e := examine(t, newProcess(t, env), 0)
		if state, text := e.find("scopes"); state != stateOK || !strings.Contains(e.Next, "Everything works") {
			t.Errorf("%q: with all scopes: %s %s, next %s", projects, state, text, e.Next)
		}
	}
}

// TestDoctorFindsWrongProjects checks that projects which do not exist are
// named, also if there are no others.
func TestDoctorFindsWrongProjects(t *testing.T) {
	url := startSite(t, nil)
	for _, projects := range []string{"PYA", "PYA,PAY"} {
		p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_MCP_PROJECTS": projects})
		e := examine(t, p, 0)
		has(t, projects, e.Next, "Correct JIRA_MCP_PROJECTS")
	}
}
