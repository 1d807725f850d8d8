package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on issues.
var (
	OpGetIssue = operation.Operation{
		ID: "getIssue", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: issueScopes},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerIssue,
	}
	OpBulkFetch = operation.Operation{
		ID: "bulkFetchIssues", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/bulkfetch",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: issueScopes}, ReadOnly: true,
		Names: []operation.Reference{{Kind: operation.KindIssue, At: "body:issueIdsOrKeys"}}, Answers: operation.AnswerIssues,
	}
	OpCreateIssue = operation.Operation{
		ID: "createIssue", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"},
			Granular: []string{"write:issue:jira", "write:comment:jira", "write:comment.property:jira", "write:attachment:jira", "read:issue:jira"}},
		Names: []operation.Reference{{Kind: operation.KindNewFields, At: "body:fields"}, {Kind: operation.KindFields, At: "body:update"}}, Answers: operation.AnswerNothing,
	}
	OpEditIssue = operation.Operation{
		ID: "editIssue", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindFields, At: "body:fields"}, {Kind: operation.KindFields, At: "body:update"}}, Answers: operation.AnswerIssue,
	}
	OpDeleteIssue = operation.Operation{
		ID: "deleteIssue", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:issue:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
)

// issueScopes are the granular scopes for reading issues.
var issueScopes = []string{"read:issue-meta:jira", "read:issue-security-level:jira", "read:issue.vote:jira", "read:issue.changelog:jira",
	"read:avatar:jira", "read:issue:jira", "read:status:jira", "read:user:jira", "read:field-configuration:jira"}

// MaxBulkFetch is how many issues one bulk fetch may name.
const MaxBulkFetch = 100

// Fields are the values of an issue by field id, as Jira sent them.
type Fields map[string]json.RawMessage

// UnmarshalJSONFrom implements jsonv2.UnmarshalerFrom. The values remain undecoded,
// in one copy of all; [Value] decodes the ones that a caller needs. The names are
// parts of one string, since an issue has many fields.
func (f *Fields) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		*f = nil
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	var nameRoom [1024]byte
	var valueRoom [8192]byte
	var endRoom [64][2]int
	names, values, ends := nameRoom[:0], valueRoom[:0], endRoom[:0]
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		names = appendText(names, name[1:len(name)-1])
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		values = append(values, value...)
		ends = append(ends, [2]int{len(names), len(values)})
	}
	text, all, begin := string(names), bytes.Clone(values), [2]int{}
	*f = make(Fields, len(ends))
	for _, end := range ends {
		(*f)[text[begin[0]:end[0]]] = all[begin[1]:end[1]:end[1]]
		begin = end
	}
	_, err := dec.ReadToken()
	return err
}

// UnmarshalJSON implements json.Unmarshaler, for encoding/json.
func (f *Fields) UnmarshalJSON(data []byte) error {
	return f.UnmarshalJSONFrom(jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)))
}

// FieldNames are the display names of fields by id.
type FieldNames map[string]string

// UnmarshalJSON implements json.Unmarshaler. A member that is not text is left out.
// The texts are parts of one string, since a site has many fields.
func (f *FieldNames) UnmarshalJSON(data []byte) error {
	texts := make([]byte, 0, len(data))
	var room [64][2]int // where an id and its name end in the texts
	ends := room[:0]
	rawjson.Members(data, func(key, value []byte) bool {
		if value[0] == '"' {
			texts = appendText(texts, key)
			id := len(texts)
			texts = appendText(texts, value[1:len(value)-1])
			ends = append(ends, [2]int{id, len(texts)})
		}
		return true
	})
	all, begin := string(texts), 0
	*f = make(FieldNames, len(ends))
	for _, end := range ends {
		(*f)[all[begin:end[0]]] = all[end[0]:end[1]]
		begin = end[1]
	}
	return nil
}

// appendText appends the text of a JSON string, which is given without its quotes.
func appendText(to, plain []byte) []byte {
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return append(to, plain...)
	}
	to, _ = jsontext.AppendUnquote(to, slices.Concat([]byte{'"'}, plain, []byte{'"'})) // the error is about invalid UTF-8, which it replaces
	return to
}

// Value returns one field decoded into T. It reports false if the field is
// missing, null or of another shape.
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

// Number returns the number in a field of an issue. It warns about a value of
// another type: an estimate that nobody can read is not the same as none.
func Number(ctx context.Context, i Issue, id string) (float64, bool) {
	v, ok := Value[float64](i.Fields, id)
	if raw := i.Fields[id]; !ok && len(raw) > 0 && string(raw) != "null" {
		Warn(ctx, fmt.Sprintf("The value of %s of %s could not be read: it is not a number.", id, i.Key))
	}
	return v, ok
}

// Issue is an issue with the fields that the request named.
type Issue struct {
	ID     string     `json:"id"`
	Key    string     `json:"key"`
	Fields Fields     `json:"fields"`
	Names  FieldNames `json:"names"` // field id → display name, when expanded
	// Transitions are the transitions that the caller can make, when expanded.
	Transitions []Transition `json:"transitions"`
	// EditMeta is the edit screen for the caller, when expanded.
	EditMeta *EditMeta `json:"editmeta"`
	// Changelog holds the newest changes, when expanded.
	Changelog *Changelog `json:"changelog"`
}

// Named is anything that Jira represents by an id and a name: a status, a
// priority, a component, a version, an issue type.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Link is one link of an issue. Exactly one of Outward and Inward is set. In an
// answer, an issue that carries OutwardIssue reads "this <outward> that".
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

// ProjectRef is the project of an issue, as the issue's field contains it.
type ProjectRef struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Type string `json:"projectTypeKey"` // software, service_desk or business
}

// IsServiceDesk reports whether the project is a service desk, whose customers
// may read along.
func (p ProjectRef) IsServiceDesk() bool { return p.Type == "service_desk" }

// GetIssue returns one issue by key or id. fields are Jira's field names
// ("*all", "-comment"); expand are, for example, "names" and "transitions".
func (c *Client) GetIssue(ctx context.Context, keyOrID string, fields, expand []string) (Issue, error) {
	q := url.Values{}
	if len(fields) > 0 {
		q.Set("fields", strings.Join(fields, ","))
	}
	if len(expand) > 0 {
		q.Set("expand", strings.Join(expand, ","))
	}
	return do[Issue](ctx, c, request{op: OpGetIssue, path: []string{keyOrID}, query: q, issueFields: fields})
}

// BulkFetch is the answer to a bulk fetch. It lacks issues that do not exist or
// that the caller may not see.
type BulkFetch struct {
	Issues []Issue `json:"issues"`
}

func (b *BulkFetch) isEmpty() bool { return len(b.Issues) == 0 }

// FetchIssues returns up to [MaxBulkFetch] issues by key or id, each once. Issues
// that do not exist, or that the caller may not see, are left out.
func (c *Client) FetchIssues(ctx context.Context, keysOrIDs, fields, expand []string) (BulkFetch, error) {
	body := struct {
		Issues []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fields,omitempty"`
		Expand []string `json:"expand,omitempty"`
	}{keysOrIDs, fields, expand}
	return do[BulkFetch](ctx, c, request{op: OpBulkFetch, body: body, issueFields: fields})
}

// Edit is a change of an issue, by field id and in Jira's own shapes: new
// values (Fields), and items to add to lists and remove from them (Update).
type Edit struct {
	Fields map[string]any   `json:"fields,omitempty"`
	Update map[string][]any `json:"update,omitempty"`
}

// EditIssue changes an issue and returns it as it is afterwards, in the form of
// [Client.GetIssue], with its newest changes. The request is sent once; see
// [Outcome] for the meaning of a failure. Jira has no conditional write: the
// edit overwrites, field by field, whatever somebody else wrote since the
// caller's last read.
//
// Jira can confirm the edit without returning the issue (204); the issue is then
// empty, and the caller has to read it.
func (c *Client) EditIssue(ctx context.Context, keyOrID string, e Edit) (Issue, error) {
	out, err := do[editedIssue](ctx, c, request{op: OpEditIssue, path: []string{keyOrID}, query: url.Values{"returnIssue": {"true"}, "expand": {"changelog"}}, body: e})
	if err == nil && out.ID != "" {
		c.recent.add(out.ID)
	}
	return out.Issue, err
}

// editedIssue is the answer to an edit, which may be empty.
type editedIssue struct{ Issue }

func (*editedIssue) allowsNoBody() {}

// CreatedIssue is the answer to a create.
type CreatedIssue struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// CreateIssue creates an issue. The request is sent once; see [Outcome] for the
// meaning of a failure.
func (c *Client) CreateIssue(ctx context.Context, issue NewIssue) (CreatedIssue, error) {
	out, err := do[CreatedIssue](ctx, c, request{op: OpCreateIssue, body: issue})
	if err == nil {
		c.recent.add(out.ID)
	}
	return out, err
}

// DeleteIssue deletes an issue permanently. Jira deletes an issue with
// sub-tasks only together with them (withSubtasks). The request is sent once;
// see [Outcome] for the meaning of a failure.
func (c *Client) DeleteIssue(ctx context.Context, keyOrID string, withSubtasks bool) error {
	q := url.Values{}
	if withSubtasks {
		q.Set("deleteSubtasks", "true")
	}
	_, err := do[noBody](ctx, c, request{op: OpDeleteIssue, path: []string{keyOrID}, query: q})
	return err
}
