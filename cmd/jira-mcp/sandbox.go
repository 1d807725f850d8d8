package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// startSandbox serves the embedded Jira on a free port of this machine. It
// returns its address, host:port, and a function that ends it.
func (a *app) startSandbox(ctx context.Context) (addr string, stop func(), err error) {
	site, err := sandbox.New(sandbox.Options{Now: a.now})
	if err != nil {
		return "", nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := sandboxServer(ctx, site)
	go func() { _ = srv.Serve(ln) }()
	return ln.Addr().String(), func() { _ = srv.Close() }, nil
}

// sandboxServer returns a server for the embedded Jira. Its requests outlive
// ctx, so that calls in flight can finish after a signal.
func sandboxServer(ctx context.Context, site http.Handler) *http.Server {
	return &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
}

// sandboxCommand returns the command sandbox, which serves until a signal.
func (a *app) sandboxCommand() *cobra.Command {
	var listen string
	var asJSON bool
	var size int
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the embedded Jira for any client",
		Long: `Serve the embedded Jira Cloud site, in memory, for any client to try:
about 280 issues in seven projects, one of them hidden from the user, with
sprints, comments and histories. Changes are lost when it ends; search shows
them after three seconds, as in Jira. A request with the header
X-Sandbox-Throttle: 7 is answered with 429 and Retry-After: 7. The command
prints the address, the cloud ID, a token of each kind, and tokens of other
people of the site.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if size < 0 {
				return usageError{fmt.Errorf("--size %d: must not be negative", size)}
			}
			site, err := sandbox.New(sandbox.Options{Now: a.now, Size: size})
			if err != nil {
				return err
			}
			ln, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return err
			}
			if err := a.announce(site, "http://"+ln.Addr().String(), asJSON); err != nil {
				return err
			}
			srv := sandboxServer(cmd.Context(), site)
			defer context.AfterFunc(cmd.Context(), func() { _ = srv.Close() })()
			if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8090", "address to listen on")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address and tokens as JSON")
	cmd.Flags().IntVar(&size, "size", 0, "minimum number of issues")
	return cmd
}

// announce prints what a client needs: the addresses of the site and of its
// gateway, the cloud id and a token of each kind.
func (a *app) announce(site *sandbox.Sandbox, address string, asJSON bool) error {
	tokens := []struct{ Kind, Token, Use string }{
		{"classic", sandbox.ClassicToken, "Basic, at the site"},
		{"scoped", sandbox.ScopedToken, "Basic, at the gateway"},
		{"scoped, read only", sandbox.ReadOnlyToken, "Basic, at the gateway"},
		{"service account", sandbox.ServiceToken, "Bearer, at the gateway"},
		{"oauth", sandbox.OAuthToken, "Bearer, at the gateway"},
		{"expired", sandbox.ExpiredToken, "nowhere"},
		{"revoked", sandbox.RevokedToken, "nowhere"},
	}
	gateway := address + "/ex/jira/" + site.CloudID()
	if asJSON {
		named := map[string]string{}
		for _, t := range tokens {
			named[t.Kind] = t.Token
		}
		people := []map[string]string{}
		for _, p := range site.People() {
			people = append(people, map[string]string{"name": p.Name, "email": p.Email, "token": p.Token})
		}
		return writeJSON(a.out, map[string]any{"people": people, "url": address, "gateway": gateway, "cloudId": site.CloudID(), "email": sandbox.Email, "tokens": named, "issues": site.IssueCount()})
	}
	fmt.Fprintf(a.out, "Site      %s\nGateway   %s\nCloud ID  %s\nIssues    %d\nE-mail    %s\nTokens\n", address, gateway, site.CloudID(), site.IssueCount(), sandbox.Email)
	for _, t := range tokens {
		fmt.Fprintf(a.out, "  %-18s %-32s %s\n", t.Kind, t.Token, t.Use)
	}
	fmt.Fprint(a.out, "Others, with classic tokens\n")
	for _, p := range site.People() {
		fmt.Fprintf(a.out, "  %-30s %s\n", p.Email, p.Token)
	}
	_, err := fmt.Fprintf(a.out, "\nJIRA_URL=%s JIRA_EMAIL=%s JIRA_API_TOKEN=%s jira-mcp\n\nPress Ctrl-C to end.\n", address, sandbox.Email, sandbox.ClassicToken)
	return err
}
