package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Where issues are, as far as one call of a tool has learned it: see fenced.go.
// A call that reads an issue and then writes it asks once where it is.

type oneCallKey struct{}

// oneCall remembers homes for as long as a call lasts.
type oneCall struct {
	mu    sync.Mutex
	homes map[string]string // project by key or id
}

// WithRequestCache returns a context for the requests that belong to one act of a caller,
// some seconds at most: behind a fence it is asked once in it where an issue is.
func WithRequestCache(ctx context.Context) context.Context {
	return context.WithValue(ctx, oneCallKey{}, &oneCall{homes: map[string]string{}})
}

func callOf(ctx context.Context) *oneCall {
	if call, ok := ctx.Value(oneCallKey{}).(*oneCall); ok {
		return call
	}
	return &oneCall{homes: map[string]string{}}
}

func (o *oneCall) home(keyOrID string) (project string, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	project, known = o.homes[homeKey(keyOrID)]
	return project, known
}

// learn notes the issues of an answer, which are all inside. asked is what the
// caller called it, where the answer is one issue.
func (o *oneCall) learn(body []byte, asked string) {
	var answer struct {
		briefIssue
		Issues []briefIssue `json:"issues"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	into := o.homes
	for _, i := range append(answer.Issues, answer.briefIssue) {
		at := strings.LastIndexByte(i.Key, '-')
		if at < 0 {
			continue
		}
		into[homeKey(i.Key)], into[i.ID] = i.Key[:at], i.Key[:at]
		if asked != "" && len(answer.Issues) == 0 {
			into[homeKey(asked)] = i.Key[:at]
		}
	}
}

type briefIssue struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// CheckIssues refuses issues outside the fence, or that may not be written to,
// before something is written that leads to them; with a context of [WithRequestCache] they
// are not asked about again. Without a fence it asks nothing.
func (c *Client) CheckIssues(ctx context.Context, op operation.Operation, keys ...string) error {
	if c.guard == nil || len(keys) == 0 {
		return nil
	}
	return fenced(op, c.guard.issues(ctx, c, keys, true))
}

// note remembers one home.
func (o *oneCall) note(keyOrID, project string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.homes[homeKey(keyOrID)] = project
}

// issues checks that issues are inside, as Jira reports them now or has in this
// call: one by itself, several in one request each hundred. What a search found
// does not count: its index may lag behind a move.
func (g *guard) issues(ctx context.Context, c *Client, names []string, writes bool) error {
	known := callOf(ctx)
	var ask []string
	for _, name := range names {
		project, ok := known.home(name)
		if !ok {
			ask = append(ask, name)
			continue
		}
		if err := g.judge(name, home{project, g.now()}, writes); err != nil {
			return err
		}
	}
	if len(ask) == 1 {
		return g.issueNow(ctx, c, ask[0], writes)
	}
	for len(ask) > 0 {
		part := ask[:min(len(ask), MaxBulkFetch)]
		ask = ask[len(part):]
		if err := g.several(ctx, c, part, writes); err != nil {
			return err
		}
	}
	return nil
}

// several asks where issues are, in one request. One that is not answered has
// moved, or is not there, and is asked about by itself.
func (g *guard) several(ctx context.Context, c *Client, names []string, writes bool) error {
	body := map[string]any{"issueIdsOrKeys": names, "fields": []string{"project"}}
	page, err := do[BulkFetch](ctx, c, request{op: OpBulkFetch, body: body, free: true})
	if err != nil {
		return err
	}
	known := callOf(ctx)
	for _, i := range page.Issues {
		p, _ := Value[ProjectRef](i.Fields, "project")
		known.note(i.Key, p.Key)
		known.note(i.ID, p.Key)
	}
	for _, name := range names {
		project, ok := known.home(name)
		if !ok {
			if err := g.issueNow(ctx, c, name, writes); err != nil {
				return err
			}
			continue
		}
		g.mu.Lock()
		g.homes[homeKey(name)] = home{project, g.now()}
		g.mu.Unlock()
		if err := g.judge(name, home{project, g.now()}, writes); err != nil {
			return err
		}
	}
	return nil
}

// issueNow checks that an issue is inside, as Jira reports it now, or has in
// this call.
func (g *guard) issueNow(ctx context.Context, c *Client, keyOrID string, writes bool) error {
	known := callOf(ctx)
	project, ok := known.home(keyOrID)
	if !ok {
		found, err := do[Issue](ctx, c, request{op: OpGetIssue, path: []string{strings.TrimSpace(keyOrID)}, query: url.Values{"fields": {"project"}}, free: true})
		// What is not there is remembered as what is outside: the requests that are
		// made would tell one from the other.
		if err != nil && !IsStatus(err, http.StatusNotFound) {
			return err
		}
		p, _ := Value[ProjectRef](found.Fields, "project")
		project = p.Key
		if project != "" {
			known.note(keyOrID, project)
		}
	}
	at := home{project, g.now()}
	g.mu.Lock()
	if len(g.homes) >= maxHomes {
		clear(g.homes)
	}
	g.homes[homeKey(keyOrID)] = at
	g.mu.Unlock()
	return g.judge(keyOrID, at, writes)
}
