package adf_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// everyConstructor returns a document with a node of each constructor.
func everyConstructor() *adf.Node {
	p := func(text string) *adf.Node { return adf.NewParagraph(adf.NewText(text)) }
	return adf.NewDoc(
		adf.NewHeading(2, adf.NewText("Plan")),
		adf.NewParagraph(
			adf.NewMention("712020:5a1d", "Ana Silva"), adf.NewText(" sees the "),
			adf.NewText("log", adf.NewMark("strong"), adf.NewLink("https://example.com/log")), adf.NewHardBreak(),
			adf.NewStatus("In progress", "blue"), adf.NewText(" until "), adf.NewDate(2026, time.March, 11)),
		adf.NewRule(),
		adf.NewCodeBlock("go", "fmt.Println()"), adf.NewCodeBlock("", ""),
		adf.NewBlockquote(p("quoted")),
		adf.NewPanel("warning", p("careful")),
		adf.NewExpand("More", p("hidden")),
		adf.NewBulletList(adf.NewListItem(p("one"), adf.NewOrderedList(adf.NewListItem(p("first")))), adf.NewListItem(p("two"))),
		adf.NewTaskList(adf.NewTask(false, adf.NewText("open")), adf.NewTask(true, adf.NewText("done")), adf.NewTask(true, adf.NewText("done"))),
		adf.NewTable(
			adf.NewTableRow(adf.NewTableHeader(p("a")), adf.NewTableHeader(p("b"))),
			adf.NewTableRow(adf.NewTableCell(p("1")), adf.NewTableCell(p("2")))))
}

// TestConstructors checks that the constructors make nodes that Atlassian's
// schema accepts, and that Markdown shows them.
func TestConstructors(t *testing.T) {
	t.Parallel()
	const markdown = "## Plan\n\n" +
		"[@Ana Silva](accountid:712020:5a1d) sees the [**log**](https://example.com/log)\\\n[In progress](status:blue) until <date:2026-03-11>\n\n" +
		"---\n\n```go\nfmt.Println()\n```\n\n```\n```\n\n> quoted\n\n> [!WARNING]\n> careful\n\n" +
		"<details><summary>More</summary>\n\nhidden\n\n</details>\n\n" +
		"- one\n  1. first\n- two\n\n" +
		"* [ ] open\n* [x] done\n* [x] done\n\n" + // a list next to another one has another marker
		"| a | b |\n|---|---|\n| 1 | 2 |"
	d := everyConstructor()
	if got := adf.ToMarkdown(d); got != markdown {
		t.Errorf("Markdown:\n%s\nwant:\n%s", got, markdown)
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if err := contracttest.LoadADF(t).Check(doc); err != nil {
		t.Errorf("the schema rejects it: %v\n%s", err, data)
	}
}

// TestConstructorsKeepToTheSchema checks values that the schema would reject as
// they were given.
func TestConstructorsKeepToTheSchema(t *testing.T) {
	t.Parallel()
	if level := adf.NewHeading(9).Attr("level"); level != "6" {
		t.Errorf("heading 9 has level %s", level)
	}
	marks := adf.NewText("x", adf.NewMark("code"), adf.NewMark("strong"), adf.NewLink("https://example.com")).Marks
	var kinds []string
	for _, m := range marks {
		kinds = append(kinds, m.Type)
	}
	if !slices.Equal(kinds, []string{"link", "code"}) {
		t.Errorf("marks %v: beside code, only a link is allowed", kinds)
	}
	ids := map[string]bool{}
	for n := range everyConstructor().All() {
		if n.Type == "taskItem" || n.Type == "taskList" {
			ids[n.Attr("localId")] = true
		}
	}
	if len(ids) != 4 || ids[""] {
		t.Errorf("local ids %v, want 4 different ones", ids)
	}
}

// TestAccess checks the accessors of nodes and marks.
func TestAccess(t *testing.T) {
	t.Parallel()
	d := everyConstructor()
	var kinds []string
	for n := range d.All() {
		kinds = append(kinds, n.Type)
		if n.Type == "hardBreak" {
			break
		}
	}
	if want := []string{"doc", "heading", "text", "paragraph", "mention", "text", "text", "hardBreak"}; !slices.Equal(kinds, want) {
		t.Errorf("order %v, want %v", kinds, want)
	}
	for range (*adf.Node)(nil).All() {
		t.Error("a nil node has nodes")
	}
	log := d.Content[1].Content[2]
	if href := log.Mark("link").Attr("href"); href != "https://example.com/log" || log.Mark("em") != nil || log.Mark("strong").Attr("href") != "" {
		t.Errorf("marks of %q: href %q", log.Text, href)
	}
	mention := d.Content[1].Content[0]
	if err := mention.SetAttr("id", "b"); err != nil || mention.Attr("id") != "b" || mention.Attr("text") != "@Ana Silva" {
		t.Errorf("SetAttr: %v, attributes %s", err, mention.Attrs)
	}
	rule := adf.NewRule()
	if err := rule.SetAttr("n", 3); err != nil || rule.Attr("n") != "3" || rule.Attr("other") != "" {
		t.Errorf("SetAttr: %v, attributes %s", err, rule.Attrs)
	}
	if err := rule.SetAttr("n", make(chan int)); err == nil || rule.Attr("n") != "3" {
		t.Errorf("SetAttr of a channel: %v, attributes %s", err, rule.Attrs)
	}
}
