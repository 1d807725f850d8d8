package adf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// The edit changes one word. The paragraph keeps its localId, which Markdown
// does not show, and the mention stays the same node.
func ExampleApply() {
	original, err := adf.Decode([]byte(`{"type":"doc","version":1,"content":[{"type":"paragraph","attrs":{"localId":"p"},"content":[
		{"type":"text","text":"Ask "},
		{"type":"mention","attrs":{"id":"a1","text":"@Ana","localId":"m1"}},
		{"type":"text","text":" on Monday."}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	shown := adf.ToMarkdown(original)
	fmt.Println(shown)

	edited, report, err := adf.Apply(original, strings.Replace(shown, "Monday", "Tuesday", 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, _ := json.Marshal(edited.Content[0])
	fmt.Println(string(data))
	fmt.Println("changed:", report.Changed, "lost:", len(report.Lost))
	// Output:
	// Ask [@Ana](accountid:a1) on Monday.
	// {"type":"paragraph","attrs":{"localId":"p"},"content":[{"type":"text","text":"Ask "},{"type":"mention","attrs":{"id":"a1","text":"@Ana","localId":"m1"}},{"type":"text","text":" on Tuesday."}]}
	// changed: 1 lost: 0
}

// An edit that removes rich content is not refused here: the report lists the
// loss, and the caller decides.
func ExampleApply_loss() {
	original, _ := adf.Decode([]byte(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[
		{"type":"text","text":"Ask "},{"type":"mention","attrs":{"id":"a1","text":"@Ana"}}]}]}`))
	_, report, _ := adf.Apply(original, "Ask somebody")
	for _, loss := range report.Lost {
		fmt.Println(loss)
	}
	// Output:
	// mention "@Ana"
}

func ExampleFromMarkdown() {
	d, _ := adf.FromMarkdown("> [!WARNING]\n> Do not restart **db-1**.")
	data, _ := json.Marshal(d)
	fmt.Println(string(data))
	// Output:
	// {"type":"doc","content":[{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Do not restart "},{"type":"text","text":"db-1","marks":[{"type":"strong"}]},{"type":"text","text":"."}]}]}],"version":1}
}

// A document can be built without JSON.
func ExampleNewDoc() {
	d := adf.NewDoc(
		adf.NewHeading(2, adf.NewText("Steps")),
		adf.NewOrderedList(
			adf.NewListItem(adf.NewParagraph(adf.NewText("Pay with a "), adf.NewText("saved", adf.NewMark("strong")), adf.NewText(" card"))),
			adf.NewListItem(adf.NewParagraph(adf.NewText("See the "), adf.NewText("log", adf.NewLink("https://example.com/log")))),
		),
		adf.NewPanel("warning", adf.NewParagraph(adf.NewMention("712020:5a1d", "Ana Silva"), adf.NewText(" must not retry"))),
	)
	fmt.Println(adf.ToMarkdown(d))
	// Output:
	// ## Steps
	//
	// 1. Pay with a **saved** card
	// 2. See the [log](https://example.com/log)
	//
	// > [!WARNING]
	// > [@Ana Silva](accountid:712020:5a1d) must not retry
}

// All visits every node, which is enough for most questions about a document.
func ExampleNode_All() {
	d, err := adf.FromMarkdown("See [the log](https://example.com/log) and <https://example.com/PAY-1>.\n\n- [x] done\n- [ ] open")
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range d.All() {
		switch {
		case n.Mark("link") != nil:
			fmt.Println("link:", n.Text, n.Mark("link").Attr("href"))
		case n.Type == "inlineCard":
			fmt.Println("smart link:", n.Attr("url"))
		case n.Type == "taskItem":
			fmt.Println("task:", n.Attr("state"), adf.PlainText(n))
		}
	}
	// Output:
	// link: the log https://example.com/log
	// smart link: https://example.com/PAY-1
	// task: DONE done
	// task: TODO open
}

// ReplaceText edits one piece of the text and keeps everything else. The error
// says what the text shows instead, if the piece is not in it.
func ExampleReplaceText() {
	d, _ := adf.FromMarkdown("Ask **Ana** on Monday.")
	edited, report, err := adf.ReplaceText(d, "Monday", "Tuesday")
	fmt.Println(adf.ToMarkdown(edited), report.Changed, err)

	_, _, err = adf.ReplaceText(d, "on  Monday", "on Friday")
	var find *adf.FindError
	if errors.As(err, &find) {
		fmt.Printf("occurs %d times; the text shows %q\n", find.Count, find.Shown)
	}
	// Output:
	// Ask **Ana** on Tuesday. 1 <nil>
	// occurs 0 times; the text shows "on Monday"
}
