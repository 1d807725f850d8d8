package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on screens, fields and statuses.
var (
	OpCreatableIssueTypes = operation.Operation{
		ID: "getCreateIssueMetaIssueTypes", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: metaScopes},
		Names:  []operation.Reference{{Kind: operation.KindProject, At: "path:projectIdOrKey"}}, Answers: operation.AnswerMeta,
	}
	OpCreateScreenFields = operation.Operation{
		ID: "getCreateIssueMetaIssueTypeId", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: metaScopes},
		Names:  []operation.Reference{{Kind: operation.KindProject, At: "path:projectIdOrKey"}, {Kind: operation.KindSite, At: "path:issueTypeId"}}, Answers: operation.AnswerMeta,
	}
	OpFields = operation.Operation{
		ID: "getFields", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/field",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:field:jira", "read:avatar:jira", "read:project-category:jira", "read:project:jira", "read:field-configuration:jira"}},
		Answers: operation.AnswerSite,
	}
	OpStatuses = operation.Operation{
		ID: "getStatuses", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/status",
		Scopes:  operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:status:jira"}},
		Answers: operation.AnswerSite,
	}
)

// metaScopes are the granular scopes for reading create screens.
var metaScopes = []string{"read:issue-meta:jira", "read:avatar:jira", "read:field-configuration:jira"}

// Schema is the data type of a field.
type Schema struct {
	Type   string `json:"type"`   // string, number, date, datetime, user, option, array …
	Items  string `json:"items"`  // the items' type when Type is array
	System string `json:"system"` // the system field's name, if it is one
	Custom string `json:"custom"` // the custom field type's key, if it is one
}

// Field is a field of the site.
type Field struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Custom bool     `json:"custom"`
	Schema Schema   `json:"schema"`
	Names  []string `json:"clauseNames"` // its names in JQL
	// Untranslated is the original name, if Jira shows Name in another language. It
	// is not in Atlassian's document; sites send it for types, statuses and fields.
	Untranslated string `json:"untranslatedName"`
}

// DisplayNames returns the name in the user's language and the original one.
func (f Field) DisplayNames() []string { return []string{f.Name, f.Untranslated} }

// AllowedValue is a value that a field accepts. The field decides which parts
// of it are set.
type AllowedValue struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Key   string `json:"key"`
	// Children are the values below this one, in a cascading field.
	Children     []AllowedValue `json:"children"`
	Untranslated string         `json:"untranslatedName"` // see [Field]
}

// DisplayNames returns the names of the value: see [AllowedValue.DisplayName] and
// [Field.DisplayNames].
func (v AllowedValue) DisplayNames() []string { return []string{v.DisplayName(), v.Untranslated} }

// DisplayName returns the name under which people know the value, or its id if
// it has none.
func (v AllowedValue) DisplayName() string {
	for _, s := range []string{v.Name, v.Value, v.Key} {
		if s != "" {
			return s
		}
	}
	return v.ID
}

// FieldMeta is a field on a screen.
type FieldMeta struct {
	ID         string          `json:"fieldId"` // createmeta has it; elsewhere it is the map's key
	Key        string          `json:"key"`
	Name       string          `json:"name"`
	Required   bool            `json:"required"`
	HasDefault bool            `json:"hasDefaultValue"`
	Schema     Schema          `json:"schema"`
	Default    json.RawMessage `json:"defaultValue"`
	Operations []string        `json:"operations"` // set, add, remove
	Allowed    []AllowedValue  `json:"-"`
	RawAllowed json.RawMessage `json:"allowedValues"`

	Untranslated string `json:"untranslatedName"` // see [Field]
}

// DisplayNames returns the name in the user's language and the original one.
func (m FieldMeta) DisplayNames() []string { return []string{m.Name, m.Untranslated} }

// UnmarshalJSON implements json.Unmarshaler. It leaves out allowed values of a
// shape unknown to [AllowedValue], so that one of them does not make the whole
// screen unreadable.
func (m *FieldMeta) UnmarshalJSON(data []byte) error {
	type plain FieldMeta
	if err := json.Unmarshal(data, (*plain)(m)); err != nil {
		return err
	}
	if m.ID == "" {
		m.ID = m.Key
	}
	var raw []json.RawMessage
	_ = json.Unmarshal(m.RawAllowed, &raw) // another shape has no values to choose from
	for _, r := range raw {
		var v AllowedValue
		if json.Unmarshal(r, &v) == nil && v.DisplayName() != "" {
			m.Allowed = append(m.Allowed, v)
		}
	}
	m.RawAllowed = nil
	return nil
}

// EditMeta is the edit screen of an issue. It has no fields if the caller lacks
// the permission to edit.
type EditMeta struct {
	Fields map[string]FieldMeta `json:"fields"` // by field id
}

// SortedFields returns the fields, sorted by name.
func (m *EditMeta) SortedFields() []FieldMeta {
	if m == nil {
		return nil
	}
	return SortedFields(m.Fields)
}

// SortedFields returns fields that are given by id, sorted by name.
func SortedFields(fields map[string]FieldMeta) []FieldMeta {
	var out []FieldMeta
	for id, meta := range fields {
		meta.ID = id
		out = append(out, meta)
	}
	slices.SortFunc(out, func(a, b FieldMeta) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return out
}

// IssueType is a type of issue that can be created in a project.
type IssueType struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Subtask bool   `json:"subtask"`
	Level   int    `json:"hierarchyLevel"` // 1 for epics, -1 for sub-tasks

	Untranslated string `json:"untranslatedName"` // see [Field]
}

// Names returns the name in the user's language and the original one.
func (t IssueType) Names() []string { return []string{t.Name, t.Untranslated} }

// metaPage is a page of either createmeta answer.
type metaPage struct {
	Types  []IssueType `json:"issueTypes"`
	Fields []FieldMeta `json:"fields"`
	Total  *int        `json:"total"`
}

func (p *metaPage) isEmpty() bool { return len(p.Types)+len(p.Fields) == 0 }

// metaPageSize is the page size of a request.
const metaPageSize = 200

// metaPage returns one page of a createmeta operation.
func (c *Client) metaPage(ctx context.Context, op operation.Operation, path []string, startAt int) (metaPage, error) {
	return do[metaPage](ctx, c, request{op: op, path: path,
		query: url.Values{"startAt": {strconv.Itoa(startAt)}, "maxResults": {strconv.Itoa(metaPageSize)}}})
}

// setTotal passes on how many items there are on all pages, if the page says so.
func (p *metaPage) setTotal(total *int) {
	if p.Total != nil {
		*total = *p.Total
	}
}

// whole returns the items of a list. It warns at its end if there were fewer than
// Jira reports, and returns an error if there were none. list gets a place for that
// number.
func whole[T any](ctx context.Context, op operation.Operation, name string, list func(total *int) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		total, found := 0, 0
		for item, err := range list(&total) {
			found++
			if !yield(item, err) || err != nil {
				return
			}
		}
		if found > 0 && found < total {
			warnBrokenOff(ctx, fmt.Sprintf("Jira reports %d %s", total, name), found)
			return
		}
		if found < total {
			e := incompleteError(op, answer{status: http.StatusOK}, name)
			e.Messages = []string{fmt.Sprintf("the answer has %d %s of %d", found, name, total)}
			yield(zero, e)
		}
	}
}

// CreatableIssueTypes returns the issue types that the caller can create in a
// project.
func (c *Client) CreatableIssueTypes(ctx context.Context, project string) iter.Seq2[IssueType, error] {
	return whole(ctx, OpCreatableIssueTypes, "issueTypes", func(total *int) iter.Seq2[IssueType, error] {
		return itemsByStart(ctx, func(t IssueType) string { return t.ID }, func(ctx context.Context, start int) ([]IssueType, startEnd, error) {
			p, err := c.metaPage(ctx, OpCreatableIssueTypes, []string{project}, start)
			for n := range p.Types {
				p.Types[n].Subtask = p.Types[n].Subtask || p.Types[n].Level < 0
			}
			p.setTotal(total)
			return p.Types, startEnd{Total: p.Total}, err
		})
	})
}

// CreateScreenFields returns the fields on the create screen of an issue type
// in a project.
func (c *Client) CreateScreenFields(ctx context.Context, project, typeID string) iter.Seq2[FieldMeta, error] {
	return whole(ctx, OpCreateScreenFields, "fields", func(total *int) iter.Seq2[FieldMeta, error] {
		return itemsByStart(ctx, func(f FieldMeta) string { return f.ID }, func(ctx context.Context, start int) ([]FieldMeta, startEnd, error) {
			p, err := c.metaPage(ctx, OpCreateScreenFields, []string{project, typeID}, start)
			p.setTotal(total)
			return p.Fields, startEnd{Total: p.Total}, err
		})
	})
}

// Fields returns the site's fields that the caller may see.
func (c *Client) Fields(ctx context.Context) ([]Field, error) {
	return do[[]Field](ctx, c, request{op: OpFields})
}

// Statuses returns the statuses of all workflows that the caller can see. Names
// repeat if projects have statuses of their own.
func (c *Client) Statuses(ctx context.Context) ([]Status, error) {
	return do[[]Status](ctx, c, request{op: OpStatuses})
}
