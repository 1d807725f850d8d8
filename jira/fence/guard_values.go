package fence

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Functions that find in a request's values the things that it names.

// issueFields are fields whose every value names an issue, by key or by id.
var issueFields = []string{"parent", "issuelinks", "inwardIssue", "outwardIssue"}

// issuesIn returns the issues that a field's value names. In a field that holds
// issues, every key and id counts. In a field of unknown kind, only a text that
// is a key and nothing else counts ("OPS-7" of an epic link), and neither rich
// text nor the name of an option.
func issuesIn(id string, v any) []string {
	switch {
	case isHarmlessField(id):
		return nil
	case id == "issuelinks":
		return linkEnds(v)
	case slices.Contains(issueFields, id):
		return allScalars(v)
	}
	switch v := v.(type) {
	case string:
		if issue := strings.TrimSpace(v); key.IsIssue(issue) {
			return []string{issue}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, issuesIn(id, item)...)
		}
		return out
	case map[string]any:
		if isDocument(v) {
			return nil
		}
		var out []string
		for name, sub := range v {
			if name == "name" || name == "value" {
				continue // of options, versions and components
			}
			out = append(out, issuesIn(id, sub)...)
		}
		return out
	}
	return nil
}

// linkEnds returns the issues at the ends of links, for any operation on them
// (add, remove, set).
func linkEnds(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, linkEnds(item)...)
		}
	case map[string]any:
		for name, sub := range v {
			if name == "inwardIssue" || name == "outwardIssue" {
				out = append(out, allScalars(sub)...)
				continue
			}
			out = append(out, linkEnds(sub)...)
		}
	}
	return out
}

// allScalars returns all texts and numbers in a value, at any depth.
func allScalars(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{strings.TrimSpace(v)}
	case json.Number:
		return []string{v.String()}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, allScalars(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, sub := range v {
			out = append(out, allScalars(sub)...)
		}
		return out
	}
	return nil
}

// scalars returns the texts and numbers of a value at a declared position. Of
// an object it takes only the members that hold keys and ids (in
// projectPermissions, bulkTransitionInputs and the ends of links).
func scalars(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, scalars(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, name := range []string{"projects", "selectedIssueIdsOrKeys", "key", "id"} {
			out = append(out, scalars(v[name])...)
		}
		return out
	}
	return nil
}

// asObject returns a body as the JSON object that is sent. It returns nil for
// no body, and for a bare string: that is a watcher's account id, which names
// nothing in a project.
func asObject(body any) (map[string]any, error) {
	if _, bare := body.(string); bare || body == nil {
		return nil, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var out map[string]any
	if err := dec.Decode(&out); err != nil {
		return nil, bodyError(err)
	}
	return out, nil
}

// valuesAt returns the texts and numbers at a position of the request, in the
// form of [operation.Name]: "path:NAME", "query:NAME" or "body:NAME".
func (c *requestCheck) valuesAt(at string) []string {
	where, name, _ := strings.Cut(at, ":")
	switch where {
	case "path":
		if i := slices.Index(c.in.Operation.Placeholders(), name); i >= 0 && i < len(c.in.Path) {
			return []string{c.in.Path[i]}
		}
	case "query":
		var out []string
		for _, v := range c.in.Query[name] {
			out = append(out, strings.Split(v, ",")...)
		}
		return out
	case "body":
		return scalars(c.body[name])
	}
	return nil
}

// issuesNamed returns all issues that the request names, without repetitions.
// The other issue of a link, and a parent, count, since the request writes to
// them as well.
func (c *requestCheck) issuesNamed() []string {
	var out []string
	add := func(names []string) {
		for _, name := range names {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	fields := func(v any) {
		all, _ := v.(map[string]any)
		for id, value := range all {
			if id != "project" {
				add(issuesIn(id, value))
			}
		}
	}
	for _, n := range c.in.Operation.Names {
		_, member, _ := strings.Cut(n.At, ":")
		switch n.Kind {
		case operation.KindIssue:
			add(c.valuesAt(n.At))
		case operation.KindFields, operation.KindNewFields:
			fields(c.body[member])
		case operation.KindNewIssues:
			list, _ := c.body[member].([]any)
			for _, one := range list {
				update, _ := one.(map[string]any)
				fields(update["fields"])
				fields(update["update"])
			}
		case operation.KindBulkMove:
			targets, _ := c.body[member].(map[string]any)
			for to, v := range targets {
				target, _ := v.(map[string]any)
				add(scalars(target["issueIdsOrKeys"]))
				fields(mandatoryFields(target))
				if parts := strings.Split(to, ","); len(parts) > 2 {
					add(parts[2:]) // PROJECT,TYPE,PARENT
				}
			}
		}
	}
	return out
}

// mandatoryFields returns the values that a bulk move sets, by field id.
func mandatoryFields(target map[string]any) map[string]any {
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

// cloneQuery returns a copy of query parameters.
func cloneQuery(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		out[name] = slices.Clone(values)
	}
	return out
}
