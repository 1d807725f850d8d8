package issues

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// getIssueOutput is the result of jira_get_issue.
type getIssueOutput struct {
	Issues  []issueView `json:"issues"`
	Missing []string    `json:"missing,omitempty"` // absent, moved away or out of sight
	LeftOut []string    `json:"left_out,omitempty"`
}

// Describe implements [kit.Describer].
func (o *getIssueOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets()}
}

// targets returns the keys of the issues that were read.
func (o *getIssueOutput) targets() []string {
	out := []string{}
	for _, i := range o.Issues {
		out = append(out, i.Key)
	}
	return out
}

// issueView is an issue as it is shown.
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
	Fields        map[string]string `json:"fields,omitempty"` // the other fields, by name
	Parent        *IssueRef         `json:"parent,omitempty"`
	Links         []linkView        `json:"links,omitempty"`
	Children      []IssueRef        `json:"children,omitempty"`
	MoreChildren  bool              `json:"more_children,omitempty"`
	Attachments   []string          `json:"attachments,omitempty"`
	Watchers      []string          `json:"watchers,omitempty"`
	Moves         []transitionView  `json:"moves,omitempty"`
	Description   string            `json:"description,omitempty"`
	Comments      []commentView     `json:"comments,omitempty"`
	CommentsFrom  int               `json:"comments_from,omitempty"`
	CommentsTotal int               `json:"comments_total,omitempty"`
	Notes         []string          `json:"notes,omitempty"` // what was left out, and how to get it

	textFrom     int                 // the first character shown of a long text
	alone        bool                // only one text was asked for
	texts        map[string]longText // the rich texts, by field name
	moreComments string              // how to get those not shown
}

// IssueRef is an issue in one line.
type IssueRef struct {
	Key     string `json:"key"`
	Status  string `json:"status,omitempty"`
	Summary string `json:"summary,omitempty"`
}

func (r IssueRef) String() string {
	s := r.Key
	if r.Status != "" {
		s += " (" + r.Status + ")"
	}
	return strings.TrimSpace(s + " " + r.Summary)
}

// linkView is a link in words: this issue "blocks" that one.
type linkView struct {
	Phrase string   `json:"phrase"`
	Issue  IssueRef `json:"issue"`
}

// transitionView is a move open to this user.
type transitionView struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// commentView is a comment as it is shown.
type commentView struct {
	ID       string `json:"id"`
	Author   string `json:"author,omitempty"`
	Created  string `json:"created"`
	Edited   string `json:"edited,omitempty"`
	Internal bool   `json:"internal,omitempty"`
	OnlyFor  string `json:"only_for,omitempty"`
	Body     string `json:"body"`
}

// Markdown implements [kit.Output].
func (o *getIssueOutput) Markdown() string {
	var parts []string
	for _, v := range o.Issues {
		parts = append(parts, v.markdown())
	}
	if len(o.Missing) > 0 {
		parts = append(parts, "Not found, or not visible to this server's user: "+strings.Join(o.Missing, ", ")+".")
	}
	if len(o.LeftOut) > 0 {
		parts = append(parts, "Did not fit here, ask for them in another call: issues "+strings.Join(o.LeftOut, ", ")+".")
	}
	return strings.Join(parts, "\n\n")
}

func (v *issueView) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "\n"+format, args...) }
	fmt.Fprintf(&b, "# %s %s\n%s", v.Key, v.Summary, v.Type)
	for _, s := range []string{v.Status, text.Prefixed("resolution ", v.Resolution), v.Priority, text.Prefixed("assignee ", v.Assignee), text.Prefixed("reporter ", v.Reporter)} {
		if s != "" {
			b.WriteString(" | " + s)
		}
	}
	switch {
	case v.Created != "":
		line("created %s | updated %s", beside(v.Created, v.Updated), v.Updated)
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
		line("%s: %s", name, v.Fields[name])
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
		line("More children: jira_search with parent = %s", v.Key)
	}
	if len(v.Attachments) > 0 {
		line("Attachments: %s", strings.Join(v.Attachments, ", "))
	}
	if len(v.Watchers) > 0 {
		line("Watchers: %s", strings.Join(v.Watchers, ", "))
	}
	if len(v.Moves) > 0 {
		line("Moves: %s", moves(v.Moves))
	}
	for _, name := range long {
		line("\n## %s\n%s", name, v.Fields[name])
	}
	if v.Description != "" {
		line("\n## Description\n%s", v.Description)
	}
	v.writeComments(&b)
	for _, n := range v.Notes {
		line("\n[%s]", n)
	}
	return b.String()
}

func (v *issueView) writeComments(b *strings.Builder) {
	if v.CommentsTotal == 0 {
		return
	}
	shown := fmt.Sprintf("%d", v.CommentsTotal)
	if len(v.Comments) < v.CommentsTotal {
		shown = fmt.Sprintf("%d–%d of %d%s", v.CommentsFrom, v.CommentsFrom+len(v.Comments)-1, v.CommentsTotal, v.moreComments)
		if len(v.Comments) == 0 {
			shown = fmt.Sprintf("none of %d shown", v.CommentsTotal)
		}
	}
	fmt.Fprintf(b, "\n\n## Comments (%s)", shown)
	for _, c := range v.Comments {
		fmt.Fprintf(b, "\n\n### %s %s", c.Author, beside(c.Created, v.Updated))
		if v.moreComments == "" { // asked for by themselves
			b.WriteString(", id " + c.ID)
		}
		if c.Internal {
			b.WriteString(", internal")
		}
		b.WriteString(text.Prefixed(", edited ", beside(c.Edited, v.Updated)) + text.Prefixed(", only for ", c.OnlyFor) + "\n" + c.Body)
	}
}

// beside shortens a moment that is shown beside another with the same offset.
func beside(s, other string) string {
	const offset = len("+01:00")
	if n, m := len(s)-offset, len(other)-offset; n > 0 && m > 0 && s[n:] == other[m:] {
		return s[:n]
	}
	return s
}

// moves lists moves by the status they lead to, which is what a mover names;
// by their own name as well where two lead to one status.
func moves(list []transitionView) string {
	leading := map[string]int{}
	for _, m := range list {
		leading[m.To]++
	}
	var out []string
	for _, m := range list {
		if leading[m.To] > 1 {
			out = append(out, m.To+" ("+m.Name+")")
		} else {
			out = append(out, m.To)
		}
	}
	return strings.Join(out, "; ")
}

// Trim implements [kit.Trimmer]. The last issues go first; of a single issue
// the largest of its comments, its description and its long fields.
func (o *getIssueOutput) Trim(over int) bool {
	if n := len(o.Issues); n > 1 {
		o.LeftOut = append([]string{o.Issues[n-1].Key}, o.LeftOut...)
		o.Issues = o.Issues[:n-1]
		return true
	}
	if len(o.Issues) == 0 {
		return false
	}
	v := &o.Issues[0]
	comments := 0
	for _, c := range v.Comments {
		comments += len(c.Body)
	}
	field := v.longestField()
	switch most := max(comments, len(v.Description), len(v.Fields[field])); {
	case most < 1000:
		return false
	case most == comments && len(v.Comments) > 1:
		v.trimComments(over)
	case most == comments:
		c := &v.Comments[0]
		c.Body = v.cut(fmt.Sprintf("comment %d", v.CommentsFrom), c.Body, over, fmt.Sprintf("comments_from %d with text_from", v.CommentsFrom))
	case most == len(v.Description):
		v.Description = v.cutText(description, v.Description, over, "text_from")
	default:
		v.Fields[field] = v.cutText(field, v.Fields[field], over, fmt.Sprintf("fields [%q] with text_from", field))
	}
	return true
}

func (v *issueView) longestField() string {
	longest := ""
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		if len(v.Fields[name]) > len(v.Fields[longest]) {
			longest = name
		}
	}
	return longest
}

// trimComments leaves out comments: the older of the newest ones, which are
// shown unasked, or the later ones where they were asked for.
func (v *issueView) trimComments(over int) {
	newest := v.moreComments != ""
	for size := 0; len(v.Comments) > 1 && size < over; {
		gone := len(v.Comments) - 1
		if newest {
			gone = 0
			v.CommentsFrom++
		}
		size += len([]rune(v.Comments[gone].Body)) + 60
		v.Comments = slices.Delete(v.Comments, gone, gone+1)
	}
	if next := v.CommentsFrom + len(v.Comments); !newest {
		v.note("comments from", fmt.Sprintf("comments from %d on did not fit; for them: comments_from %d", next, next))
	}
}

// note says what was left out, once for each kind.
func (v *issueView) note(kind, text string) {
	v.Notes = slices.DeleteFunc(v.Notes, func(n string) bool { return strings.HasPrefix(n, kind) })
	v.Notes = append(v.Notes, text)
}
