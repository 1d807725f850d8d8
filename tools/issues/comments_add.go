package issues

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// commentInput has the arguments of jira_add_comment.
type commentInput struct {
	Issue  string `json:"issue" doc:"key"`
	Body   string `json:"body" doc:"Markdown"`
	Public bool   `json:"public,omitempty" doc:"show it to service desk customers"`
	Only   string `json:"only_for,omitempty" doc:"role NAME or group NAME"`
	Reply  string `json:"reply_to,omitempty" doc:"id of a comment to quote"`
}

// commentOutput is the result of jira_add_comment. SeenBy says in words who can
// read the comment.
type commentOutput struct {
	Issue  string `json:"issue"`
	ID     string `json:"id,omitempty"`
	URL    string `json:"url"`
	SeenBy string `json:"seen_by"`
	// Mentioned are the people whom the comment mentions. Jira notifies those who
	// may see it.
	Mentioned []string `json:"mentioned,omitempty"`
	Note      string   `json:"note,omitempty" text:"lines"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (in commentInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// Describe implements [kit.Describer].
func (o *commentOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.Issue}}
}

// TakeNote implements [kit.NoteTaker].
func (o *commentOutput) TakeNote(text string) { o.Note = strings.TrimSpace(o.Note + "\n" + text) }

// Markdown implements [kit.Output].
func (o *commentOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	mentioned := text.PrefixIfSet("\nMentioned and notified, if they may see it: ", strings.Join(o.Mentioned, ", "))
	return fmt.Sprintf("Commented on %s%s, visible to %s.\n%s%s%s", o.Issue, text.PrefixIfSet(", id ", o.ID), o.SeenBy, o.URL, mentioned, text.PrefixIfSet("\n", o.Note))
}

// mentionedIn returns the names of the people whom a document mentions, each
// once: the whole name, if a part of it was written.
func (c *commentTools) mentionedIn(doc *adf.Node) []string {
	var out []string
	for n := range doc.All() {
		if n.Type != "mention" {
			continue
		}
		id := n.Attr("id")
		who := c.Names.DisplayName(id)
		if who == id { // not looked up by this server
			who = strings.TrimPrefix(n.Attr("text"), "@")
		}
		if !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	return out
}

// The texts of SeenBy for comments that are not restricted to a role or group.
const (
	seenByAll      = "everyone who can see the issue"
	seenByAgents   = "agents only (internal)"
	seenByCustomer = "the customer as well (public)"
)

// add handles jira_add_comment. In a service desk a comment is internal unless
// in.Public is set, since customers read public comments. After the write it
// checks that Jira kept an internal comment internal.
func (c *commentTools) add(ctx context.Context, in commentInput) (*commentOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	only, err := parseVisibility(in.Only)
	if err != nil {
		return nil, err
	}
	if only != nil && in.Public {
		return nil, kit.NothingSent("give either public or only_for, not both")
	}
	// The text is checked before the first request about the issue.
	body, err := c.Names.Document(ctx, "Comment", in.Body, names.Place{Issue: key})
	if err != nil {
		return nil, err
	}
	key, where, fields, err := issueAudience(ctx, c.Env, key)
	if err != nil {
		return nil, err
	}
	if in.Reply != "" {
		if body, err = c.quoteReply(ctx, key, in); err != nil {
			return nil, err
		}
	}
	if err := write.CheckPermission(ctx, c.Env, key, "ADD_COMMENTS", "comment on"); err != nil {
		return nil, err
	}
	comment := jira.NewComment{Body: body, Internal: where.marksInternal(in.Public), Visibility: only}
	if comment.Internal && where == AudienceServiceDesk {
		fields = write.WithoutCustomers(fields)
	}
	added, err := c.Jira.AddComment(ctx, key, comment)
	if write.IsDryRun(err) {
		out := &commentOutput{Issue: key, URL: c.Jira.BrowseURL(key), SeenBy: seenBy(where, in.Public, only)}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("comment on %s, visible to %s", key, out.SeenBy),
			Changes: []kit.Change{{Field: "Comment", After: form.CutMiddle(names.Markdown(body))}}, MayNotify: write.MayNotify(ctx, c.Env, fields, "", body)}
		return out, nil
	}
	lost, err := write.ClassifyError(explainVisibilityRefusal(err, only), "The comment", fmt.Sprintf(`jira_get_issue {"issues":[%q]} shows the newest comments`, key))
	if err != nil {
		return nil, err
	}
	out := &commentOutput{Issue: key, ID: added.ID, URL: c.Jira.BrowseURL(key), SeenBy: seenBy(where, in.Public, only), Mentioned: c.mentionedIn(body)}
	if lost {
		out.Note = "Jira accepted it, but its answer was lost, so the id is not known. Do not add it again."
		return out, nil
	}
	if added.ID != "" && out.URL != "" {
		out.URL += "?focusedCommentId=" + added.ID
	}
	if comment.Internal && where == AudienceServiceDesk && added.Public != nil && *added.Public {
		out.SeenBy = seenByCustomer
		out.Note = "It was sent as internal, but Jira made it public. If that is wrong, have it deleted at once."
	}
	return out, nil
}

// parseVisibility parses the readers of a restricted comment, "role Developers"
// or "group staff", also with a colon after the first word. It returns nil for
// "".
func parseVisibility(s string) (*jira.Visibility, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	kind, name, _ := strings.Cut(strings.Replace(s, ":", " ", 1), " ")
	kind, name = strings.ToLower(kind), strings.TrimSpace(name)
	if kind != "role" && kind != "group" || name == "" {
		return nil, kit.NothingSent("only_for must be role NAME or group NAME, such as role Developers, not %q", text.Shorten(s, 60))
	}
	return &jira.Visibility{Type: kind, Value: name}, nil
}

// seenBy returns in words who reads a comment.
func seenBy(where Audience, public bool, only *jira.Visibility) string {
	if only != nil {
		return only.Type + " " + only.Value + " only"
	}
	return where.seenBy(public)
}

// explainVisibilityRefusal adds to Jira's refusal (400) of a restricted comment
// which roles and groups are allowed. It returns other errors, and errors of
// comments without a restriction, as they are.
func explainVisibilityRefusal(err error, only *jira.Visibility) error {
	if only != nil && jira.IsStatus(err, http.StatusBadRequest) {
		return fmt.Errorf("only_for requires an existing role or group that includes this server's user; spell a role as in the project's settings (%w)", err)
	}
	return err
}

// maxQuotedChars is the number of characters of a comment that a reply quotes.
const maxQuotedChars = 400

// quoteReply returns the document of a reply: the first 400 characters of the
// comment as a quote, a mention of its author, and the new text. For example:
//
//	> Is this still a problem?
//
//	@Ana Silva Yes, since Monday.
//
// The quoted text is escaped, so that it cannot add mentions or links to a
// comment that this server's user writes.
func (c *commentTools) quoteReply(ctx context.Context, key string, in commentInput) (*adf.Node, error) {
	to, err := c.Jira.Comment(ctx, key, strings.TrimSpace(in.Reply))
	if err != nil {
		return nil, fmt.Errorf("reply_to: %w", err)
	}
	s := ""
	if doc := names.DecodeRichText(to.Body); doc != nil {
		s = strings.TrimSpace(adf.PlainText(doc))
	}
	var b strings.Builder
	for _, line := range strings.Split(text.Shorten(s, maxQuotedChars), "\n") {
		b.WriteString("> " + escapeMarkdown(line) + "\n")
	}
	if to.Author != nil && to.Author.AccountID != "" {
		fmt.Fprintf(&b, "\n[@%s](accountid:%s) ", escapeMarkdown(to.Author.DisplayName), to.Author.AccountID)
	}
	return c.Names.Document(ctx, "Comment", b.String()+in.Body, names.Place{Issue: key})
}

// escapeMarkdown puts a backslash before every character that has a meaning in
// Markdown or in mentions.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]()#+-.!|<>~@:&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
