package jira

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// OpChangelog reads what was changed on an issue.
var OpChangelog = Operation{
	ID: "getChangeLogs", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/changelog",
	Scopes:     Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"}},
	Repeatable: true, Names: []Naming{{KindIssue, "path:issueIdOrKey"}}, Answers: AnswerParts,
}

// Changelog is a page of an issue's changes. As part of an issue it holds the
// newest ones, newest first; Total counts all.
type Changelog struct {
	Histories []Change `json:"histories"`
	Total     int      `json:"total"`
}

// Change is what somebody changed at one moment. Comments and what an issue
// was created with are not among the changes.
type Change struct {
	ID      string       `json:"id"`
	Author  *User        `json:"author"`
	Created string       `json:"created"`
	Items   []ChangeItem `json:"items"`
}

// ChangeItem is the change of one field, from and to as people see them.
type ChangeItem struct {
	Field   string `json:"field"`
	FieldID string `json:"fieldId"` // empty for what is no field, a link for example
	From    string `json:"fromString"`
	To      string `json:"toString"`
}

type changePage struct {
	Changes []Change `json:"values"`
	Total   int      `json:"total"`
	IsLast  bool     `json:"isLast"`
}

func (p *changePage) lacks() string {
	if p.Changes == nil {
		return "values"
	}
	return ""
}

func (p *changePage) isEmpty() bool { return len(p.Changes) == 0 }

// Changes walks what was changed on an issue, oldest first.
func (c *Client) Changes(ctx context.Context, keyOrID string) iter.Seq2[Change, error] {
	return byStart(ctx, func(ctx context.Context, start int) ([]Change, bool, error) {
		page, err := do[changePage](ctx, c, call{op: OpChangelog, path: []string{keyOrID},
			query: url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {"100"}}})
		return page.Changes, page.IsLast, err
	})
}
