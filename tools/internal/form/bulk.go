package form

import (
	"fmt"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// BulkChange returns the change of one field of many issues, for a dry run. It
// has no value before, since the issues' values differ.
func (f *Form) BulkChange(id string) kit.Change {
	change := kit.Change{Field: f.FieldName(id), After: f.Requested[id]}
	if v, set := f.Values[id]; set {
		change.After = text.ValueOrEmpty(f.displayText(id, v))
		if f.Meta(id).Schema.Type == "array" {
			change.After += " (replaces the current values of each issue; op add or remove keeps the others)"
		}
	}
	return change
}

// AddBulkList writes what happens to a list field in Jira's bulk edit: option
// is ADD, REMOVE, REPLACE or REMOVE_ALL. It reports false if the bulk edit has
// no option for the field. add and input are as in [Form.AddBulkValue].
func AddBulkList(add func(string, map[string]any), input map[string]any, f *Form, id, option string, items []any) bool {
	part := map[string]any{"fieldId": id, "bulkEditMultiSelectFieldOption": option}
	list := []any{}
	for _, item := range items {
		ref, _ := item.(map[string]string)
		switch id {
		case "labels":
			list = append(list, map[string]any{"name": item})
		case "components":
			list = append(list, map[string]any{"componentId": parseID(ref["id"])})
		default:
			list = append(list, map[string]any{"versionId": ref["id"]})
		}
	}
	switch {
	case id == "labels" || f.Meta(id).Schema.Items == "string":
		part["labels"] = list
		add("labelsFields", part)
	case id == "components":
		part["components"] = list
		input["multiselectComponents"] = part
	case f.Meta(id).Schema.Items == "version":
		part["versions"] = list
		add("multipleVersionPickerFields", part)
	default:
		return false
	}
	return true
}

// parseID returns an id as the number that the bulk edit wants; 0 if it is none.
func parseID(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// AddBulkValue writes a value that a field is set to or emptied with, in the
// form of Jira's bulk edit (editedFieldsInput). There each type of field has a
// list or an object of its own: add appends to the list of a name, input is the
// whole object. For example, a date makes
//
//	add("datePickerFields", {"fieldId": "duedate", "date": {"formattedDate": "2026-12-24"}})
//
// It returns an error for fields that the bulk edit cannot change.
func (f *Form) AddBulkValue(add func(string, map[string]any), input map[string]any, id string, v any) error {
	m := f.Meta(id)
	ref, _ := v.(map[string]string)
	list, isList := v.([]any)
	switch {
	case isList && m.Schema.Items == "option":
		options := []any{}
		for _, item := range list {
			o, _ := item.(map[string]string)
			options = append(options, map[string]any{"optionId": parseID(o["id"])})
		}
		add("multipleSelectFields", map[string]any{"fieldId": id, "options": options})
	case isList:
		option := "REPLACE"
		if len(list) == 0 {
			option = "REMOVE_ALL"
		}
		if !AddBulkList(add, input, f, id, option, list) {
			return fmt.Errorf("%s cannot be changed in bulk; use jira_update_issue for each issue", m.Name)
		}
	case id == "priority" && ref != nil:
		input["priority"] = map[string]any{"priorityId": ref["id"]}
	case m.Schema.Type == "user":
		one := map[string]any{"fieldId": id}
		if ref != nil {
			one["user"] = map[string]any{"accountId": ref["accountId"]}
		}
		add("singleSelectClearableUserPickerFields", one)
	case m.Schema.Type == "number":
		add("clearableNumberFields", map[string]any{"fieldId": id, "value": v})
	case m.Schema.Type == "date":
		text, _ := v.(string)
		add("datePickerFields", map[string]any{"fieldId": id, "date": map[string]any{"formattedDate": text}})
	case m.Schema.Type == "option":
		option := int64(-1)
		if ref != nil {
			option = parseID(ref["id"])
		}
		add("singleSelectFields", map[string]any{"fieldId": id, "option": map[string]any{"optionId": option}})
	case m.Schema.Type == "string" && !names.IsRichText(m) && id != "summary":
		text, _ := v.(string)
		add("singleLineTextFields", map[string]any{"fieldId": id, "text": text})
	default:
		return fmt.Errorf("%s cannot be changed in bulk; use jira_update_issue for each issue", m.Name)
	}
	return nil
}
