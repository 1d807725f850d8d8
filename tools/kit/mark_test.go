package kit_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

func TestBlock(t *testing.T) {
	const mark = kit.Mark("482913077")
	for text, isMarked := range map[string]bool{
		"": false, "Thanks, works again": false, "Please look at the bank's page.": false, "Größe geändert": false,
		"two\nlines": true, "two\u2028lines": true, "### Ana Silva 2026-11-29, internal": true, "## Comments (1)": true, "- a list": true, "| cell |": true, "[note]": true,
		"Labels: a": true, "PAY-1 | Done": true, "12 issues": true, "Nothing\twas changed": true, "No\u00a0comments follow": true, "War\u0001ning the issue": true, "Warning\u2013 locked": true, "Commented on it": true, "PAY-1 is done": true, "Pace 4 points a day": true, "Nothing was changed": true, "No comments.": true, "Dry run and nothing else": true, "«quoted»": true,
		"Status To Do → Done": true, "482913077>>": true, strings.Repeat("long ", 50): true,
	} {
		want := text
		if isMarked {
			want = "<<482913077\n" + text + "\n482913077>>"
		}
		if got := mark.Block(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
		if got := kit.Mark("").Block(text); got != text {
			t.Errorf("%q becomes %q for people", text, got)
		}
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"a b": "a b", "a | b": `a \| b`, "a\nb": "a b", "a\r\nb": "a b", "a\u2028b\u0085c\vd": "a b c d", "\n## Comments": "## Comments",
	} {
		if got := kit.Line(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

// TestMarksAreRandom checks that each call has a mark of its own, that people
// get none, and that the values within lines are escaped in the text alone.
func TestMarksAreRandom(t *testing.T) {
	tool := define(spec, func(context.Context, in) (*out, error) {
		return &out{Text: "head\n", Items: []string{"a | b\nc"}, Map: map[string]string{"k": "v\nw"}}, nil
	})
	seen := map[string]bool{}
	for range 20 {
		res, text := call(runner(), tool, `{"name":"x"}`)
		if text != `heada \| b c` {
			t.Errorf("text %q", text)
		}
		if data := string(res.StructuredContent.(json.RawMessage)); data != `{"text":"head\n","items":["a | b\nc"],"map":{"k":"v\nw"}}` {
			t.Errorf("structured content %s", data)
		}
	}
	blocks := define(spec, func(ctx context.Context, _ in) (*out, error) {
		return &out{Text: string(kit.MarkOf(ctx))}, nil
	})
	for range 20 {
		_, mark := call(runner(), blocks, `{"name":"x"}`)
		if !regexp.MustCompile(`^\d{9}$`).MatchString(mark) || seen[mark] {
			t.Errorf("mark %q, seen before: %v", mark, seen[mark])
		}
		seen[mark] = true
	}
	if _, mark := callWith(kit.WithoutMarks(t.Context()), runner(), blocks, `{"name":"x"}`); mark != "" {
		t.Errorf("people get the mark %q", mark)
	}
}

// TestStructuredIsAsked checks the switch: the schema and the content come and go
// together, errors never have content, and notes are in both forms.
func TestStructuredIsAsked(t *testing.T) {
	tool := define(spec, func(ctx context.Context, _ in) (*out, error) {
		kit.AddNote(ctx, `a "note"`)
		return &out{Text: "ok"}, nil
	})
	always := spec
	always.AlwaysStructured = true
	program := define(always, func(context.Context, in) (*out, error) { return &out{Text: "ok"}, nil })
	for name, c := range map[string]struct {
		everybody  bool
		ctx        context.Context
		tool       kit.Tool
		structured string
	}{
		"by default":          {false, t.Context(), tool, ""},
		"by setting":          {true, t.Context(), tool, `{"text":"ok","call_notes":["a \"note\""]}`},
		"by header":           {false, kit.WithStructured(t.Context()), tool, `{"text":"ok","call_notes":["a \"note\""]}`},
		"a tool for programs": {false, t.Context(), program, `{"text":"ok"}`},
	} {
		r := runner()
		r.Structured = c.everybody
		res, text := callWith(c.ctx, r, c.tool, `{"name":"x"}`)
		got := ""
		if res.StructuredContent != nil {
			got = string(res.StructuredContent.(json.RawMessage))
		}
		if got != c.structured || c.tool.Name == tool.Name && !strings.HasPrefix(text, "ok") {
			t.Errorf("%s: text %q, structured content %s", name, text, got)
		}
		if hasSchema := len(r.ListedTool(c.ctx, c.tool).RawOutputSchema) > 0; hasSchema != (c.structured != "") {
			t.Errorf("%s: an output schema: %v", name, hasSchema)
		}
	}
	r := runner()
	r.Structured = true
	tool = define(spec, func(context.Context, in) (*out, error) { return nil, hinted{errTest} })
	if res, _ := call(r, tool, `{"name":"x"}`); !res.IsError || res.StructuredContent != nil {
		t.Errorf("an error has structured content: %v", res.StructuredContent)
	}
}
