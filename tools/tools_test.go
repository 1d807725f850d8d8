package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestCatalogue checks the description, schema, operations and token cost of
// every tool.
func TestCatalogue(t *testing.T) {
	known := map[string]bool{}
	for _, op := range jira.Operations() {
		known[op.Key()] = true
	}
	used := map[string]bool{}
	var catalogue bytes.Buffer
	total := 0
	b := toolstest.New(t, toolstest.Everything)
	for _, tool := range tools.NewCatalog() {
		schema := tool.InputSchema(nil)
		if (policy.Policy{}).Offers(tool.Spec) {
			total += toolstest.Tokens(t, tool.Name) + toolstest.Tokens(t, tool.Description) + toolstest.Tokens(t, string(schema))
		}
		for _, key := range slices.Concat(tool.Requires, tool.Optional) {
			used[key] = true
			if !known[key] {
				t.Errorf("%s declares %q, which is no operation of the client", tool.Name, key)
			}
		}
		if n := len(regexp.MustCompile(`[.!?](?:\s|$)`).FindAllString(tool.Description, -1)); n > 3 {
			t.Errorf("%s is described in %d sentences", tool.Name, n)
		}
		for _, word := range []string{"anyOf", "oneOf", "$ref", "null", "allOf"} {
			if strings.Contains(string(schema), `"`+word+`"`) {
				t.Errorf("%s: its schema has %s, which some providers refuse", tool.Name, word)
			}
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, toolstest.MustJSON(t, b.Tools.Runner.ListedTool(t.Context(), tool)), "", "  "); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&catalogue, "%s\n", indented.String())
		b.Schema(tool.Name)
	}
	toolstest.Golden(t, "catalogue.json", catalogue.String())
	t.Logf("names, descriptions and input schemas of the default tools: %d tokens", total)
	if total > 3500 {
		t.Errorf("the tools cost %d tokens; at most 3,500", total)
	}
	_, guards, _ := jira.FenceOperations(slices.Collect(maps.Keys(known)), nil)
	for key := range known {
		if !used[key] && !slices.ContainsFunc(guards, func(op operation.Operation) bool { return op.Key() == key }) {
			t.Errorf("no tool declares %s: add it to Requires or Optional of the tool that calls it", key)
		}
	}
}

// TestMainWorkflow checks the main workflow: create, search, comment,
// transition, read.
func TestMainWorkflow(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, out := b.Ok("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Totals are off by a cent","priority":"high","labels":["rounding"],"assignee":"me",
		"parent":"PAY-2","components":["ledger"],"description":"## Steps\n\n1. Pay\n2. Look\n\n| a | b |\n|---|---|\n| 1 | 2 |",
		"fields":[{"name":"Severity","value":"Major"},{"name":"Story Points","value":"5"},{"name":"Steps to reproduce","value":"- *one*"},{"name":"customfield_10052","value":"Nordlicht"}]}`)
	key := out["key"].(string)
	for _, want := range []string{key, "https://example.atlassian.net/browse/" + key, "Priority: High", "Severity: Major", "Story Points: 5", "Parent: PAY-2", "Assignee: Ana Silva"} {
		if !strings.Contains(text, want) {
			t.Errorf("the create does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Not kept") {
		t.Errorf("something was dropped:\n%s", text)
	}
	if text, _ := b.Ok("jira_search", `{"jql":"summary ~ 'off by a cent'"}`); !strings.Contains(text, key+" | Bug | To Do | High | Ana Silva | Totals are off by a cent") {
		t.Errorf("the new issue is not found at once:\n%s", text)
	}
	text, _ = b.Ok("jira_add_comment", `{"issue":"`+key+`","body":"Seen it **too**"}`)
	if !strings.Contains(text, "visible to everyone") {
		t.Errorf("the comment's audience is not said:\n%s", text)
	}
	b.Ok("jira_transition_issue", `{"issue":"https://example.atlassian.net/browse/`+key+`","to":"in progress"}`)
	b.Refused("jira_transition_issue", `{"issue":"`+key+`","to":"Done"}`, "Resolution is required", "Won't Do", "Nothing was sent")
	text, _ = b.Ok("jira_transition_issue", `{"issue":"`+key+`","to":"Done","resolution":"done","comment":"Fixed in *main*"}`)
	if !strings.Contains(text, key+" is now Done") || !strings.Contains(text, "Resolution: Done") || !strings.Contains(text, "Comment: added") {
		t.Errorf("the transition says:\n%s", text)
	}
	text, _ = b.Ok("jira_get_issue", `{"issues":["`+key+`"]}`)
	for _, want := range []string{"Done | resolution Done | High", "assignee Ana Silva", "Parent: PAY-2", "## Steps\n\n1. Pay\n2. Look", "| 1 | 2 |", "## Steps to reproduce", "Comments (2)", "Seen it **too**", "Fixed in *main*"} {
		if want == "## Steps to reproduce" {
			want = "Steps to reproduce: - *one*"
		}
		if !strings.Contains(text, want) {
			t.Errorf("the issue does not show %q:\n%s", want, text)
		}
	}
	if unknown := b.Sandbox.UnknownRequests(); len(unknown) > 0 {
		t.Errorf("the sandbox does not know %v", unknown)
	}
}

// TestRequestCounts counts requests to Jira with warm caches.
func TestRequestCounts(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	create := `{"project":"PAY","type":"Task","summary":"One","allow_duplicate":true,"assignee":"Ben Okafor","priority":"Low"}`
	b.Ok("jira_whoami", `{}`)
	b.Ok("jira_create_issue", create)
	for _, c := range []struct {
		tool, args string
		want       int
	}{
		{"jira_create_issue", create, 3},
		{"jira_search", `{"jql":"project = PAY","limit":100}`, 1},
		{"jira_get_issue", `{"issues":["PAY-1"]}`, 2}, // and what its transitions require, once for a type and status
		{"jira_get_issue", `{"issues":["PAY-1"]}`, 1},
		{"jira_get_issue", `{"issues":["PAY-1","PAY-8","OPS-3","HELP-2"]}`, 1},
		{"jira_add_comment", `{"issue":"PAY-9","body":"x"}`, 2},
		{"jira_transition_issue", `{"issue":"PAY-133","to":"In Progress"}`, 3},
		{"jira_list_projects", `{}`, 2},
		{"jira_whoami", `{}`, 0},
	} {
		b.TakeRequests()
		b.Ok(c.tool, c.args)
		if got := b.TakeRequests(); len(got) != c.want {
			t.Errorf("%s %s costs %d requests, want %d: %v", c.tool, c.args, len(got), c.want, got)
		}
	}
}

// TestTokens measures the tokens of results, against the issue's own Markdown
// and between text and structured content.
func TestTokens(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	structuredRatio := func(name, text string, out any) {
		t.Helper()
		a, s := toolstest.Tokens(t, text), toolstest.Tokens(t, string(toolstest.MustJSON(t, out)))
		t.Logf("%s: text %d tokens, structured %d (%.2f×)", name, a, s, float64(s)/float64(a))
		if float64(s) > 1.7*float64(a) {
			t.Errorf("%s: the structured form costs %.2f times its text", name, float64(s)/float64(a))
		}
	}
	text, out := b.Ok("jira_get_issue", `{"issues":["PAY-1"]}`)
	issue := out["issues"].([]any)[0].(map[string]any)
	body := issue["summary"].(string) + "\n" + issue["description"].(string)
	for _, c := range issue["comments"].([]any) {
		body += "\n" + c.(map[string]any)["body"].(string)
	}
	if len(issue["comments"].([]any)) != 5 || len(issue["links"].([]any)) != 2 {
		t.Errorf("PAY-1 has %d comments and %d links", len(issue["comments"].([]any)), len(issue["links"].([]any)))
	}
	own, whole := toolstest.Tokens(t, body), toolstest.Tokens(t, text)
	t.Logf("PAY-1: %d tokens, its own Markdown %d (%.2f×)", whole, own, float64(whole)/float64(own))
	// The marks, the ids and times of comments and what transitions require are a
	// part of it: without them, models made a second call.
	if float64(whole) > 1.4*float64(own) {
		t.Errorf("PAY-1 costs %.2f times its own Markdown", float64(whole)/float64(own))
	}
	structuredRatio("PAY-1", text, out)

	text, out = b.Ok("jira_search", `{"jql":"project = PAY ORDER BY key","limit":50}`)
	if n := toolstest.Tokens(t, text); n > 1250 {
		t.Errorf("a search of 50 costs %d tokens; at most 1,250", n)
	}
	structuredRatio("search of 50", text, out)
	text, out = b.Ok("jira_list_projects", `{}`)
	structuredRatio("projects", text, out)
}

// TestSearchPagination checks that pages of a search show every issue
// once.
func TestSearchPagination(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Written a moment ago"}`)
	for _, limit := range []int{7, 25, 100} {
		seen := map[string]int{}
		cursor := ""
		for range 60 {
			args := fmt.Sprintf(`{"jql":"project = PAY ORDER BY created DESC","limit":%d,"cursor":%q}`, limit, cursor)
			_, out := b.Ok("jira_search", args)
			for _, i := range out["issues"].([]any) {
				seen[i.(map[string]any)["key"].(string)]++
			}
			next, more := out["cursor"].(string)
			if !more {
				break
			}
			cursor = next
		}
		if len(seen) != 133 {
			t.Errorf("limit %d: %d issues seen, want 133", limit, len(seen))
		}
		for key, n := range seen {
			if n != 1 {
				t.Errorf("limit %d: %s was shown %d times", limit, key, n)
			}
		}
	}
	b.Refused("jira_search", `{"jql":"project = PAY","cursor":"nonsense"}`, "cursor", "omit it")
}

// TestSearchBudgetPagination checks that a page that was cut
// to the budget goes on where it was cut.
func TestSearchBudgetPagination(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	b.Tools.Runner.Budget = 3000
	seen := map[string]int{}
	cursor := ""
	for range 100 {
		text, out := b.Ok("jira_search", fmt.Sprintf(`{"jql":"project = PAY ORDER BY key","limit":100,"cursor":%q,"fields":["summary","description","Sprint"]}`, cursor))
		if n := len([]rune(text)); n > 3000 {
			t.Fatalf("%d characters over a budget of 3,000", n)
		}
		if n := len(toolstest.MustJSON(t, out)); n > 3300 {
			t.Fatalf("%d bytes of structured content", n)
		}
		for _, i := range out["issues"].([]any) {
			seen[i.(map[string]any)["key"].(string)]++
		}
		next, more := out["cursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	if len(seen) != 132 {
		t.Errorf("%d issues seen, want 132", len(seen))
	}
}

// TestSearchMistakesAreExplainedBeforeSending checks that mistakes in arguments
// and JQL are reported without a request.
func TestSearchMistakesAreExplainedBeforeSending(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	b.TakeRequests()
	for args, words := range map[string][]string{
		`{"jql":"project = "}`:                    {"character 11", "a value", "Nothing was sent"},
		`{"jql":"status = In Progress"}`:          {"reserved word needs quotes"},
		`{"jql":"order by created"}`:              {"has no restriction", "created >= -30d ORDER BY created"},
		`{"jql":"project = PAY","foo":1,"bar":2}`: {`unknown argument "bar"`, `unknown argument "foo"`, "jql (required)", "cursor"},
		`{"jql":5,"limit":"many"}`:                {`"jql" must be text, not a number`, `"limit" must be a number`},
		`{"jql":"project = PAY","limit":-1}`:      {"at least 1"},
		`{"jql":""}`:                              {`"jql" is missing`},
		`{}`:                                      {`"jql" is missing`},
		`[1]`:                                     {"must be an object, not a list"},
		`{"jql":"project = PAY","fields":7}`:      {`"fields" must be a list, not a number`},
	} {
		b.Refused("jira_search", args, words...)
	}
	if sent := b.TakeRequests(); len(sent) != 0 {
		t.Errorf("requests were sent: %v", sent)
	}
	b.Ok("jira_search", `{"jql":"project = PAY","limit":"2","cursor":null}`)
	if text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":["Stroy Points","status"]}`); !strings.Contains(text, "PAY-1 | In Progress") || !strings.Contains(text, `Left out: No field "Stroy Points". Did you mean "Story Points"`) {
		t.Errorf("an unknown column: %s", text)
	}
	b.Refused("jira_search", `{"jql":"project = SECRET"}`, "does not exist for the field 'project'")
	text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":["Sprint","updated","Severity"],"count":true}`)
	if !strings.Contains(text, "About 1 issues") || !strings.Contains(text, "PAY Sprint 14") || !strings.Contains(text, "+01:00") {
		t.Errorf("columns by name: %s", text)
	}
}

func TestReadOnlyOffersOnlyReads(t *testing.T) {
	b := toolstest.New(t, policy.Policy{ReadOnly: true})
	for _, tool := range b.Tools.Tools {
		if tool.Effect != kit.Read {
			t.Errorf("%s is offered", tool.Name)
		}
	}
	text, out := b.Ok("jira_whoami", `{}`)
	if !strings.Contains(text, "read-only") || !strings.Contains(text, "offered in part: ") || out["read_only"] != true {
		t.Errorf("whoami: %s", text)
	}
}

func TestTimesAreInTheUsersZone(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, out := b.Ok("jira_whoami", `{}`)
	if out["now"] != b.Clock.Now().In(time.FixedZone("", 3600)).Format("2006-01-02T15:04Z07:00") {
		t.Errorf("whoami: %s", text)
	}
}
