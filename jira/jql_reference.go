package jira

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpJQLReference reads the fields, operators and functions of JQL on this site.
var OpJQLReference = operation.Operation{
	ID: "getAutoComplete", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/jql/autocompletedata",
	Scopes:  operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:field:jira"}},
	Answers: operation.AnswerSite,
}

// OpSuggestValues reads the values of a field, for use in queries.
var OpSuggestValues = operation.Operation{
	ID: "getFieldAutoCompleteForQueryString", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/jql/autocompletedata/suggestions",
	Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-details:jira"}},
	Names:  []operation.Reference{{Kind: operation.KindFieldValues, At: "query:fieldName"}}, Answers: operation.AnswerSite,
}

// JQLReference lists the fields of JQL on a site, with their operators, and its
// functions.
type JQLReference struct {
	Fields    []JQLField    `json:"visibleFieldNames"`
	Functions []JQLFunction `json:"visibleFunctionNames"`
}

// JQLField is a field in JQL.
type JQLField struct {
	Value     string   `json:"value"` // as queries write it, perhaps in quotes
	Display   string   `json:"displayName"`
	CustomID  string   `json:"cfid"` // cf[10001]; empty for a system field
	Operators []string `json:"operators"`
}

// Name returns the field's name without quotes.
func (f JQLField) Name() string { return strings.Trim(f.Value, `"`) }

// IsNamed reports whether name, or cf[…], means this field in a query.
func (f JQLField) IsNamed(name string) bool {
	name = strings.TrimSpace(name)
	return strings.EqualFold(f.Name(), name) || f.CustomID != "" && strings.EqualFold(f.CustomID, name)
}

// JQLFunction is a function in JQL.
type JQLFunction struct {
	Value string `json:"value"` // with parentheses: currentUser()
}

// Name returns the function's name without parentheses.
func (f JQLFunction) Name() string {
	name, _, _ := strings.Cut(f.Value, "(")
	return name
}

func (r *JQLReference) isEmpty() bool { return len(r.Fields) == 0 }

// JQLReference returns the fields, operators and functions that queries may use.
func (c *Client) JQLReference(ctx context.Context) (JQLReference, error) {
	return do[JQLReference](ctx, c, request{op: OpJQLReference})
}

// suggestions is the answer to OpSuggestValues.
type suggestions struct {
	Results []struct {
		Value string `json:"value"`
	} `json:"results"`
}

func (s *suggestions) isEmpty() bool { return len(s.Results) == 0 }

// SuggestValues returns values of a field that begin with beginning, as queries
// use them but without quotes; only some of them if there are many. They are
// values of the whole site, so that a client behind a fence must not return
// them.
func (c *Client) SuggestValues(ctx context.Context, field, beginning string) ([]string, error) {
	q := url.Values{"fieldName": {field}}
	if beginning != "" {
		q.Set("fieldValue", beginning)
	}
	answer, err := do[suggestions](ctx, c, request{op: OpSuggestValues, query: q})
	var out []string
	for _, r := range answer.Results {
		out = append(out, strings.Trim(r.Value, `"`))
	}
	return out, err
}
