package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// projectVersions handles GET project/{project}/versions.
func projectVersions(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	return renderEach(p.Versions, func(v *store.Version) any { return r.version(v) }), nil
}

// projectComponents handles GET project/{project}/components.
func projectComponents(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	return renderEach(p.Components, func(n *store.Named) any { return r.named("component", n) }), nil
}

// searchFilters handles GET filter/search: shared filters and the caller's own,
// by ids or by name (contract, getFiltersPaginated). The query and the owner
// are only present with expand.
func searchFilters(r *request) (any, error) {
	q := r.URL.Query()
	for _, id := range q["id"] {
		if _, err := strconv.ParseInt(id, 10, 64); err != nil {
			return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for 'id'.", id)
		}
	}
	name := strings.ToLower(q.Get("filterName"))
	var list []*store.Filter
	for _, f := range r.site.Filters {
		if (f.Shared || f.Owner == r.user) && (len(q["id"]) == 0 || slices.Contains(q["id"], f.ID)) && matchesFilterName(f.Name, name, q.Get("isSubstringMatch") == "true") {
			list = append(list, f)
		}
	}
	part, start, limit, err := page(r, list, 50, 100)
	if err != nil {
		return nil, err
	}
	withJQL := slices.Contains(r.listParam("expand"), "jql")
	return object{"self": r.selfURL("filter/search"), "startAt": start, "maxResults": limit, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderEach(part, func(f *store.Filter) any {
			o := object{"self": r.selfURL("filter/%s", f.ID), "id": f.ID, "name": f.Name, "expand": "description,owner,jql"}
			if slices.Contains(r.listParam("expand"), "owner") {
				o["owner"] = r.person(f.Owner)
			}
			if withJQL {
				o["jql"] = f.JQL
			}
			return o
		})}, nil
}

// matchesFilterName reports whether a filter's name matches the wanted one. With
// isSubstringMatch the name must contain it; otherwise it must contain each of
// the wanted words as a whole word, as in a text search. Characters with a
// meaning in text searches, such as quotes and brackets, separate words.
func matchesFilterName(name, wanted string, substring bool) bool {
	name = strings.ToLower(name)
	if substring || wanted == "" {
		return strings.Contains(name, wanted)
	}
	for _, w := range strings.FieldsFunc(wanted, func(r rune) bool { return strings.ContainsRune(" \"'()[]-+!?*:", r) }) {
		if !slices.Contains(strings.Fields(name), w) {
			return false
		}
	}
	return true
}

// jqlReference handles GET jql/autocompletedata: the fields, the functions
// and the reserved words of JQL. Flags are the strings "true" and "false"
// there.
func jqlReference(r *request) (any, error) {
	ref := search.Describe(search.Env{Site: r.site, User: r.user, Zone: r.zone, Visible: r.visible})
	fields := renderEach(ref.Fields, func(f search.FieldReference) any {
		operators := []string{}
		for _, op := range f.Operators {
			operators = append(operators, string(op))
		}
		o := object{"value": f.Value, "displayName": f.Display, "orderable": strconv.FormatBool(f.Orderable), "searchable": "true", "auto": "true", "operators": operators, "types": f.Types}
		if f.CustomID != 0 {
			o["cfid"] = "cf[" + strconv.FormatInt(f.CustomID, 10) + "]"
		}
		return o
	})
	functions := renderEach(ref.Functions, func(f search.FunctionReference) any {
		o := object{"value": f.Value, "displayName": f.Value, "types": f.Types}
		if f.List {
			o["isList"] = "true"
		}
		return o
	})
	return object{"visibleFieldNames": fields, "visibleFunctionNames": functions, "jqlReservedWords": []string{"and", "or", "not", "empty", "null", "order", "by"}}, nil
}

// maxSuggestions is the largest number of suggested values, as in Jira.
const maxSuggestions = 15

// jqlSuggestions handles GET jql/autocompletedata/suggestions: values of a field
// that begin with fieldValue in any case (contract,
// getFieldAutoCompleteForQueryString). A value is in quotes if a query needs
// them; displayName marks the beginning in HTML: <b>In</b> Progress.
func jqlSuggestions(r *request) (any, error) {
	q := r.URL.Query()
	env := search.Env{Site: r.site, User: r.user, Zone: r.zone, Visible: r.visible}
	beginning := q.Get("fieldValue")
	results := []any{}
	for _, v := range search.Values(env, q.Get("fieldName")) {
		n := prefixLength(v, beginning)
		if n < 0 || len(results) == maxSuggestions {
			continue
		}
		value, shown := v, v
		if strings.ContainsAny(v, " '.()") {
			value = strconv.Quote(v)
		}
		if n > 0 {
			shown = "<b>" + v[:n] + "</b>" + v[n:]
		}
		results = append(results, object{"value": value, "displayName": shown})
	}
	return object{"results": results}, nil
}

// prefixLength returns the length in bytes of the part of a text that equals a
// prefix in any case, or -1 if the text does not begin with it. The two can
// differ in length: ſ equals s.
func prefixLength(text, prefix string) int {
	want := utf8.RuneCountInString(prefix)
	n := 0
	for range want {
		_, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 {
			return -1
		}
		n += size
	}
	if !strings.EqualFold(text[:n], prefix) {
		return -1
	}
	return n
}
