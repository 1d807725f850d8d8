package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// stdioClient runs a server as a child process and is its client over the
// standard streams. Many requests may be in flight at once. It implements
// client.
type stdioClient struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	log   *os.File      // the child's standard error
	done  chan struct{} // closed at the end of the child's standard output

	mu      sync.Mutex // guards writes to stdin and the fields below
	nextID  int64
	waiting map[int64]chan arrival // the requests in flight, by id
}

// arrival is an answer and the moment at which its line was complete.
type arrival struct {
	msg message
	at  time.Time
}

// newChild prepares one of the built programs to run against the fake Jira. Its
// standard error goes to the returned file.
func (b *suite) newChild(ctx context.Context, program string, args ...string) (*exec.Cmd, *os.File, error) {
	log, err := os.CreateTemp(b.dir, "stderr-")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(),
		"JIRA_URL="+b.jira.url,
		"JIRA_EMAIL=figures@example.com",
		"JIRA_API_TOKEN=not-a-secret",
	)
	cmd.Stderr = log
	cmd.WaitDelay = 2 * time.Second
	return cmd, log, nil
}

// startStdio starts a program with arguments. The caller must call end on the client.
func (b *suite) startStdio(ctx context.Context, program string, args ...string) (*stdioClient, error) {
	cmd, log, err := b.newChild(ctx, program, args...)
	if err != nil {
		return nil, err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	c := &stdioClient{cmd: cmd, stdin: stdin, log: log, done: make(chan struct{}), waiting: map[int64]chan arrival{}}
	go c.read(stdout)
	return c, nil
}

// read hands every answer to the request that waits for it, until the output
// ends.
func (c *stdioClient) read(stdout io.Reader) {
	defer close(c.done)
	lines := bufio.NewReaderSize(stdout, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		a := arrival{at: time.Now()} // before decoding, which is not the server's work
		if json.Unmarshal(line, &a.msg) != nil || a.msg.ID == nil || a.msg.Method != "" {
			continue
		}
		c.mu.Lock()
		ch := c.waiting[*a.msg.ID]
		delete(c.waiting, *a.msg.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- a
		}
	}
}

// request implements client.
func (c *stdioClient) request(ctx context.Context, method string, params any) (reply, error) {
	ch := make(chan arrival, 1)
	c.mu.Lock()
	c.nextID++
	id := c.nextID
	c.waiting[id] = ch
	c.mu.Unlock()

	sent, err := c.write(message{ID: &id, Method: method, Params: params})
	if err != nil {
		return reply{}, c.explain(err)
	}
	timeout := time.NewTimer(requestTimeout)
	defer timeout.Stop()
	select {
	case a := <-ch:
		return a.msg.reply(sent, a.at)
	case <-c.done:
		return reply{}, c.explain(errors.New("the server closed its output"))
	case <-timeout.C:
		return reply{}, c.explain(fmt.Errorf("no answer in %v", requestTimeout))
	case <-ctx.Done():
		return reply{}, c.explain(ctx.Err())
	}
}

// notify implements client.
func (c *stdioClient) notify(_ context.Context, method string) error {
	_, err := c.write(message{Method: method})
	return err
}

// write sends one line and returns the moment just before it went out.
func (c *stdioClient) write(m message) (time.Time, error) {
	m.JSONRPC = "2.0"
	line, err := json.Marshal(m)
	if err != nil {
		return time.Time{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := time.Now()
	_, err = c.stdin.Write(append(line, '\n'))
	return sent, err
}

// explain adds the end of the child's standard error to err.
func (c *stdioClient) explain(err error) error { return explain(err, c.log) }

// explain adds the end of a child's log to err, at most 400 bytes.
func explain(err error, log *os.File) error {
	text, readErr := os.ReadFile(log.Name())
	if readErr != nil || len(text) == 0 {
		return err
	}
	return fmt.Errorf("%w; its standard error ends: %q", err, text[max(0, len(text)-400):])
}

// end closes the child's input and waits for its end. It kills the child after
// 5 seconds, which is an error.
func (c *stdioClient) end() error {
	closeErr := c.stdin.Close()
	var lateErr error
	select {
	case <-c.done:
	case <-time.After(5 * time.Second):
		lateErr = errors.Join(errors.New("still running 5 s after the end of its input"), c.cmd.Process.Kill())
	}
	waitErr := c.cmd.Wait()
	if err := errors.Join(closeErr, lateErr, waitErr); err != nil {
		return errors.Join(c.explain(err), c.log.Close())
	}
	return c.log.Close()
}
