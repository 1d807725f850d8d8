package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// httpClient runs jira-mcp as an HTTP server and is its client over streamable
// HTTP. Many requests may be in flight at once. It implements client.
type httpClient struct {
	cmd     *exec.Cmd
	log     *os.File
	exited  chan struct{} // closed when the child has ended
	http    *http.Client
	url     string
	session string // the session id, from the answer to initialize
	nextID  atomic.Int64
}

// startHTTP starts jira-mcp on a free port and opens a session. The caller must
// call end on the client.
func (b *suite) startHTTP(ctx context.Context) (*httpClient, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd, log, err := b.newChild(ctx, b.binary, "serve", "--transport", "http", "--listen", addr)
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	c := &httpClient{
		cmd: cmd, log: log, exited: make(chan struct{}), url: "http://" + addr + "/mcp",
		http: &http.Client{
			Timeout:   requestTimeout,
			Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256},
		},
	}
	go func() {
		_ = cmd.Wait() // an interrupted server may have another exit status than 0
		close(c.exited)
	}()
	if err := c.connect(ctx, addr); err != nil {
		return nil, errors.Join(explain(err, log), c.end())
	}
	return c, nil
}

// freeAddress returns a loopback address on which nobody listens at the moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// connect waits for the server to listen, at most 10 seconds, and makes the
// handshake.
func (c *httpClient) connect(ctx context.Context, addr string) error {
	for range 200 {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			if err := conn.Close(); err != nil {
				return err
			}
			_, err := handshake(ctx, c)
			return err
		}
		select {
		case <-c.exited:
			return errors.New("the HTTP server ended at once")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("the HTTP server does not listen after 10 s")
}

// request implements client.
func (c *httpClient) request(ctx context.Context, method string, params any) (reply, error) {
	id := c.nextID.Add(1)
	resp, sent, err := c.post(ctx, message{ID: &id, Method: method, Params: params})
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return reply{}, refusal(resp)
	}
	text, at, err := readAnswer(resp)
	if err != nil {
		return reply{}, err
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return reply{}, fmt.Errorf("%w in %.300q", err, text)
	}
	if m.ID == nil || *m.ID != id {
		return reply{}, fmt.Errorf("not an answer to request %d: %.300s", id, text)
	}
	if method == "initialize" {
		c.session = resp.Header.Get("Mcp-Session-Id")
	}
	return m.reply(sent, at)
}

// notify implements client.
func (c *httpClient) notify(ctx context.Context, method string) error {
	resp, _, err := c.post(ctx, message{Method: method})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusAccepted && resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// post sends one message and returns the moment just before it went out.
func (c *httpClient) post(ctx context.Context, m message) (*http.Response, time.Time, error) {
	m.JSONRPC = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return nil, time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, time.Time{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if m.Method != "initialize" {
		req.Header.Set("MCP-Protocol-Version", protocolVersion)
		if c.session != "" {
			req.Header.Set("Mcp-Session-Id", c.session)
		}
	}
	sent := time.Now()
	resp, err := c.http.Do(req)
	return resp, sent, err
}

// refusal returns an error for an answer with an unexpected status.
func refusal(resp *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 300))
	return fmt.Errorf("HTTP %s: %s", resp.Status, text)
}

// readAnswer returns the JSON-RPC answer in a body, which is JSON or an event
// stream, and the moment at which it was complete. On an event stream it skips
// the server's notifications and requests.
func readAnswer(resp *http.Response) ([]byte, time.Time, error) {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("content type: %w", err)
	}
	if kind != "text/event-stream" {
		text, err := io.ReadAll(resp.Body)
		return text, time.Now(), err
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		data, isData := strings.CutPrefix(lines.Text(), "data:")
		var m message
		if isData && json.Unmarshal([]byte(data), &m) == nil && m.ID != nil && m.Method == "" {
			return []byte(data), time.Now(), nil
		}
	}
	return nil, time.Time{}, errors.Join(errors.New("the event stream has no answer"), lines.Err())
}

// end interrupts the server and waits for its end. It kills the server after 10
// seconds, and at once on Windows, which has no interrupt.
func (c *httpClient) end() error {
	c.http.CloseIdleConnections()
	var err error
	if runtime.GOOS == "windows" {
		err = c.cmd.Process.Kill()
	} else {
		err = c.cmd.Process.Signal(os.Interrupt)
	}
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-c.exited:
	case <-time.After(10 * time.Second):
		err = errors.Join(err, errors.New("still running 10 s after an interrupt"), c.cmd.Process.Kill())
		<-c.exited
	}
	return errors.Join(err, c.log.Close())
}
