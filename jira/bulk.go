package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Bulk operations. Jira runs them in the background and returns the id of a
// task, by which it reports their progress. They need the global permission to
// make bulk changes.
var (
	OpCreateIssues = operation.Operation{
		ID: "createIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/bulk",
		Scopes: OpCreateIssue.Scopes,
		Names:  []operation.Reference{{Kind: operation.KindNewIssues, At: "body:issueUpdates"}}, Answers: operation.AnswerNothing,
	}
	OpBulkEdit = operation.Operation{
		ID: "submitBulkEdit", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/fields",
		Scopes: bulkScopes, Names: []operation.Reference{{Kind: operation.KindIssue, At: "body:selectedIssueIdsOrKeys"}}, Answers: operation.AnswerTask,
	}
	OpBulkTransitions = operation.Operation{
		ID: "getAvailableTransitions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/bulk/issues/transition",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "query:issueIdsOrKeys"}}, Answers: operation.AnswerTransitions,
	}
	OpBulkTransition = operation.Operation{
		ID: "submitBulkTransition", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/transition",
		Scopes: bulkScopes, Names: []operation.Reference{{Kind: operation.KindIssue, At: "body:bulkTransitionInputs"}}, Answers: operation.AnswerTask,
	}
	OpBulkMove = operation.Operation{
		ID: "submitBulkMove", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/bulk/issues/move",
		Scopes: bulkScopes, Names: []operation.Reference{{Kind: operation.KindBulkMove, At: "body:targetToSourcesMapping"}}, Answers: operation.AnswerTask,
	}
	OpBulkProgress = operation.Operation{
		ID: "getBulkOperationProgress", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/bulk/queue/{taskId}",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindTask, At: "path:taskId"}}, Answers: operation.AnswerSite,
	}
)

// bulkScopes are the scopes of all bulk writes except a bulk create.
var bulkScopes = operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira", "read:issue:jira"}}

const (
	// MaxBulkCreate is how many issues one request creates (contract,
	// createIssues).
	MaxBulkCreate = 50
	// MaxBulk is how many issues one bulk operation changes, including
	// sub-tasks (contract, submitBulkEdit).
	MaxBulk = 1000
)

// NewIssue is an issue to create: values by field id in Jira's own shapes, and
// items to add to lists.
type NewIssue struct {
	Fields map[string]any   `json:"fields"`
	Update map[string][]any `json:"update,omitempty"`
}

// CreateFailure is an issue of a bulk create that Jira did not create.
type CreateFailure struct {
	Element int `json:"failedElementNumber"` // its position in the request, from 0
	Errors  struct {
		Messages []string          `json:"errorMessages"`
		Fields   map[string]string `json:"errors"`
	} `json:"elementErrors"`
}

// CreatedIssues is the answer to a bulk create: the issues that Jira created,
// in the order of the request, and those that it did not.
type CreatedIssues struct {
	Issues   []CreatedIssue  `json:"issues"`
	Failures []CreateFailure `json:"errors"`
}

// CreateIssues creates up to [MaxBulkCreate] issues in one request, each as
// [Client.CreateIssue] does. It is no error if Jira creates only some of them:
// the result names the others, with the reasons. If Jira creates none, it
// answers 400 with a body of the same form, which CreateIssues returns as the
// result.
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

// BulkEdit is a change of many issues: the values in the form of Jira's
// editedFieldsInput, and the ids of the fields that they belong to.
type BulkEdit struct {
	Input  map[string]any
	Fields []string
}

// bulkTask is the answer to a bulk operation.
type bulkTask struct {
	ID string `json:"taskId"`
}

// SubmitEdit starts an edit of many issues and returns the id of its task. Jira
// mails the people concerned only if notify is true; Jira's own default is to
// mail everybody.
func (c *Client) SubmitEdit(ctx context.Context, keys []string, e BulkEdit, notify bool) (string, error) {
	body := map[string]any{"selectedIssueIdsOrKeys": keys, "editedFieldsInput": e.Input, "selectedActions": e.Fields, "sendBulkNotification": notify}
	out, err := do[bulkTask](ctx, c, request{op: OpBulkEdit, body: body})
	return out.ID, err
}

// CommonTransitions lists transitions that some issues of one workflow have in
// common. None of them has a screen.
type CommonTransitions struct {
	Issues      []string         `json:"issues"`
	Transitions []BulkTransition `json:"transitions"`
}

// BulkTransition is a transition of many issues.
type BulkTransition struct {
	ID   int64  `json:"transitionId"`
	Name string `json:"transitionName"`
	To   struct {
		Name string `json:"statusName"`
	} `json:"to"`
}

// bulkTransitions is the answer to getAvailableTransitions, one item for each
// workflow.
type bulkTransitions struct {
	ByWorkflow []CommonTransitions `json:"availableTransitions"`
	After      string              `json:"startingAfter"`
}

func (b *bulkTransitions) isEmpty() bool { return len(b.ByWorkflow) == 0 }

// BulkTransitions returns the transitions that many issues have in common, by
// workflow. It does not include transitions with a screen (contract).
func (c *Client) BulkTransitions(ctx context.Context, keys []string) ([]CommonTransitions, error) {
	out, err := do[bulkTransitions](ctx, c, request{op: OpBulkTransitions, query: url.Values{"issueIdsOrKeys": {strings.Join(keys, ",")}}})
	return out.ByWorkflow, err
}

// SubmitTransition starts the transitions of many issues, given by transition
// id, and returns the id of the task.
func (c *Client) SubmitTransition(ctx context.Context, by map[string][]string, notify bool) (string, error) {
	var inputs []any
	for id, keys := range by {
		inputs = append(inputs, map[string]any{"selectedIssueIdsOrKeys": keys, "transitionId": id})
	}
	out, err := do[bulkTask](ctx, c, request{op: OpBulkTransition, body: map[string]any{"bulkTransitionInputs": inputs, "sendBulkNotification": notify}})
	return out.ID, err
}

// MoveTarget is the project and type that issues move to, with values for the
// fields that are required there, in Jira's form for targetMandatoryFields.
type MoveTarget struct {
	Project, TypeID string
	Mandatory       map[string]any
}

// SubmitMove starts a move of issues to another project or type and returns the
// id of its task. A status that the target does not have becomes its first one,
// and sub-tasks move along.
func (c *Client) SubmitMove(ctx context.Context, keys []string, to MoveTarget, notify bool) (string, error) {
	target := map[string]any{"inferClassificationDefaults": true, "inferFieldDefaults": true, "inferStatusDefaults": true, "inferSubtaskTypeDefault": true, "issueIdsOrKeys": keys}
	if len(to.Mandatory) > 0 {
		target["targetMandatoryFields"] = []any{map[string]any{"fields": to.Mandatory}}
	}
	body := map[string]any{"sendBulkNotification": notify, "targetToSourcesMapping": map[string]any{to.Project + "," + to.TypeID: target}}
	out, err := do[bulkTask](ctx, c, request{op: OpBulkMove, body: body})
	return out.ID, err
}

// BulkProgress is the progress of a bulk operation.
type BulkProgress struct {
	Status    string              `json:"status"` // ENQUEUED, RUNNING, COMPLETE, FAILED, CANCELLED, DEAD …
	Percent   int                 `json:"progressPercent"`
	Total     int                 `json:"totalIssueCount"`
	Processed []int64             `json:"processedAccessibleIssues"`
	Failed    map[string][]string `json:"failedAccessibleIssues"` // reasons by issue id
	Invalid   int                 `json:"invalidOrInaccessibleIssueCount"`
	// SubmittedBy is the account that submitted the operation.
	SubmittedBy struct {
		AccountID string `json:"accountId"`
	} `json:"submittedBy"`
}

// Finished reports whether the operation has ended, in success or not.
func (p BulkProgress) Finished() bool {
	return p.Status != "ENQUEUED" && p.Status != "RUNNING" && p.Status != "CANCEL_REQUESTED"
}

// BulkProgress returns the progress of a bulk operation that the client's user has
// submitted. Jira keeps it for 14 days, and shows it to everybody with the global
// permission for bulk changes (contract, getBulkOperationProgress); the operation of
// another account is an error here.
func (c *Client) BulkProgress(ctx context.Context, task string) (BulkProgress, error) {
	p, err := do[BulkProgress](ctx, c, request{op: OpBulkProgress, path: []string{task}})
	if by := p.SubmittedBy.AccountID; err == nil && by != "" && c.LastAccountID() != "" && !c.IsCaller(by) {
		return BulkProgress{}, fmt.Errorf("bulk change %s was not submitted by this user", task)
	}
	return p, err
}
