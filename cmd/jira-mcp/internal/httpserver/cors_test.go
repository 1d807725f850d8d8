package httpserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

// TestCORS checks what a browser needs to let a page of an allowed origin call
// the server, over both transports, and that pages of other origins get nothing.
func TestCORS(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	const page = "http://localhost:6274"
	for transport, path := range map[string]string{"http": "/mcp", "sse": "/message"} {
		r := start(t, httpserver.Options{Transport: transport, AllowedHosts: []string{"localhost:6274"}, AuthTokenFile: file})
		r.url = strings.TrimSuffix(r.url, "/sse")
		preflight := map[string]string{"Origin": page, "Access-Control-Request-Method": "POST",
			"Access-Control-Request-Headers": "authorization,content-type, Mcp-Session-Id,mcp-protocol-version,x-mcp-structured,X-Jira-Url,cookie,x-other,mcp-,x-mcp-a\"b"}
		status, h, body := r.do("OPTIONS", path, preflight, "")
		for name, want := range map[string]string{"Access-Control-Allow-Origin": page, "Access-Control-Allow-Methods": "GET, POST, DELETE", "Access-Control-Allow-Credentials": "", "Access-Control-Max-Age": "600",
			"Access-Control-Allow-Headers": "authorization, content-type, Mcp-Session-Id, mcp-protocol-version, x-mcp-structured, X-Jira-Url"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", transport, name, h.Get(name), want)
			}
		}
		if status != 204 || body != "" || !strings.Contains(strings.Join(h.Values("Vary"), ", "), "Origin") {
			t.Errorf("%s: a preflight: %d %q, Vary %q", transport, status, body, h.Values("Vary"))
		}
		preflight["Origin"] = "https://evil.example"
		if status, h, _ := r.do("OPTIONS", path, preflight, ""); status != 403 || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: a preflight of another page: %d, allowed %q", transport, status, h.Get("Access-Control-Allow-Origin"))
		}
		// The page can read why it was refused.
		status, h, body = r.do("POST", path, map[string]string{"Origin": page}, initialize)
		if status != 401 || h.Get("Access-Control-Allow-Origin") != page || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") || !strings.Contains(body, `"code":-32600`) {
			t.Errorf("%s: without a token: %d %v %s", transport, status, h, body)
		}
		if transport == "sse" {
			continue
		}
		status, h, body = r.do("POST", path, map[string]string{"Origin": page, "Authorization": "Bearer 0123456789abcdef"}, initialize)
		if status != 200 || len(h.Values("Access-Control-Allow-Origin")) != 1 || h.Get("Access-Control-Allow-Origin") != page || h.Get("Mcp-Session-Id") == "" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Mcp-Session-Id") {
			t.Errorf("a call: %d %v %s", status, h, body)
		}
		if _, h, _ = r.do("POST", path, map[string]string{"Authorization": "Bearer 0123456789abcdef"}, initialize); h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
			t.Errorf("a program: %v", h)
		}
		if status, h, _ := r.do("OPTIONS", path, map[string]string{"Authorization": "Bearer 0123456789abcdef"}, ""); status != 405 || h.Get("Allow") == "" {
			t.Errorf("OPTIONS without a preflight: %d", status)
		}
	}
}
