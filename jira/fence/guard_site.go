package fence

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// The lookups with which the guard judges names. The caller never sees their
// answers, only whether a thing is inside.

// lookupKey identifies a verdict: a name, and what to know about it.
type lookupKey struct{ about, name string }

// lookupResult is Jira's answer about a name; the question decides which fields
// are set.
type lookupResult struct {
	inside bool
	texts  []string
	items  []Item
	fields []Field
}

// isNothing reports whether the name does not exist.
func (v lookupResult) isNothing() bool {
	return !v.inside && len(v.texts)+len(v.items)+len(v.fields) == 0
}

// cachedLookup returns the cached verdict about a name, or calls ask for one. A
// verdict lasts for a minute (issueTTL).
func (g *Guard) cachedLookup(ctx context.Context, about, name string, ask func(context.Context) (lookupResult, error)) (lookupResult, error) {
	return g.lookupCache.Get(ctx, lookupKey{about, strings.ToLower(strings.TrimSpace(name))}, ask)
}

// forget drops a verdict, since a write may not rely on one of a minute ago:
// boards and sprints change their projects.
func (g *Guard) forget(about, name string) {
	gone := lookupKey{about, strings.ToLower(strings.TrimSpace(name))}
	g.lookupCache.DeleteFunc(func(k lookupKey, _ lookupResult) bool { return k == gone })
}

// nameChecker implements [NameChecker] for one call of a tool.
type nameChecker struct {
	*Guard
	known *IssueCache
}

// Inside implements [NameChecker].
func (s *nameChecker) Inside(ctx context.Context, kind operation.Kind, name string) (bool, error) {
	var err error
	switch kind {
	case operation.KindProject:
		err = s.checkInside(ctx, []string{name}, s.FindProject)
	case operation.KindIssue:
		err = (&requestCheck{Guard: s.Guard, known: s.known}).checkIssueCached(ctx, name)
	case operation.KindVersion, operation.KindComponent:
		return s.isListed(ctx, kind, name)
	case operation.KindSprint:
		return s.sprintHasIssues(ctx, name)
	default:
		return false, s.ErrUndecidable("cannot check a %s", kind)
	}
	if isOutside(err) {
		return false, nil
	}
	return err == nil, err
}

// isListed reports whether a project inside has a version or a component, by
// name or id.
func (g *Guard) isListed(ctx context.Context, kind operation.Kind, name string) (bool, error) {
	list, err := g.listItems(ctx, kind)
	name = strings.TrimSpace(name)
	return slices.ContainsFunc(list, func(i Item) bool { return i.ID == name || strings.EqualFold(i.Name, name) }), err
}

// listItems returns the versions or the components of the projects inside.
func (g *Guard) listItems(ctx context.Context, kind operation.Kind) ([]Item, error) {
	list := map[operation.Kind]func(context.Context, string) ([]Item, error){operation.KindVersion: g.lookup.Versions, operation.KindComponent: g.lookup.Components}[kind]
	v, err := g.cachedLookup(ctx, "all of "+string(kind), "", func(ctx context.Context) (lookupResult, error) {
		var all []Item
		seen, _ := g.Visible()
		for _, project := range seen {
			some, err := list(ctx, project)
			if err != nil {
				return lookupResult{}, err
			}
			all = append(all, some...)
		}
		return lookupResult{items: all}, nil
	})
	return v.items, err
}

// maxListed is how many names an error message lists.
const maxListed = 25

// InsideNames implements [NameChecker]. Checking the name has fetched the list,
// so that this sends no request.
func (s *nameChecker) InsideNames(ctx context.Context, kind operation.Kind) []string {
	if kind != operation.KindVersion && kind != operation.KindComponent {
		return nil
	}
	list, err := s.listItems(ctx, kind)
	if err != nil {
		return nil
	}
	var out []string
	for _, i := range list {
		if !slices.Contains(out, i.Name) && len(out) < maxListed {
			out = append(out, i.Name)
		}
	}
	return out
}

// sprintHasIssues reports whether any issue inside is in a sprint, given by
// name or number. This is how a query's sprint is checked: finding the sprint's
// board needs scopes that not every token has.
func (g *Guard) sprintHasIssues(ctx context.Context, sprint string) (bool, error) {
	v, err := g.cachedLookup(ctx, "sprint", sprint, func(ctx context.Context) (lookupResult, error) {
		if err := g.loadProjects(ctx); err != nil {
			return lookupResult{}, err
		}
		seen, _ := g.Visible()
		q := (&jql.Query{Where: &jql.Term{Field: jql.Field{Name: "sprint"}, Op: jql.Equals, Operand: &jql.Value{Text: sprint, Quoted: true}}}).Confine(seen)
		inside, err := g.lookup.HasIssues(ctx, q.String())
		return lookupResult{inside: inside}, err
	})
	return v.inside, err
}

// Filters implements [NameChecker]. A number is an id, or a name if no filter
// has that id.
func (s *nameChecker) Filters(ctx context.Context, nameOrID string) ([]string, error) {
	v, err := s.cachedLookup(ctx, "filter", nameOrID, func(ctx context.Context) (lookupResult, error) {
		name := strings.TrimSpace(nameOrID)
		var found []SavedFilter
		var err error
		if n, notNumber := strconv.ParseInt(name, 10, 64); notNumber == nil && n > 0 {
			if found, err = s.lookup.FilterByID(ctx, name); err != nil {
				return lookupResult{}, err
			}
		}
		if len(found) == 0 {
			if found, err = s.lookup.FiltersByName(ctx, name); err != nil {
				return lookupResult{}, err
			}
		}
		var v lookupResult
		for _, f := range found {
			v.texts = append(v.texts, f.JQL)
		}
		return v, nil
	})
	return v.texts, err
}

// projectScoped maps the types of custom fields, schema.type or schema.items,
// whose values refer to something in a project.
var projectScoped = map[string]operation.Kind{"project": operation.KindProject, "version": operation.KindVersion, "component": operation.KindComponent}

// refersTo returns what a custom field's values refer to; "" for anything else.
func (f Field) refersTo() operation.Kind {
	if f.CustomType == SprintFieldType {
		return operation.KindSprint
	}
	return cmp.Or(projectScoped[f.Type], projectScoped[f.Items])
}

// FieldKind implements [NameChecker].
func (s *nameChecker) FieldKind(ctx context.Context, field string) (operation.Kind, error) {
	v, err := s.cachedLookup(ctx, "fields", "", func(ctx context.Context) (lookupResult, error) {
		fields, err := s.lookup.Fields(ctx)
		return lookupResult{fields: fields}, err
	})
	for _, f := range v.fields {
		named := strings.EqualFold(f.Name, field) || f.ID == field || slices.ContainsFunc(f.Names, func(n string) bool { return strings.EqualFold(n, field) })
		if kind := f.refersTo(); named && f.Custom && kind != "" {
			return kind, nil
		}
	}
	return "", err
}

// sprintInside reports whether an issue may be put into a sprint: the sprint's
// board belongs to a project inside. Where the token or user lacks access to the
// agile API, an issue inside that is in the sprint already is proof as well.
func (g *Guard) sprintInside(ctx context.Context, id string) (inside bool, _ error) {
	v, err := g.cachedLookup(ctx, "board of sprint", id, func(ctx context.Context) (lookupResult, error) {
		inside, err := g.sprintBoardInside(ctx, id)
		var unavailable *UnavailableError
		if errors.As(err, &unavailable) {
			if inside, err = g.sprintHasIssues(ctx, id); err == nil && !inside {
				err = g.ErrUndecidable("cannot determine the project of a sprint without issues: a scope or a permission is missing (%s)", unavailable.Needs)
			}
		}
		return lookupResult{inside: inside}, err
	})
	return v.inside, err
}

// sprintBoardInside reports whether a sprint's board is inside.
func (g *Guard) sprintBoardInside(ctx context.Context, sprint string) (inside bool, _ error) {
	board, err := g.sprintBoard(ctx, sprint)
	if err != nil || board == "" {
		return false, err
	}
	project, err := g.boardProject(ctx, board)
	return err == nil && g.IsProjectInside(project), err
}

// checkIDs checks things whose id does not tell which project they belong to.
func (c *requestCheck) checkIDs(ctx context.Context, kind operation.Kind, ids []string, writes bool) error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		var err error
		switch kind {
		case operation.KindTask:
			if !c.tasks.has(id) {
				err = c.ErrUndecidable("reports only on bulk operations it has started")
			}
		case operation.KindLink:
			err = c.checkLink(ctx, id)
		case operation.KindVersion:
			err = c.checkVersion(ctx, id[strings.LastIndexByte(id, '/')+1:]) // an id, or an address that ends with it
		case operation.KindBoard:
			err = c.checkBoard(ctx, id, writes)
		case operation.KindSprint:
			err = c.checkSprint(ctx, id, writes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkLink checks the two issues of a link. Removing the link writes to both.
func (c *requestCheck) checkLink(ctx context.Context, id string) error {
	ends, _, known := c.links.Peek(id)
	if !known {
		return c.ErrUndecidable("removes only links of issues it has read before")
	}
	return c.checkIssues(ctx, ends[:], true)
}

// checkVersion checks that a version belongs to a writable project.
func (g *Guard) checkVersion(ctx context.Context, id string) error {
	for _, project := range g.Writable() {
		list, err := g.lookup.Versions(ctx, project)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(i Item) bool { return i.ID == id }) {
			return nil
		}
	}
	return g.ErrNotWritable()
}

// boardProject returns the project of a board, "" for a board without one and
// for no such board.
func (g *Guard) boardProject(ctx context.Context, id string) (string, error) {
	v, err := g.cachedLookup(ctx, "board", id, func(ctx context.Context) (lookupResult, error) {
		project, err := g.lookup.BoardProject(ctx, id)
		if err != nil || project == "" {
			return lookupResult{}, err
		}
		return lookupResult{inside: g.IsProjectInside(project), texts: []string{project}}, nil
	})
	if err != nil || len(v.texts) == 0 {
		return "", err
	}
	return v.texts[0], nil
}

// checkBoard checks a board by the project that it belongs to.
func (g *Guard) checkBoard(ctx context.Context, id string, writes bool) error {
	if writes {
		g.forget("board", id)
	}
	project, err := g.boardProject(ctx, id)
	switch {
	case err != nil:
		return err
	case !g.IsProjectInside(project):
		return g.ErrOutside("", nil)
	case writes && !g.MayWrite(project):
		return g.ErrNotWritable()
	}
	return nil
}

// sprintBoard returns the id of a sprint's board, "" for no such sprint.
func (g *Guard) sprintBoard(ctx context.Context, sprint string) (string, error) {
	v, err := g.cachedLookup(ctx, "sprint's board", sprint, func(ctx context.Context) (lookupResult, error) {
		board, err := g.lookup.SprintBoard(ctx, sprint)
		if err != nil || board == "" {
			return lookupResult{}, err
		}
		return lookupResult{texts: []string{board}}, nil
	})
	if err != nil || len(v.texts) == 0 {
		return "", err
	}
	return v.texts[0], nil
}

// checkSprint checks a sprint by the board that it belongs to.
func (g *Guard) checkSprint(ctx context.Context, id string, writes bool) error {
	if writes {
		g.forget("sprint's board", id)
	}
	board, err := g.sprintBoard(ctx, id)
	switch {
	case err != nil:
		return err
	case board == "":
		return g.ErrOutside("", nil)
	}
	return g.checkBoard(ctx, board, writes)
}
