package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// demoTimeout bounds the demo, whatever happens.
const demoTimeout = 60 * time.Second

// demoCommand returns the command demo.
func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Try it: an embedded Jira, a real MCP client, one bug from report to done",
		Long: `See it work, with no account and no settings: this starts the embedded Jira,
serves MCP over HTTP on this machine, connects a client, and does what an
assistant would do. It ends by itself.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), demoTimeout)
			defer cancel()
			return a.demo(ctx)
		},
	}
}

// demo serves the embedded Jira over streamable HTTP on a free port, connects a
// client, plays the scenes and ends the server. The environment's settings are
// ignored, so that the demo is always the same.
func (a *app) demo(ctx context.Context) error {
	// The demo is the same whatever is set in the environment.
	quiet := *a
	quiet.site, quiet.envFile = "", ""
	quiet.lookup = func(name string) (string, bool) { return "warn", name == "JIRA_MCP_LOG_LEVEL" }
	quiet.policy = func(config.Config) policy.Policy { return policy.Policy{Toolsets: []string{"default", "reports"}} }
	c, err := quiet.wire(ctx, true, false)
	if err != nil {
		return err
	}
	defer c.stop()
	c.server.Runner.Structured = true // the later scenes need the key of the new issue
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() {
		served <- httpserver.Serve(serving, c.server.MCP, httpserver.Options{Transport: "http", Listen: "127.0.0.1:0", Log: c.log, Ready: func(u string) { ready <- u }})
	}()
	var url string
	select {
	case url = <-ready:
	case err := <-served:
		return err
	}
	d := &demo{app: a, bold: a.coloured(a.out)}
	if err := d.connect(ctx, url); err != nil {
		return err
	}
	err = d.play(ctx)
	_ = d.client.Close()
	stop()
	if serveErr := <-served; err == nil {
		err = serveErr
	}
	return err
}

// demo is the client's side. It makes the calls that an assistant would make,
// and prints both the calls and the results.
type demo struct {
	*app
	client *client.Client
	bold   bool   // stdout shows colours
	key    string // the key of the bug that was created
}

// say prints a headline.
func (d *demo) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if d.bold {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	fmt.Fprintf(d.out, "\n%s\n", text)
}

// connect opens an MCP session and prints the tools that the server offers.
func (d *demo) connect(ctx context.Context, url string) (err error) {
	d.say("An assistant connects to jira-mcp at %s, which uses an embedded Jira Cloud site.", url)
	if d.client, err = client.NewStreamableHttpClient(url); err != nil {
		return err
	}
	if err := d.client.Start(ctx); err != nil {
		return err
	}
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	init.Params.ClientInfo = mcp.Implementation{Name: "jira-mcp demo", Version: version()}
	if _, err := d.client.Initialize(ctx, init); err != nil {
		return err
	}
	list, err := d.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return err
	}
	var names []string
	for _, t := range list.Tools {
		names = append(names, t.Name)
	}
	fmt.Fprintf(d.out, "The server offers %d tools: %s\n", len(names), strings.Join(names, ", "))
	return nil
}

// call makes one tool call and prints it with the first 24 lines of its result.
func (d *demo) call(ctx context.Context, tool string, args map[string]any) (*mcp.CallToolResult, error) {
	if args == nil {
		args = map[string]any{}
	}
	data, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(d.out, "→ %s %s\n", tool, data)
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, args
	res, err := d.client.CallTool(ctx, req)
	if err != nil {
		return nil, err
	}
	text := resultText(res)
	if lines := strings.Split(text, "\n"); len(lines) > 24 {
		text = strings.Join(lines[:24], "\n") + fmt.Sprintf("\n… %d more lines", len(lines)-24)
	}
	for line := range strings.Lines(text) {
		fmt.Fprintf(d.out, "  %s\n", strings.TrimRight(line, "\n"))
	}
	return res, nil
}

// must is call, but a tool error is an error.
func (d *demo) must(ctx context.Context, tool string, args map[string]any) (*mcp.CallToolResult, error) {
	res, err := d.call(ctx, tool, args)
	if err == nil && res.IsError {
		err = fmt.Errorf("%s failed: %s", tool, resultText(res))
	}
	return res, err
}

// play runs the scenes in order, and then prints how to go on.
func (d *demo) play(ctx context.Context) error {
	for _, scene := range []struct {
		words string
		play  func(context.Context) error
	}{
		{"“Which Jira is this, and who am I?”", d.ask("jira_whoami", nil)},
		{"“Shoppers are charged twice when they go back from the bank's page. File it if nobody has.”", d.ask("jira_search",
			map[string]any{"jql": `project = PAY AND summary ~ "charged twice"`, "limit": 5})},
		{"Nothing yet. The assistant files the bug, in Markdown, with names instead of ids.", d.file},
		{"The bug is found at once, although Jira's search shows new issues only after a few seconds.", d.ask("jira_search",
			map[string]any{"jql": `project = PAY AND summary ~ "charged twice"`})},
		{"“Tell them that I can reproduce it, and start on it.”", d.comment},
		{"The transition to Done fails; the error names what is missing, and the next call succeeds.", d.finish},
		{"“How is the sprint going?” One call computes the numbers and draws the chart.", d.sprint},
		{"“How much do we usually get done?”", d.ask("jira_velocity", map[string]any{"project": "PAY"})},
		{"“And when will the open bugs be done?”", d.ask("jira_flow_report", map[string]any{"jql": "project = PAY AND type = Bug"})},
		{"“And our bug?”", func(ctx context.Context) error {
			_, err := d.must(ctx, "jira_get_issue", map[string]any{"issues": []string{d.key}})
			return err
		}},
	} {
		d.say("%s", scene.words)
		if err := scene.play(ctx); err != nil {
			return err
		}
	}
	d.say("That was the demo. To connect an assistant to your own Jira:")
	_, err := fmt.Fprint(d.out, "  1. Make an API token: "+credential.TokenPage+`
  2. Store it in the system's keyring with jira-mcp login; jira-mcp doctor checks everything.
  3. Configure your assistant to start jira-mcp; for Claude Code:
     claude mcp add -s user jira -- jira-mcp
     Add -e JIRA_MCP_READ_ONLY=true before the -- to make it read-only.
Other assistants: `+clientsPage+`
jira-mcp --help lists the settings.
`)
	return err
}

// ask returns a scene of one call that must succeed.
func (d *demo) ask(tool string, args map[string]any) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := d.must(ctx, tool, args)
		return err
	}
}

// sprint shows the sprint report, and writes its chart to a temporary file.
func (d *demo) sprint(ctx context.Context) error {
	res, err := d.must(ctx, "jira_sprint_report", map[string]any{"project": "PAY", "chart": true})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "jira-mcp-burndown-*.png")
	if err != nil {
		return err
	}
	if err := errors.Join(file.Close(), d.writeCharts(res, file.Name())); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "  [burndown chart: %s]\n", file.Name())
	return err
}

// file creates the bug that the later scenes work on.
func (d *demo) file(ctx context.Context) error {
	res, err := d.must(ctx, "jira_create_issue", map[string]any{
		"project": "PAY", "type": "Bug", "summary": "Shoppers are charged twice after going back from the bank page", "priority": "High", "assignee": "me",
		"components": []string{"Checkout"}, "labels": []string{"double-charge"},
		"description": "Since this morning some shoppers are **charged twice**.\n\n1. Pay by card and approve at the bank\n2. Press *Back*, then **Continue**\n\n| attempts | charges |\n|---|---|\n| 1 | 2 |",
		"fields":      []map[string]string{{"name": "Severity", "value": "Critical"}, {"name": "Story Points", "value": "3"}},
	})
	if err != nil {
		return err
	}
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return err
	}
	var out struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return err
	}
	d.key = out.Key
	return nil
}

// comment adds a comment and starts the work on the bug.
func (d *demo) comment(ctx context.Context) error {
	if _, err := d.must(ctx, "jira_add_comment", map[string]any{"issue": d.key, "body": "I can reproduce it: the callback runs **again** on *Back*, and `charge()` is not idempotent."}); err != nil {
		return err
	}
	_, err := d.must(ctx, "jira_transition_issue", map[string]any{"issue": d.key, "to": "In Progress"})
	return err
}

// finish shows a transition that fails, since something that the workflow
// requires is missing, and then one that follows the error's advice.
func (d *demo) finish(ctx context.Context) error {
	if _, err := d.call(ctx, "jira_transition_issue", map[string]any{"issue": d.key, "to": "Done"}); err != nil {
		return err
	}
	_, err := d.must(ctx, "jira_transition_issue", map[string]any{"issue": d.key, "to": "Done", "resolution": "Done", "comment": "Fixed: the charge carries an idempotency key now."})
	return err
}
