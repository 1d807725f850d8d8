package main

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// progressBar shows how a report goes on, in one line of a terminal; nowhere else.
type progressBar struct {
	app   *app
	shown bool
	on    bool
	mu    sync.Mutex
}

func (a *app) newProgressBar() *progressBar { return &progressBar{app: a, on: a.stderrIsTTY} }

// isTerminal reports whether stderr is a terminal that somebody may look at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

const barWidth = 24

func (b *progressBar) show(s kit.Step) {
	if !b.on {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = true
	line := s.Message
	if s.Of > 0 {
		full := barWidth * min(s.Done, s.Of) / s.Of
		line = "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + line
	}
	fmt.Fprintf(b.app.err, "\r\x1b[K%s", line)
}

// clear takes the line away.
func (b *progressBar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown {
		fmt.Fprint(b.app.err, "\r\x1b[K")
	}
}
