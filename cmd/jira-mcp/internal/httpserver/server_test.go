package httpserver_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

// rig is a server with one tool, which answers once release is closed.
type rig struct {
	t       *testing.T
	url     string
	started chan struct{}
	gone    chan struct{} // receives a value when a call is cancelled
	release chan struct{}
	stop    context.CancelFunc
	ended   chan error
}

func start(t *testing.T, o httpserver.Options) *rig {
	t.Helper()
	r := &rig{t: t, started: make(chan struct{}, 100), gone: make(chan struct{}, 100), release: make(chan struct{}), ended: make(chan error, 1)}
	m := server.NewMCPServer("t", "1", server.WithToolCapabilities(true))
	m.Use(httpserver.CancelWithStream)
	m.AddTool(mcp.NewTool("slow", mcp.WithDescription("x")), func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		progress(ctx, req)
		r.started <- struct{}{}
		select {
		case <-r.release:
			return mcp.NewToolResultText("done"), nil
		case <-ctx.Done():
			r.gone <- struct{}{}
			return mcp.NewToolResultError("cancelled"), nil
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	ready := make(chan string, 1)
	o.Log, o.Ready = slog.New(slog.DiscardHandler), func(u string) { ready <- u }
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Transport == "" {
		o.Transport = "http"
	}
	go func() { r.ended <- httpserver.Serve(ctx, m, o) }()
	select {
	case r.url = <-ready:
	case err := <-r.ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		select {
		case err := <-r.ended:
			if err != nil {
				t.Errorf("ended with %v", err)
			}
		case <-r.closed():
		}
	})
	return r
}

// closed returns a closed channel for tests that have received the server's end
// themselves, or nil.
func (r *rig) closed() chan struct{} {
	if r.ended == nil {
		c := make(chan struct{})
		close(c)
		return c
	}
	return nil
}

func (r *rig) do(method, path string, header map[string]string, body string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, strings.TrimSuffix(r.url, "/mcp")+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		if k == "Host" {
			req.Host = v
		} else {
			req.Header.Set(k, v)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(data)
}

const (
	initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	ping       = `{"jsonrpc":"2.0","id":7,"method":"ping"}`
	slow       = `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"slow"}}`
	modernSlow = `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"slow","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`
)

var modern = map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "slow"}

func (r *rig) session() map[string]string {
	r.t.Helper()
	status, h, body := r.do("POST", "/mcp", nil, initialize)
	if status != 200 || h.Get("Mcp-Session-Id") == "" {
		r.t.Fatalf("initialize: %d %s", status, body)
	}
	return map[string]string{"Mcp-Session-Id": h.Get("Mcp-Session-Id")}
}

func TestGuards(t *testing.T) {
	r := start(t, httpserver.Options{AllowedHosts: []string{"mcp.example.com"}})
	session := r.session()
	with := func(more ...string) map[string]string {
		h := map[string]string{"Mcp-Session-Id": session["Mcp-Session-Id"]}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		body               string
		status             int
		has                string
	}{
		{"health", "GET", "/healthz", nil, "", 200, "ok"},
		{"another path", "POST", "/", session, ping, 404, ""},
		{"a path below", "POST", "/mcp/x", session, ping, 404, ""},
		{"fine", "POST", "/mcp", session, ping, 200, `"id":7`},
		{"an allowed name", "POST", "/mcp", with("Host", "mcp.example.com"), ping, 200, ""},
		{"a foreign name", "POST", "/mcp", with("Host", "evil.example"), ping, 403, "allowed-hosts"},
		{"a foreign page", "POST", "/mcp", with("Origin", "https://evil.example"), ping, 403, "Origin"},
		{"a foreign page's stream", "GET", "/mcp", with("Origin", "https://evil.example"), "", 403, "Origin"},
		{"a sandboxed page", "POST", "/mcp", with("Origin", "null"), ping, 403, "Origin"},
		{"an allowed page", "POST", "/mcp", with("Origin", "https://mcp.example.com"), ping, 200, ""},
		{"no session", "POST", "/mcp", nil, ping, 400, `"id":7`},
		{"a forged session", "POST", "/mcp", map[string]string{"Mcp-Session-Id": "mcp-session-6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, ping, 404, ""},
		{"a forged stream", "GET", "/mcp", map[string]string{"Mcp-Session-Id": "x"}, "", 404, ""},
		{"a stream without a session", "GET", "/mcp", nil, "", 405, ""},
		{"too large", "POST", "/mcp", session, `{"x":"` + strings.Repeat("x", 4<<20) + `","id":7}`, 413, "longer than 4 MiB"},
		{"too deep", "POST", "/mcp", session, `{"id":7,"x":` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}`, 400, "nested more than 64"},
		{"not UTF-8", "POST", "/mcp", session, "{\"id\":7,\"x\":\"\xff\"}", 400, "UTF-8"},
		{"not JSON", "POST", "/mcp", session, "{bad", 400, "-32700"},
		{"initialize that fails", "POST", "/mcp", nil, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":"x"}`, 400, "-32602"},
		{"ending no session", "DELETE", "/mcp", map[string]string{"Mcp-Session-Id": "x"}, "", 404, ""},
		{"not a method", "PATCH", "/mcp", session, "{}", 405, ""},
	} {
		status, _, body := r.do(c.method, c.path, c.header, c.body)
		if status != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s: %d %.200s; want %d with %q", c.name, status, body, c.status, c.has)
		}
	}
	if status, _, _ := r.do("DELETE", "/mcp", session, ""); status != 200 {
		t.Errorf("DELETE: %d", status)
	}
	if status, _, _ := r.do("POST", "/mcp", session, ping); status != 404 {
		t.Errorf("a terminated session: %d", status)
	}
}

func TestBearerToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, httpserver.Options{AuthTokenFile: file})
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Basic 0123456789abcdef": 401, "Bearer 0123456789abcdef": 200, "bearer 0123456789abcdef": 200} {
		status, h, body := r.do("POST", "/mcp", map[string]string{"Authorization": header}, initialize)
		if status != want || want == 401 && (!strings.HasPrefix(h.Get("WWW-Authenticate"), `Bearer realm="jira-mcp"`) || !strings.Contains(body, "token")) {
			t.Errorf("%q: %d, WWW-Authenticate %q, %s", header, status, h.Get("WWW-Authenticate"), body)
		}
		if invalid := strings.Contains(h.Get("WWW-Authenticate"), `error="invalid_token"`); invalid != (header == "Bearer wrong") {
			t.Errorf("%q: WWW-Authenticate %q", header, h.Get("WWW-Authenticate"))
		}
		if strings.Contains(body+h.Get("WWW-Authenticate"), "0123456789abcdef") || strings.Contains(h.Get("WWW-Authenticate"), "resource_metadata") {
			t.Errorf("%q: %s %s", header, h.Get("WWW-Authenticate"), body)
		}
	}
	for path, method := range map[string]string{"/.well-known/oauth-protected-resource/mcp": "GET", "/.well-known/oauth-authorization-server": "GET", "/.well-known/openid-configuration": "GET", "/register": "POST"} {
		if status, _, body := r.do(method, path, nil, ""); status != 404 || !strings.Contains(body, "no OAuth") || strings.Count(body, "\n") != 1 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if status, _, _ := r.do("GET", "/healthz", nil, ""); status != 200 {
		t.Errorf("/healthz: %d", status)
	}
}

func TestOffLoopbackNeedsTokenAndTLS(t *testing.T) {
	for _, c := range []struct {
		o  httpserver.Options
		ok bool
	}{
		{httpserver.Options{Listen: "127.0.0.1:0"}, true}, {httpserver.Options{Listen: "localhost:0"}, true}, {httpserver.Options{Listen: "[::1]:0"}, true},
		{httpserver.Options{Listen: ":8080"}, false}, {httpserver.Options{Listen: "0.0.0.0:8080", AuthTokenFile: "f"}, false},
		{httpserver.Options{Listen: "10.0.0.1:8080", TLSCert: "c", TLSKey: "k"}, false},
		{httpserver.Options{Listen: "10.0.0.1:8080", AuthTokenFile: "f", TLSCert: "c", TLSKey: "k"}, true},
		{httpserver.Options{Listen: "10.0.0.1:8080", AuthTokenFile: "f", BehindProxy: true}, true},
		{httpserver.Options{Listen: "127.0.0.1:0", TLSCert: "c"}, false}, {httpserver.Options{Listen: "nonsense"}, false},
	} {
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}

// TestOnlyTheCallerCanCancel checks that cancellations with the right
// request id have no effect if they come from anybody but the caller.
func TestOnlyTheCallerCanCancel(t *testing.T) {
	const cancel = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`
	r := start(t, httpserver.Options{})
	mine, other := r.session(), r.session()
	answers := make(chan string, 2)
	go func() { _, _, body := r.do("POST", "/mcp", mine, slow); answers <- body }()
	go func() { _, _, body := r.do("POST", "/mcp", modern, modernSlow); answers <- body }()
	<-r.started
	<-r.started
	for _, header := range []map[string]string{nil, other, {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "notifications/cancelled"},
		{"Mcp-Session-Id": other["Mcp-Session-Id"], "Mcp-Protocol-Version": "2026-07-28"}, {"Mcp-Session-Id": "x"}} {
		r.do("POST", "/mcp", header, cancel)
		for _, odd := range []string{`"Method":"notifications/cancelled"`, `"METHOD":"notifications/cancelled"`, `"method":"notifications/initialized","Method":"notifications/cancelled"`} {
			r.do("POST", "/mcp", header, `{"jsonrpc":"2.0",`+odd+`,"params":{"requestId":5,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`)
		}
		r.do("POST", "/mcp", header, strings.Replace(cancel, `"params":{`, `"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},`, 1))
	}
	close(r.release)
	for range 2 {
		if body := <-answers; !strings.Contains(body, "done") {
			t.Errorf("a call was cancelled by a stranger: %s", body)
		}
	}
	if len(r.gone) != 0 {
		t.Error("a call was cancelled by a stranger")
	}
}

func TestCallersCancelTheirOwnCalls(t *testing.T) {
	r := start(t, httpserver.Options{})
	mine := r.session()
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", r.url, strings.NewReader(slow))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Mcp-Session-Id", mine["Mcp-Session-Id"])
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	<-r.started
	r.do("POST", "/mcp", mine, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`)
	<-r.gone

	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		req, _ := http.NewRequestWithContext(ctx, "POST", r.url, strings.NewReader(modernSlow))
		req.Header.Set("Content-Type", "application/json")
		for k, v := range modern {
			req.Header.Set(k, v)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
		}
	}()
	<-r.started
	hangUp()
	<-r.gone
}

func TestShutdownLetsCallsFinish(t *testing.T) {
	for _, transport := range []string{"http", "sse"} {
		t.Run(transport, func(t *testing.T) {
			r := start(t, httpserver.Options{Transport: transport})
			var c *client.Client
			var err error
			if transport == "http" {
				c, err = client.NewStreamableHttpClient(r.url)
			} else {
				c, err = client.NewSSEMCPClient(r.url)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			init := mcp.InitializeRequest{}
			init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
			if _, err := c.Initialize(t.Context(), init); err != nil {
				t.Fatal(err)
			}
			answer := make(chan string, 1)
			go func() {
				req := mcp.CallToolRequest{}
				req.Params.Name = "slow"
				res, err := c.CallTool(t.Context(), req)
				answer <- fmt.Sprintf("%+v %v", res, err)
			}()
			<-r.started
			r.stop()
			close(r.release)
			if a := <-answer; !strings.Contains(a, "done") {
				t.Errorf("the call in flight got %s", a)
			}
			if err := <-r.ended; err != nil {
				t.Errorf("ended with %v", err)
			}
			r.ended = nil
		})
	}
}

func TestGoneStreamEndsItsCalls(t *testing.T) {
	r := start(t, httpserver.Options{Transport: "sse"})
	ctx, hangUp := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", r.url, nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("pages of any origin may read the stream")
	}
	endpoint := ""
	for lines := bufio.NewScanner(res.Body); endpoint == "" && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			endpoint = data
		}
	}
	post, _ := http.NewRequestWithContext(t.Context(), "POST", strings.TrimSuffix(r.url, "/sse")+endpoint, strings.NewReader(slow))
	post.Header.Set("Content-Type", "application/json")
	if res, err := http.DefaultClient.Do(post); err != nil || res.StatusCode != 202 {
		t.Fatalf("%v %v", res, err)
	} else {
		res.Body.Close()
	}
	<-r.started
	hangUp()
	select {
	case <-r.gone:
	case <-time.After(10 * time.Second):
		t.Error("the call goes on though nobody can get its answer")
	}
}

// TestGracefulEnd checks the server while it ends: not ready, new requests refused with
// Retry-After, messages for the calls in flight accepted, streams ended with a notice.
func TestGracefulEnd(t *testing.T) {
	r := start(t, httpserver.Options{})
	status, header, _ := r.do("POST", "/mcp", map[string]string{"Accept": "application/json, text/event-stream"}, initialize)
	session := header.Get("Mcp-Session-Id")
	if status != 200 {
		t.Fatal(status)
	}
	headers := map[string]string{"Accept": "application/json, text/event-stream", "Mcp-Session-Id": session}
	type result struct {
		status int
		body   string
	}
	call, stream := make(chan result, 1), make(chan result, 1)
	go func() {
		status, _, body := r.do("POST", "/mcp", headers, slow)
		call <- result{status, body}
	}()
	<-r.started
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Mcp-Session-Id", session)
	res, err := http.DefaultClient.Do(req) // it returns when the stream is open
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer res.Body.Close()
		data, _ := io.ReadAll(res.Body)
		stream <- result{res.StatusCode, string(data)}
	}()
	if status, _, body := r.do("GET", "/readyz", nil, ""); status != 200 || body != "ok\n" {
		t.Errorf("before: %d %s", status, body)
	}
	r.stop()
	limit := time.After(10 * time.Second)
	for {
		status, header, _ := r.do("GET", "/readyz", nil, "")
		if status == 503 && header.Get("Retry-After") != "" {
			break
		}
		select {
		case <-limit:
			t.Fatalf("/readyz: %d", status)
		default:
		}
	}
	if status, _, _ := r.do("GET", "/healthz", nil, ""); status != 200 {
		t.Errorf("/healthz: %d", status)
	}
	for what, body := range map[string]string{"a call": modernSlow, "a ping": ping, "a session": initialize} {
		if status, header, body := r.do("POST", "/mcp", headers, body); status != 503 || header.Get("Retry-After") == "" || !strings.Contains(body, "the server is ending") {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
	if status, _, body := r.do("POST", "/mcp", headers, `{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != 202 {
		t.Errorf("a notification: %d %s", status, body)
	}
	close(r.release)
	if got := <-call; got.status != 200 || !strings.Contains(got.body, "done") {
		t.Errorf("the call in flight: %+v", got)
	}
	if got := <-stream; got.status != 200 || !strings.Contains(got.body, ": the server is ending") || !strings.Contains(got.body, "retry: 2000") {
		t.Errorf("the stream: %+v", got)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	r.ended = nil
}

// TestSSEStreamsEndWithNotice checks the last that a stream of SSE carries.
func TestSSEStreamsEndWithNotice(t *testing.T) {
	r := start(t, httpserver.Options{Transport: "sse"})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r.stop()
	data, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(data), "event: endpoint") || !strings.HasSuffix(string(data), ": the server is ending; connect again\nretry: 2000\n\n") {
		t.Errorf("%v: %s", err, data)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	r.ended = nil
}
