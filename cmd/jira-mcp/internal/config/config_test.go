package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
)

func load(t *testing.T, env map[string]string) (config.Config, error) {
	t.Helper()
	return config.Load(t.Context(), func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func TestSiteInEveryForm(t *testing.T) {
	for raw, want := range map[string]string{
		"acme": "https://acme.atlassian.net", "Acme": "https://acme.atlassian.net", "acme.atlassian.net": "https://acme.atlassian.net",
		"https://acme.atlassian.net/": "https://acme.atlassian.net", "https://acme.atlassian.net/jira/your-work?x=1": "https://acme.atlassian.net",
		"https://jira.example.com:8443": "https://jira.example.com:8443", "http://localhost:8090": "http://localhost:8090", "http://127.0.0.1:1/": "http://127.0.0.1:1",
		"https://api.atlassian.com/ex/jira/abc-1/rest/api/3": "https://api.atlassian.com/ex/jira/abc-1",
		"http://acme.atlassian.net/browse/X-1":               "https://acme.atlassian.net", "http://localhost:8090/browse/PAY-1": "http://localhost:8090", "jira.italian.net": "https://jira.italian.net",
	} {
		c, err := load(t, map[string]string{"JIRA_URL": raw})
		if err != nil || c.Site != want {
			t.Errorf("%q: %q, %v; want %q", raw, c.Site, err, want)
		}
	}
	for _, raw := range []string{"http://jira.example.com", "https://company.com/jira", "company.com/jira", "acme.atlasian.net", "https://acme.atlassian.com", "acme.attlassian.net", "acme.atlassian.ne", "ftp://x.y", "https://", "https://ana:pw@acme.atlassian.net", "a b.c", "://"} {
		_, err := load(t, map[string]string{"JIRA_URL": raw})
		if err == nil || !strings.Contains(err.Error(), "JIRA_URL: ") || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestAliases(t *testing.T) {
	for _, s := range config.Settings() {
		value := map[string]string{"JIRA_URL": "acme", "JIRA_MCP_READ_ONLY": "yes", "JIRA_EXTRA_HEADERS": "X-Way=in", "JIRA_EMAIL": "a@b.c", "JIRA_MCP_PROJECTS": "PAY"}[s.Name]
		if value == "" {
			value = "x1"
		}
		for _, alias := range s.Aliases() {
			c, err := load(t, map[string]string{alias: value, s.Name: ""})
			if err != nil {
				t.Errorf("%s: %v", alias, err)
			}
			if c.Site+c.Email+c.Token.Reveal()+c.Headers.Reveal()+c.Projects+c.Tools == "" && !c.ReadOnly {
				t.Errorf("%s sets nothing", alias)
			}
			other := map[string]string{"JIRA_URL": "other", "JIRA_MCP_READ_ONLY": "no", "JIRA_EXTRA_HEADERS": "X-Way=s3cret-two", "JIRA_EMAIL": "d@e.f", "JIRA_MCP_PROJECTS": "OPS"}[s.Name]
			if other == "" {
				other = "s3cret-two"
			}
			_, err = load(t, map[string]string{alias: value, s.Name: other})
			if err == nil || !strings.Contains(err.Error(), alias) || !strings.Contains(err.Error(), s.Name) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s and %s differ: %v", alias, s.Name, err)
			}
			if _, err = load(t, map[string]string{alias: value, s.Name: value}); err != nil {
				t.Errorf("%s and %s agree: %v", alias, s.Name, err)
			}
		}
	}
	if _, err := load(t, map[string]string{"JIRA_URL": "https://acme.atlassian.net", "ATLASSIAN_SITE_NAME": "acme", "READ_ONLY_MODE": "1", "JIRA_MCP_READ_ONLY": "on"}); err != nil {
		t.Errorf("the same thing in two spellings: %v", err)
	}
}

func TestBooleans(t *testing.T) {
	for raw, want := range map[string]string{"true": "true", "TRUE": "true", "1": "true", "yes": "true", "on": "true", "false": "false", "0": "false", "no": "false", "off": "false",
		"2": "error", "y": "error", "enabled": "error", "t": "error"} {
		c, err := load(t, map[string]string{"JIRA_MCP_READ_ONLY": raw})
		got := fmt.Sprint(c.ReadOnly)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", raw, got, want, err)
		}
	}
}

func TestAllProblemsAreReported(t *testing.T) {
	_, err := load(t, map[string]string{"JIRA_URL": "ftp://x", "READ_ONLY_MODE": "maybe", "JIRA_MCP_LOG_LEVEL": "loud", "JIRA_MCP_LOG_FORMAT": "xml", "JIRA_EMAIL": "a@b.c", "JIRA_USERNAME": "d@e.f"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"JIRA_URL", "READ_ONLY_MODE", "JIRA_MCP_LOG_LEVEL", "JIRA_MCP_LOG_FORMAT", "JIRA_USERNAME"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	c, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Credentials()
	for _, name := range []string{"JIRA_URL", "JIRA_EMAIL", "JIRA_API_TOKEN", "jira-mcp demo"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
}

func TestOneTokenIn(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		from string // the variable of the token, or a part of the problem
		ok   bool
	}{
		{map[string]string{"JIRA_API_TOKEN_FILE": "f"}, "JIRA_API_TOKEN_FILE", true},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": "pass show jira"}, "JIRA_API_TOKEN_COMMAND", true},
		{map[string]string{"JIRA_API_TOKEN": "t"}, "JIRA_API_TOKEN", true},
		{map[string]string{"ATLASSIAN_TOKEN": "t"}, "ATLASSIAN_TOKEN", true},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_API_TOKEN_NEXT": "u", "JIRA_API_TOKEN_EXPIRES": "2026-12-31"}, "JIRA_API_TOKEN", true},
		{map[string]string{}, "jira-mcp login", false},
		{map[string]string{"JIRA_API_TOKEN_FILE": "f", "ATLASSIAN_TOKEN": "s3cret"}, "JIRA_API_TOKEN_FILE and ATLASSIAN_TOKEN are both set", false},
		{map[string]string{"JIRA_API_TOKEN_FILE": "f", "JIRA_API_TOKEN_COMMAND": "c", "JIRA_API_TOKEN": "s3cret"}, "are all set", false},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_API_TOKEN_NEXT": "s3cret", "JIRA_API_TOKEN_NEXT_FILE": "g"}, "JIRA_API_TOKEN_NEXT and JIRA_API_TOKEN_NEXT_FILE are both set", false},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_API_TOKEN_EXPIRES": "31.12.2026"}, "JIRA_API_TOKEN_EXPIRES: not a date", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": "op read 'x"}, "a quote is not closed", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": "pass show jira | head -1"}, "works only in a shell", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": `C:\Tools\op.exe read x`}, "a Windows path loses its backslashes", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": `"C:\Tools\op.exe" read x`}, "a Windows path loses its backslashes", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": `["C:\\Tools\\op.exe", "read"]`}, "JIRA_API_TOKEN_COMMAND", true},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": "[1]"}, "not a JSON array of strings", false},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_CLIENT_CERT": "c"}, "must be set together", false},
		{map[string]string{"JIRA_API_TOKEN": "'s3cret'"}, "it is in quotes", false},
		{map[string]string{"JIRA_API_TOKEN_FILE": "~/token"}, "; write the full path", false},
		{map[string]string{"JIRA_API_TOKEN_COMMAND": "cat $HOME/token"}, "works only in a shell", false},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_EXTRA_HEADERS": "s3cret"}, "part 1 is not of the form", false},
		{map[string]string{"JIRA_API_TOKEN": "t", "JIRA_EXTRA_HEADERS": "authorization=s3cret"}, "Authorization is set by this program", false},
	} {
		c.env["JIRA_URL"], c.env["JIRA_EMAIL"] = "acme", "a@b.c"
		cfg, err := load(t, c.env)
		if err == nil {
			err = cfg.Credentials()
		}
		switch {
		case c.ok && (err != nil || cfg.TokenFrom() != c.from):
			t.Errorf("%v: from %q, %v", c.env, cfg.TokenFrom(), err)
		case !c.ok && (err == nil || !strings.Contains(err.Error(), c.from) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("%v: %v", c.env, err)
		}
	}
}

func TestCredentialEndpointSettings(t *testing.T) {
	for _, c := range []struct {
		env       map[string]string
		way, word string // the value of Way, or a part of the problem
	}{
		{map[string]string{"JIRA_EMAIL": "a@b.c", "JIRA_API_TOKEN": "t"}, "auto", ""},
		{map[string]string{"JIRA_EMAIL": "a@b.c", "JIRA_API_TOKEN": "t", "JIRA_AUTH": "Gateway", "JIRA_CLOUD_ID": "5BA1D0C5-cafe-4c0f-b0a7-0123456789ab"}, "gateway", ""},
		{map[string]string{"JIRA_ACCESS_TOKEN": "t"}, "bearer", ""},
		{map[string]string{"JIRA_ACCESS_TOKEN": "t", "JIRA_AUTH": "site"}, "", "only as bearer"},
		{map[string]string{"JIRA_ACCESS_TOKEN": "s3cret", "ATLASSIAN_TOKEN": "s3cret-two"}, "", "ATLASSIAN_TOKEN and JIRA_ACCESS_TOKEN are both set"},
		{map[string]string{"JIRA_AUTH": "basic"}, "", "is not one of auto, site, gateway, bearer"},
		{map[string]string{"JIRA_CLOUD_ID": "../x"}, "", "not a cloud ID"},
	} {
		c.env["JIRA_URL"] = "acme"
		cfg, err := load(t, c.env)
		if err == nil {
			err = cfg.Credentials()
		}
		switch {
		case c.word == "" && (err != nil || cfg.AuthMethod() != c.way || cfg.Token.Reveal()+cfg.Access.Reveal() != "t"):
			t.Errorf("%v: %q, %v", c.env, cfg.AuthMethod(), err)
		case c.word != "" && (err == nil || !strings.Contains(err.Error(), c.word) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("%v: %v", c.env, err)
		}
	}
}
