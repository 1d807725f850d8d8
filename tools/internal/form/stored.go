package form

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// IsStored reports whether held, the field's value in Jira after the write, is
// what was sent. Jira drops some values without an error. An issue in the
// backlog keeps its closed sprints, and of a changed list only the items that
// were sent are compared.
func (f *Form) IsStored(id string, held json.RawMessage) bool {
	if v, ok := f.Values[id]; ok {
		if v == nil && f.Requested[id] == "backlog" {
			return !inOpenSprint(held)
		}
		return names.Equal(v, held)
	}
	for _, op := range f.Updates[id] {
		for verb, item := range op.(map[string]any) {
			if names.ListContains(held, item) != (verb == "add") {
				return false
			}
		}
	}
	return true
}

// IsUncertain reports whether a stored value of a field differs from the sent
// one in a form that this server does not know, so that it cannot tell whether
// Jira kept it. An empty value is no such form, nor is one with another id of the
// same kind.
func (f *Form) IsUncertain(id string, held json.RawMessage) bool {
	if names.HasOtherID(f.Values[id], held) {
		return false
	}
	at := slices.IndexFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == id })
	return at >= 0 && !names.IsComparable(f.Screen[at]) && len(held) > 0 && string(held) != "null" && string(held) != "[]"
}

// NotCompared describes a value that Jira accepted and shows in a form that
// cannot be compared with the sent one.
func NotCompared(shown string) string {
	if shown == "" {
		return "accepted; cannot be compared"
	}
	return "accepted; cannot be compared (Jira shows " + text.Shorten(text.OneLine(shown), 200) + ")"
}

// inOpenSprint reports whether a value of the sprint field has a sprint that is
// not closed. Jira keeps closed ones in it.
func inOpenSprint(held json.RawMessage) bool {
	var list []jira.Sprint
	_ = json.Unmarshal(held, &list) // none: in no sprint
	return slices.ContainsFunc(list, func(s jira.Sprint) bool { return s.State != "closed" })
}

// ChangesNothing reports whether an issue certainly has everything that the form
// would send. It does not where the comparison is not exact: the default
// assignee can be anybody, and of rich texts only the text and the kinds of
// marks are compared.
func (f *Form) ChangesNothing(fields jira.Fields) bool {
	for id := range f.Values {
		if f.IsRichText(id) {
			return false
		}
	}
	return !names.IsDefaultAssignee(f.Values["assignee"]) && f.AllStored(fields)
}

// AllStored reports whether an issue certainly has everything that was sent. Of
// logged work it is never certain, since an older worklog can have the same
// time.
func (f *Form) AllStored(fields jira.Fields) bool {
	return !slices.ContainsFunc(f.FieldIDs(), func(id string) bool { return isWorklog(f.Meta(id)) || !f.IsStored(id, fields[id]) })
}

// StoredFields compares an issue with the form and the fields that follow a
// create. set has the stored values by field name, without summary and
// description; dropped describes the fields that Jira did not store as they were
// sent.
func (f *Form) StoredFields(issue jira.Issue) (set map[string]string, dropped []string) {
	set = map[string]string{}
	if f.FollowUps.Edit != nil {
		set, dropped = f.FollowUps.Edit.StoredFields(issue)
	}
	for _, id := range f.FieldIDs() {
		name, held := f.FieldName(id), issue.Fields[id]
		s := names.Format(held)
		if logged := f.LoggedWork(id, issue.Fields); logged != "" {
			set[name] = logged
			continue
		}
		if !f.IsStored(id, held) && f.IsUncertain(id, held) {
			set[name] = NotCompared(s)
			continue
		}
		if !f.IsStored(id, held) {
			now := "it is empty"
			if s != "" {
				now = "it is " + text.Shorten(s, 80)
			}
			dropped = append(dropped, fmt.Sprintf("%s (%s; requested %s)", name, now, text.Shorten(f.Requested[id], 80)))
			continue
		}
		if id != "description" && id != "summary" {
			set[name] = text.Shorten(text.OneLine(s), 200)
		}
	}
	return set, dropped
}
