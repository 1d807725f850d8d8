package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// asker prompts a person at a terminal for values, or takes the values that
// were given as flags. The secret it can read from a pipe as well.
type asker struct {
	in          io.Reader
	out         io.Writer // for prompts: stderr
	file        *os.File  // in, if that is a file
	interactive bool      // in is a terminal
}

// asker returns an asker on the program's streams.
func (a *app) asker() *asker {
	if a.person {
		return &asker{in: a.in, out: a.err, interactive: true}
	}
	file, _ := a.in.(*os.File)
	return &asker{in: a.in, out: a.err, file: file, interactive: file != nil && term.IsTerminal(int(file.Fd()))}
}

// input returns standard input for a command that reads it to its end. At a
// terminal it says first what is expected, since nothing else shows that the
// command waits.
func (a *app) input(what string) io.Reader {
	if a.asker().interactive {
		fmt.Fprintf(a.err, "Type %s, then Ctrl-D (on Windows Ctrl-Z and Enter):\n", what)
	}
	return a.in
}

// line returns the given value, or prompts for it. An empty answer is an error,
// and so is a missing value if there is nobody to prompt; both name the flag.
func (a *asker) line(ctx context.Context, given, prompt, flag string) (string, error) {
	if given != "" {
		return given, nil
	}
	if !a.interactive {
		return "", fmt.Errorf("%s is required, since standard input is not a terminal", flag)
	}
	text, err := a.optional(ctx, prompt)
	if err == nil && text == "" {
		err = fmt.Errorf("no value was entered; enter one, or use %s", flag)
	}
	return text, err
}

// optional prompts for a value that may be empty.
func (a *asker) optional(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(a.out, prompt)
	return a.await(ctx, func() (string, error) { return readLine(a.in) })
}

// secret reads a token: from a terminal without echo, otherwise from the first
// line of the input.
func (a *asker) secret(ctx context.Context, prompt string) (credential.Secret, error) {
	var text string
	var err error
	switch {
	case a.interactive && a.file == nil: // a test in place of a person
		fmt.Fprint(a.out, prompt)
		text, err = a.await(ctx, func() (string, error) { return readLine(a.in) })
	case a.interactive:
		fmt.Fprint(a.out, prompt)
		state, stateErr := term.GetState(int(a.file.Fd()))
		text, err = a.await(ctx, func() (string, error) {
			b, err := term.ReadPassword(int(a.file.Fd()))
			return string(b), err
		})
		if stateErr == nil { // also after the wait was cancelled
			err = errors.Join(err, term.Restore(int(a.file.Fd()), state))
		}
		fmt.Fprintln(a.out)
	default:
		text, err = a.await(ctx, func() (string, error) {
			b, err := io.ReadAll(io.LimitReader(a.in, 1<<20))
			return credential.FirstLine(string(b)), err
		})
	}
	if err != nil {
		return credential.Secret{}, err
	}
	token, err := credential.ParseToken(text)
	if err != nil {
		return credential.Secret{}, fmt.Errorf("the API token: %w", err)
	}
	return token, nil
}

// await runs read and returns its result, or the error of ctx once that is
// done. Reading from a terminal cannot be cancelled, so that read goes on in
// its own goroutine until the process ends.
func (a *asker) await(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{strings.TrimSpace(text), err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads one line, at most 4096 bytes. It reads byte by byte, since a
// buffered reader would take input that belongs to the next prompt.
func readLine(r io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < 4096 {
		n, err := r.Read(b)
		if n == 1 && b[0] == '\n' {
			return string(line), nil
		}
		if n == 1 {
			line = append(line, b[0])
		}
		if errors.Is(err, io.EOF) {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", errors.New("the line is too long")
}
