package wire

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// setCustom sets a custom field by its type; null clears it. The sprint field is
// special: its value is kept in the list of sprints, where the closed
// sprints stay.
func (s *setter) setCustom(f *store.Field, raw json.RawMessage) {
	was := s.r.changelogText(s.draft.Custom[f.ID])
	set := func(v any) {
		s.draft.Custom[f.ID] = v
		s.recordChange(f, was, was, s.r.changelogText(v), s.r.changelogText(v))
	}
	if isNull(raw) && f.Custom == store.SprintFieldType {
		s.leaveSprint(f)
		return
	}
	if isNull(raw) {
		delete(s.draft.Custom, f.ID)
		s.recordChange(f, was, was, "", "")
		return
	}
	if s.setApp(f, raw, set) {
		return
	}
	v, _ := readRef(raw)
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch {
	case strings.HasSuffix(f.Custom, ":textarea"):
		if err := checkRichText(raw); err != nil {
			s.refuse(f.ID, err.Error())
			return
		}
		set(slices.Clone(raw))
	case f.Custom == store.SprintFieldType:
		s.joinSprint(f, raw)
	case f.Type == "number":
		var n float64
		if json.Unmarshal(raw, &n) != nil {
			s.refuse(f.ID, "Operation value must be a number")
			return
		}
		set(n)
	case f.Type == "array" && f.Items == "user":
		var refs []ref
		var people []*store.User
		ok := json.Unmarshal(raw, &refs) == nil
		for _, p := range refs {
			u := s.r.site.User(p.AccountID)
			ok = ok && u != nil
			people = append(people, u)
		}
		if !ok {
			s.refuse(f.ID, "Specify a valid value for "+f.Name)
			return
		}
		set(people)
	case slices.Contains(customValueTypes, f.Type) || f.Type == "array" && f.Items == "string" || strings.HasSuffix(f.Custom, ":url"):
		s.setCustomValue(f, raw, v, text, set)
	case f.Type == "array" && f.Options != nil:
		set(s.namedList(f, raw, f.Options, nil))
	case f.Options != nil:
		n := store.FindNamed(f.Options, v.ID, v.Value)
		if n == nil {
			s.refuse(f.ID, "Specify a valid 'id' or 'value' for "+f.Name)
			return
		}
		set(n)
	case f.Type == "date":
		date, _ := s.draft.Custom[f.ID].(string)
		s.date(f, raw, &date)
		s.draft.Custom[f.ID] = date
	case !isText:
		s.refuse(f.ID, "Operation value must be a string")
	default:
		set(text)
	}
}

// joinSprint moves the issue to a sprint that is not closed. A request sets the
// field to one number, the sprint's id, though its value is a list.
func (s *setter) joinSprint(f *store.Field, raw json.RawMessage) {
	var id int64
	if json.Unmarshal(raw, &id) != nil || s.r.site.Sprint(id) == nil || s.r.site.Sprint(id).State == "closed" {
		s.refuse(f.ID, "Number value expected as the Sprint id.")
		return
	}
	fromIDs, fromNames := store.SprintList(s.draft.Sprints)
	open := s.draft.Sprint()
	s.draft.Sprints = slices.DeleteFunc(slices.Clone(s.draft.Sprints), func(x *store.Sprint) bool { return x == open })
	s.draft.Sprints = append(s.draft.Sprints, s.r.site.Sprint(id))
	ids, names := store.SprintList(s.draft.Sprints)
	s.recordChange(f, fromIDs, fromNames, ids, names)
}

// leaveSprint removes the issue from its open sprint. Closed sprints stay.
func (s *setter) leaveSprint(f *store.Field) {
	open := s.draft.Sprint()
	if open == nil {
		return
	}
	fromIDs, fromNames := store.SprintList(s.draft.Sprints)
	s.draft.Sprints = slices.DeleteFunc(slices.Clone(s.draft.Sprints), func(x *store.Sprint) bool { return x == open })
	toIDs, toNames := store.SprintList(s.draft.Sprints)
	s.recordChange(f, fromIDs, fromNames, toIDs, toNames)
}

// changelogText returns the value of a custom field as a changelog shows it. A
// cascading value reads "Parent values: ALevel 1 values: B", with no space
// between the two.
func (r *request) changelogText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	case *store.Named:
		return v.Name
	case *store.User:
		return v.Name
	case *store.Group:
		return v.Name
	case *store.Team:
		return v.Name
	case *store.Version:
		return v.Name
	case *store.Project:
		return v.Name
	case store.Request:
		return v.Type.Name
	case store.App:
		return string(v)
	case []*store.Group:
		var out []string
		for _, g := range v {
			out = append(out, g.Name)
		}
		return strings.Join(out, ", ")
	case []string:
		return strings.Join(v, " ")
	case store.Cascade:
		if v.Child == nil {
			return "Parent values: " + v.Parent.Name
		}
		return "Parent values: " + v.Parent.Name + "Level 1 values: " + v.Child.Name
	case []*store.Named:
		return names(v)
	case json.RawMessage:
		return plainText(v)
	case []*store.User:
		var out []string
		for _, u := range v {
			out = append(out, u.Name)
		}
		return strings.Join(out, ", ")
	}
	return ""
}

// cascade sets a cascading field: {"id": …}, or {"id": …, "child": {"id": …}}
// for an option below another. Both accept "value" in place of the id.
func (s *setter) cascade(f *store.Field, raw json.RawMessage, set func(any)) {
	var in struct {
		ref
		Child *ref `json:"child"`
	}
	if json.Unmarshal(raw, &in) != nil {
		s.refuse(f.ID, "Specify a valid 'id' or 'value' for "+f.Name)
		return
	}
	v := store.Cascade{Parent: store.FindNamed(f.Options, in.ID, in.Value)}
	if v.Parent != nil && in.Child != nil {
		v.Child = store.FindNamed(f.Children[v.Parent.ID], in.Child.ID, in.Child.Value)
	}
	if v.Parent == nil || in.Child != nil && v.Child == nil {
		s.refuse(f.ID, "Option id or value is not valid for "+f.Name)
		return
	}
	set(v)
}

// customValueTypes lists the field types that [setter.setCustomValue] sets.
var customValueTypes = []string{"user", "group", "option-with-child", "datetime"}

// setCustomValue sets a custom field of labels, a user, a group, a cascading
// option, a date with time, or a URL. v and text are the value as a reference
// and as a string; set stores the result and records the change.
func (s *setter) setCustomValue(f *store.Field, raw json.RawMessage, v ref, text string, set func(any)) {
	switch {
	case f.Type == "array" && f.Items == "string":
		var labels []string // or texts of an app, which can have blanks
		isLabels := strings.HasSuffix(f.Custom, ":labels")
		if json.Unmarshal(raw, &labels) != nil || slices.ContainsFunc(labels, func(l string) bool { return l == "" || isLabels && strings.ContainsAny(l, " \t\n") }) {
			s.refuse(f.ID, "data was not an array of labels")
			return
		}
		set(labels)
	case f.Type == "user":
		u := s.r.site.User(v.AccountID)
		if u == nil {
			s.refuse(f.ID, "Specify a valid value for "+f.Name)
			return
		}
		set(u)
	case f.Type == "group":
		g := s.r.site.Group(v.Name)
		if g == nil {
			s.refuse(f.ID, "Could not find group with name: "+v.Name)
			return
		}
		set(g)
	case f.Type == "option-with-child":
		s.cascade(f, raw, set)
	case f.Type == "datetime":
		if _, err := time.Parse(store.TimeLayout, text); err != nil {
			s.refuse(f.ID, "Operation value must be a date-time in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ")
			return
		}
		set(text)
	case strings.HasSuffix(f.Custom, ":url"):
		if u, err := url.Parse(text); err != nil || u.Host == "" {
			s.refuse(f.ID, "The URL is not valid.")
			return
		}
		set(text)
	}
}
