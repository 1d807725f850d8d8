package issues

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// linkTools is the receiver of the tools that link issues to other issues and
// to web pages.
type linkTools struct{ env.Env }

// newLinkTools returns the receiver of the link tools for one user.
func newLinkTools(e env.Env) *linkTools { return &linkTools{e} }

// defineLinkTools declares jira_link_issues and jira_unlink_issues.
func defineLinkTools() []kit.Tool {
	return kit.Group(newLinkTools,
		kit.Define(kit.Spec{
			Name: "jira_link_issues", Title: "Link issues", Effect: kit.Edit, Toolset: "links", Default: true,
			Description: "Link an issue to another, read as a sentence: PAY-1, blocks, PAY-2. Or link it to a web page, with its address as target.",
			Permissions: []string{"LINK_ISSUES"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpLinkTypes, jira.OpLinkIssues), Optional: operation.Keys(jira.OpAddRemoteLink, jira.OpMyPermissions),
		}, (*linkTools).link),
		kit.Define(kit.Spec{
			Name: "jira_unlink_issues", Title: "Remove links", Effect: kit.Edit, Toolset: "links",
			Description: "Remove a link between two issues, or between an issue and a web page. words is required only if they have several links.",
			Permissions: []string{"LINK_ISSUES"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpDeleteLink), Optional: operation.Keys(jira.OpRemoteLinks, jira.OpDeleteRemoteLink, jira.OpMyPermissions),
		}, (*linkTools).unlink),
	)
}

// linkInput holds the arguments of jira_link_issues. Issue, words and target
// read as a sentence: "PAY-1", "blocks", "PAY-2". A web page as target takes a
// title instead of words.
type linkInput struct {
	Issue  string `json:"issue" doc:"key"`
	Words  string `json:"words,omitempty" doc:"e.g. blocks, is blocked by, relates to"`
	Target string `json:"target" doc:"key or https address"`
	Title  string `json:"title,omitempty" doc:"page title"`
}

// unlinkInput holds the arguments of jira_unlink_issues.
type unlinkInput struct {
	Issue  string `json:"issue" doc:"key"`
	Words  string `json:"words,omitempty"`
	Target string `json:"target" doc:"key or https address"`
}

// Describe implements [kit.Describer].
func (in linkInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue, in.Target)}
}

// Describe implements [kit.Describer].
func (in unlinkInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue, in.Target)}
}

// linkOutput is the result of the tools that create and remove links.
type linkOutput struct {
	Issue string   `json:"issue"`
	Did   string   `json:"did"`
	Links []string `json:"links,omitempty"` // the issue's links to the target after the call
	Note  string   `json:"note,omitempty"`
	kit.DryRunResult

	unchanged bool
}

// Describe implements [kit.Describer].
func (o *linkOutput) Describe() kit.Description {
	return kit.Description{Unchanged: o.unchanged}
}

// Markdown implements [kit.Output].
func (o *linkOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	return o.Did + text.PrefixIfSet("\n", o.Note)
}

// pageURL returns the address of a web page, or "" if the target is not an http
// or https address, or is the address of an issue, which is linked as an issue.
func pageURL(target string) string {
	target = strings.TrimSpace(target)
	if _, isIssue := keys.FromURL(target); isIssue {
		return "" // the address of an issue
	}
	if u, err := url.Parse(target); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return target
	}
	return ""
}

// link creates a link between two issues, or to a web page.
//
// It sends nothing if the link exists already; Jira itself would accept the
// request and change nothing. After the write it reads the issue back, because
// Jira's answer to the write does not describe the link. A dry run also checks
// that the target exists, which otherwise Jira does.
func (l *linkTools) link(ctx context.Context, in linkInput) (*linkOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if address := pageURL(in.Target); address != "" {
		return l.linkPage(ctx, key, address, in)
	}
	other, err := keys.Parse(in.Target)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if text.IsBlank(in.Words) {
		return nil, l.missingWordsError(ctx)
	}
	kind, outward, err := l.Names.LinkType(ctx, in.Words)
	if err != nil {
		return nil, err
	}
	before, err := l.Jira.GetIssue(ctx, key, []string{"summary", "issuelinks"}, nil)
	if err != nil {
		return nil, err
	}
	key = before.Key
	link := names.Link{Type: kind, Outward: outward, Other: other}
	sentence := fmt.Sprintf("%s %s %s", key, link.Phrase(), other)
	if key == other {
		return nil, kit.NothingChanged("an issue cannot be linked to itself")
	}
	if len(linksTo(before, other, link.Phrase())) > 0 {
		return &linkOutput{Issue: key, Did: "Already linked: " + sentence + "; nothing was sent.", unchanged: true}, nil
	}
	if err := write.CheckPermission(ctx, l.Env, key, "LINK_ISSUES", "link"); err != nil {
		return nil, err
	}
	err = createLink(ctx, l.Env, key, link)
	if write.IsDryRun(err) {
		if _, err := l.Jira.GetIssue(ctx, other, []string{"summary"}, nil); err != nil {
			return nil, fmt.Errorf("target: %w", err)
		}
		out := &linkOutput{Issue: key, Did: sentence}
		out.DryRun = &kit.Preview{Summary: "link: " + sentence}
		return out, nil
	}
	if _, err = write.ClassifyError(err, "The link", fmt.Sprintf(`jira_get_issue {"issues":[%q]} shows the links`, key)); err != nil {
		if jira.IsMissing(err) {
			return nil, fmt.Errorf("target: %w", err)
		}
		return nil, err
	}
	// Jira's answer does not describe the link, so read the issue back.
	out := &linkOutput{Issue: key, Did: "Linked: " + sentence + "."}
	after, err := l.Jira.GetIssue(ctx, key, []string{"issuelinks"}, nil)
	if err != nil {
		out.Note = "Jira accepted it, but the issue could not be read back: " + kit.ErrorText(err)
		return out, nil
	}
	for _, held := range linksTo(after, "", "") {
		if strings.EqualFold(linkedKey(held), other) {
			out.Links = append(out.Links, linkPhrase(held)+" "+linkedKey(held))
		}
	}
	// The target may have moved and have another key now, so compare numbers.
	if len(linksTo(after, "", "")) == len(linksTo(before, "", "")) {
		out.Note = "Jira accepted it, but the issue does not show the link. Check the issue before trying again."
	}
	return out, nil
}

// missingWordsError returns the error for a call without words. It lists the
// phrases of all link types.
func (l *linkTools) missingWordsError(ctx context.Context) error {
	types, err := l.Names.LinkTypes(ctx)
	if err != nil {
		return err
	}
	var phrases []string
	for _, t := range types {
		phrases = append(phrases, t.Outward, t.Inward)
	}
	return kit.NothingChanged("words is required; allowed values: %s", strings.Join(names.Unique(phrases), ", "))
}

// linksTo returns an issue's links to another issue with the given words. An
// empty key or empty words match any.
func linksTo(issue jira.Issue, other, words string) []jira.Link {
	return slices.DeleteFunc(listOf[jira.Link](issue.Fields, "issuelinks"), func(l jira.Link) bool {
		return other != "" && !strings.EqualFold(linkedKey(l), other) || words != "" && !linkHasWords(l, strings.TrimSpace(words))
	})
}

// linkHasWords reports whether a link has these words, seen from the issue that
// lists it. The name of a link type matches both directions, unless it is also
// the phrase of one: with the type "Relates", whose phrases are "relates to",
// the word "Relates" matches every link of the type; if a phrase is itself
// "Blocks", that word matches only links in its direction.
func linkHasWords(l jira.Link, words string) bool {
	if strings.EqualFold(words, l.Type.Inward) || strings.EqualFold(words, l.Type.Outward) {
		return strings.EqualFold(words, linkPhrase(l))
	}
	return strings.EqualFold(words, l.Type.Name)
}

// linkedKey returns the key of the issue at the other end of a link, or "" if
// Jira returned neither end.
func linkedKey(l jira.Link) string {
	switch {
	case l.Outward != nil:
		return l.Outward.Key
	case l.Inward != nil:
		return l.Inward.Key
	}
	return ""
}

// linkPhrase returns the phrase of a link as seen from the issue that lists it.
func linkPhrase(l jira.Link) string {
	if l.Outward != nil {
		return l.Type.Outward
	}
	return l.Type.Inward
}

// linkPage links an issue to a web page. The title defaults to the address.
func (l *linkTools) linkPage(ctx context.Context, key, address string, in linkInput) (*linkOutput, error) {
	if !text.IsBlank(in.Words) {
		return nil, kit.NothingChanged("a link to a page has no words; use title instead")
	}
	title := strings.TrimSpace(in.Title)
	if title == "" {
		title = address
	}
	if err := write.CheckPermission(ctx, l.Env, key, "LINK_ISSUES", "link"); err != nil {
		return nil, err
	}
	err := l.Jira.AddRemoteLink(ctx, key, address, title)
	if write.IsDryRun(err) {
		out := &linkOutput{Issue: key, Did: "link " + address}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("link %s to the page %s (%s)", key, address, title)}
		return out, nil
	}
	if _, err = write.ClassifyError(err, "The link", fmt.Sprintf(`jira_get_issue {"issues":[%q]}`, key)); err != nil {
		return nil, err
	}
	return &linkOutput{Issue: key, Did: fmt.Sprintf("Linked %s to the page %s (%s).", key, address, title)}, nil
}

// unlink removes the one link between two issues that matches the words, or the
// link to a web page. If no link or several links match, it changes nothing and
// the error lists the issue's links.
func (l *linkTools) unlink(ctx context.Context, in unlinkInput) (*linkOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if address := pageURL(in.Target); address != "" {
		return l.unlinkPage(ctx, key, address)
	}
	other, err := keys.Parse(in.Target)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	issue, err := l.Jira.GetIssue(ctx, key, []string{"issuelinks"}, nil)
	if err != nil {
		return nil, err
	}
	found := linksTo(issue, other, in.Words)
	var all []string
	for _, held := range linksTo(issue, "", "") {
		all = append(all, linkPhrase(held)+" "+linkedKey(held))
	}
	switch {
	case len(all) == 0:
		return nil, kit.NothingChanged("%s has no links", issue.Key)
	case len(found) == 0:
		return nil, kit.NothingChanged("%s has no such link to %s. Its links: %s", issue.Key, other, strings.Join(all, "; "))
	case len(found) > 1:
		return nil, kit.NothingChanged("%s has several links to %s; set words to choose one. Its links: %s", issue.Key, other, strings.Join(all, "; "))
	}
	sentence := fmt.Sprintf("%s %s %s", issue.Key, linkPhrase(found[0]), linkedKey(found[0]))
	if err := write.CheckPermission(ctx, l.Env, issue.Key, "LINK_ISSUES", "unlink"); err != nil {
		return nil, err
	}
	err = l.Jira.DeleteLink(ctx, found[0].ID)
	if write.IsDryRun(err) {
		out := &linkOutput{Issue: issue.Key, Did: sentence}
		out.DryRun = &kit.Preview{Summary: "remove the link: " + sentence}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The removal", fmt.Sprintf(`jira_get_issue {"issues":[%q]} shows the links`, issue.Key))
	if err != nil {
		return nil, err
	}
	out := &linkOutput{Issue: issue.Key, Did: "Removed the link: " + sentence + "."}
	if lost {
		out.Note = "Jira accepted it; its answer was lost."
	}
	return out, nil
}

// unlinkPage removes the link of an issue to a web page with exactly this
// address. If there is none, the error lists the addresses of the issue's
// pages.
func (l *linkTools) unlinkPage(ctx context.Context, key, address string) (*linkOutput, error) {
	list, err := l.Jira.RemoteLinks(ctx, key)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(r jira.RemoteLink) bool { return r.Object.URL == address })
	if at < 0 {
		var all []string
		for _, r := range list {
			all = append(all, r.Object.URL)
		}
		return nil, kit.NothingChanged("%s is not linked to that page. Its pages: %s", key, text.ValueOrNone(strings.Join(all, ", ")))
	}
	if err := write.CheckPermission(ctx, l.Env, key, "LINK_ISSUES", "unlink"); err != nil {
		return nil, err
	}
	err = l.Jira.DeleteRemoteLink(ctx, key, list[at].ID)
	if write.IsDryRun(err) {
		out := &linkOutput{Issue: key, Did: address}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("remove the link from %s to the page %s", key, address)}
		return out, nil
	}
	if _, err = write.ClassifyError(err, "The removal", "a second call is safe: it fails if the link is gone"); err != nil {
		return nil, err
	}
	return &linkOutput{Issue: key, Did: fmt.Sprintf("Removed the link from %s to the page %s.", key, address)}, nil
}
