// Package stdioserver stands between the process's standard streams and mcp-go's
// stdio server. It refuses lines that are too long, not UTF-8 or nested too
// deep with an answer that carries the request's own id, and it holds back
// the end of the input until every request received has been answered:
// mcp-go cancels calls in flight when its input ends.
package stdioserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// workers is how many calls run at a time; mcp-go's own 5 would let an
// assistant with 64 calls in flight wait. They wait for Jira nearly always.
const (
	workers = 72
	queue   = 1000
)

// Grace is how long calls in flight may take to finish after a signal.
const Grace = 30 * time.Second

// endWait bounds how long the end of the input is held back: longer than any
// call takes.
const endWait = 5 * time.Minute

// Serve answers requests from in on out until in ends or ctx does. Either way
// the requests received so far are answered first, after ctx within Grace.
func Serve(ctx context.Context, mcp *server.MCPServer, in io.Reader, out io.Writer, log *slog.Logger) error {
	pr, pw := io.Pipe()
	g := &guard{out: out, pipe: pw, idle: make(chan struct{}, 1), inFlight: map[string]int{}, asked: map[string]bool{}}
	srv := server.NewStdioServer(mcp)
	for _, option := range []server.StdioOption{
		server.WithErrorLogger(slog.NewLogLogger(log.Handler(), slog.LevelDebug)),
		server.WithWorkerPoolSize(workers), server.WithQueueSize(queue),
	} {
		option(srv)
	}
	// The server itself outlives ctx, so that what is in flight can finish.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- g.read(in) }()
	go func() {
		var err error
		select {
		case err = <-ended:
			// What waits for an answer of the client will not get one any more.
			g.wait(work, endWait, func() bool { return len(g.inFlight) <= len(g.asked) })
		case <-ctx.Done():
			g.wait(work, Grace, func() bool { return len(g.inFlight) == 0 })
		}
		pw.CloseWithError(err)
	}()
	err := srv.Listen(work, pr, g)
	pr.CloseWithError(io.ErrClosedPipe)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// guard is the two directions of the stream with what is in flight.
type guard struct {
	pipe *io.PipeWriter

	mu        sync.Mutex // orders writes to out, and guards what follows
	out       io.Writer
	inFlight  map[string]int  // requests to be answered, by id
	asked     map[string]bool // the server's own requests, which the client has yet to answer
	idle      chan struct{}   // told when inFlight becomes empty
	handshake *handshake      // that is on its way; nil without
}

// handshake is a handshake: what a client says behind it, without waiting for
// its answer, is held back until then. mcp-go would begin with all of it at
// once, and calls would be of nobody and could not ask their user.
type handshake struct {
	id       string
	answered chan struct{}
}

// handshakeTimeout bounds how long a handshake holds back what comes behind it.
const handshakeTimeout = 5 * time.Second

// read passes lines on until the input ends. Its error is nil at the end.
func (g *guard) read(in io.Reader) error {
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, size, scanner, err := readLine(r)
		if size > 0 && len(bytes.TrimSpace(line)) > 0 {
			if err := g.accept(line, size, scanner); err != nil {
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

// readLine reads one line. Of a line that is too long the beginning is kept
// and the rest scanned for its id.
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

func (g *guard) accept(line []byte, size int, s *jsonrpc.Scanner) error {
	if problem := jsonrpc.Validate(size-1, utf8.Valid(line), s); problem != "" {
		code := jsonrpc.InvalidRequest
		if s.ID() == nil {
			code = jsonrpc.ParseError
		}
		return g.refuse(s, code, problem)
	}
	// What is not JSON is answered without an id, and a subscription stays
	// open by design: neither is waited for.
	if s.Response() {
		g.mu.Lock()
		delete(g.asked, jsonrpc.CanonicalID(s.ID()))
		g.mu.Unlock()
	}
	var hello *handshake
	if s.Request() && s.Method() != "subscriptions/listen" && json.Valid(line) {
		id := jsonrpc.CanonicalID(s.ID())
		if s.Method() == "initialize" {
			hello = &handshake{id, make(chan struct{})}
		}
		g.mu.Lock()
		g.inFlight[id]++
		g.handshake = hello
		g.mu.Unlock()
	}
	if line[len(line)-1] != '\n' {
		line = append(line, '\n')
	}
	if _, err := g.pipe.Write(line); err != nil || hello == nil {
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

func (g *guard) refuse(s *jsonrpc.Scanner, code int, problem string) error {
	if s.ID() == nil && s.Method() != "" {
		return nil // a notification is not answered
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.out.Write(append(jsonrpc.ErrorMessage(s.ID(), code, problem), '\n'))
	return err
}

// Write implements io.Writer for the server: one message a call.
func (g *guard) Write(p []byte) (int, error) {
	var s jsonrpc.Scanner
	s.ScanResponse(p)
	g.mu.Lock()
	defer g.mu.Unlock()
	n, err := g.out.Write(p)
	if s.Response() {
		id := jsonrpc.CanonicalID(s.ID())
		if g.inFlight[id]--; g.inFlight[id] <= 0 {
			delete(g.inFlight, id)
		}
		if g.handshake != nil && g.handshake.id == id {
			close(g.handshake.answered)
			g.handshake = nil
		}
		if len(g.inFlight) == 0 {
			clear(g.asked) // of calls that ended without an answer
		}
	} else if s.Request() {
		g.asked[jsonrpc.CanonicalID(s.ID())] = true
	}
	if len(g.inFlight) <= len(g.asked) {
		select {
		case g.idle <- struct{}{}:
		default:
		}
	}
	return n, err
}

// wait returns when it is done, or after limit.
func (g *guard) wait(ctx context.Context, limit time.Duration, done func() bool) {
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
