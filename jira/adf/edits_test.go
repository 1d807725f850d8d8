package adf_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// TestEditsThatPeopleMake checks which of a document's eight blocks each edit
// changes, and which losses it reports. Every result is valid.
func TestEditsThatPeopleMake(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	ana := `{"type":"mention","attrs":{"id":"a1","text":"@Ana","localId":"m1"}}`
	ben := `{"type":"mention","attrs":{"id":"b1","text":"@Ben","localId":"m2"}}`
	cellp := func(kind string, c ...string) string {
		return `{"type":"` + kind + `","attrs":{"background":"#eee"},"content":[{"type":"paragraph","attrs":{"localId":"cp"},"content":[` + strings.Join(c, ",") + `]}]}`
	}
	row := func(c ...string) string {
		return `{"type":"tableRow","attrs":{"localId":"r"},"content":[` + strings.Join(c, ",") + `]}`
	}
	table := `{"type":"table","attrs":{"layout":"wide","width":700},"content":[` + strings.Join([]string{
		row(cellp("tableHeader", text("Step")), cellp("tableHeader", text("Who"))),
		row(cellp("tableCell", text("Build")), cellp("tableCell", ana)),
		row(cellp("tableCell", text("Test")), cellp("tableCell", ben, text(" too"))),
		row(cellp("tableCell", text("Ship")), cellp("tableCell", text("nobody"))),
	}, ",") + `]}`
	li := func(c ...string) string {
		return `{"type":"listItem","attrs":{"localId":"li"},"content":[` + strings.Join(c, ",") + `]}`
	}
	list := `{"type":"bulletList","attrs":{"localId":"bl"},"content":[` + li(para(text("one "), ana)) + "," + li(para(text("two")), `{"type":"bulletList","content":[`+li(para(text("nested "), ben))+`]}`) + "," + li(para(text("three"))) + `]}`
	panel := `{"type":"panel","attrs":{"panelType":"custom","panelColor":"#ff0000","panelIcon":":x:"},"content":[` + para(text("Careful "), ana) + "," + para(text("very")) + `]}`
	d := document(t, para(text("Intro with "), ana, text(" and "), ben, text(" here.")), table, list, panel, picture, macro, `{"type":"expand","attrs":{"title":"More","localId":"e"},"content":[`+para(text("inside "), ana)+`]}`, para(text("End.")))
	md := adf.ToMarkdown(d)
	rep := func(a, b string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, a) {
				t.Fatalf("no %q", a)
			}
			return strings.Replace(s, a, b, 1)
		}
	}
	for _, c := range []struct {
		name, changed, lost string // Blocks by number; * for any.
		edit                func(string) string
	}{
		{"swap rows", "1", ``, rep("| Build | [@Ana](accountid:a1) |\n| Test | [@Ben](accountid:b1) too |", "| Test | [@Ben](accountid:b1) too |\n| Build | [@Ana](accountid:a1) |")},
		{"add column", "1", ``, func(s string) string {
			return strings.NewReplacer("| Step | Who |", "| Step | Who | When |", "|---|---|", "|---|---|---|", "| Build | [@Ana](accountid:a1) |", "| Build | [@Ana](accountid:a1) | now |", "| Test | [@Ben](accountid:b1) too |", "| Test | [@Ben](accountid:b1) too | later |", "| Ship | nobody |", "| Ship | nobody | never |").Replace(s)
		}},
		{"delete row", "1", `mention "@Ben"`, rep("| Test | [@Ben](accountid:b1) too |\n", "")},
		{"pad pipes", "", ``, rep("| Ship | nobody |", "|  Ship   |   nobody |")},
		{"split", "0", ``, rep(" and [@Ben]", " and\n\n[@Ben]")},
		{"join", "", ``, rep("here.\n\n| Step", "here.\n| Step")},
		{"nest deeper", "2", ``, rep("- three", "  - three")},
		{"unnest", "2", ``, rep("  - nested", "- nested")},
		{"task list", "2", ``, func(s string) string {
			return strings.NewReplacer("- one", "- [ ] one", "- two", "- [ ] two", "- three", "- [x] three").Replace(s)
		}},
		{"stars", "", ``, func(s string) string {
			return strings.NewReplacer("- one", "* one", "- two", "* two", "- three", "* three", "  - nested", "  * nested").Replace(s)
		}},
		{"numbered", "2", ``, func(s string) string {
			return strings.NewReplacer("- one", "1. one", "- two", "2. two", "- three", "3. three", "  - nested", "   - nested").Replace(s)
		}},
		{"panel type", "3", ``, rep("[!CUSTOM]", "[!WARNING]")},
		{"panel text", "3", ``, rep("> very", "> very very")},
		{"panel extra", "3", ``, rep("> very", "> very\n>\n> more")},
		{"move panel", "", ``, func(s string) string {
			i := strings.Index(s, "> [!CUSTOM]")
			j := strings.Index(s, "![shot")
			p := s[i:j]
			return p + s[:i] + s[j:]
		}},
		{"move picture", "", ``, func(s string) string {
			i := strings.Index(s, "![shot")
			j := strings.Index(s[i:], "\n\n") + i
			p := s[i:j]
			return strings.Replace(s[:i]+s[j+2:], "| Step", p+"\n\n| Step", 1)
		}},
		{"picture in item", "2 4", ``, func(s string) string {
			i := strings.Index(s, "![shot")
			j := strings.Index(s[i:], "\n\n") + i
			p := s[i:j]
			return strings.Replace(s[:i]+s[j+2:], "- three", "- three\n\n  "+p, 1)
		}},
		{"alt", "4", ``, rep("![shot.png]", "![screen]")},
		{"fence in quote", "5", ``, func(s string) string {
			i := strings.Index(s, "```adf")
			j := strings.Index(s[i+5:], "```") + i + 8
			p := s[i:j]
			return s[:i] + "> " + strings.ReplaceAll(p, "\n", "\n> ") + s[j:]
		}},
		{"double fence", "", ``, func(s string) string {
			i := strings.Index(s, "```adf")
			j := strings.Index(s[i+5:], "```") + i + 8
			return s + "\n\n" + s[i:j]
		}},
		{"double picture", "", ``, func(s string) string {
			i := strings.Index(s, "![shot")
			j := strings.Index(s[i:], "\n\n") + i
			return s + "\n\n" + s[i:j]
		}},
		{"expand title", "6", ``, rep("<summary>More", "<summary>Even more")},
		{"expand open", "6 7", ``, rep("</details>", "")},
		{"quote all", "*", `*`, func(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") }},
		{"crlf", "", ``, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
		{"trailing", "", ``, func(s string) string { return strings.ReplaceAll(s, "\n", " \n") }},
		{"only end", "*", `*`, func(string) string { return "End." }},
		{"nothing", "*", `*`, func(string) string { return "" }},
		{"mention moved", "0", ``, rep("Intro with [@Ana](accountid:a1) and [@Ben](accountid:b1) here.", "Here [@Ben](accountid:b1) is introduced, with [@Ana](accountid:a1).")},
		{"mention plain", "0", `mention "@Ana"`, rep("Intro with [@Ana](accountid:a1)", "Intro with @Ana")},
		{"heading", "7", ``, rep("End.", "# End.")},
		{"rename", "0", ``, rep("Intro with [@Ana]", "Intro with [Ana Silva]")},
	} {
		got, report, err := adf.Apply(d, c.edit(md))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := schema.Check(plain(t, got)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		have := map[string]bool{}
		for _, block := range content(plain(t, got)) {
			data, _ := json.Marshal(block)
			have[string(data)] = true
		}
		var changed, lost []string
		for i, block := range content(plain(t, d)) {
			if data, _ := json.Marshal(block); !have[string(data)] {
				changed = append(changed, strconv.Itoa(i))
			}
		}
		for _, l := range report.Lost {
			lost = append(lost, l.String())
		}
		if s := strings.Join(changed, " "); c.changed != "*" && s != c.changed {
			t.Errorf("%s changes the blocks %q, not %q", c.name, s, c.changed)
		}
		if s := strings.Join(lost, "; "); c.lost != "*" && s != c.lost {
			t.Errorf("%s loses %q, not %q", c.name, s, c.lost)
		}
		if c.lost == "*" && len(lost) < 3 {
			t.Errorf("%s loses only %q", c.name, lost)
		}
		// The result is an ordinary document: its Markdown, applied unchanged,
		// gives the document itself.
		again, _, err := adf.Apply(got, adf.ToMarkdown(got))
		if err != nil || again != got {
			t.Errorf("%s: the result is not itself: %v", c.name, err)
		}
	}
}

// TestMovesBetweenPlaces checks that content that moves from one place to
// another keeps its ADF, is valid there, and is not reported as lost.
func TestMovesBetweenPlaces(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	fence := "```"
	c1 := func(s string) string {
		return `{"type":"text","text":"` + s + `","marks":[{"type":"annotation","attrs":{"id":"c1","annotationType":"inlineComment"}}]}`
	}
	p := func(content string) string { return `{"type":"paragraph","content":[` + content + `]}` }
	cell := func(content string) string { return `{"type":"tableCell","content":[` + content + `]}` }
	head := func(s string) string { return `{"type":"tableHeader","content":[` + p(text(s)) + `]}` }
	rowOf := func(cells ...string) string {
		return `{"type":"tableRow","content":[` + strings.Join(cells, ",") + `]}`
	}
	tableOf := func(rows ...string) string { return `{"type":"table","content":[` + strings.Join(rows, ",") + `]}` }
	for _, c := range []struct {
		name, lost string
		blocks     []string
		edit       func(string) string
		has        string // A text in the result's JSON.
	}{
		{"a fence into a cell", "", []string{tableOf(rowOf(head("a"), head("b")), rowOf(cell(p(text("c"))), cell(p(text("d"))))),
			`{"type":"bodiedExtension","attrs":{"extensionType":"com.z","extensionKey":"ex","layout":"default"},"content":[` + p(text("body")) + `]}`},
			func(string) string {
				return "| a | b |\n|---|---|\n| c | " + fence + "adf:bodiedExtension-1<br>ex<br><br>body<br>" + fence + " |"
			}, `"extensionKey":"ex"`},
		{"a row's last cell gone", "", []string{tableOf(rowOf(head("z"), head("a")), rowOf(cell(p(text("y"))), cell(p(text("x")))), rowOf(cell(p(text("c")))))},
			func(string) string { return "| a |\n|---|\n| x |\n| <td/> |" }, `"text":"x"`},
		{"a small paragraph into a quote", "", []string{tableOf(rowOf(cell(p(text("x")) + `,{"type":"paragraph","content":[` + text("tiny note") + `],"marks":[{"type":"fontSize","attrs":{"fontSize":"small"}}]}`)))},
			func(s string) string { return strings.Replace(s, "<br><br>tiny note", "", 1) + "\n\n> tiny note" }, `"tiny note"`},
		{"a picture out of an item", "", []string{`{"type":"bulletList","content":[{"type":"listItem","content":[` + p(text("one")) + `]},{"type":"listItem","content":[` + p(text("two")) + "," + picture + `]}]}`},
			func(s string) string { return strings.Replace(s, "\n  ![", "\n![", 1) }, picture[1:60]},
		{"an item out of its list", "", []string{`{"type":"bulletList","content":[{"type":"listItem","content":[` + p(text("first step")) + `]},{"type":"listItem","content":[` + p(text("of ")+","+c1("the plan")) + `]}]}`},
			func(string) string { return "first step\n\nof the plan" }, `"id":"c1"`},
		{"half of what a comment is about", "", []string{p(c1("First part.")), p(c1("Second part.")), p(text("End."))},
			func(s string) string { return strings.Replace(s, "Second part.\n\n", "", 1) }, `"id":"c1"`},
		{"all of what a comment is about", `inline comment "First part."`, []string{p(c1("First part.")), p(text("End."))},
			func(string) string { return "End." }, "End."},
	} {
		d := document(t, c.blocks...)
		if err := schema.Check(plain(t, d)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got, report, err := adf.Apply(d, c.edit(adf.ToMarkdown(d)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		data, _ := json.Marshal(got)
		if err := schema.Check(plain(t, got)); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, data)
		}
		var lost []string
		for _, l := range report.Lost {
			lost = append(lost, l.String())
		}
		if s := strings.Join(lost, "; "); s != c.lost || !strings.Contains(string(data), c.has) {
			t.Errorf("%s: lost %q\n%s", c.name, s, data)
		}
	}
}

// TestNewTasksHaveTheirOwnIds checks that new tasks get their own local ids,
// even if the document has a task with the same words.
func TestNewTasksHaveTheirOwnIds(t *testing.T) {
	d := from(t, "- [ ] Write tests")
	got, _, err := adf.Apply(d, "- [ ] Write tests\n\nNext sprint\n\n- [ ] Write tests")
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(got)
	seen := map[string]bool{}
	for _, part := range strings.Split(string(data), `"localId":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if seen[id] {
			t.Errorf("%s is there twice: %s", id, data)
		}
		seen[id] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d ids: %s", len(seen), data)
	}
}

// TestNoCellIsDropped checks that cells beyond the width of the header row, and
// text beside <td/>, are kept.
func TestNoCellIsDropped(t *testing.T) {
	for md, want := range map[string]string{
		"- item\n\n  | a | b |\n  |---|---|\n  | x|y | 2 |": "x | y | 2",
		"> | a | b |\n> |---|---|\n> | 1 | 2 | kept |":      "1 | 2 | kept",
		"| a | b |\n|---|---|\n| <td/>kept | 1 |":           "kept",
	} {
		if got := adf.PlainText(from(t, md)); !strings.Contains(got, want) {
			t.Errorf("%q became %q", md, got)
		}
	}
}

// TestOpaqueNodesStandWhereTheyMay checks that an opaque inline node becomes
// neither a block nor a part of a caption, which the schema forbids.
func TestOpaqueNodesStandWhereTheyMay(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	inline := `{"type":"inlineExtension","attrs":{"extensionType":"com.x","extensionKey":"k"}}`
	d := document(t, para(text("x "), inline), para(text("y")), strings.Replace(picture, `]}`, `,{"type":"caption","content":[`+text("cap words")+`]}]}`, 1))
	if err := schema.Check(plain(t, d)); err != nil {
		t.Fatal(err)
	}
	md := adf.ToMarkdown(d)
	for _, edited := range []string{
		strings.Replace(md, "\n\ny\n", "\n\n```adf:inlineExtension-1\nk\n```\n", 1),
		strings.Replace(md, "cap words", "cap [k](adf:inlineExtension-1) words", 1),
	} {
		got, _, err := adf.Apply(d, edited)
		if err != nil || edited == md {
			t.Fatal(err, edited)
		}
		if err := schema.Check(plain(t, got)); err != nil {
			t.Errorf("%s: %v", edited, err)
		}
	}
}

// TestValuesAndCardsThatGo checks that another status only replaces one in the
// same block, and that a list of issues is more than its address.
func TestValuesAndCardsThatGo(t *testing.T) {
	status := `{"type":"status","attrs":{"text":"BLOCKED","color":"red"}}`
	card := `{"type":"blockCard","attrs":{"url":"https://x.y/issues","datasource":{"id":"d","parameters":{"jql":"project = A"},"views":[{"type":"table"}]}}}`
	d := document(t, para(text("Deploy: "), status), para(text("Other")), card)
	md := adf.ToMarkdown(d)
	for _, c := range []struct{ old, new, lost string }{
		{"[BLOCKED](status:red)", "[DONE](status:green)", ""},
		{"Deploy: [BLOCKED](status:red)\n\nOther", "Deploy:\n\nOther [NEW](status:blue)", `status "BLOCKED"`},
		{"<card:https://x.y/issues>", "See <https://x.y/issues>", `link card`},
	} {
		_, report, err := adf.Apply(d, strings.Replace(md, c.old, c.new, 1))
		if err != nil || (len(report.Lost) == 0) != (c.lost == "") || c.lost != "" && !strings.HasPrefix(report.Lost[0].String(), c.lost) {
			t.Errorf("%s to %s: %v %+v", c.old, c.new, err, report)
		}
	}
}

// TestHiddenCharactersOfCodeStay checks that hidden characters in code stay
// beside the words that stay.
func TestHiddenCharactersOfCodeStay(t *testing.T) {
	d := document(t, `{"type":"codeBlock","content":[{"type":"text","text":"if \u202ea {\n  x\u2066()\n}\nend"}]}`)
	hide := adf.HideInvisible()
	got, _, err := adf.Apply(d, strings.Replace(adf.ToMarkdown(d, hide), "end", "fin", 1), hide)
	if err != nil {
		t.Fatal(err)
	}
	wantBlocks(t, got, `{"type":"codeBlock","content":[{"type":"text","text":"if \u202ea {\n  x\u2066()\n}\nfin"}]}`)
}
