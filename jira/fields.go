package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on screens and fields.
var (
	OpCreateTypes = operation.Operation{
		ID: "getCreateIssueMetaIssueTypes", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: metaScopes},
		Repeatable: true, Names: []operation.Naming{{Kind: operation.KindProject, At: "path:projectIdOrKey"}}, Answers: operation.AnswerMeta,
	}
	OpCreateFields = operation.Operation{
		ID: "getCreateIssueMetaIssueTypeId", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: metaScopes},
		Repeatable: true, Names: []operation.Naming{{Kind: operation.KindProject, At: "path:projectIdOrKey"}, {Kind: operation.KindSite, At: "path:issueTypeId"}}, Answers: operation.AnswerMeta,
	}
	OpFields = operation.Operation{
		ID: "getFields", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/field",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:field:jira", "read:avatar:jira", "read:project-category:jira", "read:project:jira", "read:field-configuration:jira"}},
		Repeatable: true, Answers: operation.AnswerSite,
	}
	OpStatuses = operation.Operation{
		ID: "getStatuses", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/status",
		Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:status:jira"}},
		Repeatable: true, Answers: operation.AnswerSite,
	}
)

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
	Names  []string `json:"clauseNames"` // what JQL calls it
}

// AllowedValue is one value a field accepts; which of its parts are set
// depends on the field.
type AllowedValue struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Key   string `json:"key"`
	// Children are the values below this one, of a cascading field.
	Children []AllowedValue `json:"children"`
}

// Label is what people call the value.
func (v AllowedValue) Label() string {
	for _, s := range []string{v.Name, v.Value, v.Key} {
		if s != "" {
			return s
		}
	}
	return v.ID
}

// FieldMeta is a field as it stands on a screen.
type FieldMeta struct {
	ID         string          `json:"fieldId"` // createmeta; elsewhere it is the map's key
	Key        string          `json:"key"`
	Name       string          `json:"name"`
	Required   bool            `json:"required"`
	HasDefault bool            `json:"hasDefaultValue"`
	Schema     Schema          `json:"schema"`
	Default    json.RawMessage `json:"defaultValue"`
	Operations []string        `json:"operations"` // set, add, remove
	Allowed    []AllowedValue  `json:"-"`
	RawAllowed json.RawMessage `json:"allowedValues"`
}

// UnmarshalJSON implements json.Unmarshaler. Values of a shape unknown to
// [AllowedValue] are left out rather than failing the whole screen.
func (m *FieldMeta) UnmarshalJSON(data []byte) error {
	type plain FieldMeta
	if err := json.Unmarshal(data, (*plain)(m)); err != nil {
		return err
	}
	if m.ID == "" {
		m.ID = m.Key
	}
	var raw []json.RawMessage
	_ = json.Unmarshal(m.RawAllowed, &raw) // another shape: nothing to choose from
	for _, r := range raw {
		var v AllowedValue
		if json.Unmarshal(r, &v) == nil && v.Label() != "" {
			m.Allowed = append(m.Allowed, v)
		}
	}
	m.RawAllowed = nil
	return nil
}

// EditMeta is the screen on which an issue is edited. Without the permission
// to edit it has no fields.
type EditMeta struct {
	Fields map[string]FieldMeta `json:"fields"` // by field id
}

// Screen lists the fields, by name.
func (m *EditMeta) Screen() []FieldMeta {
	if m == nil {
		return nil
	}
	return ScreenOf(m.Fields)
}

// ScreenOf lists fields that are given by id, sorted by name.
func ScreenOf(fields map[string]FieldMeta) []FieldMeta {
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
	Level   int    `json:"hierarchyLevel"` // 1 of epics, -1 of sub-tasks
}

// metaPage is a page of either createmeta answer.
type metaPage struct {
	Types  []IssueType `json:"issueTypes"`
	Fields []FieldMeta `json:"fields"`
	Total  int         `json:"total"`
}

func (p *metaPage) isEmpty() bool { return len(p.Types)+len(p.Fields) == 0 }

const metaPageSize = 200

func (c *Client) metaPage(ctx context.Context, op operation.Operation, path []string, startAt int) (metaPage, error) {
	return do[metaPage](ctx, c, request{op: op, path: path,
		query: url.Values{"startAt": {strconv.Itoa(startAt)}, "maxResults": {strconv.Itoa(metaPageSize)}}})
}

// CreateTypes walks the types of issues the caller can create in a project.
func (c *Client) CreateTypes(ctx context.Context, project string) iter.Seq2[IssueType, error] {
	return byStart(ctx, func(ctx context.Context, start int) ([]IssueType, bool, error) {
		p, err := c.metaPage(ctx, OpCreateTypes, []string{project}, start)
		return p.Types, start+len(p.Types) >= p.Total, err
	})
}

// CreateFields walks the fields of the create screen of a type in a project.
func (c *Client) CreateFields(ctx context.Context, project, typeID string) iter.Seq2[FieldMeta, error] {
	return byStart(ctx, func(ctx context.Context, start int) ([]FieldMeta, bool, error) {
		p, err := c.metaPage(ctx, OpCreateFields, []string{project, typeID}, start)
		return p.Fields, start+len(p.Fields) >= p.Total, err
	})
}

// Fields lists the site's fields, as far as the caller may see them.
func (c *Client) Fields(ctx context.Context) ([]Field, error) {
	return do[[]Field](ctx, c, request{op: OpFields})
}

// Statuses lists the statuses of all workflows the caller can see. Names
// repeat where projects have statuses of their own.
func (c *Client) Statuses(ctx context.Context) ([]Status, error) {
	return do[[]Status](ctx, c, request{op: OpStatuses})
}
