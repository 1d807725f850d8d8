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

// Filter takes what is outside out of an answer: issues (also parents, links,
// sub-tasks), projects, fields and statuses that belong to one project, and
// what a history says of any of them. outside reports that the answer itself
// is an issue or a project outside.
func (f *Fence) Filter(body []byte) (filtered []byte, outside bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // numbers come through as they are
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

// keep returns a value without what is outside; false for what is outside as a
// whole.
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

func (f *Fence) keepObject(o map[string]any) (any, bool) {
	if isDocument(o) {
		return o, true // what people wrote is theirs
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
				return nil, false // a link without its other end is none
			}
			continue
		}
		kept[name] = sub
	}
	return kept, true
}

// keepKeys looks at a custom field's value: a text that is an issue's key and
// nothing else may be one (epic links, issue pickers).
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

func text(o map[string]any, name string) (string, bool) {
	s, ok := o[name].(string)
	return s, ok
}

// isDocument reports rich text (ADF).
func isDocument(o map[string]any) bool {
	kind, _ := text(o, "type")
	_, version := o["version"]
	return kind == "doc" && version
}

// isIssue tells an issue from another thing with a key that looks alike.
func isIssue(o map[string]any) bool {
	self, _ := text(o, "self")
	_, fields := o["fields"]
	_, id := o["id"]
	_, summary := o["summary"]
	return fields || summary || strings.Contains(self, "/issue/") || id
}

func isProject(o map[string]any) bool {
	self, _ := text(o, "self")
	_, kind := o["projectTypeKey"]
	return kind || strings.Contains(self, "/project/")
}

// insideScope looks at fields and statuses of team-managed projects: they
// carry the project they belong to.
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

// insideLocation looks at boards: they carry the project they belong to, or none
// where they are a person's.
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

// isChange reports an item of a history.
func isChange(o map[string]any) bool {
	_, field := text(o, "field")
	_, kind := text(o, "fieldtype")
	return field && kind
}

// movedFields are those of a history whose values name issues or projects.
var movedFields = []string{"link", "epic link", "parent", "issueparentassociation", "parent link", "epic child", "project", "key", "space", "workitem link", "sub-task"}

// movedFieldIDs are the same by id, of those that have one.
var movedFieldIDs = []string{"issuelinks", "parent", "project", "issuekey", "subtasks"}

// hidden stands for what a history says of what is outside.
const hidden = "(outside this server's projects)"

func (f *Fence) keepChange(o map[string]any) map[string]any {
	field, _ := text(o, "field")
	// The name may be in another language; the id is not.
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

// keepKeysOf hides a side of another change that is a key outside and nothing
// else, in a custom field (epic links, issue pickers), or names one, in a field
// that is called in another language and has no id.
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

// insideChange reports a side of a change that names what is inside. What
// cannot be told is outside.
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
