package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on the time logged on issues.
var (
	OpWorklogs = operation.Operation{
		ID: "getIssueWorklog", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: worklogScopes},
		Repeatable: true, Names: []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerParts,
	}
	OpAddWorklog = operation.Operation{
		ID: "addWorklog", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: append([]string{"write:issue-worklog:jira", "write:issue-worklog.property:jira"}, worklogScopes...)},
		Names:  []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpUpdateWorklog = operation.Operation{
		ID: "updateWorklog", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"},
			Granular: append([]string{"read:comment:jira", "write:comment:jira", "write:issue-worklog:jira", "write:issue-worklog.property:jira"}, worklogScopes...)},
		Names: []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
	OpDeleteWorklog = operation.Operation{
		ID: "deleteWorklog", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/worklog/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue-worklog:jira", "delete:issue-worklog.property:jira", "write:issue.time-tracking:jira"}},
		Names:  []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
	OpConfiguration = operation.Operation{
		ID: "getConfiguration", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/configuration",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-user"}, Granular: []string{"read:instance-configuration:jira", "read:issue.time-tracking:jira"}},
		Repeatable: true, Answers: operation.AnswerSite,
	}
)

var worklogScopes = []string{"read:group:jira", "read:issue-worklog:jira", "read:issue-worklog.property:jira", "read:project-role:jira", "read:user:jira", "read:avatar:jira"}

// Worklog is time that somebody logged.
type Worklog struct {
	ID      string          `json:"id"`
	Author  *User           `json:"author"`
	Comment json.RawMessage `json:"comment"` // ADF
	Started string          `json:"started"`
	Updated string          `json:"updated"`
	Seconds int64           `json:"timeSpentSeconds"`
	Spent   string          `json:"timeSpent"` // as Jira writes it: 1h 30m
}

func (w *Worklog) missingField() string {
	if w.ID == "" {
		return "id"
	}
	return ""
}

// WorklogPage is a page of an issue's worklogs, oldest first.
type WorklogPage struct {
	Worklogs []Worklog `json:"worklogs"`
	StartAt  int       `json:"startAt"`
	Total    int       `json:"total"`
}

func (p *WorklogPage) isEmpty() bool { return len(p.Worklogs) == 0 }

// Worklogs reads a page of an issue's worklogs that were started in a period;
// zero moments leave it open.
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

// NewWorklog is time to be logged, or what is to be changed of a worklog: zero
// values stay as they are.
type NewWorklog struct {
	Seconds int64
	Started string // as Jira writes moments
	Comment any    // an ADF document
	// Remaining is what is left to do, "4h"; "leave" leaves the estimate. When
	// empty the estimate shrinks by what is logged.
	Remaining string
}

func (w NewWorklog) call() (body map[string]any, query url.Values) {
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
	return body, w.adjust()
}

func (w NewWorklog) adjust() url.Values {
	switch w.Remaining {
	case "":
		return url.Values{"adjustEstimate": {"auto"}}
	case "leave":
		return url.Values{"adjustEstimate": {"leave"}}
	}
	return url.Values{"adjustEstimate": {"new"}, "newEstimate": {w.Remaining}}
}

// AddWorklog logs time on an issue. It is sent once.
func (c *Client) AddWorklog(ctx context.Context, keyOrID string, w NewWorklog) (Worklog, error) {
	body, query := w.call()
	return do[Worklog](ctx, c, request{op: OpAddWorklog, path: []string{keyOrID}, query: query, body: body})
}

// UpdateWorklog changes a worklog. It is sent once.
func (c *Client) UpdateWorklog(ctx context.Context, keyOrID, id string, w NewWorklog) (Worklog, error) {
	body, query := w.call()
	return do[Worklog](ctx, c, request{op: OpUpdateWorklog, path: []string{keyOrID, id}, query: query, body: body})
}

// DeleteWorklog removes a worklog; the remaining estimate grows by it, unless
// remaining says otherwise (see [NewWorklog]).
func (c *Client) DeleteWorklog(ctx context.Context, keyOrID, id, remaining string) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteWorklog, path: []string{keyOrID, id}, query: NewWorklog{Remaining: remaining}.adjust()})
	return err
}

// Configuration are settings of the site that matter for what people write.
type Configuration struct {
	TimeTracking struct {
		HoursPerDay float64 `json:"workingHoursPerDay"`
		DaysPerWeek float64 `json:"workingDaysPerWeek"`
	} `json:"timeTrackingConfiguration"`
}

// Configuration asks for the site's settings.
func (c *Client) Configuration(ctx context.Context) (Configuration, error) {
	return do[Configuration](ctx, c, request{op: OpConfiguration})
}
