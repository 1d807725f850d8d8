package tools_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// transcript records what a client gets from a server and what the server
// requests from Jira, in an order and a form that do not change from run to
// run.
type transcript struct {
	*toolstest.Server
	full    *strings.Builder // everything, for people to compare
	summary *strings.Builder // a line for each entry: tokens, requests, hash
}

// variableParts matches the parts of an answer or a request that differ in
// every run.
var variableParts = regexp.MustCompile(`(cursor|confirm:|boundary=|"confirm":|"nextPageToken":) ?"?[A-Za-z0-9_./+=:-]+|--[0-9a-f]{60}(--)?|127\.0\.0\.1:[0-9]+`)

// record records one request of a client: its answer in parts, and the requests
// to Jira since the last entry. Concurrent requests arrive in any order, so
// they are sorted.
func (r *transcript) record(title string, parts ...string) {
	requests := withoutRacingLookups(r.TakeRequests())
	slices.Sort(requests)
	text := variableParts.ReplaceAllString(strings.Join(parts, "\n")+"\n> "+strings.Join(requests, "\n> "), "$1 …")
	answer, _, _ := strings.Cut(text, "\n> ")
	fmt.Fprintf(r.full, "# %s\n%s\n", title, text)
	fmt.Fprintf(r.summary, "%s: %d tokens, %d requests, %.12x\n", title, toolstest.Tokens(r.T, answer), len(requests), sha256.Sum256([]byte(text)))
}

// withoutRacingLookups returns requests without the fence's lookups of issues
// that the same call fetches at the same time. If that fetch answers first, its
// answer has the projects and the lookup is not sent, so that its number is a
// matter of timing.
func withoutRacingLookups(requests []string) []string {
	const fetch = "POST /rest/api/3/issue/bulkfetch "
	issues := func(request string) (fields []string, list string) {
		var body struct {
			Fields         []string
			IssueIDsOrKeys []string
		}
		if rest, ok := strings.CutPrefix(request, fetch); !ok || json.Unmarshal([]byte(rest), &body) != nil {
			return nil, ""
		}
		return body.Fields, strings.Join(body.IssueIDsOrKeys, ",")
	}
	readsHistories := func(r string) bool { return strings.HasPrefix(r, "POST /rest/api/3/changelog/bulkfetch ") }
	first := slices.IndexFunc(requests, readsHistories)
	several := first >= 0 && slices.ContainsFunc(requests[first+1:], readsHistories)
	return slices.DeleteFunc(requests, func(lookup string) bool {
		fields, list := issues(lookup)
		return strings.HasPrefix(lookup, "GET /rest/api/3/myself") || several && strings.HasSuffix(strings.TrimSpace(lookup), "?fields=project") || slices.Equal(fields, []string{"project"}) && (several || slices.ContainsFunc(requests, func(other string) bool {
			otherFields, otherList := issues(other)
			return otherList == list && len(otherFields) > 1
		}))
	})
}

// toJSON returns v as JSON, or the error.
func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// recordCall records a call of a tool.
func (r *transcript) recordCall(tool, args string) {
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, json.RawMessage(args)
	res, err := r.Client.CallTool(r.T.Context(), req)
	if err != nil {
		r.record(tool+" "+args, "protocol error", err.Error())
		return
	}
	parts := []string{fmt.Sprintf("error: %v", res.IsError)}
	for _, c := range res.Content {
		if text, ok := c.(mcp.TextContent); ok {
			parts = append(parts, text.Text)
		} else {
			parts = append(parts, fmt.Sprintf("%T, hash %x", c, sha256.Sum256([]byte(toJSON(c)))))
		}
	}
	r.record(tool+" "+args, append(parts, toJSON(res.StructuredContent))...)
}

// recordLists records the lists of tools, prompts and resource templates.
func (r *transcript) recordLists() {
	list, err := r.Client.ListTools(r.T.Context(), mcp.ListToolsRequest{})
	if err != nil {
		r.T.Fatal(err)
	}
	for _, tool := range list.Tools {
		r.record("tool "+tool.Name, toJSON(tool))
	}
	prompts, err := r.Client.ListPrompts(r.T.Context(), mcp.ListPromptsRequest{})
	if err != nil {
		r.T.Fatal(err)
	}
	for _, p := range prompts.Prompts {
		r.record("prompt "+p.Name, toJSON(p))
	}
	resources, err := r.Client.ListResourceTemplates(r.T.Context(), mcp.ListResourceTemplatesRequest{})
	if err != nil {
		r.T.Fatal(err)
	}
	for _, p := range resources.ResourceTemplates {
		r.record("resource "+p.Name, toJSON(p))
	}
}

// recordPrompts records prompts, resources and completions, mistakes included.
func (r *transcript) recordPrompts() {
	for _, p := range toolstest.PromptCalls {
		text, err := r.Prompt(r.T.Context(), p.Name, p.Args)
		r.record(fmt.Sprintf("prompt %s %v", p.Name, p.Args), text, fmt.Sprint("error: ", err))
	}
	files := r.Sandbox.Site().Issue("OPS-4").Attachments
	for _, uri := range []string{"jira://issue/PAY-1", "jira://project/PAY", "jira://project/Payments", "jira://board/1/sprint/current", "jira://board/PAY%20board/sprint/PAY%20Sprint%2013",
		"jira://filter/Open%20bugs%20in%20Payments", "jira://attachment/" + files[0].ID, "jira://issue/PAY-9999", "jira://issue/nonsense", "jira://board/1/sprint/99999", "jira://attachment/..%2F1", "jira://filter/none", "jira://elsewhere/1"} {
		kind, text, data, err := r.Resource(r.T.Context(), uri)
		r.record("resource "+uri, kind, text, fmt.Sprintf("hash %x, error: %v", sha256.Sum256(data), err))
	}
	for _, c := range []struct {
		ref, name, value string
		with             map[string]string
	}{
		{"file_bug", "project", "pa", nil}, {"sprint_summary", "board", "", map[string]string{"project": "PAY"}}, {"sprint_summary", "sprint", "", map[string]string{"project": "PAY"}}, {"sprint_summary", "sprint", "cur", nil},
		{"release_notes", "version", "24.1", map[string]string{"project": "PAY"}}, {"draft_comment", "issue", "PAY-13", nil}, {"draft_comment", "issue", "umlaut in merch", nil}, {"draft_comment", "issue", "", nil},
		{"draft_comment", "issue", `"*) OR (`, nil}, {"daily_standup", "person", "chi", map[string]string{"project": "PAY"}}, {"jira://issue/{key}", "key", "PAY-13", nil}, {"jira://board/{id}/sprint/{sprint}", "sprint", "PAY", map[string]string{"id": "1"}},
		{"jira://filter/{id}", "id", "open", nil}, {"no_such", "issue", "PAY", nil},
	} {
		r.record(fmt.Sprintf("completions %s %s %q %v", c.ref, c.name, c.value, c.with), r.Complete(r.T.Context(), c.ref, c.name, c.value, c.with)...)
	}
}

// recordedServer serves every tool over a sandbox of its own and records the
// requests with their bodies.
func recordedServer(t *testing.T) *toolstest.Server {
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Schemas: nil}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now}); err != nil {
		t.Fatal(err)
	}
	inner := contracttest.WrapIfAvailable(t, b.Sandbox)
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.String()+" "+string(body))
		b.Mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	return b
}

// TestTranscript calls every tool, prompt, resource and completion, with and
// without a project fence, and compares what the client gets and what Jira is
// sent. The golden file has a line for each, with a hash. With
// JIRA_MCP_TRANSCRIPT set to a path, the whole texts are written there, so that
// two versions can be compared.
func TestTranscript(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	var full, summary strings.Builder
	servers := []struct {
		name  string
		start func() *toolstest.Server
	}{
		{"without a fence", func() *toolstest.Server { return recordedServer(t) }},
		{"with a fence", func() *toolstest.Server {
			return toolstest.NewFenced(t, []string{"PAY", "OPS"}, []string{"PAY"}).Server
		}},
	}
	for _, server := range servers {
		start := func() *transcript { return &transcript{server.start(), &full, &summary} }
		fmt.Fprintf(&full, "=== %s\n", server.name)
		fmt.Fprintf(&summary, "=== %s\n", server.name)
		start().recordLists()
		start().recordPrompts()
		for _, c := range scenarios {
			r := start()
			for _, args := range slices.Concat(c.calls, c.mistakes) {
				r.recordCall(c.tool, r.FillIDs(args))
			}
			if tool, _ := r.Tools.Tool(c.tool); !tool.Effect.Writes() {
				continue
			}
			r = start()
			for _, args := range c.calls {
				if !strings.Contains(args, "dry_run") {
					r.recordCall(c.tool, toolstest.DryRun(r.FillIDs(args)))
				}
			}
		}
	}
	if file := os.Getenv("JIRA_MCP_TRANSCRIPT"); file != "" {
		if err := os.WriteFile(file, []byte(full.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	toolstest.Golden(t, "transcript.txt", summary.String())
}
