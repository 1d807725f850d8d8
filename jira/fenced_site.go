package jira

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// What the guard asks of the site to judge a name: see fenced.go. None of it
// comes out; only whether something is inside does.

// GuardOperations are those that a client behind a fence calls to hold some
// operations of a tool, given by key: those that it requires, which take the
// caller's words, and those that it may do without, which take its own, and name
// no version, component or filter. Without an optional one some queries and
// writes are refused that would be inside. In place of the spared ones others
// are sent.
func GuardOperations(requires, may []string) (required, optional, spared []operation.Operation) {
	all := slices.Concat(requires, may)
	holds := func(keys []string, like func(operation.Operation) bool) bool {
		return slices.ContainsFunc(Operations(), func(op operation.Operation) bool { return slices.Contains(keys, op.Key()) && like(op) })
	}
	names := func(keys []string, kind operation.Kind) bool {
		return holds(keys, func(op operation.Operation) bool { return op.HasKind(kind) })
	}
	required = []operation.Operation{OpSearchProjects}
	if holds(all, func(op operation.Operation) bool {
		return op.HasKind(operation.KindIssue) && !op.ReturnsProject() || op.HasKind(operation.KindBulkMove) || op.HasKind(operation.KindLink)
	}) {
		required = append(required, OpGetIssue, OpBulkFetch) // one, or several
	}
	if names(all, operation.KindVersion) {
		required = append(required, OpVersions)
	}
	if names(all, operation.KindBoard) || names(all, operation.KindSprint) {
		optional = append(optional, OpBoard)
	}
	if names(all, operation.KindSprint) {
		optional = append(optional, OpSprint)
	}
	if names(all, operation.KindJQL) {
		optional = append(optional, OpGetIssue, OpSearch)
	}
	if names(requires, operation.KindJQL) {
		optional = append(optional, OpVersions, OpComponents, OpFilters)
	}
	if names(all, operation.KindFields) || names(all, operation.KindUpdates) {
		optional = append(optional, OpGetIssue, OpBulkFetch, OpSearch, OpFields, OpSprint, OpBoard)
	}
	if slices.Contains(all, OpFindUsers.Key()) {
		optional, spared = append(optional, OpFindInProjects), append(spared, OpFindUsers)
	}
	return required, optional, spared
}

// verdict is what was found about a name.
type verdict struct {
	inside bool
	texts  []string
	named  []Named
	fields []Field
	at     time.Time
}

// nothing reports that there is none of the name.
func (v verdict) nothing() bool {
	return !v.inside && len(v.texts)+len(v.named)+len(v.fields) == 0
}

// remembered returns what was found about a name lately, or asks.
func (g *guard) remembered(kind, name string, ask func() (verdict, error)) (verdict, error) {
	key := kind + "\x00" + strings.ToLower(strings.TrimSpace(name))
	g.mu.Lock()
	v, known := g.verdicts[key]
	g.mu.Unlock()
	if known && g.now().Sub(v.at) < homeFresh {
		return v, nil
	}
	v, err := ask()
	if err != nil {
		return verdict{}, err
	}
	v.at = g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.verdicts) >= maxHomes {
		clear(g.verdicts)
	}
	g.verdicts[key] = v
	return v, nil
}

// site is the guard's view of the site, during one call.
type site struct {
	ctx context.Context // of that call
	g   *guard
	c   *Client
}

// Inside implements [fence.Site].
func (s *site) Inside(kind fence.Kind, name string) (bool, error) {
	var err error
	switch kind {
	case fence.Project:
		err = s.g.inside(s.ctx, s.c, []string{name}, s.g.Project)
	case fence.Issue:
		err = s.g.issue(s.ctx, s.c, name, false)
	case fence.Version:
		return s.listed(OpVersions, name)
	case fence.Component:
		return s.listed(OpComponents, name)
	case fence.Sprint:
		return s.hasIssues(name)
	default:
		return false, s.g.Cannot("does not know what a %s is", kind)
	}
	var refusal *fence.Error
	if errors.As(err, &refusal) && refusal.Why == "" {
		return false, nil
	}
	return err == nil, err
}

// listed looks for a version or a component, by name or id, in the projects
// inside.
func (s *site) listed(op operation.Operation, name string) (bool, error) {
	list, err := s.names(op)
	name = strings.TrimSpace(name)
	return slices.ContainsFunc(list, func(n Named) bool { return n.ID == name || strings.EqualFold(n.Name, name) }), err
}

// names lists the versions or the components of the projects inside.
func (s *site) names(op operation.Operation) ([]Named, error) {
	v, err := s.g.remembered(op.ID, "", func() (verdict, error) {
		var all []Named
		seen, _ := s.g.Visible()
		for _, project := range seen {
			list, err := do[[]Named](s.ctx, s.c, request{op: op, path: []string{project}, free: true})
			if err != nil && !IsStatus(err, http.StatusNotFound) {
				return verdict{}, err
			}
			all = append(all, list...)
		}
		return verdict{named: all}, nil
	})
	return v.named, err
}

const maxKnown = 25

// Known implements [fence.Site]. It asks nothing that was not asked already.
func (s *site) Known(kind fence.Kind) []string {
	op, ok := map[fence.Kind]operation.Operation{fence.Version: OpVersions, fence.Component: OpComponents}[kind]
	if !ok {
		return nil
	}
	list, err := s.names(op)
	if err != nil {
		return nil
	}
	var out []string
	for _, n := range list {
		if !slices.Contains(out, n.Name) && len(out) < maxKnown {
			out = append(out, n.Name)
		}
	}
	return out
}

// hasIssues reports a sprint that some issue inside is in. A sprint says in no
// other way that works with every token where it belongs.
func (s *site) hasIssues(sprint string) (bool, error) {
	v, err := s.g.remembered("sprint", sprint, func() (verdict, error) {
		if err := s.g.learn(s.ctx, s.c); err != nil {
			return verdict{}, err
		}
		seen, _ := s.g.Visible()
		q := (&jql.Query{Where: &jql.Term{Field: jql.Field{Name: "sprint"}, Op: jql.Equals, Operand: &jql.Value{Text: sprint, Quoted: true}}}).Confine(seen)
		page, err := do[SearchPage](s.ctx, s.c, request{op: OpSearch, body: map[string]any{"jql": q.String(), "maxResults": 1}, free: true})
		if IsStatus(err, http.StatusBadRequest) { // there is none
			return verdict{}, nil
		}
		return verdict{inside: len(page.Issues) > 0}, err
	})
	return v.inside, err
}

// Filters implements [fence.Site].
func (s *site) Filters(who string) ([]string, error) {
	v, err := s.g.remembered("filter", who, func() (verdict, error) {
		who = strings.TrimSpace(who)
		if n, err := strconv.ParseInt(who, 10, 64); err == nil && n > 0 {
			if found, err := s.filters(who, url.Values{"id": {who}}); err != nil || len(found) > 0 {
				return verdict{texts: found}, err
			}
		}
		found, err := s.filters(who, url.Values{"filterName": {who}, "isSubstringMatch": {"true"}})
		return verdict{texts: found}, err
	})
	return v.texts, err
}

const maxFilterPages = 10

// filters are the queries of those that are found and really called so: a name
// finds others that contain it.
func (s *site) filters(who string, q url.Values) ([]string, error) {
	q.Set("expand", "jql")
	var found []string
	for start := range maxFilterPages {
		q.Set("startAt", strconv.Itoa(start*50))
		q.Set("maxResults", "50")
		page, err := do[filterPage](s.ctx, s.c, request{op: OpFilters, query: q, free: true})
		if IsStatus(err, http.StatusBadRequest) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, f := range page.Filters {
			if f.ID == who || strings.EqualFold(f.Name, who) {
				found = append(found, f.JQL)
			}
		}
		if page.IsLast || len(page.Filters) == 0 {
			break
		}
	}
	return found, nil
}

// Types of custom fields whose values name something of projects (schema.type,
// schema.items).
var fieldKinds = map[string]fence.Kind{"project": fence.Project, "version": fence.Version, "component": fence.Component}

// Kind implements [fence.Site].
func (s *site) Kind(field string) (fence.Kind, error) {
	v, err := s.g.remembered(OpFields.ID, "", func() (verdict, error) {
		fields, err := do[[]Field](s.ctx, s.c, request{op: OpFields, free: true})
		return verdict{fields: fields}, err
	})
	for _, f := range v.fields {
		named := strings.EqualFold(f.Name, field) || f.ID == field || slices.ContainsFunc(f.Names, func(n string) bool { return strings.EqualFold(n, field) })
		if kind := kindOf(f.Schema); named && f.Custom && kind != "" {
			return kind, nil
		}
	}
	return "", err
}

// kindOf is the kind that a custom field's values are of; "" of another.
func kindOf(s Schema) fence.Kind {
	if s.Custom == sprintKey {
		return fence.Sprint
	}
	return cmp.Or(fieldKinds[s.Type], fieldKinds[s.Items])
}

// sprintKey is the type of the field that holds an issue's sprints.
const sprintKey = "com.pyxis.greenhopper.jira:gh-sprint"

// sprintTo reports a sprint that an issue may be put into: it is inside when its
// board is of a project inside, or, where the agile API may not be asked, when
// an issue inside is in it.
func (g *guard) sprintTo(ctx context.Context, c *Client, id string) (inside bool, _ error) {
	v, err := g.remembered("board of sprint", id, func() (verdict, error) {
		inside, err := g.board(ctx, c, id)
		if unasked := (*Error)(nil); errors.As(err, &unasked) && (IsMissingScope(err) || IsStatus(err, http.StatusForbidden)) {
			if inside, err = (&site{ctx, g, c}).hasIssues(id); err == nil && !inside {
				err = g.Cannot("cannot tell where a sprint without issues belongs: a scope or a permission is missing (%s)", unasked.Op.Scopes)
			}
		}
		if IsStatus(err, http.StatusNotFound) {
			return verdict{}, nil
		}
		return verdict{inside: inside}, err
	})
	return v.inside, err
}

// thing checks what is named by an id that says nothing of where it belongs.
func (g *guard) thing(ctx context.Context, c *Client, kind operation.Kind, ids []string, writes bool) error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		switch kind {
		case operation.KindTask:
			g.mu.Lock()
			own := g.tasks[id]
			g.mu.Unlock()
			if !own {
				return g.Cannot("tells only of bulk operations that it began itself")
			}
		case operation.KindLink:
			g.mu.Lock()
			ends, known := g.links[id]
			g.mu.Unlock()
			if !known {
				return g.Cannot("removes only links of issues that were read before")
			}
			if err := g.issues(ctx, c, ends[:], true); err != nil {
				return err
			}
		case operation.KindVersion:
			if err := g.version(ctx, c, id[strings.LastIndexByte(id, '/')+1:]); err != nil {
				return err
			}
		case operation.KindBoard:
			if err := g.boardOf(ctx, c, id, writes); err != nil {
				return err
			}
		case operation.KindSprint:
			board, err := g.originBoard(ctx, c, id)
			if err != nil {
				return err
			}
			if board == "" {
				return g.Refuse()
			}
			if err := g.boardOf(ctx, c, board, writes); err != nil {
				return err
			}
		}
	}
	return nil
}

// version checks that a version belongs to a project that may be written to.
func (g *guard) version(ctx context.Context, c *Client, id string) error {
	for _, project := range g.Writable() {
		list, err := do[[]Named](ctx, c, request{op: OpVersions, path: []string{project}, free: true})
		if err != nil && !IsStatus(err, http.StatusNotFound) {
			return err
		}
		if slices.ContainsFunc(list, func(n Named) bool { return n.ID == id }) {
			return nil
		}
	}
	return g.RefuseWrite()
}

// boardHome is the project that a board belongs to; "" where there is none, or no
// such board.
func (g *guard) boardHome(ctx context.Context, c *Client, id string) (string, error) {
	v, err := g.remembered("board", id, func() (verdict, error) {
		b, err := do[Board](ctx, c, request{op: OpBoard, path: []string{id}, free: true})
		if IsStatus(err, http.StatusNotFound) {
			return verdict{}, nil
		}
		return verdict{inside: g.Inside(b.Location.ProjectKey), texts: []string{b.Location.ProjectKey}}, err
	})
	if err != nil || len(v.texts) == 0 {
		return "", err
	}
	return v.texts[0], nil
}

// boardInside reports a board that belongs to a project inside.
func (g *guard) boardInside(ctx context.Context, c *Client, id string) (bool, error) {
	home, err := g.boardHome(ctx, c, id)
	return err == nil && g.Inside(home), err
}

// boardOf refuses a board that is not inside, or that may not be written to.
func (g *guard) boardOf(ctx context.Context, c *Client, id string, writes bool) error {
	home, err := g.boardHome(ctx, c, id)
	switch {
	case err != nil:
		return err
	case !g.Inside(home):
		return g.Refuse()
	case writes && !g.MayWrite(home):
		return g.RefuseWrite()
	}
	return nil
}

// originBoard is the board that a sprint belongs to; "" where there is no such
// sprint.
func (g *guard) originBoard(ctx context.Context, c *Client, sprint string) (string, error) {
	v, err := g.remembered("sprint's board", sprint, func() (verdict, error) {
		s, err := do[Sprint](ctx, c, request{op: OpSprint, path: []string{sprint}, free: true})
		if IsStatus(err, http.StatusNotFound) {
			return verdict{}, nil
		}
		return verdict{texts: []string{strconv.FormatInt(s.Board, 10)}}, err
	})
	if err != nil || len(v.texts) == 0 {
		return "", err
	}
	return v.texts[0], nil
}

// move checks the projects that issues move to; the issues were checked before.
func (g *guard) move(ctx context.Context, c *Client, body map[string]any) error {
	targets, _ := body["targetToSourcesMapping"].(map[string]any)
	for to, v := range targets {
		project, _, _ := strings.Cut(to, ",")
		if err := g.projectNames(ctx, c, []string{project}, true); err != nil {
			return err
		}
		target, _ := v.(map[string]any)
		for id, value := range mandatory(target) {
			if err := g.custom(ctx, c, id, value); err != nil {
				return err
			}
		}
		for name := range target {
			if !slices.Contains([]string{"inferClassificationDefaults", "inferFieldDefaults", "inferStatusDefaults", "inferSubtaskTypeDefault", "issueIdsOrKeys", "targetMandatoryFields"}, name) {
				return g.Cannot("does not know what %q of a move names", name)
			}
		}
	}
	return nil
}

// mandatory are the values that issues get on a move, by field.
func mandatory(target map[string]any) map[string]any {
	out := map[string]any{}
	list, _ := target["targetMandatoryFields"].([]any)
	for _, one := range list {
		part, _ := one.(map[string]any)
		fields, _ := part["fields"].(map[string]any)
		for id, v := range fields {
			field, _ := v.(map[string]any)
			out[id] = field["value"]
		}
	}
	return out
}

// updates checks issues to be.
func (g *guard) updates(ctx context.Context, c *Client, body map[string]any) error {
	list, _ := body["issueUpdates"].([]any)
	for _, one := range list {
		update, _ := one.(map[string]any)
		for name := range update {
			if name != "fields" && name != "update" {
				return g.Cannot("does not know what %q of a new issue names", name)
			}
		}
		if err := g.fields(ctx, c, update["fields"], true); err != nil {
			return err
		}
		if err := g.fields(ctx, c, update["update"], false); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) board(ctx context.Context, c *Client, sprint string) (inside bool, _ error) {
	board, err := g.originBoard(ctx, c, sprint)
	if err != nil || board == "" {
		return false, err
	}
	return g.boardInside(ctx, c, board)
}
