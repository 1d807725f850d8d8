package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// maxArguments bounds the arguments that are read from standard input.
const maxArguments = 4 << 20

// callCommand returns the command call, which runs one tool without a client. A
// tool that needs confirmation fails unless --yes is given.
func (a *app) callCommand() *cobra.Command {
	var asJSON, inSandbox, yes bool
	cmd := &cobra.Command{
		Use:   "call TOOL [JSON|-]",
		Short: "Run one tool and print its result",
		Long: `Run one tool, as an assistant would, and print its text or, with --json, its
structured result. Arguments are a JSON object, or - to read them from standard
input. Every tool that the settings allow can be called, also one that they do not
offer to assistants. The exit status is 1 if the tool reports an error. An action that needs
confirmation fails and describes what it would do; --yes confirms it.`,
		Example: `  jira-mcp call jira_whoami
  jira-mcp call jira_search '{"jql":"project = PAY AND status = Done","limit":5}' --json
  jira-mcp call jira_get_issue '{"issues":["PAY-1"]}' --sandbox`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.RangeArgs(1, 2)(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; for example: jira-mcp call jira_whoami", err)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			input, err := a.arguments(args[1:])
			if err != nil {
				return usageError{err}
			}
			quiet := a.quiet()
			quiet.policy = func(cfg config.Config) policy.Policy { return a.policy(cfg).ForPeople() }
			c, err := quiet.wire(cmd.Context(), inSandbox, false)
			if err != nil {
				return err
			}
			defer c.stop()
			tool, ok := c.server.Tool(args[0])
			if !ok {
				return usageError{a.whyNot(args[0], c)}
			}
			if why := a.policy(c.config).WithheldReason(tool.Spec); why != "" {
				fmt.Fprintf(a.err, "%s is not offered to assistants: %s.\n", tool.Name, why)
			}
			c.server.Runner.Hooks.Advice = func(_ context.Context, text string) string { return adviceForCall(text) }
			req := mcp.CallToolRequest{}
			req.Params.Name, req.Params.RawArguments = tool.Name, input
			ctx := kit.WithConfirmation(cmd.Context(), "To do it, repeat the command with --yes.")
			if yes {
				ctx = kit.WithConfirmed(ctx)
			}
			switch {
			case asJSON:
				ctx = kit.WithStructured(ctx)
			case a.stdoutIsTTY:
				ctx = kit.WithoutMarks(ctx)
			}
			return a.print(c.server.Runner.Call(ctx, tool, req), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the structured result")
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm an action that needs confirmation, such as a delete")
	cmd.Flags().BoolVar(&inSandbox, "sandbox", false, "call the embedded Jira instead of a site")
	return cmd
}

// whyNot returns why a tool cannot be called: the settings forbid it, or there is
// none with that name.
func (a *app) whyNot(name string, c *program) error {
	var all []string
	for _, t := range a.catalog() {
		if t.Name == name {
			return fmt.Errorf("%s is not allowed: %s", t.Name, a.policy(c.config).ForPeople().WithheldReason(t.Spec))
		}
		if _, ok := c.server.Tool(t.Name); ok {
			all = append(all, t.Name)
		}
	}
	if near := names.Nearest(name, all); near != "" {
		return fmt.Errorf("no tool %q; did you mean %s?", name, near)
	}
	return fmt.Errorf("no tool %q; the tools are: %s", name, strings.Join(all, ", "))
}

// arguments returns the tool's arguments: nil, the JSON argument, or standard input
// for "-".
func (a *app) arguments(args []string) (json.RawMessage, error) {
	if len(args) == 0 {
		return nil, nil
	}
	text := []byte(args[0])
	if args[0] == "-" {
		var err error
		if text, err = io.ReadAll(io.LimitReader(a.input("the arguments as JSON"), maxArguments)); err != nil {
			return nil, err
		}
	}
	if !json.Valid(text) {
		return nil, errors.New(`the arguments are not JSON; write for example '{"jql":"project = PAY"}'`)
	}
	return text, nil
}

// print writes a result to stdout, or a tool error's text to stderr. A tool
// error is returned as a reportedError. With asJSON both go to stdout, an error
// as {"error": "…"}.
func (a *app) print(res *mcp.CallToolResult, asJSON bool) error {
	text := resultText(res)
	switch {
	case asJSON && res.IsError:
		if err := writeJSON(a.out, map[string]string{"error": text}); err != nil {
			return err
		}
	case asJSON:
		return writeJSON(a.out, res.StructuredContent)
	case !res.IsError:
		_, err := fmt.Fprintln(a.out, text)
		return err
	}
	if !asJSON {
		fmt.Fprintln(a.err, text)
	}
	return reportedError{errors.New(text)}
}

// resultText returns the text parts of a result, joined by newlines.
func resultText(res *mcp.CallToolResult) string {
	var out []string
	for _, c := range res.Content {
		if t, ok := c.(mcp.TextContent); ok {
			out = append(out, t.Text)
		}
	}
	return strings.Join(out, "\n")
}
