package issues

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// filterTools is the receiver of the tools for saved filters. It runs filters
// through the embedded searchTools.
type filterTools struct{ searchTools }

// newFilterTools returns the receiver of the filter tools for one user.
func newFilterTools(e env.Env) *filterTools { return &filterTools{searchTools{e}} }

// defineFilterTools declares jira_find_filters and jira_run_filter.
func defineFilterTools() []kit.Tool {
	return kit.Group(newFilterTools,
		kit.Define(kit.Spec{
			Name: "jira_find_filters", Title: "Search saved filters", Effect: kit.Read, Toolset: "filters",
			Description: "Search saved filters by name. Use jira_run_filter to run one.",
			Requires:    operation.Keys(jira.OpFilters),
		}, (*filterTools).find),
		kit.Define(kit.Spec{
			Name: "jira_run_filter", Title: "Run a saved filter", Effect: kit.Read, Toolset: "filters",
			Description: "Search issues with a saved filter, by its name or number.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpFilters, jira.OpSearch), Optional: operation.Keys(jira.OpFields, jira.OpMyself, jira.OpCount),
		}, (*filterTools).run),
	)
}

// findFiltersInput holds the arguments of jira_find_filters.
type findFiltersInput struct {
	Query string `json:"query,omitempty" doc:"part of the name"`
}

// findFiltersOutput is the result of jira_find_filters. More reports that
// further filters match.
type findFiltersOutput struct {
	Filters []filterView `json:"filters"`
	More    bool         `json:"more,omitempty"`
}

// filterView is a saved filter. Behind a project fence it has no JQL.
type filterView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Owner string `json:"owner,omitempty"`
	JQL   string `json:"jql,omitempty"`
}

// maxFilters is the maximum number of filters in one answer.
const maxFilters = 50

// Markdown implements [kit.Output].
func (o *findFiltersOutput) Markdown(m kit.Mark) string {
	if len(o.Filters) == 0 {
		return "No matching saved filter is available to this server's user."
	}
	var b strings.Builder
	for n, f := range o.Filters {
		if n > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s | %s%s%s", f.ID, f.Name, text.PrefixIfSet(" | of ", f.Owner), text.PrefixIfSet(" | ", f.JQL))
	}
	if o.More {
		b.WriteString("\nThere are more: narrow the query.")
	}
	return b.String()
}

// find lists the saved filters whose names contain the query. It requests one
// more than it shows, to know whether there are more.
func (f *filterTools) find(ctx context.Context, in findFiltersInput) (*findFiltersOutput, error) {
	list, err := f.Jira.FindFilters(ctx, in.Query, maxFilters+1)
	if err != nil {
		return nil, err
	}
	out := &findFiltersOutput{Filters: []filterView{}, More: len(list) > maxFilters}
	for _, one := range list[:min(len(list), maxFilters)] {
		v := filterView{ID: one.ID, Name: one.Name, JQL: one.JQL}
		if one.Owner != nil {
			v.Owner = one.Owner.DisplayName
		}
		out.Filters = append(out.Filters, v)
	}
	return out, nil
}

// runFilterInput holds the arguments of jira_run_filter: the filter, and those
// of jira_search except for the JQL.
type runFilterInput struct {
	Filter string   `json:"filter" doc:"name or number" loose:"true"`
	And    string   `json:"and,omitempty" doc:"JQL to narrow it, e.g. assignee = currentUser()"`
	Fields []string `json:"fields,omitempty" doc:"columns, by field name" max:"30"`
	Limit  int      `json:"limit,omitempty" min:"1" max:"100" default:"25"`
	Cursor string   `json:"cursor,omitempty" doc:"next page, from the last answer"`
	Count  bool     `json:"count,omitempty"`
}

// run searches with a saved filter. The argument "and" narrows it: its
// condition is joined to the filter's as a syntax tree, not as text, so that an
// OR in it cannot widen the result, and its ORDER BY applies to the whole
// query. An ORDER BY without a condition has no effect. Example:
//
//	filter 10001, and: "a = 1 OR b = 2 ORDER BY key"
//	→ filter = 10001 AND (a = 1 OR b = 2) ORDER BY key
func (f *filterTools) run(ctx context.Context, in runFilterInput) (*searchOutput, error) {
	id, err := f.filterID(ctx, strings.TrimSpace(in.Filter))
	if err != nil {
		return nil, err
	}
	query := "filter = " + id
	if !text.IsBlank(in.And) {
		more, err := jql.Parse(in.And)
		if err != nil {
			return nil, kit.NothingSent("and: %w", err)
		}
		if more.Where != nil {
			more.Where = &jql.And{Clauses: []jql.Clause{&jql.Term{Field: jql.Field{Name: "filter"}, Op: jql.Equals, Operand: &jql.Value{Text: id}}, more.Where}}
			query = more.String()
		}
	}
	return f.searchTools.search(ctx, SearchInput{JQL: query, Fields: in.Fields, Limit: in.Limit, Cursor: in.Cursor, Count: in.Count})
}

// filterID returns the id of a filter that is given by its whole name, its
// number, or a part of the name that only one filter contains. If several filters
// match, it returns an error with the candidates instead of guessing. A number
// is compared with the ids of all visible filters (at most 500), because Jira
// searches filters by name only.
func (f *filterTools) filterID(ctx context.Context, who string) (string, error) {
	number := who != "" && strings.Trim(who, "0123456789") == ""
	query := who
	if number {
		query = ""
	}
	list, err := f.Jira.FindFilters(ctx, query, 500)
	if err != nil {
		return "", err
	}
	var all []string
	for _, one := range list {
		all = append(all, fmt.Sprintf("%s (%s)", one.Name, one.ID))
	}
	exact := names.Match(list, who, func(one jira.SavedFilter) string { return one.Name }, func(one jira.SavedFilter) string { return one.ID })
	switch {
	case len(exact) == 1:
		return exact[0].ID, nil
	case len(exact) > 1:
		return "", &names.UnknownError{Kind: "filter", Given: who, Allowed: all, Ambiguous: true}
	case len(list) == 1 && !number:
		return list[0].ID, nil
	case len(all) > 0 && !number:
		return "", &names.UnknownError{Kind: "filter", Given: who, Allowed: all, Ambiguous: true}
	}
	return "", fmt.Errorf("no saved filter %q is available to this server's user; jira_find_filters lists them", text.Shorten(who, 80))
}
