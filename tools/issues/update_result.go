package issues

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// editedIssue is the result for one issue.
type editedIssue struct {
	Key     string            `json:"key,omitempty"`
	URL     string            `json:"url,omitempty"`
	Updated string            `json:"updated,omitempty"`          // the if_updated for the next edit of a whole description
	Set     map[string]string `json:"set,omitempty" text:"lines"` // the values that Jira stores now, by field name
	Was     map[string]string `json:"was,omitempty" text:"lines"` // the values before the edit
	Dropped []string          `json:"dropped,omitempty"`          // fields whose stored value differs from the given one
	Notes   []string          `json:"notes,omitempty"`
	Error   string            `json:"error,omitempty" text:"lines"` // why it was not edited

	prefix    string       // the first words of the text, before the key or the error
	unchanged bool         // nothing was sent
	preview   *kit.Preview // in a dry run
}

// markdown returns the text for one issue: the error, or the key with "field:
// before → after" lines, the values that Jira did not keep, and the notes.
func (o *editedIssue) markdown(m kit.Mark) string {
	if o.Error != "" {
		return o.Key + " " + o.prefix + o.Error
	}
	var b strings.Builder
	b.WriteString(o.prefix + " " + o.Key + " " + o.URL)
	b.WriteString(text.PrefixIfSet("\nupdated ", o.Updated))
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		b.WriteString("\n" + kit.Change{Field: name, Before: o.Was[name], After: o.Set[name]}.Text(m))
	}
	for _, d := range o.Dropped {
		b.WriteString("\nNot kept by Jira: " + d)
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// maxEdited is how many characters of the changed lines of a text an answer shows.
const maxEdited = 1000

// editedText returns what an edit made of a long text: the lines that changed,
// after and before, and that the rest is unchanged. If all of it changed, or the
// change is long, s is the length of the new text.
func editedText(before, after string) (s, was, rest string) {
	old, changed := form.DifferingLines(before, after)
	if before == "" || old == before || len(old)+len(changed) > maxEdited {
		return fmt.Sprintf("%d characters", len([]rune(after))), "", ""
	}
	return changed, old, fmt.Sprintf("the rest of its %d characters is unchanged.", len([]rune(after)))
}

// compareWithForm compares the issue after the edit with the form and returns
// the result: the fields that Jira stored as given, with their values before
// and after, and the fields that it did not. Of rich texts it gives the length,
// and notes removed content and texts that Jira stores in a different form.
func (e *updateTools) compareWithForm(before, after jira.Issue, filled *form.Form, texts *form.TextEdits) *editedIssue {
	out := &editedIssue{Key: after.Key, URL: e.Jira.BrowseURL(after.Key), Set: map[string]string{}, Was: map[string]string{}, Notes: texts.Notes, prefix: "Updated"}
	if len(after.Fields) == 0 {
		return out
	}
	for _, id := range filled.FieldIDs() {
		name, held := filled.FieldName(id), after.Fields[id]
		s := text.Shorten(text.OneLine(names.Format(held)), 200)
		if logged := filled.LoggedWork(id, after.Fields); logged != "" {
			out.Set[name] = logged
			continue
		}
		if !filled.IsStored(id, held) && filled.IsUncertain(id, held) {
			out.Set[name] = form.NotCompared(s)
			continue
		}
		if !filled.IsStored(id, held) {
			out.Dropped = append(out.Dropped, fmt.Sprintf("%s (it is %s; requested %s)", name, text.ValueOrEmpty(s), text.Shorten(filled.Requested[id], 80)))
			continue
		}
		if doc := names.DecodeRichText(held); doc != nil {
			var was, rest string
			s, was, rest = editedText(names.Format(before.Fields[id]), names.Markdown(doc))
			if was != "" {
				out.Was[name] = was
			}
			out.Notes = append(out.Notes, text.PrefixIfSet(name+": ", rest))
			if sent, ok := texts.Sent[id]; ok && names.Markdown(sent) != names.Markdown(doc) {
				out.Notes = append(out.Notes, name+": Jira stored it in a slightly different form; read it before the next edit.")
			}
		}
		if lost := texts.Removed[id]; lost != "" {
			out.Notes = append(out.Notes, "Removed from "+name+": "+lost+".")
		}
		out.Set[name] = text.ValueOrEmpty(s)
		if names.DecodeRichText(held) == nil && names.DecodeRichText(before.Fields[id]) == nil && id != "issuelinks" {
			out.Was[name] = text.ValueOrEmpty(text.Shorten(text.OneLine(names.Format(before.Fields[id])), 200))
		}
	}
	out.Notes = slices.DeleteFunc(out.Notes, text.IsBlank)
	if len(out.Set) == 0 {
		out.prefix = "Jira accepted the edit but stored none of it:"
	}
	return out
}
