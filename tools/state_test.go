package tools_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestStateOutlivesServer checks that a server that is built again for the
// same user goes on with the state and the catalogue of the one before.
func TestStateOutlivesServer(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.State = tools.NewState(b.Clock.Now, 5)
	b.Catalog = tools.NewCatalog()
	b.Connect(toolstest.Everything, b.Sandbox)
	remove := `{"issue":"PAY-9"}`
	// Without a session, as over HTTP in protocol versions without sessions,
	// the caller's name is the same for both servers, and the code is sealed
	// over it.
	call := func(name, args string) (string, bool) {
		tool, _ := b.Tools.Tool(name)
		res := b.Tools.Runner.Call(t.Context(), tool, toolstest.CallRequest(tool.Name, args))
		return toolstest.ResultText(res), res.IsError
	}
	preview, _ := call("jira_delete_issue", remove)
	code := toolstest.ConfirmCode.FindStringSubmatch(preview)[1]
	create := `{"project":"PAY","type":"Task","summary":"Made before the change"}`
	first, _ := b.Ok("jira_create_issue", create)
	before := b.Tools

	b.Connect(toolstest.Everything, b.Sandbox)
	if b.Tools == before || b.Tools.Jira == before.Jira || b.Tools.MCP == before.MCP {
		t.Fatal("the server was not made again")
	}
	if &b.Tools.Tools[0].Spec == &before.Tools[0].Spec || string(b.Tools.Tools[0].InputSchema(nil)) != string(before.Tools[0].InputSchema(nil)) {
		t.Error("the catalogue is another")
	}
	if text, _ := b.Ok("jira_create_issue", create); !strings.Contains(text, "filed the same issue") && !strings.Contains(text, strings.Fields(first)[1]) {
		t.Errorf("a create that was made before is made again: %s", text)
	}
	if text, isError := call("jira_delete_issue", toolstest.WithCode(remove, code)); isError || !strings.Contains(text, "Deleted PAY-9") { // the code of the previous server
		t.Errorf("with the code: %s", text)
	}
	b.Connect(toolstest.Everything, b.Sandbox)
	if text, isError := call("jira_delete_issue", toolstest.WithCode(remove, code)); !isError && !strings.Contains(text, "The confirm code is not valid") {
		t.Errorf("a code was used twice: %s", text)
	}
	for n := range 6 { // the delete was the first of five writes
		text, isError := call("jira_add_comment", `{"issue":"PAY-2","body":"again"}`)
		if isError != (n >= 4) || isError && !strings.Contains(text, "at most 5 issues a minute") {
			t.Errorf("write %d: %s", n+2, text)
		}
		b.Connect(toolstest.Everything, b.Sandbox)
	}
}

// TestServersShareCatalogue checks that servers share the catalogue and nothing
// else: each has its own client and caches.
func TestServersShareCatalogue(t *testing.T) {
	all := tools.NewCatalog()
	one, two := toolstest.New(t, toolstest.Everything), toolstest.New(t, toolstest.Everything)
	for _, b := range []*toolstest.Server{one, two} {
		b.Catalog = all
		b.Connect(toolstest.Everything, b.Sandbox)
	}
	one.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Only here"}`)
	if text, _ := one.Ok("jira_search", `{"jql":"summary ~ \"Only here\""}`); !strings.Contains(text, "Only here") {
		t.Errorf("the first user: %s", text)
	}
	if text, _ := two.Ok("jira_search", `{"jql":"summary ~ \"Only here\""}`); strings.Contains(text, "Only here") {
		t.Errorf("the second user sees the first one's site: %s", text)
	}
}
