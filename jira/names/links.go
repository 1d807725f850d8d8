package names

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// LinkTypes lists the site's kinds of links.
func (n *Names) LinkTypes(ctx context.Context) ([]jira.LinkType, error) {
	return n.linkTypes.Get(ctx, "", n.jira.LinkTypes)
}

// LinkType finds a kind of link by the words of either direction, or by its
// name, which is taken for the outward words. outward tells that they are the
// outward ones.
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
	return kind, false, &UnknownError{Kind: "link", Given: words, Allowed: Unique(phrases)}
}

// Link is a link in words: "blocks PAY-2".
type Link struct {
	Type    jira.LinkType
	Outward bool
	Other   string // a key, or what the caller calls it
}

// Phrase is what the issue does to the other.
func (l Link) Phrase() string {
	if l.Outward {
		return l.Type.Outward
	}
	return l.Type.Inward
}

// ParseLink takes "blocks PAY-2" apart: the last word is the other issue.
func (n *Names) ParseLink(ctx context.Context, text string) (Link, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return Link{}, fmt.Errorf("a link is words and a key, like \"blocks PAY-2\", not %q", text)
	}
	last := len(words) - 1
	kind, outward, err := n.LinkType(ctx, strings.Join(words[:last], " "))
	return Link{kind, outward, words[last]}, err
}

// LinkOnCreate is the link as part of a create or an edit.
func LinkOnCreate(l Link) map[string]any {
	return jira.LinkOnCreate(l.Type.ID, l.Other, l.Outward)
}
