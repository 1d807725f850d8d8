package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// reportRun runs a report's tool, whether or not the settings offer it to
// assistants, and prints the results. The policy is read-only.
type reportRun struct {
	*app
	tool    kit.Tool
	options *reportOptions
	rows    string   // the list of the result that becomes CSV
	parts   []string // see reports
}

// print makes the calls and prints the results in the chosen format: several
// texts one below the other, several results as one JSON list, and the rows of
// several tables as one table, whose first column says which.
func (r *reportRun) print(ctx context.Context, calls []map[string]any) error {
	quiet := r.quiet()
	quiet.policy = func(config.Config) policy.Policy { return policy.Policy{ReadOnly: true, Toolsets: []string{"reports"}} }
	c, err := quiet.wire(ctx, r.options.sandbox, false)
	if err != nil {
		return err
	}
	defer c.stop()
	if r.options.isComplete() {
		c.server.Runner.Budget = fullBudget
	}
	advise := adviceForReport(r.tool)
	c.server.Runner.Hooks.Advice = func(_ context.Context, text string) string { return advise(text) }
	var results []*mcp.CallToolResult
	var failed error
	for _, args := range calls {
		res, err := r.call(ctx, c, args)
		if err != nil {
			return err
		}
		if res.IsError {
			text := resultText(res)
			if len(calls) > 1 {
				text = placeOf(args) + ": " + text
			}
			failed = errors.Join(failed, reportedError{errors.New(text)})
			if r.options.format == "json" && len(calls) == 1 {
				return r.app.print(res, true)
			}
			fmt.Fprintln(r.err, text)
		}
		results = append(results, res)
	}
	if err := r.printAll(calls, results); err != nil {
		return err
	}
	return failed
}

// call runs the tool, and shows progress on a terminal.
func (r *reportRun) call(ctx context.Context, c *program, args map[string]any) (*mcp.CallToolResult, error) {
	data, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.RawArguments = r.tool.Name, data
	bar := r.newProgressBar()
	defer bar.clear()
	ctx = kit.WithWatcher(kit.WithoutMarks(ctx), bar.show)
	if r.options.isComplete() {
		ctx = kit.WithStructured(ctx)
	}
	tool, ok := c.server.Tool(r.tool.Name)
	if !ok {
		return nil, fmt.Errorf("%s was not found", r.tool.Name)
	}
	return c.server.Runner.Call(ctx, tool, req), nil
}

// printAll prints the results that are no errors.
func (r *reportRun) printAll(calls []map[string]any, results []*mcp.CallToolResult) error {
	table := newTable(r.tool.OutputSchema(), r.rows, r.parts)
	if len(calls) > 1 {
		table.columns = append([]string{"of"}, table.columns...)
	}
	var list []any
	printed := 0
	for n, res := range results {
		if res.IsError {
			continue
		}
		switch r.options.format {
		case "json":
			list = append(list, res.StructuredContent)
		case "csv":
			fixed := map[string]string{}
			if len(calls) > 1 {
				fixed["of"] = quoteFormula(placeOf(calls[n]))
			}
			if err := table.addResult(res, fixed); err != nil {
				return err
			}
		default:
			text := r.text(res)
			if r.options.format == "markdown" {
				text = asMarkdown(text)
			}
			if printed++; printed > 1 {
				fmt.Fprintln(r.out)
			}
			fmt.Fprintln(r.out, strings.TrimRight(text, "\n"))
		}
		if err := r.writeCharts(res, r.options.chart); err != nil {
			return err
		}
	}
	switch {
	case r.options.format == "csv" && len(results) > 0 && !allFailed(results):
		return table.write(r.out)
	case r.options.format == "json" && len(calls) > 1:
		return writeJSON(r.out, list)
	case r.options.format == "json" && len(list) == 1:
		return writeJSON(r.out, list[0])
	}
	return nil
}

// text returns the text of a result, with flags in the one line that the tools
// write about their arguments. All other lines may have text from Jira.
func (r *reportRun) text(res *mcp.CallToolResult) string {
	lines := strings.Split(resultText(res), "\n")
	for n, line := range lines {
		if strings.HasPrefix(line, "More with ") {
			lines[n] = adviceForReport(r.tool)(line)
		}
	}
	return strings.Join(lines, "\n")
}

// allFailed reports whether every result is an error.
func allFailed(results []*mcp.CallToolResult) bool {
	for _, res := range results {
		if !res.IsError {
			return false
		}
	}
	return true
}

// placeOf returns the project or the board of a call.
func placeOf(args map[string]any) string {
	for _, name := range []string{"board", "project"} {
		if value, ok := args[name]; ok {
			return fmt.Sprint(value)
		}
	}
	return ""
}

// quiet returns an app whose log is set to warn unless the user chose a level:
// the result is what matters.
func (a *app) quiet() *app {
	quiet := *a
	quiet.lookup = func(name string) (string, bool) {
		if value, set := a.lookup(name); set || name != "JIRA_MCP_LOG_LEVEL" {
			return value, set
		}
		return "warn", true
	}
	return &quiet
}
