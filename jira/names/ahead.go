package names

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// Ahead lists what a form will look up, as far as it is known before the form's
// screen is.
type Ahead struct {
	Project  string   // key
	TypeID   string   // the issue type whose edit screen will be needed; "" for none
	Assignee string   // a person's name
	Watchers []string // people's names
	Text     string   // Markdown, for its mentions
	Sprint   string   // by name
	Epic     string   // by its summary
	Links    bool     // the types of links
	Fields   bool     // the site's fields
}

// LookUpAhead asks the questions that a form asks one after the other, side by
// side, so that the form finds the answers in the caches or joins the requests.
// The caller has to call stop: see [jira.AskAhead].
func (n *Names) LookUpAhead(ctx context.Context, a Ahead) (stop func()) {
	var ask []func(context.Context) error
	add := func(needed bool, one func(context.Context) error) {
		if needed {
			ask = append(ask, one)
		}
	}
	people := func(project, who string) {
		who = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(who), "@"))
		add(!isNobody(who) && !IsAccountID(who), func(ctx context.Context) error {
			_, _, err := n.findPeople(ctx, project, who, false)
			return err
		})
	}
	people(a.Project, a.Assignee)
	for _, who := range a.Watchers {
		people("", who)
	}
	for _, name := range mentionedNames(a.Text) {
		add(true, func(ctx context.Context) error { _, _, err := n.findPeople(ctx, "", name, true); return err })
	}
	add(strings.EqualFold(strings.TrimSpace(a.Assignee), "me"), func(ctx context.Context) error { _, err := n.jira.Myself(ctx); return err })
	add(a.Sprint != "", func(ctx context.Context) error { _, err := n.OpenSprints(ctx, a.Project); return err })
	add(a.Epic != "", func(ctx context.Context) error { _, err := n.Epics(ctx, a.Project, a.Epic); return err })
	add(a.Links, func(ctx context.Context) error { _, err := n.LinkTypes(ctx); return err })
	add(a.Fields, func(ctx context.Context) error { _, err := n.Fields(ctx); return err })
	add(a.TypeID != "", func(ctx context.Context) error { n.EditScreen(ctx, a.Project, a.TypeID); return nil })
	return jira.AskAhead(ctx, ask...)
}

// isNobody reports whether a text stands for no person whom Jira can be asked for.
func isNobody(who string) bool {
	return slices.Contains([]string{"", "me", "none", "nobody", "unassigned", "default", "automatic"}, strings.ToLower(who))
}

// mentionedNames returns the names for which [mentionResolver.Mention] first asks
// Jira, in lower case, at most [maxMentions].
func mentionedNames(markdown string) []string {
	if !strings.Contains(markdown, "@") || len(markdown) > MaxRichText {
		return nil
	}
	var found mentionCollector
	if _, err := adf.FromMarkdown(markdown, adf.Resolve(&found)); err != nil {
		return nil
	}
	return found.names
}

// mentionCollector is an [adf.Resolver] that resolves nothing.
type mentionCollector struct{ names []string }

// Mention implements [adf.Resolver].
func (c *mentionCollector) Mention(text string) (accountID, name string, ok bool) {
	if words := nameWords(text); len(words) > 0 && !isPackage(text, words[0]) && len(c.names) < maxMentions {
		c.names = append(c.names, strings.ToLower(withoutPossessive(words[0])))
	}
	return "", "", false
}

// Attachment implements [adf.Resolver].
func (c *mentionCollector) Attachment(string) (f adf.File, ok bool) { return adf.File{}, false }
