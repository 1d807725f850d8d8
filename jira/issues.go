package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on issues.
var (
	OpGetIssue = operation.Operation{
		ID: "getIssue", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: issueScopes}, Repeatable: true,
		Names: []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerIssue,
	}
	OpBulkFetch = operation.Operation{
		ID: "bulkFetchIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/bulkfetch",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: issueScopes}, Repeatable: true,
		Names: []operation.Naming{{Kind: operation.KindIssue, At: "body:issueIdsOrKeys"}}, Answers: operation.AnswerIssues,
	}
	OpCreateIssue = operation.Operation{
		ID: "createIssue", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"},
			Granular: []string{"write:issue:jira", "write:comment:jira", "write:comment.property:jira", "write:attachment:jira", "read:issue:jira"}},
		Names: []operation.Naming{{Kind: operation.KindNewFields, At: "body:fields"}, {Kind: operation.KindFields, At: "body:update"}}, Answers: operation.AnswerNothing,
	}
	OpEditIssue = operation.Operation{
		ID: "editIssue", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira"}},
		Names:  []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindFields, At: "body:fields"}, {Kind: operation.KindFields, At: "body:update"}}, Answers: operation.AnswerIssue,
	}
	OpDeleteIssue = operation.Operation{
		ID: "deleteIssue", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue:jira"}},
		Names:  []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
)

var issueScopes = []string{"read:issue-meta:jira", "read:issue-security-level:jira", "read:issue.vote:jira", "read:issue.changelog:jira",
	"read:avatar:jira", "read:issue:jira", "read:status:jira", "read:user:jira", "read:field-configuration:jira"}

// MaxBulkFetch is how many issues one bulk fetch may name.
const MaxBulkFetch = 100

// Fields are an issue's values by field id, as Jira sent them.
type Fields map[string]json.RawMessage

// UnmarshalJSON implements json.Unmarshaler: the values stay as they are, in
// one copy of the whole.
func (f *Fields) UnmarshalJSON(data []byte) error {
	*f = Fields{}
	rawjson.Members(bytes.Clone(data), func(key, value []byte) bool {
		name := string(key)
		if strings.ContainsRune(name, '\\') {
			_ = json.Unmarshal([]byte(`"`+name+`"`), &name) // as it is, if that fails
		}
		(*f)[name] = value
		return true
	})
	return nil
}

// Value decodes one field into T. It reports false when the field is missing,
// null or of another shape.
func Value[T any](f Fields, id string) (T, bool) {
	var v T
	raw, ok := f[id]
	if !ok || len(raw) == 0 || string(raw) == "null" {
		return v, false
	}
	if err := jsonv2.Unmarshal(raw, &v, lenient); err != nil {
		return v, false
	}
	return v, true
}

// Issue is an issue with the fields that were asked for.
type Issue struct {
	ID     string            `json:"id"`
	Key    string            `json:"key"`
	Fields Fields            `json:"fields"`
	Names  map[string]string `json:"names"` // field id → display name, when expanded
	// Transitions are the moves open to the caller, when expanded.
	Transitions []Transition `json:"transitions"`
	// EditMeta is the edit screen as the caller may use it, when expanded.
	EditMeta *EditMeta `json:"editmeta"`
	// Changelog is the newest of what was changed, when expanded.
	Changelog *Changelog `json:"changelog"`
}

func (i *Issue) missingField() string {
	if i.ID == "" && i.Key == "" {
		return "key"
	}
	return ""
}

// Named is anything Jira shows with an id and a name: a status, a priority,
// a component, a version, an issue type.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Link is one link of an issue. Exactly one of Outward and Inward is set: in
// an answer, an issue that carries OutwardIssue reads "this <outward> that".
type Link struct {
	ID   string `json:"id"`
	Type struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Inward  string `json:"inward"`
		Outward string `json:"outward"`
	} `json:"type"`
	Outward *Issue `json:"outwardIssue"`
	Inward  *Issue `json:"inwardIssue"`
}

// ProjectRef is the project an issue says it is in.
type ProjectRef struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Type string `json:"projectTypeKey"` // software, service_desk or business
}

// ServiceDesk reports whether customers may read along.
func (p ProjectRef) ServiceDesk() bool { return p.Type == "service_desk" }

// GetIssue reads one issue by key or id. Field names as in Jira ("*all",
// "-comment"); expand for example "names" and "transitions".
func (c *Client) GetIssue(ctx context.Context, keyOrID string, fields, expand []string) (Issue, error) {
	q := url.Values{}
	if len(fields) > 0 {
		q.Set("fields", strings.Join(fields, ","))
	}
	if len(expand) > 0 {
		q.Set("expand", strings.Join(expand, ","))
	}
	return do[Issue](ctx, c, request{op: OpGetIssue, path: []string{keyOrID}, query: q})
}

// BulkFetch is the answer to a bulk fetch. Issues that do not exist or may not
// be seen are simply not in it.
type BulkFetch struct {
	Issues []Issue `json:"issues"`
}

func (b *BulkFetch) missingField() string {
	if b.Issues == nil {
		return "issues"
	}
	return ""
}

func (b *BulkFetch) isEmpty() bool { return len(b.Issues) == 0 }

// FetchIssues reads up to [MaxBulkFetch] issues by key or id.
func (c *Client) FetchIssues(ctx context.Context, keysOrIDs, fields, expand []string) (BulkFetch, error) {
	body := struct {
		Issues []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fields,omitempty"`
		Expand []string `json:"expand,omitempty"`
	}{keysOrIDs, fields, expand}
	return do[BulkFetch](ctx, c, request{op: OpBulkFetch, body: body})
}

// Edit is a change of an issue, by field id and in Jira's own shapes: what
// Fields become, and what is added to lists and removed from them.
type Edit struct {
	Fields map[string]any   `json:"fields,omitempty"`
	Update map[string][]any `json:"update,omitempty"`
}

// EditIssue changes an issue and returns it as it is afterwards, in the form of
// [Client.GetIssue], with its newest changes. It is sent once; see [Outcome]
// for what a failure means. Jira has no conditional write: what somebody else
// writes between a read and this call is overwritten, field by field.
func (c *Client) EditIssue(ctx context.Context, keyOrID string, e Edit) (Issue, error) {
	out, err := do[Issue](ctx, c, request{op: OpEditIssue, path: []string{keyOrID}, query: url.Values{"returnIssue": {"true"}, "expand": {"changelog"}}, body: e})
	if err == nil {
		c.recent.add(out.ID)
	}
	return out, err
}

// CreatedIssue is the receipt of a create.
type CreatedIssue struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

func (c *CreatedIssue) missingField() string {
	if c.Key == "" {
		return "key"
	}
	return ""
}

// CreateIssue files an issue. It is sent once; see [Outcome] for what a failure
// means.
func (c *Client) CreateIssue(ctx context.Context, issue NewIssue) (CreatedIssue, error) {
	out, err := do[CreatedIssue](ctx, c, request{op: OpCreateIssue, body: issue})
	if err == nil {
		c.recent.add(out.ID)
	}
	return out, err
}

// DeleteIssue deletes an issue for good; one with sub-tasks only together with
// them. It is sent once; see [Outcome] for what a failure means.
func (c *Client) DeleteIssue(ctx context.Context, keyOrID string, withSubtasks bool) error {
	q := url.Values{}
	if withSubtasks {
		q.Set("deleteSubtasks", "true")
	}
	_, err := do[noBody](ctx, c, request{op: OpDeleteIssue, path: []string{keyOrID}, query: q})
	return err
}
