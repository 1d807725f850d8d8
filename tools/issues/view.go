package issues

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// getIssueOutput is the result of jira_get_issue.
type getIssueOutput struct {
	Issues  []issueView `json:"issues"`
	Missing []string    `json:"missing,omitempty"` // keys without an issue that the user can see, and arguments that are no keys
	LeftOut []string    `json:"left_out,omitempty"`
}

// Describe implements [kit.Describer].
func (o *getIssueOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets()}
}

// targets returns the keys of the issues that were read, for the audit line.
func (o *getIssueOutput) targets() []string {
	out := []string{}
	for _, i := range o.Issues {
		out = append(out, i.Key)
	}
	return out
}

// issueView is an issue as the tool shows it. Its unexported fields keep what
// Trim needs to shorten it.
type issueView struct {
	Key           string            `json:"key"`
	Type          string            `json:"type"`
	Status        string            `json:"status"`
	Summary       string            `json:"summary"`
	Priority      string            `json:"priority,omitempty"`
	Resolution    string            `json:"resolution,omitempty"`
	Assignee      string            `json:"assignee,omitempty"`
	Reporter      string            `json:"reporter,omitempty"`
	Created       string            `json:"created,omitempty"`
	Updated       string            `json:"updated,omitempty"`
	Labels        []string          `json:"labels,omitempty"`
	Fields        map[string]string `json:"fields,omitempty" text:"lines"` // the fields without a member of their own, by display name
	Parent        *IssueRef         `json:"parent,omitempty"`
	Links         []linkView        `json:"links,omitempty"`
	Children      []IssueRef        `json:"children,omitempty"`
	MoreChildren  bool              `json:"more_children,omitempty"`
	Attachments   []attachmentView  `json:"attachments,omitempty"`
	Watchers      []string          `json:"watchers,omitempty"`
	Transitions   []transitionView  `json:"moves,omitempty"`
	Description   string            `json:"description,omitempty" text:"lines"`
	Comments      []commentView     `json:"comments,omitempty"`
	CommentsFrom  int               `json:"comments_from,omitempty"`
	CommentsTotal int               `json:"comments_total,omitempty"`
	Notes         []string          `json:"notes,omitempty"` // the omitted parts, with the argument that retrieves each of them

	textFrom     int                 // offset of the first shown character of a continued text
	singleText   bool                // whether the call selects a single text, which Trim then never omits completely
	richTexts    map[string]richText // the documents of the rich texts, by display name, and of the description
	moreComments bool                // there may be more comments than CommentsTotal
	commentsHint string              // how to get the other comments; "" if the call asked for comments
	// noAttachments reports that the issue has none, of a view of all fields.
	noAttachments bool
	now           string // the present moment, beside a due date
}

// Markdown implements [kit.Output].
func (o *getIssueOutput) Markdown(m kit.Mark) string {
	var parts []string
	for _, v := range o.Issues {
		parts = append(parts, v.markdown(m))
	}
	if len(o.Missing) > 0 {
		parts = append(parts, "Not found, or not visible to this server's user: "+strings.Join(o.Missing, ", ")+".")
	}
	if len(o.LeftOut) > 0 {
		parts = append(parts, "Did not fit; request them in another call: issues "+strings.Join(o.LeftOut, ", ")+".")
	}
	return strings.Join(parts, "\n\n")
}

// markdown returns the issue as Markdown: the title and a line of properties,
// one line for each short field, link and child, then a section for each long
// field, the description and the comments, and last the notes in brackets. A
// field is long if its value has several lines.
func (v *issueView) markdown(m kit.Mark) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "\n"+format, args...) }
	fmt.Fprintf(&b, "# %s %s\n%s", v.Key, v.Summary, v.Type)
	for _, s := range []string{v.Status, text.PrefixIfSet("resolution ", v.Resolution), v.Priority, text.PrefixIfSet("assignee ", v.Assignee), text.PrefixIfSet("reporter ", v.Reporter)} {
		if s != "" {
			b.WriteString(" | " + s)
		}
	}
	switch {
	case v.Created != "":
		line("created %s | updated %s", v.Created, v.Updated)
	case v.Updated != "":
		line("updated %s", v.Updated)
	}
	if len(v.Labels) > 0 {
		line("Labels: %s", strings.Join(v.Labels, ", "))
	}
	var long []string
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		if strings.Contains(v.Fields[name], "\n") {
			long = append(long, name)
			continue
		}
		line("%s: %s", kit.Line(name), kit.Line(v.Fields[name]))
	}
	if v.Parent != nil {
		line("Parent: %s", v.Parent)
	}
	for _, l := range v.Links {
		line("%s %s", l.Phrase, l.Issue)
	}
	for _, c := range v.Children {
		line("Child: %s", c)
	}
	if v.MoreChildren {
		line("More children: search with the JQL parent = %s", v.Key)
	}
	if len(v.Attachments) > 0 {
		var files []string
		for _, a := range v.Attachments {
			files = append(files, a.String())
		}
		line("Attachments: %s", strings.Join(files, "; "))
	} else if v.noAttachments {
		line("No attachments.")
	}
	if len(v.Watchers) > 0 {
		line("Watchers: %s", strings.Join(v.Watchers, ", "))
	}
	if len(v.Transitions) > 0 {
		line("Transitions: %s", transitionNames(v.Transitions))
	}
	for _, name := range long {
		line("\n## %s\n%s", kit.Line(name), m.Block(v.Fields[name]))
	}
	if v.Description != "" {
		line("\n## Description\n%s", m.Block(v.Description))
	}
	v.writeComments(&b, m)
	if v.now != "" {
		line("\n[%s]", v.now)
	}
	for _, n := range v.Notes {
		line("\n[%s]", n)
	}
	return b.String()
}

// writeComments writes the section with the comments. Its heading says which of
// them are shown: "Comments (3)" if all are, or "Comments (6–10 of 10; include
// comments for all)".
func (v *issueView) writeComments(b *strings.Builder, m kit.Mark) {
	if v.CommentsTotal == 0 {
		return
	}
	shown := fmt.Sprintf("%d", v.CommentsTotal)
	if len(v.Comments) < v.CommentsTotal {
		shown = fmt.Sprintf("%d–%d of %d%s", v.CommentsFrom, v.CommentsFrom+len(v.Comments)-1, v.CommentsTotal, v.commentsHint)
		if v.moreComments {
			shown = fmt.Sprintf("%d–%d of at least %d%s", v.CommentsFrom, v.CommentsFrom+len(v.Comments)-1, v.CommentsTotal, v.commentsHint)
		}
		if len(v.Comments) == 0 {
			shown = fmt.Sprintf("none of %d shown", v.CommentsTotal)
		}
	}
	fmt.Fprintf(b, "\n\n## Comments (%s)", shown)
	for _, c := range v.Comments {
		b.WriteString("\n\n" + c.markdown(m))
	}
}

// Trim implements [kit.Trimmer]. Of several issues it leaves out the last ones
// and lists their keys; if much room is left, it shows a part of the next one.
// Of a single issue it shortens a part.
func (o *getIssueOutput) Trim(room *kit.Room) bool {
	all := o.Issues
	if len(all) == 0 {
		return false
	}
	if len(all) == 1 {
		return all[0].trim(room)
	}
	left := o.LeftOut
	show := func(n int) {
		o.Issues, o.LeftOut = all[:n], nil
		for _, one := range all[n:] {
			o.LeftOut = append(o.LeftOut, one.Key)
		}
		o.LeftOut = append(o.LeftOut, left...)
	}
	n := room.Keep(1, len(all)-1, show)
	if !room.Fits() || !room.IsRoomy() {
		return true
	}
	show(n + 1)
	for !room.Fits() {
		if !all[n].trim(room) { // its rest alone is too large
			show(n)
			break
		}
	}
	return true
}

// minTrimmed is the size of a part of an issue, in characters, below which it is
// not shortened, since the rest of an issue is small then.
const minTrimmed = 1000

// trim shortens the largest of three parts of an issue: the comments (all of them
// together), the description, and the longest other field. It reports whether the
// answer became smaller.
func (v *issueView) trim(room *kit.Room) bool {
	before := room.Over()
	comments := 0
	for _, c := range v.Comments {
		comments += utf8.RuneCountInString(c.Body)
	}
	field := v.longestField()
	described := utf8.RuneCountInString(v.Description)
	switch most := max(comments, described, utf8.RuneCountInString(v.Fields[field])); {
	case most < minTrimmed:
		return false
	case most == comments && len(v.Comments) > 1:
		v.trimComments(room)
	case most == comments:
		c := &v.Comments[0]
		if next := v.CommentsFrom + 1; v.commentsHint == "" && next <= v.CommentsTotal {
			v.setNote("comments from", fmt.Sprintf("comments from %d on did not fit; to read them: comments_from %d", next, next))
		}
		v.cutPlainText(room, fmt.Sprintf("comment %d", v.CommentsFrom), c.Body, fmt.Sprintf("comments_from %d with text_from", v.CommentsFrom), func(s string) { c.Body = s })
	case most == described:
		v.cutText(room, description, v.Description, "text_from", func(s string) { v.Description = s })
	default:
		v.cutText(room, field, v.Fields[field], fmt.Sprintf("fields [%q] with text_from", field), func(s string) { v.Fields[field] = s })
	}
	return room.Over() < before
}

// longestField returns the name of the field with the longest value, or "" if
// there are no fields. The names are sorted so that the result does not depend
// on the order of the map.
func (v *issueView) longestField() string {
	longest := ""
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		if len(v.Fields[name]) > len(v.Fields[longest]) {
			longest = name
		}
	}
	return longest
}

// setNote adds a note about an omitted part. It replaces an earlier note that
// begins with kind, since Trim may shorten the same part repeatedly.
func (v *issueView) setNote(kind, text string) {
	v.removeNote(kind)
	v.Notes = append(v.Notes, text)
}

// removeNote removes the notes that begin with kind.
func (v *issueView) removeNote(kind string) {
	v.Notes = slices.DeleteFunc(v.Notes, func(n string) bool { return strings.HasPrefix(n, kind) })
}
