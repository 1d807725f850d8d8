package tools

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// GetOut is the result of jira_get_issue.
type GetOut struct {
	Issues  []IssueView `json:"issues"`
	Missing []string    `json:"missing,omitempty"` // absent, moved away or out of sight
	LeftOut []string    `json:"left_out,omitempty"`

	zone  *time.Location
	asked GetIn
}

// IssueView is an issue as it is shown.
type IssueView struct {
	Key             string            `json:"key"`
	Type            string            `json:"type"`
	Status          string            `json:"status"`
	Summary         string            `json:"summary"`
	Priority        string            `json:"priority,omitempty"`
	Resolution      string            `json:"resolution,omitempty"`
	Assignee        string            `json:"assignee,omitempty"`
	Reporter        string            `json:"reporter,omitempty"`
	Created         string            `json:"created,omitempty"`
	Updated         string            `json:"updated,omitempty"`
	Labels          []string          `json:"labels,omitempty"`
	Fields          map[string]string `json:"fields,omitempty"` // the other fields, by name
	Parent          *IssueRef         `json:"parent,omitempty"`
	Links           []LinkView        `json:"links,omitempty"`
	Children        []IssueRef        `json:"children,omitempty"`
	MoreChildren    bool              `json:"more_children,omitempty"`
	Attachments     []string          `json:"attachments,omitempty"`
	Moves           []MoveView        `json:"moves,omitempty"`
	Description     string            `json:"description,omitempty"`
	DescriptionFrom int               `json:"description_from,omitempty"`
	Comments        []CommentView     `json:"comments,omitempty"`
	CommentsFrom    int               `json:"comments_from,omitempty"`
	CommentsTotal   int               `json:"comments_total,omitempty"`
	Notes           []string          `json:"notes,omitempty"` // what was left out, and how to get it

	DescriptionSize int `json:"-"` // of the whole, in characters
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

// LinkView is a link in words: this issue "blocks" that one.
type LinkView struct {
	Phrase string   `json:"phrase"`
	Issue  IssueRef `json:"issue"`
}

// MoveView is a move open to this user.
type MoveView struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// CommentView is a comment as it is shown.
type CommentView struct {
	ID       string `json:"id"`
	Author   string `json:"author,omitempty"`
	Created  string `json:"created"`
	Edited   string `json:"edited,omitempty"`
	Internal bool   `json:"internal,omitempty"`
	OnlyFor  string `json:"only_for,omitempty"`
	Body     string `json:"body"`
}

// Markdown implements [kit.Output].
func (o *GetOut) Markdown() string {
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

func (v *IssueView) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "\n"+format, args...) }
	fmt.Fprintf(&b, "# %s %s\n%s", v.Key, v.Summary, v.Type)
	for _, s := range []string{v.Status, v.Resolution, v.Priority, prefixed("assignee ", v.Assignee), prefixed("reporter ", v.Reporter)} {
		if s != "" {
			b.WriteString(" | " + s)
		}
	}
	if v.Updated != "" {
		line("created %s | updated %s", withoutOffset(v.Created), v.Updated)
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
	if len(v.Moves) > 0 {
		line("Moves: %s", moves(v.Moves))
	}
	for _, name := range long {
		line("\n## %s\n%s", name, v.Fields[name])
	}
	if v.Description != "" {
		line("\n## Description%s\n%s", prefixed(" from character ", positive(v.DescriptionFrom)), v.Description)
	}
	v.writeComments(&b)
	for _, n := range v.Notes {
		line("\n[%s]", n)
	}
	return b.String()
}

func (v *IssueView) writeComments(b *strings.Builder) {
	if v.CommentsTotal == 0 {
		return
	}
	shown := fmt.Sprintf("%d", v.CommentsTotal)
	if len(v.Comments) < v.CommentsTotal {
		shown = fmt.Sprintf("%d–%d of %d; include comments for all", v.CommentsFrom, v.CommentsFrom+len(v.Comments)-1, v.CommentsTotal)
		if len(v.Comments) == 0 {
			shown = fmt.Sprintf("none of %d shown", v.CommentsTotal)
		}
	}
	fmt.Fprintf(b, "\n\n## Comments (%s)", shown)
	for _, c := range v.Comments {
		fmt.Fprintf(b, "\n\n### %s %s", c.Author, withoutOffset(c.Created))
		if c.Internal {
			b.WriteString(", internal")
		}
		b.WriteString(prefixed(", edited ", withoutOffset(c.Edited)) + prefixed(", only for ", c.OnlyFor) + "\n" + c.Body)
	}
}

// withoutOffset shortens a moment under a heading that has the offset.
func withoutOffset(s string) string {
	if at, err := time.Parse(clockTime, s); err == nil {
		return at.Format("2006-01-02T15:04")
	}
	return s
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// moves lists moves by the status they lead to, which is what a mover names;
// by their own name as well where two lead to one status.
func moves(list []MoveView) string {
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
// the later comments, then the end of the description, then long fields.
func (o *GetOut) Trim(over int) bool {
	if n := len(o.Issues); n > 1 {
		o.LeftOut = append([]string{o.Issues[n-1].Key}, o.LeftOut...)
		o.Issues = o.Issues[:n-1]
		return true
	}
	if len(o.Issues) == 0 {
		return false
	}
	v := &o.Issues[0]
	switch {
	case len(v.Comments) > 1:
		v.trimComments(over)
	case len([]rune(v.Description)) > 2000:
		v.trimDescription(over)
	case len(v.Comments) == 1 && len([]rune(v.Comments[0].Body)) > 1000:
		v.cutComment(over)
	default:
		return v.trimFields()
	}
	return true
}

// trimComments leaves out comments: the later ones where all were asked for,
// else the older of the newest.
func (v *IssueView) trimComments(over int) {
	newest := v.CommentsTotal-v.CommentsFrom < newestComments
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

func (v *IssueView) trimDescription(over int) {
	runes := []rune(v.Description)
	keep := max(len(runes)-over-200, 1500)
	text := string(runes[:min(keep, len(runes))])
	if cut := strings.LastIndex(text, "\n\n"); cut > len(text)/2 {
		text = text[:cut] // at a block's end
	}
	v.Description = text
	next := v.DescriptionFrom + len([]rune(text))
	v.note("description cut", fmt.Sprintf("description cut at character %d of %d; for the rest: description_from %d", next, v.DescriptionSize, next))
}

func (v *IssueView) cutComment(over int) {
	runes := []rune(v.Comments[0].Body)
	keep := max(len(runes)-over-200, 500)
	v.Comments[0].Body = string(runes[:keep])
	v.note("comment ", fmt.Sprintf("comment %d cut at %d of %d characters", v.CommentsFrom, keep, len(runes)))
}

func (v *IssueView) trimFields() bool {
	longest := ""
	for name, text := range v.Fields {
		if len(text) > 300 && len(text) > len(v.Fields[longest]) {
			longest = name
		}
	}
	if longest == "" {
		return false
	}
	v.Fields[longest] = shorten(v.Fields[longest], 200)
	v.note(longest+" is cut", fmt.Sprintf("%s is cut; alone it may fit: fields [%q]", longest, longest))
	return true
}

// note says what was left out, once for each kind.
func (v *IssueView) note(kind, text string) {
	v.Notes = slices.DeleteFunc(v.Notes, func(n string) bool { return strings.HasPrefix(n, kind) })
	v.Notes = append(v.Notes, text)
}
