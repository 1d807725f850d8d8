package httpserver

import (
	"net/http"
	"strings"
)

// This file lets pages in a browser call the server, as the MCP Inspector does.
// The Origin of a request has been checked before: see [handler.originAllowed].

// exposedHeaders are the headers of answers that a page may read.
const exposedHeaders = "Mcp-Session-Id, Mcp-Protocol-Version, Retry-After, WWW-Authenticate"

// preflightSeconds is how long a browser may keep the answer to a preflight.
const preflightSeconds = "600"

// allowOrigin lets the page of an allowed origin read the answer; origin is ""
// for a request of a program. It allows this origin alone and no credentials
// mode: the token is a header that the page sets itself.
func allowOrigin(h http.Header, origin string) {
	h.Add("Vary", "Origin")
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// isPreflight reports whether a browser asks whether a page may send a request.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// servePreflight answers a preflight. Of the headers that the page wants to send
// it allows those that the server reads.
func servePreflight(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, name := range strings.Split(strings.Join(r.Header.Values("Access-Control-Request-Headers"), ","), ",") {
		if name = strings.TrimSpace(name); isAllowedHeader(name) {
			allowed = append(allowed, name)
		}
	}
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	if len(allowed) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(allowed, ", "))
	}
	h.Set("Access-Control-Max-Age", preflightSeconds)
	w.WriteHeader(http.StatusNoContent)
}

// isAllowedHeader reports whether a page may send a header: those of MCP's
// transports, and the server's own.
func isAllowedHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "authorization", "content-type", "accept", "last-event-id":
		return true
	}
	for _, prefix := range []string{"mcp-", "x-mcp-", "x-jira-"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
			return true
		}
	}
	return false
}
