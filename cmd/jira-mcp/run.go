package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserve"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the act failed: a tool error, an address in use …
	exitUsage  = 2 // wrong flags, arguments or settings
)

// stdio is the process's streams.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// app is what the commands share.
type app struct {
	stdio
	lookup func(string) (string, bool)
	now    func() time.Time
}

// usageError is a mistake in how the program was called or configured.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// quietError has been reported already.
type quietError struct{ error }

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, s stdio, lookup func(string) (string, bool)) int {
	a := &app{stdio: s, lookup: lookup, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var quiet quietError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &quiet):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "jira-mcp: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(s.err, "jira-mcp: %v\n", err)
	return exitFailed
}

func (a *app) root() *cobra.Command {
	o := &serveOptions{transport: "stdio"}
	root := &cobra.Command{
		Use:   "jira-mcp",
		Short: "Jira Cloud for AI assistants, over the Model Context Protocol",
		Long: `jira-mcp gives AI assistants Jira Cloud, over the Model Context Protocol.

Alone it serves stdio: this is what an assistant's configuration starts.
It reads its settings from the environment:`,
		Example: `  jira-mcp demo                                   see it work, no account needed
  JIRA_URL=example JIRA_EMAIL=… JIRA_API_TOKEN=… jira-mcp
  jira-mcp call jira_search '{"jql":"project = PAY"}' --sandbox`,
		Args:          noArgs,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	// Written when it is asked for: an assistant waits for the start.
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd == root {
			cmd.Long += "\n\n" + settingsHelp() + "\nExit status: 0 done, 1 failed, 2 wrong flags, arguments or settings."
		}
		help(cmd, args)
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(a.serveCommand(), a.toolsCommand(), a.callCommand(), a.adfCommand(), a.sandboxCommand(), a.demoCommand(), a.versionCommand())
	return root
}

// noArgs refuses arguments, with the right exit status.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return usageError{fmt.Errorf("%w; see jira-mcp --help", err)}
	}
	return nil
}

func settingsHelp() string {
	out := ""
	for _, s := range config.Settings() {
		out += fmt.Sprintf("  %-20s %s\n", s.Name, s.Doc)
	}
	return out
}

// logger writes to stderr; stdout is the protocol's.
func (a *app) logger(c config.Config) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.err, &slog.HandlerOptions{Level: c.Level()}))
	}
	return slog.New(tint.NewTextHandler(a.err, &tint.Options{Level: c.Level(), TimeFormat: time.TimeOnly, NoColor: !a.colours(a.err)}))
}

// colours reports whether a stream is a terminal that wants them.
func (a *app) colours(w io.Writer) bool {
	f, ok := w.(*os.File)
	if _, no := a.lookup("NO_COLOR"); !ok || no {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// composed is everything wired together: config → logger → jira.Client →
// tools. What is left is a transport.
type composed struct {
	config config.Config
	log    *slog.Logger
	server *tools.Server
	stop   func() // of the sandbox, if there is one
}

// compose wires the program. With offline, no credentials are needed and
// nothing can be called: enough to list the tools.
func (a *app) compose(ctx context.Context, inSandbox, offline bool) (*composed, error) {
	cfg, err := config.Load(ctx, a.lookup)
	policy := tools.Policy{ReadOnly: cfg.ReadOnly, Tools: cfg.ToolNames(), ToolsFrom: cfg.ToolsFrom(), Lenient: cfg.ToolsFrom() == "ENABLED_TOOLS"}
	if err == nil && !inSandbox && !offline {
		err = cfg.Credentials()
	}
	if err != nil { // with whatever else is wrong, so that one look is enough
		_, unknown := policy.Check(tools.Catalog(tools.Deps{}))
		return nil, usageError{errors.Join(err, unknown)}
	}
	c := &composed{config: cfg, log: a.logger(cfg), stop: func() {}}
	base, cred, auth := cfg.Base(), cfg.Credential(), jira.Auth(cfg.Way())
	switch {
	case inSandbox:
		var at string
		if at, c.stop, err = a.startSandbox(ctx); err != nil {
			return nil, err
		}
		base, cred = &url.URL{Scheme: "http", Host: at}, credential.Credential{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}
		auth = jira.AuthFixed
	case offline:
		base = &url.URL{Scheme: "https", Host: "offline.invalid"}
	}
	transport := jira.NewTransport()
	transport.Proxy = http.ProxyFromEnvironment
	client, err := jira.New(jira.Options{Base: base, Credential: credential.Static(cred), Auth: auth, CloudID: cfg.CloudID, Gateway: gateway(base), Transport: transport, Patience: patience, Logger: c.log, Now: a.now, UserAgent: "jira-mcp/" + version()})
	if err != nil {
		c.stop()
		return nil, err
	}
	deps := tools.Deps{Jira: client, Names: names.New(client, a.now), Now: a.now}
	c.server, err = tools.NewServer(tools.Options{Deps: deps, Policy: policy, Log: c.log, Version: version(), Wrap: func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return collectFromFirstCall(httpserve.CancelWithStream(next))
	}})
	if err != nil {
		c.stop()
		return nil, usageError{err}
	}
	return c, nil
}

// gateway is Atlassian's, but for the embedded site on this machine, which is
// its own.
func gateway(site *url.URL) *url.URL {
	if site.Scheme == "http" {
		return &url.URL{Scheme: site.Scheme, Host: site.Host}
	}
	return nil
}

// patience is how long a call waits in all where Jira limits the rate or is
// unwell: less than the half minute that assistants give a tool.
const patience = 15 * time.Second

// startGCPercent lets the start pass without a garbage collection: nearly all
// of what it allocates stays, so a collection finds nothing and costs a
// megabyte and half a millisecond. The usual setting returns with the first
// call.
const startGCPercent = 200

func collectFromFirstCall(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	var once sync.Once
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		once.Do(func() {
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(100)
			}
		})
		return next(ctx, req)
	}
}
