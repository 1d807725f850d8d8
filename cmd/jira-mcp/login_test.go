package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/logins"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

func TestLoginThenNothingElseIsNeeded(t *testing.T) {
	url := startSite(t, nil)
	p := newProcess(t, map[string]string{})
	for _, token := range []string{sandbox.ClassicToken, sandbox.ScopedToken} { // the second login replaces the first
		p.in = strings.NewReader(token + "\n")
		code, out, errs := p.run(t.Context(), "login", "--site", url, "--email", sandbox.Email, "--expires", "2026-12-31")
		if code != 0 {
			t.Fatalf("login: %d, %s", code, errs)
		}
		has(t, "login", out, "as Ana Silva", "jira-mcp doctor")
		hasNot(t, "login", out+errs, token)
	}
	text, err := os.ReadFile(p.logins())
	if err != nil {
		t.Fatal(err)
	}
	has(t, "the file of logins", string(text), sandbox.Email, url, "2026-12-31")
	hasNot(t, "the file of logins", string(text), sandbox.ScopedToken, sandbox.ClassicToken)
	if info, _ := os.Stat(p.logins()); info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}

	p.now = func() time.Time { return time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC) }
	code, out, errs := p.run(t.Context(), "call", "jira_whoami")
	if code != 0 {
		t.Fatalf("call: %s", errs)
	}
	has(t, "whoami", out, "Ana Silva", "API token with scopes", "expires on 2026-12-31")
	code, out, _ = p.run(t.Context(), "doctor")
	if code != 0 {
		t.Fatalf("doctor: %s", out)
	}
	has(t, "doctor", out, "(login)", "the keyring", "warn  expiry     The API token expires on 2026-12-31")

	// The login belongs to another account than this address.
	p.env["JIRA_EMAIL"] = "bo@example.com"
	if code, _, errs = p.run(t.Context(), "call", "jira_whoami"); code != exitUsage {
		t.Errorf("another e-mail address: %d", code)
	}
	has(t, "another e-mail address", errs, "JIRA_EMAIL is set to another e-mail address")
	delete(p.env, "JIRA_EMAIL")

	code, out, _ = p.run(t.Context(), "logout")
	if code != 0 || len(p.keyring.(*memoryKeyring).tokens) != 0 {
		t.Errorf("logout: %d, %s", code, out)
	}
	has(t, "logout", out, "stays valid until you revoke it at https://")
	code, out, _ = p.run(t.Context(), "logout", "--site", url)
	if code != 0 || !strings.Contains(out, "Not logged in at "+url) {
		t.Errorf("logout again: %d, %s", code, out)
	}
	if code, _, errs = p.run(t.Context(), "call", "jira_whoami"); code != exitUsage || !strings.Contains(errs, "jira-mcp login") {
		t.Errorf("after the logout: %d, %s", code, errs)
	}
}

func TestSeveralSites(t *testing.T) {
	one, two := startSite(t, nil), startSite(t, nil)
	p := newProcess(t, map[string]string{})
	for _, url := range []string{one, two} {
		p.in = strings.NewReader(sandbox.ClassicToken)
		if code, _, errs := p.run(t.Context(), "login", "--site", url, "--email", sandbox.Email); code != 0 {
			t.Fatal(errs)
		}
	}
	code, _, errs := p.run(t.Context(), "call", "jira_whoami")
	if code != exitUsage {
		t.Errorf("no site is chosen: %d", code)
	}
	has(t, "no site is chosen", errs, "several sites", strings.TrimPrefix(one, "http://"), "--site")
	for _, env := range []map[string]string{{"JIRA_URL": two}, {}} {
		p.env = env
		args := []string{"call", "jira_whoami"}
		if len(env) == 0 {
			args = append(args, "--site", two)
		}
		code, out, errs := p.run(t.Context(), args...)
		if code != 0 || !strings.Contains(out, "Site: "+two) {
			t.Errorf("%v: %d, %s%s", env, code, out, errs)
		}
	}
	p.env = map[string]string{"ATLASSIAN_HOST": one}
	if _, out, _ := p.run(t.Context(), "call", "jira_whoami", "--site", two); !strings.Contains(out, "Site: "+two) {
		t.Errorf("--site is over the environment: %s", out)
	}
	if code, _, errs := p.run(t.Context(), "logout"); code != 0 { // the site comes from an alias of JIRA_URL
		t.Errorf("logout: %s", errs)
	}
}

func TestLoginRefuses(t *testing.T) {
	url := startSite(t, nil)
	for name, c := range map[string]struct {
		in      string
		args    []string
		keyring error
		code    int
		words   string
	}{
		"a revoked token":       {sandbox.RevokedToken, []string{"--site", url, "--email", sandbox.Email}, nil, exitFailed, "the token was not stored"},
		"no site":               {sandbox.ClassicToken, nil, nil, exitUsage, "--site is required"},
		"no address":            {sandbox.ClassicToken, []string{"--site", url}, nil, exitUsage, "--email is required"},
		"no token":              {"\n", []string{"--site", url, "--email", sandbox.Email}, nil, exitUsage, "it contains no token"},
		"two words":             {"s3cret words\nnotes", []string{"--site", url, "--email", sandbox.Email}, nil, exitUsage, "not a token"},
		"a date that is none":   {sandbox.ClassicToken, []string{"--site", url, "--email", sandbox.Email, "--expires", "soon"}, nil, exitUsage, "not a date"},
		"a site that is none":   {sandbox.ClassicToken, []string{"--site", "http://example.com"}, nil, exitUsage, "must be https"},
		"a system without ring": {sandbox.ClassicToken, []string{"--site", url, "--email", sandbox.Email}, errors.New("no session bus, and therefore no keyring"), exitFailed, "no session bus"},
	} {
		p := newProcess(t, map[string]string{})
		store := &memoryKeyring{err: c.keyring}
		p.keyring, p.in = store, strings.NewReader(c.in)
		code, out, errs := p.run(t.Context(), append([]string{"login"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.words) {
			t.Errorf("%s: %d, %s", name, code, errs)
		}
		hasNot(t, name, out+errs, sandbox.ClassicToken, sandbox.RevokedToken, "s3cret")
		if _, err := os.Stat(p.logins()); err == nil || len(store.tokens) > 0 && c.keyring == nil {
			t.Errorf("%s: something was stored", name)
		}
	}
}

// TestKeyringIsReadLazily checks that a start does not use the keyring, and
// that no call does while a variable says where the token is.
func TestKeyringIsReadLazily(t *testing.T) {
	url := startSite(t, nil)
	p := newProcess(t, map[string]string{})
	store := &memoryKeyring{}
	p.keyring, p.in = store, strings.NewReader(sandbox.ClassicToken)
	if code, _, errs := p.run(t.Context(), "login", "--site", url, "--email", sandbox.Email); code != 0 {
		t.Fatal(errs)
	}
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"
	const list = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}` + "\n"
	for _, c := range []struct {
		in, probe, out string
		asked          int
	}{
		{initialize, "true", "protocolVersion", 0}, {initialize + list, "false", "jira_whoami", 0},
		{initialize + list, "true", "jira_whoami", 1}, // the first list needs the user's permissions
	} {
		store.asked = 0
		p.in, p.env = strings.NewReader(c.in), map[string]string{"JIRA_MCP_PROBE": c.probe}
		if code, out, errs := p.run(t.Context()); code != 0 || !strings.Contains(out, c.out) {
			t.Errorf("%d: %s%s", code, out, errs)
		}
		if store.asked != c.asked {
			t.Errorf("%s with JIRA_MCP_PROBE=%s asked the keyring %d times", c.in, c.probe, store.asked)
		}
	}
	store.asked = 0
	p.in = strings.NewReader("")
	p.env = map[string]string{"JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_EMAIL": sandbox.Email, "JIRA_URL": url}
	if code, _, _ := p.run(t.Context(), "call", "jira_whoami"); code != 0 || store.asked != 0 {
		t.Errorf("with JIRA_API_TOKEN: %d, the keyring was asked %d times", code, store.asked)
	}
	store.tokens = nil
	p.env = map[string]string{}
	if code, _, errs := p.run(t.Context(), "call", "jira_whoami"); code != exitFailed || !strings.Contains(errs, keyring.ErrNotFound.Error()) {
		t.Errorf("a token that somebody removed: %d, %s", code, errs)
	}
}

func TestTokenSources(t *testing.T) {
	url := startSite(t, nil)
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", sandbox.ClassicToken+"\n", 0o600)
	t.Setenv("JIRA_API_TOKEN_NEXT", "s3cret")
	t.Setenv("ATLASSIAN_TOKEN", "s3cret")
	t.Setenv("A_VARIABLE", sandbox.ClassicToken)
	dotenv := file("dotenv", "# settings\nJIRA_EMAIL="+sandbox.Email+"\nexport JIRA_API_TOKEN='"+sandbox.ClassicToken+"'\nJIRA_URL=http://127.0.0.1:1\n", 0o600)
	for name, c := range map[string]struct {
		env   map[string]string
		args  []string
		code  int
		words string
	}{
		"a file":                {map[string]string{"JIRA_API_TOKEN_FILE": token}, nil, 0, "Ana Silva"},
		"a file that is gone":   {map[string]string{"JIRA_API_TOKEN_FILE": dir + "/none"}, nil, exitUsage, "JIRA_API_TOKEN_FILE: "},
		"a file others write":   {map[string]string{"JIRA_API_TOKEN_FILE": file("open", sandbox.ClassicToken, 0o666)}, nil, exitUsage, "others can write to it"},
		"a command":             {map[string]string{"JIRA_API_TOKEN_COMMAND": "cat " + token}, nil, 0, "Ana Silva"},
		"a command, as JSON":    {map[string]string{"JIRA_API_TOKEN_COMMAND": `["cat", "` + token + `"]`}, nil, 0, "Ana Silva"},
		"a command's variables": {map[string]string{"JIRA_API_TOKEN_COMMAND": `["sh", "-c", "echo $A_VARIABLE$JIRA_API_TOKEN_NEXT$ATLASSIAN_TOKEN"]`}, nil, 0, "Ana Silva"},
		"no such command":       {map[string]string{"JIRA_API_TOKEN_COMMAND": "no-such-program-here x"}, nil, exitUsage, "so use the full path"},
		"a command that fails":  {map[string]string{"JIRA_API_TOKEN_COMMAND": "false"}, nil, exitFailed, "exit status 1"},
		"the next takes over":   {map[string]string{"JIRA_API_TOKEN": sandbox.RevokedToken, "JIRA_API_TOKEN_NEXT_FILE": token}, nil, 0, "Ana Silva"},
		"a file of settings":    {map[string]string{"JIRA_EMAIL": ""}, []string{"--env-file", dotenv}, 0, "Ana Silva"},
		"no .env unless named":  {map[string]string{}, nil, exitUsage, "JIRA_API_TOKEN is not set"},
		"settings others write": {map[string]string{}, []string{"--env-file", file("open.env", "A=b", 0o666)}, exitUsage, "others can write to it"},
		"settings that are not": {map[string]string{}, []string{"--env-file", file("broken.env", "s3cret \x00 !!\n'", 0o600)}, exitUsage, "is not a file of NAME=value lines"},
	} {
		p := newProcess(t, map[string]string{"JIRA_URL": url, "JIRA_EMAIL": sandbox.Email})
		for k, v := range c.env {
			p.env[k] = v
		}
		code, out, errs := p.run(t.Context(), append([]string{"call", "jira_whoami"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.words) {
			t.Errorf("%s: %d, %s%s", name, code, out, errs)
		}
		hasNot(t, name, out+errs, sandbox.ClassicToken, sandbox.RevokedToken, "s3cret")
	}
}

// TestLoginAtATerminal plays a person: the site as it is in the address bar, the
// scopes before the token, a test of the token before the expiry date, and an
// offer to add the server to the clients on this machine.
func TestLoginAtATerminal(t *testing.T) {
	url := startSite(t, nil)
	p := newProcess(t, nil)
	p.person = true
	cursor := filepath.Join(p.home(), ".cursor")
	if err := os.MkdirAll(cursor, 0o755); err != nil {
		t.Fatal(err)
	}
	p.in = strings.NewReader(url + "/browse/PAY-1\n" + sandbox.Email + "\n" + sandbox.ClassicToken + "\n31.12.2026\nn\n")
	code, out, errs := p.run(t.Context(), "login")
	if code != exitOK {
		t.Fatal(code, out, errs)
	}
	has(t, "questions", errs, "an address of it", credential.TokenPage, "to read             read:", "to write, too       write:board-scope:jira-software\n                      write:jira-work", "API token (not shown)", "Expiry date", "Add jira-mcp to Cursor now?")
	has(t, "answers", out, "Logged in at "+url+" as Ana Silva", "31.12.2026 is not a date", "The token is in the system's keyring", "Later: jira-mcp install cursor")
	if strings.Index(errs, "to read") > strings.Index(errs, "API token (not shown)") {
		t.Error("the scopes come too late")
	}
	hasNot(t, "output", out+errs, sandbox.ClassicToken)

	p.in = strings.NewReader(sandbox.ExpiredToken + "\n")
	code, out, errs = p.run(t.Context(), "login", "--site", url, "--email", sandbox.Email)
	if code != exitFailed || strings.Contains(errs, "Expiry date") {
		t.Errorf("a wrong token: %d %s%s", code, out, errs)
	}

	if code, out, _ = p.run(t.Context(), "logout"); code != exitOK {
		t.Error(out)
	}
	if left, _ := os.ReadDir(p.dir); len(left) != 1 { // the home directory
		t.Errorf("logout left %v", left)
	}
}

// TestLoginsOfEarlierVersions checks that a list in XDG_CONFIG_HOME is still read,
// and that a logout removes it.
func TestLoginsOfEarlierVersions(t *testing.T) {
	dir := t.TempDir()
	f := logins.File{Path: filepath.Join(dir, "new", "jira-mcp", "sites.json"), Earlier: []string{filepath.Join(dir, "old", "jira-mcp", "sites.json")}}
	old := logins.File{Path: f.Earlier[0]}
	if err := errors.Join(old.Put(logins.Site{URL: "https://a.atlassian.net", Email: "old"}), old.Put(logins.Site{URL: "https://b.atlassian.net"}), f.Put(logins.Site{URL: "https://a.atlassian.net", Email: "new"})); err != nil {
		t.Fatal(err)
	}
	list, err := f.Load()
	if err != nil || len(list) != 2 || list[0].Email != "new" {
		t.Errorf("%v, %v", list, err)
	}
	if err := errors.Join(f.Remove("https://a.atlassian.net"), f.Remove("https://b.atlassian.net"), f.Remove("https://c.atlassian.net")); err != nil {
		t.Error(err)
	}
	for _, path := range []string{f.Path, f.Earlier[0]} {
		if _, err := os.Stat(filepath.Dir(path)); err == nil {
			t.Errorf("%s is left", filepath.Dir(path))
		}
	}
}
