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

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/auditfile"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// program is everything wired together: config → logger → jira.Client →
// tools. What is left is a transport.
type program struct {
	config config.Config
	log    *slog.Logger
	client *jira.Client
	server *tools.Server
	stop   func() // of the sandbox and the audit file, if there are any
}

// wire wires the program. With offline, no credentials are needed and
// nothing can be called: enough to list the tools.
func (a *app) wire(ctx context.Context, inSandbox, offline bool) (*program, error) {
	cfg, err := a.settings(ctx)
	policy := a.policy(cfg)
	if err == nil && !inSandbox && !offline {
		err = a.complete(&cfg)
	}
	if err != nil { // with whatever else is wrong, so that one look is enough
		_, unknown := policy.Check(tools.NewCatalog())
		return nil, usageError{errors.Join(err, unknown)}
	}
	c := &program{config: cfg, log: a.logger(cfg), stop: func() {}}
	around, err := cfg.Fence()
	if err != nil {
		return nil, usageError{err}
	}
	options := jira.Options{Fence: around, Auth: jira.AuthFixed, MaxWait: maxWait, Logger: c.log, Now: a.now, UserAgent: "jira-mcp/" + version(), Redact: a.redactErrors}
	switch {
	case inSandbox:
		var at string
		if at, c.stop, err = a.startSandbox(ctx); err != nil {
			return nil, err
		}
		options.Base = &url.URL{Scheme: "http", Host: at}
		options.Credential = credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}
	case offline:
		options.Base = &url.URL{Scheme: "https", Host: "offline.invalid"}
		options.Credential = credential.Static{}
	default:
		if err = a.configureConnection(cfg, &options); err != nil {
			return nil, usageError{err}
		}
	}
	if c.server, err = a.server(c, options, policy, offline); err != nil {
		c.stop()
		return nil, err
	}
	c.client = c.server.Jira
	stop := c.stop
	c.stop = func() { c.server.Close(); stop() }
	return c, nil
}

// server makes the server of the one Jira user whom this process acts as.
func (a *app) server(c *program, client jira.Options, policy policy.Policy, offline bool) (*tools.Server, error) {
	audit := &tools.Audit{Log: c.log, Arguments: c.config.AuditArgs, Process: fmt.Sprintf("%s-%d", a.now().UTC().Format("20060102T150405"), os.Getpid())}
	if c.config.AuditFile != "" && !offline {
		file, err := auditfile.Open(c.config.AuditFile, int64(c.config.AuditSize)<<20)
		if err != nil {
			return nil, usageError{fmt.Errorf("JIRA_MCP_AUDIT_FILE: %w", err)}
		}
		stop := c.stop
		c.stop = func() {
			stop()
			if err := file.Close(); err != nil {
				c.log.Error("closing the audit file", "error", err)
			}
		}
		audit.File = a.redacting(file)
	}
	var files *os.Root
	if c.config.FilesDir != "" && !offline {
		root, err := os.OpenRoot(c.config.FilesDir)
		if err != nil {
			return nil, usageError{fmt.Errorf("JIRA_MCP_FILES_DIR: %w", err)}
		}
		files = root
		stop := c.stop
		c.stop = func() {
			stop()
			_ = root.Close() // nothing was written
		}
	}
	s, err := tools.NewServer(tools.Options{
		Catalog: tools.NewCatalog(), State: tools.NewState(a.now, c.config.Writes), Jira: client, Policy: policy,
		Files: files, Calendar: c.config.Calendar(), Redact: a.redactor.Text, Log: c.log, Now: a.now, Version: version(), Audit: audit,
		NoProbe: offline || !c.config.Probe, Life: httpserver.WithStream,
		Wrap: func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
			return collectFromFirstCall(httpserver.CancelWithStream(next))
		},
	})
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// gateway is Atlassian's, but for the embedded site on this machine, which is
// its own.
func gateway(site *url.URL) *url.URL {
	if site.Scheme == "http" {
		return &url.URL{Scheme: site.Scheme, Host: site.Host}
	}
	return nil
}

// maxWait is how long a call waits in all where Jira limits the rate or is
// unwell: less than the half minute that assistants give a tool.
const maxWait = 15 * time.Second

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
