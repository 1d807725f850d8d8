package fence

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
)

// IssueCache remembers in which project issues are, for one act of a caller: a
// tool that reads an issue and then writes it asks once. It must not live longer
// than some seconds, since writes believe it and issues move.
type IssueCache struct {
	mu       sync.Mutex
	projects map[string]string // by key or id
}

// NewIssueCache returns an empty cache.
func NewIssueCache() *IssueCache { return &IssueCache{projects: map[string]string{}} }

func (k *IssueCache) project(keyOrID string) (project string, known bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	project, known = k.projects[issueID(keyOrID)]
	return project, known
}

func (k *IssueCache) put(keyOrID, project string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.projects[issueID(keyOrID)] = project
}

// learn notes the issues of an answer, which are all inside. asked is the name
// under which the caller asked for it, where the answer is one issue: it may be
// an old key.
func (k *IssueCache) learn(body []byte, asked string) {
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
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, i := range append(answer.Issues, answer.brief) {
		at := strings.LastIndexByte(i.Key, '-')
		if at < 0 {
			continue
		}
		k.projects[issueID(i.Key)], k.projects[i.ID] = i.Key[:at], i.Key[:at]
		if asked != "" && len(answer.Issues) == 0 {
			k.projects[issueID(asked)] = i.Key[:at]
		}
	}
}

// CheckIssues refuses issues that are outside, or that may not be written to,
// before a write that leads to them. What known holds is not asked for again.
func (g *Guard) CheckIssues(ctx context.Context, keys []string, known *IssueCache) error {
	return (&inspection{Guard: g, known: known}).checkIssues(ctx, keys, true)
}

// checkIssues checks that issues are inside, as Jira reports them now or has
// reported them during this act: one by itself, several in one request a
// hundred. An answer of a search does not count: its index may lag behind a move.
func (c *inspection) checkIssues(ctx context.Context, names []string, writes bool) error {
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
		if err := c.checkTogether(ctx, part, writes); err != nil {
			return err
		}
	}
	return nil
}

// checkTogether asks for the projects of several issues in one request. An issue
// that the answer lacks has moved or is not there, and is asked for by itself.
func (c *inspection) checkTogether(ctx context.Context, names []string, writes bool) error {
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
// during this act. An issue that is not there is remembered like one outside:
// otherwise the number of requests would tell one from the other.
func (c *inspection) checkIssueNow(ctx context.Context, keyOrID string, writes bool) error {
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

// checkIssueLately is checkIssueNow for a name in a query: an answer of the last
// minute will do.
func (c *inspection) checkIssueLately(ctx context.Context, keyOrID string) error {
	if project, _, known := c.issues.Peek(issueID(keyOrID)); known {
		return c.checkAccess(keyOrID, project, false)
	}
	return c.checkIssueNow(ctx, keyOrID, false)
}

// rememberIssue notes the project of an issue; "" for one that is not there.
func (g *Guard) rememberIssue(keyOrID, project string) {
	fresh := issueFresh
	if !g.Inside(project) {
		fresh = missingFresh
	}
	g.issues.PutUntil(issueID(keyOrID), project, g.now().Add(fresh))
}

// checkAccess refuses an issue by the project that it is in.
func (g *Guard) checkAccess(name, project string, writes bool) error {
	switch {
	case !g.Inside(project):
		return g.ErrOutside(name, nil)
	case writes && !g.MayWrite(project):
		return g.ErrNotWritable()
	}
	return nil
}
