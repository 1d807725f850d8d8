package stdioserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/stdioserver"
)

// pipe runs a server with a tool that answers once release is closed. mcp-go
// keeps one stdio session per process, so that these tests run one after the
// other.
type pipe struct {
	t        *testing.T
	in       *io.PipeWriter
	out      *bufio.Scanner
	started  chan struct{}
	release  chan struct{}
	finished chan struct{} // a call was cancelled
	ended    chan error
	stop     context.CancelFunc
}

func serve(t *testing.T, options ...server.ServerOption) *pipe {
	t.Helper()
	p := &pipe{t: t, started: make(chan struct{}, 100), release: make(chan struct{}), finished: make(chan struct{}, 100), ended: make(chan error, 1)}
	m := server.NewMCPServer("t", "1", options...)
	m.AddTool(mcp.NewTool("slow"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		p.started <- struct{}{}
		select {
		case <-p.release:
			return mcp.NewToolResultText("done"), nil
		case <-ctx.Done():
			p.finished <- struct{}{}
			return mcp.NewToolResultError("cancelled"), nil
		}
	})
	m.AddTool(mcp.NewTool("asks"), func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if said := server.ElicitationResponse(req.Params.InputResponses, "q"); said != nil {
			return mcp.NewToolResultText("said " + string(said.Action)), nil
		}
		return server.NewInputRequestBuilder("s").Elicit("q", mcp.ElicitationParams{Message: "?", RequestedSchema: map[string]any{"type": "object"}}).ToolResult(), nil
	})
	m.AddTool(mcp.NewTool("whose"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		p.started <- struct{}{}
		return mcp.NewToolResultText(server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo).GetClientInfo().Name), nil
	})
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	p.in, p.stop = inW, stop
	p.out = bufio.NewScanner(outR)
	p.out.Buffer(nil, 8<<20)
	go func() {
		p.ended <- stdioserver.Serve(ctx, stdioserver.Options{Server: m, Log: slog.New(slog.DiscardHandler)}, inR, outW)
		outW.Close()
		inR.Close()
	}()
	return p
}

func (p *pipe) send(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pipe) answer() map[string]any {
	p.t.Helper()
	if !p.out.Scan() {
		p.t.Fatal("no answer: the output ended")
	}
	var v map[string]any
	if err := json.Unmarshal(p.out.Bytes(), &v); err != nil {
		p.t.Fatalf("%s: %v", p.out.Text(), err)
	}
	return v
}

const callSlow = `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"slow"}}` + "\n"

// TestCallsBehindAHandshakeWaitForIt checks that a call sent right behind
// initialize starts after the handshake and knows its client. The hook gives a
// call that overtakes the handshake the time to do so, and notices it.
func TestCallsBehindAHandshakeWaitForIt(t *testing.T) {
	defer goleak.VerifyNone(t)
	hooks := &server.Hooks{}
	var p *pipe
	overtaken := false
	hooks.AddBeforeInitialize(func(context.Context, any, *mcp.InitializeRequest) {
		for range 1000 {
			runtime.Gosched()
			overtaken = overtaken || len(p.started) > 0
		}
	})
	p = serve(t, server.WithHooks(hooks))
	go func() {
		_, _ = io.WriteString(p.in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"somebody","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"whose"}}
`)
		_ = p.in.Close()
	}()
	if v := p.answer(); v["id"] != 1.0 || overtaken {
		t.Errorf("first answer: %v; overtaken: %v", v, overtaken)
	}
	if v := p.answer(); !strings.Contains(fmt.Sprint(v["result"]), "somebody") {
		t.Errorf("of nobody: %v", v)
	}
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
}

func TestEndOfInputLetsCallsFinish(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := serve(t)
	for id := range 20 {
		p.send(fmt.Sprintf(callSlow, id+1))
	}
	for range 20 {
		<-p.started
	}
	// Malformed lines get answers of their own and do not count as answers to
	// other requests.
	odd := []string{"{bad", "[]", "42", `{"jsonrpc":"2.0","id":93}`, `{"ID":900,"METHOD":"ping"}`, `{"jsonrpc":"2.0","id":94,"method":5}`}
	go func() {
		for _, line := range odd {
			_, _ = io.WriteString(p.in, line+"\n")
		}
	}()
	for range odd {
		if v := p.answer(); v["error"] == nil {
			t.Errorf("an odd line is answered with %v", v)
		}
	}
	// The last line counts although it has no newline.
	p.send(`{"jsonrpc":"2.0","id":99,"method":"ping"}`)
	p.in.Close()
	if v := p.answer(); v["id"] != 99.0 {
		t.Errorf("first answer: %v", v)
	}
	close(p.release)
	seen := map[float64]bool{}
	for range 20 {
		v := p.answer()
		if !strings.Contains(fmt.Sprint(v["result"]), "done") {
			t.Errorf("answer: %v", v)
		}
		seen[v["id"].(float64)] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d different answers", len(seen))
	}
	if err := <-p.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestEndOfInputIsNotHeldBackForTheClient checks that the end of the input is
// not held back for a call that waits for an answer of the client, since the
// client has gone.
func TestEndOfInputIsNotHeldBackForTheClient(t *testing.T) {
	p := serve(t)
	p.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}` + "\n")
	p.answer()
	ask := func(id int) any {
		t.Helper()
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"asks"}}`+"\n", id))
		v := p.answer()
		if v["method"] != "elicitation/create" {
			t.Fatalf("asked %v", v)
		}
		return v["id"]
	}
	p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"result":{"action":"decline"}}`+"\n", ask(2)))
	if v := p.answer(); v["id"] != 2.0 || !strings.Contains(fmt.Sprint(v["result"]), "said decline") {
		t.Errorf("answer: %v", v)
	}
	ask(3)
	p.send(fmt.Sprintf(callSlow, 4))
	<-p.started
	p.in.Close()
	close(p.release)
	if v := p.answer(); v["id"] != 4.0 { // the other call is answered all the same
		t.Errorf("answer: %v", v)
	}
	for p.out.Scan() { // skip how the call of id 3 ends
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still held back")
	}
}

func TestSignalLetsCallsFinish(t *testing.T) {
	p := serve(t)
	defer p.in.Close()
	p.send(fmt.Sprintf(callSlow, 1))
	<-p.started
	p.stop()
	close(p.release)
	if v := p.answer(); !strings.Contains(fmt.Sprint(v["result"]), "done") {
		t.Errorf("answer: %v", v)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestCancelledCallIsNotAnswered checks that a cancelled call ends without an
// answer (MCP, cancellation), that the end of the input is not held back by it, and
// that a call with its id is answered later.
func TestCancelledCallIsNotAnswered(t *testing.T) {
	p := serve(t)
	p.send(fmt.Sprintf(callSlow, 1))
	<-p.started
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}` + "\n")
	<-p.finished
	p.send(`{"jsonrpc":"2.0","id":2,"method":"ping"}` + "\n")
	if v := p.answer(); v["id"] != 2.0 {
		t.Errorf("answer: %v", v)
	}
	p.send(fmt.Sprintf(callSlow, 1))
	<-p.started
	close(p.release)
	if v := p.answer(); v["id"] != 1.0 || !strings.Contains(fmt.Sprint(v["result"]), "done") {
		t.Errorf("answer: %v", v)
	}
	p.in.Close()
	<-p.ended
	if p.out.Scan() {
		t.Errorf("one more answer: %s", p.out.Text())
	}
}

// TestByteOrderMarkAndBatch checks that a byte order mark before the first line is
// skipped, and that a batch is refused with words.
func TestByteOrderMarkAndBatch(t *testing.T) {
	p := serve(t)
	p.send("\ufeff" + `{"jsonrpc":"2.0","id":2,"method":"ping"}` + "\r\n")
	if v := p.answer(); v["id"] != 2.0 || v["result"] == nil {
		t.Errorf("answer: %v", v)
	}
	p.send(`[{"jsonrpc":"2.0","id":3,"method":"ping"}]` + "\n")
	if v := p.answer(); v["id"] != nil || !strings.Contains(fmt.Sprint(v["error"]), "code:-32600") || !strings.Contains(fmt.Sprint(v["error"]), "send one message at a time") {
		t.Errorf("answer: %v", v)
	}
	p.in.Close()
	<-p.ended
}

// TestIDsKeepTheirForm checks that numbers come back as the client wrote them.
func TestIDsKeepTheirForm(t *testing.T) {
	p := serve(t)
	for _, id := range []string{"9007199254740993", "1.0", "1e3", "-0", "12345678901234567890", "5.5", "7", `"a"`} {
		p.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}` + "\n")
		if !p.out.Scan() || !strings.Contains(p.out.Text(), `"id":`+id+`,"result"`) {
			t.Errorf("%s: %s", id, p.out.Text())
		}
	}
	p.in.Close()
	<-p.ended
}

// TestLateAnswersAreNotAnswered checks that an answer to a request which the server
// does not wait for is dropped: JSON-RPC answers requests only.
func TestLateAnswersAreNotAnswered(t *testing.T) {
	p := serve(t)
	p.send(`{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"Method not found"}}` + "\n" + `{"jsonrpc":"2.0","id":8,"result":{}}` + "\n")
	p.send(`{"jsonrpc":"2.0","id":2,"method":"ping"}` + "\n")
	if v := p.answer(); v["id"] != 2.0 {
		t.Errorf("answer: %v", v)
	}
	p.in.Close()
	<-p.ended
}

func TestBadLinesAreAnsweredWithTheirOwnID(t *testing.T) {
	p := serve(t)
	var once sync.Once
	defer once.Do(func() { p.in.Close() })
	for _, c := range []struct{ line, id, has string }{
		{`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"` + strings.Repeat("x", 5<<20) + `"},"id":"late"}`, "late", "longer than 4 MiB"},
		{`{"jsonrpc":"2.0","id":2,"method":"ping","params":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`, "2", "nested more than 64"},
		{`{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":"` + "\xff" + `"}}`, "3", "not valid UTF-8"},
		{strings.Repeat(`[`, 10_000), "<nil>", "nested"},
		{`{"jsonrpc":"2.0","id":4,"method":"nope"}`, "4", "not found"},
		{`garbage`, "<nil>", "arse error"},
	} {
		go func() { _, _ = io.WriteString(p.in, c.line+"\r\n\n") }()
		v := p.answer()
		if fmt.Sprint(v["id"]) != c.id || !strings.Contains(fmt.Sprint(v["error"]), c.has) {
			t.Errorf("%.60s…: %v", c.line, v)
		}
	}
	// A bad notification is not answered, and the server goes on.
	p.send(`{"jsonrpc":"2.0","method":"notifications/x","params":"` + "\xff" + `"}` + "\n")
	p.send(`{"jsonrpc":"2.0","id":5,"method":"ping"}` + "\n")
	if v := p.answer(); v["id"] != 5.0 {
		t.Errorf("answer: %v", v)
	}
	once.Do(func() { p.in.Close() })
	<-p.ended
}
