package httpserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/tenants"
)

// The paths that are served. Everything else is answered with 404: mcp-go's
// handlers would answer every path.
const (
	mcpPath     = "/mcp"
	ssePath     = "/sse"
	messagePath = "/message"
	healthPath  = "/healthz"
	readyPath   = "/readyz"
)

// handler makes the checks in front of the tenants, finds the tenant of each request,
// and knows what is bounded for all tenants together. See [tenant] for the rest.
type handler struct {
	transport string              // "http" or "sse"
	redact    func([]byte) []byte // removes the process's secrets
	o         Options
	users     *tenants.Pool[string, *tenant]
	sessions  *sessionTable
	bodies    *bodies
	streams   *streamTable
	prefix    string   // of all paths; "" for none
	hosts     []string // allowed Host names; nil allows any
	origins   []string // allowed hosts of an Origin, beside the server's own
	// tokens are the SHA-256 of the bearer tokens; nil if none is required.
	tokens atomic.Pointer[[][sha256.Size]byte]

	ready  *readiness
	access *access

	mu       sync.Mutex
	draining bool          // no request is served any more
	inFlight int           // requests that are not answered yet, streams aside
	idle     chan struct{} // wakes drain; holds one wake-up
	closing  chan struct{} // closed when streams have to end
}

// newHandler returns the handler for the transport in o.
func newHandler(o Options) *handler {
	return &handler{transport: o.Transport, redact: o.Redact, o: o, prefix: o.prefix(),
		users:    tenants.New[string, *tenant](tenants.Options[string]{Max: max(o.MaxTenants, 1), User: o.UserOf, MaxOfUser: MaxOfUser, Idle: TenantIdle, Now: time.Now}),
		sessions: newSessionTable(time.Now), bodies: newBodies(shareOf(maxBodies, o.sharesAddress())), streams: newStreamTable(shareOf(maxStreams, o.sharesAddress())),
		idle: make(chan struct{}, 1), closing: make(chan struct{}), origins: o.AllowedHosts, hosts: allowedHosts(o), ready: newReadiness(o.Probe, time.Now, o.Log), access: newAccess(o, time.Now)}
}

// allowedHosts returns the names under which clients may address the server, or
// nil for any. The check defends against DNS rebinding: a page in a browser can
// point a name of its own at this machine, and its requests then carry that
// name in Host.
//
// On a loopback address localhost, 127.0.0.1 and ::1 are added to the
// configured names, and on another single address that address. Where the
// server listens on every address and no names are configured, any Host is
// accepted: there, the bearer token protects the server. For example, --listen
// 127.0.0.1:8080 with --allowed-hosts mcp.example.com gives mcp.example.com,
// localhost, 127.0.0.1, ::1.
func allowedHosts(o Options) []string {
	host, _, _ := net.SplitHostPort(o.Listen)
	hosts := slices.Clone(o.AllowedHosts)
	ip := net.ParseIP(host)
	switch {
	case isLoopback(host):
		hosts = append(hosts, "localhost", "127.0.0.1", "::1")
	case host == "" || ip != nil && ip.IsUnspecified():
		if len(hosts) == 0 {
			return nil
		}
	default:
		hosts = append(hosts, host)
	}
	return hosts
}

// withoutPrefix returns a path without the prefix, if it has it.
func (h *handler) withoutPrefix(path string) string {
	if rest, ok := strings.CutPrefix(path, h.prefix+"/"); ok {
		return "/" + rest
	}
	return path
}

// path returns the path that clients connect to, without the prefix.
func (h *handler) path() string {
	if h.transport == "sse" {
		return ssePath
	}
	return mcpPath
}

// ServeHTTP implements http.Handler. It checks path, Host, Origin and token in
// this order, then finds the tenant, which serves the method. A preflight needs no token. The health
// check comes first, since who asks for it has no token. A path may have the
// prefix or not, since some proxies remove it, and a slash at its end.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.o.TrustedProxies.resolve(r)
	rec := h.access.begin(w)
	defer h.access.end(rec, r)
	h.serve(rec, r)
}

// serve is ServeHTTP without the log.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(h.withoutPrefix(r.URL.Path), "/")
	if path == healthPath || path == readyPath {
		h.serveHealth(w, r, path)
		return
	}
	if isOAuthPath(path) {
		http.Error(w, "this server has no OAuth; "+h.o.howToAuthenticate(), http.StatusNotFound)
		return
	}
	if path != h.path() && (h.transport != "sse" || path != messagePath) {
		http.NotFound(w, r)
		return
	}
	r.URL.Path, r.URL.RawPath = h.prefix+path, "" // as mcp-go's SSE server knows it
	if !h.hostAllowed(r.Host) {
		refuse(w, "this Host is not allowed; see --allowed-hosts", http.StatusForbidden)
		return
	}
	if !h.originAllowed(r) {
		refuse(w, "this Origin is not allowed; see --allowed-hosts", http.StatusForbidden)
		return
	}
	allowOrigin(w.Header(), r.Header.Get("Origin"))
	if isPreflight(r) { // browsers send it without the token
		servePreflight(w, r)
		return
	}
	if !h.authorized(r) {
		writeUnauthorized(w, r)
		return
	}
	if r.Method == http.MethodGet && h.isDraining() {
		h.refuseWhileDraining(w, nil)
		return
	}
	t, release, ok := h.tenantOf(w, r)
	if !ok {
		return
	}
	defer release()
	h.access.notePerson(w, t.user.Account, t.redact)
	t.ServeHTTP(w, r)
}

// isModern reports whether a message belongs to the protocol era without a
// handshake (2026-07-28), which names its version in a header or in params._meta, as
// mcp-go decides it. A message that merely quotes the member's name does not.
func isModern(r *http.Request, body []byte) bool {
	if r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 {
		return true
	}
	if !bytes.Contains(body, []byte(metaVersion)) {
		return false
	}
	var m struct {
		Params struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &m) != nil {
		return false
	}
	_, hasVersion := m.Params.Meta[metaVersion]
	return hasVersion
}

// metaVersion is the member of params._meta with the protocol version.
const metaVersion = "io.modelcontextprotocol/protocolVersion"

// writeError answers with an HTTP status and a JSON-RPC error.
func writeError(w http.ResponseWriter, status int, id []byte, code int, problem string) {
	noteReason(w, problem)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(jsonrpc.ErrorMessage(id, code, problem))
}
