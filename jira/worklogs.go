package jira

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on worklogs, and the site's settings for time tracking.
var (
	OpWorklogs = operation.Operation{
		ID: "getIssueWorklog", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: worklogScopes},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerParts,
	}
	OpAddWorklog = operation.Operation{
		ID: "addWorklog", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: append([]string{"write:issue-worklog:jira", "write:issue-worklog.property:jira"}, worklogScopes...)},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpUpdateWorklog = operation.Operation{
		ID: "updateWorklog", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"},
			Granular: append([]string{"read:comment:jira", "write:comment:jira", "write:issue-worklog:jira", "write:issue-worklog.property:jira"}, worklogScopes...)},
		Names: []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
	OpDeleteWorklog = operation.Operation{
		ID: "deleteWorklog", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue-worklog:jira", "delete:issue-worklog.property:jira", "write:issue.time-tracking:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
	OpConfiguration = operation.Operation{
		ID: "getConfiguration", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/configuration",
		Scopes:  operation.Scopes{Classic: []string{"read:jira-user"}, Granular: []string{"read:instance-configuration:jira", "read:issue.time-tracking:jira"}},
		Answers: operation.AnswerSite,
	}
)

// worklogScopes are the granular scopes for reading worklogs.
var worklogScopes = []string{"read:group:jira", "read:issue-worklog:jira", "read:issue-worklog.property:jira", "read:project-role:jira", "read:user:jira", "read:avatar:jira"}

// Worklog is an amount of time that somebody logged.
type Worklog struct {
	ID      string          `json:"id"`
	Author  *User           `json:"author"`
	Comment json.RawMessage `json:"comment"` // ADF
	Started string          `json:"started"`
	Updated string          `json:"updated"`
	Seconds int64           `json:"timeSpentSeconds"`
	Spent   string          `json:"timeSpent"` // in Jira's notation: 1h 30m
}

// WorklogPage is a page of an issue's worklogs, oldest first.
type WorklogPage struct {
	Worklogs []Worklog `json:"worklogs"`
	StartAt  int       `json:"startAt"`
	Total    int       `json:"total"`
}

func (p *WorklogPage) isEmpty() bool { return len(p.Worklogs) == 0 }

// Worklogs returns a page of the worklogs of an issue that were started between
// after and before; a zero time sets no bound.
func (c *Client) Worklogs(ctx context.Context, keyOrID string, after, before time.Time, startAt int) (WorklogPage, error) {
	q := url.Values{"startAt": {strconv.Itoa(startAt)}, "maxResults": {"1000"}}
	if !after.IsZero() {
		q.Set("startedAfter", strconv.FormatInt(after.UnixMilli(), 10))
	}
	if !before.IsZero() {
		q.Set("startedBefore", strconv.FormatInt(before.UnixMilli(), 10))
	}
	return do[WorklogPage](ctx, c, request{op: OpWorklogs, path: []string{keyOrID}, query: q})
}

// AllWorklogs returns the worklogs of an issue that were started between after and
// before, each once, oldest first.
func (c *Client) AllWorklogs(ctx context.Context, keyOrID string, after, before time.Time) iter.Seq2[Worklog, error] {
	return itemsByStart(ctx, func(w Worklog) string { return w.ID }, func(ctx context.Context, start int) ([]Worklog, startEnd, error) {
		page, err := c.Worklogs(ctx, keyOrID, after, before, start)
		return page.Worklogs, endAt(page.Total), err
	})
}

// NewWorklog is time to log, or a change of a worklog: zero values leave it as
// it is.
type NewWorklog struct {
	Seconds int64
	Started string // in Jira's form of a time
	Comment any    // an ADF document
	// Remaining is the new remaining estimate, such as "4h"; "leave" keeps the
	// present one. If it is empty, Jira subtracts the logged time.
	Remaining string
}

// encode returns the body and the query parameters of a request.
func (w NewWorklog) encode() (body map[string]any, query url.Values) {
	body = map[string]any{}
	if w.Seconds > 0 {
		body["timeSpentSeconds"] = w.Seconds
	}
	if w.Started != "" {
		body["started"] = w.Started
	}
	if w.Comment != nil {
		body["comment"] = w.Comment
	}
	return body, w.estimateQuery()
}

// estimateQuery returns the query parameters that tell Jira how to adjust the
// remaining estimate.
func (w NewWorklog) estimateQuery() url.Values {
	switch w.Remaining {
	case "":
		return url.Values{"adjustEstimate": {"auto"}}
	case "leave":
		return url.Values{"adjustEstimate": {"leave"}}
	}
	return url.Values{"adjustEstimate": {"new"}, "newEstimate": {w.Remaining}}
}

// AddWorklog logs time on an issue. The request is sent once.
func (c *Client) AddWorklog(ctx context.Context, keyOrID string, w NewWorklog) (Worklog, error) {
	body, query := w.encode()
	return do[Worklog](ctx, c, request{op: OpAddWorklog, path: []string{keyOrID}, query: query, body: body})
}

// UpdateWorklog changes a worklog. The request is sent once.
func (c *Client) UpdateWorklog(ctx context.Context, keyOrID, id string, w NewWorklog) (Worklog, error) {
	body, query := w.encode()
	return do[Worklog](ctx, c, request{op: OpUpdateWorklog, path: []string{keyOrID, id}, query: query, body: body})
}

// DeleteWorklog deletes a worklog. Jira adds its time to the remaining
// estimate, unless remaining sets another rule (see [NewWorklog]).
func (c *Client) DeleteWorklog(ctx context.Context, keyOrID, id, remaining string) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteWorklog, path: []string{keyOrID, id}, query: NewWorklog{Remaining: remaining}.estimateQuery()})
	return err
}

// Configuration holds the settings of the site that affect how people write
// amounts of time.
type Configuration struct {
	Enabled      *bool `json:"timeTrackingEnabled"`
	TimeTracking struct {
		HoursPerDay *float64 `json:"workingHoursPerDay"`
		DaysPerWeek *float64 `json:"workingDaysPerWeek"`
	} `json:"timeTrackingConfiguration"`
}

// Configuration returns the settings of the site.
func (c *Client) Configuration(ctx context.Context) (Configuration, error) {
	return do[Configuration](ctx, c, request{op: OpConfiguration})
}
