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

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
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
assistant would do, with the tools that an assistant gets by default. It ends by
itself.`,
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
	quiet.site, quiet.envFile, quiet.environ = "", "", nil
	quiet.lookup = func(name string) (string, bool) { return "warn", name == "JIRA_MCP_LOG_LEVEL" }
	bar := a.newProgressBar()
	bar.show(kit.Step{Message: "starting the embedded Jira"})
	c, err := quiet.wire(ctx, true, false)
	bar.clear()
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
	d := &demo{app: a, bold: a.coloured(a.out), bar: bar}
	defer d.bar.clear()
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
	bar    *progressBar

	scene, scenes int // the number of the present one, and of all
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
	fmt.Fprintf(d.out, "It gets %d tools, those of the default configuration.\n", len(list.Tools))
	return nil
}

// shownLines is how many lines of a result the demo shows.
const shownLines = 5

// shownWidth is the width to which it cuts arguments and lines.
const shownWidth = 150

// call makes one tool call and prints it with the first lines of its result.
func (d *demo) call(ctx context.Context, tool string, args map[string]any) (*mcp.CallToolResult, error) {
	if args == nil {
		args = map[string]any{}
	}
	data, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(d.out, "→ %s\n", shorten(tool+" "+string(data)))
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, args
	d.bar.show(kit.Step{Done: d.scene, Total: d.scenes, Message: tool})
	res, err := d.client.CallTool(ctx, req)
	d.bar.clear()
	if err != nil {
		return nil, err
	}
	lines := strings.Split(resultText(res), "\n")
	for _, line := range lines[:min(len(lines), shownLines)] {
		fmt.Fprintf(d.out, "  %s\n", shorten(strings.TrimRight(line, " ")))
	}
	if more := len(lines) - shownLines; more > 0 {
		fmt.Fprintf(d.out, "  … %d more lines\n", more)
	}
	return res, nil
}

// shorten returns a line of at most shownWidth characters.
func shorten(line string) string {
	if runes := []rune(line); len(runes) > shownWidth {
		return string(runes[:shownWidth-1]) + "…"
	}
	return line
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
	scenes := []struct {
		words string
		play  func(context.Context) error
	}{
		{"“Shoppers are charged twice when they go back from the bank's page. File it if nobody has.”", d.file},
		{"“Tell them that I can reproduce it, and start on it.”", d.comment},
		{"“It is fixed.” The transition to Done fails; the error names what is missing, and the next call succeeds.", d.finish},
		{"“How is the sprint going?” One call computes the figures and draws the chart.", d.sprint},
		{"“Which bugs are open, most urgent first?”", d.ask("jira_search", map[string]any{"jql": `project = PAY AND type = Bug AND statusCategory != Done ORDER BY priority`, "limit": 4})},
	}
	for n, scene := range scenes {
		d.scene, d.scenes = n, len(scenes)
		d.say("%s", scene.words)
		if err := scene.play(ctx); err != nil {
			return err
		}
	}
	return d.next()
}

// next prints how to go on, for the clients on this machine.
func (d *demo) next() error {
	d.say("That was the demo. JIRA_MCP_TOOLSETS=default,reports adds velocity, flow, forecasts and release reports. Next:")
	installed, others := d.clientStates()
	client := "CLIENT"
	if len(others) > 0 {
		client = strings.Join(others, " ")
	}
	step := "jira-mcp install " + client + " --sandbox"
	about := "try it in your own assistant, still without an account"
	if len(installed)+len(others) == 0 {
		step, about = "jira-mcp install --list", "the clients that install knows; add --sandbox to try it there without an account"
	}
	lines := [][2]string{{step, about}, {"jira-mcp login", "connect to your own Jira; it asks for an API token, and offers to install"}, {"jira-mcp doctor", "check everything"}}
	for _, line := range lines {
		if _, err := fmt.Fprintf(d.out, "  %-*s  %s\n", len(step), line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
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

// file looks for the bug, and creates it for the later scenes.
func (d *demo) file(ctx context.Context) error {
	if _, err := d.must(ctx, "jira_search", map[string]any{"jql": `project = PAY AND summary ~ "charged twice"`}); err != nil {
		return err
	}
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
