package stdioserver

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// replacement is a server that takes over the connection.
type replacement struct {
	server *server.MCPServer
	input  *io.PipeReader
}

// subscription is an open request subscriptions/listen.
type subscription struct {
	id   string // canonical
	raw  []byte // the id as the client wrote it
	line []byte
}

// maxSubscriptions is how many open subscriptions are carried over.
const maxSubscriptions = 16

// listChanged returns the notification that tells a client to read the list of
// tools again: for the client's session, or for a subscription with an id.
func listChanged(id []byte) string {
	params := ""
	if id != nil {
		params = fmt.Sprintf(`,"params":{"_meta":{%q:%s}}`, mcp.MetaKeySubscriptionID, id)
	}
	return `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"` + params + "}\n"
}

// replaceServer lets another server take over before a request, if
// [Options.Next] has one. The earlier server answers what it has received; then
// the new one gets the client's handshake, whose answer the client does not get
// a second time, and its subscriptions. The client learns that the tools may have changed.
func (g *relay) replaceServer(s *jsonrpc.Scanner, line []byte) {
	switch method := s.Method(); {
	case g.next == nil:
		return
	case method == "initialize":
		g.hello = slices.Clone(line)
		return
	case method == "notifications/initialized":
		g.initialized = slices.Clone(line)
		return
	case method == "subscriptions/listen" && g.hello == nil && len(g.subscriptions) < maxSubscriptions: // refused after a handshake
		g.subscriptions = append(g.subscriptions, subscription{jsonrpc.CanonicalID(s.ID()), slices.Clone(s.ID()), slices.Clone(line)})
		return
	case s.CancelledID(line) != "":
		id := s.CancelledID(line)
		g.subscriptions = slices.DeleteFunc(g.subscriptions, func(open subscription) bool { return open.id == id })
		return
	case !s.IsRequest(), method == "ping", strings.HasPrefix(method, "logging/"), strings.HasPrefix(method, "subscriptions/"):
		return
	}
	next, isLast := g.next(g.work)
	if isLast {
		g.next = nil
	}
	if next == nil {
		return
	}
	g.wait(g.work, handshakeTimeout, func() bool { return len(g.inFlight) == 0 })
	pr, pw := io.Pipe()
	g.mu.Lock()
	if g.hasEnded {
		g.mu.Unlock()
		return
	}
	old := g.pipe
	g.pipe, g.replacement = pw, &replacement{next, pr}
	for _, open := range g.subscriptions {
		g.cancelled[open.id] = true // the earlier server answers them when it ends
	}
	g.mu.Unlock()
	_ = old.Close() // the earlier server ends; a PipeWriter's Close returns no error
	g.replayHandshake()
	g.replaySubscriptions()
}

// replayHandshake sends the client's handshake to the server that has taken
// over. Without initialize, in the protocol of 2026, there is none.
func (g *relay) replayHandshake() {
	if g.hello == nil {
		return
	}
	var s jsonrpc.Scanner
	_, _ = s.Write(g.hello)
	hello := &handshake{id: jsonrpc.CanonicalID(s.ID()), answered: make(chan struct{}), isReplay: true}
	g.mu.Lock()
	g.handshake = hello
	g.mu.Unlock()
	if g.send(g.hello, hello) != nil || g.initialized == nil || g.send(g.initialized, nil) != nil {
		return // the connection has ended; the next write to the server reports it
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = io.WriteString(g.out, listChanged(nil)) // the next answer reports a closed output
}

// replaySubscriptions opens the client's subscriptions at the server that has
// taken over. Each is acknowledged a second time, with what that server serves.
func (g *relay) replaySubscriptions() {
	for _, open := range g.subscriptions {
		if g.send(open.line, nil) != nil {
			return
		}
		g.mu.Lock()
		_, _ = io.WriteString(g.out, listChanged(open.raw))
		g.mu.Unlock()
	}
}

// takeReplacement returns the server that takes over and its input, or nil if
// there is none; from then on none can take over.
func (g *relay) takeReplacement() (*server.MCPServer, *io.PipeReader) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.replacement
	if g.replacement = nil; r == nil {
		g.hasEnded = true
		return nil, nil
	}
	return r.server, r.input
}

// closePipe ends the server that reads the pipe.
func (g *relay) closePipe(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pipe.CloseWithError(err)
}
