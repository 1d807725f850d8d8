package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Bulk operations. Jira takes them up, and tells how they go on by the id of a
// task. They need the global permission to make bulk changes.
var (
	OpCreateIssues = operation.Operation{
		ID: "createIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/bulk",
		Scopes: OpCreateIssue.Scopes,
		Names:  []operation.Naming{{Kind: operation.KindUpdates, At: "body:issueUpdates"}}, Answers: operation.AnswerNothing,
	}
	OpBulkEdit = operation.Operation{
		ID: "submitBulkEdit", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/fields",
		Scopes: bulkScopes, Names: []operation.Naming{{Kind: operation.KindIssue, At: "body:selectedIssueIdsOrKeys"}}, Answers: operation.AnswerTask,
	}
	OpBulkTransitions = operation.Operation{
		ID: "getAvailableTransitions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/bulk/issues/transition",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue:jira"}},
		Repeatable: true, Names: []operation.Naming{{Kind: operation.KindIssue, At: "query:issueIdsOrKeys"}}, Answers: operation.AnswerTransitions,
	}
	OpBulkTransition = operation.Operation{
		ID: "submitBulkTransition", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/transition",
		Scopes: bulkScopes, Names: []operation.Naming{{Kind: operation.KindIssue, At: "body:bulkTransitionInputs"}}, Answers: operation.AnswerTask,
	}
	OpBulkMove = operation.Operation{
		ID: "submitBulkMove", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/move",
		Scopes: bulkScopes, Names: []operation.Naming{{Kind: operation.KindBulkMove, At: "body:targetToSourcesMapping"}}, Answers: operation.AnswerTask,
	}
	OpBulkProgress = operation.Operation{
		ID: "getBulkOperationProgress", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/bulk/queue/{taskId}",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue:jira"}},
		Repeatable: true, Names: []operation.Naming{{Kind: operation.KindTask, At: "path:taskId"}}, Answers: operation.AnswerSite,
	}
)

var bulkScopes = operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira", "read:issue:jira"}}

const (
	// MaxBulkCreate is how many issues one request creates (createIssues).
	MaxBulkCreate = 50
	// MaxBulk is how many issues one bulk operation changes, sub-tasks among them
	// (submitBulkEdit).
	MaxBulk = 1000
)

// NewIssue is an issue to be: fields by id in Jira's own shapes, and what is
// added to lists.
type NewIssue struct {
	Fields map[string]any   `json:"fields"`
	Update map[string][]any `json:"update,omitempty"`
}

// Failure is one issue of a bulk create that was not made.
type Failure struct {
	Element int `json:"failedElementNumber"` // its place in the request, from 0
	Errors  struct {
		Messages []string          `json:"errorMessages"`
		Fields   map[string]string `json:"errors"`
	} `json:"elementErrors"`
}

// CreatedIssues is the receipt of a bulk create: those that were made, in the
// order of the request, and those that were not.
type CreatedIssues struct {
	Issues   []CreatedIssue `json:"issues"`
	Failures []Failure      `json:"errors"`
}

func (c *CreatedIssues) missingField() string {
	if c.Issues == nil && c.Failures == nil {
		return "issues"
	}
	return ""
}

// CreateIssues files up to [MaxBulkCreate] issues in one request, each as
// [Client.CreateIssue] does. What was not made is in the answer; where nothing
// was, Jira answers 400 in the same form.
func (c *Client) CreateIssues(ctx context.Context, issues []NewIssue) (CreatedIssues, error) {
	out, err := do[CreatedIssues](ctx, c, request{op: OpCreateIssues, body: map[string]any{"issueUpdates": issues}})
	if e, ok := asStatus(err, http.StatusBadRequest); ok && e.body != nil {
		var refused CreatedIssues
		if json.Unmarshal(e.body, &refused) == nil && len(refused.Failures) > 0 {
			return refused, nil
		}
	}
	for _, i := range out.Issues {
		c.recent.add(i.ID)
	}
	return out, err
}

// BulkEdit is a change of many issues, in the form of Jira's
// editedFieldsInput, with the ids of the fields that it is about.
type BulkEdit struct {
	Input  map[string]any
	Fields []string
}

type task struct {
	ID string `json:"taskId"`
}

func (t *task) missingField() string {
	if t.ID == "" {
		return "taskId"
	}
	return ""
}

// SubmitEdit lets Jira change many issues, and returns the id of the task.
// Without notify nobody is mailed; Jira's own default is to mail everybody.
func (c *Client) SubmitEdit(ctx context.Context, keys []string, e BulkEdit, notify bool) (string, error) {
	body := map[string]any{"selectedIssueIdsOrKeys": keys, "editedFieldsInput": e.Input, "selectedActions": e.Fields, "sendBulkNotification": notify}
	out, err := do[task](ctx, c, request{op: OpBulkEdit, body: body})
	return out.ID, err
}

// BulkStep is a move that is open to some issues of one workflow and asks for
// nothing.
type BulkStep struct {
	Issues []string `json:"issues"`
	Moves  []struct {
		ID   int64  `json:"transitionId"`
		Name string `json:"transitionName"`
		To   struct {
			Name string `json:"statusName"`
		} `json:"to"`
	} `json:"transitions"`
}

type bulkSteps struct {
	Flows []BulkStep `json:"availableTransitions"`
	After string     `json:"startingAfter"`
}

func (b *bulkSteps) isEmpty() bool { return len(b.Flows) == 0 }

// BulkTransitions asks which moves many issues have in common, workflow by
// workflow; those with a screen are not among them (contract).
func (c *Client) BulkTransitions(ctx context.Context, keys []string) ([]BulkStep, error) {
	out, err := do[bulkSteps](ctx, c, request{op: OpBulkTransitions, query: url.Values{"issueIdsOrKeys": {strings.Join(keys, ",")}}})
	return out.Flows, err
}

// SubmitTransition lets Jira move issues, by transition id.
func (c *Client) SubmitTransition(ctx context.Context, by map[string][]string, notify bool) (string, error) {
	var inputs []any
	for id, keys := range by {
		inputs = append(inputs, map[string]any{"selectedIssueIdsOrKeys": keys, "transitionId": id})
	}
	out, err := do[task](ctx, c, request{op: OpBulkTransition, body: map[string]any{"bulkTransitionInputs": inputs, "sendBulkNotification": notify}})
	return out.ID, err
}

// Target is where issues move to, with values for fields that are required
// there, in Jira's form for targetMandatoryFields.
type Target struct {
	Project, TypeID string
	Mandatory       map[string]any
}

// SubmitMove lets Jira move issues to another project or type. Statuses that the
// target does not have become its first one, and sub-tasks go along.
func (c *Client) SubmitMove(ctx context.Context, keys []string, to Target, notify bool) (string, error) {
	target := map[string]any{"inferClassificationDefaults": true, "inferFieldDefaults": true, "inferStatusDefaults": true, "inferSubtaskTypeDefault": true, "issueIdsOrKeys": keys}
	if len(to.Mandatory) > 0 {
		target["targetMandatoryFields"] = []any{map[string]any{"fields": to.Mandatory}}
	}
	body := map[string]any{"sendBulkNotification": notify, "targetToSourcesMapping": map[string]any{to.Project + "," + to.TypeID: target}}
	out, err := do[task](ctx, c, request{op: OpBulkMove, body: body})
	return out.ID, err
}

// Progress is how a bulk operation goes on.
type Progress struct {
	Status    string              `json:"status"` // ENQUEUED, RUNNING, COMPLETE, FAILED, CANCELLED, DEAD …
	Percent   int                 `json:"progressPercent"`
	Total     int                 `json:"totalIssueCount"`
	Processed []int64             `json:"processedAccessibleIssues"`
	Failed    map[string][]string `json:"failedAccessibleIssues"` // by issue id, why
	Invalid   int                 `json:"invalidOrInaccessibleIssueCount"`
}

func (p *Progress) missingField() string {
	if p.Status == "" {
		return "status"
	}
	return ""
}

// Finished reports that nothing more will happen.
func (p Progress) Finished() bool {
	return p.Status != "ENQUEUED" && p.Status != "RUNNING" && p.Status != "CANCEL_REQUESTED"
}

// BulkProgress asks how a bulk operation goes on. Jira tells it for 14 days.
func (c *Client) BulkProgress(ctx context.Context, task string) (Progress, error) {
	return do[Progress](ctx, c, request{op: OpBulkProgress, path: []string{task}})
}
