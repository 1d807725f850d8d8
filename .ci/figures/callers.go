package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The load of a server for many users: so many, each with a token of their own, one
// call in five is a comment, and Jira takes loadDelay for each answer.
const (
	callers        = 200
	callersWindow  = 8 * time.Second
	saturation     = 0.6 // of what saturates, for the time of a call
	droppedEach    = 50  // sessions of each user that are opened and dropped
	minCallRate    = 400
	maxCPUOfCall   = 1200 * time.Microsecond
	maxResident    = 200.0 // MiB
	maxTenantRatio = 1.1
	maxGrowth      = 8.0 // MiB, of 10,000 sessions that were dropped
)

// teamServer is jira-mcp over HTTP, without sessions (MCP 2026-07-28).
type teamServer struct {
	cmd    *exec.Cmd
	log    *os.File
	exited chan struct{}
	http   *http.Client
	url    string
	own    bool // each caller sends their own credential
}

// startTeam starts a server, whose callers act as themselves if own is set.
func (b *suite) startTeam(ctx context.Context, own bool) (*teamServer, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd, log, err := b.newChild(ctx, b.binary, "serve", "--transport", "http", "--listen", addr)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, "JIRA_MCP_WRITES_PER_MINUTE=0", "JIRA_MCP_LOG_LEVEL=warn")
	if own {
		cmd.Env = append(slices.DeleteFunc(cmd.Env, func(v string) bool {
			return strings.HasPrefix(v, "JIRA_EMAIL=") || strings.HasPrefix(v, "JIRA_API_TOKEN=")
		}), "JIRA_MCP_IDENTITY=caller")
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s := &teamServer{cmd: cmd, log: log, exited: make(chan struct{}), url: "http://" + addr, own: own,
		http: &http.Client{Timeout: requestTimeout, Transport: &http.Transport{MaxIdleConns: 2 * callers, MaxIdleConnsPerHost: 2 * callers}}}
	go func() {
		_ = cmd.Wait()
		close(s.exited)
	}()
	for range 200 {
		if res, err := s.http.Get(s.url + "/healthz"); err == nil { //nolint:noctx // a loopback address
			return s, res.Body.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, errors.Join(explain(errors.New("the server does not listen"), log), s.end())
}

// end ends the server.
func (s *teamServer) end() error {
	s.http.CloseIdleConnections()
	_ = s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	return s.log.Close()
}

// post sends a message as a user, and returns the answer's headers.
func (s *teamServer) post(ctx context.Context, user int, method string, params map[string]any, headers map[string]string) (http.Header, error) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	verb := http.MethodPost
	if method == "" {
		verb, body = http.MethodDelete, nil
	}
	req, err := http.NewRequestWithContext(ctx, verb, s.url+"/mcp", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	if s.own {
		req.SetBasicAuth(emailOf(user), fmt.Sprintf("token-of-user-%d-0123456789abcdef", user))
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode >= 300 || bytes.Contains(text, []byte(`"isError":true`))) {
		err = fmt.Errorf("HTTP %d: %.300s", res.StatusCode, text)
	}
	return res.Header, err
}

// modernMeta is the member _meta of a request without a session.
var modernMeta = map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": map[string]any{"name": "figures", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": map[string]any{}}

// call makes a user's call of a number: four reads, then a comment.
func (s *teamServer) call(ctx context.Context, user, number int) error {
	tool, args := "jira_get_issue", map[string]any{"issues": []string{issueKey(number%500 + 1)}}
	if number%5 == 4 {
		tool, args = "jira_add_comment", map[string]any{"issue": issueKey(number%500 + 1), "body": fmt.Sprintf("Call %d of user %d", number, user)}
	}
	_, err := s.post(ctx, user, "tools/call", map[string]any{"name": tool, "arguments": args, "_meta": modernMeta},
		map[string]string{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool})
	return err
}

// load is what a run of calls cost.
type load struct {
	perSecond float64
	cpu       time.Duration // of the server, for one call
	p50, p99  time.Duration // of a call, without the time in which it waited for Jira
}

// run makes calls as all users side by side, each one after the other, at a rate of
// all together; 0 for as fast as they can. It counts after a warm-up.
func (b *suite) runCallers(ctx context.Context, s *teamServer, rate float64) (out load, _ error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	opens := time.Now().Add(3 * time.Second)
	closes := opens.Add(callersWindow)
	var group sync.WaitGroup
	var answered atomic.Int64
	var mu sync.Mutex
	var own []time.Duration
	for user := range callers {
		group.Go(func() {
			var pause time.Duration
			if rate > 0 {
				pause = time.Duration(float64(time.Second) * callers / rate)
			}
			next := time.Now().Add(pause * time.Duration(user) / callers)
			for n := user * 7; time.Now().Before(closes) && ctx.Err() == nil; n++ {
				time.Sleep(time.Until(next))
				next = next.Add(pause)
				b.jira.waits.begin(emailOf(user))
				began := time.Now()
				if err := s.call(ctx, user, n); err != nil {
					cancel(err)
					return
				}
				took := time.Since(began) - b.jira.waits.end(emailOf(user))
				if began.After(opens) {
					answered.Add(1)
					mu.Lock()
					own = append(own, took)
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(time.Until(opens))
	before := cpuOf(s.cmd.Process.Pid)
	time.Sleep(time.Until(closes))
	used := cpuOf(s.cmd.Process.Pid) - before
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return out, explain(err, s.log)
	}
	slices.Sort(own)
	out.perSecond = float64(answered.Load()) / callersWindow.Seconds()
	out.cpu = used / time.Duration(max(answered.Load(), 1))
	out.p50, out.p99 = own[len(own)/2], own[len(own)*99/100]
	return out, nil
}

// cpuOf returns the processor time of a process: fields 14 and 15 of its line in
// /proc, in hundredths of a second.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	words := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(words[11])
	system, _ := strconv.Atoi(words[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// team measures a server for many users: how much it does, what a call costs beside
// one of a server for one user, and its memory.
func (b *suite) team(ctx context.Context) []figure {
	const name = "200 users, a fifth comments, Jira takes 100ms"
	if runtime.GOOS != "linux" {
		return failed(fmt.Errorf("%w: no /proc on %s", errSkipped, runtime.GOOS), "", name)
	}
	b.jira.setDelay(loadDelay)
	defer b.jira.setDelay(0)
	full, paced, resident, growth, err := b.teamOf(ctx, true)
	if err != nil {
		return failed(err, "", name)
	}
	one, _, _, _, err := b.teamOf(ctx, false)
	if err != nil {
		return failed(err, "", name)
	}
	ratio := float64(full.cpu) / float64(one.cpu)
	return []figure{
		{name: name + ": most calls", measured: fmt.Sprintf("%.0f /s", full.perSecond), bound: fmt.Sprintf(">= %d /s", minCallRate), ok: full.perSecond >= minCallRate},
		{name: fmt.Sprintf("… at %.0f %% of that: own time of a call, median", 100*saturation), measured: millis(paced.p50), bound: "", ok: true},
		{name: "… own time of a call, 99th percentile", measured: millis(paced.p99), bound: "", ok: true},
		{name: "… processor time of a call", measured: millis(paced.cpu), bound: "<= " + millis(maxCPUOfCall), ok: paced.cpu <= maxCPUOfCall},
		{name: "… resident memory", measured: mebibytes(resident), bound: "<= " + mebibytes(maxResident), ok: resident <= maxResident},
		{name: fmt.Sprintf("… growth by %d sessions, dropped", callers*droppedEach), measured: mebibytes(growth), bound: "<= " + mebibytes(maxGrowth), ok: growth <= maxGrowth},
		{name: "… processor time beside a server for one user", measured: fmt.Sprintf("%.2f times", ratio), bound: fmt.Sprintf("<= %.1f times", maxTenantRatio), ok: ratio <= maxTenantRatio},
	}
}

// teamOf measures one server: as fast as the users can, then at a part of that, then
// with sessions that are dropped.
func (b *suite) teamOf(ctx context.Context, own bool) (full, paced load, resident, growth float64, err error) {
	s, err := b.startTeam(ctx, own)
	if err != nil {
		return full, paced, 0, 0, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if full, err = b.runCallers(ctx, s, 0); err != nil || !own {
		return full, paced, 0, 0, err
	}
	if paced, err = b.runCallers(ctx, s, full.perSecond*saturation); err != nil {
		return full, paced, 0, 0, err
	}
	if resident, err = memoryOf(s.cmd.Process.Pid, "VmRSS"); err != nil {
		return full, paced, 0, 0, err
	}
	if err = s.dropSessions(ctx, 10); err != nil { // the first ones grow the heap
		return full, paced, resident, 0, err
	}
	before, err := memoryOf(s.cmd.Process.Pid, "VmRSS")
	if err != nil {
		return full, paced, resident, 0, err
	}
	if err = s.dropSessions(ctx, droppedEach); err != nil {
		return full, paced, resident, 0, err
	}
	after, err := memoryOf(s.cmd.Process.Pid, "VmRSS")
	return full, paced, max(resident, after), after - before, err
}

// dropSessions opens sessions as every user and ends them.
func (s *teamServer) dropSessions(ctx context.Context, each int) error {
	var group sync.WaitGroup
	failures := make([]error, callers)
	for user := range callers {
		group.Go(func() {
			for range each {
				header, err := s.post(ctx, user, "initialize", map[string]any{"protocolVersion": protocolVersion, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "figures", "version": "1"}}, nil)
				if err == nil {
					_, err = s.post(ctx, user, "", nil, map[string]string{"Mcp-Session-Id": header.Get("Mcp-Session-Id"), "MCP-Protocol-Version": protocolVersion})
				}
				failures[user] = cmp.Or(failures[user], err)
			}
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		return explain(err, s.log)
	}
	return nil
}

// emailOf returns the e-mail address of a user.
func emailOf(user int) string { return fmt.Sprintf("user%d@example.com", user) }

// waits knows how long each user's call has waited for Jira: the time in which at least
// one of its requests was there.
type waits struct {
	mu   sync.Mutex
	open map[string]*wait
}

// wait is the waiting of one call.
type wait struct {
	requests int
	since    time.Time // while requests > 0
	total    time.Duration
}

// begin begins to count for a call of a user.
func (w *waits) begin(user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[string]*wait{}
	}
	w.open[user] = &wait{}
}

// end returns how long the call waited.
func (w *waits) end(user string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one := w.open[user]; one != nil {
		return one.total
	}
	return 0
}

// request counts a request of a user from now until the returned function is called.
func (w *waits) request(user string) (done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.open[user]
	if one == nil {
		return func() {}
	}
	if one.requests++; one.requests == 1 {
		one.since = time.Now()
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if one.requests--; one.requests == 0 {
			one.total += time.Since(one.since)
		}
	}
}
