package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"
)

// Command is an [Origin]: a program, such as a password manager's command line,
// that prints the token on its first line. Token runs it when the token is
// first needed and again when Jira has refused the token. Its output is never
// logged.
type Command struct {
	Args    []string
	Timeout time.Duration // [CommandTimeout] if 0
	// Env is the environment of the program; nil means that of this process.
	Env []string
	Now func() time.Time

	runLock chan struct{} // held during a run, so that only one is active; made by [NewCommand]
	token   Secret
	err     error     // of the last run
	ran     time.Time // when the last run ended
}

// CommandTimeout is how long a run may take. Some password managers wait for a
// fingerprint.
const CommandTimeout = 15 * time.Second

// failureTTL is how long other callers get the error of a failed run without a
// new run: a password manager may ask for a fingerprint each time.
const failureTTL = 10 * time.Second

// minRunInterval is the minimum time between two runs, because an earlier one
// would print the same token.
const minRunInterval = time.Second

// NewCommand returns the command of a command line: POSIX words with quotes and
// backslashes but without any expansion, or a JSON array of strings. No shell
// runs it. For example, op read "op://Work/Jira API/token" has three words.
func NewCommand(line string, now func() time.Time) (*Command, error) {
	args, err := commandWords(line)
	if err != nil {
		return nil, err
	}
	return &Command{Args: args, Now: now, runLock: make(chan struct{}, 1)}, nil
}

// commandWords splits a command line. It rejects words that only a shell would
// understand (pipes, redirections, variables, ~/).
func commandWords(line string) ([]string, error) {
	line = strings.TrimSpace(line)
	var args []string
	if strings.HasPrefix(line, "[") {
		if err := json.Unmarshal([]byte(line), &args); err != nil {
			return nil, errors.New(`not a JSON array of strings like ["op", "read", "op://Work/Jira/token"]`)
		}
	} else {
		var err error
		if isWindowsPath(line) || runtime.GOOS == "windows" && strings.Contains(line, `\`) {
			return nil, errors.New(`a backslash escapes the next character, as in POSIX, so a Windows path loses its backslashes; write it with / or as a JSON array: ["C:\\op.exe", "read"]`)
		}
		if args, err = shellquote.Split(line); err != nil {
			return nil, errors.New("a quote is not closed, or a backslash ends the line")
		}
		// Words with a meaning to a shell would reach the program as plain
		// text.
		shell := func(w string) bool {
			return slices.Contains([]string{"|", "||", "&&", "&", ";", ">", "<", ">>", "2>&1", "2>/dev/null"}, w) || strings.HasPrefix(w, "~/") || strings.HasPrefix(w, "$") || strings.HasPrefix(w, "`")
		}
		if i := slices.IndexFunc(args, shell); i >= 0 {
			return nil, fmt.Errorf(`%q works only in a shell, and no shell is used; write full paths, or a JSON array: ["sh", "-c", "…"]`, args[i])
		}
	}
	if len(args) == 0 || args[0] == "" {
		return nil, errors.New("no program is given")
	}
	return args, nil
}

// windowsPath matches a drive letter or a network share at the beginning of a
// word: C:\, \\server\.
var windowsPath = regexp.MustCompile(`(?:^|[\s"'=])(?:[A-Za-z]:\\|\\\\[A-Za-z0-9._-]+\\)`)

// isWindowsPath reports whether a command line has a path with the backslashes of
// Windows.
func isWindowsPath(line string) bool { return windowsPath.MatchString(line) }

// String names the program, without its arguments.
func (c *Command) String() string { return "the command " + c.Args[0] }

// Token implements [Origin]. One caller at a time holds runLock; the others
// wait for it and then get the result of the run. Token returns, in this order:
// the known token, if it is not the refused one or the last run is less than
// minRunInterval ago; the last run's error, for failureTTL; or the result of a
// new run. An error after the caller's context has ended says nothing about the
// command, so it is not kept for others.
func (c *Command) Token(ctx context.Context, refused Secret) (Secret, error) {
	select {
	case c.runLock <- struct{}{}:
		defer func() { <-c.runLock }()
	case <-ctx.Done():
		return Secret{}, ctx.Err()
	}
	if !c.token.IsZero() && (c.token != refused || c.Now().Sub(c.ran) < minRunInterval) {
		return c.token, nil
	}
	if c.err != nil && c.Now().Sub(c.ran) < failureTTL {
		return Secret{}, c.err
	}
	token, err := c.run(ctx)
	if err != nil {
		err = fmt.Errorf("the API token command %q: %w", c.Args[0], err)
	}
	if ctx.Err() != nil { // the caller's own cancellation
		return token, err
	}
	if c.err, c.ran = err, c.Now(); err == nil {
		c.token = token
	}
	return token, err
}

// run runs the program and returns the token on its first line. Its errors
// contain the exit status at most, never the output.
func (c *Command) run(ctx context.Context) (Secret, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = CommandTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = c.Env
	out := &limitedBuffer{limit: maxToken}
	cmd.Stdout = out
	cmd.WaitDelay = time.Second // do not wait for children that keep the pipe open
	endChildren(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Secret{}, fmt.Errorf("did not finish within %s; run it in a terminal, where it can prompt", timeout)
	case ctx.Err() != nil:
		return Secret{}, ctx.Err()
	case errors.As(err, &exit):
		return Secret{}, fmt.Errorf("exit status %d; run it in a terminal to see why", exit.ExitCode())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return Secret{}, err
	}
	token, err := ParseToken(FirstLine(string(DecodeText(out.Bytes()))))
	if err != nil {
		return Secret{}, fmt.Errorf("unusable first line of output: %w", err)
	}
	return token, nil
}

// FirstLine returns the first line that is not empty. Password managers print
// the password there and notes below.
func FirstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	return first
}

// limitedBuffer is a buffer that keeps the first bytes written to it and discards the
// rest.
type limitedBuffer struct {
	bytes.Buffer
	limit int // number of bytes kept
}

// Write implements io.Writer. It accepts all of p, so that the program can go
// on writing.
func (l *limitedBuffer) Write(p []byte) (int, error) {
	if room := l.limit - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
