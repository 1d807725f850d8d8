package jira

import (
	"context"
	"iter"
	"net/http"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations that search and count issues.
var (
	OpSearch = operation.Operation{
		ID: "searchAndReconsileIssuesUsingJqlPost", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/search/jql",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:issue-details:jira", "read:field.default-value:jira", "read:field.option:jira", "read:field:jira", "read:group:jira"}},
		ReadOnly: true, Names: []operation.Reference{{Kind: operation.KindJQL, At: "body:jql"}, {Kind: operation.KindIssue, At: "body:reconcileIssues"}}, Answers: operation.AnswerIssues,
	}
	OpCount = operation.Operation{
		ID: "countIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/search/approximate-count",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:issue-details:jira", "read:field.default-value:jira", "read:field.option:jira", "read:field:jira", "read:group:jira"}},
		ReadOnly: true, Names: []operation.Reference{{Kind: operation.KindJQL, At: "body:jql"}}, Answers: operation.AnswerCount,
	}
)

// Search is a request for one page of the issues that a JQL query matches.
type Search struct {
	JQL    string   `json:"jql"`
	Fields []string `json:"fields,omitempty"` // field ids; if empty, Jira returns ids only
	Expand string   `json:"expand,omitempty"` // more about each issue, such as "editmeta"
	// Limit is the largest number of issues to return; Jira may return fewer.
	Limit int    `json:"maxResults,omitempty"`
	Page  string `json:"nextPageToken,omitempty"` // from SearchPage.Next
	// Reconcile lists numeric ids of issues that Jira has to find in their
	// present state. It must be the same for every page; the client sets it on
	// the first page to the issues that it wrote itself.
	Reconcile []int64 `json:"reconcileIssues,omitempty"`
}

// SearchPage is one page of a search. Jira does not return a total.
type SearchPage struct {
	Issues []Issue `json:"issues"`
	pageEnd
	Next      string  `json:"-"` // empty on the last page
	Reconcile []int64 `json:"-"` // to pass on with Next
}

func (p *SearchPage) isEmpty() bool { return len(p.Issues) == 0 }

// SearchPage returns one page. On the first page it names the issues that this
// client wrote recently: the search index may not have them yet.
func (c *Client) SearchPage(ctx context.Context, s Search) (SearchPage, error) {
	if s.Page == "" && s.Reconcile == nil {
		s.Reconcile = c.recent.list()
	}
	page, err := do[SearchPage](ctx, c, request{op: OpSearch, body: s, issueFields: s.Fields})
	page.Next = page.Token
	page.Reconcile = s.Reconcile
	return page, err
}

// IsBrokenOff reports whether the page says that there is more, but not where: the
// list is not complete, and Jira does not give the rest.
func (p *SearchPage) IsBrokenOff() bool { return p.isBrokenOff() }

// IsDoubtful reports whether the page says that it is the last and names another
// one. If Jira refuses the other one, this was the last.
func (p *SearchPage) IsDoubtful() bool { return p.isDoubtful() }

// SearchIssues returns the issues of all pages of a search.
func (c *Client) SearchIssues(ctx context.Context, s Search) iter.Seq2[Issue, error] {
	return itemsByToken(ctx, issueID, func(ctx context.Context, token string) ([]Issue, pageEnd, error) {
		s.Page = token
		page, err := c.SearchPage(ctx, s)
		s.Reconcile = page.Reconcile
		return page.Issues, page.pageEnd, err
	})
}

// issueID returns the id of an issue, which stays when it moves.
func issueID(i Issue) string { return i.ID }

// CountIssues returns Jira's approximate number of issues that a query matches.
func (c *Client) CountIssues(ctx context.Context, jql string) (int, error) {
	out, err := do[count](ctx, c, request{op: OpCount, body: map[string]string{"jql": jql}})
	if err != nil {
		return 0, err
	}
	return *out.Count, nil
}

// count is the answer to countIssues.
type count struct {
	Count *int `json:"count"`
}

func (n *count) isEmpty() bool { return n.Count != nil && *n.Count == 0 }
