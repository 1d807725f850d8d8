package jira

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpReference asks what the query language has on this site.
var OpReference = operation.Operation{
	ID: "getAutoComplete", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/jql/autocompletedata",
	Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:field:jira"}},
	Repeatable: true, Answers: operation.AnswerSite,
}

// OpSuggest asks for values of a field, for queries.
var OpSuggest = operation.Operation{
	ID: "getFieldAutoCompleteForQueryString", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/jql/autocompletedata/suggestions",
	Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-details:jira"}},
	Repeatable: true, Names: []operation.Naming{{Kind: operation.KindValues, At: "query:fieldName"}}, Answers: operation.AnswerSite,
}

// Reference is what JQL has on a site: fields with the operators they take,
// and functions.
type Reference struct {
	Fields    []ReferenceField    `json:"visibleFieldNames"`
	Functions []ReferenceFunction `json:"visibleFunctionNames"`
}

// ReferenceField is a field as queries name it.
type ReferenceField struct {
	Value     string   `json:"value"` // as it is written, perhaps in quotes
	Display   string   `json:"displayName"`
	CustomID  string   `json:"cfid"` // cf[10001]; empty for a system field
	Operators []string `json:"operators"`
}

// Name is the field's name without quotes.
func (f ReferenceField) Name() string { return strings.Trim(f.Value, `"`) }

// Is reports whether a query's field is this one: by its name or by cf[…].
func (f ReferenceField) Is(name string) bool {
	name = strings.TrimSpace(name)
	return strings.EqualFold(f.Name(), name) || f.CustomID != "" && strings.EqualFold(f.CustomID, name)
}

// ReferenceFunction is a function of the query language.
type ReferenceFunction struct {
	Value string `json:"value"` // with parentheses: currentUser()
}

// Name is the function's name alone.
func (f ReferenceFunction) Name() string {
	name, _, _ := strings.Cut(f.Value, "(")
	return name
}

func (r *Reference) missingField() string {
	if r.Fields == nil {
		return "visibleFieldNames"
	}
	return ""
}

func (r *Reference) isEmpty() bool { return len(r.Fields) == 0 }

// QueryReference asks which fields, operators and functions queries may use.
func (c *Client) QueryReference(ctx context.Context) (Reference, error) {
	return do[Reference](ctx, c, request{op: OpReference})
}

type suggestions struct {
	Results []struct {
		Value string `json:"value"`
	} `json:"results"`
}

func (s *suggestions) isEmpty() bool { return len(s.Results) == 0 }

// SuggestValues are values that a field has in queries, without quotes: some of
// them where there are many. They are of the whole site, and so not for a client
// behind a fence.
func (c *Client) SuggestValues(ctx context.Context, field, beginning string) ([]string, error) {
	q := url.Values{"fieldName": {field}}
	if beginning != "" {
		q.Set("fieldValue", beginning)
	}
	answer, err := do[suggestions](ctx, c, request{op: OpSuggest, query: q})
	var out []string
	for _, r := range answer.Results {
		out = append(out, strings.Trim(r.Value, `"`))
	}
	return out, err
}
