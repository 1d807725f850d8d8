package adf_test

import (
	"encoding/json"
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
