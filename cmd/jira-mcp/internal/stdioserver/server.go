// Package stdioserver serves MCP on the process's standard streams. It is a
// relay between the streams and mcp-go's stdio server, and works around these
// faults of mcp-go v1.2.1:
//
//   - The end of the input cancels calls in flight, so that the answer of a
//     piped one-shot call is lost. The relay holds back the end of the input
//     until every request received has been answered. Remove when mcp-go
//     finishes calls in flight at the end of its input.
//   - A request that is nested too deep is answered with the id null, invalid
//     UTF-8 is replaced silently, and lines have no maximum length. The relay
//     rejects such lines with an answer that carries the request's own id.
//     Remove when mcp-go does (see [jsonrpc.Validate]).
//   - Requests run concurrently with the read loop, initialize included, so
//     that a call sent right behind it may start before the handshake is
//     complete: without client identity and elicitation. The relay holds back
//     what follows initialize until that is answered. Remove when mcp-go
//     answers initialize before it reads on.
//   - Only 5 calls run at a time by default; see workers.
//   - A request that the client has cancelled is answered, and so is an answer
//     to a request that the server no longer waits for. MCP and JSON-RPC want
//     neither. The relay drops the first and does not pass on the second. Remove
//     when mcp-go does.
//
// [Serve] is the entry point. Read it first, then acceptLine (client to server)
// and Write (server to client) of the type relay.
//
// mcp-go keeps one stdio session for the whole process, so that a process must
// not serve twice at the same time.
package stdioserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// workers is how many calls run at a time, and queue how many more may wait.
// mcp-go's default of 5 workers would make an assistant with 64 calls in flight
// wait; its maximum is 100. Calls nearly always wait for Jira, so many workers
// cost little. When the queue is full, mcp-go runs a call in its read loop and
// reads nothing meanwhile.
const (
	workers = 72
	queue   = 1000
)

// Grace is how long calls in flight may take to finish after a signal.
const Grace = 30 * time.Second

// endWait bounds how long the end of the input is held back. It is longer than
// any call takes.
const endWait = 5 * time.Minute

// Options is what [Serve] serves, and how.
type Options struct {
	Server *server.MCPServer
	// Next returns the server that takes the place of the present one, or nil to
	// keep that. It is called before each request that needs more than a handshake,
	// until it returns true, for the last server. May be nil.
	Next   func(context.Context) (_ *server.MCPServer, isLast bool)
	Log    *slog.Logger
	Redact func([]byte) []byte // removes secrets from errors; may be nil
}

// Serve answers requests from in on out until in ends or ctx is done. In both
// cases it first answers the requests received so far: at the end of the input
// within five minutes, and after ctx is done within [Grace]. It returns nil for
// an orderly end, which a signal is as well.
//
// Three goroutines work together. The first reads lines from in and writes the
// good ones into a pipe. The second waits for the end of the input, or of ctx,
// and then for the calls in flight, before it closes the pipe. The calling
// goroutine runs mcp-go, which reads the pipe and writes its answers through
// relay.Write. Closing the pipe is what ends mcp-go.
func Serve(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	input, pw := io.Pipe()
	// The server outlives ctx, so that calls in flight can finish.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g := &relay{out: out, redact: o.Redact, pipe: pw, idle: make(chan struct{}, 1), inFlight: map[string][][]byte{}, serverRequests: map[string]bool{}, cancelled: map[string]bool{}, next: o.Next, work: work}
	ended := make(chan error, 1)
	go func() { ended <- g.read(in) }()
	go func() {
		var err error
		select {
		case err = <-ended:
			// The client is gone. A call that waits for the client's answer to
			// a server request will not get one, so it is not waited for.
			g.wait(work, endWait, func() bool { return len(g.inFlight) <= len(g.serverRequests) })
		case <-ctx.Done():
			g.wait(work, Grace, func() bool { return len(g.inFlight) == 0 })
		}
		g.closePipe(err)
	}()
	var err error
	for current := o.Server; current != nil; current, input = g.takeReplacement() {
		err = listen(work, current, input, g, o.Log)
		input.CloseWithError(io.ErrClosedPipe)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// listen runs mcp-go's server until its input ends.
func listen(ctx context.Context, mcp *server.MCPServer, in io.Reader, out io.Writer, log *slog.Logger) error {
	srv := server.NewStdioServer(mcp)
	for _, option := range []server.StdioOption{
		server.WithErrorLogger(slog.NewLogLogger(log.Handler(), slog.LevelDebug)),
		server.WithWorkerPoolSize(workers), server.WithQueueSize(queue),
	} {
		option(srv)
	}
	return srv.Listen(ctx, in, out)
}

// relay holds both directions of the stream and the requests in flight.
type relay struct {
	redact func([]byte) []byte                             // of errors
	work   context.Context                                 // ends when Serve returns
	next   func(context.Context) (*server.MCPServer, bool) // see Options; nil after the last server

	mu             sync.Mutex // orders writes to out, and guards the fields below
	out            io.Writer
	inFlight       map[string][][]byte // requests to be answered, as their ids are written, by canonical id; a client may reuse an id
	serverRequests map[string]bool     // requests by the server that the client has yet to answer
	cancelled      map[string]bool     // requests in flight that the client has cancelled
	idle           chan struct{}       // wakes wait up when only calls that await the client are in flight
	handshake      *handshake          // the handshake in progress, or nil
	pipe           *io.PipeWriter      // to mcp-go
	replacement    *replacement        // the server that takes over, until Serve has taken it
	hasEnded       bool                // no server reads any more

	// For a server that takes over; of the reading goroutine alone: the client's
	// handshake, and its subscriptions, which stay open.
	hello, initialized []byte
	subscriptions      []subscription
}

// handshake is an initialize request that has not been answered yet. A client
// may send more messages without waiting for the answer; they are held back
// until it is written. mcp-go v1.2.1 would start the calls before the handshake
// finished, without client identity or elicitation.
type handshake struct {
	id       string
	answered chan struct{}
	isReplay bool // for a server that has taken over; the client has its answer
}

// handshakeTimeout bounds how long a handshake holds back the messages that
// follow it.
const handshakeTimeout = 5 * time.Second

// byteOrderMark is what some programs for Windows write before the first line.
const byteOrderMark = "\ufeff"

// read passes lines on until the input ends, and then returns nil.
func (g *relay) read(in io.Reader) error {
	r := bufio.NewReaderSize(in, 64<<10)
	if begin, _ := r.Peek(len(byteOrderMark)); string(begin) == byteOrderMark {
		_, _ = r.Discard(len(byteOrderMark))
	}
	for {
		line, size, scanner, err := readLine(r)
		if size > 0 && len(bytes.TrimSpace(line)) > 0 {
			if err := g.acceptLine(line, size, scanner); err != nil {
				return err
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// readLine reads one line, with its newline. A line that is too long is read to
// its end, but only its first 4 MiB are kept: the scanner sees all of it, and
// so finds the id to answer with even when the id comes last.
func readLine(r *bufio.Reader) (line []byte, size int, s *jsonrpc.Scanner, err error) {
	s = &jsonrpc.Scanner{}
	for {
		part, err := r.ReadSlice('\n')
		size += len(part)
		_, _ = s.Write(part)
		if size <= jsonrpc.MaxMessage+1 {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, size, s, err
		}
	}
}

// acceptLine checks one line and writes it to mcp-go, or answers it with an
// error.
//
// It records a request before mcp-go sees it, so that the answer cannot come
// first. After an initialize request it waits, for at most handshakeTimeout,
// until the answer has been written; nothing else is read meanwhile.
func (g *relay) acceptLine(line []byte, size int, s *jsonrpc.Scanner) error {
	if problem := jsonrpc.Validate(size-1, utf8.Valid(line), s); problem != "" {
		code := jsonrpc.InvalidRequest
		if s.ID() == nil && !s.IsBatch() {
			code = jsonrpc.ParseError
		}
		return g.writeError(s, code, problem)
	}
	// Two kinds of messages are not recorded as in flight: text that is not
	// JSON, since mcp-go answers it without an id, and a subscription, since it
	// stays open by design.
	if s.IsResponse() && !g.awaits(jsonrpc.CanonicalID(s.ID())) {
		return nil
	}
	if id := s.CancelledID(line); id != "" {
		g.cancel(id)
	}
	g.replaceServer(s, line)
	var hello *handshake
	if s.IsRequest() && s.Method() != "subscriptions/listen" && json.Valid(line) {
		id := jsonrpc.CanonicalID(s.ID())
		if s.Method() == "initialize" {
			hello = &handshake{id: id, answered: make(chan struct{})}
		}
		g.mu.Lock()
		g.inFlight[id] = append(g.inFlight[id], slices.Clone(s.ID()))
		g.handshake = hello
		g.mu.Unlock()
	}
	if line[len(line)-1] != '\n' {
		line = append(line, '\n')
	}
	return g.send(line, hello)
}

// send writes a line to mcp-go. Behind initialize it waits for the answer.
func (g *relay) send(line []byte, hello *handshake) error {
	g.mu.Lock()
	pipe := g.pipe
	g.mu.Unlock()
	if _, err := pipe.Write(line); err != nil || hello == nil {
		return err
	}
	limit := time.NewTimer(handshakeTimeout)
	defer limit.Stop()
	select {
	case <-hello.answered:
	case <-limit.C:
	}
	return nil
}

// awaits reports whether the server waits for the client's answer to a request, and
// notes that it has come.
func (g *relay) awaits(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	waits := g.serverRequests[id]
	delete(g.serverRequests, id)
	return waits
}

// cancel notes that the client has cancelled a request. The handshake cannot be
// cancelled.
func (g *relay) cancel(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.inFlight[id]) > 0 && (g.handshake == nil || g.handshake.id != id) {
		g.cancelled[id] = true
	}
}

// writeError answers a bad line with an error. JSON-RPC does not allow an
// answer to a notification, so a bad notification is dropped.
func (g *relay) writeError(s *jsonrpc.Scanner, code int, problem string) error {
	if s.ID() == nil && s.Method() != "" {
		return nil // a notification is not answered
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.out.Write(append(jsonrpc.ErrorMessage(s.ID(), code, problem), '\n'))
	return err
}

// Write implements io.Writer for mcp-go, which writes one message per call. It
// notes which request a response answers, and which requests the server makes
// to the client.
func (g *relay) Write(p []byte) (int, error) {
	var s jsonrpc.Scanner
	s.ScanResponse(p)
	g.mu.Lock()
	defer g.mu.Unlock()
	n, err := len(p), error(nil) // of what mcp-go wrote
	id := jsonrpc.CanonicalID(s.ID())
	if h := g.handshake; h != nil && h.isReplay && s.IsResponse() && h.id == id {
		close(h.answered)
		g.handshake = nil
		return n, nil
	}
	if s.IsResponse() && len(g.inFlight[id]) == 1 {
		p = jsonrpc.RestoreID(p, g.inFlight[id][0])
	}
	if !s.IsResponse() || !g.cancelled[id] {
		_, err = g.out.Write(jsonrpc.RedactError(p, g.redact))
	}
	if s.IsResponse() {
		delete(g.cancelled, id)
		if rest := g.inFlight[id]; len(rest) > 1 {
			g.inFlight[id] = rest[1:]
		} else {
			delete(g.inFlight, id)
		}
		if g.handshake != nil && g.handshake.id == id {
			close(g.handshake.answered)
			g.handshake = nil
		}
		if len(g.inFlight) == 0 {
			clear(g.serverRequests) // these calls ended without the client's answer
		}
	} else if s.IsRequest() {
		g.serverRequests[id] = true
	}
	if len(g.inFlight) <= len(g.serverRequests) {
		select {
		case g.idle <- struct{}{}:
		default:
		}
	}
	return n, err
}

// wait returns when done reports true, or after limit. It calls done with the
// mutex held, and again each time idle signals a change.
func (g *relay) wait(ctx context.Context, limit time.Duration, done func() bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		g.mu.Lock()
		ready := done()
		g.mu.Unlock()
		if ready {
			return
		}
		select {
		case <-g.idle:
		case <-ctx.Done():
			return
		}
	}
}
