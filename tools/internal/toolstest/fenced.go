package toolstest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// FencedServer is a server confined to projects. It records the requests to
// Jira with their queries and bodies, and can ask Jira past the fence.
type FencedServer struct {
	*Server
	url string
}

// NewFenced returns a server confined to projects; writable are those to which
// it may write, all of them when nil.
func NewFenced(t *testing.T, projects, writable []string) *FencedServer {
	t.Helper()
	return NewFencedWith(t, projects, writable, nil)
}

// NewFencedWith returns a confined server whose site is changed before it is
// used.
func NewFencedWith(t *testing.T, projects, writable []string, change func(*store.Site)) *FencedServer {
	t.Helper()
	y := &FencedServer{Server: NewWith(t, Everything, change)}
	inner := contracttest.WrapIfAvailable(t, y.Sandbox)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		y.Mu.Lock()
		y.Requests = append(y.Requests, r.Method+" "+r.URL.String()+" "+string(body))
		y.Mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	y.url = srv.URL
	f, err := fence.New(projects, writable)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(srv.URL)
	public, _ := url.Parse("https://example.atlassian.net")
	y.Tools, err = tools.NewServer(tools.Options{Jira: jira.Options{Base: base, Site: public, Fence: f, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}}, Now: y.Clock.Now, Policy: Everything, Log: slog.New(slog.DiscardHandler), Version: "test", Structured: true, Random: Random{}})
	if err != nil {
		t.Fatal(err)
	}
	if y.Client, err = client.NewInProcessClient(y.Tools.MCP); err != nil {
		t.Fatal(err)
	}
	if err := y.Client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = y.Client.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if _, err := y.Client.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	return y
}

// DirectRequest sends a request to Jira past the fence, as the token's owner
// can.
func (y *FencedServer) DirectRequest(method, path, body string) map[string]any {
	y.T.Helper()
	req, err := http.NewRequestWithContext(y.T.Context(), method, y.url+path, strings.NewReader(body))
	if err != nil {
		y.T.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		y.T.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != 200 {
		y.T.Fatalf("%s %s: %d %v %v", method, path, res.StatusCode, out, err)
	}
	return out
}

// SearchDirectly returns all issues that a query finds past the fence, with all
// fields.
func (y *FencedServer) SearchDirectly(jql string) []map[string]any {
	y.T.Helper()
	var all []map[string]any
	for token := ""; ; {
		ask := map[string]any{"jql": jql, "fields": []string{"*all"}, "maxResults": 100}
		if token != "" {
			ask["nextPageToken"] = token
		}
		body, _ := json.Marshal(ask)
		page := y.DirectRequest("POST", "/rest/api/3/search/jql", string(body))
		for _, i := range page["issues"].([]any) {
			all = append(all, i.(map[string]any))
		}
		if token, _ = page["nextPageToken"].(string); token == "" {
			return all
		}
	}
}
