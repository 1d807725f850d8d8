package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/reload"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/stdioserver"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// serveOptions holds the flags of the command serve.
type serveOptions struct {
	transport string // stdio, http or sse
	sandbox   bool   // use the embedded Jira instead of a site
	// structured sends structured content to every client: see
	// config.Config.Structured.
	structured bool
	http       httpserver.Options
	strict     bool // end at once if the settings are wrong, over stdio as well
	isUnusable bool // the flags are wrong, so that no server can be built
	// trustedProxies are addresses and networks: see httpserver.TrustedProxies.
	trustedProxies []string
}

// serveCommand returns the command serve. The root command without arguments
// does the same as serve without flags.
func (a *app) serveCommand() *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve MCP over stdio, streamable HTTP or SSE",
		Long: `Serve MCP over stdio (the default), streamable HTTP (at /mcp) or SSE (at /sse).

Over stdio, wrong or missing settings do not end the process unless standard
input is a terminal: the server explains to the client what is missing, offers
nothing that a broken restriction might forbid, and works from the next call
after a login on. At the end of the input the exit status is then 2. With --strict it
ends at once, as over HTTP.

Over HTTP, /healthz answers ok while the process runs, and /readyz answers ok while
Jira answers too; the server asks Jira at most every 30 seconds. On an address other
than loopback, the server requires --auth-token-file (unless
JIRA_MCP_IDENTITY=caller), and either TLS or --behind-proxy if a proxy in front
terminates TLS.

With JIRA_MCP_IDENTITY=caller each request acts as its sender and carries the
sender's Jira credential in X-Jira-Authorization: Basic, or, if --auth-token-file is
not set, in Authorization: Basic.`,
		Example: `  jira-mcp serve --transport http --listen 127.0.0.1:8080
  jira-mcp serve --transport http --listen :8443 --auth-token-file token --tls-cert cert.pem --tls-key key.pem`,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := noArgs(cmd, args)
			switch {
			case err != nil:
			case o.transport == "stdio" && cmd.Flags().Changed("listen"):
				err = usageError{errors.New("--listen requires --transport http or sse")}
			case o.transport != "stdio" && o.transport != "http" && o.transport != "sse":
				err = usageError{fmt.Errorf("--transport %s: must be stdio, http or sse", o.transport)}
			default:
				return a.serve(cmd.Context(), o)
			}
			o.isUnusable = true
			return a.explain(cmd.Context(), o, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.transport, "transport", "stdio", "stdio, http or sse")
	f.StringVar(&o.http.Listen, "listen", "127.0.0.1:8080", "address to listen on, for http and sse")
	f.BoolVar(&o.sandbox, "sandbox", false, "serve the embedded Jira instead of a site")
	f.BoolVar(&o.strict, "strict", false, "end at once if the settings are wrong, over stdio as well")
	f.BoolVar(&o.structured, "structured", false, "send structured content and output schemas beside the text, as JIRA_MCP_STRUCTURED=true does")
	f.StringSliceVar(&o.http.AllowedHosts, "allowed-hosts", nil, "hosts allowed in the Host and Origin headers of requests")
	f.StringVar(&o.http.PathPrefix, "path-prefix", "", "serve below this path, such as /jira, as a proxy forwards it")
	f.StringVar(&o.http.AuthTokenFile, "auth-token-file", "", "file with the bearer token that callers must send; during a replacement it may have two tokens, one on each line")
	f.StringVar(&o.http.TLSCert, "tls-cert", "", "certificate file (PEM)")
	f.StringVar(&o.http.TLSKey, "tls-key", "", "key file (PEM)")
	f.BoolVar(&o.http.AccessLog, "access-log", false, "log each request over http and sse: method, tool, outcome, time, size and person; never content")
	f.BoolVar(&o.http.HashPeople, "access-log-hash", false, "in the request log, identify people by a hash that changes with each start, not by account id")
	f.StringSliceVar(&o.trustedProxies, "trusted-proxies", nil, "addresses or networks (CIDR) of proxies whose X-Forwarded-For header the server trusts")
	f.BoolVar(&o.http.BehindProxy, "behind-proxy", false, "a proxy in front of this server terminates TLS")
	return cmd
}

// serve builds the program and serves MCP over the chosen transport until ctx
// ends.
func (a *app) serve(ctx context.Context, o *serveOptions) error {
	if o.transport != "stdio" {
		return a.serveHTTP(ctx, o)
	}
	c, err := a.wireForStdio(ctx, o)
	if err != nil {
		return a.explain(ctx, o, err)
	}
	defer c.stop()
	in := a.in
	if a.asker().interactive {
		fmt.Fprint(a.err, typedHint)
		in = &typedInput{in: bufio.NewReader(a.in), err: a.err}
	}
	return stdioserver.Serve(ctx, stdioserver.Options{Server: c.server.MCP, Log: c.log, Redact: a.redactErrors}, in, a.out)
}

// wireForStdio builds the program for a server on the standard streams.
func (a *app) wireForStdio(ctx context.Context, o *serveOptions) (*program, error) {
	c, err := a.wire(ctx, o.sandbox, false)
	if err != nil {
		return nil, err
	}
	if c.config.AuditSink == "stdout" {
		c.stop()
		return nil, usageError{errStdoutIsMCP}
	}
	c.server.Runner.Structured = c.server.Runner.Structured || o.structured
	return c, nil
}

// serveHTTP serves MCP over streamable HTTP or SSE. It checks the options first,
// so that a wrong flag is reported before anything is opened.
func (a *app) serveHTTP(ctx context.Context, o *serveOptions) error {
	defer a.hangups.handle(func() {})() // until there are files to read again
	var err error
	if o.http.TrustedProxies, err = httpserver.ParseProxies(o.trustedProxies); err != nil {
		return usageError{err}
	}
	if err := o.http.CheckFiles(); err != nil {
		return usageError{err}
	}
	a.auditOut = a.out
	o.http.Files = &reload.Files{}
	for _, t := range a.catalog() {
		o.http.Tools = append(o.http.Tools, t.Name)
	}
	o.http.Transport, o.http.Redact, o.http.Narrow = o.transport, a.redactErrors, narrowByHeaders
	cfg, err := a.settings(ctx)
	if err == nil && cfg.ActsAsCallers() {
		return a.serveCallers(ctx, o)
	}
	if wrong := o.http.Check(); wrong != nil {
		return usageError{errors.Join(err, wrong)} // whether a token is needed may depend on a wrong setting
	}
	c, err := a.wire(ctx, o.sandbox, false)
	if err != nil {
		return err
	}
	defer c.stop()
	c.server.Runner.Structured = c.server.Runner.Structured || o.structured
	o.http.Log, o.http.Probe = c.log, c.client.Ping
	server, err := httpserver.NewForOne(ctx, c.server.MCP, o.http)
	if err != nil {
		return usageError{err}
	}
	return a.serveReloading(ctx, server, o.http.Files, c.log)
}

// serveReloading serves, and reads tokens, certificate and policy again when their files
// change or when SIGHUP arrives.
func (a *app) serveReloading(ctx context.Context, server *httpserver.Server, files *reload.Files, log *slog.Logger) error {
	files.SetLog(log)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	defer a.hangups.handle(func() {
		log.Info("SIGHUP: reading tokens, certificate and policy again")
		files.Reload()
	})()
	go files.Watch(watching)
	return server.Serve(ctx)
}

// narrowByHeaders records the caller's network address, whether the caller wants
// structured content, and applies the policy of the request's headers, which can
// only narrow the server's own.
func narrowByHeaders(ctx context.Context, r *http.Request) context.Context {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		ctx = kit.WithAddress(ctx, host)
	}
	if isTrue(r.Header.Get(httpserver.HeaderStructured)) {
		ctx = kit.WithStructured(ctx)
	}
	if p, ok := policyFromHeaders(r.Header); ok {
		return policy.Narrow(ctx, p)
	}
	return ctx
}
