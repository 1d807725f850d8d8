package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// setter applies the fields of a request to a draft of an issue and records
// what the changelog shows. Errors do not stop it: it collects them by field,
// so that one answer can name them all.
type setter struct {
	r     *request
	draft *store.Issue
	items []store.Item
	// links create the issue's links once it is stored.
	links []func(own *store.Issue)
	// errors maps field ids to messages.
	errors map[string]string
}

// refuse records an error for a field. A later one for the same field replaces
// it.
func (s *setter) refuse(id, message string) { s.errors[id] = message }

// recordChange records a changelog item unless nothing changed. from and to are
// the ids or keys, fromText and toText the displayed values.
func (s *setter) recordChange(f *store.Field, from, fromText, to, toText string) {
	if from == to && fromText == toText {
		return
	}
	kind := "jira"
	if f.Custom != "" {
		kind = "custom"
	}
	s.items = append(s.items, store.Item{Field: changeName(f), FieldID: f.ID, FieldType: kind, From: from, FromText: fromText, To: to, ToString: toText})
}

// changeName returns a field's name in a changelog: the name of a custom field,
// the id of a system field, with Jira's exceptions.
func changeName(f *store.Field) string {
	switch {
	case f.Custom != "":
		return f.Name
	case f.ID == "fixVersions":
		return "Fix Version"
	case f.ID == "versions":
		return "Version"
	case f.ID == "components":
		return "Component"
	case f.ID == "parent":
		return "IssueParentAssociation"
	}
	return f.ID
}

// isNull reports whether a JSON value is absent or null.
func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || strings.TrimSpace(string(raw)) == "null"
}

// ref is a reference in a request to an issue, a user, an option or another
// entity. Which keys identify it depends on the kind.
type ref struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Value     string `json:"value,omitempty"`
	Key       string `json:"key,omitempty"`
	AccountID string `json:"accountId,omitempty"`
}

// readRef returns the reference in a JSON value, and whether the value is an
// object of that form.
func readRef(raw json.RawMessage) (ref, bool) {
	var v ref
	return v, json.Unmarshal(raw, &v) == nil
}

// set sets one field of the draft. Setting a resolution also sets the date of
// it. Custom fields go to [setter.setCustom].
func (s *setter) set(f *store.Field, raw json.RawMessage) {
	d := s.draft
	switch f.ID {
	case "summary":
		s.summary(f, raw)
	case "description":
		s.richText(f, raw, &d.Description)
	case "environment":
		s.richText(f, raw, &d.Environment)
	case "priority":
		s.named(f, raw, s.r.site.Priorities, &d.Priority)
	case "resolution":
		s.named(f, raw, s.r.site.Resolutions, &d.Resolution)
		if d.Resolution != nil && d.Resolved.IsZero() {
			d.Resolved = s.r.site.Now()
		}
	case "assignee":
		s.person(f, raw, &d.Assignee, true)
	case "reporter":
		s.person(f, raw, &d.Reporter, false)
	case "labels":
		s.labels(f, raw)
	case "components":
		d.Components = s.namedList(f, raw, d.Project.Components, d.Components)
	case "fixVersions":
		d.FixVersions = s.versions(f, raw, d.FixVersions)
	case "versions":
		d.Versions = s.versions(f, raw, d.Versions)
	case "parent":
		s.parent(f, raw)
	case "duedate":
		s.date(f, raw, &d.DueDate)
	case "timetracking":
		s.timetracking(f, raw)
	case "security":
		s.security(f, raw)
	case "issuelinks":
		s.refuse(f.ID, "The operation 'set' is not supported for this field.")
	default:
		s.setCustom(f, raw)
	}
}

// summary sets the summary: one line of 1 to 255 characters.
func (s *setter) summary(f *store.Field, raw json.RawMessage) {
	var text string
	switch {
	case json.Unmarshal(raw, &text) != nil:
		s.refuse(f.ID, "Operation value must be a string")
	case strings.TrimSpace(text) == "":
		s.refuse(f.ID, "You must specify a summary of the issue.")
	case strings.ContainsAny(text, "\r\n"):
		s.refuse(f.ID, "The summary is invalid because it contains newline characters.")
	case utf8.RuneCountInString(text) > 255:
		s.refuse(f.ID, "Summary must be less than 255 characters.")
	default:
		s.recordChange(f, "", s.draft.Summary, "", text)
		s.draft.Summary = text
	}
}

// richText sets a field of rich text (ADF); null clears it.
func (s *setter) richText(f *store.Field, raw json.RawMessage, into *json.RawMessage) {
	if isNull(raw) {
		s.recordChange(f, "", plainText(*into), "", "")
		*into = nil
		return
	}
	if err := checkRichText(raw); err != nil {
		s.refuse(f.ID, err.Error())
		return
	}
	s.recordChange(f, "", plainText(*into), "", plainText(raw))
	*into = slices.Clone(raw)
}

// named sets a priority or a resolution by id or name. It cannot be cleared.
func (s *setter) named(f *store.Field, raw json.RawMessage, all []*store.Named, into **store.Named) {
	v, ok := readRef(raw)
	n := store.FindNamed(all, v.ID, v.Name)
	if !ok || n == nil {
		s.refuse(f.ID, "Specify a valid 'id' or 'name' for "+strings.ToLower(f.Name))
		return
	}
	s.recordChange(f, idOf(*into), nameOf(*into), n.ID, n.Name)
	*into = n
}

// idOf returns the id, or "" for nil.
func idOf(n *store.Named) string {
	if n == nil {
		return ""
	}
	return n.ID
}

// nameOf returns the name, or "" for nil.
func nameOf(n *store.Named) string {
	if n == nil {
		return ""
	}
	return n.Name
}

// person sets the assignee or the reporter by account id; null clears it. An
// assignee needs the permission Assignable User in the project, and the id "-1"
// assigns automatically, which on this site means the project's lead.
func (s *setter) person(f *store.Field, raw json.RawMessage, into **store.User, assignable bool) {
	from, fromName := "", ""
	if *into != nil {
		from, fromName = (*into).ID, (*into).Name
	}
	if isNull(raw) {
		s.recordChange(f, from, fromName, "", "")
		*into = nil
		return
	}
	v, ok := readRef(raw)
	id := v.AccountID
	if id == "" {
		id = v.ID
	}
	var u *store.User
	if id == "-1" && assignable {
		u = s.draft.Project.Lead
	} else {
		u = s.r.site.User(id)
	}
	if !ok || u == nil || assignable && !access.Can(u, s.draft.Project, "ASSIGNABLE_USER") {
		s.refuse(f.ID, "Specify a valid value for "+f.ID)
		return
	}
	s.recordChange(f, from, fromName, u.ID, u.Name)
	*into = u
}

// labels replaces the labels. Jira allows no white space in them.
func (s *setter) labels(f *store.Field, raw json.RawMessage) {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		s.refuse(f.ID, "data was not an array")
		return
	}
	for _, l := range list {
		if l == "" || strings.ContainsAny(l, " \t\n") {
			s.refuse(f.ID, "The label '"+l+"' contains spaces which is invalid.")
			return
		}
	}
	s.recordChange(f, "", strings.Join(s.draft.Labels, " "), "", strings.Join(list, " "))
	s.draft.Labels = list
}

// namedList returns the components or options that a list of references selects
// from all of them. If one is invalid, it refuses the field and returns the old
// list.
func (s *setter) namedList(f *store.Field, raw json.RawMessage, all, old []*store.Named) []*store.Named {
	var refs []ref
	if json.Unmarshal(raw, &refs) != nil {
		s.refuse(f.ID, "data was not an array")
		return old
	}
	var out []*store.Named
	for _, v := range refs {
		n := store.FindNamed(all, v.ID, v.Name+v.Value)
		if n == nil {
			s.refuse(f.ID, f.Name+" name '"+v.Name+v.Value+v.ID+"' is not valid")
			return old
		}
		out = append(out, n)
	}
	s.recordChange(f, ids(old), names(old), ids(out), names(out))
	return out
}

// ids returns the ids of a list as a changelog shows them: "10001, 10002".
func ids(list []*store.Named) string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID)
	}
	return strings.Join(out, ", ")
}

// names returns the names of a list as a changelog shows them.
func names(list []*store.Named) string {
	var out []string
	for _, n := range list {
		out = append(out, n.Name)
	}
	return strings.Join(out, ", ")
}

// versions returns the versions of the project that a list of references
// selects. If one is invalid, it refuses the field and returns the old list.
func (s *setter) versions(f *store.Field, raw json.RawMessage, old []*store.Version) []*store.Version {
	var refs []ref
	if json.Unmarshal(raw, &refs) != nil {
		s.refuse(f.ID, "data was not an array")
		return old
	}
	var out []*store.Version
	for _, v := range refs {
		found := store.FindVersion(s.draft.Project.Versions, v.ID, v.Name)
		if found == nil {
			s.refuse(f.ID, "Version name '"+v.Name+v.ID+"' is not valid")
			return old
		}
		out = append(out, found)
	}
	// Jira writes one changelog item for each version added or removed.
	for _, v := range old {
		if !slices.Contains(out, v) {
			s.recordChange(f, v.ID, v.Name, "", "")
		}
	}
	for _, v := range out {
		if !slices.Contains(old, v) {
			s.recordChange(f, "", "", v.ID, v.Name)
		}
	}
	return out
}

// parent sets the parent by key or id; null clears it, except for sub-tasks.
// The parent must be visible to the caller and exactly one hierarchy level
// higher.
func (s *setter) parent(f *store.Field, raw json.RawMessage) {
	from, fromKey := "", ""
	if old := s.r.site.ByID(s.draft.Parent); old != nil {
		from, fromKey = strconv.FormatInt(old.ID, 10), old.Key
	}
	if isNull(raw) {
		if s.draft.Type.IsSubtask() {
			s.refuse(f.ID, "Issue type is a sub-task but parent issue key or id not specified.")
			return
		}
		s.recordChange(f, from, fromKey, "", "")
		s.draft.Parent = 0
		return
	}
	v, _ := readRef(raw)
	p := s.r.site.Issue(v.Key + v.ID)
	if !s.r.visible(p) || p.Type.Level != s.draft.Type.Level+1 {
		s.refuse(f.ID, "Given parent work item does not belong to appropriate hierarchy.")
		return
	}
	s.recordChange(f, from, fromKey, strconv.FormatInt(p.ID, 10), p.Key)
	s.draft.Parent = p.ID
}

// date sets a date in the form 2026-03-11; null clears it.
func (s *setter) date(f *store.Field, raw json.RawMessage, into *string) {
	if isNull(raw) {
		s.recordChange(f, *into, *into, "", "")
		*into = ""
		return
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			s.recordChange(f, *into, *into, text, text)
			*into = text
			return
		}
	}
	s.refuse(f.ID, "Error parsing date string: "+string(raw))
}

// security sets the security level: one of the project's levels, by id or name,
// or null for none. Without the permission Set Issue Security the field counts
// as not on the screen.
func (s *setter) security(f *store.Field, raw json.RawMessage) {
	if !access.Can(s.r.user, s.draft.Project, "SET_ISSUE_SECURITY") {
		s.refuse(f.ID, strings.ReplaceAll(screenErrorMessage, "%s", f.ID))
		return
	}
	from, fromName := "", ""
	if s.draft.Security != nil {
		from, fromName = s.draft.Security.ID, s.draft.Security.Name
	}
	if isNull(raw) {
		s.recordChange(f, from, fromName, "", "")
		s.draft.Security = nil
		return
	}
	v, _ := readRef(raw)
	for _, l := range s.draft.Project.Levels {
		if v.ID == l.ID || v.ID == "" && strings.EqualFold(v.Name, l.Name) {
			s.recordChange(f, from, fromName, l.ID, l.Name)
			s.draft.Security = l
			return
		}
	}
	s.refuse(f.ID, "Specify a valid 'id' or 'name' for security level")
}
