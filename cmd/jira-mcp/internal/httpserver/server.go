// Package httpserver serves MCP over streamable HTTP and over SSE, behind the
// same guards: an exact path, Host and Origin checks, a bearer token where it
// is configured, limits on what is read and for how long. Off loopback it
// starts only with a token, and with TLS or an explicit word that a proxy
// does TLS.
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
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// Options say where and how to serve.
type Options struct {
	// Narrow may read from a request who its caller is, and that they want less.
	// May be nil.
	Narrow func(context.Context, *http.Request) context.Context

	Transport     string // http or sse
	Listen        string // host:port
	AllowedHosts  []string
	AuthTokenFile string
	TLSCert       string
	TLSKey        string
	BehindProxy   bool
	Log           *slog.Logger
	// Ready is told the address once the server listens.
	Ready func(url string)
}

const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
	maxScanned        = 64 << 20 // of a message that is too long, for its id
	// SessionTTL is how long a session may be idle.
	SessionTTL = 30 * time.Minute
	// Grace is how long calls in flight may take to finish at the end.
	Grace = 30 * time.Second
)

// Check refuses options that would expose the server.
func (o Options) Check() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: want host:port", o.Listen)
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if isLoopback(host) {
		return nil
	}
	var missing []string
	if o.AuthTokenFile == "" {
		missing = append(missing, "--auth-token-file FILE (callers then send it as a bearer token)")
	}
	if o.TLSCert == "" && !o.BehindProxy {
		missing = append(missing, "--tls-cert and --tls-key, or --behind-proxy if a proxy in front does TLS")
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s is reachable from other machines, so this is needed: %s", o.Listen, strings.Join(missing, "; "))
	}
	return nil
}

// CheckFiles refuses files that cannot be used.
func (o Options) CheckFiles() error {
	if _, err := readToken(o.AuthTokenFile); err != nil {
		return err
	}
	if o.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey); err != nil {
			return fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Serve listens until ctx ends, then lets calls in flight finish.
func Serve(ctx context.Context, mcp *server.MCPServer, o Options) error {
	if err := o.Check(); err != nil {
		return err
	}
	token, err := readToken(o.AuthTokenFile)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return err
	}
	h := newHandler(mcp, o, token)
	ended := context.WithoutCancel(ctx)
	defer h.stop(ended)
	scheme := "http"
	if o.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
		if err != nil {
			ln.Close()
			return fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
		scheme = "https"
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return ended }}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	url := fmt.Sprintf("%s://%s%s", scheme, ln.Addr(), h.path())
	o.Log.Info("serving MCP", "transport", o.Transport, "url", url)
	if o.Ready != nil {
		o.Ready(url)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	return h.drain(ended, srv)
}

func readToken(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--auth-token-file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 16 {
		return "", errors.New("--auth-token-file: the token has fewer than 16 characters")
	}
	return token, nil
}

func (o Options) narrow(ctx context.Context, r *http.Request) context.Context {
	if o.Narrow == nil {
		return ctx
	}
	return o.Narrow(ctx, r)
}
