package issues

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// The comments of an issue are listed by the tool of this file, added in
// comments_add.go, and edited and deleted in comments_edit.go. comment_audience.go
// knows who reads them.

// commentTools has the handlers of the tools for comments.
type commentTools struct{ env.Env }

// newCommentTools returns the handlers for one Jira user.
func newCommentTools(e env.Env) *commentTools { return &commentTools{e} }

// defineCommentTools declares the tools for comments.
func defineCommentTools() []kit.Tool {
	return kit.Group(newCommentTools,
		kit.Define(kit.Spec{
			Name: "jira_add_comment", Title: "Comment on an issue", Effect: kit.Comment, Toolset: "issues", Default: true,
			Description: "Add a comment to an issue; @Ana Silva mentions and notifies. In service desks the comment is internal unless public is true.",
			Permissions: []string{"ADD_COMMENTS"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpAddComment), Optional: operation.Keys(jira.OpFindUsers, jira.OpFindAssignable, jira.OpAttachmentContent, jira.OpMyPermissions, jira.OpGetComment),
		}, (*commentTools).add),
		defineUpdateComment(), defineDeleteComment(), defineGetComments(),
	)
}

// defineGetComments declares jira_get_comments.
func defineGetComments() kit.Definition[*commentTools] {
	return kit.Define(kit.Spec{
		Name: "jira_get_comments", Title: "Get an issue's comments", Effect: kit.Read, Toolset: "comments",
		Description: "Get an issue's comments, oldest or newest first, by author or date. The newest few are in jira_get_issue.",
		Permissions: []string{"BROWSE_PROJECTS"},
		Requires:    operation.Keys(jira.OpGetComments, jira.OpMyself), Optional: operation.Keys(jira.OpGetIssue),
	}, (*commentTools).list)
}

// commentsInput has the arguments of jira_get_comments.
type commentsInput struct {
	Issue  string `json:"issue" doc:"key"`
	Newest bool   `json:"newest_first,omitempty"`
	Author string `json:"author,omitempty" doc:"part of the name"`
	Since  string `json:"since,omitempty" doc:"2026-01-31, 2 weeks ago"`
	Until  string `json:"until,omitempty"`
	Skip   int    `json:"skip,omitempty" min:"0" doc:"from the last answer"`
	Limit  int    `json:"limit,omitempty" min:"1" max:"100" default:"20"`
}

// Describe implements [kit.Describer].
func (in commentsInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// commentsOutput is the result of jira_get_comments.
type commentsOutput struct {
	Issue    string        `json:"issue"`
	Comments []commentView `json:"comments"`
	Total    int           `json:"total"`               // all comments of the issue, before the filters
	Next     int           `json:"next_skip,omitempty"` // the skip of the next page; 0 without one
	Note     string        `json:"note,omitempty"`

	offsets []int // the index of each comment among all of the issue
	newest  bool  // the first comment is the newest
	atLeast bool  // there are more than Total, and Jira does not say how many
	trimmed bool  // Trim was called
}

// Markdown implements [kit.Output].
func (o *commentsOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s has %s%d comments", o.Issue, map[bool]string{true: "more than "}[o.atLeast], o.Total)
	if len(o.Comments) == 0 {
		b.WriteString("; none match")
	}
	b.WriteByte('.')
	for _, c := range o.Comments {
		b.WriteString("\n\n" + c.markdown(m))
	}
	if o.Next > 0 {
		fmt.Fprintf(&b, "\n\nMore: skip %d", o.Next)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// Trim implements [kit.Trimmer]: it removes the last comments and sets Next so
// that the next page begins with them. If much room is left, a part of the next
// comment is shown. It keeps at least one comment; if that does not fit, it is
// cut, and the note says how to read on.
func (o *commentsOutput) Trim(room *kit.Room) bool {
	all, note := o.Comments, o.Note
	if len(all) == 0 || o.trimmed {
		return false
	}
	o.trimmed = true
	show := func(n, cut int) {
		o.Comments, o.Note, o.Next = slices.Clone(all[:n]), note, 0
		if n < len(all) {
			o.Next = o.offsets[n]
		}
		if cut > 0 {
			o.addCut(room, all[n], n, cut, note)
		}
	}
	n := 0
	if len(all) > 1 {
		n = room.Keep(0, len(all)-1, func(n int) { show(n, 0) })
	}
	if n > 0 && !room.IsRoomy() {
		return true
	}
	// Not even the first comment fits, or much room is left.
	room.Keep(1-min(n, 1), len([]rune(all[n].Body))-1, func(cut int) { show(n, cut) })
	return true
}

// addCut adds the first characters of a comment, the one at a place of the page,
// and says how to read the rest: the next page begins with it, unless it is too
// long for any page.
func (o *commentsOutput) addCut(room *kit.Room, c commentView, place, characters int, note string) {
	c.Body = endOfParagraph(string([]rune(c.Body)[:characters]))
	o.Comments = append(o.Comments, c)
	if place > 0 {
		o.Note = strings.TrimSpace(note + " The last comment is cut; the next page begins with it.")
		return
	}
	number, shown := o.offsets[0]+1, len([]rune(c.Body))
	if o.newest {
		number = o.Total - o.offsets[0]
	}
	o.Note = strings.TrimSpace(note + " " + room.Advice(fmt.Sprintf("The comment is cut at character %d; for the rest: jira_get_issue with comments_from %d and text_from %d.", shown, number, shown)))
	if o.Next = 0; len(o.offsets) > 1 {
		o.Next = o.offsets[1]
	}
}

// list handles jira_get_comments. It reads the comments page by page and
// filters them, until in.Limit comments match, the issue has no more, or 1,000
// comments were read. skip and next_skip count all comments of the issue and
// not the matching ones, so the next page continues where this one ended:
//
//	20 of 90 comments match; limit 10 → the first 10, next_skip 41 (the index of the 11th match)
func (c *commentTools) list(ctx context.Context, in commentsInput) (*commentsOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	zone, err := c.ShownZone(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := newEntryFilter(ctx, c.Env, in.Since, in.Until, in.Author, zone)
	if err != nil {
		return nil, err
	}
	out := &commentsOutput{Issue: key, Comments: []commentView{}, newest: in.Newest, Note: understoodPeriod(in.Since, in.Until, wanted.since, wanted.until)}
	if err := c.read(ctx, in, key, zone, wanted, out); err != nil {
		return nil, err
	}
	return out, c.clearPublic(ctx, key, out)
}

// clearPublic removes the state "public" of comments outside of service desks, where
// it says nothing. Jira returns the type of the project once; it is cached.
func (c *commentTools) clearPublic(ctx context.Context, key string, out *commentsOutput) error {
	if !slices.ContainsFunc(out.Comments, func(v commentView) bool { return v.Public }) {
		return nil
	}
	isDesk := false
	missing, err := env.Secondary(ctx, "the type of the project", func(ctx context.Context) (err error) {
		isDesk, err = c.Names.IsServiceDesk(ctx, key)
		return err
	})
	if missing != "" {
		kit.AddNote(ctx, missing+" In a service desk, comments that are not marked as internal are public.")
	}
	for n := range out.Comments {
		out.Comments[n].Public = out.Comments[n].Public && isDesk
	}
	return err
}

// read reads the comments of a call to [commentTools.list] into its output.
func (c *commentTools) read(ctx context.Context, in commentsInput, key string, zone *time.Location, wanted entryFilter, out *commentsOutput) error {
	place := in.Skip
	for one, err := range c.Jira.CommentsFrom(ctx, key, in.Skip, in.Newest, &out.Total) {
		if err != nil {
			return err
		}
		if place-in.Skip >= maxComments {
			out.Next, out.Note = place, strings.TrimSpace(out.Note+fmt.Sprintf(" Stopped after reading %d comments.", maxComments))
			break
		}
		at, _ := time.Parse(jira.TimeLayout, one.Created)
		matches := wanted.includesTime(at) && wanted.includesAuthor(one.Author)
		if matches && len(out.Comments) == in.Limit {
			out.Next = place
			break
		}
		if matches {
			out.Comments, out.offsets = append(out.Comments, newCommentView(one, zone)), append(out.offsets, place)
		}
		place++
	}
	if place > in.Skip && (out.Total < place || out.Total == place && out.Next > 0) { // Jira need not say how many there are
		out.Total, out.atLeast = place, out.Next > 0
	}
	return nil
}
