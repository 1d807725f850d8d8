package search

import (
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Values returns the values to suggest for a field in a query, as far as the
// caller may see them. It returns none for text fields and unknown fields.
func Values(env Env, field string) []string {
	field = strings.ToLower(strings.Trim(field, `"`))
	visible := func(p *store.Project) bool { return p.Browsers == nil || slices.Contains(p.Browsers, env.User) }
	var out []string
	switch field {
	case "project", "space":
		for _, p := range env.Site.Projects {
			if visible(p) {
				out = append(out, p.Key)
			}
		}
	case "status":
		for _, s := range env.Site.Statuses {
			out = append(out, s.Name)
		}
	case "type", "issuetype":
		for _, t := range env.Site.Types {
			out = append(out, t.Name)
		}
	case "priority":
		out = namesOf(env.Site.Priorities)
	case "resolution":
		out = namesOf(env.Site.Resolutions)
	case "component", "fixversion", "affectedversion":
		for _, p := range env.Site.Projects {
			if visible(p) {
				out = append(out, projectValues(p, field)...)
			}
		}
	case "sprint":
		for _, s := range env.Site.Sprints {
			out = append(out, s.Name)
		}
	case "filter", "savedfilter", "request", "searchrequest":
		for _, f := range env.Site.Filters {
			if f.Shared || f.Owner == env.User {
				out = append(out, f.Name)
			}
		}
	case "labels":
		out = labels(env)
	default:
		for _, def := range env.Site.Fields {
			if strings.EqualFold(def.Name, field) {
				out = namesOf(def.Options)
			}
		}
	}
	return out
}

// namesOf returns the names of the items.
func namesOf(list []*store.Named) (out []string) {
	for _, n := range list {
		out = append(out, n.Name)
	}
	return out
}

// projectValues returns the names of a project's components or versions.
func projectValues(p *store.Project, field string) (out []string) {
	if field == "component" {
		return namesOf(p.Components)
	}
	for _, v := range p.Versions {
		out = append(out, v.Name)
	}
	return out
}

// labels returns the labels of all issues that the caller sees, sorted and
// without duplicates.
func labels(env Env) []string {
	var out []string
	for _, i := range env.Site.All() {
		if env.Visible(i) {
			out = append(out, i.Labels...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
