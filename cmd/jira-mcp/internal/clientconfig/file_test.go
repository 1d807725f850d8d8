package clientconfig_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
)

func client(t testing.TB, name string) clientconfig.Client {
	t.Helper()
	c, ok := clientconfig.Find(name)
	if !ok {
		t.Fatal(name)
	}
	return c
}

// open writes a file for a client and opens it.
func open(t testing.TB, name, text string) *clientconfig.File {
	t.Helper()
	at := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := clientconfig.Open(client(t, name), at)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var local = clientconfig.Server{Command: "/bin/jira-mcp"}

func TestPut(t *testing.T) {
	for _, c := range []struct {
		name, client, before, after string
		server                      clientconfig.Server
	}{
		{"an empty file", "cursor", "", "{\n  \"mcpServers\": {\n    \"jira\": {\n      \"command\": \"/bin/jira-mcp\"\n    }\n  }\n}\n", local},
		{"an empty object", "cursor", "{}", "{\n  \"mcpServers\": {\n    \"jira\": {\n      \"command\": \"/bin/jira-mcp\"\n    }\n  }\n}", local},
		{"another server", "cursor", "{\n\t\"mcpServers\": {\n\t\t\"git\": {\"command\": \"git\"}\n\t}\n}\n", "{\n\t\"mcpServers\": {\n\t\t\"git\": {\"command\": \"git\"},\n\t\t\"jira\": {\n\t\t\t\"command\": \"/bin/jira-mcp\"\n\t\t}\n\t}\n}\n", local},
		{"one line", "claude-code", `{"numStartups":3,"mcpServers":{"git":{"command":"git"}},"x":[1]}`, `{"numStartups":3,"mcpServers":{"git":{"command":"git"}, "jira":{"type":"stdio","command":"/bin/jira-mcp"}},"x":[1]}`, local},
		{"comments and trailing commas", "zed", "// mine\n{\n  \"context_servers\": { // servers\n    // git\n    \"git\": {\"command\": \"git\"}, // keep\n    // \"old\": {},\n  },\n  \"vim_mode\": true,\n}\n",
			"// mine\n{\n  \"context_servers\": { // servers\n    // git\n    \"git\": {\"command\": \"git\"}, // keep\n    // \"old\": {},\n    \"jira\": {\n      \"command\": \"/bin/jira-mcp\",\n      \"args\": [\n        \"serve\"\n      ],\n      \"env\": null\n    },\n  },\n  \"vim_mode\": true,\n}\n", clientconfig.Server{Command: "/bin/jira-mcp", Args: []string{"serve"}}},
		{"a comment behind the last member", "cursor", "{\n  \"a\": 1 // one\n}", "{\n  \"a\": 1, // one\n  \"mcpServers\": {\n    \"jira\": {\n      \"command\": \"/bin/jira-mcp\"\n    }\n  }\n}", local},
		{"lines of Windows", "cursor", "{\r\n  \"a\": 1\r\n}\r\n", "{\r\n  \"a\": 1,\r\n  \"mcpServers\": {\r\n    \"jira\": {\r\n      \"command\": \"C:\\\\jira-mcp.exe\"\r\n    }\r\n  }\r\n}\r\n", clientconfig.Server{Command: `C:\jira-mcp.exe`}},
		{"a moved program", "cursor", "{\"mcpServers\": {\"jira\": {\"command\": \"/old/jira-mcp\", \"args\": [\"serve\", \"--structured\"], \"env\": {\"JIRA_MCP_READ_ONLY\": \"true\"}, \"disabled\": false}}}",
			"{\"mcpServers\": {\"jira\": {\"command\": \"/bin/jira-mcp\", \"args\": [\"serve\", \"--structured\"], \"env\": {\"JIRA_MCP_READ_ONLY\": \"true\"}, \"disabled\": false}}}", local},
		{"a moved program in a list", "opencode", `{"mcp": {"jira": {"type": "local", "command": ["jira-mcp", "serve", "--structured"], "enabled": false}}}`, `{"mcp": {"jira": {"type": "local", "command": [` + "\n  \"/bin/jira-mcp\",\n  \"serve\",\n  \"--structured\"\n" + `], "enabled": false}}}`, local},
		{"of npx", "cursor", `{"mcpServers": {"jira": {"command": "npx", "args": ["-y", "@seed-7d826362/jira-mcp@1.0.0", "serve", "--structured"]}}}`, `{"mcpServers": {"jira": {"command": "/bin/jira-mcp", "args": [` + "\n  \"serve\",\n  \"--structured\"\n" + `]}}}`, local},
		{"another variable", "cursor", `{"mcpServers": {"jira": {"command": "/bin/jira-mcp", "env": {"A": "1"}}}}`, `{"mcpServers": {"jira": {"command": "/bin/jira-mcp", "env": {"A": "1", "B":"2"}}}}`, clientconfig.Server{Command: "/bin/jira-mcp", Env: map[string]string{"B": "2"}}},
		{"TOML", "codex", "# mine\nmodel = \"x\"\n\n[mcp_servers.git]\ncommand = \"git\" # git\n", "# mine\nmodel = \"x\"\n\n[mcp_servers.git]\ncommand = \"git\" # git\n\n[mcp_servers.jira]\ncommand = \"/bin/jira-mcp\"\nenv = { A = \"1\" }\n", clientconfig.Server{Command: "/bin/jira-mcp", Env: map[string]string{"A": "1"}}},
		{"a moved program in TOML", "codex", "[mcp_servers.jira]\ncommand = '/old/jira-mcp' # ours\nargs = [\"serve\"]\n[mcp_servers.jira.env]\nA = \"1\"\n[tui]\nx = 1\n", "[mcp_servers.jira]\ncommand = \"/bin/jira-mcp\" # ours\nargs = [\"serve\"]\n[mcp_servers.jira.env]\nB = \"2\"\nA = \"1\"\n[tui]\nx = 1\n", clientconfig.Server{Command: "/bin/jira-mcp", Env: map[string]string{"B": "2"}}},
		{"over HTTP", "codex", "", "[mcp_servers.jira]\nurl = \"https://x/mcp\"\nbearer_token_env_var = \"T\"\n", clientconfig.Server{URL: "https://x/mcp", BearerVariable: "T"}},
	} {
		got, err := open(t, c.client, c.before).Put("jira", c.server)
		want := strings.ReplaceAll(c.after, "\"env\": null", "\"env\": {}")
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, want)
		}
		again, err := open(t, c.client, string(got)).Put("jira", c.server)
		if err != nil || string(again) != string(got) {
			t.Errorf("%s, again: %v\n%s", c.name, err, again)
		}
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ name, client, before, after string }{
		{"the last of two", "cursor", "{\n  \"mcpServers\": {\n    \"git\": {}, // git\n    \"jira\": {\n    }\n  }\n}", "{\n  \"mcpServers\": {\n    \"git\": {} // git\n  }\n}"},
		{"the first of two", "cursor", "{\n  \"mcpServers\": {\n    \"jira\": {},\n    // git\n    \"git\": {}\n  }\n}", "{\n  \"mcpServers\": {\n    // git\n    \"git\": {}\n  }\n}"},
		{"the only one", "cursor", "{\"mcpServers\": {\"jira\": {}}}", "{\"mcpServers\": {}}"},
		{"one line", "cursor", `{"mcpServers": {"a": {}, "jira": {}, "b": {}}}`, `{"mcpServers": {"a": {}, "b": {}}}`},
		{"the last on one line", "cursor", `{"mcpServers": {"a": {}, "jira": {}}, "x": 1}`, `{"mcpServers": {"a": {}}, "x": 1}`},
		{"TOML with dotted keys", "codex", "a = 1\n\n[mcp_servers.jira]\ncommand = \"x\"\nenv.A = \"1\"\n", "a = 1\n"},
		{"a trailing comma", "zed", "{\"context_servers\": {\n  \"jira\": {},\n}}", "{\"context_servers\": {\n}}"},
		{"TOML", "codex", "a = 1\n\n[mcp_servers.jira]\ncommand = \"x\"\n\n# env\n[mcp_servers.jira.env]\nA = \"1\"\n\n# git\n[mcp_servers.git]\ncommand = \"git\"\n", "a = 1\n\n\n# env\n\n# git\n[mcp_servers.git]\ncommand = \"git\"\n"},
		{"not there", "codex", "a = 1\n", "a = 1\n"},
	} {
		got, found, err := open(t, c.client, c.before).Remove("jira")
		if err != nil || string(got) != c.after || found != (c.before != c.after) {
			t.Errorf("%s: %v %v\n%s\nwant\n%s", c.name, found, err, got, c.after)
		}
	}
}

// TestUnsuitableFiles checks that a file stays as it is if its entry cannot be
// edited safely.
func TestUnsuitableFiles(t *testing.T) {
	for name, c := range map[string]struct{ client, text string }{
		"broken":               {"cursor", `{"mcpServers": {`},
		"a list":               {"cursor", `[]`},
		"a list of servers":    {"cursor", `{"mcpServers": []}`},
		"twice":                {"cursor", `{"mcpServers": {}, "mcpServers": {}}`},
		"another program":      {"cursor", `{"mcpServers": {"jira": {"command": "uvx", "args": ["mcp-atlassian"]}}}`},
		"another address":      {"cursor", `{"mcpServers": {"jira": {"url": "https://mcp.atlassian.com/v1/sse"}}}`},
		"broken TOML":          {"codex", `[mcp_servers`},
		"an inline table":      {"codex", `mcp_servers = { jira = { command = "jira-mcp" } }`},
		"inline for the first": {"codex", `mcp_servers = { git = { command = "git" } }`},
		"dotted keys":          {"codex", "mcp_servers.jira.command = \"jira-mcp\"\n"},
	} {
		if text, err := open(t, c.client, c.text).Put("jira", local); err == nil {
			t.Errorf("%s: %s", name, text)
		} else if strings.HasPrefix(name, "another") && !errors.Is(err, clientconfig.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles.json"), filepath.Join(dir, "mcp.json")
	before := "\ufeff{\"a\": 1}\n"
	if err := errors.Join(os.WriteFile(real, []byte(before), 0o640), os.Symlink(real, link)); err != nil {
		t.Skip(err)
	}
	f, err := clientconfig.Open(client(t, "cursor"), link)
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Put("jira", local)
	if err != nil {
		t.Fatal(err)
	}
	backup, err := f.Write(text)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := os.ReadFile(backup)
	after, _ := os.ReadFile(real)
	info, _ := os.Stat(real)
	if string(kept) != before || !strings.HasPrefix(string(after), "\ufeff{\"a\": 1, ") || info.Mode().Perm() != 0o640 {
		t.Errorf("%q, %q, %v", kept, after, info.Mode())
	}
	if target, err := os.Readlink(link); err != nil || target != real {
		t.Errorf("the link: %q, %v", target, err)
	}
	if _, err := f.Write(text); err == nil {
		t.Error("a file that has changed was written")
	}
}

// FuzzPut checks that an edit of any file that can be parsed adds bytes and removes
// none, and that uninstalling leaves the others alone.
func FuzzPut(f *testing.F) {
	for _, seed := range []string{"{}", "{\"mcpServers\":{\"a\":{}}}", "// c\n{\"mcpServers\": {/* x */}, }", "{\n\t\"mcpServers\": {\n\t\t\"a\": [1, 2,], // x\n\t\t// y\n\t},\n}", "[mcp_servers.a]\nb=1 # c\n[x]\n", "a=1", "[mcp_servers]\nx={}\n", "[[mcp_servers.jira]]"} {
		f.Add(seed, strings.HasPrefix(seed, "[") || strings.HasPrefix(seed, "a"))
	}
	f.Fuzz(func(t *testing.T, text string, isTOML bool) {
		name := map[bool]string{true: "codex", false: "cursor"}[isTOML]
		file := open(t, name, text)
		if entry, err := file.Entry("jira"); err != nil || entry != nil {
			t.Skip()
		}
		got, err := file.Put("jira", local)
		if err != nil {
			t.Skip()
		}
		if left := strings.TrimSpace(text); left != "" && !isSubsequence(strings.Fields(left), string(got)) {
			t.Errorf("%q became %q", text, got)
		}
		back, found, err := open(t, name, string(got)).Remove("jira")
		if err != nil || !found {
			t.Errorf("%q: %v %v", got, found, err)
		}
		if !isSubsequence(strings.Fields(text), string(back)) {
			t.Errorf("%q became %q after removing", text, back)
		}
	})
}

// isSubsequence reports whether the words occur in a text in their order.
func isSubsequence(words []string, text string) bool {
	for _, word := range words {
		for _, r := range []byte(word) {
			n := strings.IndexByte(text, r)
			if n < 0 {
				return false
			}
			text = text[n+1:]
		}
	}
	return true
}
