package fence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// Filter returns the JSON body of an answer without the things outside. outside
// reports that the answer itself is an issue or a project outside; then there
// is no body. It fails for a body that is not JSON.
//
// It removes, at any depth:
//
//   - issues: results of a search, parents, sub-tasks, both ends of links;
//   - projects, and boards of projects outside;
//   - fields and statuses that belong to one project;
//   - issue keys in custom fields.
//
// In the change history of an issue, a value that names something outside is
// replaced by a placeholder, since the entry itself is about an issue inside.
// Texts that people wrote stay as they are, even if they mention a key outside.
// For example, behind a fence around PAY
//
//	{"key":"PAY-1","id":"1","fields":{"summary":"like OPS-9","parent":{"key":"OPS-1","id":"2"}}}
//
// becomes
//
//	{"key":"PAY-1","id":"1","fields":{"summary":"like OPS-9"}}
//
// The rules depend on the shape of a JSON object and not on the operation, so
// that they hold wherever in an answer the object stands.
func (f *Fence) Filter(body []byte) (filtered []byte, outside bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // keeps numbers digit by digit
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, false, fmt.Errorf("fence: %w", err)
	}
	kept, ok := f.keep(v)
	if !ok {
		return nil, true, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(kept); err != nil {
		return nil, false, fmt.Errorf("fence: %w", err)
	}
	return b.Bytes(), false, nil
}

// keep returns a JSON value without the things outside in it; ok is false if
// the value itself is outside.
func (f *Fence) keep(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		kept := []any{}
		for _, item := range v {
			if item, ok := f.keep(item); ok {
				kept = append(kept, item)
			}
		}
		return kept, true
	case map[string]any:
		return f.keepObject(v)
	}
	return v, true
}

// keepObject is filterValue for an object. Members that are outside are left
// out. A link whose other issue is outside is removed as a whole, since a link
// without one of its ends is none.
func (f *Fence) keepObject(o map[string]any) (any, bool) {
	if isDocument(o) {
		return o, true // rich text that people wrote
	}
	if own, ok := text(o, "key"); ok {
		if key.IsIssue(own) && isIssue(o) && !f.InsideIssue(own) {
			return nil, false
		}
		if isProject(o) {
			if !f.Inside(own) {
				return nil, false
			}
		}
	}
	if !f.insideScope(o) || !f.insideLocation(o) {
		return nil, false
	}
	if isChange(o) {
		return f.keepChange(o), true
	}
	kept := map[string]any{}
	for name, value := range o {
		sub, ok := f.keep(value)
		if ok && strings.HasPrefix(name, "customfield_") {
			sub, ok = f.keepKeys(sub)
		}
		if !ok {
			if name == "inwardIssue" || name == "outwardIssue" {
				return nil, false
			}
			continue
		}
		kept[name] = sub
	}
	return kept, true
}

// keepKeys is filterValue for the value of a custom field. Apps keep issue keys
// there without the shape of an issue (epic links, issue pickers), so a text
// that is an issue key and nothing else counts as an issue, and so does an
// object with such a member key or issueKey. "OPS-7" is removed; "see OPS-7" is
// a person's text and stays.
func (f *Fence) keepKeys(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !key.IsIssue(v) || f.InsideIssue(v)
	case []any:
		kept := []any{}
		for _, item := range v {
			if item, ok := f.keepKeys(item); ok {
				kept = append(kept, item)
			}
		}
		return kept, true
	case map[string]any:
		for _, name := range []string{"key", "issueKey"} {
			if own, ok := text(v, name); ok && key.IsIssue(own) && !f.InsideIssue(own) {
				return nil, false
			}
		}
	}
	return v, true
}

// text returns a member of an object that is a string.
func text(o map[string]any, name string) (string, bool) {
	s, ok := o[name].(string)
	return s, ok
}

// isDocument reports whether an object is rich text in the Atlassian Document
// Format (ADF).
func isDocument(o map[string]any) bool {
	kind, _ := text(o, "type")
	_, version := o["version"]
	return kind == "doc" && version
}

// isIssue reports whether an object that has a key like an issue's is an issue.
// Other things can have such keys ("reporter-1"), but they lack an id, a
// summary, fields and an issue's address.
func isIssue(o map[string]any) bool {
	self, _ := text(o, "self")
	_, fields := o["fields"]
	_, id := o["id"]
	_, summary := o["summary"]
	return fields || summary || strings.Contains(self, "/issue/") || id
}

// isProject reports whether an object that has a key is a project.
func isProject(o map[string]any) bool {
	self, _ := text(o, "self")
	_, kind := o["projectTypeKey"]
	return kind || strings.Contains(self, "/project/")
}

// insideScope reports whether a field or a status is inside. Those of
// team-managed projects carry the project they belong to in scope.project, by
// id or key; those without a scope belong to the whole site and are inside.
func (f *Fence) insideScope(o map[string]any) bool {
	scope, ok := o["scope"].(map[string]any)
	if !ok {
		return true
	}
	project, ok := scope["project"].(map[string]any)
	if !ok {
		return true
	}
	for _, name := range []string{"key", "id"} {
		if who, ok := text(project, name); ok {
			if _, inside := f.Project(who); inside {
				return true
			}
		}
	}
	return false
}

// insideLocation reports whether a board is inside. A board carries its project
// in location. A location without a project is a person's, and is outside; an
// object without a location is not a board.
func (f *Fence) insideLocation(o map[string]any) bool {
	location, ok := o["location"].(map[string]any)
	if !ok {
		return true
	}
	for _, name := range []string{"projectKey", "projectKeyOrId"} {
		if who, ok := text(location, name); ok {
			_, inside := f.Project(who)
			return inside
		}
	}
	return false
}

// isChange reports whether an object is one item of a change history.
func isChange(o map[string]any) bool {
	_, field := text(o, "field")
	_, kind := text(o, "fieldtype")
	return field && kind
}

// movedFields are the history fields whose values name issues or projects, by
// name in lower case.
var movedFields = []string{"link", "epic link", "parent", "issueparentassociation", "parent link", "epic child", "project", "key", "space", "workitem link", "sub-task"}

// movedFieldIDs are the ids of those of them that have one.
var movedFieldIDs = []string{"issuelinks", "parent", "project", "issuekey", "subtasks"}

// hidden replaces a value in a change history that names something outside.
const hidden = "(outside this server's projects)"

// keepChange returns a change with each side replaced that names something
// outside. The field decides how to read the values: in referenceFields, every
// non-empty value names issues or projects, and one that names none inside is
// replaced. For example
//
//	{"field":"Key","fromString":"OPS-3","toString":"PAY-1", …}
//
// becomes
//
//	{"field":"Key","from":null,"fromString":"(outside …)","toString":"PAY-1", …}
func (f *Fence) keepChange(o map[string]any) map[string]any {
	field, _ := text(o, "field")
	// The site's language changes the name, but not the id.
	id, _ := text(o, "fieldId")
	if slices.Contains(movedFieldIDs, id) {
		field = id
	}
	if !slices.Contains(movedFields, strings.ToLower(field)) && !slices.Contains(movedFieldIDs, id) {
		return f.keepKeysOf(o, id)
	}
	kept := maps.Clone(o)
	for _, side := range [][2]string{{"from", "fromString"}, {"to", "toString"}} {
		id, _ := text(o, side[0])
		words, _ := text(o, side[1])
		if id == "" && words == "" || f.insideChange(field, id, words) {
			continue
		}
		kept[side[0]], kept[side[1]] = nil, hidden
	}
	return kept
}

// keepKeysOf is filterChange for a change of a field that is not in referenceFields.
// A side is replaced in two cases: it is a key outside and nothing else, in a custom
// field (epic links, issue pickers); or it contains a key outside, in a field
// without an id whose name is unknown, since that may be a translated "Link".
func (f *Fence) keepKeysOf(o map[string]any, id string) map[string]any {
	kind, _ := text(o, "fieldtype")
	field, _ := text(o, "field")
	custom := kind == "custom"
	if !custom && (id != "" || isHarmlessField(field)) {
		return o
	}
	kept := maps.Clone(o)
	for _, side := range [][2]string{{"from", "fromString"}, {"to", "toString"}} {
		for _, name := range side {
			words, _ := text(o, name)
			outside := slices.ContainsFunc(key.FindIssues(words), func(k string) bool { return !f.InsideIssue(k) })
			if outside && (!custom || key.IsIssue(strings.TrimSpace(words))) {
				kept[side[0]], kept[side[1]] = nil, hidden
			}
		}
	}
	return kept
}

// insideChange reports whether one side of a change names something inside, and
// nothing outside. A value that names nothing recognisable counts as outside.
func (f *Fence) insideChange(field, id, words string) bool {
	if slices.Contains([]string{"project", "space"}, strings.ToLower(field)) {
		for _, who := range []string{id, words} {
			if _, inside := f.Project(who); inside {
				return true
			}
		}
		return false
	}
	keys := append(key.FindIssues(id), key.FindIssues(words)...)
	return len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !f.InsideIssue(k) })
}
