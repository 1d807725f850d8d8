// Package httpserver serves MCP over streamable HTTP (at /mcp) and over SSE (at
// /sse), behind the same checks: an exact path, the Host and Origin headers, a
// bearer token where one is configured, and limits on the size and duration of
// what it reads. On an address that other machines can reach it starts only
// with a token or with callers who send their own Jira credentials, and with TLS or
// the explicit statement that a proxy does TLS.
//
// [New] and [Server.Serve] are the entry points; [Serve] combines them for one MCP
// server. The files, in the order in which to read them:
//
//   - server.go: the options, and the life of the HTTP server.
//   - handler.go: the checks in front of the tenants.
//   - tenant.go: the server of one user, and the handling of each method. Where all
//     callers act as one user, there is one.
//   - files.go: the bearer tokens and the certificate, which are read again.
//   - proxies.go: the address of a caller behind proxies.
//   - bodies.go: how much of requests is held at once.
//   - sessions.go: the live sessions of streamable HTTP.
//   - session_requests.go: the requests that open and end them.
//   - structured.go: the sessions whose client wants structured content.
//   - answer.go: how answers are written, with heartbeats.
//   - cancellations.go: which requests were cancelled.
//   - sse.go: the streams of SSE, and the calls that they have yet to answer.
//   - access.go: the lines of requests in the log.
//   - readiness.go: /healthz and /readyz.
//   - drain.go: the orderly end.
//
// The library mcp-go v1.2.1 can be mounted as an http.Handler, but needs these
// wrappers:
//
//   - It answers every path, does not check Origin, never authenticates, and
//     has no limit for the body; its own Start sets no timeouts. handler makes
//     these checks. They are this program's policy, so they stay unless mcp-go
//     can be configured with all of them.
//   - It looks up notifications/cancelled by session and request id, and all
//     requests without a session share the empty session. A stranger could
//     cancel the call with id 1. checkSession drops such notifications. Remove
//     when mcp-go cancels only requests of the same caller.
//   - Its session managers accept any well-formed session id, or keep ids for
//     ever. The type sessions replaces them. Remove when mcp-go has a
//     SessionIdManager that accepts live sessions only and forgets ended ones.
//   - It opens a session for an initialize that fails. validInitialize rejects
//     it before. Remove when mcp-go opens a session only after a successful
//     initialize.
//   - Over SSE it detaches a call from the POST that brought it, so that the
//     call goes on after the client has gone. [CancelWithStream] ends it.
//     Remove when mcp-go ends the calls of a stream with the stream.
//   - Over SSE the POST returns before the call has been answered on the
//     stream, so that http.Server.Shutdown does not wait for it. The type
//     streams counts these calls. Remove when mcp-go's SSE server can wait for
//     its calls.
//   - It answers requests that were cancelled. answerWriter drops the answer.
//     Remove when mcp-go does.
//   - Over SSE it allows pages of any origin to read the stream. newSSEHandler
//     turns that off. Remove when mcp-go sends no CORS header by default.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/reload"
)

// Options say where and how to serve.
type Options struct {
	// Narrow adds to a request's context who the caller is, and which fewer
	// tools they ask for. It may be nil.
	Narrow func(context.Context, *http.Request) context.Context

	// User returns the user of a request: see [User]. The error is a
	// [*principal.Refusal], or that of the request's context.
	User func(*http.Request) (User, error)
	// UserOf returns the account of a [User.ID]; nil if all callers act as one user.
	UserOf func(id string) string
	// MaxTenants is the maximum number of servers in memory, one for each [User.ID]; 1
	// if 0.
	MaxTenants int
	// EveryMinute is called once a minute while the server serves. It may be nil.
	EveryMinute func()
	// Probe returns an error if Jira does not answer this server. It is called for /readyz,
	// at most every 30 seconds. Nil for a server that is always ready.
	Probe func(context.Context) error
	// Tools are the names of tools that the log may have.
	Tools []string
	// AccessLog: each request has a line in the log, not only refused and slow ones.
	AccessLog bool
	// HashPeople: the log has a keyed hash of the account in place of the account.
	HashPeople bool
	// Files has the files that are read again: the bearer tokens, and the certificate with
	// its key, are added to it. A new one if nil.
	Files *reload.Files
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies TrustedProxies

	Transport     string   // "http" or "sse"
	Listen        string   // host:port
	AllowedHosts  []string // names under which clients may address the server; also the origins of pages that may call it
	AuthTokenFile string   // a file with the bearer tokens, one of which callers must send; "" for none
	TLSCert       string   // a certificate file, PEM
	TLSKey        string   // its key file, PEM
	BehindProxy   bool     // a proxy in front of the server does TLS
	PathPrefix    string   // of all paths, such as /jira; "" for none
	Log           *slog.Logger
	// Redact removes secrets from errors. It may be nil.
	Redact func([]byte) []byte
	// Ready is called with the server's address once it listens. It may be nil.
	Ready func(url string)
	// HasCallers: each request carries the Jira credential of its sender, so that an
	// address other than loopback needs no bearer token.
	HasCallers bool

	base context.Context //nolint:containedctx // of the process, without its end: streams end with their tenant
}

// The limits on a request and on a session.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second // for a request's body; http.Server.ReadTimeout would bound calls too
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
	maxScanned        = 64 << 20 // bytes of a message that is too long, to find its id
	// SessionTTL is how long a session may be idle.
	SessionTTL = 30 * time.Minute
	// Grace is how long calls in flight may take to finish at the end.
	Grace = 30 * time.Second
)

// Check returns an error for options that would expose the server: an address
// other than loopback needs a token file or callers with their own credentials, and
// TLS or a proxy that does it.
func (o Options) Check() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: must be host:port", o.Listen)
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key must be set together")
	}
	if strings.ContainsAny(o.PathPrefix, "?#% ") {
		return fmt.Errorf("--path-prefix %s: must be a path such as /jira", o.PathPrefix)
	}
	if isLoopback(host) {
		return nil
	}
	var missing []string
	if o.AuthTokenFile == "" && !o.HasCallers {
		missing = append(missing, "--auth-token-file FILE (callers must then send its bearer token)")
	}
	if o.TLSCert == "" && !o.BehindProxy {
		missing = append(missing, "--tls-cert and --tls-key, or --behind-proxy if a proxy in front terminates TLS")
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s is reachable from other machines, which requires: %s", o.Listen, strings.Join(missing, "; "))
	}
	return nil
}

// CheckFiles returns an error if the token file, or the certificate and key,
// cannot be used. It is apart from [Options.Check], which reads no files.
func (o Options) CheckFiles() error {
	if o.AuthTokenFile != "" {
		text, err := os.ReadFile(o.AuthTokenFile)
		if err != nil {
			return fmt.Errorf("--auth-token-file: %w", err)
		}
		if _, err := hashesOfTokens(text); err != nil {
			return err
		}
	}
	if o.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey); err != nil {
			return fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
	}
	return nil
}

// isLoopback reports whether a host is localhost or a loopback address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Server is a server for one or many users.
type Server struct {
	o           Options
	h           *handler
	certificate atomic.Pointer[tls.Certificate]
}

// New returns a server. It listens when [Server.Serve] is called. The error is about
// the options.
func New(ctx context.Context, o Options) (*Server, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Files == nil {
		o.Files = &reload.Files{}
	}
	o.base = context.WithoutCancel(ctx)
	s := &Server{o: o, h: newHandler(o)}
	return s, s.addFiles()
}

// Serve serves one MCP server for all callers: see [NewForOne] and [Server.Serve].
func Serve(ctx context.Context, mcp *server.MCPServer, o Options) error {
	s, err := NewForOne(ctx, mcp, o)
	if err != nil {
		return err
	}
	return s.Serve(ctx)
}

// NewForOne returns a server with one MCP server for all callers.
func NewForOne(ctx context.Context, mcp *server.MCPServer, o Options) (*Server, error) {
	everyone := User{ID: "everyone", Open: func() (Tenant, error) { return Tenant{MCP: mcp}, nil }}
	o.User = func(*http.Request) (User, error) { return everyone, nil }
	s, err := New(ctx, o)
	if err != nil {
		return nil, err
	}
	// It is made now and never released, so that it does not idle out.
	_, _, err = s.h.users.Acquire(ctx, everyone.ID, func() (*tenant, func(), error) { return s.h.open(everyone) })
	return s, err
}

// Drop ends the servers of the users that drop chooses by ID: their streams end at
// once, their sessions are unknown from now on, and calls in flight finish.
func (s *Server) Drop(drop func(id string) bool) {
	s.h.users.Drop(func(id string, _ *tenant) bool { return drop(id) }, func(t *tenant) { t.endStreams() })
}

// cleanUp closes the servers of users without requests and calls [Options.EveryMinute],
// once a minute until ctx ends.
func (s *Server) cleanUp(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.h.users.Sweep()
			if s.o.EveryMinute != nil {
				s.o.EveryMinute()
			}
		case <-ctx.Done():
			return
		}
	}
}

// Serve listens until ctx is done, then lets calls in flight finish for at most
// [Grace]. It returns nil after an orderly end.
func (s *Server) Serve(ctx context.Context) error {
	o, h := s.o, s.h
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return err
	}
	base := o.base
	defer h.users.Close()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go s.cleanUp(serving)
	scheme := "http"
	if o.TLSCert != "" {
		ln = tls.NewListener(ln, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate.Load(), nil }, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
		scheme = "https"
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return base }}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	url := fmt.Sprintf("%s://%s%s%s", scheme, ln.Addr(), h.prefix, h.path())
	o.Log.Info("serving MCP", "transport", o.Transport, "url", url)
	if o.Ready != nil {
		o.Ready(url)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	return h.drain(base, srv)
}

// prefix returns the path prefix with a slash at its beginning and none at its end;
// "" for none.
func (o Options) prefix() string {
	if p := strings.Trim(o.PathPrefix, "/"); p != "" {
		return "/" + p
	}
	return ""
}

// sharesAddress reports whether callers are told apart by an address that they all have:
// that of the proxy in front of the server.
func (o Options) sharesAddress() bool {
	return o.BehindProxy && !o.HasCallers && len(o.TrustedProxies) == 0
}

// narrow is Narrow, or returns ctx unchanged if that is nil.
func (o Options) narrow(ctx context.Context, r *http.Request) context.Context {
	if o.Narrow == nil {
		return ctx
	}
	return o.Narrow(ctx, r)
}
