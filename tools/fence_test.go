package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// yard is a server confined to projects, over a sandbox that records what is
// asked of it, with a way around the fence for the test itself.
type yard struct {
	*bench
	url string
}

func newYard(t *testing.T, projects, writable []string) *yard {
	t.Helper()
	y := &yard{bench: newBench(t, tools.Policy{})}
	inner := contracttest.Optional(t, y.sandbox)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		y.mu.Lock()
		y.requests = append(y.requests, r.Method+" "+r.URL.String()+" "+string(body))
		y.mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	y.url = srv.URL
	f, err := fence.New(projects, writable)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(srv.URL)
	public, _ := url.Parse("https://example.atlassian.net")
	c, err := jira.New(jira.Options{Base: base, Site: public, Now: y.clock.Now, Fence: f, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	y.server, err = tools.NewServer(tools.Options{Deps: tools.Deps{Jira: c, Names: names.New(c, y.clock.Now), Now: y.clock.Now}, Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if y.client, err = client.NewInProcessClient(y.server.MCP); err != nil {
		t.Fatal(err)
	}
	if err := y.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = y.client.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if _, err := y.client.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	return y
}

// around asks Jira directly, as the token's owner can.
func (y *yard) around(method, path, body string) map[string]any {
	y.t.Helper()
	req, err := http.NewRequestWithContext(y.t.Context(), method, y.url+path, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		y.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != 200 {
		y.t.Fatalf("%s %s: %d %v %v", method, path, res.StatusCode, out, err)
	}
	return out
}

// issuesOf reads a project around the fence, whole.
func (y *yard) issuesOf(jql string) []map[string]any {
	y.t.Helper()
	var all []map[string]any
	for token := ""; ; {
		ask := map[string]any{"jql": jql, "fields": []string{"*all"}, "maxResults": 100}
		if token != "" {
			ask["nextPageToken"] = token
		}
		body, _ := json.Marshal(ask)
		page := y.around("POST", "/rest/api/3/search/jql", string(body))
		for _, i := range page["issues"].([]any) {
			all = append(all, i.(map[string]any))
		}
		if token, _ = page["nextPageToken"].(string); token == "" {
			return all
		}
	}
}

// canaries are what is only outside: keys and summaries of issues, names of
// projects. What people inside wrote of them themselves is no canary.
func (y *yard) canaries(inside string, outside ...string) []string {
	y.t.Helper()
	own, _ := json.Marshal(texts(y.issuesOf("project = " + inside)))
	var found []string
	for _, p := range outside {
		found = append(found, y.around("GET", "/rest/api/3/project/"+p, "")["name"].(string))
		for _, i := range y.issuesOf("project = " + p) {
			found = append(found, i["key"].(string), i["fields"].(map[string]any)["summary"].(string))
		}
	}
	return slices.DeleteFunc(found, func(s string) bool { return bytes.Contains(own, []byte(s)) })
}

// texts are what people wrote in issues: summaries, rich text, comments.
func texts(v any) []string {
	switch v := v.(type) {
	case []map[string]any:
		var out []string
		for _, i := range v {
			f := i["fields"].(map[string]any)
			out = append(out, f["summary"].(string))
			out = append(out, texts(f["description"])...)
			out = append(out, texts(f["comment"])...)
		}
		return out
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, texts(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for name, sub := range v {
			if s, ok := sub.(string); ok && name == "text" {
				out = append(out, s)
			}
			out = append(out, texts(sub)...)
		}
		return out
	}
	return nil
}

// doors are ways to name something outside, for every tool there is. %s is a
// key of an issue outside, or one that moved there.
var doors = map[string][]string{
	"jira_whoami":        {`{}`},
	"jira_list_projects": {`{}`, `{"query":"OPS"}`, `{"query":"Platform"}`, `{"start":1}`},
	"jira_get_issue": {`{"issues":["%s"]}`, `{"issues":["PAY-1","%s"]}`, `{"issues":["10150"]}`, `{"issues":["PAY-1"],"include":["comments"]}`,
		`{"issues":["PAY-1","PAY-12","PAY-9","PAY-15"],"fields":["*all"]}`, `{"issues":["PAY-1"],"fields":["Linked Issues","Parent","Sprint"]}`},
	"jira_search": {`{"jql":"project = OPS"}`, `{"jql":"project = 10001"}`, `{"jql":"project = \"Platform Operations\""}`, `{"jql":"project != PAY"}`, `{"jql":"project is not empty"}`,
		`{"jql":"created >= -999d","limit":100}`, `{"jql":"created >= -999d","count":true}`, `{"jql":"created >= -999d OR project = OPS"}`, `{"jql":"key = %s"}`, `{"jql":"key in (PAY-1, %s)"}`,
		`{"jql":"parent = %s"}`, `{"jql":"\"Epic Link\" = %s"}`, `{"jql":"issue in linkedIssues(\"%s\")"}`, `{"jql":"issue in linkedIssues(\"PAY-1\")"}`, `{"jql":"filter = 7"}`, `{"jql":"savedFilter = \"All of OPS\""}`,
		`{"jql":"fixVersion in releasedVersions(OPS)"}`, `{"jql":"issue in someFunction(\"%s\")"}`, `{"jql":"text ~ disk"}`, `{"jql":"text ~ \"x\\\") OR project = OPS OR (text ~ \\\"y\""}`,
		`{"jql":"summary ~ \"a\" ) OR (project = OPS"}`, `{"jql":"sprint in openSprints()","fields":["Parent","Linked Issues"]}`, `{"jql":"id = 10150"}`, `{"jql":"project = PAY) OR (project = OPS"}`,
		`{"jql":"project = PAY ORDER BY project","limit":100,"fields":["Linked Issues","Parent","Project"]}`, `{"jql":"status was Done by \"Emeka Nwosu\"","limit":100}`, `{"jql":"cf[10014] = %s"}`, `{"jql":"nofield = 1"}`,
		`{"jql":"cf\\u005b10016\\u005d\\u0020\\u003d\\u0020424242\\u0020or\\u0020project\\u0020\\u003d\\u0020OPS\\u0020and\\u0020summary is not empty","count":true}`},
	"jira_create_issue": {`{"project":"OPS","type":"Task","summary":"x"}`, `{"project":"Platform Operations","type":"Task","summary":"x"}`, `{"project":"10001","type":"Task","summary":"x"}`,
		`{"project":"PAY","type":"Sub-task","summary":"x","parent":"%s"}`, `{"project":"PAY","type":"Sub-task","summary":"x","parent":"10150"}`, `{"project":"PAY","type":"Story","summary":"x","parent":"%s"}`, `{"project":"PAY","type":"Story","summary":"x","fields":[{"name":"Parent","value":"%s"}]}`,
		`{"project":"PAY","type":"Bug","summary":"x","components":["Network"]}`, `{"project":"PAY","type":"Bug","summary":"x","fields":[{"name":"Fix versions","value":"2026.1"}]}`,
		`{"project":"PAY","type":"Bug","summary":"x","assignee":"Hiro Tanaka"}`, `{"project":"PAY","type":"Bug","summary":"x","fields":[{"name":"Project","value":"OPS"}]}`},
	"jira_update_issue": {`{"issue":"%s","summary":"x"}`, `{"issue":"%s","append":"x"}`, `{"issue":"10150","summary":"x"}`, `{"issue":"PAY-12","fields":[{"name":"Parent","value":"10135"}]}`, `{"issue":"PAY-2","fields":[{"name":"Parent","value":"%s"}]}`,
		`{"issue":"PAY-2","fields":[{"name":"Project","value":"OPS"}]}`, `{"issue":"PAY-2","fields":[{"name":"Components","value":"Network"}]}`, `{"issue":"PAY-2","assignee":"Hiro Tanaka"}`},
	"jira_add_comment":      {`{"issue":"%s","body":"x"}`, `{"issue":"10150","body":"x"}`, `{"issue":"PAY-2","body":"@Hiro Tanaka look"}`},
	"jira_transition_issue": {`{"issue":"%s","to":"Done"}`, `{"issue":"10150","to":"Done"}`, `{"issue":"%s","to":"Done","comment":"x"}`},
}

// TestNothingComesThroughTheFence tries every door of every tool.
func TestNothingComesThroughTheFence(t *testing.T) {
	y := newYard(t, []string{"PAY"}, nil)
	canaries := y.canaries("PAY", "OPS", "HELP", "DOCS")
	if len(canaries) < 100 {
		t.Fatalf("only %d canaries", len(canaries))
	}
	before, _ := json.Marshal(y.issuesOf("project in (OPS, HELP, DOCS)"))
	tried := 0
	for _, tool := range y.server.Tools {
		if len(doors[tool.Name]) == 0 {
			t.Errorf("%s: its doors are not tried", tool.Name)
		}
		for _, door := range doors[tool.Name] {
			keys := []string{""}
			if strings.Contains(door, "%s") {
				keys = []string{"OPS-3", "HELP-2", "SECRET-1", "OPS-5", "PAY-1000", "pay-1000", "OPS-99999"}
			}
			for _, key := range keys {
				args := strings.ReplaceAll(door, "%s", key)
				tried++
				y.sent()
				text, structured, _ := y.raw(t.Context(), tool.Name, args)
				data, _ := json.Marshal(structured)
				for _, c := range canaries {
					if strings.Contains(args, c) {
						continue // the caller's own words
					}
					quoted, _ := json.Marshal(c)
					if regexp.MustCompile(`\b`+regexp.QuoteMeta(c)+`\b`).MatchString(text) || bytes.Contains(data, quoted) {
						t.Errorf("%s %s: %q comes out:\n%s", tool.Name, args, c, text)
						break
					}
				}
				for _, sent := range y.sent() {
					if strings.Contains(sent, "/search/") && !strings.Contains(sent, `"jql":"project IN (\"PAY\")`) {
						t.Errorf("%s %s: an unconfined query is sent: %s", tool.Name, args, sent)
					}
				}
			}
		}
	}
	if after, _ := json.Marshal(y.issuesOf("project in (OPS, HELP, DOCS)")); !bytes.Equal(before, after) {
		t.Error("something outside was changed")
	}
	t.Logf("%d doors of %d tools, %d canaries", tried, len(y.server.Tools), len(canaries))
}

// TestRefusalsTellNothing: what exists outside and what does not exist are
// refused in the same words, and with the same requests.
func TestRefusalsTellNothing(t *testing.T) {
	y := newYard(t, []string{"PAY"}, nil)
	for _, c := range []struct{ tool, door string }{
		{"jira_search", `{"jql":"key = %s"}`}, {"jira_search", `{"jql":"issue in linkedIssues(\"%s\")"}`}, {"jira_search", `{"jql":"parent = %s"}`},
		{"jira_update_issue", `{"issue":"%s","summary":"x"}`}, {"jira_add_comment", `{"issue":"%s","body":"x"}`}, {"jira_transition_issue", `{"issue":"%s","to":"Done"}`},
		{"jira_create_issue", `{"project":"PAY","type":"Story","summary":"x","parent":"%s"}`},
	} {
		_, _, _ = y.raw(t.Context(), c.tool, fmt.Sprintf(c.door, "OPS-1")) // what is remembered of the site
		said := map[string]string{}
		for _, key := range []string{"OPS-3", "OPS-99999", "SECRET-1", "NOSUCH-1", "PAY-1000", "PAY-99999"} {
			y.sent()
			text := y.refused(c.tool, fmt.Sprintf(c.door, key), "confined to the projects PAY")
			text = strings.ReplaceAll(text, key, "KEY") + fmt.Sprintf(" [%d requests]", len(y.sent()))
			said[text] += " " + key
		}
		if len(said) != 1 {
			t.Errorf("%s %s: told apart: %v", c.tool, c.door, said)
		}
	}
}

// TestWritesStayWhereTheyMay: reading in two projects, writing in one.
func TestWritesStayWhereTheyMay(t *testing.T) {
	y := newYard(t, []string{"PAY", "OPS"}, []string{"PAY"})
	y.ok("jira_get_issue", `{"issues":["OPS-3","PAY-1"]}`)
	y.ok("jira_search", `{"jql":"project = OPS"}`)
	for tool, args := range map[string]string{"jira_update_issue": `{"issue":"OPS-3","summary":"x"}`, "jira_add_comment": `{"issue":"OPS-3","body":"x"}`,
		"jira_transition_issue": `{"issue":"OPS-3","to":"In Progress"}`, "jira_create_issue": `{"project":"OPS","type":"Task","summary":"x"}`} {
		y.sent()
		y.refused(tool, args, "may write in the projects PAY only")
		for _, sent := range y.sent() {
			if strings.HasPrefix(sent, "PUT") || strings.HasPrefix(sent, "POST") && !strings.Contains(sent, "/search/") && !strings.Contains(sent, "/permissions/") && !strings.Contains(sent, "bulkfetch") {
				t.Errorf("%s: sent %s", tool, sent)
			}
		}
	}
	y.ok("jira_update_issue", `{"issue":"PAY-2","summary":"Still possible"}`)
	text, _ := y.ok("jira_whoami", `{}`)
	if !strings.Contains(text, "Confined to the projects PAY, OPS; may write in PAY.") {
		t.Error(text)
	}
}

// TestInsideWorksAsWithoutAFence: the same answers, less what is outside.
func TestInsideWorksAsWithoutAFence(t *testing.T) {
	y, free := newYard(t, []string{"PAY", "OPS", "HELP", "DOCS"}, nil), newBench(t, tools.Policy{})
	for _, c := range []struct{ tool, args string }{
		{"jira_list_projects", `{}`}, {"jira_get_issue", `{"issues":["PAY-1","OPS-5","PAY-12"]}`}, {"jira_search", `{"jql":"project = \"Platform Operations\" AND status != Done","count":true}`},
		{"jira_search", `{"jql":"issue in linkedIssues(PAY-1) ORDER BY key"}`}, {"jira_search", `{"jql":"text ~ disk OR assignee = currentUser()"}`}, {"jira_get_issue", `{"issues":["PAY-1000"]}`},
	} {
		want, _ := free.ok(c.tool, c.args)
		got, _ := y.ok(c.tool, c.args)
		want, _, _ = strings.Cut(want, "\nMore: cursor") // which belongs to the query as it was sent
		got, _, _ = strings.Cut(got, "\nMore: cursor")
		if got != want {
			t.Errorf("%s %s:\nwith all projects inside: %s\nwithout a fence: %s", c.tool, c.args, got, want)
		}
	}
}
