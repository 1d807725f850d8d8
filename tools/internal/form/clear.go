package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// clearsByWord reports whether a value is the word none for a field of which it
// cannot be a value, and then clears the field. A new issue has nothing to
// clear; there the word leaves the field out, but for the assignee, which the
// project may set.
func (f *Form) clearsByWord(name, value string) bool {
	meta, err := names.FindField(f.Screen, name)
	if err != nil || !isNone(meta, value) {
		return false
	}
	if !f.IsCreate || meta.ID == "assignee" {
		f.Clear(meta.ID)
	}
	return true
}

// isNone reports whether a value says that a field is to be empty: "none" where
// it can be no value, and for people also nobody and unassigned. In texts and
// labels "none" is a value like any other.
func isNone(meta jira.FieldMeta, value string) bool {
	word := strings.ToLower(strings.TrimSpace(value))
	kind := meta.Schema.Type
	if kind == "array" {
		kind = meta.Schema.Items
	}
	switch kind {
	case "user":
		return word == "none" || word == "nobody" || word == "unassigned"
	case "date", "datetime", "number", "json", "issuelink", "timetracking":
		return word == "none"
	}
	if len(meta.Allowed) == 0 || word != "none" {
		return false
	}
	return !slices.ContainsFunc(meta.Allowed, func(v jira.AllowedValue) bool {
		return strings.EqualFold(v.DisplayName(), word) || strings.EqualFold(v.Name, word) || strings.EqualFold(v.Value, word)
	})
}

// Clear empties a field. Jira empties lists of its own with [] and other fields
// with null; see [Form.ClearOtherwise] for those that want it otherwise.
func (f *Form) Clear(name string) {
	meta, ok := f.FindField(name)
	switch {
	case !ok || f.rejectDuplicate(meta):
	case meta.Required:
		f.reject(meta, fmt.Errorf("%s is required and cannot be cleared", meta.Name))
	case meta.Schema.Items == "json": // the sprint: out of all open ones
		f.Values[meta.ID], f.Requested[meta.ID] = nil, "backlog"
	case meta.Schema.Type == "array" && names.IsComparable(meta):
		f.Values[meta.ID], f.Requested[meta.ID] = []any{}, "nothing"
	default:
		f.Values[meta.ID], f.Requested[meta.ID] = nil, "nothing"
	}
}

// ClearOtherwise replaces [] by null, and null by [], in the fields that are
// cleared and that Jira's refusal names. Which of the two empties a list depends
// on the field, and Jira does not say. It reports whether it changed anything:
// the form can then be sent again.
func (f *Form) ClearOtherwise(err error) bool {
	var e *jira.Error
	if !errors.As(err, &e) || jira.OutcomeOf(err) != jira.Refused {
		return false
	}
	changed := false
	for id := range e.Fields {
		v, ok := f.Values[id]
		list, isList := v.([]any)
		switch {
		case !ok || f.Meta(id).Schema.Type != "array" || f.Requested[id] != "nothing" || f.swapped[id]:
			continue
		case isList && len(list) == 0:
			f.Values[id] = nil
		case v == nil:
			f.Values[id] = []any{}
		}
		f.swapped[id], changed = true, true
	}
	return changed
}
