package names

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// LinkTypes returns the site's link types.
func (n *Names) LinkTypes(ctx context.Context) ([]jira.LinkType, error) {
	return n.linkTypes.Get(ctx, "", n.jira.LinkTypes)
}

// LinkType finds a link type by its words in either direction, such as "blocks"
// and "is blocked by", or by its name or id, which stand for the outward words.
// outward reports whether the words are the outward ones. Words that several
// link types share are an error that lists them; "TYPE: words" chooses one.
// Common phrasings that the site does not use stand for its own words.
func (n *Names) LinkType(ctx context.Context, words string) (kind jira.LinkType, outward bool, _ error) {
	all, err := n.LinkTypes(ctx)
	if err != nil {
		return kind, false, err
	}
	words = strings.Join(strings.Fields(words), " ")
	found := linkDirections(all, words)
	if of, rest, ok := strings.Cut(words, ":"); len(found) == 0 && ok {
		found = linkDirections(Match(all, of, linkTypeName, linkTypeID), strings.TrimSpace(rest))
	}
	if len(found) == 0 {
		for _, t := range Match(all, words, linkTypeName, linkTypeID) {
			found = append(found, linkDirection{t, true})
		}
	}
	for _, same := range linkPhrasings {
		if len(found) == 0 && slices.ContainsFunc(same, func(s string) bool { return strings.EqualFold(s, words) }) {
			for _, other := range same {
				found = append(found, linkDirections(all, other)...)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0].kind, found[0].outward, nil
	case 0:
		return kind, false, unknownLink(all, words)
	}
	var list []string
	for _, d := range found {
		list = append(list, fmt.Sprintf("%q (%s)", d.kind.Name+": "+d.phrase(), d.kind.Outward+" / "+d.kind.Inward))
	}
	return kind, false, &UnknownError{Kind: "link type", Given: words, Allowed: list, Ambiguous: true}
}

// linkDirection is a link type in one direction.
type linkDirection struct {
	kind    jira.LinkType
	outward bool
}

// phrase returns the words of the direction.
func (d linkDirection) phrase() string { return Link{Type: d.kind, Outward: d.outward}.Phrase() }

// linkTypeName and linkTypeID return the name and the id of a link type.
func linkTypeName(t jira.LinkType) string { return t.Name }
func linkTypeID(t jira.LinkType) string   { return t.ID }

// linkDirections returns the directions of link types that have these words. A
// type with the same words in both directions counts once, as outward.
func linkDirections(all []jira.LinkType, words string) []linkDirection {
	var out []linkDirection
	for _, t := range all {
		switch {
		case strings.EqualFold(t.Outward, words):
			out = append(out, linkDirection{t, true})
		case strings.EqualFold(t.Inward, words):
			out = append(out, linkDirection{t, false})
		}
	}
	return out
}

// linkPhrasings are groups of phrasings with one meaning and one direction, as
// sites and people word them. "A depends on B" is that B has to be done first,
// which the type Blocks words as "A is blocked by B".
var linkPhrasings = [][]string{
	{"blocks", "is a blocker of", "is a blocker for", "is required by", "is depended on by", "is a dependency of"},
	{"is blocked by", "blocked by", "depends on", "requires", "is dependent on"},
	{"duplicates", "is a duplicate of", "is duplicate of", "duplicate of"},
	{"is duplicated by", "duplicated by", "has duplicate"},
	{"clones", "is a clone of", "is a copy of", "clone of"},
	{"is cloned by", "cloned by"},
	{"causes", "is the cause of", "caused"},
	{"is caused by", "caused by"},
	{"relates to", "relates", "is related to", "related to"},
}

// unknownLink returns the error for words of no link type. It lists the types
// with the words of both directions. A suggestion never turns a link around: of
// similar words, only those of the same voice count ("… by" or not).
func unknownLink(all []jira.LinkType, words string) error {
	isPassive := func(s string) bool { return strings.HasSuffix(strings.ToLower(s), " by") }
	var list, similar []string
	for _, t := range all {
		for _, phrase := range []string{t.Outward, t.Inward} {
			if isPassive(phrase) == isPassive(words) {
				similar = append(similar, phrase)
			}
		}
		if both := t.Outward + " / " + t.Inward; t.Outward != t.Inward {
			list = append(list, both)
		} else {
			list = append(list, t.Outward)
		}
	}
	return &UnknownError{Kind: "link type", Given: words, Allowed: Unique(list), Suggestion: Nearest(words, similar), exact: true}
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
