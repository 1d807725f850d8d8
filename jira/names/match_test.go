package names_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestMatch checks that names come before ids over the whole list, and that
// blanks around a name do not count.
func TestMatch(t *testing.T) {
	t.Parallel()
	type item struct{ id, name string }
	list := []item{{"10", "5"}, {"5", "10"}, {"11", " Web "}, {"12", "web"}, {"13", "API"}, {"14", "API"}, {"15", "Ops"}}
	for given, want := range map[string][]string{
		"10": {"5"}, "5": {"10"}, "11": {"11"}, " 12 ": {"12"}, "web": {"12"}, "WEB": {"11", "12"}, "Web": {"11"}, "api": {"13", "14"}, "API": {"13", "14"}, "ops": {"15"}, "15": {"15"},
		"": nil, " ": nil, "16": nil,
	} {
		var got []string
		for _, found := range names.Match(list, given, func(i item) string { return i.name }, func(i item) string { return i.id }) {
			got = append(got, found.id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", given, got, want)
		}
	}
}

// TestSplitNames checks that names with commas are found in a list.
func TestSplitNames(t *testing.T) {
	t.Parallel()
	known := []string{"Ops: build, test and release", "Web", "a", "a, b", "a, b, c", " Padded, name "}
	for text, want := range map[string][]string{
		"Ops: build, test and release":      {"Ops: build, test and release"},
		"web,ops: build, test and release":  {"web", "Ops: build, test and release"},
		"Ops: build, test and release, Web": {"Ops: build, test and release", "Web"},
		"a, b, c":                           {"a, b, c"},
		"a, b, Web":                         {"a, b", "Web"},
		"a, Web, b":                         {"a", "Web", "b"},
		"Padded, name":                      {"Padded, name"},
		`["a, b","c"]`:                      {"a, b", "c"},
		"Nothing, known":                    {"Nothing", "known"},
		" , Web, ":                          {"Web"},
		"":                                  nil,
		"Ops: build":                        {"Ops: build"},
		"Ops: build, test and release, more, Web,": {"Ops: build, test and release", "more", "Web"},
	} {
		if got := names.SplitNames(text, known); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestMergeNames checks that parts which are names by themselves stay apart.
func TestMergeNames(t *testing.T) {
	t.Parallel()
	known := []string{"A", "B", "A, B", "API, public", "API"}
	for _, c := range []struct{ parts, want []string }{
		{[]string{"A", "B"}, []string{"A", "B"}},
		{[]string{"API", "public"}, []string{"API, public"}}, // a client has split it
		{[]string{"A, B"}, []string{"A, B"}},
		{[]string{"A", "C"}, []string{"A", "C"}},
	} {
		if got := names.MergeNames(c.parts, known); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.parts, got, c.want)
		}
	}
}

// TestValuesThatLookLikeOthers checks values whose names hold commas and >, or
// equal the id of another value.
func TestValuesThatLookLikeOthers(t *testing.T) {
	t.Parallel()
	option := func(id, value string, children ...jira.AllowedValue) jira.AllowedValue {
		return jira.AllowedValue{ID: id, Value: value, Children: children}
	}
	one := jira.FieldMeta{ID: "customfield_1", Name: "Team size", Schema: jira.Schema{Type: "option"}, Allowed: []jira.AllowedValue{option("10", "5"), option("11", "10"), option("12", "Ops: build, test")}}
	several := one
	several.Schema = jira.Schema{Type: "array", Items: "option"}
	cascade := jira.FieldMeta{ID: "customfield_2", Name: "Size", Schema: jira.Schema{Type: "option-with-child"}, Allowed: []jira.AllowedValue{
		option("20", "> 100 users", option("21", "EU"), option("22", "US > West")), option("23", "A", option("24", "B")), option("25", "A > B")}}
	n, _ := newNames(t, nil)
	for _, c := range []struct {
		field       jira.FieldMeta
		value, want string
	}{
		{one, "10", `{"id":"11"}`}, {one, "11", `{"id":"11"}`}, {one, "5", `{"id":"10"}`}, {one, "ops: build, test", `{"id":"12"}`},
		{several, "10, Ops: build, test", `[{"id":"11"},{"id":"12"}]`}, {several, `["Ops: build, test","5"]`, `[{"id":"12"},{"id":"10"}]`},
		{cascade, "> 100 users", `{"id":"20"}`}, {cascade, "> 100 users > EU", `{"child":{"id":"21"},"id":"20"}`}, {cascade, "> 100 users > US > West", `{"child":{"id":"22"},"id":"20"}`},
		{one, `{"value":"10"}`, `{"id":"11"}`}, {one, `{"id":"10"}`, `{"id":"10"}`},
		{several, `[{"value":"10"},{"id":"10"},"5"]`, `[{"id":"11"},{"id":"10"},{"id":"10"}]`},
		{cascade, `{"value":"> 100 users","child":{"value":"US > West"}}`, `{"child":{"id":"22"},"id":"20"}`}, {cascade, `["> 100 users","EU"]`, `{"child":{"id":"21"},"id":"20"}`},
		{cascade, "A > B", `{"id":"25"}`}, {cascade, "A>B", `{"child":{"id":"24"},"id":"23"}`}, {cascade, "A", `{"id":"23"}`},
	} {
		got, err := n.Encode(t.Context(), c.field, "PAY", c.value)
		if text, _ := json.Marshal(got); string(text) != c.want || err != nil {
			t.Errorf("%s %q: %s (%v), want %s", c.field.Name, c.value, text, err, c.want)
		}
	}
	_, err := n.Encode(t.Context(), several, "PAY", "5, Ops: biuld, test")
	checkError(t, err, `Allowed: 5, 10, "Ops: build, test". Several values can also be given as a JSON array`)
}

// TestBoardNamedLikeANumber checks that a board's name wins over the number of
// another board.
func TestBoardNamedLikeANumber(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"board": values(board(5, "7", "scrum", "PAY"), board(7, "Payments", "scrum", "PAY")), "board/9": board(9, "Other", "kanban", "OPS")})
	for given, want := range map[string]int64{"7": 5, "9": 9} {
		if got, err := n.Board(t.Context(), "", given); got.ID != want || err != nil {
			t.Errorf("%s: %d (%v), want %d", given, got.ID, err, want)
		}
	}
}

// TestSplitNamesByCase checks that the spelling decides between names with commas
// that differ in case only.
func TestSplitNamesByCase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a, b": "a, b", "A, B": "A, B", "A,B": "A, B"} {
		if got := names.SplitNames(text, []string{"A, B", "a, b"}); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
