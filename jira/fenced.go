package jira

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// guard holds every request and every answer to the fence, by what their
// Operation declares. It is the one place that does.
type guard struct {
	*fence.Fence
	now func() time.Time

	mu          sync.Mutex
	learned     time.Time
	homes       map[string]home // of issues, by key or id as it was given
	verdicts    map[string]verdict
	attachments map[string]bool      // ids seen in issues inside
	links       map[string][2]string // the issues at the ends of links seen in issues inside, by the link's id
	tasks       map[string]bool      // bulk operations that this client submitted
}

func newGuard(f *fence.Fence, now func() time.Time) *guard {
	return &guard{Fence: f, now: now, homes: map[string]home{}, verdicts: map[string]verdict{}, attachments: map[string]bool{}, links: map[string][2]string{}, tasks: map[string]bool{}}
}

// Fence is the fence around this client; nil without one.
func (c *Client) Fence() *fence.Fence {
	if c.guard == nil {
		return nil
	}
	return c.guard.Fence
}

// fenced turns a refusal into an error of the operation. Nothing was sent.
func fenced(op operation.Operation, err error) error {
	var refusal *fence.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return &Error{Op: op, Outcome: NotSent, Err: err, Messages: []string{refusal.Error()}, Advice: refusal.Hint()}
}

// admit checks what a call names, and returns it as it may be sent.
func (c *Client) admit(ctx context.Context, in request) (request, error) {
	if c.guard == nil || in.free {
		return in, nil
	}
	out, err := c.guard.admit(ctx, c, in)
	return out, fenced(in.op, err)
}

func (g *guard) admit(ctx context.Context, c *Client, in request) (request, error) {
	if err := g.declared(in.op); err != nil {
		return in, err
	}
	if in.op.Key() == OpSearchProjects.Key() {
		in.query = cloneQuery(in.query)
		in.query["keys"] = g.Projects()
		return in, nil
	}
	body, err := generic(in.body)
	if err != nil {
		return in, err
	}
	for member := range body {
		covered := slices.ContainsFunc(in.op.Names, func(n operation.Naming) bool { return n.At == "body:"+member })
		if !covered && !slices.Contains(harmless, member) && (in.op.Writes() || member != "fields") {
			return in, g.Cannot("does not know what %q of %s names", member, in.op.ID)
		}
	}
	if !in.op.ReturnsProject() {
		// What is said of an issue, such as its moves, does not say where it is.
		if err := g.issues(ctx, c, issuesNamed(in, body), in.op.Writes()); err != nil {
			return in, err
		}
	}
	for _, n := range in.op.Names {
		if err := g.name(ctx, c, &in, body, n); err != nil {
			return in, err
		}
	}
	if body != nil {
		in.body = body
	}
	return in, nil
}

// harmless are members of bodies that name nothing of a project. In a read,
// fields lists what is asked for.
var harmless = []string{"expand", "maxResults", "nextPageToken", "transition", "body", "properties", "visibility",
	"type", "comment", "started", "timeSpentSeconds", // of links and worklogs
	"globalId", "object", // a page elsewhere
	"name", "description", "startDate", "releaseDate", "released", "archived", // of versions
	"goal", "endDate", "state", // of sprints
	"fieldIds", // of changes that are read
	// Of bulk operations; the client edits no field in bulk that names issues.
	"editedFieldsInput", "selectedActions", "sendBulkNotification"}

// declared refuses an operation that does not say what it names and answers.
func (g *guard) declared(op operation.Operation) error {
	known := op.Answers != ""
	for _, placeholder := range op.Placeholders() {
		known = known && slices.ContainsFunc(op.Names, func(n operation.Naming) bool { return n.At == "path:"+placeholder })
	}
	if !known {
		return g.Cannot("%s does not say what it names", op.ID)
	}
	return nil
}

// name checks one thing that an operation names.
func (g *guard) name(ctx context.Context, c *Client, in *request, body map[string]any, n operation.Naming) error {
	values := valuesAt(*in, body, n.At)
	switch n.Kind {
	case operation.KindSite:
		return nil
	case operation.KindProject:
		// An operation may take an issue in the place of its project.
		issue := slices.ContainsFunc(in.op.Names, func(n operation.Naming) bool {
			return n.Kind == operation.KindIssue && len(valuesAt(*in, body, n.At)) > 0
		})
		if len(values) == 0 && strings.HasPrefix(n.At, "query:") && !issue {
			return g.Cannot("%s has to name one of them", in.op.ID)
		}
		return g.projectNames(ctx, c, values, in.op.Writes())
	case operation.KindIssue, operation.KindPart: // see issuesNamed
		return nil
	case operation.KindBulkMove:
		return g.move(ctx, c, body)
	case operation.KindUpdates:
		return g.updates(ctx, c, body)
	case operation.KindLink, operation.KindTask, operation.KindVersion, operation.KindBoard, operation.KindSprint:
		return g.thing(ctx, c, n.Kind, values, in.op.Writes())
	case operation.KindJQL:
		return g.query(ctx, c, body, n)
	case operation.KindFields:
		_, field, _ := strings.Cut(n.At, ":")
		return g.fields(ctx, c, body[field], in.op.Key() == OpCreateIssue.Key() && field == "fields")
	case operation.KindValues:
		for _, v := range values {
			if !slices.Contains(vocabulary, strings.ToLower(v)) {
				return g.Cannot("does not list values of the whole site")
			}
		}
		return nil
	case operation.KindUsers:
		if in.op.HasKind(operation.KindProject) {
			return nil // among the people of projects inside
		}
		return g.Cannot("searches people in those projects only")
	case operation.KindAttachment:
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, v := range values {
			if !g.attachments[v] {
				return g.Cannot("gives only files of issues that were read before")
			}
		}
		return nil
	}
	return g.Cannot("does not know what %s names", in.op.ID)
}

// vocabulary are fields whose values are words of the site, and no project's.
var vocabulary = []string{"priority", "resolution"}

func (g *guard) projectNames(ctx context.Context, c *Client, values []string, writes bool) error {
	if err := g.inside(ctx, c, values, g.KeyOrID); err != nil {
		return err
	}
	for _, v := range values {
		if key, _ := g.KeyOrID(v); writes && !g.MayWrite(key) {
			return g.RefuseWrite()
		}
	}
	return nil
}

// inside checks names of projects, learning of them where that is needed.
func (g *guard) inside(ctx context.Context, c *Client, values []string, find func(string) (string, bool)) error {
	for _, v := range values {
		if _, inside := find(v); inside {
			continue
		}
		if err := g.learn(ctx, c); err != nil {
			return err
		}
		if _, inside := find(v); !inside {
			return g.RefuseName(v, nil)
		}
	}
	return nil
}

// projectsFresh is how long it counts which projects the user sees.
const projectsFresh = 10 * time.Minute

// learn asks which projects inside there are for the user, and for their ids and
// names.
func (g *guard) learn(ctx context.Context, c *Client) error {
	g.mu.Lock()
	known := !g.learned.IsZero() && g.now().Sub(g.learned) < projectsFresh
	first := g.learned.IsZero()
	g.mu.Unlock()
	if known {
		return nil
	}
	page, err := do[ProjectPage](ctx, c, request{op: OpSearchProjects, query: url.Values{"keys": g.Projects(), "maxResults": {strconv.Itoa(fence.MaxProjects)}}, free: true})
	if err != nil {
		return err
	}
	var keys []string
	for _, p := range page.Projects {
		g.Learn(p.Key, p.ID, p.Name)
		keys = append(keys, p.Key)
	}
	g.See(keys)
	if _, unseen := g.Visible(); first && len(unseen) > 0 {
		c.log.WarnContext(ctx, "projects of the fence do not exist, or the user does not see them", "projects", unseen)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.learned = g.now()
	return nil
}

// VisibleProjects are the projects of the fence that the user sees, and those
// that are not.
func (c *Client) VisibleProjects(ctx context.Context) (seen, unseen []string, err error) {
	if c.guard == nil {
		return nil, nil, nil
	}
	if err := c.guard.learn(ctx, c); err != nil {
		return nil, nil, err
	}
	seen, unseen = c.guard.Visible()
	return seen, unseen, nil
}

// query puts the confined query in the place of the caller's.
func (g *guard) query(ctx context.Context, c *Client, body map[string]any, n operation.Naming) error {
	_, field, _ := strings.Cut(n.At, ":")
	text, _ := body[field].(string)
	if err := g.learn(ctx, c); err != nil {
		return err
	}
	confined, err := g.Query(text, &site{ctx, g, c})
	if err != nil {
		return err
	}
	body[field] = confined
	return nil
}

// fields checks the values of a write: the project it goes to, and what custom
// fields name. The issues that it names were checked before.
func (g *guard) fields(ctx context.Context, c *Client, v any, needsProject bool) error {
	all, _ := v.(map[string]any)
	for id, value := range all {
		if id == "project" {
			if err := g.target(ctx, c, value); err != nil {
				return err
			}
			continue
		}
		if err := g.custom(ctx, c, id, value); err != nil {
			return err
		}
	}
	if _, given := all["project"]; needsProject && !given {
		return g.Cannot("a new issue needs its project")
	}
	return nil
}

// custom checks the value of a custom field that names something of projects:
// a sprint by its number, a project by whatever names one. Versions and
// components need no look: Jira takes those of the issue's own project alone.
func (g *guard) custom(ctx context.Context, c *Client, id string, value any) error {
	if !strings.HasPrefix(id, "customfield_") || value == nil {
		return nil
	}
	at := &site{ctx, g, c}
	kind, err := at.Kind(id)
	if err != nil {
		return err
	}
	for _, text := range every(value) {
		inside := true
		switch _, number := strconv.ParseInt(text, 10, 64); {
		case kind == fence.Sprint && number == nil:
			inside, err = g.sprintTo(ctx, c, text)
		case kind == fence.Project:
			inside, err = at.Inside(kind, text)
		}
		if err != nil {
			return err
		}
		if !inside {
			return g.Refuse()
		}
	}
	return nil
}

func (g *guard) target(ctx context.Context, c *Client, value any) error {
	o, _ := value.(map[string]any)
	given := false
	for part, find := range map[string]func(string) (string, bool){"key": g.KeyOrID, "id": g.KeyOrID, "name": g.Named} {
		if o[part] == nil {
			continue
		}
		who := strings.Join(scalars(o[part]), " ")
		if err := g.inside(ctx, c, []string{who}, find); err != nil {
			return err
		}
		if key, _ := find(who); !g.MayWrite(key) {
			return g.RefuseWrite()
		}
		given = true
	}
	if !given {
		return g.Cannot("the project is not named")
	}
	return nil
}
