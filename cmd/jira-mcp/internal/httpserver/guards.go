package httpserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/principal"
)

// hostAllowed reports whether a Host header names this server. An entry of
// hosts with a port matches only with that port, one without a port matches
// any.
func (h *handler) hostAllowed(hostport string) bool {
	if h.hosts == nil {
		return true
	}
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	return slices.ContainsFunc(h.hosts, func(a string) bool {
		return strings.EqualFold(strings.Trim(host, "[]"), a) || strings.EqualFold(hostport, a)
	})
}

// originAllowed reports whether a request comes from a program, which sends no
// Origin, or from a page of this server or of an allowed host. mcp-go v1.2.1
// does not check Origin, although the browser would let any page send requests.
func (h *handler) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(h.origins, func(a string) bool {
		return strings.EqualFold(u.Hostname(), a) || strings.EqualFold(u.Host, a)
	})
}

// authorized reports whether a request carries a bearer token of the server, or none is
// required. It compares hashes in constant time, and with all tokens, so that the time
// that it takes shows neither the tokens' content nor their length.
func (h *handler) authorized(r *http.Request) bool {
	tokens := h.tokens.Load()
	if tokens == nil {
		return h.o.AuthTokenFile == ""
	}
	token, isBearer := bearerToken(r)
	sum := sha256.Sum256([]byte(token))
	equal := 0
	for _, known := range *tokens {
		equal |= subtle.ConstantTimeCompare(sum[:], known[:])
	}
	return equal == 1 && isBearer
}

// bearerToken returns the token that a request carries. It reports false if the
// request does not use the scheme Bearer.
func bearerToken(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// isOAuthPath reports whether clients ask this path for OAuth after a 401: the
// metadata (RFC 9728, RFC 8414, OpenID Connect Discovery) and, without any, the
// default path for registrations (MCP 2025-03-26, authorization). Claude Code
// shows the answer to the person.
func isOAuthPath(path string) bool {
	return strings.HasPrefix(path, "/.well-known/oauth-") || strings.HasPrefix(path, "/.well-known/openid-configuration") || path == "/register"
}

// howToAuthenticate returns which headers a request needs, for people.
func (o Options) howToAuthenticate() string {
	var needs []string
	if o.AuthTokenFile != "" || !o.HasCallers {
		needs = append(needs, "its own token in the header Authorization: Bearer …")
	}
	if o.HasCallers {
		needs = append(needs, "your Jira credential in the header "+principal.Header+": Basic …, base64 of e-mail:API-token")
	}
	return "it requires " + strings.Join(needs, ", and ")
}

// writeUnauthorized answers 401. Only a wrong token is called invalid_token
// (RFC 6750, section 3.1). There is no resource_metadata, since the token is not
// from an authorization server.
func writeUnauthorized(w http.ResponseWriter, r *http.Request) {
	challenge, problem := `Bearer realm="jira-mcp"`, "this server requires its own token: send the header Authorization: Bearer …"
	if token, ok := bearerToken(r); ok && token != "" {
		challenge += `, error="invalid_token", error_description="this is not the token of this server"`
		problem = "this is not the token of this server; compare it with the server's --auth-token-file"
	}
	w.Header().Set("WWW-Authenticate", challenge)
	writeError(w, http.StatusUnauthorized, nil, jsonrpc.InvalidRequest, problem)
}
