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

// Guard applies a fence to every request and every answer of a client, as their
// [operation.Operation] declares them. It is the only place that does. It is
// safe for concurrent use.
//
// A request passes [Guard.CheckRequest] before it is sent, and its answer
// passes [Guard.FilterResponse] before the caller sees it:
//
//	caller → CheckRequest → Jira → FilterResponse → caller
//	              ↓ looks up where issues, boards, sprints … belong
//	            Lookup → Jira
//
// For example, before a transition of PAY-7 behind a fence around PAY, the
// guard looks up the project of PAY-7, since an issue that moved to another
// project still answers to its old key. If the project is OPS, it refuses the
// transition.
type Guard struct {
	*Fence
	lookup Lookup
	now    func() time.Time
	log    *slog.Logger

	projects    *cache.TTL[string, []Project]       // the projects inside that the user can see
	issues      *cache.TTL[string, string]          // an issue's project, by the key or id of the lookup
	lookupCache *cache.TTL[lookupKey, lookupResult] // about names in queries, and ids
	attachments *cache.TTL[string, string]          // the issue of each attachment of an issue that was read, by attachment id
	links       *cache.TTL[string, [2]string]       // the two issues of each link of an issue that was read, by link id
	tasks       *BulkTasks
	warnOnce    sync.Once // about projects that the user cannot see
}

// GuardOptions configures a [Guard]. All fields but Tasks are required.
type GuardOptions struct {
	Fence  *Fence
	Lookup Lookup
	Now    func() time.Time
	Log    *slog.Logger
	Tasks  *BulkTasks // an empty set if nil
}

const (
	// projectsTTL is how long the list of visible projects is reused.
	projectsTTL = 10 * time.Minute
	// issueTTL is how long a read reuses the project of an issue. A write
	// looks it up each time, since issues move.
	issueTTL = 60 * time.Second
	// missingTTL is the same for an issue that is outside or does not exist,
	// which may be created at any moment.
	missingTTL = 5 * time.Second
	// maxCacheEntries is the size of each of the guard's caches.
	maxCacheEntries = 5000
	// seenTTL is how long an attachment or a link of an issue that was read
	// may be named: for the life of the process, since Jira does not reuse ids.
	// The issues that it belongs to are checked again each time.
	seenTTL = 100 * 365 * 24 * time.Hour
)

// NewGuard returns a guard. It sends no request.
func NewGuard(o GuardOptions) *Guard {
	options := func(ttl time.Duration) cache.Options {
		return cache.Options{TTL: ttl, Size: maxCacheEntries, Now: o.Now}
	}
	g := &Guard{Fence: o.Fence, lookup: o.Lookup, now: o.Now, log: o.Log, tasks: o.Tasks,
		projects:    cache.New[string, []Project](options(projectsTTL)),
		issues:      cache.New[string, string](options(issueTTL)),
		lookupCache: cache.New[lookupKey, lookupResult](options(issueTTL)),
		attachments: cache.New[string, string](options(seenTTL)),
		links:       cache.New[string, [2]string](options(seenTTL)),
	}
	if g.tasks == nil {
		g.tasks = NewBulkTasks()
	}
	return g
}

// Request is a request to Jira in the parts that a guard checks.
type Request struct {
	Operation operation.Operation
	Path      []string   // values of the path's placeholders, in order
	Query     url.Values // may be nil
	Body      any        // marshalled as JSON; nil for none
}

// CheckRequest checks everything that a request names and returns the request
// as it may be sent: with queries confined and lists of projects filled in. It
// refuses with an [*Error]. known holds the projects of issues that were looked
// up during the same call of a tool.
func (g *Guard) CheckRequest(ctx context.Context, in Request, known *IssueCache) (Request, error) {
	if err := g.CheckDeclared(in.Operation); err != nil {
		return in, err
	}
	body, err := asObject(in.Body)
	if err != nil {
		return in, err
	}
	c := &requestCheck{Guard: g, known: known, in: in, body: body}
	if err := c.checkMembers(); err != nil {
		return in, err
	}
	// An answer with the issue itself in it is filtered by the issue's project.
	// Other answers, such as the issue's transitions, do not contain the
	// project, so it is looked up first.
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

// requestCheck is the check of one request.
type requestCheck struct {
	*Guard
	known *IssueCache
	in    Request
	body  map[string]any // in.Body as a JSON object; nil for none
}

// CheckDeclared refuses an operation whose declaration is incomplete: it has to
// cover every placeholder of the path and the answer. An operation that
// somebody adds without a declaration fails closed.
func (g *Guard) CheckDeclared(op operation.Operation) error {
	known := op.Answers != ""
	for _, placeholder := range op.Placeholders() {
		known = known && slices.ContainsFunc(op.Names, func(n operation.Reference) bool { return n.At == "path:"+placeholder })
	}
	if !known {
		return g.ErrUndecidable("cannot check %s, whose declaration is incomplete", op.ID)
	}
	return nil
}

// loadProjects fetches the projects of the fence that the user can see.
func (g *Guard) loadProjects(ctx context.Context) error {
	_, err := g.projects.Get(ctx, "", func(ctx context.Context) ([]Project, error) {
		list, err := g.lookup.Projects(ctx, g.Projects())
		if err != nil {
			return nil, err
		}
		var keys []string
		for _, p := range list {
			g.RecordProject(p.Key, p.ID, p.Name)
			keys = append(keys, p.Key)
		}
		g.SetVisible(keys)
		if _, missing := g.Visible(); len(missing) > 0 {
			g.warnOnce.Do(func() {
				g.log.WarnContext(ctx, "projects of the fence do not exist or are not visible to the user", "projects", missing)
			})
		}
		return list, nil
	})
	return err
}

// VisibleProjects returns the projects of the fence that the user can see, and
// those that the user cannot see.
func (g *Guard) VisibleProjects(ctx context.Context) (seen, missing []string, err error) {
	if err := g.loadProjects(ctx); err != nil {
		return nil, nil, err
	}
	seen, missing = g.Visible()
	return seen, missing, nil
}

// ForgetMissing forgets what did not exist before a write: it may exist now.
func (g *Guard) ForgetMissing() {
	g.issues.DeleteFunc(func(_, project string) bool { return project == "" })
	g.lookupCache.DeleteFunc(func(_ lookupKey, v lookupResult) bool { return v.isNothing() })
}

// IsFilterInside reports whether the saved filter with an id may match something
// inside.
func (g *Guard) IsFilterInside(ctx context.Context, id string, known *IssueCache) (bool, error) {
	if err := g.loadProjects(ctx); err != nil {
		return false, err
	}
	_, err := g.ConfineQuery(ctx, "filter = "+id, &nameChecker{g, known})
	if isRefusal(err) {
		return false, nil
	}
	return err == nil, err
}

// BulkTasks holds the ids of the bulk operations that a server has submitted.
// Jira reports the progress of any task to anybody who knows its id, so that a
// guard lets callers read only the server's own. The set may outlive a guard. It
// forgets all of them when it exceeds maxCacheEntries: their progress can then
// no longer be read.
type BulkTasks struct {
	mu  sync.Mutex
	ids map[string]bool
}

// NewBulkTasks returns an empty set.
func NewBulkTasks() *BulkTasks { return &BulkTasks{ids: map[string]bool{}} }

// add records a task that was submitted.
func (t *BulkTasks) add(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ids) > maxCacheEntries {
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

// issueCacheKey returns the spelling of a key or id that the caches use.
func issueCacheKey(keyOrID string) string { return strings.ToUpper(strings.TrimSpace(keyOrID)) }

// bodyError returns the error for a request body that is not a JSON object.
func bodyError(err error) error {
	return fmt.Errorf("fence: the request body is not a JSON object: %w", err)
}
