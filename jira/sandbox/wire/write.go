package wire

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/workflow"
)

// plainText returns the text of a rich text without formatting; "" if it is not
// valid ADF. Changelogs show rich text this way.
func plainText(raw json.RawMessage) string {
	n, err := adf.Decode(raw)
	if err != nil {
		return ""
	}
	return adf.PlainText(n)
}

// issueUpdate is the body of a create, an edit or a transition. Atlassian's
// document calls it IssueUpdateDetails: fields sets values, update applies
// operations to them.
type issueUpdate struct {
	Fields     map[string]json.RawMessage              `json:"fields"`
	Update     map[string][]map[string]json.RawMessage `json:"update"`
	Transition *ref                                    `json:"transition"`
	Properties json.RawMessage                         `json:"properties"`
	History    json.RawMessage                         `json:"historyMetadata"`
}

// screenErrorMessage is Jira's message for a field that the screen does not
// show. The placeholder is the field's id.
const screenErrorMessage = "Field '%s' cannot be set. It is not on the appropriate screen, or unknown."

// apply applies a change to a draft of an issue. shows reports whether the
// screen in use shows a field; all other fields are refused, and so is a field
// that is both in fields and in update.
//
// It returns the setter with the recorded changes, or a problem with all of the
// refusals by field.
func (r *request) apply(draft *store.Issue, in issueUpdate, shows func(string) bool) (*setter, error) {
	s := &setter{r: r, draft: draft, errors: map[string]string{}}
	for id, raw := range in.Fields {
		f := r.site.Field(id)
		if f == nil || !shows(id) || id == "comment" {
			s.refuse(id, strings.ReplaceAll(screenErrorMessage, "%s", id))
			continue
		}
		s.set(f, raw)
	}
	for id, ops := range in.Update {
		f := r.site.Field(id)
		if _, set := in.Fields[id]; set {
			s.refuse(id, "Field '"+id+"' cannot be set and updated in one request.")
			continue
		}
		if f == nil || !shows(id) {
			s.refuse(id, strings.ReplaceAll(screenErrorMessage, "%s", id))
			continue
		}
		for _, op := range ops {
			s.applyOperations(f, op)
		}
	}
	if len(s.errors) > 0 {
		return nil, &problem{status: http.StatusBadRequest, fields: s.errors}
	}
	return s, nil
}

// applyOperations applies the operations of one element of an update to a
// field: set, and add and remove for lists. The fields comment and issuelinks
// only support add.
func (s *setter) applyOperations(f *store.Field, op map[string]json.RawMessage) {
	for verb, raw := range op {
		switch {
		case f.ID == "comment" && verb == "add":
			c, err := s.r.parseComment(s.draft.Project, raw)
			if err != nil {
				s.refuse("comment", err.Error())
				return
			}
			s.draft.Comments = append(s.draft.Comments, c)
		case f.ID == "worklog" && verb == "add":
			s.logWork(raw)
		case f.ID == "issuelinks" && verb == "add":
			s.queueLink(raw)
		case verb == "set":
			s.set(f, raw)
		case slices.Contains(fieldOperations(f), verb): // Add to a list, or remove from it.
			list, ok := s.editedList(f, verb, raw)
			if !ok {
				s.refuse(f.ID, "data was not of the kind that the list holds")
				return
			}
			s.set(f, list)
		default:
			s.refuse(f.ID, "The operation '"+verb+"' is not supported for this field.")
		}
	}
}

// editedList returns a field's list after an add or a remove, in the form in
// which a request would set it, so that [setter.set] can validate it. It
// reports false if the field has no list or the item is neither a label nor a
// reference.
//
// The present list is the rendered JSON. An item of it equals the given one if
// they share an id, an account id, a name or a value. For instance, adding
// {"name":"Vault"} to [{"self":…,"id":"10001","name":"Ledger"}] gives
// [{"id":"10001","name":"Ledger"},{"name":"Vault"}].
func (s *setter) editedList(f *store.Field, verb string, raw json.RawMessage) (json.RawMessage, bool) {
	held, err := json.Marshal(s.r.fieldValue(s.draft, f))
	var list []json.RawMessage
	if err != nil || json.Unmarshal(held, &list) != nil {
		return nil, false
	}
	item, isRef := readRef(raw)
	var label string
	if isLabel := json.Unmarshal(raw, &label) == nil; !isRef && !isLabel {
		return nil, false
	}
	same := func(other json.RawMessage) bool {
		if !isRef {
			return string(other) == string(raw)
		}
		o, _ := readRef(other)
		return item.ID != "" && item.ID == o.ID || item.AccountID != "" && item.AccountID == o.AccountID ||
			item.Name != "" && item.Name == o.Name || item.Value != "" && item.Value == o.Value
	}
	if list = slices.DeleteFunc(list, same); verb == "add" {
		list = append(list, raw)
	}
	for i, kept := range list {
		if o, ok := readRef(kept); ok { // Keep only the identifying keys.
			list[i], _ = json.Marshal(ref{ID: o.ID, AccountID: o.AccountID, Name: o.Name, Value: o.Value})
		}
	}
	out, err := json.Marshal(list)
	return out, err == nil
}

// createIssue handles POST issue.
func createIssue(r *request) (any, error) {
	var in issueUpdate
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	return r.create(in)
}

// queueLink validates a link that an update adds and queues it. The link is
// created when the issue itself is stored, since a new issue has no id before.
//
// The issue of the request is the other end: given an outwardIssue, it performs
// the type's outward phrase ("blocks") on that issue; given an inwardIssue,
// that issue performs the phrase on it.
func (s *setter) queueLink(raw json.RawMessage) {
	var in linkRequest
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		s.refuse("issuelinks", "The link is not valid: "+err.Error())
		return
	}
	kind := s.r.site.LinkType(in.Type.ID, in.Type.Name)
	given, outward := in.Outward, true
	if given == nil {
		given, outward = in.Inward, false
	}
	if kind == nil || given == nil || in.Inward != nil && in.Outward != nil {
		s.refuse("issuelinks", "Specify a link type and one issue to link to.")
		return
	}
	other := s.r.site.Issue(given.Key + given.ID)
	if !s.r.visible(other) {
		s.refuse("issuelinks", "Issue does not exist or you do not have permission to see it.")
		return
	}
	s.links = append(s.links, func(own *store.Issue) {
		if outward {
			s.r.createLink(kind, own, other)
		} else {
			s.r.createLink(kind, other, own)
		}
	})
}

// create creates one issue and returns its id, key and URL. Project and type
// are references in fields. The other fields must be on the screen of the type,
// and the screen's required ones must have a value. An issue whose rich text is
// too long uses up a number of the project, as in Jira (JRACLOUD-78553).
func (r *request) create(in issueUpdate) (any, error) {
	pref, _ := readRef(in.Fields["project"])
	p := r.site.Project(pref.Key + pref.ID)
	if !access.CanBrowse(r.user, p) {
		return nil, failField("project", "valid project is required")
	}
	if !access.Can(r.user, p, "CREATE_ISSUES") {
		return nil, fail(http.StatusBadRequest, "You do not have permission to create issues in this project.")
	}
	tref, _ := readRef(in.Fields["issuetype"])
	t := p.Type(tref.ID + tref.Name)
	if t == nil {
		return nil, failField("issuetype", "Specify a valid issue type")
	}
	delete(in.Fields, "project")
	delete(in.Fields, "issuetype")

	screen := p.Screens[t.ID]
	now := r.site.Now()
	draft := &store.Issue{Project: p, Type: t, Creator: r.user, Reporter: r.user, Priority: r.site.Priorities[2], Created: now, Updated: now,
		StatusChanged: now, Status: r.site.Status(workflow.All[p.Workflow].InitialStatus), Custom: map[string]any{}}
	s, err := r.apply(draft, in, screen.Has)
	if err != nil {
		var e *problem
		if errors.As(err, &e) && slices.Contains(values(e.fields), "CONTENT_LIMIT_EXCEEDED") {
			r.site.ReserveNumber(p) // The issue's number is used up all the same.
		}
		return nil, err
	}
	for _, id := range screen.Required {
		raw, given := in.Fields[id]
		if id == "project" || id == "issuetype" || given && !isNull(raw) || in.Update[id] != nil {
			continue
		}
		message := r.site.Field(id).Name + " is required."
		if id == "summary" {
			message = "You must specify a summary of the issue."
		}
		s.refuse(id, message)
	}
	if t.IsSubtask() && draft.Parent == 0 {
		s.refuse("parent", "Issue type is a sub-task but parent issue key or id not specified.")
	}
	if len(s.errors) > 0 {
		return nil, &problem{status: http.StatusBadRequest, fields: s.errors}
	}
	draft.ID, draft.Number = r.site.ReserveNumber(p)
	draft.Key = p.Key + "-" + strconv.Itoa(draft.Number)
	draft.Rank = float64(draft.Number)
	applyAutomation(r.site, draft)
	r.site.Put(draft)
	for _, link := range s.links {
		link(draft)
	}
	id := strconv.FormatInt(draft.ID, 10)
	return object{"id": id, "key": draft.Key, "self": r.selfURL("issue/%s", id)}, nil
}

// applyAutomation applies the site's one automation rule: on the service desk
// the impact of an issue sets its priority, even over the priority in the
// request.
func applyAutomation(site *store.Site, i *store.Issue) {
	if i.Project.Kind != "service_desk" {
		return
	}
	if impact, ok := i.Custom["customfield_10060"].(*store.Named); ok {
		level := map[string]int{"Extensive": 0, "Significant": 1, "Moderate": 2, "Minor": 3}[impact.Name]
		i.Priority = site.Priorities[level]
	}
}

// values returns the values of a map, in no particular order.
func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// commit changes the issue of the path and returns it as stored. edit fills in
// a copy of the issue and returns the setter with the recorded changes, which
// become one changelog entry.
//
// The copy replaces the issue only if nobody changed it meanwhile; otherwise
// edit runs again on the new state, up to 1,000 times before the answer is 409.
// edit cannot run inside store.Site.Update instead: it looks things up in the
// store, and Update holds the store's lock. Links are created after the issue
// is stored.
func (r *request) commit(edit func(i, draft *store.Issue) (*setter, error)) (*store.Issue, error) {
	for range 1000 {
		i, err := r.findIssue()
		if err != nil {
			return nil, err
		}
		draft := i.Clone()
		s, err := edit(i, draft)
		if err != nil {
			return nil, err
		}
		draft.Updated = r.site.Now()
		if len(s.items) > 0 {
			slices.SortFunc(s.items, func(a, b store.Item) int { return strings.Compare(a.Field, b.Field) })
			draft.History = append(draft.History, &store.Change{ID: r.site.Serial(), Author: r.user, At: draft.Updated, Items: s.items})
		}
		if r.site.Swap(i, draft) {
			for _, link := range s.links {
				link(draft)
			}
			return draft, nil
		}
	}
	return nil, fail(http.StatusConflict, "The issue is being changed by others.")
}

// editIssue handles PUT issue/{key}. It answers 204, or the changed issue with
// returnIssue=true.
func editIssue(r *request) (any, error) {
	var in issueUpdate
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	i, err := r.commit(func(i, draft *store.Issue) (*setter, error) {
		if !access.Can(r.user, i.Project, "EDIT_ISSUES") {
			return nil, fail(http.StatusForbidden, "You do not have permission to edit issues in this project.")
		}
		screen := i.Project.EditScreen(i.Type.ID)
		return r.apply(draft, in, func(id string) bool {
			return id == "comment" || screen.Has(id) && !slices.Contains(createOnlyFields, id)
		})
	})
	if err != nil || r.URL.Query().Get("returnIssue") != "true" {
		return nil, err
	}
	return r.issue(i, r.selectFields([]string{"*all"}), r.listParam("expand")), nil
}

// deleteIssue handles DELETE issue/{key}. It refuses an issue with sub-tasks
// unless deleteSubtasks=true deletes them as well (contract, deleteIssue).
func deleteIssue(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if !access.Can(r.user, i.Project, "DELETE_ISSUES") {
		return nil, fail(http.StatusForbidden, "You do not have permission to delete issues in this project.")
	}
	ids := []int64{i.ID}
	for _, child := range r.site.Children(i.ID) {
		if child.Type.IsSubtask() {
			ids = append(ids, child.ID)
		}
	}
	if len(ids) > 1 && r.URL.Query().Get("deleteSubtasks") != "true" {
		return nil, fail(http.StatusBadRequest, "The issue '%s' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", i.Key)
	}
	r.site.Delete(ids...)
	return nil, nil
}

// transitionIssue handles POST issue/{key}/transitions.
func transitionIssue(r *request) (any, error) {
	var in issueUpdate
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if in.Transition == nil || in.Transition.ID == "" {
		return nil, fail(http.StatusBadRequest, "Transition id must be specified.")
	}
	_, err := r.commit(func(i, draft *store.Issue) (*setter, error) { return r.transitionDraft(i, draft, in) })
	return nil, err
}

// transitionDraft applies a transition, with the fields of its screen, to the
// draft of an issue. A transition that is not available from the issue's status
// fails with Jira's message about an illegal workflow operation, and so does
// one without the permission.
func (r *request) transitionDraft(i, draft *store.Issue, in issueUpdate) (*setter, error) {
	var t *workflow.Transition
	if access.Can(r.user, i.Project, "TRANSITION_ISSUES") {
		for _, open := range workflow.Available(i) {
			if open.ID == in.Transition.ID {
				t = &open
			}
		}
	}
	if t == nil {
		return nil, fail(http.StatusBadRequest, "It seems that you have tried to perform an illegal workflow operation. If you think this message is wrong, please contact your Jira administrators.")
	}
	s, err := r.apply(draft, in, t.Accepts)
	if err != nil {
		return nil, err
	}
	for _, id := range t.Required {
		if raw, given := in.Fields[id]; (!given || isNull(raw)) && in.Update[id] == nil {
			s.refuse(id, requiredMessage(r.site.Field(id)))
		}
	}
	for _, id := range t.Checks {
		if draft.Custom[id] == nil {
			s.refuse(id, requiredMessage(r.site.Field(id)))
		}
	}
	if len(s.errors) > 0 {
		return nil, &problem{status: http.StatusBadRequest, fields: s.errors}
	}
	r.setStatus(s, draft, *t)
	return s, nil
}

// requiredMessage returns Jira's message about a missing value.
func requiredMessage(f *store.Field) string {
	if f.ID == "worklog" {
		return "You must indicate the time spent working."
	}
	return f.Name + " is required."
}

// setStatus applies a transition's effects: the status, and the resolution if
// the workflow sets or clears it by itself.
func (r *request) setStatus(s *setter, draft *store.Issue, t workflow.Transition) {
	if t.IsLoop() {
		return
	}
	to := r.site.Status(t.To)
	s.recordChange(r.site.Field("status"), draft.Status.ID, draft.Status.Name, to.ID, to.Name)
	draft.Status, draft.StatusChanged = to, r.site.Now()
	if name, sets := workflow.AutoResolution(t, to); sets {
		want := store.FindNamed(r.site.Resolutions, "", name)
		s.recordChange(r.site.Field("resolution"), idOf(draft.Resolution), nameOf(draft.Resolution), idOf(want), nameOf(want))
		draft.Resolution = want
		draft.Resolved = time.Time{}
		if want != nil {
			draft.Resolved = draft.StatusChanged
		}
	}
}

// parseComment returns the comment in a request's body, not yet stored. The body
// must be rich text that is not empty. The property sd.public.comment with
// {"internal":true} makes a comment internal on a service desk.
func (r *request) parseComment(p *store.Project, raw json.RawMessage) (*store.Comment, error) {
	var in struct {
		Body       json.RawMessage `json:"body"`
		Properties []struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		} `json:"properties"`
		Visibility json.RawMessage `json:"visibility"`
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, fail(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again. (%v)", err)
	}
	if isNull(in.Body) {
		return nil, failField("comment", "Comment body can not be empty!")
	}
	if err := checkRichText(in.Body); err != nil {
		return nil, failField("comment", "%s", err.Error())
	}
	if plainText(in.Body) == "" {
		return nil, failField("comment", "Comment body can not be empty!")
	}
	visibility, err := r.parseVisibility(p, in.Visibility)
	if err != nil {
		return nil, err
	}
	now := r.site.Now()
	c := &store.Comment{ID: r.site.Serial(), Author: r.user, Body: in.Body, Created: now, Updated: now, Visibility: visibility}
	for _, p := range in.Properties {
		c.Properties = append(c.Properties, store.Property{Key: p.Key, Value: p.Value})
		var v struct {
			Internal bool `json:"internal"`
		}
		if p.Key == "sd.public.comment" && json.Unmarshal(p.Value, &v) == nil {
			c.Internal = v.Internal
		}
	}
	return c, nil
}

// addComment handles POST issue/{key}/comment.
func addComment(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if !access.Can(r.user, i.Project, "ADD_COMMENTS") {
		return nil, fail(http.StatusForbidden, "You do not have the permission to comment on this issue.")
	}
	c, err := r.parseComment(i.Project, r.body)
	if err != nil {
		return nil, err
	}
	i, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Comments = append(d.Comments, c)
		d.Updated = c.Created
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.comment(i, c), nil
}
