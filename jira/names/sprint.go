package names

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// Sprints are the open sprints of a project (active and future), in the order
// of its boards. Partial says why the list may be incomplete.
type Sprints struct {
	List    []jira.Sprint
	Partial string // why sprints without issues may be missing; "" if the list is complete
}

// OpenSprints returns the active and future sprints of a project. It asks the
// project's boards. If the token lacks the scope or the user the permission for
// them, it collects the sprints from the project's issues, which needs no scope
// of the agile API but misses sprints without issues.
func (n *Names) OpenSprints(ctx context.Context, project string) (Sprints, error) {
	return n.sprints.Get(ctx, strings.ToUpper(project), func(ctx context.Context) (Sprints, error) {
		list, err := n.boardSprints(ctx, project)
		if err == nil {
			return Sprints{List: list}, nil
		}
		if !jira.IsNoAccess(err) {
			return Sprints{}, err
		}
		partial := "the boards cannot be read: " + err.Error()
		if jira.IsMissingScope(err) {
			partial = fmt.Sprintf("the token lacks a scope for boards (%s; %s)", jira.OpBoards.Scopes, jira.OpSprints.Scopes)
		}
		s, err := n.IssueSprints(ctx, project)
		s.Partial = partial
		return s, err
	})
}

// boardSprints returns the active and future sprints of a project's boards,
// without repeats.
func (n *Names) boardSprints(ctx context.Context, project string) ([]jira.Sprint, error) {
	boards, err := n.jira.Boards(ctx, project, "")
	if err != nil {
		return nil, err
	}
	var out []jira.Sprint
	for _, b := range boards {
		if !b.HasSprints() {
			continue
		}
		list, err := n.jira.Sprints(ctx, b.ID, "active,future")
		if b.IsWithoutSprints(err) {
			continue // a board of a team-managed project without sprints
		}
		if err != nil {
			return nil, err
		}
		out = appendNew(out, sprintID, list...)
	}
	return out, nil
}

// sprintID returns the number of a sprint.
func sprintID(s jira.Sprint) int64 { return s.ID }

// SprintField returns the id of the field that holds an issue's sprints, or ""
// if the site has none.
func (n *Names) SprintField(ctx context.Context) (string, error) {
	all, err := n.Fields(ctx)
	for _, f := range all {
		if f.Schema.Custom == jira.SprintFieldType {
			return f.ID, err
		}
	}
	return "", err
}

// IssueSprints returns the open sprints that issues of a project are in, found
// by a search for at most 300 issues. Active sprints come before future ones,
// then by start and number.
func (n *Names) IssueSprints(ctx context.Context, project string) (Sprints, error) {
	field, err := n.SprintField(ctx)
	if err != nil || field == "" {
		return Sprints{}, err
	}
	query := "(sprint in openSprints() OR sprint in futureSprints())"
	if project != "" {
		query = "project = " + jql.Quote(project) + " AND " + query
	}
	issues, err := jira.Collect(n.jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{field}, Limit: 100}), 300)
	var out []jira.Sprint
	for _, issue := range issues {
		list, _ := jira.Value[[]jira.Sprint](issue.Fields, field)
		open := slices.DeleteFunc(list, func(s jira.Sprint) bool { return s.State == "closed" })
		out = appendNew(out, sprintID, open...)
	}
	slices.SortStableFunc(out, func(a, b jira.Sprint) int {
		if a.State != b.State {
			return strings.Compare(a.State, b.State) // "active" sorts before "future"
		}
		if (a.Start == "") != (b.Start == "") {
			return strings.Compare(b.Start, a.Start) // a sprint without dates comes last
		}
		return cmp.Or(strings.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	return Sprints{List: out, Partial: "only sprints with issues were searched"}, err
}

// SprintNamed finds a sprint of any board by its name, among those of at most 100
// issues that are in such a sprint. ok is false if no issue is.
func (n *Names) SprintNamed(ctx context.Context, name string) (s jira.Sprint, ok bool, _ error) {
	field, err := n.SprintField(ctx)
	if err != nil || field == "" {
		return s, false, err
	}
	page, err := n.jira.SearchPage(ctx, jira.Search{JQL: "sprint = " + jql.Quote(name) + " ORDER BY updated DESC", Fields: []string{field}, Limit: 100})
	if jira.IsStatus(err, http.StatusBadRequest) { // no sprint has this name
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	var found []jira.Sprint
	for _, issue := range page.Issues {
		list, _ := jira.Value[[]jira.Sprint](issue.Fields, field)
		found = appendNew(found, sprintID, slices.DeleteFunc(list, func(s jira.Sprint) bool { return !strings.EqualFold(s.Name, name) })...)
	}
	if len(found) > 1 {
		var names []string
		for _, s := range found {
			names = append(names, fmt.Sprintf("%s (%s, number %d)", s.Name, s.State, s.ID))
		}
		return s, false, &UnknownError{Kind: "sprint", Given: name, Allowed: names, Ambiguous: true}
	}
	if len(found) == 0 {
		return s, false, nil
	}
	return found[0], true, nil
}

// Sprint finds an active or future sprint of a project by name, by number, or as
// 'current' (the active one) or 'next' (the first future one). A name that is a
// number wins over the number of another sprint. A number is not checked
// further. Jira's sprint field accepts the number only.
func (n *Names) Sprint(ctx context.Context, project, given string) (jira.Sprint, error) {
	given = strings.TrimSpace(given)
	if id, err := strconv.ParseInt(given, 10, 64); err == nil && id > 0 {
		known, err := n.OpenSprints(ctx, project)
		found := Match(known.List, given, func(s jira.Sprint) string { return s.Name }, func(s jira.Sprint) string { return strconv.FormatInt(s.ID, 10) })
		if err == nil && len(found) == 1 {
			return found[0], nil
		}
		return jira.Sprint{ID: id, Name: given}, nil
	}
	known, err := n.OpenSprints(ctx, project)
	if err != nil {
		return jira.Sprint{}, err
	}
	s, err := ChooseSprint(known, given)
	var unknown *UnknownError
	if errors.As(err, &unknown) && !unknown.Ambiguous && known.Partial != "" {
		n.sprints.Delete(strings.ToUpper(project))
	}
	return s, err
}

// ChooseSprint finds a sprint in a list by number, by name, or as current or
// next. If the list may be incomplete, the error says so.
func ChooseSprint(known Sprints, given string) (jira.Sprint, error) {
	state := map[string]string{"current": "active", "active": "active", "next": "future"}[strings.ToLower(given)]
	var found []jira.Sprint
	var names []string
	for _, s := range known.List {
		names = append(names, fmt.Sprintf("%s (%s, number %d)", s.Name, s.State, s.ID))
		if state != "" && s.State == state {
			found = append(found, s)
		}
	}
	if named := Match(known.List, given, func(s jira.Sprint) string { return s.Name }, func(s jira.Sprint) string { return strconv.FormatInt(s.ID, 10) }); len(named) > 0 {
		found = named
	}
	switch {
	case len(found) == 1, len(found) > 1 && state == "future":
		return found[0], nil
	case len(found) > 1:
		names = nil
		for _, s := range found {
			names = append(names, fmt.Sprintf("%s (number %d)", s.Name, s.ID))
		}
		return jira.Sprint{}, &UnknownError{Kind: "sprint", Given: given, Allowed: names, Ambiguous: true}
	case known.Partial != "":
		return jira.Sprint{}, fmt.Errorf("%w Sprints without issues may be missing: %s", &UnknownError{Kind: "open or future sprint", Given: given, Allowed: names}, known.Partial)
	}
	return jira.Sprint{}, &UnknownError{Kind: "open or future sprint", Given: given, Allowed: names}
}

// sprintID returns the number of a sprint, as its field takes it.
func (n *Names) sprintID(ctx context.Context, project, given string) (int64, error) {
	s, err := n.Sprint(ctx, project, given)
	return s.ID, err
}

// storyPointFieldKey is the type of the custom field in which boards of
// team-managed projects estimate.
const storyPointFieldKey = "com.pyxis.greenhopper.jira:jsw-story-points"

// PointFields returns the ids of the fields that hold story points. A site can
// have both Story Points and Story point estimate, and an issue uses one of
// them.
func (n *Names) PointFields(ctx context.Context) ([]string, error) {
	all, err := n.Fields(ctx)
	return pointFields(all), err
}

// pointFields returns the ids of the fields that hold story points.
func pointFields(all []jira.Field) []string {
	var out []string
	for _, f := range all {
		if f.Schema.Custom == storyPointFieldKey || f.Schema.Type == "number" && (IsCalled("Story Points", f.DisplayNames()...) || IsCalled("Story point estimate", f.DisplayNames()...)) {
			out = append(out, f.ID)
		}
	}
	return out
}
