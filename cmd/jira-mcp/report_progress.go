package main

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// progressBar shows a report's progress in one line of a terminal. It writes
// nothing if stderr is not one. It is safe for concurrent use.
type progressBar struct {
	app   *app
	shown bool // there is a line to clear
	on    bool // stderr is a terminal
	mu    sync.Mutex
}

// newProgressBar returns a bar on stderr.
func (a *app) newProgressBar() *progressBar { return &progressBar{app: a, on: a.stderrIsTTY} }

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// barWidth is the width of the bar in characters.
const barWidth = 24

// show replaces the line with a step's message, and a bar if the total is
// known.
func (b *progressBar) show(s kit.Step) {
	if !b.on {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = true
	line := s.Message
	if s.Total > 0 {
		full := barWidth * min(s.Done, s.Total) / s.Total
		line = "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + line
	}
	fmt.Fprintf(b.app.err, "\r\x1b[K%s", line)
}

// clear removes the line.
func (b *progressBar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown {
		fmt.Fprint(b.app.err, "\r\x1b[K")
	}
}
