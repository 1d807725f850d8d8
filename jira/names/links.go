package names

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// LinkTypes returns the site's link types.
func (n *Names) LinkTypes(ctx context.Context) ([]jira.LinkType, error) {
	return n.linkTypes.Get(ctx, "", n.jira.LinkTypes)
}

// LinkType finds a link type by its words in either direction, such as "blocks"
// and "is blocked by", or by its name or id, which stand for the outward words.
// outward reports whether the words are the outward ones. Outward words of any
// type come before inward ones, and both before names.
func (n *Names) LinkType(ctx context.Context, words string) (kind jira.LinkType, outward bool, _ error) {
	all, err := n.LinkTypes(ctx)
	if err != nil {
		return kind, false, err
	}
	words = strings.Join(strings.Fields(words), " ")
	for _, t := range all {
		if strings.EqualFold(t.Outward, words) {
			return t, true, nil
		}
	}
	for _, t := range all {
		if strings.EqualFold(t.Inward, words) {
			return t, false, nil
		}
	}
	var phrases []string
	for _, t := range all {
		if strings.EqualFold(t.Name, words) || t.ID == words {
			return t, true, nil
		}
		phrases = append(phrases, t.Outward, t.Inward)
	}
	return kind, false, &UnknownError{Kind: "link type", Given: words, Allowed: Unique(phrases)}
}

// Link is a link as people write it: "blocks PAY-2".
type Link struct {
	Type    jira.LinkType
	Outward bool
	Other   string // an issue key, or the caller's own name for an issue
}

// Phrase returns the words of the link in its direction, as in "blocks".
func (l Link) Phrase() string {
	if l.Outward {
		return l.Type.Outward
	}
	return l.Type.Inward
}

// ParseLink parses a link such as "blocks PAY-2". The last word is the other
// issue, all words before it name the link type.
func (n *Names) ParseLink(ctx context.Context, text string) (Link, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return Link{}, fmt.Errorf("a link is a link type and an issue key, like \"blocks PAY-2\", not %q", text)
	}
	last := len(words) - 1
	kind, outward, err := n.LinkType(ctx, strings.Join(words[:last], " "))
	return Link{kind, outward, words[last]}, err
}

// LinkOnCreate returns the JSON of a link inside a request that creates or
// edits an issue.
func LinkOnCreate(l Link) map[string]any {
	return jira.LinkUpdate(l.Type.ID, l.Other, l.Outward)
}
