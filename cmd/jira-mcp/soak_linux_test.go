package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// soakWorkers is how many clients call at the same time.
const soakWorkers = 8

// TestSoak makes many calls over HTTP on a Jira with faults, and checks that no write
// is made twice or reported falsely, that the memory does not grow, and that the
// audit files have every call. SOAK is the number of calls; without it there are
// few.
func TestSoak(t *testing.T) {
	total := 200
	if n, err := strconv.Atoi(os.Getenv("SOAK")); err == nil {
		total = n
	}
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	faults := &soakFaults{jira: s}
	site := httptest.NewServer(faults)
	t.Cleanup(site.Close)
	p := startServer(t, site.URL)
	faults.rate.Store(5)
	var calls atomic.Int64
	outcomes := make([][]soakWrite, soakWorkers)
	var middle, end int
	var all sync.WaitGroup
	for w := range soakWorkers {
		all.Go(func() {
			c := newSoakClient(t, p.url, w)
			for n := 0; calls.Add(1) <= int64(total); n++ {
				if write := c.call(n); write.text != "" {
					outcomes[w] = append(outcomes[w], write)
				}
				if calls.Load() == int64(total/3) {
					middle = p.memory(t)
				}
			}
		})
	}
	all.Wait()
	end = p.memory(t)
	faults.rate.Store(0)
	p.stop(t)
	found := textsOf(s)
	counts := map[string]int{}
	for _, list := range outcomes {
		for _, write := range list {
			counts[write.outcome]++
			switch n := found[write.text]; {
			case n > 1, write.outcome == "done" && n != 1, write.outcome == "failed" && n > 0:
				t.Errorf("%s was reported as %s and is there %d times: %s", write.text, write.outcome, n, write.answer)
			}
		}
	}
	lines, writes := auditedCalls(t, p.audit)
	if lines != total || writes.before != writes.after {
		t.Errorf("%d calls are audited of %d; %d writes began and %d ended", lines, total, writes.before, writes.after)
	}
	if total > 5000 && end > middle*13/10 {
		t.Errorf("memory: %d KiB after a third, %d at the end", middle, end)
	}
	t.Logf("%d calls, %d faults, writes %v, memory %d KiB after a third and %d at the end", total, faults.made.Load(), counts, middle, end)
}

// soakFaults is a Jira whose answers fail at a rate: before or after it has done
// what was asked.
type soakFaults struct {
	jira http.Handler
	rate atomic.Int64 // in a hundred
	made atomic.Int64
}

// ServeHTTP implements http.Handler.
func (f *soakFaults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rand.Int64N(100) >= f.rate.Load() { //nolint:gosec // not a secret
		f.jira.ServeHTTP(w, r)
		return
	}
	f.made.Add(1)
	switch rand.IntN(6) { //nolint:gosec // not a secret
	case 0: // nothing was done
		w.WriteHeader(http.StatusServiceUnavailable)
	case 1:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case 2:
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"errorMessages":["Internal server error"]}`)
	case 3: // it was done, and the answer is lost
		f.jira.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case 4:
		f.jira.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusBadGateway)
	default: // it was done, and half the answer comes
		rec := httptest.NewRecorder()
		f.jira.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	}
}

// soakServer is the program as a process that serves HTTP.
type soakServer struct {
	cmd   *exec.Cmd
	url   string
	audit string
}

// startServer starts the program for a site.
func startServer(t *testing.T, site string) *soakServer {
	t.Helper()
	p := &soakServer{cmd: exec.CommandContext(t.Context(), os.Args[0], "serve", "--transport", "http", "--listen", "127.0.0.1:0"), audit: filepath.Join(t.TempDir(), "audit.jsonl")}
	p.cmd.Args[0] = "jira-mcp" // testscript.Main then runs the program
	p.cmd.Env = append(os.Environ(), "JIRA_URL="+site, "JIRA_EMAIL="+sandbox.Email, "JIRA_API_TOKEN="+sandbox.ClassicToken, "JIRA_MCP_AUDIT_FILE="+p.audit, "JIRA_MCP_AUDIT_MAX_MB=1000", "JIRA_MCP_WRITES_PER_MINUTE=0", "JIRA_MCP_LOG_FORMAT=json", "JIRA_MCP_TOOLSETS=all")
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var l struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "serving MCP" {
				ready <- l.URL
			}
		}
		close(ready)
	}()
	if p.url = <-ready; p.url == "" {
		t.Fatal("the server did not start")
	}
	return p
}

// memory returns the resident memory of the process in KiB.
func (p *soakServer) memory(t *testing.T) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Error(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	n, _ := strconv.Atoi(strings.Fields(rest)[0])
	return n
}

// stop ends the process in an orderly way.
func (p *soakServer) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// soakWrite is a call that writes a text that occurs nowhere else.
type soakWrite struct{ text, outcome, answer string }

// soakClient is a client of the server: of the era with sessions, or of 2026-07-28.
type soakClient struct {
	t       *testing.T
	url     string
	number  int
	modern  bool
	session string
	http    *http.Client
}

// newSoakClient returns a client; every other one is of the newer era.
func newSoakClient(t *testing.T, url string, number int) *soakClient {
	return &soakClient{t: t, url: url, number: number, modern: number%2 == 1, http: &http.Client{Timeout: time.Minute}}
}

// soakReads are calls that write nothing.
var soakReads = []string{
	`"jira_search","arguments":{"jql":"project = PAY ORDER BY key","limit":10}`, `"jira_get_issue","arguments":{"issues":["PAY-1"]}`, `"jira_get_comments","arguments":{"issue":"PAY-1"}`,
	`"jira_sprint_report","arguments":{"project":"PAY"}`, `"jira_get_fields","arguments":{"project":"PAY","type":"Bug"}`, `"jira_list_projects","arguments":{}`, `"jira_search","arguments":{"jql":"nonsense ="}`, `"jira_get_issue","arguments":{"issues":["PAY-99999"]}`,
}

// call makes the nth call of a client. Every third one writes.
func (c *soakClient) call(n int) (write soakWrite) {
	params := soakReads[n%len(soakReads)]
	if n%3 == 0 {
		write.text = fmt.Sprintf("soakword%dx%dx", c.number, n)
		params = fmt.Sprintf(`"jira_add_comment","arguments":{"issue":"PAY-%d","body":"%s"}`, 1+n%40, write.text)
		if n%2 == 0 {
			params = fmt.Sprintf(`"jira_create_issue","arguments":{"project":"PAY","type":"Task","summary":"%s","allow_duplicate":true}`, write.text)
		}
	}
	answer := c.send(n+2, `"tools/call","params":{"name":`+params, true)
	var result struct {
		Result struct {
			IsError bool
			Content []struct{ Text string }
		}
	}
	if err := json.Unmarshal(answer, &result); err != nil || len(result.Result.Content) == 0 {
		c.t.Errorf("%s: %v in %.300s", params, err, answer)
		return soakWrite{}
	}
	write.answer = result.Result.Content[0].Text
	switch {
	case !result.Result.IsError:
		write.outcome = "done"
	case strings.Contains(write.answer, "may have happened"):
		write.outcome = "uncertain"
	default:
		write.outcome = "failed"
	}
	return write
}

// send sends a message and returns the answer. body lacks the end of params.
func (c *soakClient) send(id int, body string, isCall bool) []byte {
	if !c.modern && c.session == "" && isCall {
		c.send(1, `"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"soak","version":"1"}`, false)
	}
	if c.modern {
		body += `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"soak","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	}
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}}`, id, body)
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url, strings.NewReader(message))
	if err != nil {
		c.t.Error(err)
		return nil
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		req.Header.Set("Mcp-Session-Id", c.session)
	}
	if c.modern {
		_, name, _ := strings.Cut(body, `"name":"`)
		name, _, _ = strings.Cut(name, `"`)
		for key, value := range map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name} {
			req.Header.Set(key, value)
		}
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Error(err)
		return nil
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Errorf("%d %v: %.200s", res.StatusCode, err, data)
	}
	if !isCall {
		c.session = res.Header.Get("Mcp-Session-Id")
	}
	for line := range bytes.Lines(data) { // events, of which the last is the answer
		if event, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			data = event
		}
	}
	return data
}

// textsOf returns how often each of the clients' texts is in the site.
func textsOf(s *sandbox.Sandbox) map[string]int {
	found := map[string]int{}
	for _, i := range s.Site().All() {
		if strings.HasPrefix(i.Summary, "soakword") {
			found[i.Summary]++
		}
		for _, c := range i.Comments {
			if _, rest, ok := strings.Cut(string(c.Body), "soakword"); ok {
				text, _, _ := strings.Cut(rest, `"`)
				found["soakword"+text]++
			}
		}
	}
	return found
}

// auditedWrites counts the lines of writes.
type auditedWrites struct{ before, after int }

// auditedCalls returns the number of calls that the audit files have.
func auditedCalls(t *testing.T, path string) (calls int, writes auditedWrites) {
	t.Helper()
	for _, file := range []string{path, pathOfWrites(path)} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var l struct {
				Phase    string
				Repeated int
			}
			if err := json.Unmarshal(line, &l); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			switch {
			case l.Phase == "before":
				writes.before++
			case file != path:
				writes.after++
				calls++
			default:
				calls += max(l.Repeated, 1)
			}
		}
	}
	return calls, writes
}
