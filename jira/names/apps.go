package names

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// Fields of Atlassian's other products and of apps are written in another form
// than they are read, and Jira lists no values for them. Their names are taken
// from issues of the project that have a value; without one, the id is needed.

// appKind describes the values of a kind of field.
type appKind struct {
	what    string // in errors: "team"
	form    string // what the field takes, for people
	isValue func(value string) bool
	// written returns the form that Jira takes for a value in the form that people
	// give, if isValue is true for it.
	written func(value string) any
	// known returns the names in a value as issues have it, each with the form that
	// Jira takes.
	known func(held json.RawMessage) map[string]any
}

// appKindOf returns the kind of a schema type, or of the items of a list.
func appKindOf(kind string) (appKind, bool) {
	switch kind {
	case "team":
		return appKind{"team", "the name of a team that an issue of the project has, or the team's id (a UUID)",
			isTeamID, func(v string) any { return v }, knownTeam}, true
	case "sd-customerrequesttype":
		return appKind{"request type", "the name of a request type that an issue of the project has, or its id, such as 12", isDigits, func(v string) any { return v }, knownRequestType}, true
	case "sd-customerorganization":
		return appKind{"organization", "the name of an organization that an issue of the project has, or its id, such as 3", isDigits, number, knownOrganization}, true
	case "sd-request-lang":
		return appKind{"language", "the code of a language, such as de", isLanguageCode,
			func(v string) any { return map[string]string{"languageCode": strings.ToLower(v)} }, knownLanguage}, true
	case "cmdb-object-field":
		return appKind{"object", `a JSON array such as [{"workspaceId":"…","id":"…:24","objectId":"24"}], or the label of an object that an issue of the project has`,
			func(string) bool { return false }, nil, knownAsset}, true
	}
	return appKind{}, false
}

// AppForm describes what a field of another product takes; "" for other fields.
func AppForm(f jira.FieldMeta) string {
	switch f.Schema.Type {
	case "sd-servicelevelagreement", "sd-feedback":
		return "computed by Jira, cannot be set"
	}
	kind, _ := appKindOf(appSchema(f))
	return kind.form
}

// appSchema returns the schema type of a field, or that of its items.
func appSchema(f jira.FieldMeta) string {
	if f.Schema.Type == "array" {
		return f.Schema.Items
	}
	return f.Schema.Type
}

// encodeApp encodes a value of a field of another product. ok is false for other
// fields. JSON is passed on as it is.
func (n *Names) encodeApp(ctx context.Context, f jira.FieldMeta, project, value string) (encoded any, ok bool, _ error) {
	kind, ok := appKindOf(appSchema(f))
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return nil, false, nil
	case kind.isValue(value) && !isDigits(value):
		return kind.written(value), true, nil
	}
	if raw, isJSON := structured(value); isJSON {
		return raw, true, nil
	}
	known, err := n.appValues(ctx, f, project, kind)
	if err != nil && kind.isValue(value) {
		return kind.written(value), true, nil // its name is not needed
	}
	if err != nil {
		return nil, true, &ValueError{f.Name, fmt.Sprintf("the names in issues of %s could not be read: %v. It takes %s", project, err, kind.form)}
	}
	names := slices.Sorted(maps.Keys(known))
	var fits []any
	for _, name := range names {
		if v := known[name]; strings.EqualFold(name, value) && !slices.ContainsFunc(fits, func(other any) bool { return reflect.DeepEqual(other, v) }) {
			fits = append(fits, v)
		}
	}
	switch {
	case len(fits) > 1 || len(fits) == 1 && fits[0] == any(ambiguousApp{}):
		return nil, true, &ValueError{f.Name, fmt.Sprintf("%q is ambiguous: issues of %s have different values with this name. It takes %s", value, project, kind.form)}
	case len(fits) == 1:
		return fits[0], true, nil
	case kind.isValue(value): // no name is the same, so it is an id
		return kind.written(value), true, nil
	}
	text := fmt.Sprintf("none of the issues of %s that changed last has the %s %q", cmp.Or(project, "the project"), kind.what, value)
	if len(names) > 0 {
		text += "; known: " + strings.Join(QuoteCommas(names[:min(len(names), maxListed)]), ", ")
	}
	return nil, true, &ValueError{f.Name, text + ". It takes " + kind.form}
}

// ambiguousApp stands for a name that different values have.
type ambiguousApp struct{}

// appValues returns the names that issues of a project have in a field, each with
// the form that Jira takes, or ambiguousApp.
func (n *Names) appValues(ctx context.Context, f jira.FieldMeta, project string, kind appKind) (map[string]any, error) {
	clause := jiraClause(f)
	if project == "" || clause == "" {
		return nil, nil
	}
	return n.apps.Get(ctx, [2]string{strings.ToUpper(project), f.ID}, func(ctx context.Context) (map[string]any, error) {
		page, err := n.jira.SearchPage(ctx, jira.Search{JQL: fmt.Sprintf("project = %s AND %s IS NOT EMPTY ORDER BY updated DESC", jql.Quote(project), clause), Fields: []string{f.ID}, Limit: 100})
		out := map[string]any{}
		for _, i := range page.Issues {
			for name, v := range kind.known(i.Fields[f.ID]) {
				if other, ok := out[name]; ok && !reflect.DeepEqual(other, v) {
					v = ambiguousApp{}
				}
				out[name] = v
			}
		}
		return out, err
	})
}

// jiraClause returns the name of a custom field in JQL, by its number.
func jiraClause(f jira.FieldMeta) string {
	if number, ok := strings.CutPrefix(f.ID, "customfield_"); ok && isDigits(number) {
		return "cf[" + number + "]"
	}
	return ""
}

// isTeamID reports whether a text is the id of a team, which can end in the
// number of a site.
func isTeamID(v string) bool { return len(v) >= 36 && isUUID(strings.ToLower(v[:36])) }

// isDigits reports whether a text is a whole number.
func isDigits(v string) bool {
	return v != "" && !strings.ContainsFunc(v, func(r rune) bool { return r < '0' || r > '9' })
}

// isLanguageCode reports whether a text is a code such as de or pt-BR.
func isLanguageCode(v string) bool {
	code, _, _ := strings.Cut(v, "-")
	return len(code) == 2 && !strings.ContainsFunc(code, func(r rune) bool { return !('a' <= r|0x20 && r|0x20 <= 'z') })
}

// number returns a text of digits as a number.
func number(v string) any {
	n, _ := strconv.ParseInt(v, 10, 64) // isDigits has checked it
	return n
}

// knownTeam returns the team of an issue.
func knownTeam(held json.RawMessage) map[string]any {
	var v struct{ ID, Name string }
	if json.Unmarshal(held, &v) != nil || v.Name == "" {
		return nil
	}
	return map[string]any{v.Name: v.ID}
}

// knownRequestType returns the request type of an issue.
func knownRequestType(held json.RawMessage) map[string]any {
	var v struct {
		Type struct{ ID, Name string } `json:"requestType"`
	}
	if json.Unmarshal(held, &v) != nil || v.Type.Name == "" {
		return nil
	}
	return map[string]any{v.Type.Name: v.Type.ID}
}

// knownOrganization returns the organizations of an issue.
func knownOrganization(held json.RawMessage) map[string]any {
	var list []struct{ ID, Name string }
	_ = json.Unmarshal(held, &list) // none: the same
	out := map[string]any{}
	for _, v := range list {
		if isDigits(v.ID) {
			out[v.Name] = number(v.ID)
		}
	}
	return out
}

// knownLanguage returns the language of an issue.
func knownLanguage(held json.RawMessage) map[string]any {
	var v struct {
		Code string `json:"languageCode"`
		Name string `json:"displayName"`
	}
	if json.Unmarshal(held, &v) != nil || v.Name == "" {
		return nil
	}
	return map[string]any{v.Name: map[string]string{"languageCode": v.Code}}
}

// knownAsset returns the objects of an issue, by label and by key.
func knownAsset(held json.RawMessage) map[string]any {
	var list []struct {
		Workspace string `json:"workspaceId"`
		ID        string `json:"id"`
		Object    string `json:"objectId"`
		Label     string `json:"label"`
		Key       string `json:"objectKey"`
	}
	_ = json.Unmarshal(held, &list) // none: the same
	out := map[string]any{}
	for _, v := range list {
		for _, name := range []string{v.Label, v.Key} {
			if name != "" {
				out[name] = map[string]string{"workspaceId": v.Workspace, "id": v.ID, "objectId": v.Object}
			}
		}
	}
	return out
}
