package jira

import (
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
)

// What the guard asks of the site to judge a name: see fenced.go. None of it
// comes out; only whether something is inside does.

// Operations that the guard alone calls.
var (
	opVersions = Operation{
		ID: "getProjectVersions", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/versions",
		Scopes:     Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:project-version:jira"}},
		Repeatable: true, Names: []Naming{{KindProject, "path:projectIdOrKey"}}, Answers: AnswerMeta,
	}
	opComponents = Operation{
		ID: "getProjectComponents", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/components",
		Scopes: Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:project:jira", "read:project.component:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
		Repeatable: true, Names: []Naming{{KindProject, "path:projectIdOrKey"}}, Answers: AnswerMeta,
	}
	opFilters = Operation{
		ID: "getFiltersPaginated", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/filter/search",
		Scopes: Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:filter:jira", "read:group:jira", "read:project:jira", "read:project-role:jira", "read:user:jira", "read:jql:jira",
				"read:application-role:jira", "read:avatar:jira", "read:issue-type-hierarchy:jira"}},
		Repeatable: true, Answers: AnswerSite,
	}
	opSprint = Operation{
		ID: "getSprint", Document: Software, Method: http.MethodGet, Path: "/rest/agile/1.0/sprint/{sprintId}",
		Scopes:     Scopes{Granular: []string{"read:sprint:jira-software"}},
		Repeatable: true, Names: []Naming{{KindSite, "path:sprintId"}}, Answers: AnswerSite,
	}
	opBoard = Operation{
		ID: "getBoard", Document: Software, Method: http.MethodGet, Path: "/rest/agile/1.0/board/{boardId}",
		Scopes:     Scopes{Granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"}},
		Repeatable: true, Names: []Naming{{KindSite, "path:boardId"}}, Answers: AnswerSite,
	}
)

// GuardOperations are those that a client behind a fence calls to hold some
// operations, given by key. Without one that is optional some queries and
// writes are refused that would be inside.
func GuardOperations(held []string) (required, optional []Operation) {
	names := func(kind Kind) bool {
		return slices.ContainsFunc(Operations(), func(op Operation) bool {
			return slices.Contains(held, op.Key()) && slices.ContainsFunc(op.Names, func(n Naming) bool { return n.Kind == kind })
		})
	}
	required = []Operation{OpGetIssue, OpSearchProjects}
	if names(KindJQL) {
		optional = append(optional, OpSearch, opVersions, opComponents, opFilters)
	}
	if names(KindFields) {
		optional = append(optional, OpSearch, OpFields, opSprint, opBoard)
	}
	return required, optional
}

// verdict is what was found about a name.
type verdict struct {
	inside, found bool
	text          string
	at            time.Time
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
		return s.listed(opVersions, name)
	case fence.Component:
		return s.listed(opComponents, name)
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
func (s *site) listed(op Operation, name string) (bool, error) {
	v, err := s.g.remembered(op.ID, name, func() (verdict, error) {
		for _, project := range s.g.Projects() {
			list, err := do[[]Named](s.ctx, s.c, call{op: op, path: []string{project}, free: true})
			if IsStatus(err, http.StatusNotFound) {
				continue
			}
			if err != nil {
				return verdict{}, err
			}
			if slices.ContainsFunc(list, func(n Named) bool {
				return n.ID == strings.TrimSpace(name) || strings.EqualFold(n.Name, strings.TrimSpace(name))
			}) {
				return verdict{inside: true}, nil
			}
		}
		return verdict{}, nil
	})
	return v.inside, err
}

// hasIssues reports a sprint that some issue inside is in. A sprint says in no
// other way that works with every token where it belongs.
func (s *site) hasIssues(sprint string) (bool, error) {
	v, err := s.g.remembered("sprint", sprint, func() (verdict, error) {
		q := (&jql.Query{Where: &jql.Term{Field: jql.Field{Name: "sprint"}, Op: jql.Equals, Operand: &jql.Value{Text: sprint, Quoted: true}}}).Confine(s.g.Projects())
		page, err := do[SearchPage](s.ctx, s.c, call{op: OpSearch, body: map[string]any{"jql": q.String(), "maxResults": 1}, free: true})
		if IsStatus(err, http.StatusBadRequest) { // there is none
			return verdict{}, nil
		}
		return verdict{inside: len(page.Issues) > 0}, err
	})
	return v.inside, err
}

// Filter implements [fence.Site].
func (s *site) Filter(who string) (string, bool, error) {
	v, err := s.g.remembered("filter", who, func() (verdict, error) {
		who = strings.TrimSpace(who)
		q := url.Values{"expand": {"jql"}, "maxResults": {"50"}}
		if n, err := strconv.ParseInt(who, 10, 64); err == nil && n > 0 {
			q.Set("id", who)
		} else {
			q.Set("filterName", who)
		}
		page, err := do[filterPage](s.ctx, s.c, call{op: opFilters, query: q, free: true})
		if err != nil && !IsStatus(err, http.StatusBadRequest) {
			return verdict{}, err
		}
		var found []savedFilter
		for _, f := range page.Filters { // a name finds others that contain it
			if f.ID == who || strings.EqualFold(f.Name, who) {
				found = append(found, f)
			}
		}
		switch len(found) {
		case 0:
			return verdict{}, nil
		case 1:
			return verdict{found: true, text: found[0].JQL}, nil
		}
		return verdict{}, s.g.Cannot("several saved filters are called so: name one by its number")
	})
	return v.text, v.found, err
}

type savedFilter struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	JQL  string `json:"jql"`
}

type filterPage struct {
	Filters []savedFilter `json:"values"`
}

func (p *filterPage) lacks() string {
	if p.Filters == nil {
		return "values"
	}
	return ""
}

func (p *filterPage) isEmpty() bool { return len(p.Filters) == 0 }

// sprintKey is the type of the field that holds an issue's sprints.
const sprintKey = "com.pyxis.greenhopper.jira:gh-sprint"

// isSprintField reports the field that sprints are set with.
func (g *guard) isSprintField(ctx context.Context, c *Client, id string) (bool, error) {
	v, err := g.remembered("field", id, func() (verdict, error) {
		fields, err := do[[]Field](ctx, c, call{op: OpFields, free: true})
		return verdict{found: slices.ContainsFunc(fields, func(f Field) bool { return f.ID == id && f.Schema.Custom == sprintKey })}, err
	})
	return v.found, err
}

// sprintTo checks a sprint that an issue is put into: it is inside when its
// board is of a project inside, or, where the agile API may not be asked, when
// an issue inside is in it.
func (g *guard) sprintTo(ctx context.Context, c *Client, id string) error {
	v, err := g.remembered("board of sprint", id, func() (verdict, error) {
		inside, err := g.board(ctx, c, id)
		if IsMissingScope(err) || IsStatus(err, http.StatusForbidden) {
			inside, err = (&site{ctx, g, c}).hasIssues(id)
		}
		if IsStatus(err, http.StatusNotFound) {
			return verdict{}, nil
		}
		return verdict{inside: inside}, err
	})
	if err != nil {
		return err
	}
	if !v.inside {
		return g.Refuse()
	}
	return nil
}

func (g *guard) board(ctx context.Context, c *Client, sprint string) (inside bool, _ error) {
	s, err := do[struct {
		Board int64 `json:"originBoardId"`
	}](ctx, c, call{op: opSprint, path: []string{sprint}, free: true})
	if err != nil {
		return false, err
	}
	b, err := do[struct {
		Location struct {
			Project string `json:"projectKey"`
		} `json:"location"`
	}](ctx, c, call{op: opBoard, path: []string{strconv.FormatInt(s.Board, 10)}, free: true})
	return g.Inside(b.Location.Project), err
}
