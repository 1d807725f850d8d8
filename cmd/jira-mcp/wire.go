package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// program holds the parts that every command needs: configuration, logger,
// client and MCP server. serve adds a transport.
type program struct {
	config config.Config
	log    *slog.Logger
	client *jira.Client
	server *tools.Server
	stop   func() // ends the sandbox and closes the files, if there are any
}

// wire builds the program, from the configuration to the MCP server. It returns
// a usageError for a wrong configuration.
//
// With inSandbox the client uses an embedded Jira instead of a site. With
// offline it needs no credential, and no tool can be called: that is enough to
// list the tools.
func (a *app) wire(ctx context.Context, inSandbox, offline bool) (*program, error) {
	cfg, err := a.settings(ctx)
	policy := a.policy(cfg)
	if offline && a.missing != nil && !config.Restricts(err) {
		err = nil // the server says what is missing
	}
	switch {
	case err != nil || offline:
	case cfg.ActsAsCallers():
		err = errOnlyOverHTTP
	case cfg.PolicyFile != "":
		err = config.Problems{{Text: "JIRA_MCP_POLICY_FILE requires JIRA_MCP_IDENTITY=caller: its rules are about people, and this process has one Jira user", Restricts: true}}
	}
	if err == nil && !inSandbox && !offline {
		err = a.complete(&cfg)
	}
	around, fenceErr := cfg.Fence()                   // nil without projects in the settings
	if err = errors.Join(err, fenceErr); err != nil { // together with unknown tools, so that users see all problems at once
		_, unknown := policy.Check(a.catalog())
		return nil, usageError{errors.Join(err, unknown)}
	}
	c := &program{config: cfg, log: a.logger(cfg), stop: func() {}}
	options := a.clientOptions()
	options.Fence, options.Logger = around, c.log
	switch {
	case inSandbox:
		// The sandbox has fixed users and tokens, so that it needs no settings.
		var at string
		if at, c.stop, err = a.startSandbox(ctx); err != nil {
			return nil, err
		}
		options.Base = &url.URL{Scheme: "http", Host: at}
		options.Credential = credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}
	case offline:
		// The domain .invalid does not exist: nothing can be sent by mistake.
		options.Base = &url.URL{Scheme: "https", Host: "offline.invalid"}
		options.Credential = credential.Static{}
	default:
		if err = a.configureConnection(cfg, &options); err != nil {
			return nil, usageError{err}
		}
		if cfg.Email == "" && cfg.AuthMethod() == "auto" {
			c.log.WarnContext(ctx, "JIRA_EMAIL is not set; only a token of a service account works without it")
		}
	}
	if c.server, err = a.newServer(ctx, c, options, policy, offline); err != nil {
		c.stop()
		return nil, err
	}
	c.client = c.server.Jira
	// The server uses what c.stop closes, so it closes first.
	stop := c.stop
	c.stop = func() { c.server.Close(); stop() }
	return c, nil
}

// clientOptions returns what every client of Jira is made with.
func (a *app) clientOptions() jira.Options {
	return jira.Options{Auth: jira.AuthFixed, MaxWait: maxWait, Now: a.now, UserAgent: "jira-mcp/" + version(), Redact: a.redactErrors}
}

// errOnlyOverHTTP reports a command that needs a Jira user where each request has its
// own.
var errOnlyOverHTTP = config.Problems{{Text: "JIRA_MCP_IDENTITY=caller: this process has no Jira user of its own. Use serve --transport http or sse, where each request carries its sender's credential", Restricts: true}}

// newServer builds the MCP server for the one Jira user that this process acts
// as. It opens the audit file and the directory for attachments, and adds their
// closing to c.stop. Offline it opens neither.
func (a *app) newServer(ctx context.Context, c *program, client jira.Options, policy policy.Policy, offline bool) (*tools.Server, error) {
	shared, err := a.newShared(ctx, c, offline)
	if err != nil {
		return nil, err
	}
	s, err := tools.NewServer(shared.options(tools.Options{State: tools.NewState(a.now, c.config.Writes), Jira: client, Policy: policy, Redact: a.redactor.Text, Log: c.log,
		SkipPermissionProbe: offline || !c.config.Probe}))
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// shared is what the servers of all users of the process share, one user or many:
// descriptions, files and the clock, and nothing that belongs to a user.
type shared struct {
	a       *app
	config  config.Config
	catalog tools.Catalog
	audit   *tools.Audit
	files   *os.Root
	wrap    server.ToolHandlerMiddleware
}

// newShared opens what the servers of the process share, and adds its closing to
// c.stop. Offline it opens nothing.
func (a *app) newShared(ctx context.Context, c *program, offline bool) (*shared, error) {
	audit, err := a.newAudit(ctx, c, offline)
	if err != nil {
		return nil, err
	}
	files, err := openFiles(c, offline)
	if err != nil {
		return nil, err
	}
	held, restore := newMemory(a.now), &sync.Once{}
	return &shared{a: a, config: c.config, catalog: a.catalog(), audit: audit, files: files,
		wrap: func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
			return held.giveBackAfterCalls(restoreGCOnFirstCall(restore, httpserver.CancelWithStream(next)))
		}}, nil
}

// options adds what all servers share to the options of one user's server.
func (s *shared) options(o tools.Options) tools.Options {
	o.Catalog, o.Files, o.Calendar, o.Structured = s.catalog, s.files, s.config.Calendar(), o.Structured || s.config.Structured
	o.Now, o.Version, o.Audit, o.Missing = s.a.now, version(), s.audit, s.a.missing
	o.LimitLifetime, o.Wrap = httpserver.WithStream, s.wrap
	return o
}

// openFiles opens the directory for attachments, and adds its closing to c.stop.
// It returns nil if the settings name none, and offline.
func openFiles(c *program, offline bool) (*os.Root, error) {
	if c.config.FilesDir == "" || offline {
		return nil, nil
	}
	root, err := os.OpenRoot(c.config.FilesDir)
	if err != nil {
		return nil, usageError{fmt.Errorf("JIRA_MCP_FILES_DIR: %w", err)}
	}
	stop := c.stop
	c.stop = func() {
		stop()
		_ = root.Close() // nothing was written through it
	}
	return root, nil
}

// checkFiles returns an error if the audit file or the directory for attachments
// cannot be opened, or if audit lines would go among the messages of a server over
// stdio. All are restrictions.
func (a *app) checkFiles(ctx context.Context) error {
	cfg, err := a.settings(ctx)
	if config.Restricts(err) {
		return err
	}
	if cfg.AuditSink == "stdout" {
		return errStdoutIsMCP
	}
	c := &program{config: cfg, log: slog.New(slog.DiscardHandler), stop: func() {}}
	defer func() { c.stop() }()
	if _, err := a.newAudit(ctx, c, false); err != nil {
		return err
	}
	_, err = openFiles(c, false)
	return err
}

// sandboxGateway returns the address of the API gateway for a site; nil for
// Atlassian's. A site with http is a sandbox on this machine, which is its own
// gateway.
func sandboxGateway(site *url.URL) *url.URL {
	if site.Scheme == "http" {
		return &url.URL{Scheme: site.Scheme, Host: site.Host}
	}
	return nil
}

// maxWait is how long one call of the client waits for Jira in total, after
// rate limits and server errors. It is less than the half minute that
// assistants give a tool.
const maxWait = 15 * time.Second

// startGCPercent is the garbage collector's target (GOGC) during the start,
// twice the default. Nearly all that the start allocates stays in use, so that
// a collection would find nothing and cost a megabyte and half a millisecond.
// restoreGCOnFirstCall ends this.
const startGCPercent = 200

// restoreGCOnFirstCall is a middleware that sets GOGC to its default of 100 at
// the first call of a tool of any user, unless the environment sets GOGC.
func restoreGCOnFirstCall(once *sync.Once, next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		once.Do(func() {
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(100)
			}
		})
		return next(ctx, req)
	}
}
