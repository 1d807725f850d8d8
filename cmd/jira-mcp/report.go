package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// reports are the commands below report. Each runs one tool and prints its
// result for people. The field rows names the list in the result that becomes
// CSV, and parts the lists inside a row whose elements become rows of their
// own.
var reports = []struct {
	name, tool, example, rows string
	parts                     []string
}{
	{"sprint", "jira_sprint_report", "--project PAY --chart burndown.png", "issues", nil},
	{"velocity", "jira_velocity", "--board 'PAY board' --sprints 6", "sprints", nil},
	{"flow", "jira_flow_report", "--jql 'project = PAY AND type = Bug' --from 2026-01-01", "done", nil},
	{"workload", "jira_workload", "--project PAY --csv", "people", nil},
	{"release", "jira_release_report", "--project PAY --version next", "at_risk", nil},
	{"notes", "jira_release_notes", "--project PAY --version 25.1 --json", "groups", []string{"issues"}},
	{"standup", "jira_standup", "--project PAY", "people", []string{"finished", "did", "in_progress", "blocked"}},
}

// fullBudget is the size in characters of a report for a pipeline, which must
// be complete. Reports for people are cut at [kit.DefaultBudget].
const fullBudget = 64 << 20

// reportOptions are the flags beside those for the tool's arguments.
type reportOptions struct {
	json, csv, sandbox bool
	chart              string // a PNG file, or ""
}

// reportCommand returns the command report. It adds the subcommands only if
// wanted, since building their flags from the tools' schemas takes time, and an
// assistant waits for the start.
func (a *app) reportCommand(wanted bool) *cobra.Command {
	parent := &cobra.Command{
		Use:   "report",
		Short: "Print a report: sprint, velocity, flow, workload, release, notes, standup",
		Long: `Print a report on the state of work, as an assistant would get it. --json and
--csv print all of it, for pipelines; --chart also draws it. The command only
reads, and stays within JIRA_MCP_PROJECTS.`,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // flags of a report that does not exist: the error names the report instead
		Example:            "  jira-mcp report sprint --project PAY --chart burndown.png\n  jira-mcp report flow --sandbox --project PAY",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("no report %q; see jira-mcp report --help", args[0])}
			}
			return usageError{errors.New("which report? Use sprint, velocity, flow, workload, release, notes or standup; for example: jira-mcp report sprint --project PAY")}
		},
	}
	if !wanted {
		return parent
	}
	all := tools.NewCatalog()
	for _, r := range reports {
		for _, tool := range all {
			if tool.Name == r.tool {
				parent.AddCommand(a.reportSubcommand(r.name, r.example, r.rows, r.parts, tool))
			}
		}
	}
	return parent
}

// reportSubcommand returns the command for one report. Its flags are the tool's
// arguments.
func (a *app) reportSubcommand(name, example, rows string, parts []string, tool kit.Tool) *cobra.Command {
	o := &reportOptions{}
	cmd := &cobra.Command{Use: name, Short: tool.Title, Long: firstSentence(tool.Description), Example: "  jira-mcp report " + name + " " + example, Args: noArgs}
	takes := argumentFlags(cmd.Flags(), tool)
	cmd.Flags().BoolVar(&o.json, "json", false, "print the complete report as JSON")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "print the report's table as CSV: "+rows)
	cmd.Flags().BoolVar(&o.sandbox, "sandbox", false, "report on the embedded Jira instead of a site")
	if takes["chart"] {
		cmd.Flags().StringVar(&o.chart, "chart", "", "also draw the report to this PNG file; a second picture goes to FILE-2.png")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case o.json && o.csv:
			return usageError{errors.New("--json or --csv, not both")}
		case o.chart != "" && !strings.EqualFold(filepath.Ext(o.chart), ".png"):
			return usageError{errors.New("--chart writes a PNG: name a file that ends with .png")}
		}
		args := map[string]any{}
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if given, ok := f.Value.(*argumentFlag); ok {
				args[given.name] = given.value
			}
		})
		if o.chart != "" {
			args["chart"] = true
		}
		res, err := a.runReport(cmd.Context(), tool.Name, args, o)
		if err != nil {
			return err
		}
		if o.csv && !res.IsError {
			err = a.writeCSV(res, tool.OutputSchema(), rows, parts)
		} else {
			err = a.print(res, o.json)
		}
		if err != nil {
			return err
		}
		return a.writeCharts(res, o.chart)
	}
	return cmd
}

// firstSentence returns the first sentence of a tool's description; the rest is
// for models.
func firstSentence(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".") + "."
}

// runReport calls a report's tool, whether or not the settings offer it to
// assistants, and shows progress on a terminal. The policy is read-only. The
// log is set to warn unless the user chose a level.
func (a *app) runReport(ctx context.Context, name string, args map[string]any, o *reportOptions) (*mcp.CallToolResult, error) {
	quiet := *a
	quiet.policy = func(config.Config) policy.Policy { return policy.Policy{ReadOnly: true, Toolsets: []string{"reports"}} }
	quiet.lookup = func(name string) (string, bool) {
		if value, set := a.lookup(name); set || name != "JIRA_MCP_LOG_LEVEL" {
			return value, set
		}
		return "warn", true
	}
	c, err := quiet.wire(ctx, o.sandbox, false)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	if o.json || o.csv {
		c.server.Runner.Budget = fullBudget
	}
	tool, ok := c.server.Tool(name)
	if !ok {
		return nil, fmt.Errorf("%s was not found", name)
	}
	data, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.RawArguments = name, data
	bar := a.newProgressBar()
	defer bar.clear()
	ctx = kit.WithWatcher(kit.WithoutMarks(ctx), bar.show)
	if o.json || o.csv {
		ctx = kit.WithStructured(ctx)
	}
	return c.server.Runner.Call(ctx, tool, req), nil
}

// writeCharts writes the pictures of a result: the first to file, the second to
// FILE-2.png, whose name it prints.
func (a *app) writeCharts(res *mcp.CallToolResult, file string) error {
	if file == "" || res.IsError {
		return nil
	}
	n := 0
	for _, content := range res.Content {
		pic, ok := content.(mcp.ImageContent)
		if !ok {
			continue
		}
		n++
		data, err := base64.StdEncoding.DecodeString(pic.Data)
		if err != nil {
			return err
		}
		to := file
		if ext := filepath.Ext(file); n > 1 {
			to = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(file, ext), n, ext)
		}
		if n > 1 {
			fmt.Fprintf(a.err, "the second picture is %s\n", to)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil { //nolint:gosec // a picture for others to see
			return err
		}
	}
	if n == 0 {
		return fmt.Errorf("nothing to draw; %s was not written", file)
	}
	return nil
}

// argumentFlag is the value of a flag that stands for a tool's argument. It
// implements pflag.Value.
type argumentFlag struct {
	name, kind string // the argument's name, and its type in the schema
	value      any    // nil if the flag was not given
}

// argumentFlags adds a flag for each argument of a tool, except chart, and
// returns the names of all arguments. An underscore in a name becomes a hyphen.
func argumentFlags(flags *pflag.FlagSet, tool kit.Tool) map[string]bool {
	var schema struct {
		Properties map[string]struct {
			Type, Description string
			Default           any
		}
		Required []string
	}
	takes := map[string]bool{}
	if json.Unmarshal(tool.InputSchema(nil), &schema) != nil {
		return takes
	}
	for name, p := range schema.Properties {
		takes[name] = true
		if name == "chart" {
			continue
		}
		usage := p.Description
		if p.Default != nil {
			usage = strings.TrimSpace(fmt.Sprintf("%s (default: %v)", usage, p.Default))
		}
		for _, r := range schema.Required {
			if r == name {
				usage = strings.TrimSpace(usage + " (required)")
			}
		}
		flags.Var(&argumentFlag{name: name, kind: p.Type}, strings.ReplaceAll(name, "_", "-"), usage)
	}
	return takes
}

// String implements pflag.Value.
func (v *argumentFlag) String() string {
	if v.value == nil {
		return ""
	}
	return fmt.Sprint(v.value)
}

// Set implements pflag.Value. The text of a number or boolean must be JSON of
// that type; any other text is taken as it is.
func (v *argumentFlag) Set(text string) error {
	v.value = text
	if v.kind == "integer" || v.kind == "number" || v.kind == "boolean" {
		if err := json.Unmarshal([]byte(text), &v.value); err != nil {
			return fmt.Errorf("%q is not a valid %s", text, v.kind)
		}
	}
	return nil
}

// Type implements pflag.Value.
func (v *argumentFlag) Type() string { return v.kind }
