package adf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// document returns a document with the blocks, which are JSON.
func document(t testing.TB, blocks ...string) *adf.Node {
	t.Helper()
	n, err := adf.Decode([]byte(`{"type":"doc","version":1,"content":[` + strings.Join(blocks, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func text(s string) string { return `{"type":"text","text":` + quoted(s) + `}` }

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

func para(inline ...string) string {
	return `{"type":"paragraph","attrs":{"localId":"p"},"content":[` + strings.Join(inline, ",") + `]}`
}

const (
	ana     = `{"type":"mention","attrs":{"id":"a1","text":"@Ana","accessLevel":"","localId":"m1"}}`
	bo      = `{"type":"mention","attrs":{"id":"b2","text":"@Bo","localId":"m2"}}`
	card    = `{"type":"inlineCard","attrs":{"url":"https://example.com/x","localId":"c1"}}`
	picture = `{"type":"mediaSingle","attrs":{"layout":"wrap-left","width":33.5},"content":[{"type":"media","attrs":{"id":"u1","type":"file","collection":"jira","width":640,"height":480,"alt":"shot.png"}}]}`
	macro   = `{"type":"extension","attrs":{"extensionType":"com.x","extensionKey":"toc","parameters":{"a":[1,2.50]}}}`
	warning = `{"type":"panel","attrs":{"panelType":"warning","localId":"w"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Mind the gap"}]}]}`
)

// edit applies the replacement of a piece of the Markdown, which has to occur
// exactly once, and returns the result.
func edit(t *testing.T, d *adf.Node, find, replace string, opts ...adf.Option) (*adf.Node, *adf.Report) {
	t.Helper()
	md := adf.ToMarkdown(d, opts...)
	if strings.Count(md, find) != 1 {
		t.Fatalf("%q is not once in\n%s", find, md)
	}
	got, report, err := adf.Apply(d, strings.Replace(md, find, replace, 1), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return got, report
}

// wantBlocks compares a document with the expected blocks.
func wantBlocks(t *testing.T, got *adf.Node, blocks ...string) {
	t.Helper()
	a, b := plain(t, got), plain(t, document(t, blocks...))
	if !reflect.DeepEqual(a, b) {
		x, _ := json.MarshalIndent(a, "", " ")
		y, _ := json.MarshalIndent(b, "", " ")
		t.Errorf("got\n%s\nwant\n%s", x, y)
	}
}

// TestOneWordInAParagraphKeepsMentionsAndCards checks that a changed word
// leaves the other inline nodes and the other blocks as they were.
func TestOneWordInAParagraphKeepsMentionsAndCards(t *testing.T) {
	d := document(t, picture, para(text("Ask "), ana, text(" and "), bo, text(" about "), card, text(" before the release on Monday.")), macro)
	got, report := edit(t, d, "Monday", "Tuesday")
	wantBlocks(t, got, picture, para(text("Ask "), ana, text(" and "), bo, text(" about "), card, text(" before the release on Tuesday.")), macro)
	if report.Kept != 2 || report.Changed != 1 || len(report.Lost) != 0 {
		t.Errorf("%+v", report)
	}
}

// TestUnseenMarksStay checks that text in which a word changes, and the text
// around it, keeps marks that Markdown does not show, such as the place of an
// inline comment.
func TestUnseenMarksStay(t *testing.T) {
	annotated := func(s string) string {
		return `{"type":"text","text":` + quoted(s) + `,"marks":[{"type":"annotation","attrs":{"id":"n1","annotationType":"inlineComment"}}]}`
	}
	d := document(t, para(text("We ship "), annotated("the new parser today"), text(" or later.")))
	got, report := edit(t, d, "parser", "printer")
	wantBlocks(t, got, para(text("We ship "), annotated("the new printer today"), text(" or later.")))
	if len(report.Lost) != 0 {
		t.Errorf("%+v", report)
	}
	_, report = edit(t, d, "the new parser today ", "")
	if len(report.Lost) != 1 || report.Lost[0].Type != "annotation" {
		t.Errorf("an inline comment's place is gone unsaid: %+v", report)
	}
	got, _ = edit(t, d, "new parser", "**new parser**")
	wantBlocks(t, got, para(text("We ship "), annotated("the "),
		`{"type":"text","text":"new parser","marks":[{"type":"strong"},{"type":"annotation","attrs":{"id":"n1","annotationType":"inlineComment"}}]}`, annotated(" today"), text(" or later.")))
}

// TestOneCellOfALargeTable checks that a change in one cell keeps all
// attributes of the table.
func TestOneCellOfALargeTable(t *testing.T) {
	table := func(changed string) string {
		var rows []string
		for r := range 20 {
			var cells []string
			for c := range 5 {
				kind, s := "tableCell", fmt.Sprintf("value %d of row %d", c, r)
				if r == 0 {
					kind = "tableHeader"
				}
				inline := []string{text(s)}
				if r == 11 && c == 3 {
					inline = []string{text("by "), ana, text(" " + changed)}
				}
				cells = append(cells, fmt.Sprintf(`{"type":"%s","attrs":{"background":"#f%d%d","colwidth":[%d]},"content":[{"type":"paragraph","attrs":{"localId":"%d-%d"},"content":[%s]}]}`, kind, r%10, c, 100+c, r, c, strings.Join(inline, ",")))
			}
			rows = append(rows, fmt.Sprintf(`{"type":"tableRow","attrs":{"localId":"r%d"},"content":[%s]}`, r, strings.Join(cells, ",")))
		}
		return `{"type":"table","attrs":{"layout":"wide","localId":"t","width":760},"content":[` + strings.Join(rows, ",") + `]}`
	}
	got, _ := edit(t, document(t, table("soon")), "soon", "now")
	wantBlocks(t, got, table("now"))
	got, report := edit(t, document(t, table("soon")), "| value 0 of row 7 |", "| value 0 of row 7 |")
	wantBlocks(t, got, table("soon"))
	if report.Kept != 1 {
		t.Errorf("%+v", report)
	}
}

// TestOneItemOfADeepList checks that a change in a nested item keeps all
// attributes of the lists around it.
func TestOneItemOfADeepList(t *testing.T) {
	list := func(changed string) string {
		item := func(id, s, more string) string {
			return fmt.Sprintf(`{"type":"listItem","attrs":{"localId":"%s"},"content":[{"type":"paragraph","content":[%s]}%s]}`, id, s, more)
		}
		inner := `,{"type":"bulletList","attrs":{"localId":"l3"},"content":[` + item("c1", text("deep one "+changed)+","+ana, "") + `,` + item("c2", text("deep two"), ","+picture) + `]}`
		middle := `,{"type":"orderedList","attrs":{"order":1,"localId":"l2"},"content":[` + item("b1", text("middle"), inner) + `]}`
		return `{"type":"bulletList","attrs":{"localId":"l1"},"content":[` + item("a1", text("top"), middle) + `,` + item("a2", text("other"), "") + `]}`
	}
	got, report := edit(t, document(t, list("stays")), "stays", "goes")
	wantBlocks(t, got, list("goes"))
	if len(report.Lost) != 0 {
		t.Errorf("%+v", report)
	}
}

// TestAttributesThatMarkdownShows checks that an edit can change the attributes
// and marks that Markdown shows, and keeps all others.
func TestAttributesThatMarkdownShows(t *testing.T) {
	for _, c := range []struct{ name, block, find, replace, want string }{
		{"panel type", warning, "WARNING", "NOTE", strings.Replace(warning, `"warning"`, `"info"`, 1)},
		{"panel text", warning, "gap", "step", strings.Replace(warning, "gap", "step", 1)},
		{"heading level", `{"type":"heading","attrs":{"level":2,"localId":"h"},"content":[{"type":"text","text":"T"}]}`, "## T", "### T", `{"type":"heading","attrs":{"level":3,"localId":"h"},"content":[{"type":"text","text":"T"}]}`},
		{"task done", `{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"i","state":"TODO"},"content":[{"type":"text","text":"a"}]}]}`, "[ ]", "[x]", `{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"i","state":"DONE"},"content":[{"type":"text","text":"a"}]}]}`},
		{"code", `{"type":"codeBlock","attrs":{"language":"go","wrap":true,"uniqueId":"u"},"content":[{"type":"text","text":"a"}]}`, "\na\n", "\nb\n", `{"type":"codeBlock","attrs":{"language":"go","wrap":true,"uniqueId":"u"},"content":[{"type":"text","text":"b"}]}`},
		{"code language", `{"type":"codeBlock","attrs":{"language":"go","wrap":true},"content":[{"type":"text","text":"a"}]}`, "go", "rust", `{"type":"codeBlock","attrs":{"language":"rust","wrap":true},"content":[{"type":"text","text":"a"}]}`},
		{"picture's words", picture, "![shot.png]", "![The screen]", strings.Replace(picture, "shot.png", "The screen", 1)},
		{"expand title", `{"type":"expand","attrs":{"title":"Old","localId":"e"},"marks":[{"type":"breakout","attrs":{"mode":"wide"}}],"content":[` + picture + `]}`, "Old", "New", `{"type":"expand","attrs":{"title":"New","localId":"e"},"marks":[{"type":"breakout","attrs":{"mode":"wide"}}],"content":[` + picture + `]}`},
		{"paragraph to heading", para(text("Title "), ana), "Title", "# Title", `{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"Title "},` + ana + `]}`},
		{"alignment stays", `{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"center"}}],"content":[{"type":"text","text":"a b"}]}`, "a b", "a c", `{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"center"}}],"content":[{"type":"text","text":"a c"}]}`},
		{"bold added", para(text("a bold word")), "bold", "**bold**", para(text("a "), `{"type":"text","text":"bold","marks":[{"type":"strong"}]}`, text(" word"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, report := edit(t, document(t, c.block), c.find, c.replace)
			wantBlocks(t, got, c.want)
			if len(report.Lost) != 0 {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestMovedBlocksStayThemselves checks that moved blocks and inline nodes keep
// their ADF.
func TestMovedBlocksStayThemselves(t *testing.T) {
	d := document(t, picture, para(text("first "), ana), warning, macro)
	md := adf.ToMarkdown(d)
	parts := strings.Split(md, "\n\n")
	got, report, err := adf.Apply(d, strings.Join([]string{parts[3], parts[2], "new", parts[1], parts[0]}, "\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	wantBlocks(t, got, macro, warning, `{"type":"paragraph","content":[{"type":"text","text":"new"}]}`, para(text("first "), ana), picture)
	if len(report.Lost) != 0 {
		t.Errorf("%+v", report)
	}
	// A picture moves into a list item, and a mention into another paragraph.
	got, report, err = adf.Apply(d, "- "+parts[0]+"\n\nby [@Ana](accountid:a1)\n\n"+parts[2]+"\n\n"+parts[3])
	if err != nil || len(report.Lost) != 0 {
		t.Fatal(err, report)
	}
	wantBlocks(t, got, `{"type":"bulletList","content":[{"type":"listItem","content":[`+picture+`]}]}`, para(text("by "), ana), warning, macro)
}

// TestLossesAreNamed checks that the report lists all rich content that is
// lost.
func TestLossesAreNamed(t *testing.T) {
	d := document(t, picture, para(text("a "), ana, text(" and "), card), warning, macro, para(text("end")))
	got, report, err := adf.Apply(d, "a\n\nend")
	if err != nil {
		t.Fatal(err)
	}
	wantBlocks(t, got, para(text("a")), para(text("end")))
	var kinds []string
	for _, l := range report.Lost {
		kinds = append(kinds, l.Type)
	}
	if fmt.Sprint(kinds) != "[media mention inlineCard panel extension]" || report.Removed != 3 {
		t.Errorf("%v %+v", kinds, report)
	}
	if s := report.Lost[0].String(); s != `image or file "shot.png"` {
		t.Error(s)
	}
}

// TestOpaqueBlocksCannotBeEdited checks that an edit of an opaque block's text
// is ignored and reported, and that the block can be moved.
func TestOpaqueBlocksCannotBeEdited(t *testing.T) {
	layout := `{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":50},"content":[` + para(text("left")) + `]},{"type":"layoutColumn","attrs":{"width":50},"content":[` + para(text("right")) + `]}]}`
	d := document(t, layout, para(text("x "), `{"type":"inlineExtension","attrs":{"extensionType":"e","extensionKey":"k"}}`))
	got, report := edit(t, d, "left", "changed")
	wantBlocks(t, got, layout, para(text("x "), `{"type":"inlineExtension","attrs":{"extensionType":"e","extensionKey":"k"}}`))
	if len(report.Ignored) != 1 {
		t.Errorf("%+v", report)
	}
	// A moved block whose text is unchanged keeps its ADF.
	md := strings.Split(adf.ToMarkdown(d), "\n\nx ")
	got, report, err := adf.Apply(d, "x "+md[1]+"\n\n"+md[0])
	if err != nil || len(report.Lost)+len(report.Ignored) != 0 {
		t.Fatal(err, report)
	}
	if kinds := blockTypes(got); fmt.Sprint(kinds) != "[paragraph layoutSection]" {
		t.Error(kinds)
	}
}

// blockTypes returns the types of the top-level blocks.
func blockTypes(n *adf.Node) []string {
	var out []string
	for _, c := range n.Content {
		out = append(out, c.Type)
	}
	return out
}

// TestHiddenCharactersStay checks that characters which [adf.HideInvisible]
// omits survive an edit of the text around them.
func TestHiddenCharactersStay(t *testing.T) {
	hide := adf.HideInvisible()
	d := document(t, para(text("see\U000e0041 this\U000e0042 word"), ana))
	if md := adf.ToMarkdown(d, hide); strings.ContainsRune(md, 0xe0041) {
		t.Errorf("shown: %q", md)
	}
	got, _ := edit(t, d, "word", "line", hide)
	wantBlocks(t, got, para(text("see\U000e0041 this\U000e0042 line"), ana))

	// The Markdown contains visible characters only: it keeps joiners in emoji
	// and drops them in words.
	d = document(t, para(text("pay\u200bment 👩\u200d👧 ☀\ufe0f\ufe01 می\u200cخواهم end"), ana))
	if md := adf.ToMarkdown(d, hide); !strings.HasPrefix(md, "payment 👩\u200d👧 ☀\ufe0f می\u200cخواهم end") {
		t.Errorf("shown: %+q", md)
	}
	got, _ = edit(t, d, "end", "fin", hide)
	wantBlocks(t, got, para(text("pay\u200bment 👩\u200d👧 ☀\ufe0f\ufe01 می\u200cخواهم fin"), ana))
	got, _ = edit(t, d, "👩\u200d👧", "👩", hide)
	wantBlocks(t, got, para(text("pay\u200bment 👩 ☀\ufe0f\ufe01 می\u200cخواهم end"), ana))
}

// TestCuts checks that Apply keeps the blocks behind a marker of [adf.Cut],
// reports their loss if the marker is missing, and refuses markers that do not
// fit.
func TestCuts(t *testing.T) {
	var blocks []string
	for i := range 30 {
		blocks = append(blocks, para(text(fmt.Sprintf("Block number %d says some words.", i+1)), ana))
	}
	d := document(t, blocks...)
	view := adf.Cut(d, 0, 600)
	if view.From != 0 || view.To < 3 || view.To > 20 || len(view.Markdown) > 600 || !strings.Contains(view.Markdown, fmt.Sprintf("<cut:%d-30:", view.To+1)) {
		t.Fatalf("%+v", view)
	}
	edited := strings.Replace(view.Markdown, "number 2 says", "number two says", 1)
	want := append([]string{}, blocks...)
	want[1] = para(text("Block number two says some words."), ana)
	got, report, err := adf.Apply(d, edited, adf.CutAt(600))
	if err != nil || len(report.Lost) != 0 {
		t.Fatal(err, report)
	}
	wantBlocks(t, got, want...)

	t.Run("without its marker it is a loss", func(t *testing.T) {
		without, _, _ := strings.Cut(edited, "\n\n<cut:")
		_, report, err := adf.Apply(d, without, adf.CutAt(4000, 600))
		if err != nil || len(report.Lost) == 0 || report.Lost[len(report.Lost)-1].Type != "cut" {
			t.Fatal(err, report)
		}
	})
	t.Run("so it is on a page behind one with another budget", func(t *testing.T) {
		second := adf.Cut(d, view.To, 900)
		if block, begins := adf.BlockAt(d, view.Next); block != view.To || !begins {
			t.Fatalf("the page goes on in block %d (%v), not %d", block, begins, view.To)
		}
		_, shown, _ := strings.Cut(second.Markdown, "\n\n") // Without the marker before it.
		_, report, err := adf.Apply(d, "new\n\n"+shown, adf.CutAt(900, 600))
		if err != nil || len(report.Lost) == 0 || report.Lost[len(report.Lost)-1].Type != "cut" {
			t.Fatal(err, report)
		}
	})
	t.Run("so is a new text for one that was not shown whole", func(t *testing.T) {
		_, report, err := adf.Apply(d, "All of it anew.", adf.CutAt(600))
		if err != nil || len(report.Lost) == 0 || report.Lost[len(report.Lost)-1].Type != "cut" {
			t.Fatal(err, report)
		}
	})
	t.Run("and a change of a block that never is", func(t *testing.T) {
		d := document(t, para(text(strings.Repeat("many words ", 100)), ana))
		_, report, err := adf.Apply(d, "many words many words [@Ana](accountid:a1)", adf.CutAt(600))
		if err != nil || len(report.Lost) != 1 || report.Lost[0].Type != "cut" {
			t.Fatal(err, report)
		}
	})
	t.Run("nothing shown", func(t *testing.T) {
		v := adf.Cut(d, 0, 0)
		got, report, err := adf.Apply(d, "first\n\n"+v.Markdown, adf.CutAt(600))
		if err != nil || len(report.Lost) != 0 || !strings.HasPrefix(v.Markdown, "<cut:1-30:") {
			t.Fatal(err, report, v)
		}
		wantBlocks(t, got, append([]string{`{"type":"paragraph","content":[{"type":"text","text":"first"}]}`}, blocks...)...)
	})
	t.Run("a page in the middle", func(t *testing.T) {
		second := adf.Cut(d, view.To, 600)
		edited := strings.Replace(second.Markdown, fmt.Sprintf("number %d ", view.To+1), "number N ", 1) + "\n\nlast"
		got, _, err := adf.Apply(d, edited)
		if err != nil {
			t.Fatal(err)
		}
		want := append([]string{}, blocks...)
		want[view.To] = para(text("Block number N says some words."), ana)
		wantBlocks(t, got, append(want, `{"type":"paragraph","content":[{"type":"text","text":"last"}]}`)...)
	})
	t.Run("all pages together", func(t *testing.T) {
		var parts []string
		for from := 0; from < 30; {
			v := adf.Cut(d, from, 600)
			for _, p := range strings.Split(v.Markdown, "\n\n") {
				if !strings.HasPrefix(p, "<cut:") {
					parts = append(parts, p)
				}
			}
			from = v.To
		}
		got, _, err := adf.Apply(d, strings.Join(parts, "\n\n"))
		if err != nil {
			t.Fatal(err)
		}
		wantBlocks(t, got, blocks...)
	})
	t.Run("a marker that was moved takes its blocks along", func(t *testing.T) {
		shown, line, _ := strings.Cut(view.Markdown, "\n\n<cut:")
		got, report, err := adf.Apply(d, "<cut:"+line+"\n\n"+shown)
		if err != nil || len(report.Lost) != 0 {
			t.Fatal(err, report)
		}
		wantBlocks(t, got, append(append([]string{}, blocks[view.To:]...), blocks[:view.To]...)...)
	})
	t.Run("code with backticks hides no marker", func(t *testing.T) {
		d := document(t, append([]string{para(`{"type":"text","text":"a`+"`b``c"+`","marks":[{"type":"code"}]}`, text(" is code"))}, blocks...)...)
		view := adf.Cut(d, 0, 600)
		if !strings.HasPrefix(view.Markdown, "```") {
			t.Fatalf("shown as %.40s", view.Markdown)
		}
		got, report, err := adf.Apply(d, view.Markdown, adf.CutAt(600))
		if err != nil || len(report.Lost) != 0 || got != d {
			t.Fatal(err, report)
		}
	})
	t.Run("a marker that does not fit", func(t *testing.T) {
		cut := regexp.MustCompile(`<cut:([0-9]+)-30:`)
		less := cut.ReplaceAllStringFunc(view.Markdown, func(string) string { return fmt.Sprintf("<cut:%d-30:", view.To+3) })
		newer := document(t, append([]string{para(text("new"))}, blocks...)...)
		for name, edit := range map[string]struct {
			of     *adf.Node
			edited string
		}{
			"out of range":         {d, cut.ReplaceAllString(view.Markdown, "<cut:$1-99:")},
			"for fewer blocks":     {d, less},
			"with text below":      {d, view.Markdown + "\ntext"},
			"with text above":      {d, strings.Replace(view.Markdown, "\n\n<cut:", "\n<cut:", 1)},
			"with text behind":     {d, view.Markdown + " text"},
			"no version":           {d, regexp.MustCompile(`(<cut:[0-9-]+):[0-9a-f]+`).ReplaceAllString(view.Markdown, "$1")},
			"of an older document": {newer, view.Markdown},
			"twice":                {d, view.Markdown + "\n\n" + regexp.MustCompile("<cut:.*").FindString(view.Markdown)},
		} {
			var e *adf.CutError
			if _, _, err := adf.Apply(edit.of, edit.edited); !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestSmallEdits checks Append, Prepend and ReplaceText.
func TestSmallEdits(t *testing.T) {
	d := document(t, para(text("one "), ana), macro)
	got, err := adf.Append(d, "- [ ] more")
	if err != nil || fmt.Sprint(blockTypes(got)) != "[paragraph extension taskList]" {
		t.Fatal(err, blockTypes(got))
	}
	got, err = adf.Prepend(d, "# Title")
	if err != nil || fmt.Sprint(blockTypes(got)) != "[heading paragraph extension]" {
		t.Fatal(err, blockTypes(got))
	}
	got, _, err = adf.ReplaceText(d, "one", "two")
	if err != nil {
		t.Fatal(err)
	}
	wantBlocks(t, got, para(text("two "), ana), macro)
	if _, _, err := adf.ReplaceText(from(t, "aaa"), "aa", "b"); err == nil {
		t.Error("found once what is there twice, over itself")
	}
	for _, find := range []string{"absent", "", "o"} {
		var e *adf.FindError
		if _, _, err := adf.ReplaceText(d, find, "x"); !errors.As(err, &e) {
			t.Errorf("%q: %v", find, err)
		}
	}
	wantBlocks(t, d, para(text("one "), ana), macro)
	styled := from(t, "Do **not** deploy a\\*b on\nFriday, or *not* at all.")
	for find, shown := range map[string]string{"Do not deploy": "Do **not** deploy", "deploy a*b on Friday": "deploy a\\*b on\nFriday", "not": "", "never": ""} {
		var e *adf.FindError
		if _, _, err := adf.ReplaceText(styled, find, "x"); !errors.As(err, &e) || e.Shown != shown {
			t.Errorf("%q: %v", find, err)
		}
	}
}

// TestOutline checks that an outline has all headings, with the blocks in which
// they are.
func TestOutline(t *testing.T) {
	got := adf.Outline(from(t, "# A\n\ntext\n\n## B *b*\n\n> [!NOTE]\n> ### C"))
	want := []adf.Heading{{Level: 1, Text: "A", Block: 1}, {Level: 2, Text: "B b", Block: 3}, {Level: 3, Text: "C", Block: 4}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// people is a Resolver that knows one name and one file.
type people struct{}

func (people) Mention(s string) (id, name string, ok bool) {
	return "a1", "Ana Silva", strings.HasPrefix(s, "Ana Silva")
}

func (people) Attachment(name string) (adf.File, bool) {
	return adf.File{MediaID: "u1"}, name == "shot.png"
}

// TestNamesAreResolved checks that known names become mentions and attachments.
func TestNamesAreResolved(t *testing.T) {
	const md = "Ask @Ana Silva, not a@Ana Silva nor \\@Ana Silva. [@Ana Silva](accountid:)\n\n![shot](attachment:shot.png)\n\n![other](attachment:other.png)"
	n, err := adf.FromMarkdown(md, adf.Resolve(people{}))
	if err != nil {
		t.Fatal(err)
	}
	if got := shape(plain(t, n)); got != `doc(paragraph(Ask mention="@Ana Silva"() , not a@Ana Silva nor @Ana Silva. mention="@Ana Silva"() ) mediaSingle(media() ) paragraph(![other](attachment:other.png)) )` {
		t.Error(got)
	}
	// Without a resolver they stay text.
	if got := shape(plain(t, from(t, md))); got != `doc(paragraph(Ask @Ana Silva, not a@Ana Silva nor @Ana Silva. @Ana Silva) paragraph(![shot](attachment:shot.png)) paragraph(![other](attachment:other.png)) )` {
		t.Error(got)
	}
}

// TestNamesThatWereTextStayText checks that an edit only resolves names that it
// adds.
func TestNamesThatWereTextStayText(t *testing.T) {
	marked := `{"type":"text","text":"Ask @Ana Silva first.","marks":[{"type":"annotation","attrs":{"id":"c","annotationType":"inlineComment"}}]}`
	d := document(t, para(marked), para(text("Second.")), para(ana, text(" is here.")))
	md := adf.ToMarkdown(d)
	got, report, err := adf.Apply(d, strings.Replace(md, "first", "last", 1)+"\n\n![shot](attachment:shot.png)", adf.Resolve(people{}))
	if err != nil || len(report.Lost) > 0 {
		t.Fatal(err, report)
	}
	want := []string{para(strings.Replace(marked, "first", "last", 1)), para(text("Second.")), para(ana, text(" is here."))}
	got.Content = got.Content[:3]
	wantBlocks(t, got, want...)
	d = document(t, para(text("First.")), para(`{"type":"mention","attrs":{"id":"u1","text":"@Ana Silva"}}`))
	got, _, err = adf.Apply(d, strings.Replace(adf.ToMarkdown(d), "First.", "Ask @Ana Silva.", 1), adf.Resolve(people{}))
	if err != nil {
		t.Fatal(err)
	}
	if s := shape(plain(t, got)); s != `doc(paragraph(Ask mention="@Ana Silva"() .) paragraph(mention="@Ana Silva"() ) )` {
		t.Error(s)
	}
}

// TestEditingOneBlock checks, on random documents, that the replacement of one
// block by any other keeps every other block exactly as it was, and that the
// result is valid.
func TestEditingOneBlock(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	rnd := rand.New(rand.NewPCG(4, 4))
	replacements := []string{"Replaced.", "- a\n- b", "```\ncode", "> [!NOTE]\n> x", "| a |\n|---|\n| b |", "<details><summary>x</summary>", "# h", "1. x\n\n   y", "[a]: b", "<br/>", "- [ ] t"}
	eachDocument(t, 5, nil, func(i int, s sample) {
		blocks := content(s.plain)
		if len(blocks) == 0 {
			return
		}
		k := rnd.IntN(len(blocks))
		var parts []string
		for k := range s.node.Content {
			one := adf.Cut(s.node, k, 1).Markdown // With a marker on either side.
			if k > 0 {
				_, one, _ = strings.Cut(one, "\n\n")
			}
			if k < len(s.node.Content)-1 {
				one = one[:strings.LastIndex(one, "\n\n")]
			}
			parts = append(parts, one)
		}
		if md := adf.ToMarkdown(s.node); strings.Join(parts, "\n\n") != md {
			t.Errorf("%d: the pages are not the whole:\n%s\n%s", i, strings.Join(parts, "\n\n"), md)
		}
		parts[k] = replacements[rnd.IntN(len(replacements))]
		edited := strings.Join(parts, "\n\n")
		got, _, err := adf.Apply(s.node, edited)
		if err != nil {
			t.Errorf("%d: %v", i, err)
			return
		}
		v := plain(t, got)
		if err := schema.Check(v); err != nil {
			t.Errorf("%d: invalid: %v\n%s\n%s", i, err, edited, s.json)
		}
		all := content(v)
		head, tail := 0, 0
		for head < len(all) && head < len(blocks) && sameJSON(t, all[head], blocks[head]) {
			head++
		}
		for tail < len(all)-head && tail < len(blocks)-head && sameJSON(t, all[len(all)-1-tail], blocks[len(blocks)-1-tail]) {
			tail++
		}
		if head < len(blocks) && (head < k || tail < len(blocks)-1-k) {
			// The neighbours of a list may join it, and so may those of an
			// unclosed block.
			if !strings.ContainsAny(parts[k][:1], "-1<`|[") || head < k-1 || tail < len(blocks)-2-k {
				t.Errorf("%d: of %d blocks %d and %d stayed around block %d\n%s\n%s", i, len(blocks), head, tail, k, edited, s.json)
			}
		}
	})
}
