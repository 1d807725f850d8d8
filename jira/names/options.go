package names

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// encodeCascade encodes the value of a cascading select field, written as
// "Parent > Child", as the parent alone, as a JSON array of both or in Jira's own
// form. If it is unknown, the error lists
// the values of both levels, so that the next call can be right. For a child
// without its parent the error suggests the full form: "Berlin" gives "EU >
// Berlin".
func encodeCascade(f jira.FieldMeta, value string) (any, error) {
	called := func(list []jira.AllowedValue, name string) (jira.AllowedValue, bool) {
		found := matchAllowed(list, name)
		if len(found) != 1 {
			return jira.AllowedValue{}, false
		}
		return found[0], true
	}
	parentOf, childOf, isPair := levels(value)
	if isPair {
		if above, known := called(f.Allowed, parentOf); known {
			if child, found := called(above.Children, childOf); found {
				return map[string]any{"id": above.ID, "child": map[string]string{"id": child.ID}}, nil
			}
		}
	}
	if parent, known := called(f.Allowed, value); known && !isPair { // its name may contain >
		return map[string]any{"id": parent.ID}, nil
	}
	var parent jira.AllowedValue
	known := false
	for at := len(value) - 1; at > 0; at-- { // the longest name of a parent first
		if value[at] != '>' {
			continue
		}
		above, isParent := called(f.Allowed, value[:at])
		if !isParent {
			continue
		}
		if child, found := called(above.Children, value[at+1:]); found {
			return map[string]any{"id": above.ID, "child": map[string]string{"id": child.ID}}, nil
		}
		if !known {
			parent, known = above, true
		}
	}
	unknown := &UnknownError{Kind: "value", Of: f.Name, Given: strings.TrimSpace(value), Allowed: CascadeNames(f.Allowed)}
	if known {
		unknown.Allowed = CascadeNames([]jira.AllowedValue{parent})
	}
	for _, v := range f.Allowed { // the child without its parent
		if child, found := called(v.Children, value); found {
			unknown.Suggestion = v.DisplayName() + " > " + child.DisplayName()
		}
	}
	return nil, unknown
}

// CascadeNames returns values in the form in which they are written. Children of
// cascading values are written as Parent > Child.
func CascadeNames(list []jira.AllowedValue) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.DisplayName())
		for _, child := range v.Children {
			out = append(out, v.DisplayName()+" > "+child.DisplayName())
		}
	}
	return out
}

// allowedID returns the id of an allowed value.
func allowedID(v jira.AllowedValue) string { return v.ID }

// namesWithIDs returns values of the same name, told apart by their ids.
func namesWithIDs(list []jira.AllowedValue) []string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprintf("%s (id %s)", v.DisplayName(), v.ID))
	}
	return out
}

// jiraForm is the JSON in which Jira writes a value, such as {"id": "10"} or
// {"value": "High"}.
type jiraForm struct {
	ID    string
	Value string
	Name  string
	Key   string
	Child json.RawMessage
}

// readJiraForm reads a value in Jira's own form. ok is false for any other text.
func readJiraForm(value string) (form jiraForm, ok bool) {
	ok = strings.HasPrefix(strings.TrimSpace(value), "{") && json.Unmarshal([]byte(value), &form) == nil
	return form, ok && cmp.Or(form.ID, form.Value, form.Name, form.Key) != ""
}

// matchAllowed returns the allowed values that a text refers to: by name, by id or
// in Jira's own form.
func matchAllowed(list []jira.AllowedValue, value string) []jira.AllowedValue {
	form, ok := readJiraForm(value)
	switch {
	case !ok:
		return MatchNames(list, value, jira.AllowedValue.DisplayNames, allowedID)
	case form.ID != "":
		at := slices.IndexFunc(list, func(v jira.AllowedValue) bool { return v.ID == form.ID })
		if at < 0 {
			return nil
		}
		return list[at : at+1]
	}
	named := jira.AllowedValue.DisplayName
	if form.Value == "" && form.Name == "" {
		named = func(v jira.AllowedValue) string { return v.Key }
	}
	return Match(list, cmp.Or(form.Value, form.Name, form.Key), named, func(jira.AllowedValue) string { return "" })
}

// levels returns both levels of a cascading value that is a JSON array of two or
// an object with a child.
func levels(value string) (parent, child string, ok bool) {
	if items, isList := jsonItems(value); isList && len(items) == 2 {
		return items[0], items[1], true
	}
	form, ok := readJiraForm(value)
	return value, string(form.Child), ok && len(form.Child) > 0 && string(form.Child) != "null"
}
