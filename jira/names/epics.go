package names

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// maxEpics is the greatest number of epics that a search returns.
const maxEpics = 50

// Epics returns the open epics of a project whose summary contains the words,
// newest first. Without words it returns all of them, at most 50. Without a
// project it returns the issues of type Epic in all projects, since the types of
// a level are known for one project only.
func (n *Names) Epics(ctx context.Context, project, words string) ([]jira.Issue, error) {
	return n.epics.Get(ctx, [2]string{strings.ToUpper(project), strings.ToLower(words)}, func(ctx context.Context) ([]jira.Issue, error) {
		if project == "" {
			return n.searchEpics(ctx, "issuetype = Epic", words)
		}
		types, err := n.Types(ctx, project)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, t := range types {
			if t.Level == 1 {
				ids = append(ids, t.ID)
			}
		}
		if len(ids) == 0 {
			return nil, nil
		}
		return n.searchEpics(ctx, fmt.Sprintf("project = %s AND issuetype IN (%s)", jql.Quote(project), strings.Join(ids, ", ")), words)
	})
}

// searchEpics returns the open issues of a query whose summary contains words.
func (n *Names) searchEpics(ctx context.Context, query, words string) ([]jira.Issue, error) {
	query += " AND statusCategory != Done"
	if text := PlainWords(words); text != "" {
		query += " AND summary ~ " + jql.Quote(text)
	}
	page, err := n.jira.SearchPage(ctx, jira.Search{JQL: query + " ORDER BY created DESC", Fields: []string{"summary", "status"}, Limit: maxEpics})
	return page.Issues, err
}

// PlainWords returns only the letters, with their combining marks, and the
// digits of a text, in words. All other characters could be operators in Jira's
// text search.
func PlainWords(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }), " ")
}

// Epic returns the key of the open epic with a summary. Without an exact match
// it accepts a single epic whose summary contains the words, if there are any.
func (n *Names) Epic(ctx context.Context, project, summary string) (key string, _ error) {
	found, err := n.Epics(ctx, project, summary)
	if err != nil {
		return "", err
	}
	var list, exact []string
	for _, e := range found {
		own := Format(e.Fields["summary"])
		if strings.EqualFold(own, strings.TrimSpace(summary)) {
			exact = append(exact, e.Key)
		}
		list = append(list, e.Key+" "+own)
	}
	if len(exact) != 1 && PlainWords(summary) == "" {
		found, list = nil, nil // these are all epics
	}
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(found) == 1:
		return found[0].Key, nil
	case len(found) > 1:
		return "", &UnknownError{Kind: "epic", Given: summary, Allowed: list, Ambiguous: true}
	}
	n.epics.Delete([2]string{strings.ToUpper(project), strings.ToLower(summary)})
	all, err := n.Epics(ctx, project, "")
	if err != nil {
		return "", err
	}
	for _, e := range all {
		list = append(list, e.Key+" "+Format(e.Fields["summary"]))
	}
	return "", &UnknownError{Kind: "open epic", Given: summary, Allowed: list}
}
