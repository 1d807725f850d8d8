package fence

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/cache"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Guard holds every request and every answer of a client to a fence, by what
// their [operation.Operation] declares. It is the one place that does. It is
// safe for concurrent use.
//
// A request passes [Guard.CheckRequest] before it is sent, and its answer
// [Guard.FilterResponse] before anybody else sees it:
//
//	caller → CheckRequest → Jira → FilterResponse → caller
//	              ↓ asks where issues, boards, sprints … belong
//	            Lookup → Jira
//
// For example, a transition of PAY-7 behind a fence around PAY asks Jira for the
// project of PAY-7 first, since issues move and answer to their old keys; the
// transition is refused if the answer is OPS.
type Guard struct {
	*Fence
	lookup Lookup
	now    func() time.Time
	log    *slog.Logger

	projects *cache.TTL[string, []Project] // those of the fence that the user sees
	issues   *cache.TTL[string, string]    // an issue's project, by the key or id that was asked for
	verdicts *cache.TTL[question, verdict] // of names in queries and of ids
	files    *cache.TTL[string, bool]      // attachment ids seen in issues inside
	links    *cache.TTL[string, [2]string] // the two issues of links seen in issues inside, by the link's id
	tasks    *BulkTasks
	warn     sync.Once // about projects that the user does not see
}

// GuardOptions configure a [Guard]. All but Tasks are required.
type GuardOptions struct {
	Fence  *Fence
	Lookup Lookup
	Now    func() time.Time
	Log    *slog.Logger
	Tasks  *BulkTasks // new ones when nil
}

const (
	// projectsFresh is how long the list of projects that the user sees is
	// reused.
	projectsFresh = 10 * time.Minute
	// issueFresh is how long a read reuses the project of an issue. A write asks
	// each time: keys change when issues move.
	issueFresh = 60 * time.Second
	// missingFresh is the same for an issue that was outside, or not there: it
	// may be filed in the next moment.
	missingFresh = 5 * time.Second
	// maxRemembered bounds each of the guard's caches.
	maxRemembered = 5000
	// seenFresh is how long an attachment or a link of an issue that was read
	// may be used: for the life of the process, since that is safe as long as
	// the id names the same thing, and Jira reuses no ids.
	seenFresh = 100 * 365 * 24 * time.Hour
)

// NewGuard returns a guard that has asked nothing yet.
func NewGuard(o GuardOptions) *Guard {
	options := func(ttl time.Duration) cache.Options {
		return cache.Options{TTL: ttl, Size: maxRemembered, Now: o.Now}
	}
	g := &Guard{Fence: o.Fence, lookup: o.Lookup, now: o.Now, log: o.Log, tasks: o.Tasks,
		projects: cache.New[string, []Project](options(projectsFresh)),
		issues:   cache.New[string, string](options(issueFresh)),
		verdicts: cache.New[question, verdict](options(issueFresh)),
		files:    cache.New[string, bool](options(seenFresh)),
		links:    cache.New[string, [2]string](options(seenFresh)),
	}
	if g.tasks == nil {
		g.tasks = NewBulkTasks()
	}
	return g
}

// Request is a request to Jira as a guard sees it.
type Request struct {
	Operation operation.Operation
	Path      []string   // values of the path's placeholders, in order
	Query     url.Values // may be nil
	Body      any        // what is sent as JSON; nil for none
}

// CheckRequest checks everything that a request names, and returns the request
// as it may be sent: queries are confined, and lists of projects filled in. A
// refusal is an [*Error]; known is what the caller's act has learned so far.
func (g *Guard) CheckRequest(ctx context.Context, in Request, known *IssueCache) (Request, error) {
	if err := g.CheckDeclared(in.Operation); err != nil {
		return in, err
	}
	body, err := asObject(in.Body)
	if err != nil {
		return in, err
	}
	c := &inspection{Guard: g, known: known, in: in, body: body}
	if err := c.checkMembers(); err != nil {
		return in, err
	}
	// An answer that holds the issue itself is filtered by where the issue is.
	// Other answers, such as its transitions, do not say: ask before.
	if !in.Operation.ReturnsProject() {
		if err := c.checkIssues(ctx, c.issuesNamed(), in.Operation.Writes()); err != nil {
			return in, err
		}
	}
	for _, n := range in.Operation.Names {
		if err := c.checkName(ctx, n); err != nil {
			return in, err
		}
	}
	if body != nil {
		c.in.Body = body
	}
	return c.in, nil
}

// inspection is the check of one request.
type inspection struct {
	*Guard
	known *IssueCache
	in    Request
	body  map[string]any // in.Body as JSON; nil for none
}

// CheckDeclared refuses an operation that does not declare what it names and
// answers: every placeholder of its path, and what the answer is about.
func (g *Guard) CheckDeclared(op operation.Operation) error {
	known := op.Answers != ""
	for _, placeholder := range op.Placeholders() {
		known = known && slices.ContainsFunc(op.Names, func(n operation.Naming) bool { return n.At == "path:"+placeholder })
	}
	if !known {
		return g.ErrUndecidable("%s does not say what it names", op.ID)
	}
	return nil
}

// learnProjects asks which projects of the fence the user sees, and for their
// ids and names.
func (g *Guard) learnProjects(ctx context.Context) error {
	_, err := g.projects.Get(ctx, "", func(ctx context.Context) ([]Project, error) {
		list, err := g.lookup.Projects(ctx, g.Projects())
		if err != nil {
			return nil, err
		}
		var keys []string
		for _, p := range list {
			g.Learn(p.Key, p.ID, p.Name)
			keys = append(keys, p.Key)
		}
		g.See(keys)
		if _, unseen := g.Visible(); len(unseen) > 0 {
			g.warn.Do(func() {
				g.log.WarnContext(ctx, "projects of the fence do not exist, or the user does not see them", "projects", unseen)
			})
		}
		return list, nil
	})
	return err
}

// VisibleProjects returns the projects of the fence that the user sees, and
// those that the user does not see.
func (g *Guard) VisibleProjects(ctx context.Context) (seen, unseen []string, err error) {
	if err := g.learnProjects(ctx); err != nil {
		return nil, nil, err
	}
	seen, unseen = g.Visible()
	return seen, unseen, nil
}

// MarkWritten forgets what did not exist before a write: it may exist now.
func (g *Guard) MarkWritten() {
	g.issues.DeleteFunc(func(_, project string) bool { return project == "" })
	g.verdicts.DeleteFunc(func(_ question, v verdict) bool { return v.isNothing() })
}

// FilterInside reports whether a saved filter, by its number, may find something
// inside.
func (g *Guard) FilterInside(ctx context.Context, id string, known *IssueCache) (bool, error) {
	if err := g.learnProjects(ctx); err != nil {
		return false, err
	}
	_, err := g.Query(ctx, "filter = "+id, &siteView{g, known})
	if isRefusal(err) {
		return false, nil
	}
	return err == nil, err
}

// BulkTasks are the bulk operations that a server has submitted, by id. Jira
// tells the progress of any task to whoever knows its id, so only a server's own
// may be asked for. They may outlive a guard.
type BulkTasks struct {
	mu  sync.Mutex
	ids map[string]bool
}

// NewBulkTasks returns an empty set.
func NewBulkTasks() *BulkTasks { return &BulkTasks{ids: map[string]bool{}} }

// add notes a task that was submitted.
func (t *BulkTasks) add(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ids) > maxRemembered {
		clear(t.ids)
	}
	t.ids[id] = true
}

// has reports whether a task was submitted by this server.
func (t *BulkTasks) has(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[id]
}

// issueID is the spelling under which an issue is remembered.
func issueID(keyOrID string) string { return strings.ToUpper(strings.TrimSpace(keyOrID)) }

// errBody is a request body that is no JSON object.
func errBody(err error) error { return fmt.Errorf("fence: a body that is no object: %w", err) }
