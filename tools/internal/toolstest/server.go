// Package toolstest is the test bench of the tools: a real MCP client and
// server, and real HTTP to a sandbox that behaves like Jira. Where Atlassian's
// contract is available, requests and answers are checked against it.
//
// A test makes a [Server] and calls tools:
//
//	b := toolstest.New(t, policy.Policy{})
//	text, out := b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"Hello"}`)
//	b.Refused("jira_add_comment", `{"issue":"PAY-99999","body":"x"}`, "404")
//
// [NewWith] changes the site first, [NewFenced] confines the server to
// projects, [NewScoped] limits the token's scopes, and Connect puts another
// site behind the tools, for example a [Faulty] one.
package toolstest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// Everything is the policy that offers every tool, those that manage and delete
// included.
var Everything = policy.Policy{Allow: kit.Effects, Toolsets: []string{"all"}}

// texts are the texts of all sites of a test run, which are converted once.
var texts seed.Texts

// BytesReader returns a reader of b.
func BytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// Server is a server over a sandbox, used as an assistant uses it: by a real
// MCP client, and with real HTTP to Jira.
type Server struct {
	T               *testing.T
	Clock           *Clock
	Sandbox         *sandbox.Sandbox
	Tools           *tools.Server
	Client          *client.Client
	Instructions    string                        // of the server, as the client got them
	Schemas         map[string]*jsonschema.Schema // output schemas by tool, compiled when first used
	Requests        []string                      // to Jira: method and path
	Mu              sync.Mutex                    // guards Requests
	WritesPerMinute int                           // per minute and caller; 0 for any number
	State           *tools.State                  // for Connect; a new one for each server when nil
	Catalog         tools.Catalog
	TextOnly        bool // no structured content, as by default
	audit           *tools.Audit
	Site            string // the address of the test's HTTP server
	Files           *os.Root
	Life            func(context.Context) (context.Context, context.CancelFunc)
	transport       http.RoundTripper // in place of a server of the test's own
}

// New returns a server over a new sandbox, with a connected client.
func New(t *testing.T, policy policy.Policy) *Server {
	t.Helper()
	return NewWith(t, policy, nil)
}

// NewWith returns a server whose site is changed before it is used. change may
// be nil.
func NewWith(t *testing.T, policy policy.Policy, change func(*store.Site)) *Server {
	t.Helper()
	return newServer(&Server{T: t}, policy, change)
}

// NewTextOnly is [New] without structured content: what a model sees by default.
func NewTextOnly(t *testing.T, policy policy.Policy) *Server {
	t.Helper()
	return newServer(&Server{T: t, TextOnly: true}, policy, nil)
}

func newServer(b *Server, policy policy.Policy, change func(*store.Site)) *Server {
	t := b.T
	t.Helper()
	b.Clock, b.Schemas = NewClock(), map[string]*jsonschema.Schema{}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now, Texts: &texts, Setup: change}); err != nil {
		t.Fatal(err)
	}
	inner := contracttest.WrapIfAvailable(t, b.Sandbox)
	b.Connect(policy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	return b
}

// Connect makes a new server over any site, and connects a client to it.
func (b *Server) Connect(policy policy.Policy, site http.Handler) {
	t := b.T
	t.Helper()
	address := distantAddress
	if b.transport == nil {
		srv := httptest.NewServer(site)
		t.Cleanup(srv.Close)
		address = srv.URL
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := url.Parse("https://example.atlassian.net")
	state := b.State
	if state == nil {
		state = tools.NewState(b.Clock.Now, b.WritesPerMinute)
	}
	b.Tools, err = tools.NewServer(tools.Options{Jira: jira.Options{Base: base, Site: public, Transport: b.transport,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}}, Files: b.Files, Now: b.Clock.Now, Policy: policy, Catalog: b.Catalog, State: state, Audit: b.audit, LimitLifetime: b.Life, Log: slog.New(slog.DiscardHandler), Version: "test", Structured: !b.TextOnly, Random: Random{}})
	if err != nil {
		t.Fatal(err)
	}
	b.Reconnect()
}

// Reconnect connects a new client to the server.
func (b *Server) Reconnect() {
	t := b.T
	t.Helper()
	var err error
	if b.Client, err = client.NewInProcessClient(b.Tools.MCP); err != nil {
		t.Fatal(err)
	}
	if err := b.Client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Client.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	init.Params.ClientInfo = mcp.Implementation{Name: "a test", Version: "1"}
	hello, err := b.Client.Initialize(t.Context(), init)
	if err != nil {
		t.Fatal(err)
	}
	b.Instructions = hello.Instructions
}

// TakeRequests returns the requests to Jira since it was last called.
func (b *Server) TakeRequests() []string {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	out := b.Requests
	b.Requests = nil
	return out
}

// Call calls a tool with arguments as JSON. Errors of the MCP protocol end the
// test.
func (b *Server) Call(ctx context.Context, tool, args string) (text string, structured any, isError bool) {
	b.T.Helper()
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, json.RawMessage(args)
	res, err := b.Client.CallTool(ctx, req)
	if err != nil {
		b.T.Fatalf("%s %s: protocol error %v", tool, args, err)
	}
	for _, c := range res.Content {
		if c, ok := c.(mcp.TextContent); ok {
			text += c.Text
		}
	}
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		b.T.Fatal(err)
	}
	if structured, err = jsonschema.UnmarshalJSON(bytes.NewReader(data)); err != nil {
		b.T.Fatal(err)
	}
	return text, structured, res.IsError
}

// Ok calls a tool that has to succeed, and validates the structured content
// against the tool's own output schema. Without structured content it returns nil.
func (b *Server) Ok(tool, args string) (string, map[string]any) {
	b.T.Helper()
	text, structured, isError := b.Call(b.T.Context(), tool, args)
	if isError {
		b.T.Fatalf("%s %s: %s", tool, args, text)
	}
	if b.TextOnly {
		if structured != nil {
			b.T.Errorf("%s: structured content that was not asked for", tool)
		}
		return text, nil
	}
	if err := b.Schema(tool).Validate(structured); err != nil {
		b.T.Errorf("%s: the structured content does not fit its schema: %v", tool, err)
	}
	return text, structured.(map[string]any)
}

// Refused calls a tool that has to report an error with these words, and
// returns its text.
func (b *Server) Refused(tool, args string, words ...string) string {
	b.T.Helper()
	text, _, isError := b.Call(b.T.Context(), tool, args)
	if !isError {
		b.T.Errorf("%s %s: no error, but %s", tool, args, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.T.Errorf("%s %s:\n%s\ndoes not say %q", tool, args, text, w)
		}
	}
	return text
}

// Schema returns a tool's output schema.
func (b *Server) Schema(tool string) *jsonschema.Schema {
	if s := b.Schemas[tool]; s != nil {
		return s
	}
	t, ok := b.Tools.Tool(tool)
	if !ok {
		b.T.Fatalf("no tool %s", tool)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(t.OutputSchema()))
	if err != nil {
		b.T.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(tool+".json", doc); err != nil {
		b.T.Fatal(err)
	}
	s, err := c.Compile(tool + ".json")
	if err != nil {
		b.T.Fatalf("%s: the output schema does not compile: %v", tool, err)
	}
	if b.Schemas == nil {
		b.Schemas = map[string]*jsonschema.Schema{}
	}
	b.Schemas[tool] = s
	return s
}

// ServeSandbox connects the sandbox of [NewWithIssues], without checks against
// the contract.
func (b *Server) ServeSandbox(t *testing.T, policy policy.Policy) {
	b.T = t
	b.Connect(policy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		b.Sandbox.ServeHTTP(w, r)
	}))
}
