package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// TestToolsSaysWhatIsWithheldAndWhy checks that jira-mcp tools names the tools
// that the settings withhold and, if there are credentials, those that the user
// lacks the permission for.
func TestToolsSaysWhatIsWithheldAndWhy(t *testing.T) {
	asked := 0
	site := startSite(t, func(jira http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/mypermissions") {
				jira.ServeHTTP(w, r)
				return
			}
			asked++
			rec := httptest.NewRecorder()
			jira.ServeHTTP(rec, r)
			var body struct {
				Permissions map[string]map[string]any `json:"permissions"`
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
				t.Error(err)
			}
			body.Permissions["TRANSITION_ISSUES"]["havePermission"] = false
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-AAccountId", rec.Header().Get("X-AAccountId"))
			_ = json.NewEncoder(w).Encode(body)
		})
	})
	env := map[string]string{"JIRA_URL": site, "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken, "JIRA_MCP_EXCLUDE_TOOLS": "jira_update_issue"}
	report := func() (tools int, withheld map[string]string) {
		t.Helper()
		code, out, errs := newProcess(t, env).run(t.Context(), "tools", "--json")
		var r struct {
			Tools    []json.RawMessage
			Withheld []struct{ Name, Why string }
		}
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("%d: %s %s %v", code, out, errs, err)
		}
		withheld = map[string]string{}
		for _, w := range r.Withheld {
			withheld[w.Name] = w.Why
		}
		return len(r.Tools), withheld
	}
	tools, withheld := report()
	if tools != 18 || len(withheld) < 15 || withheld["jira_run_filter"] != "it is off by default; JIRA_MCP_TOOLSETS=default,filters enables it" || withheld["jira_transition_issue"] != "the user has the permission TRANSITION_ISSUES in no project" ||
		withheld["jira_delete_issue"] != "JIRA_MCP_ALLOW does not include delete" || withheld["jira_update_issue"] != "JIRA_MCP_EXCLUDE_TOOLS excludes it" || asked != 1 {
		t.Errorf("%d tools, withheld %v, asked %d", tools, withheld, asked)
	}
	_, out, _ := newProcess(t, env).run(t.Context(), "tools")
	has(t, "tools", out, "not offered: jira_transition_issue, since the user has the permission TRANSITION_ISSUES in no project")
	env["JIRA_MCP_PROBE"] = "off"
	if tools, withheld := report(); tools != 19 || len(withheld) < 14 || asked != 2 {
		t.Errorf("with the probe off: %d tools, withheld %v, asked %d", tools, withheld, asked)
	}
	delete(env, "JIRA_MCP_PROBE")
	delete(env, "JIRA_API_TOKEN")
	if tools, _ := report(); tools != 19 || asked != 2 {
		t.Errorf("without a credential: %d tools, asked %d", tools, asked)
	}
}

// TestSettingsNameEveryToolset checks the lists of effects and toolsets in the
// help of the settings, which package config cannot derive from the catalogue.
func TestSettingsNameEveryToolset(t *testing.T) {
	want := map[string]map[string]bool{"JIRA_MCP_TOOLSETS": {"default": true, "all": true}, "JIRA_MCP_ALLOW": {}}
	for _, tool := range tools.NewCatalog() {
		want["JIRA_MCP_TOOLSETS"][tool.Toolset] = true
		want["JIRA_MCP_ALLOW"][string(tool.Effect)] = true
	}
	for _, s := range config.Settings() {
		if want[s.Name] == nil {
			continue
		}
		_, list, _ := strings.Cut(s.Doc, ": ")
		list, _, _ = strings.Cut(list, ";")
		got := map[string]bool{}
		for _, name := range strings.Split(list, ", ") {
			if !strings.Contains(name, " ") { // A remark on the name before it.
				got[name] = true
			}
		}
		if diff := cmp.Diff(want[s.Name], got); diff != "" {
			t.Errorf("%s (-catalogue, +help):\n%s", s.Name, diff)
		}
		delete(want, s.Name)
	}
	if len(want) > 0 {
		t.Errorf("settings not found: %v", want)
	}
}
