package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tiktoken-go/tokenizer"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everything allows what manages and deletes as well.
var everything = policy.Policy{Allow: kit.Effects, Toolsets: []string{"all"}}

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// clock is a moment that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is a server over a sandbox, as an assistant meets it: a real MCP
// client, and real HTTP to Jira under Atlassian's contract.
type bench struct {
	t        *testing.T
	clock    *clock
	sandbox  *sandbox.Sandbox
	server   *tools.Server
	client   *client.Client
	schemas  map[string]*jsonschema.Schema
	requests []string // to Jira: method and path
	mu       sync.Mutex
	writes   int // a minute; any number when 0
	audit    *tools.Audit
	site     string // its address
	files    *os.Root
	life     func(context.Context) (context.Context, context.CancelFunc)
}

func newBench(t *testing.T, policy policy.Policy) *bench {
	t.Helper()
	return newBenchWith(t, policy, nil)
}

// newBenchWith is a bench whose site is changed before it is used.
func newBenchWith(t *testing.T, policy policy.Policy, change func(*store.Site)) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock(), schemas: map[string]*jsonschema.Schema{}}
	var err error
	if b.sandbox, err = sandbox.New(sandbox.Options{Now: b.clock.Now, Setup: change}); err != nil {
		t.Fatal(err)
	}
	inner := contracttest.WrapIfAvailable(t, b.sandbox)
	b.connect(policy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.requests = append(b.requests, r.Method+" "+r.URL.Path)
		b.mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	return b
}

// connect serves tools over any Jira.
func (b *bench) connect(policy policy.Policy, site http.Handler) {
	t := b.t
	t.Helper()
	srv := httptest.NewServer(site)
	t.Cleanup(srv.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := url.Parse("https://example.atlassian.net")
	c, err := jira.New(jira.Options{Base: base, Site: public, Now: b.clock.Now,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	b.server, err = tools.NewServer(tools.Options{Deps: env.Env{Jira: c, Names: names.New(c, b.clock.Now), Now: b.clock.Now, Files: b.files}, Policy: policy, WritesPerMinute: b.writes, Audit: b.audit, Life: b.life, Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b.attach()
}

// attach connects a client to the server.
func (b *bench) attach() {
	t := b.t
	t.Helper()
	var err error
	if b.client, err = client.NewInProcessClient(b.server.MCP); err != nil {
		t.Fatal(err)
	}
	if err := b.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.client.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	init.Params.ClientInfo = mcp.Implementation{Name: "a test", Version: "1"}
	if _, err := b.client.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
}

// sent returns the requests to Jira since the last call of sent.
func (b *bench) sent() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.requests
	b.requests = nil
	return out
}

// raw calls a tool with arguments as JSON.
func (b *bench) raw(ctx context.Context, tool, args string) (text string, structured any, isError bool) {
	b.t.Helper()
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, json.RawMessage(args)
	res, err := b.client.CallTool(ctx, req)
	if err != nil {
		b.t.Fatalf("%s %s: protocol error %v", tool, args, err)
	}
	for _, c := range res.Content {
		if c, ok := c.(mcp.TextContent); ok {
			text += c.Text
		}
	}
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		b.t.Fatal(err)
	}
	if structured, err = jsonschema.UnmarshalJSON(bytes.NewReader(data)); err != nil {
		b.t.Fatal(err)
	}
	return text, structured, res.IsError
}

// ok calls a tool that has to succeed, and holds the structured content
// against the tool's own output schema.
func (b *bench) ok(tool, args string) (string, map[string]any) {
	b.t.Helper()
	text, structured, isError := b.raw(b.t.Context(), tool, args)
	if isError {
		b.t.Fatalf("%s %s: %s", tool, args, text)
	}
	if err := b.schema(tool).Validate(structured); err != nil {
		b.t.Errorf("%s: the structured content does not fit its schema: %v", tool, err)
	}
	return text, structured.(map[string]any)
}

// refused calls a tool that has to report an error with these words.
func (b *bench) refused(tool, args string, words ...string) string {
	b.t.Helper()
	text, _, isError := b.raw(b.t.Context(), tool, args)
	if !isError {
		b.t.Errorf("%s %s: no error, but %s", tool, args, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("%s %s:\n%s\ndoes not say %q", tool, args, text, w)
		}
	}
	return text
}

func (b *bench) schema(tool string) *jsonschema.Schema {
	if s := b.schemas[tool]; s != nil {
		return s
	}
	t, ok := b.server.Tool(tool)
	if !ok {
		b.t.Fatalf("no tool %s", tool)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(t.OutputSchema()))
	if err != nil {
		b.t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(tool+".json", doc); err != nil {
		b.t.Fatal(err)
	}
	s, err := c.Compile(tool + ".json")
	if err != nil {
		b.t.Fatalf("%s: the output schema does not compile: %v", tool, err)
	}
	b.schemas[tool] = s
	return s
}

// golden compares with a file below testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run go test with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +got; go test -update rewrites it):\n%s", file, diff)
	}
}

// tokens counts as o200k, the encoding of current models.
func tokens(t *testing.T, text string) int {
	t.Helper()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	n, err := codec.Count(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
