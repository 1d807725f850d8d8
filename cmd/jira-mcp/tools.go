package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
)

// probeTimeout bounds the time for asking Jira what the user may do, when the
// tools are printed.
const probeTimeout = 5 * time.Second

// toolsReport is the output of jira-mcp tools --json.
type toolsReport struct {
	Tools    []mcp.Tool `json:"tools"` // as sent in tools/list
	Withheld []withheld `json:"withheld"`
}

// withheld is a tool that is not offered, and the reason.
type withheld struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// toolsCommand returns the command tools.
func (a *app) toolsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tools",
		Short: "Print the tools that would be offered",
		Long: `Print the tools that this configuration would offer, and the withheld tools with
the reasons. No credentials are required; if there are any, the user's
permissions in Jira are checked, as for an assistant (not with
JIRA_MCP_PROBE=false).`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// No audit file is opened, since this command makes no tool call.
			looking := *a
			looking.lookup = func(name string) (string, bool) {
				if name == "JIRA_MCP_AUDIT_FILE" {
					return "", false
				}
				return a.lookup(name)
			}
			c, err := looking.wire(cmd.Context(), false, !a.canProbePermissions(cmd.Context()))
			if err != nil {
				return err
			}
			defer c.stop()
			report := a.toolsReport(cmd.Context(), c)
			if asJSON {
				return writeJSON(a.out, report)
			}
			for _, t := range report.Tools {
				tool, _ := c.server.Tool(t.Name)
				fmt.Fprintf(a.out, "%s (%s)\n  %s\n  Arguments: %s\n\n", t.Name, tool.Effect, t.Description, arguments(t.RawInputSchema))
			}
			if f := c.client.Fence(); f != nil {
				fmt.Fprintf(a.out, "confined to the projects %s; may write in %s\n", strings.Join(f.Projects(), ", "), strings.Join(f.Writable(), ", "))
			}
			for _, w := range report.Withheld {
				fmt.Fprintf(a.out, "not offered: %s, since %s\n", w.Name, w.Why)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: the tools as in tools/list, and the withheld ones")
	return cmd
}

// canProbePermissions reports whether the settings contain a credential and
// allow the program to look up the user's permissions. It ignores errors in the
// settings: the commands that need a credential report them.
func (a *app) canProbePermissions(ctx context.Context) bool {
	cfg, err := a.settings(ctx)
	return err == nil && cfg.Probe && a.complete(&cfg) == nil
}

// toolsReport returns the tools that the server would offer, and those that it
// withholds: by the settings, or since the user lacks the permission in every
// project. If Jira cannot be asked, the settings alone decide.
func (a *app) toolsReport(ctx context.Context, c *program) toolsReport {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	unusable, err := c.server.Unavailable(ctx)
	if err != nil {
		c.log.WarnContext(ctx, "could not check the user's permissions; listing all tools that the settings allow", "error", err)
	}
	report := toolsReport{Tools: []mcp.Tool{}, Withheld: []withheld{}}
	policy := policyOf(c.config)
	for _, t := range a.catalog() {
		why := policy.WithheldReason(t.Spec)
		if why == "" {
			why = unusable[t.Name]
		}
		if why != "" {
			report.Withheld = append(report.Withheld, withheld{t.Name, why})
			continue
		}
		report.Tools = append(report.Tools, c.server.Runner.ListedTool(ctx, t))
	}
	return report
}

// writeJSON writes JSON that people can read as well: indented, and without
// escaping <, > and &.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// arguments lists the properties of a schema in their order, and marks required
// ones with an asterisk: "jql*, limit, fields". It reads tokens, since decoding
// into a map would lose the order.
func arguments(schema json.RawMessage) string {
	var s struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return ""
	}
	dec := json.NewDecoder(strings.NewReader(string(s.Properties)))
	_, _ = dec.Token()
	var out []string
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			break
		}
		text := fmt.Sprint(name)
		for _, r := range s.Required {
			if r == text {
				text += "*"
				break
			}
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}
