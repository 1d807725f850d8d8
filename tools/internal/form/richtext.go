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

// TextEdits are the edits of an issue's rich texts. They go into a form, and
// are held to two promises: nothing that Markdown shows only in part is
// removed unasked, and no text is replaced as a whole that somebody changed
// since it was read.
type TextEdits struct {
	Issue     jira.Issue
	Form      *Form
	Updated   string // what the read showed
	AllowLoss bool
	whole     []jira.FieldMeta     // texts that are replaced as a whole
	Sent      map[string]*adf.Node // by field id
	Removed   map[string]string    // what an edit removes with leave, by field id
	Notes     []string
}

// Edit puts the edit of a field's text into the form.
func (t *TextEdits) Edit(ctx context.Context, name string, e names.TextEdit) {
	meta, ok := t.Form.Find(name)
	if !ok || t.Form.taken(meta) {
		return
	}
	t.Form.Asked[meta.ID] = "the edited text"
	held, err := names.DecodeStoredText(meta.Name, t.Issue.Fields[meta.ID])
	switch {
	case err != nil:
		t.Form.wrong(meta, err)
		return
	case held == nil && e.Find != "":
		t.Form.wrong(meta, fmt.Errorf("%s is empty; there is nothing to find", meta.Name))
		return
	case held != nil && e.Whole != "":
		t.whole = append(t.whole, meta)
	}
	doc, report, err := t.Form.names.Edit(ctx, meta.Name, held, e)
	if err == nil {
		err = t.Judge(meta, report)
	}
	if err != nil {
		t.Form.wrong(meta, err)
		return
	}
	if held != nil && Same(held, doc) {
		t.Notes = append(t.Notes, meta.Name+" is as it was; it was not sent.")
		return
	}
	t.Sent[meta.ID], t.Form.Values[meta.ID] = doc, doc
}

func Same(a, b *adf.Node) bool {
	x, errX := a.MarshalJSON()
	y, errY := b.MarshalJSON()
	return errX == nil && errY == nil && string(x) == string(y)
}

// Take edits the rich texts among the fields, and returns the other fields.
func (t *TextEdits) Take(ctx context.Context, list []FieldValue) []FieldValue {
	var others []FieldValue
	for _, v := range list {
		meta, err := names.FindField(t.Form.Screen, v.Name)
		switch {
		case err != nil && (strings.EqualFold(v.Name, "status") || strings.EqualFold(v.Name, "resolution")):
			t.Form.Problems = append(t.Form.Problems, fmt.Errorf("the %s is changed by a move: jira_transition_issue", strings.ToLower(v.Name)))
		case err != nil || !names.IsRichText(meta) || text.Blank(v.Value) && v.Op != "clear":
			others = append(others, v)
		case v.Op == "clear":
			t.clear(ctx, meta)
		case v.Op == "add":
			t.Edit(ctx, meta.ID, names.TextEdit{Append: v.Value})
		case v.Op == "remove":
			t.Form.wrong(meta, fmt.Errorf("%s takes no remove; set it, or clear it", meta.Name))
		default:
			t.Edit(ctx, meta.ID, names.TextEdit{Whole: v.Value})
		}
	}
	return others
}

// clear empties a text, which is held to the same promises.
func (t *TextEdits) clear(ctx context.Context, meta jira.FieldMeta) {
	held, err := names.DecodeStoredText(meta.Name, t.Issue.Fields[meta.ID])
	if err == nil && held != nil {
		t.whole = append(t.whole, meta)
		var report *adf.Report
		if _, report, err = t.Form.names.Edit(ctx, meta.Name, held, names.TextEdit{}); err == nil {
			err = t.Judge(meta, report)
		}
	}
	if err != nil {
		t.Form.wrong(meta, err)
		return
	}
	t.Form.Clear(meta.ID)
}

// Judge refuses an edit that loses something.
func (t *TextEdits) Judge(meta jira.FieldMeta, report *adf.Report) error {
	if len(report.Ignored) > 0 {
		return fmt.Errorf("%s: of %s only a placeholder is shown (a macro, merged cells or the like). Leave its block exactly as it was shown; what is in it is edited in Jira",
			meta.Name, quoted(names.Unique(report.Ignored)))
	}
	if len(report.Lost) == 0 {
		return nil
	}
	lost := listed(report.Lost)
	if t.AllowLoss {
		t.Removed[meta.ID] = lost
		return nil
	}
	return fmt.Errorf("%s: this edit would remove %s. Keep the Markdown that stands for each, as it was shown; if they are to go, allow_loss: true", meta.Name, lost)
}

func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%q", s))
	}
	return strings.Join(out, ", ")
}

// listed names losses, each kind with its texts.
func listed(lost []adf.Loss) string {
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

// exactTime is how a moment is shown that is compared later.
const exactTime = "2006-01-02T15:04:05.000Z07:00"

// Exactly is when an issue was changed last.
func Exactly(issue jira.Issue, zone *time.Location) string {
	at, err := time.Parse(jira.TimeLayout, names.Format(issue.Fields["updated"]))
	if err != nil {
		return names.Format(issue.Fields["updated"])
	}
	return at.In(zone).Format(exactTime)
}

// Conflict refuses an edit when the issue was written since it was read, if it
// has to be, or was asked to be, held against that. Between this look and the
// write somebody may still write: Jira has no conditional write. [Overwritten]
// tells afterwards.
func (t *TextEdits) Conflict(zone *time.Location) error {
	switch {
	case t.Updated == "" && len(t.whole) == 0:
		return nil
	case t.Updated == "":
		return kit.NothingChanged("a whole new %s needs if_updated, as jira_get_issue showed it with the text, so that nobody's changes are overwritten; append, and find with replace, do not", t.whole[0].Name)
	}
	read, err := time.Parse(exactTime, strings.TrimSpace(t.Updated))
	if err != nil {
		if read, err = time.Parse(jira.TimeLayout, strings.TrimSpace(t.Updated)); err != nil {
			return kit.NothingChanged("if_updated is %q; it has to be what jira_get_issue shows, to the millisecond", text.Shorten(t.Updated, 60))
		}
	}
	now, err := time.Parse(jira.TimeLayout, names.Format(t.Issue.Fields["updated"]))
	switch {
	case err == nil && now.Equal(read):
		return nil
	case err == nil && read.After(now):
		return kit.NothingChanged("if_updated is %s, which is later than %s was written; read it with jira_get_issue", t.Updated, t.Issue.Key)
	}
	return t.describe(read, zone)
}

// describe says what changed since the issue was read, and whether that is
// what this edit is about.
func (t *TextEdits) describe(read time.Time, zone *time.Location) error {
	changes, complete := ChangesSince(t.Issue, read)
	touched := !complete || slices.ContainsFunc(changes, func(c jira.Change) bool { return slices.ContainsFunc(c.Items, t.Form.means) })
	var fields []string
	for _, id := range t.Form.meant {
		fields = append(fields, t.Form.Name(id))
	}
	what := strings.Join(names.Unique(fields), ", ")
	next := fmt.Sprintf("What this edit is about (%s) was not changed: to write it all the same, send the same call with if_updated %s.", what, Exactly(t.Issue, zone))
	if touched {
		next = fmt.Sprintf("Read it again with jira_get_issue, and edit it as it is now (%s).", what)
	}
	return &kit.UntouchedError{Err: fmt.Errorf("%s was written since it was read (%s): %s", t.Issue.Key, t.Updated, t.inWords(changes, zone)), Note: "Nothing was changed.\n" + next}
}

// inWords says who changed what, each once.
func (t *TextEdits) inWords(changes []jira.Change, zone *time.Location) string {
	var words []string
	for _, c := range changes {
		var changed []string
		for _, item := range c.Items {
			changed = append(changed, t.Form.Name(cmp.Or(item.FieldID, item.Field)))
		}
		said := AuthorOf(c) + " changed " + strings.Join(names.Unique(changed), ", ")
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, said+" at ") }) {
			words = append(words, said+" at "+text.Local(c.Created, zone))
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

func AuthorOf(c jira.Change) string {
	if c.Author == nil {
		return "somebody"
	}
	return cmp.Or(c.Author.DisplayName, "somebody")
}

// IsField reports whether a change is of a field. Jira names a system field by
// id and a custom one by name where it gives no id.
func IsField(item jira.ChangeItem, id, name string) bool {
	if item.FieldID != "" {
		return item.FieldID == id
	}
	return strings.EqualFold(item.Field, id) || strings.EqualFold(item.Field, name)
}

// ChangesSince are the changes after a moment, newest first; complete unless
// there may be more than the issue holds.
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

// EditedBy reports whether the history has an edit of these fields by a user
// since.
func EditedBy(me jira.User, before, after jira.Issue, form *Form) bool {
	_, own := ownEdit(me, before, after, form)
	return own >= 0
}

// ownEdit finds this edit among the changes since the issue was read; -1 where
// it is not there.
func ownEdit(me jira.User, before, after jira.Issue, form *Form) (changes []jira.Change, own int) {
	at, err := time.Parse(jira.TimeLayout, names.Format(before.Fields["updated"]))
	if err != nil {
		return nil, -1
	}
	changes, _ = ChangesSince(after, at)
	return changes, slices.IndexFunc(changes, func(c jira.Change) bool {
		return c.Author != nil && c.Author.AccountID == me.AccountID && slices.ContainsFunc(c.Items, form.sends)
	})
}

// Overwritten tells of changes that others made to what was just written,
// between the look at the issue and the write: they are in the changelog
// behind this edit.
func Overwritten(before, after jira.Issue, me jira.User, form *Form, zone *time.Location) []string {
	changes, own := ownEdit(me, before, after, form)
	if own < 0 {
		return nil
	}
	var out []string
	for _, c := range changes[own+1:] {
		for _, item := range c.Items {
			if form.replaces(item) {
				out = append(out, fmt.Sprintf("%s changed %s at %s, a moment before this edit, which replaced it. It was: %s",
					AuthorOf(c), form.Name(cmp.Or(item.FieldID, item.Field)), text.Local(c.Created, zone), text.Shorten(text.OneLine(item.To), 500)))
			}
		}
	}
	return out
}
