package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
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
	{"release", "jira_release_report", "--project PAY --version next", "issues", nil},
	{"notes", "jira_release_notes", "--project PAY --version 25.1 --json", "groups", []string{"issues"}},
	{"standup", "jira_standup", "--project PAY", "people", []string{"finished", "did", "in_progress", "blocked"}},
}

// fullBudget is the size in characters of a report for a pipeline, which must
// be complete. Reports for people are cut at [kit.DefaultBudget].
const fullBudget = 64 << 20

// reportOptions are the flags beside those for the tool's arguments.
type reportOptions struct {
	json, csv, sandbox bool
	format             string // text, markdown, json or csv
	chart              string // a PNG file, or ""
}

// formats are the values of --format.
var formats = []string{"text", "markdown", "json", "csv"}

// settle sets the format from --format and its short forms, and returns an error
// for two of them.
func (o *reportOptions) settle() error {
	var given []string
	if o.json {
		given = append(given, "json")
	}
	if o.csv {
		given = append(given, "csv")
	}
	if o.format != "" && !slices.Contains(given, o.format) {
		given = append(given, o.format)
	}
	switch {
	case len(given) > 1:
		return fmt.Errorf("the formats %s exclude each other; give one", strings.Join(given, " and "))
	case len(given) == 0:
		given = []string{"text"}
	}
	if o.format = given[0]; !slices.Contains(formats, o.format) {
		return fmt.Errorf("--format %s: must be %s", o.format, strings.Join(formats, ", "))
	}
	if o.chart != "" && !strings.EqualFold(filepath.Ext(o.chart), ".png") {
		return errors.New("--chart writes a PNG: name a file that ends with .png")
	}
	return nil
}

// isComplete reports whether the format is for programs, which get all of it.
func (o *reportOptions) isComplete() bool { return o.format == "json" || o.format == "csv" }

// reportCommand returns the command report. It adds the subcommands only if
// wanted, since building their flags from the tools' schemas takes time, and an
// assistant waits for the start.
func (a *app) reportCommand(wanted bool) *cobra.Command {
	parent := &cobra.Command{
		Use:   "report",
		Short: "Print a report: sprint, velocity, flow, workload, release, notes, standup",
		Long: `Print a report on the state of work, as an assistant would get it. The formats
json and csv have all of it, for pipelines; --chart also draws it. With several
--project or --board there is one report for each. The command only reads, and
stays within JIRA_MCP_PROJECTS.`,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // flags of a report that does not exist: the error names the report instead
		Example:            "  jira-mcp report sprint --project PAY --chart burndown.png\n  jira-mcp report velocity --board 'PAY board' --board 'OPS board' --format csv\n  jira-mcp report flow --sandbox --project PAY",
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
	all := a.catalog()
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
	cmd.Flags().StringVar(&o.format, "format", "", "text (the default), markdown, json, or csv: the rows of "+rows)
	cmd.Flags().BoolVar(&o.json, "json", false, "same as --format json")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "same as --format csv")
	cmd.Flags().BoolVar(&o.sandbox, "sandbox", false, "report on the embedded Jira instead of a site")
	if takes["chart"] {
		cmd.Flags().StringVar(&o.chart, "chart", "", "also draw the report to this PNG file; a second picture goes to FILE-2.png")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.settle(); err != nil {
			return usageError{err}
		}
		calls, err := reportCalls(cmd.Flags(), o)
		if err != nil {
			return usageError{err}
		}
		run := &reportRun{app: a, tool: tool, options: o, rows: rows, parts: parts}
		return run.print(cmd.Context(), calls)
	}
	return cmd
}

// reportCalls returns the arguments of the calls that the flags ask for: one
// call, or one for each --project and --board if there are several.
func reportCalls(flags *pflag.FlagSet, o *reportOptions) ([]map[string]any, error) {
	args := map[string]any{}
	places := map[string][]any{} // the values of --project and --board
	flags.Visit(func(f *pflag.Flag) {
		if given, ok := f.Value.(*argumentFlag); ok {
			args[given.name] = given.value
			places[given.name] = given.all
		}
	})
	if o.chart != "" {
		args["chart"] = true
	}
	if len(places["project"]) <= 1 && len(places["board"]) <= 1 {
		return []map[string]any{args}, nil
	}
	if o.chart != "" {
		return nil, errors.New("--chart draws one report; give one --project or --board")
	}
	var calls []map[string]any
	for _, name := range []string{"project", "board"} {
		for _, value := range places[name] {
			call := maps.Clone(args)
			delete(call, "project")
			delete(call, "board")
			call[name] = value
			calls = append(calls, call)
		}
	}
	return calls, nil
}

// firstSentence returns the first sentence of a tool's description; the rest is
// for models.
func firstSentence(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".") + "."
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
	value      any    // the last one; nil if the flag was not given
	all        []any
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
	defer func() { v.all = append(v.all, v.value) }()
	if v.kind == "integer" || v.kind == "number" || v.kind == "boolean" {
		if err := json.Unmarshal([]byte(text), &v.value); err != nil {
			return fmt.Errorf("%q is not a valid %s", text, v.kind)
		}
	}
	return nil
}

// Type implements pflag.Value.
func (v *argumentFlag) Type() string { return v.kind }
