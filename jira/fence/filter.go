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

// FilterJSON returns the JSON body of an answer without the things outside.
// outside reports that the answer itself is an issue or a project outside; then
// there is no body. It fails for a body that is not JSON.
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
func (f *Fence) FilterJSON(body []byte) (filtered []byte, outside bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // keeps numbers digit by digit
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, false, fmt.Errorf("fence: %w", err)
	}
	kept, ok := f.filterValue(v)
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

// filterValue returns a JSON value without the things outside in it; ok is
// false if the value itself is outside.
func (f *Fence) filterValue(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		kept := []any{}
		for _, item := range v {
			if item, ok := f.filterValue(item); ok {
				kept = append(kept, item)
			}
		}
		return kept, true
	case map[string]any:
		return f.filterObject(v)
	}
	return v, true
}

// filterObject is filterValue for an object. Members that are outside are left
// out. A link whose other issue is outside is removed as a whole, since a link
// without one of its ends is none.
func (f *Fence) filterObject(o map[string]any) (any, bool) {
	if isDocument(o) {
		return o, true // rich text that people wrote
	}
	if own, ok := stringMember(o, "key"); ok {
		if key.IsIssue(own) && isIssue(o) && !f.IsIssueInside(own) {
			return nil, false
		}
		if isProject(o) {
			if !f.IsProjectInside(own) {
				return nil, false
			}
		}
	}
	if !f.isScopeInside(o) || !f.isLocationInside(o) {
		return nil, false
	}
	if isChangeItem(o) {
		return f.filterChange(o), true
	}
	kept := map[string]any{}
	for name, value := range o {
		sub, ok := f.filterValue(value)
		if ok && strings.HasPrefix(name, "customfield_") {
			sub, ok = f.filterCustomField(sub)
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

// filterCustomField is filterValue for the value of a custom field. Apps keep
// issue keys there without the shape of an issue (epic links, issue pickers),
// so a text that is an issue key and nothing else counts as an issue, and so
// does an object with such a member key or issueKey. "OPS-7" is removed; "see
// OPS-7" is a person's text and stays.
func (f *Fence) filterCustomField(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !key.IsIssue(v) || f.IsIssueInside(v)
	case []any:
		kept := []any{}
		for _, item := range v {
			if item, ok := f.filterCustomField(item); ok {
				kept = append(kept, item)
			}
		}
		return kept, true
	case map[string]any:
		for _, name := range []string{"key", "issueKey"} {
			if own, ok := stringMember(v, name); ok && key.IsIssue(own) && !f.IsIssueInside(own) {
				return nil, false
			}
		}
	}
	return v, true
}

// stringMember returns a member of an object that is a string.
func stringMember(o map[string]any, name string) (string, bool) {
	s, ok := o[name].(string)
	return s, ok
}

// isDocument reports whether an object is rich text in the Atlassian Document
// Format (ADF).
func isDocument(o map[string]any) bool {
	kind, _ := stringMember(o, "type")
	_, version := o["version"]
	return kind == "doc" && version
}

// isIssue reports whether an object that has a key like an issue's is an issue.
// Other things can have such keys ("reporter-1"), but they lack an id, a
// summary, fields and an issue's address.
func isIssue(o map[string]any) bool {
	self, _ := stringMember(o, "self")
	_, fields := o["fields"]
	_, id := o["id"]
	_, summary := o["summary"]
	return fields || summary || strings.Contains(self, "/issue/") || id
}

// isProject reports whether an object that has a key is a project.
func isProject(o map[string]any) bool {
	self, _ := stringMember(o, "self")
	_, kind := o["projectTypeKey"]
	return kind || strings.Contains(self, "/project/")
}

// isScopeInside reports whether a field or a status is inside. Those of
// team-managed projects carry the project they belong to in scope.project, by
// id or key; those without a scope belong to the whole site and are inside.
func (f *Fence) isScopeInside(o map[string]any) bool {
	scope, ok := o["scope"].(map[string]any)
	if !ok {
		return true
	}
	project, ok := scope["project"].(map[string]any)
	if !ok {
		return true
	}
	for _, name := range []string{"key", "id"} {
		if who, ok := stringMember(project, name); ok {
			if _, inside := f.FindProject(who); inside {
				return true
			}
		}
	}
	return false
}

// isLocationInside reports whether a board is inside. A board carries its
// project in location. A location without a project is a person's, and is
// outside; an object without a location is not a board.
func (f *Fence) isLocationInside(o map[string]any) bool {
	location, ok := o["location"].(map[string]any)
	if !ok {
		return true
	}
	for _, name := range []string{"projectKey", "projectKeyOrId"} {
		if who, ok := stringMember(location, name); ok {
			_, inside := f.FindProject(who)
			return inside
		}
	}
	return false
}

// isChangeItem reports whether an object is one item of a change history.
func isChangeItem(o map[string]any) bool {
	_, field := stringMember(o, "field")
	_, kind := stringMember(o, "fieldtype")
	return field && kind
}

// referenceFields are the history fields whose values name issues or projects,
// by name in lower case.
var referenceFields = []string{"link", "epic link", "parent", "issueparentassociation", "parent link", "epic child", "project", "key", "space", "workitem link", "sub-task"}

// referenceFieldIDs are the ids of those of them that have one.
var referenceFieldIDs = []string{"issuelinks", "parent", "project", "issuekey", "subtasks"}

// hiddenText replaces a value in a change history that names something outside.
const hiddenText = "(outside this server's projects)"

// filterChange returns a change with each side replaced that names something
// outside. The field decides how to read the values: in referenceFields, every
// non-empty value names issues or projects, and one that names none inside is
// replaced. For example
//
//	{"field":"Key","fromString":"OPS-3","toString":"PAY-1", …}
//
// becomes
//
//	{"field":"Key","from":null,"fromString":"(outside …)","toString":"PAY-1", …}
func (f *Fence) filterChange(o map[string]any) map[string]any {
	field, _ := stringMember(o, "field")
	// The site's language changes the name, but not the id.
	id, _ := stringMember(o, "fieldId")
	if slices.Contains(referenceFieldIDs, id) {
		field = id
	}
	if !slices.Contains(referenceFields, strings.ToLower(field)) && !slices.Contains(referenceFieldIDs, id) {
		return f.filterOtherChange(o, id)
	}
	kept := maps.Clone(o)
	for _, side := range [][2]string{{"from", "fromString"}, {"to", "toString"}} {
		id, _ := stringMember(o, side[0])
		words, _ := stringMember(o, side[1])
		if id == "" && words == "" || f.isSideInside(field, id, words) {
			continue
		}
		kept[side[0]], kept[side[1]] = nil, hiddenText
	}
	return kept
}

// filterOtherChange is filterChange for a change of a field that is not in
// referenceFields. A side is replaced in two cases: it is a key outside and
// nothing else, in a custom field (epic links, issue pickers); or it contains a
// key outside, in a field without an id whose name is unknown, since that may
// be a translated "Link".
func (f *Fence) filterOtherChange(o map[string]any, id string) map[string]any {
	kind, _ := stringMember(o, "fieldtype")
	field, _ := stringMember(o, "field")
	custom := kind == "custom"
	if !custom && (id != "" || isHarmlessField(field)) {
		return o
	}
	kept := maps.Clone(o)
	for _, side := range [][2]string{{"from", "fromString"}, {"to", "toString"}} {
		for _, name := range side {
			words, _ := stringMember(o, name)
			outside := slices.ContainsFunc(key.FindIssues(words), func(k string) bool { return !f.IsIssueInside(k) })
			if outside && (!custom || key.IsIssue(strings.TrimSpace(words))) {
				kept[side[0]], kept[side[1]] = nil, hiddenText
			}
		}
	}
	return kept
}

// isSideInside reports whether one side of a change names something inside, and
// nothing outside. A value that names nothing recognisable counts as outside.
func (f *Fence) isSideInside(field, id, words string) bool {
	if slices.Contains([]string{"project", "space"}, strings.ToLower(field)) {
		for _, who := range []string{id, words} {
			if _, inside := f.FindProject(who); inside {
				return true
			}
		}
		return false
	}
	keys := append(key.FindIssues(id), key.FindIssues(words)...)
	return len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !f.IsIssueInside(k) })
}
