package reports_test

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// TestLargeSprintRequests checks that the report of a sprint of 330
// issues takes at most 8 requests, if only the user is known.
func TestLargeSprintRequests(t *testing.T) {
	b := toolstest.NewWithIssues(t, 300, 34)
	b.ServeSandbox(t, toolstest.Everything)
	b.Ok("jira_whoami", `{}`)
	b.TakeRequests()
	_, out := b.Ok("jira_sprint_report", `{"project":"PAY"}`)
	sent := b.TakeRequests()
	if len(sent) > 8 {
		t.Errorf("%d requests: %v", len(sent), sent)
	}
	if got := fmt.Sprint(out["not_done"].(map[string]any)["issues"], " ", out["completed"].(map[string]any)["issues"]); !strings.HasPrefix(got, "1") {
		t.Errorf("not done and completed: %s", got)
	}
	t.Logf("%d requests", len(sent))
}

// TestFlowMemory checks that the flow report of 10,000 issues needs less
// than 100 MiB and reports its progress. The memory is the live heap at each
// step of progress, beyond that before the call.
func TestFlowMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	b := toolstest.NewWithIssues(t, 10_000, 0)
	b.ServeSandbox(t, toolstest.Everything)
	tool, _ := b.Tools.Tool("jira_flow_report")
	alive := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, steps := alive(), uint64(0), 0
	ctx := kit.WithWatcher(t.Context(), func(s kit.Step) {
		if s.Total > 0 {
			steps++
			most = max(most, alive())
		}
	})
	b.TakeRequests()
	res := b.Tools.Runner.Call(ctx, tool, toolstest.CallRequest(tool.Name, `{"project":"PAY"}`))
	text := toolstest.ResultText(res)
	if res.IsError || !strings.Contains(text, "created") {
		t.Fatal(text)
	}
	// Every other issue is in progress, except those of the last day and those
	// that the sandbox already had.
	if !regexp.MustCompile(`In progress: (49|50)\d\d;`).MatchString(text) {
		t.Errorf("what is in progress is not counted:\n%s", text)
	}
	used := int64(most) - int64(before)
	if steps < 10 || used > 100<<20 {
		t.Errorf("%d steps, %d bytes more", steps, used)
	}
	t.Logf("%d requests, %d steps, %.1f MiB more at most\n%s", len(b.TakeRequests()), steps, float64(used)/(1<<20), text)
}

// BenchmarkSprint300 measures the report of a sprint with 300 added issues.
func BenchmarkSprint300(b *testing.B) { benchReport(b, 300, 34, "jira_sprint_report") }

// BenchmarkFlow10000 measures the flow report of 10,000 added issues.
func BenchmarkFlow10000(b *testing.B) { benchReport(b, 10_000, 0, "jira_flow_report") }

// benchReport measures a report against the sandbox in the same process. The
// sandbox does most of the work.
func benchReport(b *testing.B, issues int, sprint int64, name string) {
	site := toolstest.NewWithIssues(b, issues, sprint)
	server := toolstest.NewBenchServer(b, site.Sandbox)
	tool, ok := server.Tool(name)
	if !ok {
		b.Fatal("not offered")
	}
	b.ReportAllocs()
	for b.Loop() {
		if res := server.Runner.Call(context.WithoutCancel(b.Context()), tool, toolstest.CallRequest(name, `{"project":"PAY"}`)); res.IsError {
			b.Fatal(toolstest.ResultText(res))
		}
	}
}
