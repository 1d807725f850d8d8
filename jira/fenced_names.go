package jira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// What a request names, for the guard: see fenced.go.

// keyAlone is a text that is an issue's key and nothing else.
var keyAlone = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]+$`)
})

// nameless are fields whose values name no issue, whatever they look like.
var nameless = []string{"labels", "summary", "environment", "description", "components", "fixVersions", "versions", "priority", "assignee", "reporter", "duedate", "issuetype", "resolution", "security", "timetracking"}

// issueValues are fields whose every value names an issue, by key or by id.
var issueValues = []string{"parent", "issuelinks", "inwardIssue", "outwardIssue"}

// issuesIn lists the issues that a field's value names. Of fields that name
// issues that is every key and id; of others, whose kind is not known here, a
// text that is a key and nothing else.
func issuesIn(id string, v any) []string {
	switch {
	case slices.Contains(nameless, id):
		return nil
	case id == "issuelinks":
		return linkEnds(v)
	case slices.Contains(issueValues, id):
		return every(v)
	}
	switch v := v.(type) {
	case string:
		if key := strings.TrimSpace(v); keyAlone().MatchString(key) {
			return []string{key}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, issuesIn(id, item)...)
		}
		return out
	case map[string]any:
		_, version := v["version"]
		if v["type"] == "doc" && version {
			return nil // rich text
		}
		var out []string
		for name, sub := range v {
			if name == "name" || name == "value" {
				continue // of options, versions, components
			}
			out = append(out, issuesIn(id, sub)...)
		}
		return out
	}
	return nil
}

// linkEnds are the issues at the ends of links, whatever is done with them.
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
				out = append(out, every(sub)...)
				continue
			}
			out = append(out, linkEnds(sub)...)
		}
	}
	return out
}

// every lists all texts and numbers of a value.
func every(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{strings.TrimSpace(v)}
	case json.Number:
		return []string{v.String()}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, every(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, sub := range v {
			out = append(out, every(sub)...)
		}
		return out
	}
	return nil
}

// generic turns a body into its JSON.
func generic(body any) (map[string]any, error) {
	if _, bare := body.(string); bare || body == nil { // a watcher's account id names nothing of a project
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
		return nil, fmt.Errorf("fence: a body that is no object: %w", err)
	}
	return out, nil
}

// valuesAt lists the texts and numbers at a place of a request.
func valuesAt(in request, body map[string]any, at string) []string {
	where, name, _ := strings.Cut(at, ":")
	switch where {
	case "path":
		if i := slices.Index(in.op.Placeholders(), name); i >= 0 && i < len(in.path) {
			return []string{in.path[i]}
		}
	case "query":
		var out []string
		for _, v := range in.query[name] {
			out = append(out, strings.Split(v, ",")...)
		}
		return out
	case "body":
		return scalars(body[name])
	}
	return nil
}

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
	case map[string]any: // projectPermissions, bulkTransitionInputs, the end of a link
		var out []string
		for _, name := range []string{"projects", "selectedIssueIdsOrKeys", "key", "id"} {
			out = append(out, scalars(v[name])...)
		}
		return out
	}
	return nil
}

// issuesNamed are all issues that a request names, each once. A link, and a
// parent, are written to the other issue as well.
func issuesNamed(in request, body map[string]any) []string {
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
	for _, n := range in.op.Names {
		_, member, _ := strings.Cut(n.At, ":")
		switch n.Kind {
		case operation.KindIssue:
			add(valuesAt(in, body, n.At))
		case operation.KindFields:
			fields(body[member])
		case operation.KindUpdates:
			list, _ := body[member].([]any)
			for _, one := range list {
				update, _ := one.(map[string]any)
				fields(update["fields"])
				fields(update["update"])
			}
		case operation.KindBulkMove:
			targets, _ := body[member].(map[string]any)
			for to, v := range targets {
				target, _ := v.(map[string]any)
				add(scalars(target["issueIdsOrKeys"]))
				fields(mandatory(target))
				if parts := strings.Split(to, ","); len(parts) > 2 {
					add(parts[2:])
				}
			}
		}
	}
	return out
}

func cloneQuery(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		out[name] = slices.Clone(values)
	}
	return out
}
