package httpserver_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

const cancelSlow = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`

// TestCancelledCallIsNotAnswered checks that a call whose client cancelled it gets
// no answer over streamable HTTP: 202 without a body in place of JSON, and the end
// of a stream.
func TestCancelledCallIsNotAnswered(t *testing.T) {
	r := start(t, httpserver.Options{})
	mine := r.session()
	type answer struct {
		status int
		header http.Header
		body   string
	}
	for _, streams := range []bool{false, true} {
		call := slow
		if streams { // the tool's progress turns the answer into a stream
			call = strings.Replace(slow, `"name":"slow"`, `"name":"slow","_meta":{"progressToken":1}`, 1)
		}
		answers := make(chan answer, 1)
		go func() {
			header := map[string]string{"Mcp-Session-Id": mine["Mcp-Session-Id"], "Accept": "application/json, text/event-stream"}
			status, h, body := r.do("POST", "/mcp", header, call)
			answers <- answer{status, h, body}
		}()
		<-r.started
		r.do("POST", "/mcp", mine, cancelSlow)
		<-r.gone
		got := <-answers
		switch {
		case !streams && (got.status != http.StatusAccepted || got.body != "" || got.header.Get("Content-Type") != ""):
			t.Errorf("JSON: %d %q %q", got.status, got.header.Get("Content-Type"), got.body)
		case streams && (got.status != http.StatusOK || !strings.Contains(got.body, "notifications/progress") || strings.Contains(got.body, `"result"`) || got.header.Get("X-Accel-Buffering") != "no"):
			t.Errorf("stream: %d %v %q", got.status, got.header, got.body)
		}
	}
	// The id can be used again.
	close(r.release)
	if status, _, body := r.do("POST", "/mcp", mine, slow); status != 200 || !strings.Contains(body, "done") {
		t.Errorf("%d %s", status, body)
	}
}

// TestCancelledCallIsNotAnsweredOverSSE checks the same for the stream of SSE.
func TestCancelledCallIsNotAnsweredOverSSE(t *testing.T) {
	r := start(t, httpserver.Options{Transport: "sse", PathPrefix: "/jira/"})
	base := strings.TrimSuffix(r.url, "/jira/sse")
	req, _ := http.NewRequestWithContext(t.Context(), "GET", r.url+"/", nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("proxies may buffer the stream: %v", res.Header)
	}
	events := bufio.NewScanner(res.Body)
	next := func() string {
		for events.Scan() {
			if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
				return data
			}
		}
		return ""
	}
	endpoint := next()
	if !strings.HasPrefix(endpoint, "/jira/message?") {
		t.Fatalf("the endpoint is %s", endpoint)
	}
	post := func(body string) {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), "POST", base+endpoint, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != http.StatusAccepted {
			t.Fatalf("%v %v", res, err)
		}
		res.Body.Close()
	}
	post(slow)
	<-r.started
	post(cancelSlow)
	<-r.gone
	post(ping)
	if answer := next(); !strings.Contains(answer, `"id":7`) {
		t.Errorf("the next answer is %s", answer)
	}
}

// TestPaths checks that the server answers below the prefix and without it, since
// some proxies remove it, and with a slash at the end of a path.
func TestPaths(t *testing.T) {
	r := start(t, httpserver.Options{PathPrefix: "jira"})
	r.url = strings.TrimSuffix(r.url, "/jira/mcp")
	for path, want := range map[string]int{"/jira/mcp": 200, "/jira/mcp/": 200, "/mcp": 200, "/mcp/": 200, "/mcp//": 404, "/jiramcp": 404, "/jira": 404, "/jira/jira/mcp": 404, "/jira/mcp/x": 404, "/": 404} {
		if status, _, body := r.do("POST", path, nil, initialize); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	for path, says := range map[string]string{"/jira/healthz": "ok\n", "/healthz": "ok\n", "/jira/.well-known/oauth-protected-resource": "no OAuth", "/.well-known/oauth-protected-resource/jira/mcp": "no OAuth"} {
		if _, _, body := r.do("GET", path, nil, ""); !strings.Contains(body, says) {
			t.Errorf("%s: %s", path, body)
		}
	}
	if err := (httpserver.Options{Listen: "127.0.0.1:0", PathPrefix: "/a?b"}).Check(); err == nil {
		t.Error("a prefix with a question mark is accepted")
	}
}

// TestIDsKeepTheirForm checks that numbers come back as the client wrote them, in
// JSON and in a stream.
func TestIDsKeepTheirForm(t *testing.T) {
	r := start(t, httpserver.Options{})
	close(r.release)
	header := r.session()
	header["Accept"] = "application/json, text/event-stream"
	for _, call := range []string{slow, strings.Replace(slow, `"name":"slow"`, `"name":"slow","_meta":{"progressToken":1}`, 1)} {
		_, _, body := r.do("POST", "/mcp", header, strings.Replace(call, `"id":5`, `"id":9007199254740993`, 1))
		if !strings.Contains(body, `"id":9007199254740993,"result"`) {
			t.Error(body)
		}
	}
}

// TestBatch checks that a batch of MCP 2025-03-26 is refused with words, while the
// version itself can be negotiated.
func TestBatch(t *testing.T) {
	r := start(t, httpserver.Options{})
	status, h, body := r.do("POST", "/mcp", nil, strings.Replace(initialize, "2025-11-25", "2025-03-26", 1))
	if status != 200 || !strings.Contains(body, `"protocolVersion":"2025-03-26"`) {
		t.Errorf("%d %s", status, body)
	}
	status, _, body = r.do("POST", "/mcp", map[string]string{"Mcp-Session-Id": h.Get("Mcp-Session-Id")}, "["+ping+"]")
	if status != 400 || !strings.Contains(body, `"code":-32600`) || !strings.Contains(body, `"id":null`) || !strings.Contains(body, "send one message at a time") {
		t.Errorf("%d %s", status, body)
	}
}

// progress tells the client about progress, if it asked for it.
func progress(ctx context.Context, req mcp.CallToolRequest) {
	if req.Params.Meta != nil && req.Params.Meta.ProgressToken != nil {
		_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": req.Params.Meta.ProgressToken, "progress": 1})
	}
}
