package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// permissionSite is a site that knows the permissions of each token's user. It
// answers in memory, so that a test controls the time (package synctest).
type permissionSite struct {
	mu          sync.Mutex
	permissions map[string][]string      // permissions by token
	project     map[string]string        // the one project that they are in; any when ""
	delay       map[string]time.Duration // delay of an answer, by token
	asked       []string                 // token and project of each question about permissions
	anonymous   bool                     // anonymous: it answers 200 without naming a user, and /myself with 401
	fail        int                      // the status of mypermissions; 200 when 0
}

// RoundTrip implements http.RoundTripper.
func (p *permissionSite) RoundTrip(r *http.Request) (*http.Response, error) {
	_, token, _ := r.BasicAuth()
	probe := strings.HasSuffix(r.URL.Path, "/mypermissions")
	p.mu.Lock()
	may, where, slow, nobody, fail := p.permissions[token], p.project[token], p.delay[token], p.anonymous, p.fail
	if probe {
		p.asked = append(p.asked, token+" "+r.URL.Query().Get("projectKey"))
	}
	p.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	answer, status := map[string]any{"issues": []any{}, "isLast": true}, 200
	switch {
	case strings.HasSuffix(r.URL.Path, "/myself") && nobody, may == nil:
		answer, status = map[string]any{"errorMessages": []string{"no"}}, 401
	case strings.HasSuffix(r.URL.Path, "/myself"):
		answer = map[string]any{"accountId": token, "displayName": token, "timeZone": "UTC"}
	case probe && fail != 0:
		answer, status = map[string]any{"errorMessages": []string{"no"}}, fail
	case probe:
		have := map[string]any{}
		for _, permission := range strings.Split(r.URL.Query().Get("permissions"), ",") {
			have[permission] = map[string]any{"key": permission, "havePermission": slices.Contains(may, permission) && (where == "" || r.URL.Query().Get("projectKey") == where)}
		}
		answer = map[string]any{"permissions": have}
	}
	data, err := json.Marshal(answer)
	h := http.Header{"Content-Type": {"application/json"}}
	if !nobody && status == 200 {
		h.Set("X-AAccountId", token)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(data)), Request: r, ContentLength: int64(len(data))}, err
}

// takeQuestions returns the questions about permissions since it was last
// called.
func (p *permissionSite) takeQuestions() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

// mutableCredential is a credential that a test changes.
type mutableCredential struct{ token atomic.Pointer[string] }

func (r *mutableCredential) Credential(context.Context) (credential.Credential, error) {
	return credential.Credential{Email: "a@example.com", Token: credential.NewSecret(*r.token.Load())}, nil
}

func (r *mutableCredential) Replacement(context.Context, credential.Credential) (credential.Credential, bool) {
	return credential.Credential{}, false
}
func (r *mutableCredential) ReportResult(credential.Credential, bool) {}

// probedServer is a server over a permission site, with a client that counts
// notifications of changes.
type probedServer struct {
	t       *testing.T
	site    *permissionSite
	token   *mutableCredential
	client  *client.Client
	server  *tools.Server
	changes atomic.Int32
}

// newProbedServer returns such a server; around is its fence or nil.
func newProbedServer(t *testing.T, site *permissionSite, around *fence.Fence) *probedServer {
	t.Helper()
	p := &probedServer{t: t, site: site, token: &mutableCredential{}}
	p.use("first")
	base, _ := url.Parse("https://example.atlassian.net")
	// Tools with few permissions, each of which occurs in the tests' answers.
	few := policy.Policy{Allow: toolstest.Everything.Allow, Tools: []string{"jira_add_comment", "jira_create_issue", "jira_delete_issue", "jira_get_attachment", "jira_get_issue", "jira_list_projects", "jira_search",
		"jira_transition_issue", "jira_update_issue", "jira_whoami"}}
	var err error
	p.server, err = tools.NewServer(tools.Options{Jira: jira.Options{Base: base, Credential: p.token, Transport: site, Fence: around}, Now: time.Now, Policy: few, Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if p.client, err = client.NewInProcessClient(p.server.MCP); err != nil {
		t.Fatal(err)
	}
	p.client.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == mcp.MethodNotificationToolsListChanged {
			p.changes.Add(1)
		}
	})
	if err := p.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if _, err := p.client.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	return p
}

// use changes the credential.
func (p *probedServer) use(token string) { p.token.token.Store(&token) }

// close ends the server and waits for its goroutines.
func (p *probedServer) close() {
	p.server.Close()
	_ = p.client.Close()
	synctest.Wait()
}

// list returns the tools that tools/list leaves out, and how long it took.
func (p *probedServer) list() (left []string, took time.Duration) {
	p.t.Helper()
	started := time.Now()
	res, err := p.client.ListTools(p.t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, tool := range p.server.Tools {
		if !slices.ContainsFunc(res.Tools, func(t mcp.Tool) bool { return t.Name == tool.Name }) {
			left = append(left, strings.TrimPrefix(tool.Name, "jira_"))
		}
	}
	return left, time.Since(started)
}

// call calls a tool and returns its text.
func (p *probedServer) call(tool, args string) string {
	p.t.Helper()
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, json.RawMessage(args)
	res, err := p.client.CallTool(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	return toolstest.ResultText(res)
}

// permissions are those that the tools of newProbedServer need.
var permissions = []string{"BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "DELETE_ISSUES"}

// TestUnavailableToolsAreNotListed checks that tools that the user
// cannot use are left out of the list, are not refused, and are explained by
// jira_whoami.
func TestUnavailableToolsAreNotListed(t *testing.T) {
	for name, c := range map[string]struct {
		may  []string
		left string
	}{
		"everything": {permissions, ""},
		"reads":      {permissions[:1], "add_comment create_issue delete_issue transition_issue update_issue"},
		"comments":   {[]string{"BROWSE_PROJECTS", "ADD_COMMENTS"}, "create_issue delete_issue transition_issue update_issue"},
		"nothing":    {[]string{}, "add_comment create_issue delete_issue get_attachment get_issue search transition_issue update_issue"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": c.may}}, nil)
			defer p.close()
			if asked := p.site.takeQuestions(); len(asked) > 0 {
				t.Errorf("%s: asked before a list: %v", name, asked)
			}
			left, took := p.list()
			if strings.Join(left, " ") != c.left || took > 0 {
				t.Errorf("%s: %v after %v", name, left, took)
			}
			text := p.call("jira_whoami", `{}`)
			for _, tool := range left {
				if !strings.Contains(text, "Not offered: jira_"+tool+", since the user has the permission") {
					t.Errorf("%s: of %s whoami says\n%s", name, tool, text)
				}
			}
			// Jira decides on calls: a call reaches the server.
			if text := p.call("jira_add_comment", `{"issue":"PAY-1","body":"x","dry_run":true}`); strings.Contains(text, "not offered") {
				t.Errorf("%s: a call is refused: %s", name, text)
			}
			if asked := p.site.takeQuestions(); len(asked) != 1 {
				t.Errorf("%s: asked %v", name, asked)
			}
			time.Sleep(probeAge)
			p.list()
			if asked := p.site.takeQuestions(); len(asked) != 1 {
				t.Errorf("%s: after ten minutes asked %v", name, asked)
			}
			if p.changes.Load() != 0 {
				t.Errorf("%s: %d changes told", name, p.changes.Load())
			}
		})
	}
}

// probeAge is a time after which an answer has expired.
const probeAge = 10*time.Minute + time.Second

// TestFirstListWaitsAtMostOneSecond checks that the first list waits at most a
// second, has all tools then, and is corrected by a notification when the
// answer arrives.
func TestFirstListWaitsAtMostOneSecond(t *testing.T) {
	for _, c := range []struct {
		slow, waits time.Duration
		left        int
		changes     int32
	}{
		{900 * time.Millisecond, 900 * time.Millisecond, 5, 0},
		{3 * time.Second, time.Second, 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": permissions[:1]}, delay: map[string]time.Duration{"first": c.slow}}, nil)
			defer p.close()
			left, took := p.list()
			if len(left) != c.left || took != c.waits {
				t.Errorf("%v: %v after %v", c.slow, left, took)
			}
			time.Sleep(c.slow)
			synctest.Wait()
			if p.changes.Load() != c.changes {
				t.Errorf("%v: %d changes told", c.slow, p.changes.Load())
			}
			if left, took := p.list(); len(left) != 5 || took > 0 {
				t.Errorf("%v: afterwards %v after %v", c.slow, left, took)
			}
		})
	}
}

// TestInitializeIsNotDelayed checks the start with a Jira that never answers.
func TestInitializeIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": permissions}, delay: map[string]time.Duration{"first": time.Hour}}, nil)
		defer p.close()
		if took := time.Since(started); took > 0 {
			t.Errorf("after %v", took)
		}
		if left, took := p.list(); len(left) > 0 || took != time.Second {
			t.Errorf("%v after %v", left, took)
		}
		// Close cancels the question in progress.
		p.server.Close()
		if took := time.Since(started); took != time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

// TestAnonymousPermissionAnswersAreIgnored checks that an anonymous answer or
// an error leaves all tools in the list.
func TestAnonymousPermissionAnswersAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": {}}, anonymous: true}, nil)
		defer p.close()
		if left, _ := p.list(); len(left) > 0 {
			t.Errorf("to nobody: %v", left)
		}
	})
	for _, status := range []int{400, 403, 404, 500} {
		synctest.Test(t, func(t *testing.T) {
			p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": {}}, fail: status}, nil)
			defer p.close()
			if left, _ := p.list(); len(left) > 0 {
				t.Errorf("%d: %v", status, left)
			}
			p.site.takeQuestions()
			if left, _ := p.list(); len(left) > 0 || len(p.site.takeQuestions()) > 0 {
				t.Errorf("%d: asked again at once", status)
			}
			p.site.mu.Lock()
			p.site.fail = 0
			p.site.mu.Unlock()
			time.Sleep(time.Minute + time.Second)
			if left, _ := p.list(); len(left) != 8 {
				t.Errorf("%d: a minute later: %v", status, left)
			}
		})
	}
}

// TestNewCredentialIsProbedAgain checks that the probe asks Jira again for
// another credential, and that clients are notified if their list changes.
func TestNewCredentialIsProbedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": permissions, "second": permissions[:1], "third": permissions[:1]}}, nil)
		defer p.close()
		p.list()
		p.site.takeQuestions()
		for n, token := range []string{"second", "third"} {
			p.use(token)
			p.call("jira_search", `{"jql":"project = PAY"}`)
			synctest.Wait()
			if asked := p.site.takeQuestions(); len(asked) != 1 || !strings.HasPrefix(asked[0], token) {
				t.Errorf("asked %v", asked)
			}
			if got := p.changes.Load(); got != 1 {
				t.Errorf("%d: %d changes told", n, got)
			}
			if left, _ := p.list(); len(left) != 5 {
				t.Errorf("%v", left)
			}
		}
	})
}

// TestProbeAsksPerFencedProject checks that the probe asks Jira about one
// project after another, writable ones for writes, until no permission is
// missing.
func TestProbeAsksPerFencedProject(t *testing.T) {
	for _, c := range []struct {
		where string
		write []string
		left  int
		asked string
	}{
		{"", nil, 0, "PAY"}, {"OPS", nil, 0, "PAY OPS"}, {"DOCS", nil, 8, "PAY OPS"}, {"OPS", []string{"PAY"}, 5, "PAY OPS"},
	} {
		synctest.Test(t, func(t *testing.T) {
			around, err := fence.New([]string{"PAY", "OPS"}, c.write)
			if err != nil {
				t.Fatal(err)
			}
			p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": permissions}, project: map[string]string{"first": c.where}}, around)
			defer p.close()
			left, _ := p.list()
			var asked []string
			for _, q := range p.site.takeQuestions() {
				asked = append(asked, strings.TrimPrefix(q, "first "))
			}
			if len(left) != c.left || strings.Join(asked, " ") != c.asked {
				t.Errorf("%q, writable %v: left out %v, asked about %v", c.where, c.write, left, asked)
			}
		})
	}
}

// TestOldAnswerServesUntilNewOne checks that a list that cannot wait has the
// tools of the answer before, and that clients with another list are notified.
func TestOldAnswerServesUntilNewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbedServer(t, &permissionSite{permissions: map[string][]string{"first": permissions[:1]}}, nil)
		defer p.close()
		p.list()
		time.Sleep(probeAge)
		p.site.mu.Lock()
		p.site.permissions["first"], p.site.delay = permissions, map[string]time.Duration{"first": 3 * time.Second}
		p.site.mu.Unlock()
		if left, took := p.list(); len(left) != 5 || took != time.Second {
			t.Errorf("%v after %v", left, took)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if p.changes.Load() != 1 {
			t.Errorf("%d changes told", p.changes.Load())
		}
		if left, _ := p.list(); len(left) != 0 {
			t.Errorf("afterwards %v", left)
		}
		p.server.Close()
		time.Sleep(probeAge)
		p.site.takeQuestions()
		if left, took := p.list(); len(left) != 0 || took > 0 || len(p.site.takeQuestions()) > 0 {
			t.Errorf("after the end: %v after %v", left, took)
		}
	})
}
