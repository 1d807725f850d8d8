package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// TestCSVIsInert checks that a spreadsheet runs no text as a formula, that
// numbers stay numbers, that rows with fewer members have empty cells, and that
// the columns are in the schema's order.
func TestCSVIsInert(t *testing.T) {
	var out strings.Builder
	res := &mcp.CallToolResult{StructuredContent: json.RawMessage(`{"list":[{"key":"A-1","summary":"=HYPERLINK(\"x\");=1","points":-2.5,"tags":["@a","b"],"in":{"n":1}},{"key":"A-2","late":true,"none":null}]}`)}
	table := newTable(json.RawMessage(`{"properties":{"list":{"items":{"properties":{"key":{},"late":{},"in":{"properties":{"n":{}}}}}}}}`), "list", nil)
	if err := errors.Join(table.addResult(res, nil), table.write(&out)); err != nil {
		t.Fatal(err)
	}
	want := "key,late,in.n,summary,points,tags,none\n\"A-1\",,1,\"'=HYPERLINK(\"\"x\"\");=1\",-2.5,\"'@a; b\",\n\"A-2\",true,,,,,\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

// TestBarsAreForTerminals checks that a progress bar appears on a terminal
// only, and leaves nothing behind.
func TestBarsAreForTerminals(t *testing.T) {
	var out strings.Builder
	b := &progressBar{app: &app{stdio: stdio{err: &out}}}
	b.show(kit.Step{Message: "x"})
	b.clear()
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
	b.on = true
	b.show(kit.Step{Message: "reading, 5 of 10", Done: 5, Total: 10})
	b.clear()
	if got := out.String(); !strings.Contains(got, "[############............] reading, 5 of 10") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("%q", got)
	}
}

// TestEveryCSVHasAHeader checks that the schema of each report gives the columns
// of its table, so that a report without rows has them too.
func TestEveryCSVHasAHeader(t *testing.T) {
	for _, r := range reports {
		for _, tool := range tools.NewCatalog() {
			if tool.Name == r.tool && len(newTable(tool.OutputSchema(), r.rows, r.parts).columns) < 2 {
				t.Errorf("%s has no columns for %s", r.name, r.rows)
			}
		}
	}
}
