package jira

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestItemsByToken checks sequences of pages that repeat, come empty or
// contradict themselves: each item counts once, and an incomplete list comes with
// a warning.
func TestItemsByToken(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	type page struct {
		items string
		end   pageEnd
		err   error
	}
	refused := &Error{Status: http.StatusBadRequest, Outcome: Refused}
	for name, c := range map[string]struct {
		pages   []page // the last one repeats
		want    string
		warns   string
		fails   bool
		fetches int
	}{
		"an item at a page's border twice":        {[]page{{"a b", pageEnd{"1", &no}, nil}, {"b c", pageEnd{"", &yes}, nil}}, "a b c", "", false, 2},
		"isLast not said":                         {[]page{{"a", pageEnd{"1", nil}, nil}, {"b", pageEnd{"", nil}, nil}}, "a b", "", false, 2},
		"an empty page, then the rest":            {[]page{{"a", pageEnd{"1", &no}, nil}, {"", pageEnd{"1", &no}, nil}, {"b", pageEnd{"", &yes}, nil}}, "a b", "", false, 3},
		"more, but not where":                     {[]page{{"a", pageEnd{"", &no}, nil}}, "a", "reports more items, but no next page", false, 1},
		"the last one, with a token":              {[]page{{"a", pageEnd{"1", &yes}, nil}, {"b", pageEnd{"", &yes}, nil}}, "a b", "", false, 2},
		"the last one, with a token of no page":   {[]page{{"a", pageEnd{"1", &yes}, nil}, {"", pageEnd{}, refused}}, "a", "", false, 2},
		"a token that is refused":                 {[]page{{"a", pageEnd{"1", &no}, nil}, {"", pageEnd{}, refused}}, "a", "", true, 2},
		"the same page without end":               {[]page{{"a b", pageEnd{"1", &no}, nil}}, "a b", "stopped bringing new items", false, 6},
		"empty pages without end":                 {[]page{{"a", pageEnd{"1", &no}, nil}, {"", pageEnd{"x", &no}, nil}}, "a", "stopped bringing new items", false, 6},
		"items without ids are all counted":       {[]page{{"- -", pageEnd{"", &yes}, nil}}, "- -", "", false, 1},
		"nothing":                                 {[]page{{"", pageEnd{"", &yes}, nil}}, "", "", false, 1},
		"a failure in the middle keeps the first": {[]page{{"a", pageEnd{"1", &no}, nil}, {"", pageEnd{}, &Error{Status: 500}}}, "a", "", true, 2},
	} {
		var warned []string
		ctx := WithCall(t.Context(), CallOptions{OnWarning: func(s string) { warned = append(warned, s) }})
		fetched := 0
		id := func(s string) string { return strings.Trim(s, "-") }
		got, err := Collect(itemsByToken(ctx, id, func(context.Context, string) ([]string, pageEnd, error) {
			p := c.pages[min(fetched, len(c.pages)-1)]
			fetched++
			return strings.Fields(p.items), p.end, p.err
		}), 100)
		if !slices.Equal(got, strings.Fields(c.want)) || (err != nil) != c.fails || fetched != c.fetches {
			t.Errorf("%s: %q (%v) in %d pages, want %s in %d", name, got, err, fetched, c.want, c.fetches)
		}
		if text := strings.Join(warned, " "); (text == "") != (c.warns == "") || !strings.Contains(text, c.warns) {
			t.Errorf("%s: warnings %q, want %q", name, warned, c.warns)
		}
	}
}

// TestItemsByStart checks that a page that repeats does not count again, and that
// repetitions end.
func TestItemsByStart(t *testing.T) {
	t.Parallel()
	fetched := 0
	got, err := Collect(itemsByStart(t.Context(), func(s string) string { return s }, func(_ context.Context, start int) ([]string, startEnd, error) {
		fetched++
		return []string{"a", "b"}, startEnd{}, nil
	}), 100)
	if err != nil || !slices.Equal(got, []string{"a", "b"}) || fetched != 6 {
		t.Errorf("%q (%v) in %d pages", got, err, fetched)
	}
}

// TestItemsByStartEnd checks where a sequence ends if the pages say little, or
// contradict themselves, and that a warning says when it may be incomplete.
func TestItemsByStartEnd(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	n := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		pages []string
		ends  []startEnd // of each page; the last one repeats
		want  string
		warns bool
	}{
		"total":                            {[]string{"a b", "c"}, []startEnd{{Total: n(3)}}, "a b c", false},
		"isLast":                           {[]string{"a b", "c"}, []startEnd{{IsLast: &no}, {IsLast: &yes}}, "a b c", false},
		"neither":                          {[]string{"a b", "c", ""}, []startEnd{{}}, "a b c", false},
		"the last page, against the total": {[]string{"a b", "c"}, []startEnd{{&yes, n(3)}}, "a b c", false},
		"more, against the total":          {[]string{"a b", "c", ""}, []startEnd{{&no, n(2)}, {&no, n(2)}, {&yes, n(2)}}, "a b c", false},
		"a total that is too high":         {[]string{"a b", ""}, []startEnd{{Total: n(9)}}, "a b", true},
		"an empty page, and more":          {[]string{"a b", ""}, []startEnd{{IsLast: &no}}, "a b", true},
		"null members":                     {[]string{"a _ b", ""}, []startEnd{{}}, "a b", false},
	} {
		warned, fetched := 0, 0
		ctx := WithCall(t.Context(), CallOptions{OnWarning: func(string) { warned++ }})
		got, err := Collect(itemsByStart(ctx, func(s string) string { return s }, func(context.Context, int) ([]string, startEnd, error) {
			if fetched >= len(c.pages) {
				t.Fatalf("%s: no end", name)
			}
			items, end := strings.Fields(c.pages[fetched]), c.ends[min(fetched, len(c.ends)-1)]
			for i := range items {
				items[i] = strings.Trim(items[i], "_")
			}
			fetched++
			return items, end, nil
		}), 100)
		if err != nil || !slices.Equal(got, strings.Fields(c.want)) || (warned > 0) != c.warns || fetched != len(c.pages) {
			t.Errorf("%s: %q (%v) in %d pages, %d warnings", name, got, err, fetched, warned)
		}
	}
}
