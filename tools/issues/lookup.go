package issues

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// lookupTools is the receiver of jira_lookup.
type lookupTools struct{ env.Env }

// newLookupTools returns the receiver of jira_lookup for one user.
func newLookupTools(e env.Env) *lookupTools { return &lookupTools{e} }

// defineLookupTools declares jira_lookup. Its operations are optional except
// for two, since each kind of name needs its own.
func defineLookupTools() []kit.Tool {
	return kit.Group(newLookupTools,
		kit.Define(kit.Spec{
			Name: "jira_lookup", Title: "Look up names", Effect: kit.Read, Toolset: "projects", Default: true,
			Description: "Search for the exact name of a person, status, sprint, epic and so on. Other tools accept names directly; use this when a name was not found.",
			Requires:    operation.Keys(jira.OpSearch, jira.OpSearchProjects),
			Optional: operation.Keys(jira.OpFindUsers, jira.OpFindAssignable, jira.OpStatuses, jira.OpFields, jira.OpSuggestValues, jira.OpComponents, jira.OpVersions, jira.OpLinkTypes,
				jira.OpCreatableIssueTypes, jira.OpProjectStatuses, jira.OpBoards, jira.OpSprints, jira.OpFilters),
		}, (*lookupTools).find),
	)
}

// lookupInput holds the arguments of jira_lookup.
type lookupInput struct {
	Kind    string `json:"kind" enum:"user,status,field,label,component,version,link type,priority,resolution,sprint,board,epic,filter,project" also:"person=user,people=user,assignee=user,reporter=user,member=user,fix version=version,release=version,linktype=link type,link=link type,relation=link type,iteration=sprint,tag=label,space=project"`
	Query   string `json:"query,omitempty" doc:"part of the name"`
	Project string `json:"project,omitempty" doc:"key"`
}

// lookupOutput is the result of jira_lookup. kind is the kind of name, for the
// text of an empty result.
type lookupOutput struct {
	Found []lookupMatch `json:"found"`
	More  bool          `json:"more,omitempty"`
	Note  string        `json:"note,omitempty"`

	kind string
}

// lookupMatch is one found name, with the id if other tools or JQL take it and
// a detail that tells it from similar names.
type lookupMatch struct {
	Name   string `json:"name"`
	ID     string `json:"id,omitempty"`
	Detail string `json:"detail,omitempty"`

	untranslated string // its original name, if it is shown in another language
}

// maxMatches is the maximum number of names in one answer.
const maxMatches = 50

// Markdown implements [kit.Output].
func (o *lookupOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	if len(o.Found) == 0 {
		fmt.Fprintf(&b, "No %s found.", o.kind)
	}
	for n, m := range o.Found {
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.Name + text.PrefixIfSet(" | ", m.Detail) + text.PrefixIfSet(" | ", m.ID))
	}
	if o.More {
		b.WriteString("\nThere are more; narrow the query.")
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// finders returns the function that lists the names of each kind. It returns
// the matches, a note for the answer, and an error. A finder may ignore the
// query: find filters the names afterwards.
func (l *lookupTools) finders() map[string]func(context.Context, lookupInput) ([]lookupMatch, string, error) {
	return map[string]func(context.Context, lookupInput) ([]lookupMatch, string, error){
		"user": l.users, "status": l.statuses, "field": l.fields, "label": l.labels, "component": l.components, "version": l.versions, "link type": l.linkTypes,
		"priority": l.suggestedValues, "resolution": l.suggestedValues, "sprint": l.sprints, "board": l.boards, "epic": l.epics, "filter": l.filters, "project": l.projects,
	}
}

// find lists the names of one kind that contain the query, ignoring case, in
// the name or its detail, or whose id is the query. If there are names but none
// contains the query, the note lists them or suggests the nearest one.
func (l *lookupTools) find(ctx context.Context, in lookupInput) (*lookupOutput, error) {
	in.Query = strings.TrimSpace(in.Query)
	if in.Project != "" {
		var err error
		if in.Project, err = l.Names.Project(ctx, in.Project); err != nil {
			return nil, err
		}
	}
	found, note, err := l.finders()[in.Kind](ctx, in)
	if err != nil {
		return nil, err
	}
	out := &lookupOutput{Found: []lookupMatch{}, Note: note, kind: in.Kind}
	var all []string
	for _, m := range found {
		all = append(all, m.Name)
		if in.Query == "" || strings.Contains(names.Fold(m.Name+" "+m.Detail+" "+m.untranslated), names.Fold(in.Query)) || m.ID == in.Query {
			out.Found = append(out.Found, m)
		}
	}
	if len(out.Found) == 0 && len(all) > 0 {
		text := (&names.UnknownError{Kind: in.Kind, Given: in.Query, Allowed: names.Unique(all)}).Error()
		out.Note = strings.TrimSpace(text + "\n" + note)
	}
	if out.More = len(out.Found) > maxMatches; out.More {
		out.Found = out.Found[:maxMatches]
	}
	return out, nil
}

// users finds people by the beginning of a name or e-mail address, employees
// first; with a project, only those who can be assigned there. Jira may match
// an address that it does not show, so the query is added to such a match's
// detail, which keeps it through the filter of find.
func (l *lookupTools) users(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	if in.Query == "" && in.Project == "" {
		return nil, "", fmt.Errorf("set query to the beginning of a name or e-mail address")
	}
	var list []jira.User
	var err error
	if in.Project != "" {
		list, err = l.Jira.FindAssignable(ctx, in.Project, in.Query, maxMatches+1)
	} else {
		list, err = l.Jira.FindUsers(ctx, in.Query, maxMatches+1)
	}
	if err == nil && len(list) == 0 && in.Query != "" {
		list, err = l.Names.SimilarPeople(ctx, in.Project, in.Query)
	}
	slices.SortStableFunc(list, func(a, b jira.User) int { return compareTrueFirst(a.IsEmployee(), b.IsEmployee()) })
	var out []lookupMatch
	for _, u := range list {
		// Jira may have matched data that it does not show.
		m := lookupMatch{Name: u.DisplayName, ID: u.AccountID, Detail: strings.TrimSpace(u.Email + " " + u.Kind())}
		if l.Jira.IsCaller(u.AccountID) {
			m.Detail = strings.TrimSpace(m.Detail + " (you)")
		}
		if !strings.Contains(names.Fold(m.Name+" "+m.Detail), names.Fold(in.Query)) {
			m.Detail = strings.TrimSpace(m.Detail + " found by " + in.Query)
		}
		out = append(out, m)
	}
	note := ""
	if in.Project != "" && len(out) > 0 {
		note = "They can be assigned in " + in.Project + "."
	}
	return out, note, err
}

// statuses lists the statuses of a project or of the site, each name and
// category once: different workflows can have statuses with the same name.
func (l *lookupTools) statuses(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	var list []jira.Status
	var err error
	if in.Project == "" {
		list, err = l.Names.Statuses(ctx)
	} else {
		var types []jira.TypeStatuses
		types, err = l.Jira.ProjectStatuses(ctx, in.Project)
		err = query.ExplainMissingProject(err)
		for _, t := range types {
			list = append(list, t.Statuses...)
		}
	}
	var out []lookupMatch
	for _, s := range list {
		if m := (lookupMatch{Name: s.Name, Detail: "category " + s.CategoryName(), untranslated: s.Untranslated}); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out, "", err
}

// fields lists the fields of the site with their names in JQL.
func (l *lookupTools) fields(ctx context.Context, _ lookupInput) ([]lookupMatch, string, error) {
	list, err := l.Names.Fields(ctx)
	var out []lookupMatch
	for _, f := range list {
		m := lookupMatch{Name: f.Name, ID: f.ID, untranslated: f.Untranslated}
		if len(f.Names) > 0 {
			m.Detail = "in JQL " + f.Names[0]
		}
		out = append(out, m)
	}
	return out, "", err
}

// labels lists labels. Without a project it returns Jira's suggestions for the
// whole site. With one, or behind a project fence, where the site's suggestions
// are not allowed (see [jira.Client.SuggestValues]), it collects the labels of
// the 300 most recently updated issues that have any.
func (l *lookupTools) labels(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	if in.Project == "" && l.Jira.Fence() == nil {
		list, err := l.Jira.SuggestValues(ctx, "labels", in.Query)
		return matchesNamed(list), "Only labels that Jira suggests for the query; set project to list the labels in use there.", err
	}
	query := "labels IS NOT EMPTY"
	if in.Project != "" {
		query += " AND project = " + jql.Quote(in.Project)
	}
	issues, err := jira.Collect(l.Jira.SearchIssues(ctx, jira.Search{JQL: query + " ORDER BY updated DESC", Fields: []string{"labels"}, Limit: 100}), 300)
	var all []string
	for _, i := range issues {
		all = append(all, listOf[string](i.Fields, "labels")...)
	}
	all = names.Unique(all)
	slices.Sort(all)
	return matchesNamed(all), "From the 300 most recently updated issues with labels.", err
}

// matchesNamed returns matches that have a name only.
func matchesNamed(list []string) []lookupMatch {
	var out []lookupMatch
	for _, s := range list {
		out = append(out, lookupMatch{Name: s})
	}
	return out
}

// components lists the components of a project, or those of all projects.
func (l *lookupTools) components(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	return l.ofProjects(ctx, in, "component", func(project string) ([]lookupMatch, error) {
		list, err := l.Jira.Components(ctx, project)
		var out []lookupMatch
		for _, c := range list {
			out = append(out, lookupMatch{Name: c.Name})
		}
		return out, err
	})
}

// versions lists the versions of a project with their states, or those of all
// projects.
func (l *lookupTools) versions(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	return l.ofProjects(ctx, in, "fixVersion", func(project string) ([]lookupMatch, error) {
		list, err := l.Jira.Versions(ctx, project)
		var out []lookupMatch
		for _, v := range list {
			out = append(out, lookupMatch{Name: v.Name, Detail: VersionState(v)})
		}
		return out, err
	})
}

// ofProjects lists names that belong to projects: those of the given project, or
// of all projects inside the fence. Without both, Jira suggests the values of
// the field for the whole site, as names alone.
func (l *lookupTools) ofProjects(ctx context.Context, in lookupInput, field string, list func(project string) ([]lookupMatch, error)) ([]lookupMatch, string, error) {
	if in.Project != "" {
		out, err := list(in.Project)
		return out, "", query.ExplainMissingProject(err)
	}
	if l.Jira.Fence() == nil {
		values, err := l.Jira.SuggestValues(ctx, field, in.Query)
		return matchesNamed(values), "Jira suggested these for the query, from all projects; set project for the full list.", err
	}
	var out []lookupMatch
	for _, project := range l.Jira.Fence().Projects() {
		found, err := list(project)
		if err != nil {
			return nil, "", query.ExplainMissingProject(err)
		}
		for _, m := range found {
			m.Detail = strings.TrimSpace(m.Detail + " in " + project)
			out = append(out, m)
		}
	}
	return out, "", nil
}

// linkTypes lists the link types of the site by their outward phrases, with the
// inward ones as details.
func (l *lookupTools) linkTypes(ctx context.Context, _ lookupInput) ([]lookupMatch, string, error) {
	list, err := l.Names.LinkTypes(ctx)
	var out []lookupMatch
	for _, t := range list {
		out = append(out, lookupMatch{Name: t.Outward, Detail: "inward: " + t.Inward})
	}
	return out, "", err
}

// suggestedValues lists the site's priorities or resolutions, which Jira
// suggests as values of the field with the name of the kind.
func (l *lookupTools) suggestedValues(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	list, err := l.Jira.SuggestValues(ctx, in.Kind, "")
	return matchesNamed(list), "", err
}

// sprints lists the active and future sprints of a project, or of all. The queries
// "current" and "next" match sprints by their state: the query is appended to
// the names of those, so that the filter of find keeps them.
func (l *lookupTools) sprints(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	list := l.Names.OpenSprints
	if in.Project == "" { // of all boards there may be too many
		list = l.Names.IssueSprints
	}
	known, err := list(ctx, in.Project)
	var out []lookupMatch
	state := map[string]string{"current": "active", "next": "future"}[strings.ToLower(in.Query)]
	for _, s := range known.List {
		if state != "" && s.State == state {
			s.Name += " (" + in.Query + ")"
		}
		out = append(out, lookupMatch{Name: s.Name, Detail: strings.TrimSpace(s.State + text.DateRange(s.Start, s.End))})
	}
	note := "For the issues of closed sprints, search with the JQL sprint = …"
	if known.Partial != "" {
		note = "Sprints without issues may be missing: " + known.Partial
	}
	return out, note, err
}

// boards lists the boards of a project, or of all projects.
func (l *lookupTools) boards(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	list, err := l.Jira.Boards(ctx, in.Project, "")
	var out []lookupMatch
	for _, b := range list {
		out = append(out, lookupMatch{Name: b.Name, ID: strconv.FormatInt(b.ID, 10), Detail: strings.TrimSpace(b.Type + " " + b.Location.ProjectKey)})
	}
	return out, "", err
}

// epics lists the epics of a project, or of all, by summary, with their keys as
// ids.
func (l *lookupTools) epics(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	words, note := "", ""
	if in.Project == "" {
		words, note = in.Query, "Open issues of type Epic in all projects; set project to include epics whose type has another name."
	}
	list, err := l.Names.Epics(ctx, in.Project, words)
	var out []lookupMatch
	for _, e := range list {
		out = append(out, lookupMatch{Name: names.Format(e.Fields["summary"]), ID: e.Key, Detail: names.Format(e.Fields["status"])})
	}
	return out, note, query.ExplainMissingProject(err)
}

// filters finds saved filters by a part of the name.
func (l *lookupTools) filters(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	list, err := l.Jira.FindFilters(ctx, in.Query, maxMatches+1)
	var out []lookupMatch
	for _, f := range list {
		out = append(out, lookupMatch{Name: f.Name, ID: f.ID, Detail: "in JQL filter = " + f.ID})
	}
	return out, "", err
}

// projects finds projects by a part of the key or name.
func (l *lookupTools) projects(ctx context.Context, in lookupInput) ([]lookupMatch, string, error) {
	page, err := l.Jira.SearchProjects(ctx, in.Query, 0, maxMatches)
	var out []lookupMatch
	for _, p := range page.Projects {
		out = append(out, lookupMatch{Name: p.Name, Detail: p.Key})
	}
	return out, "", err
}
