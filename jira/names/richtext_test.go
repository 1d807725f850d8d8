package names_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// document returns the JSON of a document with paragraphs.
func document(paragraphs ...string) json.RawMessage {
	var out []string
	for _, p := range paragraphs {
		text, _ := json.Marshal(p)
		out = append(out, `{"type":"paragraph","content":[{"type":"text","text":`+string(text)+`}]}`)
	}
	return json.RawMessage(`{"type":"doc","version":1,"content":` + list(out...) + `}`)
}

// stored returns a document with paragraphs.
func stored(t *testing.T, paragraphs ...string) *adf.Node {
	t.Helper()
	n, err := adf.Decode(document(paragraphs...))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestIsRichText checks which fields take rich text (contract: description,
// environment and multi-line text fields are ADF).
func TestIsRichText(t *testing.T) {
	t.Parallel()
	const kinds = "com.atlassian.jira.plugin.system.customfieldtypes:"
	for want, fields := range map[bool][]jira.FieldMeta{
		true:  {{ID: "description"}, {ID: "environment"}, {ID: "customfield_1", Schema: jira.Schema{Type: "string", Custom: kinds + "textarea"}}},
		false: {{ID: "summary"}, {ID: "labels"}, {ID: "customfield_1", Name: "Description"}, {ID: "customfield_1", Schema: jira.Schema{Type: "string", Custom: kinds + "textfield"}}},
	} {
		for _, f := range fields {
			if names.IsRichText(f) != want {
				t.Errorf("%+v: %v", f, !want)
			}
		}
	}
}

// TestDocument checks the limits of a rich text before anything is sent.
func TestDocument(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ markdown, want, says string }{
		"text":                          {"Some **bold** text\n\n- a\n- b", "Some **bold** text\n\n- a\n- b", ""},
		"line breaks and tabs":          {"a\r\n\tb\n\nc", "a\nb\n\nc", ""},
		"nothing":                       {"", "", "Description: is empty"},
		"white space":                   {" \n\t\n", "", "Description: is empty"},
		"a control character":           {"a\x1b[1mb", "", "Description: has the control character U+001B"},
		"a control character above 7F":  {"a\u0085b", "", "has the control character U+0085"},
		"a text that just fits":         {strings.Repeat("a", 32_000), strings.Repeat("a", 32_000), ""},
		"a text that is too long":       {strings.Repeat("a", names.MaxRichText+1), "", "the text is too long"},
		"too long only as it is stored": {strings.Repeat("**a** b ", 1500), strings.TrimSpace(strings.Repeat("**a** b ", 1500)), ""},
	} {
		n, _ := newNames(t, nil)
		doc, err := n.Document(t.Context(), "Description", c.markdown, names.Place{})
		if checkError(t, err, c.says) && names.Markdown(doc) != c.want {
			t.Errorf("%s: %q", name, names.Markdown(doc))
		}
		var wrong *names.ValueError
		if err != nil && (!errors.As(err, &wrong) || wrong.Field != "Description") {
			t.Errorf("%s: %v is no error of the field", name, err)
		}
	}
}

// TestEdit checks the three kinds of edits, and their errors.
func TestEdit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held *adf.Node
		edit names.TextEdit
		want string
		says string
	}{
		"append":                           {stored(t, "one", "two"), names.TextEdit{Append: "three **x**"}, "one\n\ntwo\n\nthree **x**", ""},
		"append to nothing":                {nil, names.TextEdit{Append: "first"}, "first", ""},
		"find and replace":                 {stored(t, "one", "two"), names.TextEdit{Find: "two", Replace: "2"}, "one\n\n2", ""},
		"find and remove":                  {stored(t, "one", "two"), names.TextEdit{Find: "one\n\n"}, "two", ""},
		"find what is not there":           {stored(t, "one"), names.TextEdit{Find: "two", Replace: "2"}, "", "Notes: "},
		"find what is there twice":         {stored(t, "one one"), names.TextEdit{Find: "one", Replace: "1"}, "", "Notes: "},
		"a whole text":                     {stored(t, "one", "two"), names.TextEdit{Whole: "one\n\n2"}, "one\n\n2", ""},
		"a whole text in place of nothing": {nil, names.TextEdit{Whole: "one"}, "one", ""},
		"a new mention":                    {stored(t, "one"), names.TextEdit{Append: "by @Bo Berg"}, "one\n\nby [@Bo Berg](accountid:b1)", ""},
		"a new control character":          {stored(t, "one"), names.TextEdit{Append: "a\x01"}, "", "Notes: has the control character U+0001"},
		"one in the replacement":           {stored(t, "one"), names.TextEdit{Find: "one", Replace: "a\x01"}, "", "has the control character"},
		"one that was stored before":       {stored(t, "a\x01b", "two"), names.TextEdit{Whole: "a\x01b\n\n2"}, "a\x01b\n\n2", ""},
		"one beside another that was":      {stored(t, "a\x01b"), names.TextEdit{Whole: "a\x01b\x02"}, "", "U+0002"},
		"a result that is too long":        {stored(t, strings.Repeat("a", 20_000)), names.TextEdit{Append: strings.Repeat("b", 20_000)}, "", "Notes: the text is too long"},
	} {
		n, _ := newNames(t, map[string]string{"user/search?query=bo": list(person("b1", "Bo Berg"))})
		doc, report, err := n.Edit(t.Context(), "Notes", c.held, c.edit, names.Place{})
		if !checkError(t, err, c.says) {
			continue
		}
		if got := names.Markdown(doc); got != c.want || report == nil {
			t.Errorf("%s: %q, want %q (report %v)", name, got, c.want, report)
		}
	}
}

// TestEditKeepsInvisibleText checks that a whole text without the invisible
// characters that are stored leaves them where they are, since people and
// models are not shown them.
func TestEditKeepsInvisibleText(t *testing.T) {
	t.Parallel()
	held := stored(t, "pay\u200bment", "two")
	if md := names.Markdown(held); md != "payment\n\ntwo" {
		t.Fatalf("%q", md)
	}
	n, _ := newNames(t, nil)
	doc, _, err := n.Edit(t.Context(), "Notes", held, names.TextEdit{Whole: "payment\n\n2"}, names.Place{})
	if err != nil {
		t.Fatal(err)
	}
	if got := adf.ToMarkdown(doc); got != "pay\u200bment\n\n2" {
		t.Errorf("%+q", got)
	}
}

// TestEditAfterCut checks that an edit of a cut text keeps the blocks that were
// not shown, and reports them as lost if their marker is gone.
func TestEditAfterCut(t *testing.T) {
	t.Parallel()
	budget := names.CutBudgets[len(names.CutBudgets)-1]
	held := stored(t, strings.Repeat("a", budget-200), strings.Repeat("b", 2000), "end")
	view := names.Cut(held, 0, budget)
	if !strings.Contains(view.Markdown, "<cut:") || strings.Contains(view.Markdown, "bbb") {
		t.Fatalf("%.200q", view.Markdown)
	}
	n, _ := newNames(t, nil)
	doc, report, err := n.Edit(t.Context(), "Notes", held, names.TextEdit{Whole: "new\n\n" + view.Markdown}, names.Place{})
	if err != nil || len(report.Lost) > 0 || !strings.HasSuffix(names.Markdown(doc), strings.Repeat("b", 2000)+"\n\nend") {
		t.Errorf("%+v (%v)", report, err)
	}
	shown, _, _ := strings.Cut(view.Markdown, "<cut:")
	_, report, err = n.Edit(t.Context(), "Notes", held, names.TextEdit{Whole: shown}, names.Place{})
	if err != nil || len(report.Lost) == 0 {
		t.Errorf("without the marker: %+v (%v)", report, err)
	}
}

// TestBlocks checks where the blocks of a text begin, and the text of one.
func TestBlocks(t *testing.T) {
	t.Parallel()
	doc := stored(t, "one\u200b", "two")
	for at, want := range map[int]struct {
		block  int
		begins bool
	}{0: {0, true}, 2: {0, false}, 5: {1, true}, 7: {1, false}} { // "one\n\ntwo"
		if block, begins := names.BlockAt(doc, at); block != want.block || begins != want.begins {
			t.Errorf("character %d: block %d, begins %v", at, block, begins)
		}
	}
	if got := names.BlockMarkdown(doc, 1); got != "two" {
		t.Errorf("%q", got)
	}
	if got := names.BlockMarkdown(doc, 0); got != "one" {
		t.Errorf("%q", got)
	}
	if len(doc.Content) != 2 {
		t.Error("the document was changed")
	}
}

// TestDecodeRichText checks which values are rich text, and which of the others
// may be overwritten.
func TestDecodeRichText(t *testing.T) {
	t.Parallel()
	for raw, c := range map[string]struct{ isText, isError bool }{
		string(document("a")): {true, false}, "": {false, false}, "null": {false, false},
		`"plain text"`: {false, true}, `5`: {false, true}, `{"name":"x"}`: {false, true}, `{"type":"paragraph","content":[]}`: {false, true}, `{"type":"doc"`: {false, true},
	} {
		if got := names.DecodeRichText(json.RawMessage(raw)); (got != nil) != c.isText {
			t.Errorf("%s: %v", raw, got)
		}
		got, err := names.DecodeStoredText("Notes", json.RawMessage(raw))
		if (err != nil) != c.isError || (got != nil) != c.isText || err != nil && !strings.HasPrefix(err.Error(), "Notes: ") {
			t.Errorf("%s: %v (%v)", raw, got, err)
		}
	}
}
