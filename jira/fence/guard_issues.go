package fence

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// IssueCache holds the projects of issues during one call of a tool, so that a
// tool that reads an issue and then writes it looks the issue up once. It must
// not live longer than some seconds: writes trust it, and issues move.
type IssueCache struct {
	mu       sync.Mutex
	projects map[string]string // by key or id
}

// NewIssueCache returns an empty cache.
func NewIssueCache() *IssueCache { return &IssueCache{projects: map[string]string{}} }

// project returns the project of an issue, if it is known.
func (c *IssueCache) project(keyOrID string) (project string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	project, known = c.projects[issueCacheKey(keyOrID)]
	return project, known
}

// put records the project of an issue.
func (c *IssueCache) put(keyOrID, project string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.projects[issueCacheKey(keyOrID)] = project
}

// record records the issues of an answer, which are all inside. asked is the key
// or id of the request, if the answer is a single issue: it may be an old key.
func (c *IssueCache) record(body []byte, asked string) {
	type brief struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	var answer struct {
		brief
		Issues []brief `json:"issues"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range append(answer.Issues, answer.brief) {
		project, _, ok := key.SplitIssue(i.Key)
		if !ok {
			continue
		}
		c.projects[issueCacheKey(i.Key)], c.projects[i.ID] = project, project
		if asked != "" && len(answer.Issues) == 0 {
			c.projects[issueCacheKey(asked)] = project
		}
	}
}

// CheckIssues checks, before a write that affects issues, that they are inside
// and may be written to. It does not look up the issues in known again.
func (g *Guard) CheckIssues(ctx context.Context, keys []string, known *IssueCache) error {
	return (&requestCheck{Guard: g, known: known}).checkIssues(ctx, keys, true)
}

// HaveLeft reports whether an issue that a request names is outside by now, after the
// request has passed [Guard.CheckRequest]. It looks all of them up again. It reports
// false if Jira does not tell.
func (g *Guard) HaveLeft(ctx context.Context, in Request) bool {
	body, err := asObject(in.Body)
	if err != nil {
		return false
	}
	c := &requestCheck{Guard: g, known: NewIssueCache(), in: in, body: body}
	return isOutside(c.checkIssues(ctx, c.issuesNamed(), false))
}

// checkIssues checks that issues are inside, as Jira reports them now or has
// reported them during this call of a tool. It looks up one issue by itself,
// and several in requests of [MaxIssues]. The answer of a search does not
// count, since its index may lag behind a move.
func (c *requestCheck) checkIssues(ctx context.Context, names []string, writes bool) error {
	var ask []string
	for _, name := range names {
		project, ok := c.known.project(name)
		if !ok {
			ask = append(ask, name)
			continue
		}
		if err := c.checkAccess(name, project, writes); err != nil {
			return err
		}
	}
	if len(ask) == 1 {
		return c.checkIssueNow(ctx, ask[0], writes)
	}
	for len(ask) > 0 {
		part := ask[:min(len(ask), MaxIssues)]
		ask = ask[len(part):]
		if err := c.checkIssueBatch(ctx, part, writes); err != nil {
			return err
		}
	}
	return nil
}

// checkIssueBatch checks up to [MaxIssues] issues with one lookup. It looks up
// an issue that is not in the answer by itself: such an issue has moved to
// another key, or does not exist.
func (c *requestCheck) checkIssueBatch(ctx context.Context, names []string, writes bool) error {
	found, err := c.lookup.IssueProjects(ctx, names)
	if err != nil {
		return err
	}
	for _, i := range found {
		c.known.put(i.Key, i.Project)
		c.known.put(i.ID, i.Project)
	}
	for _, name := range names {
		project, ok := c.known.project(name)
		if !ok {
			if err := c.checkIssueNow(ctx, name, writes); err != nil {
				return err
			}
			continue
		}
		c.rememberIssue(name, project)
		if err := c.checkAccess(name, project, writes); err != nil {
			return err
		}
	}
	return nil
}

// checkIssueNow checks that an issue is inside, as Jira reports it now or has
// reported it during this call of a tool. It records an issue that does not
// exist like one outside; otherwise the number of requests would tell one from
// the other.
func (c *requestCheck) checkIssueNow(ctx context.Context, keyOrID string, writes bool) error {
	project, ok := c.known.project(keyOrID)
	if !ok {
		var err error
		if project, err = c.lookup.IssueProject(ctx, keyOrID); err != nil {
			return err
		}
		if project != "" {
			c.known.put(keyOrID, project)
		}
	}
	c.rememberIssue(keyOrID, project)
	return c.checkAccess(keyOrID, project, writes)
}

// checkIssueCached is checkIssueNow for a name in a query, where a lookup of
// the last minute is recent enough.
func (c *requestCheck) checkIssueCached(ctx context.Context, keyOrID string) error {
	if project, _, known := c.issues.Peek(issueCacheKey(keyOrID)); known {
		return c.checkAccess(keyOrID, project, false)
	}
	return c.checkIssueNow(ctx, keyOrID, false)
}

// rememberIssue records the project of an issue; "" for no such issue.
func (g *Guard) rememberIssue(keyOrID, project string) {
	fresh := issueTTL
	if !g.IsProjectInside(project) {
		fresh = missingTTL
	}
	g.issues.PutUntil(issueCacheKey(keyOrID), project, g.now().Add(fresh))
}

// checkAccess checks an issue by its project.
func (g *Guard) checkAccess(name, project string, writes bool) error {
	switch {
	case !g.IsProjectInside(project):
		return g.ErrOutside(name, nil)
	case writes && !g.MayWrite(project):
		return g.ErrNotWritable()
	}
	return nil
}
