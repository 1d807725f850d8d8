package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
)

func (a *app) toolsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tools",
		Short: "Print the tools that would be offered",
		Long:  "Print the tools that this configuration would offer. No credentials are needed.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.compose(cmd.Context(), false, true)
			if err != nil {
				return err
			}
			list := []mcp.Tool{}
			for _, t := range c.server.Tools {
				list = append(list, c.server.Runner.Describe(t))
			}
			if asJSON {
				return writeJSON(a.out, list)
			}
			for _, t := range c.server.Tools {
				fmt.Fprintf(a.out, "%s (%s)\n  %s\n  Arguments: %s\n\n", t.Name, t.Effect, t.Description, arguments(t.InputSchema(c.server.Runner.Allowed)))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as sent in tools/list")
	return cmd
}

// writeJSON writes JSON for people and machines: indented, as it is.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// arguments lists a schema's properties in order, required ones marked.
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
