package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// typedHint is shown when a person starts the server in a terminal.
const typedHint = `This is an MCP server: an assistant starts it and talks to it in JSON, so it waits here for such messages.
  jira-mcp install CLIENT   adds it to an assistant
  jira-mcp demo             shows what it does
  jira-mcp --help           lists all commands
Press Ctrl-C to end it.
`

// typedInput passes on the lines of a terminal that may be messages. Any other
// line gets a hint on stderr in place of a JSON error on stdout.
type typedInput struct {
	in   *bufio.Reader
	err  io.Writer
	rest []byte // of a line that did not fit into the caller's buffer
}

// Read implements io.Reader.
func (t *typedInput) Read(p []byte) (int, error) {
	for len(t.rest) == 0 {
		line, err := t.in.ReadBytes('\n')
		switch text := bytes.TrimSpace(line); {
		case len(text) > 0 && (text[0] == '{' || text[0] == '['):
			t.rest = line
		case len(text) > 0:
			fmt.Fprintf(t.err, "That is not a message of the Model Context Protocol. To use the tools here: jira-mcp call jira_whoami; to end this: Ctrl-C.\n")
		}
		if len(t.rest) == 0 && err != nil {
			return 0, err
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}
