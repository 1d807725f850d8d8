package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"
)

// Command is an [Origin]: a program that prints the token on its first line,
// such as a password manager's command line. It is run when the token is
// first needed, and again when Jira has refused it. What it prints is never
// logged.
type Command struct {
	Args    []string
	Timeout time.Duration // CommandTimeout when 0
	// Env is the program's environment; this process's when nil.
	Env []string
	Now func() time.Time

	turn  chan struct{} // one run at a time; made by [NewCommand]
	token Secret
	err   error // of the last run
	ran   time.Time
}

// CommandTimeout bounds a run: some password managers ask for a finger.
const CommandTimeout = 15 * time.Second

// failedFor is how long a failed run answers for others: a password manager may
// ask for a finger each time.
const failedFor = 5 * time.Second

// again is how long after a run another is not worth it.
const again = time.Second

// NewCommand reads a command line: POSIX words, with quotes and backslashes
// and without any expansion, or a JSON array of strings. No shell runs it.
func NewCommand(line string, now func() time.Time) (*Command, error) {
	args, err := commandWords(line)
	if err != nil {
		return nil, err
	}
	return &Command{Args: args, Now: now, turn: make(chan struct{}, 1)}, nil
}

func commandWords(line string) ([]string, error) {
	line = strings.TrimSpace(line)
	var args []string
	if strings.HasPrefix(line, "[") {
		if err := json.Unmarshal([]byte(line), &args); err != nil {
			return nil, errors.New(`not a JSON array of strings like ["op", "read", "op://Work/Jira/token"]`)
		}
	} else {
		var err error
		if runtime.GOOS == "windows" && strings.Contains(line, `\`) {
			return nil, errors.New(`a backslash quotes what follows it, as in POSIX; write paths with / or use a JSON array: ["C:\\op.exe", "read"]`)
		}
		if args, err = shellquote.Split(line); err != nil {
			return nil, errors.New("a quote is not closed, or a backslash ends the line")
		}
		// Words a shell would take for itself would reach the program as text.
		shell := func(w string) bool {
			return slices.Contains([]string{"|", "||", "&&", "&", ";", ">", "<", ">>", "2>&1", "2>/dev/null"}, w) || strings.HasPrefix(w, "~/") || strings.HasPrefix(w, "$") || strings.HasPrefix(w, "`")
		}
		if i := slices.IndexFunc(args, shell); i >= 0 {
			return nil, fmt.Errorf(`%q means something to a shell only, and none is used; write whole paths, or a JSON array: ["sh", "-c", "…"]`, args[i])
		}
	}
	if len(args) == 0 || args[0] == "" {
		return nil, errors.New("it names no program")
	}
	return args, nil
}

func (c *Command) String() string { return "the command " + c.Args[0] }

// Token implements [Origin].
func (c *Command) Token(ctx context.Context, refused Secret) (Secret, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return Secret{}, ctx.Err()
	}
	if !c.token.IsZero() && (c.token != refused || c.Now().Sub(c.ran) < again) {
		return c.token, nil
	}
	if c.err != nil && c.Now().Sub(c.ran) < failedFor {
		return Secret{}, c.err
	}
	token, err := c.run(ctx)
	if err != nil {
		err = fmt.Errorf("the API token's command %q: %w", c.Args[0], err)
	}
	if ctx.Err() != nil { // it is the caller's, and says nothing of the command
		return token, err
	}
	if c.err, c.ran = err, c.Now(); err == nil {
		c.token = token
	}
	return token, err
}

func (c *Command) run(ctx context.Context) (Secret, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = CommandTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = c.Env
	out := &limited{most: maxToken}
	cmd.Stdout = out
	cmd.WaitDelay = time.Second // children that keep the pipe open are not waited for
	endChildren(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Secret{}, fmt.Errorf("it did not end within %s; run it in a terminal, where it can ask", timeout)
	case ctx.Err() != nil:
		return Secret{}, ctx.Err()
	case errors.As(err, &exit):
		return Secret{}, fmt.Errorf("it ended with status %d; run it in a terminal to see why", exit.ExitCode())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return Secret{}, err
	}
	token, err := ParseToken(FirstLine(out.String()))
	if err != nil {
		return Secret{}, fmt.Errorf("what it prints first: %w", err)
	}
	return token, nil
}

// FirstLine is the first line that is not empty: password managers print the
// password there, and notes below.
func FirstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	return first
}

// limited keeps the beginning of what is written to it.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
