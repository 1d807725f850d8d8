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

// asker asks a person at a terminal, or takes what was given.
type asker struct {
	in          io.Reader
	out         io.Writer
	file        *os.File
	interactive bool
}

func (a *app) asker() *asker {
	file, _ := a.in.(*os.File)
	return &asker{in: a.in, out: a.err, file: file, interactive: file != nil && term.IsTerminal(int(file.Fd()))}
}

// line returns what was given, or asks for it.
func (q *asker) line(ctx context.Context, given, prompt, flag string) (string, error) {
	if given != "" {
		return given, nil
	}
	if !q.interactive {
		return "", fmt.Errorf("%s is needed, since standard input is not a terminal", flag)
	}
	text, err := q.optional(ctx, prompt)
	if err == nil && text == "" {
		err = fmt.Errorf("nothing was given; %s says it as well", flag)
	}
	return text, err
}

func (q *asker) optional(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(q.out, prompt)
	return q.await(ctx, func() (string, error) { return readLine(q.in) })
}

// secret reads a token: without echo from a terminal, else all of the input.
func (q *asker) secret(ctx context.Context, prompt string) (credential.Secret, error) {
	var text string
	var err error
	if q.interactive {
		fmt.Fprint(q.out, prompt)
		state, stateErr := term.GetState(int(q.file.Fd()))
		text, err = q.await(ctx, func() (string, error) {
			b, err := term.ReadPassword(int(q.file.Fd()))
			return string(b), err
		})
		if stateErr == nil { // also when the wait was given up
			err = errors.Join(err, term.Restore(int(q.file.Fd()), state))
		}
		fmt.Fprintln(q.out)
	} else {
		text, err = q.await(ctx, func() (string, error) {
			b, err := io.ReadAll(io.LimitReader(q.in, 1<<20))
			return credential.FirstLine(string(b)), err
		})
	}
	if err != nil {
		return credential.Secret{}, err
	}
	return credential.ParseToken(text)
}

// await ends with ctx, though reading a terminal does not.
func (q *asker) await(ctx context.Context, read func() (string, error)) (string, error) {
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

// readLine reads byte by byte: what follows belongs to the next question.
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
