package jira

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on an issue's workflow.
var (
	OpGetTransitions = operation.Operation{
		ID: "getTransitions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/transitions",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:issue.transition:jira", "read:status:jira", "read:field-configuration:jira"}},
		Names: []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerTransitions,
	}
	OpTransition = operation.Operation{
		ID: "doTransition", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/transitions",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira", "write:issue.property:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindFields, At: "body:fields"}, {Kind: operation.KindFields, At: "body:update"}}, Answers: operation.AnswerNothing,
	}
)

// Operations on the values of workflows.
var (
	OpResolutions = operation.Operation{
		ID: "searchResolutions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/resolution/search",
		Scopes:  operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:resolution:jira"}},
		Answers: operation.AnswerSite,
	}
	OpProjectStatuses = operation.Operation{
		ID: "getAllStatuses", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/statuses",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:issue-status:jira", "read:issue-type:jira", "read:status:jira"}},
		Names: []operation.Reference{{Kind: operation.KindProject, At: "path:projectIdOrKey"}}, Answers: operation.AnswerMeta,
	}
)

// Status is a status of a workflow.
type Status struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category struct {
		Key  string `json:"key"` // new, indeterminate or done
		Name string `json:"name"`
	} `json:"statusCategory"`

	Untranslated string `json:"untranslatedName"` // see [Field]
}

// CategoryName returns the name of the status's category, or the one that Jira
// shows in English for its key.
func (s Status) CategoryName() string {
	return cmp.Or(s.Category.Name, map[string]string{"new": "To Do", "indeterminate": "In Progress", "done": "Done"}[s.Category.Key])
}

// Names returns the name in the user's language and the original one.
func (s Status) Names() []string { return []string{s.Name, s.Untranslated} }

// Transition is a change of status that the caller can make from the issue's
// present status. Its id is valid only for this issue in this status.
type Transition struct {
	ID        string               `json:"id"`
	Name      string               `json:"name"`
	To        Status               `json:"to"`
	HasScreen bool                 `json:"hasScreen"`
	IsGlobal  bool                 `json:"isGlobal"` // available in every status, also in To itself
	Looped    bool                 `json:"looped"`   // the name in Atlassian's document
	IsLooped  bool                 `json:"isLooped"` // the name that sites send
	Fields    map[string]FieldMeta `json:"fields"`   // by field id, when expanded
}

// IsLoop reports whether the transition leads back to the status that it starts
// from, as one that only reassigns an issue does.
func (t Transition) IsLoop() bool { return t.Looped || t.IsLooped }

// transitions is the answer to getTransitions.
type transitions struct {
	Transitions []Transition `json:"transitions"`
}

func (t *transitions) isEmpty() bool { return len(t.Transitions) == 0 }

// Transitions returns the transitions that the caller can make, with the fields
// on their screens.
func (c *Client) Transitions(ctx context.Context, keyOrID string) ([]Transition, error) {
	out, err := do[transitions](ctx, c, request{op: OpGetTransitions, path: []string{keyOrID},
		query: url.Values{"expand": {"transitions.fields"}}})
	return out.Transitions, err
}

// TransitionRequest is a transition to make, with values for its screen.
type TransitionRequest struct {
	TransitionID string
	Fields       map[string]any   // by field id
	Update       map[string][]any // operations by field id: {"add": …}, {"remove": …}
	Comment      *NewComment      // only if the screen has a comment
}

// Transition makes a transition. The request is sent once.
func (c *Client) Transition(ctx context.Context, keyOrID string, m TransitionRequest) error {
	body := map[string]any{"transition": map[string]string{"id": m.TransitionID}}
	if len(m.Fields) > 0 {
		body["fields"] = m.Fields
	}
	update := map[string][]any{}
	for id, operations := range m.Update {
		update[id] = operations
	}
	if m.Comment != nil {
		update["comment"] = []any{map[string]any{"add": m.Comment.body()}}
	}
	if len(update) > 0 {
		body["update"] = update
	}
	_, err := do[noBody](ctx, c, request{op: OpTransition, path: []string{keyOrID}, body: body})
	return err
}

// resolutionPage is a page of the answer to searchResolutions.
type resolutionPage struct {
	Values []struct {
		Name string `json:"name"`
	} `json:"values"`
	startEnd
}

// Resolutions returns the names of the site's resolutions.
func (c *Client) Resolutions(ctx context.Context) iter.Seq2[string, error] {
	return itemsByStart(ctx, func(name string) string { return name }, func(ctx context.Context, start int) ([]string, startEnd, error) {
		p, err := do[resolutionPage](ctx, c, request{op: OpResolutions, query: url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {"100"}}})
		var names []string
		for _, v := range p.Values {
			names = append(names, v.Name)
		}
		return names, p.startEnd, err
	})
}

// TypeStatuses lists the statuses of the workflow of an issue type.
type TypeStatuses struct {
	TypeID   string   `json:"id"`
	Statuses []Status `json:"statuses"`
}

// ProjectStatuses returns the statuses that issues of a project can have, by
// issue type.
func (c *Client) ProjectStatuses(ctx context.Context, project string) ([]TypeStatuses, error) {
	return do[[]TypeStatuses](ctx, c, request{op: OpProjectStatuses, path: []string{project}})
}
