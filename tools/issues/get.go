package issues

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// readTools is the receiver of jira_get_issue.
type readTools struct{ env.Env }

// newReadTools returns the receiver of the read tools for one user.
func newReadTools(e env.Env) *readTools { return &readTools{e} }

// defineReadTools declares jira_get_issue.
func defineReadTools() []kit.Tool {
	return kit.Group(newReadTools,
		kit.Define(kit.Spec{
			Name: "jira_get_issue", Title: "Get issues", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Get issues: all fields, description, newest comments, links, children and available transitions.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpMyself), Optional: operation.Keys(jira.OpBulkFetch, jira.OpGetComments, jira.OpSearch, jira.OpFields, jira.OpWatchers, jira.OpGetTransitions),
		}, (*readTools).get),
	)
}

// getIssueInput holds the arguments of jira_get_issue. CommentsFrom counts
// comments from 1, TextFrom counts characters from 0.
type getIssueInput struct {
	Issues       []string `json:"issues" doc:"keys" max:"20"`
	Fields       []string `json:"fields,omitempty" doc:"only these fields, by name" max:"50"`
	Include      []string `json:"include,omitempty" enum:"comments,watchers" doc:"comments: all of them"`
	CommentsFrom int      `json:"comments_from,omitempty" min:"1" doc:"first comment"`
	TextFrom     int      `json:"text_from,omitempty" min:"0" doc:"first character of a cut text"`

	isSingle bool     // the call is about one issue
	fieldIDs []string // the requested fields
}

// Describe implements [kit.Describer].
func (in getIssueInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issues...)}
}

// newestComments is the number of comments shown by default.
const newestComments = 5

// get reads one or several issues, in the order of the call. A single issue
// that cannot be read is an error; of several issues, the output lists the
// missing ones beside the others, together with the arguments that are not
// issue keys. If the call selects fields, the transitions are not requested.
func (r *readTools) get(ctx context.Context, in getIssueInput) (*getIssueOutput, error) {
	in.Fields = slices.DeleteFunc(slices.Clone(in.Fields), isShownAnyway)
	keys, bad, err := keys.ParseAll(in.Issues)
	if err != nil {
		return nil, err
	}
	defer r.ZoneAhead(ctx)()
	fields, err := r.fieldIDs(ctx, in)
	if err != nil {
		return nil, err
	}
	in.fieldIDs = fields
	expand := []string{"names", "transitions"}
	if len(in.Fields) > 0 {
		expand = expand[:1]
	}
	var issues []jira.Issue
	if in.isSingle = len(keys) == 1; in.isSingle {
		issue, err := r.Jira.GetIssue(ctx, keys[0], fields, expand)
		if err != nil {
			return nil, err
		}
		issues = []jira.Issue{issue}
	} else {
		bulk, err := r.Jira.FetchIssues(ctx, keys, fields, expand)
		if err != nil {
			return nil, err
		}
		issues = bulk.Issues
	}
	zone, err := r.ShownZone(ctx)
	if err != nil {
		return nil, err
	}
	given, missing, err := r.matchKeys(ctx, issues, keys)
	if err != nil {
		return nil, err
	}
	issues = sortByKeys(issues, keys, given)
	out := &getIssueOutput{Issues: make([]issueView, len(issues))}
	var views []func(context.Context) error
	for n, issue := range issues {
		views = append(views, func(ctx context.Context) (err error) {
			out.Issues[n], err = r.view(ctx, issue, in, zone)
			if note := oldKeyNote(given[issue.ID], issue); note != "" {
				out.Issues[n].Notes = append(out.Issues[n].Notes, note)
			}
			return err
		})
	}
	if err := jira.InParallel(ctx, views...); err != nil {
		return nil, err
	}
	out.Missing = slices.Concat(missing, bad)
	return out, nil
}

// sortByKeys sorts issues in the order of the requested keys. given has the key
// that each issue answers to, by id.
func sortByKeys(issues []jira.Issue, keys []string, given map[string]string) []jira.Issue {
	place := func(i jira.Issue) int { return slices.Index(keys, given[i.ID]) }
	slices.SortStableFunc(issues, func(a, b jira.Issue) int { return place(a) - place(b) })
	return issues
}

// alwaysShownFields lists the fields that are shown whatever the call selects.
// "updated" is among them because an edit of a text needs it to detect a change
// made in the meantime.
var alwaysShownFields = []string{"summary", "status", "issuetype", "updated"}

// fieldIDs returns the ids of the fields to request: all of them ("*all") unless
// the call selects some; then these, alwaysShownFields, and the comments if the
// call asks for them.
func (r *readTools) fieldIDs(ctx context.Context, in getIssueInput) ([]string, error) {
	if len(in.Fields) == 0 {
		return []string{"*all"}, nil
	}
	ids, err := r.Names.FieldIDs(ctx, in.Fields)
	if err != nil {
		return nil, err
	}
	if slices.Contains(in.Include, "comments") || in.CommentsFrom > 0 {
		ids = append(ids, "comment")
	}
	if slices.Contains(ids, "comment") {
		ids = append(ids, "project") // says who sees a comment
	}
	return names.Unique(append(slices.Clone(alwaysShownFields), ids...)), nil
}

// isShownAnyway reports whether a name of a field is a word with which other
// clients ask for all fields, or for the key and the address.
func isShownAnyway(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.HasPrefix(name, "*") || name == "all" || strings.HasPrefix(name, "-") || name == "key" || name == "id" || name == "url"
}

// view returns an issue as the tool shows it. Depending on the issue and the
// call it requests the children, the comments and the watchers as well. Each of
// these may be missing, and a note then says so.
func (r *readTools) view(ctx context.Context, issue jira.Issue, in getIssueInput, zone *time.Location) (issueView, error) {
	f := issue.Fields
	s := func(id string) string { return names.Format(f[id]) }
	v := issueView{
		Key: issue.Key, Summary: s("summary"), Type: s("issuetype"), Status: s("status"),
		Priority: s("priority"), Assignee: s("assignee"), Reporter: s("reporter"), Resolution: s("resolution"),
		Created: text.LocalTime(s("created"), zone), Updated: form.UpdatedAt(issue, zone),
		Description: s("description"), Labels: listOf[string](f, "labels"), Links: linkViews(f),
	}
	if p, ok := jira.Value[jira.Issue](f, "parent"); ok {
		v.Parent = newIssueRef(p)
	}
	for _, c := range listOf[jira.Issue](f, "subtasks") {
		v.Children = append(v.Children, *newIssueRef(c))
	}
	for _, a := range listOf[jira.Attachment](f, "attachment") {
		v.Attachments = append(v.Attachments, newAttachmentView(a, zone))
	}
	v.noAttachments = len(in.Fields) == 0 && len(v.Attachments) == 0 && f["attachment"] != nil
	v.Transitions = newTransitionViews(issue.Transitions, v.Status)
	v.Fields, v.richTexts = otherFields(issue, zone)
	if len(in.Fields) > 0 {
		v.addUnreadable(issue)
		all, err := r.Names.Fields(ctx) // known: the call's names were looked up in it
		if err != nil {
			return v, err
		}
		v.addEmpty(issue, in.fieldIDs, all)
	}
	if f["duedate"] != nil && names.Format(f["duedate"]) != "" {
		v.now = text.Now(r.Now(), zone)
	}
	v.richTexts[description] = richText{raw: f["description"]}
	err := r.addParts(ctx, issue, in, zone, &v)
	v.showFrom(in)
	return v, err
}

// addParts adds the children, the comments and the watchers to the view, as far as
// the issue has them and the call asks for them. They are requested at the same
// time; each changes fields of its own. A part that cannot be read becomes a note.
func (r *readTools) addParts(ctx context.Context, issue jira.Issue, in getIssueInput, zone *time.Location, v *issueView) error {
	parts := []struct {
		name    string
		needed  bool
		add     func(context.Context) error
		missing string
	}{
		{name: "children", needed: hasChildren(issue), add: func(ctx context.Context) error { return r.children(ctx, issue, v) }},
		{name: "comments", needed: true, add: func(ctx context.Context) error { return r.comments(ctx, issue, in, zone, v) }},
		{name: "needs of the transitions", needed: needsScreens(issue, in), add: func(ctx context.Context) error { return r.needs(ctx, issue, v) }},
		{name: "watchers", needed: slices.Contains(in.Include, "watchers"), add: func(ctx context.Context) error { return r.watchers(ctx, issue.Key, v) }},
	}
	var ask []func(context.Context) error
	for n := range parts {
		part := &parts[n]
		if !part.needed {
			continue
		}
		ask = append(ask, func(ctx context.Context) (err error) {
			part.missing, err = env.Secondary(ctx, "the "+part.name+" of "+issue.Key, part.add)
			return err
		})
	}
	if err := jira.InParallel(ctx, ask...); err != nil {
		return err
	}
	for _, part := range parts {
		if part.missing != "" {
			v.setNote(part.name, part.missing)
		}
	}
	return nil
}

// watchers adds the names of the watchers to the view, with a note if Jira reports more watchers than this server's user may see.
func (r *readTools) watchers(ctx context.Context, key string, v *issueView) error {
	list, err := r.Jira.Watchers(ctx, key)
	if err != nil {
		return err
	}
	for _, u := range list.People {
		v.Watchers = append(v.Watchers, u.DisplayName)
	}
	if list.Count > len(list.People) {
		v.setNote("watchers", fmt.Sprintf("watchers: %d in total; the others are not visible", list.Count))
	}
	return nil
}

// showFrom applies text_from: it shows the continuation of a text that an
// earlier answer cut, and drops the other texts. The text is the first shown
// comment if the call has comments_from, a single selected field, or else the
// description. It does nothing if the call has no text_from, except that it
// notes whether the call selects one text only.
func (v *issueView) showFrom(in getIssueInput) {
	v.singleText = len(in.Fields) == 1 || in.TextFrom > 0
	if in.TextFrom == 0 {
		return
	}
	v.textFrom = in.TextFrom
	switch {
	case in.CommentsFrom > 0 && len(v.Comments) > 0:
		v.Comments = v.Comments[:1]
		v.Comments[0].Body = skipChars(v.Comments[0].Body, in.TextFrom)
		v.Description, v.Fields = "", nil
	case len(in.Fields) == 1 && len(v.Fields) > 0:
		for name, text := range v.Fields {
			v.Fields[name] = v.textFromOffset(name, text)
		}
		v.Description = v.textFromOffset(description, v.Description)
	default:
		v.Description, v.Fields, v.Comments, v.CommentsTotal = v.textFromOffset(description, v.Description), nil, nil, 0
	}
}

// listOf returns a list-valued field of an issue, or nil if the field is
// missing or has another type.
func listOf[T any](f jira.Fields, id string) []T {
	list, _ := jira.Value[[]T](f, id)
	return list
}

// newIssueRef returns the key, status and summary of an issue.
func newIssueRef(i jira.Issue) *IssueRef {
	return &IssueRef{Key: i.Key, Status: names.Format(i.Fields["status"]), Summary: names.Format(i.Fields["summary"])}
}

// linkViews returns an issue's links with the phrase of their direction, such as
// "blocks" or "is blocked by".
func linkViews(f jira.Fields) []linkView {
	var out []linkView
	for _, l := range listOf[jira.Link](f, "issuelinks") {
		switch {
		case l.Outward != nil:
			out = append(out, linkView{l.Type.Outward, *newIssueRef(*l.Outward)})
		case l.Inward != nil:
			out = append(out, linkView{l.Type.Inward, *newIssueRef(*l.Inward)})
		}
	}
	return out
}

// dedicatedFields and omittedFields are the field ids that [otherFields] leaves
// out.
var (
	// dedicatedFields lists the fields that are shown at a place of their own in
	// the view.
	dedicatedFields = []string{"summary", "issuetype", "status", "priority", "assignee", "reporter", "resolution", "created", "updated", "description",
		"labels", "issuelinks", "parent", "subtasks", "attachment", "comment", "project"}
	// omittedFields lists the fields that tell a reader nothing, or repeat another
	// field: counters and sums of time tracking, which the field "Time tracking"
	// shows, and values for Jira's own pages.
	omittedFields = []string{"votes", "watches", "statuscategorychangedate", "statusCategory", "lastViewed", "workratio", "progress", "aggregateprogress", "thumbnail",
		"issuerestriction", "worklog", "timespent", "timeestimate", "timeoriginalestimate", "aggregatetimeoriginalestimate", "aggregatetimeestimate", "aggregatetimespent"}
)

// otherFields returns the remaining fields that have a value, by display name,
// and those of them that hold rich text. It leaves out dedicatedFields and
// omittedFields, the development panel (an empty object), ranks (which begin
// with "0|"), and a creator who is also the reporter. If several fields have
// the same name, the id is added to it: "Team (customfield_10020)".
//
// A field counts as rich text if its value is a JSON object;
// [names.DecodeRichText] decides later whether it really is a document.
func otherFields(issue jira.Issue, zone *time.Location) (out map[string]string, texts map[string]richText) {
	out, texts = map[string]string{}, map[string]richText{}
	for id, raw := range issue.Fields {
		if slices.Contains(dedicatedFields, id) || slices.Contains(omittedFields, id) {
			continue
		}
		s := names.Format(raw)
		name := issue.Names[id]
		switch {
		case s == "" || s == "{}" || strings.HasPrefix(s, "0|"): // no value; the development panel; a rank
			continue
		case id == "creator" && s == names.Format(issue.Fields["reporter"]):
			continue
		case name == "":
			name = id
		}
		if _, taken := out[name]; taken {
			name += " (" + id + ")"
		}
		out[name] = text.LocalTime(s, zone)
		if len(raw) > 0 && raw[0] == '{' {
			texts[name] = richText{raw: raw}
		}
	}
	return out, texts
}

// addEmpty adds the selected fields that have a place of their own in the view and
// are empty: a reader could not tell them from fields that were not read.
func (v *issueView) addEmpty(issue jira.Issue, selected []string, all []jira.Field) {
	for _, id := range dedicatedFields {
		raw := issue.Fields[id]
		if !slices.Contains(selected, id) || slices.Contains(alwaysShownFields, id) || id == "created" || id == "project" {
			continue
		}
		page, _ := jira.Value[jira.CommentPage](issue.Fields, id)
		if names.Format(raw) == "" || id == "comment" && page.Total+len(page.Comments) == 0 {
			v.Fields[cmp.Or(issue.Names[id], names.FieldName(all, id))] = "none"
		}
	}
}

// maxRawValue is the longest JSON, in characters, of a value without a readable
// form that is shown.
const maxRawValue = 300

// addUnreadable adds the fields of an issue that have no readable form, so that
// a call which selects fields gets all of them: the value as compact JSON, a
// note if that is too long, or none.
func (v *issueView) addUnreadable(issue jira.Issue) {
	for id, raw := range issue.Fields {
		name := cmp.Or(issue.Names[id], id)
		if _, shown := v.Fields[name]; shown || slices.Contains(dedicatedFields, id) || names.Format(raw) != "" {
			continue
		}
		var compact bytes.Buffer
		switch {
		case len(raw) == 0 || string(raw) == "null" || string(raw) == "[]" || string(raw) == `""`:
			v.Fields[name] = "none"
		case json.Compact(&compact, raw) == nil && compact.Len() <= maxRawValue:
			v.Fields[name] = compact.String()
		default:
			v.Fields[name] = "holds a value that this server cannot show"
		}
	}
}
