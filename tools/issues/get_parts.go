package issues

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// needsScreens reports whether the fields that transitions require are shown: not
// for several issues, and only if a transition has a screen.
func needsScreens(issue jira.Issue, in getIssueInput) bool {
	return in.isSingle && slices.ContainsFunc(issue.Transitions, func(t jira.Transition) bool { return t.HasScreen })
}

// needs adds to the view the fields that the transitions require.
func (r *readTools) needs(ctx context.Context, issue jira.Issue, v *issueView) error {
	needs, err := r.Names.TransitionNeeds(ctx, issue)
	for n := range v.Transitions {
		for _, need := range needs[v.Transitions[n].ID] {
			need.Values = slices.Clone(need.Values) // the cache's own must not change
			v.Transitions[n].Needs = append(v.Transitions[n].Needs, need)
		}
	}
	return err
}

// newAttachmentView returns a file as the tool shows it.
func newAttachmentView(a jira.Attachment, zone *time.Location) attachmentView {
	return attachmentView{Name: a.Name, ID: a.ID, Author: a.Author.DisplayName, Created: text.LocalTime(a.Created, zone), Size: a.Size}
}

// maxChildren is the maximum number of children listed for an issue.
const maxChildren = 50

// hasChildren reports whether an issue is an epic or above epics (hierarchyLevel 1
// and higher).
func hasChildren(issue jira.Issue) bool {
	kind, _ := jira.Value[struct {
		Level int `json:"hierarchyLevel"`
	}](issue.Fields, "issuetype")
	return kind.Level >= 1
}

// children adds the children of an epic, or of an issue above epics, to the view.
// They are found with a search; subtasks, by contrast, are part of their parent
// issue.
func (r *readTools) children(ctx context.Context, issue jira.Issue, v *issueView) error {
	page, err := r.Jira.SearchPage(ctx, jira.Search{JQL: "parent = " + issue.Key + " ORDER BY key", Fields: []string{"summary", "status"}, Limit: maxChildren})
	if err != nil {
		return err
	}
	for _, c := range page.Issues {
		v.Children = append(v.Children, *newIssueRef(c))
	}
	v.MoreChildren = page.Next != "" || page.IsBrokenOff()
	return nil
}

// comments adds comments to the view, in order of creation: by default the
// newest ones; with include comments or comments_from, all comments from that
// number on.
//
// The issue itself contains only its first page of comments, which may be fewer
// than it has. There are three cases: the page is complete, and is sliced; all
// comments are wanted and the page is incomplete, so they are requested page by
// page; or the newest are wanted and the page is incomplete, so they are
// requested newest first and reversed.
func (r *readTools) comments(ctx context.Context, issue jira.Issue, in getIssueInput, zone *time.Location, v *issueView) error {
	held, ok := jira.Value[jira.CommentPage](issue.Fields, "comment")
	if !ok {
		return nil
	}
	v.CommentsTotal = max(held.Total, len(held.Comments))
	all := slices.Contains(in.Include, "comments") || in.CommentsFrom > 0
	list, first := held.Comments, max(in.CommentsFrom, 1)
	// A page without a total may not be all of them.
	switch complete := len(held.Comments) >= held.Total && (held.Total > 0 || len(held.Comments) == 0); {
	case all:
		if complete {
			list = list[min(first-1, len(list)):]
		} else {
			var err error
			var total int
			var more bool
			if list, total, more, err = r.commentsFrom(ctx, issue.Key, first-1); err != nil {
				return err
			}
			if read := first - 1 + len(list); len(list) > 0 && total <= read && len(list) < maxComments {
				v.CommentsTotal = max(v.CommentsTotal, read)
				if total < read && more { // Jira does not say how many more there are
					v.CommentsTotal, v.moreComments = read+1, true
				}
			} else if len(list) > 0 || total > 0 {
				v.CommentsTotal = max(total, v.CommentsTotal)
			}
		}
	case complete:
		first = max(len(list)-newestComments, 0) + 1
		list = list[first-1:]
	default:
		page, err := r.Jira.Comments(ctx, issue.Key, 0, newestComments, true)
		if err != nil {
			return err
		}
		list = page.Comments
		slices.Reverse(list)
		v.CommentsTotal = max(page.Total, v.CommentsTotal)
		first = max(v.CommentsTotal-len(list), 0) + 1
	}
	v.CommentsFrom = first
	if !all {
		v.commentsHint = "; include comments for all"
	}
	isDesk := AudienceOf(issue.Fields) == AudienceServiceDesk
	for _, c := range list {
		one := newCommentView(c, zone)
		one.Public = one.Public && isDesk // elsewhere the mark says nothing
		v.Comments = append(v.Comments, one)
	}
	return nil
}

// maxComments is the maximum number of comments read for one answer.
const maxComments = 1000

// commentsFrom requests an issue's comments, oldest first, from an index on
// that is counted from 0, and the number that Jira reports. It stops after
// maxComments, or when there are more than an answer can hold; more reports the
// latter.
func (r *readTools) commentsFrom(ctx context.Context, key string, start int) (out []jira.Comment, total int, more bool, _ error) {
	size := 0
	for c, err := range r.Jira.CommentsFrom(ctx, key, start, false, &total) {
		if err != nil {
			return nil, total, false, err
		}
		out = append(out, c)
		if size += utf8.RuneCountInString(names.Format(c.Body)); len(out) >= maxComments || size > kit.DefaultBudget {
			break
		}
	}
	return out, total, size > kit.DefaultBudget, nil
}

// newCommentView returns a comment as the tool shows it: timestamps in the
// user's zone, the body as Markdown. A comment is internal if Jira marks it as
// not public (jsdPublic), and restricted if it has a visibility, such as "role
// Administrators".
func newCommentView(c jira.Comment, zone *time.Location) commentView {
	v := commentView{ID: c.ID, Created: text.LocalTime(c.Created, zone), Body: names.Format(c.Body), Internal: c.Public != nil && !*c.Public, Public: c.Public != nil && *c.Public}
	if c.Author != nil {
		v.Author, v.Customer = c.Author.DisplayName, c.Author.IsCustomer()
	}
	if c.Updated != c.Created && c.Updated != "" {
		v.Edited = text.LocalTime(c.Updated, zone)
	}
	if c.Visibility != nil {
		v.OnlyFor = c.Visibility.Type + " " + c.Visibility.Value
	}
	return v
}
