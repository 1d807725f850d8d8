package tools_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// crowded is a bench whose site has so many more issues in PAY, in a sprint where
// one is given: each was begun a day after it was filed, and every other one done
// two days later. Its answers are not held to the contract, which takes long for
// so many; those of all other tests are.
func crowded(t testing.TB, issues int, sprint int64) *bench {
	t.Helper()
	b := &bench{clock: newClock(), schemas: map[string]*jsonschema.Schema{}}
	var err error
	if b.sandbox, err = sandbox.New(sandbox.Options{Now: b.clock.Now, Setup: func(s *store.Site) { crowd(s, issues, sprint) }}); err != nil {
		t.Fatal(err)
	}
	return b
}

func crowd(s *store.Site, issues int, sprint int64) {
	p := s.Project("PAY")
	for n := range issues {
		at := s.Now().AddDate(0, 0, -80).Add(time.Duration(n) * (80 * 24 * time.Hour / time.Duration(issues)))
		i := &store.Issue{Project: p, Type: p.Type("Story"), Summary: fmt.Sprintf("One of many, number %d", n), Creator: s.Users[0], Reporter: s.Users[0], Priority: s.Priorities[2],
			Created: at, Updated: at, StatusChanged: at, Status: s.Status("To Do"), Custom: map[string]any{}, Assignee: s.Users[n%len(s.Users)]}
		i.ID, i.Number = s.ReserveNumber(p)
		i.Key, i.Rank = fmt.Sprintf("PAY-%d", i.Number), float64(i.Number)
		if sprint != 0 {
			for _, one := range s.Sprints {
				if one.ID == sprint {
					i.Sprints = []*store.Sprint{one}
				}
			}
		}
		i.History, i.Status, i.Updated = history(s, i, at, n%2 == 0)
		s.Put(i)
	}
}

func history(s *store.Site, i *store.Issue, at time.Time, finished bool) ([]*store.Change, *store.Status, time.Time) {
	var out []*store.Change
	status := i.Status
	step := func(name string, days int) {
		to := s.Status(name)
		if at = at.AddDate(0, 0, days); at.After(s.Now()) {
			return
		}
		out = append(out, &store.Change{ID: s.Serial(), Author: s.Users[0], At: at, Items: []store.Item{{Field: "status", FieldID: "status", FieldType: "jira", From: status.ID, FromText: status.Name, To: to.ID, ToString: to.Name}}})
		status = to
	}
	step("In Progress", 1)
	if finished {
		step("Done", 2)
	}
	return out, status, at
}

// serve connects the crowded site.
func (b *bench) serve(t *testing.T, policy policy.Policy) {
	b.t = t
	b.connect(policy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.requests = append(b.requests, r.Method+" "+r.URL.Path)
		b.mu.Unlock()
		b.sandbox.ServeHTTP(w, r)
	}))
}

// TestALargeSprintIsFewRequests: 330 issues, nothing known but who is calling.
func TestALargeSprintIsFewRequests(t *testing.T) {
	b := crowded(t, 300, 34)
	b.serve(t, everything)
	b.ok("jira_whoami", `{}`)
	b.sent()
	_, out := b.ok("jira_sprint_report", `{"project":"PAY"}`)
	sent := b.sent()
	if len(sent) > 8 {
		t.Errorf("%d requests: %v", len(sent), sent)
	}
	if got := fmt.Sprint(out["not_done"].(map[string]any)["issues"], " ", out["completed"].(map[string]any)["issues"]); !strings.HasPrefix(got, "1") {
		t.Errorf("not done and completed: %s", got)
	}
	t.Logf("%d requests", len(sent))
}

// TestManyIssuesStream: the flow of 10,000 issues holds less than 100 MB, and tells
// how far it is. The memory is what is alive at each step, beyond what was before.
func TestManyIssuesStream(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	b := crowded(t, 10_000, 0)
	b.serve(t, everything)
	tool, _ := b.server.Tool("jira_flow_report")
	alive := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, steps := alive(), uint64(0), 0
	ctx := kit.WithWatcher(t.Context(), func(s kit.Step) {
		if s.Of > 0 {
			steps++
			most = max(most, alive())
		}
	})
	b.sent()
	res := b.server.Runner.Call(ctx, tool, callRequest(tool.Name, `{"project":"PAY"}`))
	text := resultText(res)
	if res.IsError || !strings.Contains(text, "created") {
		t.Fatal(text)
	}
	// One in two is in progress, but for those of the last day and what was there.
	if !regexp.MustCompile(`In progress: (49|50)\d\d;`).MatchString(text) {
		t.Errorf("what is in progress is not counted:\n%s", text)
	}
	used := int64(most) - int64(before)
	if steps < 10 || used > 100<<20 {
		t.Errorf("%d steps, %d bytes more", steps, used)
	}
	t.Logf("%d requests, %d steps, %.1f MiB more at most\n%s", len(b.sent()), steps, float64(used)/(1<<20), text)
}

func BenchmarkSprint300(b *testing.B) { benchReport(b, 300, 34, "jira_sprint_report") }

func BenchmarkFlow10000(b *testing.B) { benchReport(b, 10_000, 0, "jira_flow_report") }

// benchReport measures a report with the sandbox in the same process, which does
// most of the work.
func benchReport(b *testing.B, issues int, sprint int64, name string) {
	site := crowded(b, issues, sprint)
	server := benchServerOf(b, site.sandbox)
	tool, ok := server.Tool(name)
	if !ok {
		b.Fatal("not offered")
	}
	b.ReportAllocs()
	for b.Loop() {
		if res := server.Runner.Call(context.WithoutCancel(b.Context()), tool, callRequest(name, `{"project":"PAY"}`)); res.IsError {
			b.Fatal(resultText(res))
		}
	}
}
