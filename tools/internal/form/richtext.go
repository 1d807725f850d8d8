package form

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// TextEdits are the edits of an issue's rich texts. Markdown cannot show
// everything that a document of Jira contains, and several people may edit it,
// so the edits keep two promises:
//
//   - An edit does not remove content that Markdown shows only in part (a
//     macro, merged cells), unless the caller allows it (AllowLoss).
//   - A text is not replaced as a whole if somebody changed the issue since the
//     caller read it (Updated).
//
// Use it in these steps: Edit and EditRichTexts put the new documents into the
// form; CheckConflict compares the time of the read; after the write,
// [OverwrittenChanges] reports changes that got lost in between.
type TextEdits struct {
	Issue     jira.Issue
	Form      *Form
	Updated   string // the issue's time of change as the caller read it
	AllowLoss bool
	replaced  []jira.FieldMeta     // texts that are replaced as a whole
	Sent      map[string]*adf.Node // the documents that are sent, by field id
	Removed   map[string]string    // what an edit removes with the caller's permission, by field id
	Notes     []string             // for the result
}

// Edit puts the edit of one field into the form. A document that does not
// change is not sent, and a note says so.
func (t *TextEdits) Edit(ctx context.Context, name string, e names.TextEdit) {
	meta, ok := t.Form.FindField(name)
	if !ok || t.Form.rejectDuplicate(meta) {
		return
	}
	t.Form.Requested[meta.ID] = "the edited text"
	held, err := names.DecodeStoredText(meta.Name, t.Issue.Fields[meta.ID])
	switch {
	case err != nil:
		t.Form.reject(meta, err)
		return
	case held == nil && e.Find != "":
		t.Form.reject(meta, fmt.Errorf("%s is empty, so find matches nothing", meta.Name))
		return
	case held != nil && e.Whole != "":
		t.replaced = append(t.replaced, meta)
	}
	doc, report, err := t.Form.names.Edit(ctx, meta.Name, held, e, names.Place{Issue: t.Issue.Key, Project: t.Form.Project})
	if err == nil {
		err = t.CheckLoss(meta, report)
	}
	if err != nil {
		t.Form.reject(meta, err)
		return
	}
	if held != nil && SameDocument(held, doc) {
		t.Notes = append(t.Notes, meta.Name+" is unchanged; it was not sent.")
		return
	}
	t.Sent[meta.ID], t.Form.Values[meta.ID] = doc, doc
}

// SameDocument reports whether two documents have the same JSON.
func SameDocument(a, b *adf.Node) bool {
	x, errX := a.MarshalJSON()
	y, errY := b.MarshalJSON()
	return errX == nil && errY == nil && string(x) == string(y)
}

// EditRichTexts puts the edits of rich text fields into the form and returns
// the other fields. Status and resolution are refused here with the tool that
// changes them.
func (t *TextEdits) EditRichTexts(ctx context.Context, list []FieldValue) []FieldValue {
	var others []FieldValue
	for _, v := range list {
		meta, err := names.FindField(t.Form.Screen, v.Name)
		switch {
		case err != nil && (strings.EqualFold(v.Name, "status") || strings.EqualFold(v.Name, "resolution")):
			t.Form.Problems = append(t.Form.Problems, fmt.Errorf("the %s is changed by a transition: use jira_transition_issue", strings.ToLower(v.Name)))
		case err != nil || !names.IsRichText(meta) || text.IsBlank(v.Value) && v.Op != "clear":
			others = append(others, v)
		case v.Op == "clear":
			t.clear(ctx, meta)
		case v.Op == "add":
			t.Edit(ctx, meta.ID, names.TextEdit{Append: v.Value})
		case v.Op == "remove":
			t.Form.reject(meta, fmt.Errorf("%s does not support op remove; use op set or clear", meta.Name))
		default:
			t.Edit(ctx, meta.ID, names.TextEdit{Whole: v.Value})
		}
	}
	return others
}

// clear empties a text. It keeps the same promises.
func (t *TextEdits) clear(ctx context.Context, meta jira.FieldMeta) {
	held, err := names.DecodeStoredText(meta.Name, t.Issue.Fields[meta.ID])
	if err == nil && held != nil {
		t.replaced = append(t.replaced, meta)
		var report *adf.Report
		if _, report, err = t.Form.names.Edit(ctx, meta.Name, held, names.TextEdit{}, names.Place{}); err == nil {
			err = t.CheckLoss(meta, report)
		}
	}
	if err != nil {
		t.Form.reject(meta, err)
		return
	}
	t.Form.Clear(meta.ID)
}

// CheckLoss returns an error if an edit loses content. report comes from the
// edit: content behind a placeholder cannot be edited at all; other losses are
// noted in Removed if the caller allows them.
func (t *TextEdits) CheckLoss(meta jira.FieldMeta, report *adf.Report) error {
	if len(report.Ignored) > 0 {
		return fmt.Errorf("%s: only a placeholder is shown for %s (a macro, merged cells or the like). Leave its block exactly as shown; edit its content in Jira",
			meta.Name, quoted(names.Unique(report.Ignored)))
	}
	if len(report.Lost) == 0 {
		return nil
	}
	lost := joinLosses(report.Lost)
	if t.AllowLoss {
		t.Removed[meta.ID] = lost
		return nil
	}
	return fmt.Errorf("%s: this edit would remove %s. Keep the Markdown of each exactly as shown, or its <cut:…> line; to allow the removal, set allow_loss: true", meta.Name, lost)
}

// quoted joins texts in quotes.
func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%q", s))
	}
	return strings.Join(out, ", ")
}

// joinLosses describes losses; the first 20, and the number of the others.
func joinLosses(lost []adf.Loss) string {
	const most = 20
	var out []string
	for _, l := range lost {
		out = append(out, l.String())
	}
	if n := len(out); n > most {
		out = append(out[:most], fmt.Sprintf("%d more", n-most))
	}
	return strings.Join(out, "; ")
}

// exactLayout is the layout of a time that is compared later: to the
// millisecond, as Jira returns it.
const exactLayout = "2006-01-02T15:04:05.000Z07:00"

// UpdatedAt returns when an issue was last changed, to the millisecond, or
// Jira's text if it cannot be parsed.
func UpdatedAt(issue jira.Issue, zone *time.Location) string {
	at, err := time.Parse(jira.TimeLayout, names.Format(issue.Fields["updated"]))
	if err != nil {
		return names.Format(issue.Fields["updated"])
	}
	return at.In(zone).Format(exactLayout)
}

// CheckConflict returns an error if the issue was changed since the caller read
// it. It checks if the caller gave the time of the read, or if a text is
// replaced as a whole, which requires it. An edit with append or find needs
// none: it applies to the text as it is now.
//
// Somebody may still write between this check and the write, since Jira has no
// conditional write; [OverwrittenChanges] reports it afterwards.
func (t *TextEdits) CheckConflict(zone *time.Location) error {
	switch {
	case t.Updated == "" && len(t.replaced) == 0:
		return nil
	case t.Updated == "":
		return kit.NothingChanged("replacing the whole %s requires if_updated, as jira_get_issue showed it with the text, so that nobody's changes are overwritten; append, and find with replace, do not require it", t.replaced[0].Name)
	}
	read, err := time.Parse(exactLayout, strings.TrimSpace(t.Updated))
	if err != nil {
		if read, err = time.Parse(jira.TimeLayout, strings.TrimSpace(t.Updated)); err != nil {
			return kit.NothingChanged("if_updated is %q; it must be the value from jira_get_issue, to the millisecond", text.Shorten(t.Updated, 60))
		}
	}
	now, err := time.Parse(jira.TimeLayout, names.Format(t.Issue.Fields["updated"]))
	switch {
	case err == nil && now.Equal(read):
		return nil
	case err == nil && read.After(now):
		return kit.NothingChanged("if_updated is %s, which is later than the last change of %s; read it with jira_get_issue", t.Updated, t.Issue.Key)
	}
	return t.conflictError(read, zone)
}

// conflictError returns the error of a conflict: what changed since the read,
// and whether it concerns the fields of this edit. If it does not, the caller
// may repeat the call with the new time; else it has to read the issue again. A
// history that does not reach back to the read counts as concerned.
func (t *TextEdits) conflictError(read time.Time, zone *time.Location) error {
	changes, complete := ChangesSince(t.Issue, read)
	touched := !complete || slices.ContainsFunc(changes, func(c jira.Change) bool { return slices.ContainsFunc(c.Items, t.Form.isMentioned) })
	var fields []string
	for _, id := range t.Form.mentioned {
		fields = append(fields, t.Form.FieldName(id))
	}
	what := strings.Join(names.Unique(fields), ", ")
	next := fmt.Sprintf("Nobody else edited the fields of this edit (%s): to write them anyway, repeat the call with if_updated %s.", what, UpdatedAt(t.Issue, zone))
	if touched {
		next = fmt.Sprintf("Read it again with jira_get_issue and base the edit on the current values (%s).", what)
	}
	return &kit.NoEffectError{Err: fmt.Errorf("%s was updated since it was read (%s): %s", t.Issue.Key, t.Updated, t.describeChanges(changes, zone)), Note: "Nothing was changed.\n" + next}
}

// describeChanges describes who changed which fields; the same change by the
// same person is listed once, with its latest time, and at most ten are.
func (t *TextEdits) describeChanges(changes []jira.Change, zone *time.Location) string {
	var words []string
	for _, c := range changes {
		var changed []string
		for _, item := range c.Items {
			changed = append(changed, t.Form.FieldName(cmp.Or(item.FieldID, item.Field)))
		}
		change := AuthorName(c) + " changed " + strings.Join(names.Unique(changed), ", ")
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, change+" at ") }) {
			words = append(words, change+" at "+text.LocalTime(c.Created, zone))
		}
	}
	if len(words) == 0 {
		return "no field was changed, but something else was (a comment, a link, an attachment)"
	}
	const most = 10
	if n := len(words) - most; n > 0 {
		words = append(words[:most], fmt.Sprintf("%d more", n))
	}
	return strings.Join(words, "; ")
}

// AuthorName returns the name of the author of a change, or "somebody".
func AuthorName(c jira.Change) string {
	if c.Author == nil {
		return "somebody"
	}
	return cmp.Or(c.Author.DisplayName, "somebody")
}

// IsField reports whether an item of a change is of a field. If Jira gives no
// id, it names a system field by id and a custom one by name.
func IsField(item jira.ChangeItem, id, name string) bool {
	if item.FieldID != "" {
		return item.FieldID == id
	}
	return strings.EqualFold(item.Field, id) || strings.EqualFold(item.Field, name)
}

// ChangesSince returns an issue's changes after a time, newest first. complete
// is false if there may be more of them than the issue came with.
func ChangesSince(issue jira.Issue, at time.Time) (changes []jira.Change, complete bool) {
	if issue.Changelog == nil {
		return nil, false
	}
	for _, c := range issue.Changelog.Histories {
		when, err := time.Parse(jira.TimeLayout, c.Created)
		if err == nil && !when.After(at) {
			complete = true
			continue
		}
		changes = append(changes, c)
	}
	return changes, complete || len(issue.Changelog.Histories) >= issue.Changelog.Total
}

// EditedBy reports whether the history after before was read has a change by
// the user me of a field that the form sends: the edit was made, although its
// answer was lost.
func EditedBy(me jira.User, before, after jira.Issue, form *Form) bool {
	_, own := findOwnEdit(me, before, after, form)
	return own >= 0
}

// findOwnEdit returns the changes since the issue was read, newest first, and
// the index of this edit among them, or -1.
func findOwnEdit(me jira.User, before, after jira.Issue, form *Form) (changes []jira.Change, own int) {
	at, err := time.Parse(jira.TimeLayout, names.Format(before.Fields["updated"]))
	if err != nil {
		return nil, -1
	}
	changes, _ = ChangesSince(after, at)
	return changes, slices.IndexFunc(changes, func(c jira.Change) bool {
		return c.Author != nil && c.Author.AccountID == me.AccountID && slices.ContainsFunc(c.Items, form.isSent)
	})
}

// OverwrittenChanges describes the changes that others made between the check
// and the write and that the edit replaced, each with the value that is lost.
// The history has them just before this edit, so they follow it in the list,
// which is newest first.
func OverwrittenChanges(before, after jira.Issue, me jira.User, form *Form, zone *time.Location) []string {
	changes, own := findOwnEdit(me, before, after, form)
	if own < 0 {
		return nil
	}
	var out []string
	for _, c := range changes[own+1:] {
		for _, item := range c.Items {
			if form.isReplaced(item) {
				out = append(out, fmt.Sprintf("%s changed %s at %s, just before this edit replaced it. The value was: %s",
					AuthorName(c), form.FieldName(cmp.Or(item.FieldID, item.Field)), text.LocalTime(c.Created, zone), text.Shorten(text.OneLine(item.To), 500)))
			}
		}
	}
	return out
}

// GivenReplacement returns the arguments find and replace. An empty replacement
// removes the found text, so the decoder keeps empty texts in these arguments.
// Clients that fill in every argument send two empty texts, or "null" twice: these
// count as not given.
func GivenReplacement(find string, replace *string) (string, *string) {
	isEmpty := func(s string) bool { return s == "" || s == "null" || s == "undefined" }
	if isEmpty(find) && (replace == nil || isEmpty(*replace)) {
		return "", nil
	}
	return find, replace
}
