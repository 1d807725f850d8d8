package adf_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

var update = flag.Bool("update", false, "write the golden files")

// forms contains every node and mark of the schema once: blocks are the content
// of a document, inline nodes that of its paragraph.
var forms = []struct{ name, block, inline string }{
	{name: "paragraph", block: `{"type":"paragraph","content":[{"type":"text","text":"One line\nand a second * [x] 1_000 <b> & more."}]}`},
	{name: "empty paragraph", block: `{"type":"paragraph","content":[]},{"type":"paragraph"},{"type":"paragraph","content":[{"type":"hardBreak"}]}`},
	{name: "paragraph, alignment", block: `{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"center"}}],"content":[{"type":"text","text":"middle"}]}`},
	{name: "paragraph, indentation and fontSize", block: `{"type":"paragraph","marks":[{"type":"fontSize","attrs":{"fontSize":"small"}},{"type":"indentation","attrs":{"level":2}}],"content":[{"type":"text","text":"in"}]}`},
	{name: "heading", block: `{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Steps #"}]},{"type":"heading","attrs":{"level":6,"localId":"h"}}`},
	{name: "bulletList", block: `{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]},{"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]}]},{"type":"listItem","content":[{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"x := 1"}]}]}]}`},
	{name: "adjacent lists", block: `{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]},{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]},{"type":"orderedList","attrs":{"order":7},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"d"}]}]}]}`},
	{name: "orderedList", block: `{"type":"orderedList","attrs":{"order":9},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"nine"}]}]},{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"ten"}]},{"type":"paragraph","content":[{"type":"text","text":"still ten"}]}]}]}`},
	{name: "taskList", block: `{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"1","state":"TODO"},"content":[{"type":"text","text":"write"}]},{"type":"taskList","attrs":{"localId":"m"},"content":[{"type":"taskItem","attrs":{"localId":"2","state":"DONE"},"content":[{"type":"text","text":"read"}]}]},{"type":"blockTaskItem","attrs":{"localId":"3","state":"TODO"},"content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]},{"type":"paragraph","content":[{"type":"text","text":"paragraphs"}]}]}]}`},
	{name: "decisionList", block: `{"type":"decisionList","attrs":{"localId":"l"},"content":[{"type":"decisionItem","attrs":{"localId":"1","state":"DECIDED"},"content":[{"type":"text","text":"Ship it"}]},{"type":"decisionItem","attrs":{"localId":"2","state":"UNDECIDED"},"content":[{"type":"text","text":"When"}]}]}`},
	{name: "codeBlock", block: `{"type":"codeBlock","attrs":{"language":"sql","wrap":true},"content":[{"type":"text","text":"select *\nfrom t"}]},{"type":"codeBlock"},{"type":"codeBlock","marks":[{"type":"breakout","attrs":{"mode":"wide"}}],"content":[{"type":"text","text":"` + "```" + `"}]}`},
	{name: "codeBlock that no fence holds", block: `{"type":"codeBlock","content":[{"type":"text","text":"\n\n"}]}`},
	{name: "blockquote", block: `{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"said"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}]}]},{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"[!NOTE]"}]}]}`},
	{name: "panel", block: `{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text","text":"info"}]}]},{"type":"panel","attrs":{"panelType":"note"},"content":[{"type":"heading","attrs":{"level":3},"content":[{"type":"text","text":"note"}]}]},{"type":"panel","attrs":{"panelType":"tip"},"content":[{"type":"paragraph","content":[{"type":"text","text":"tip"}]}]},{"type":"panel","attrs":{"panelType":"success"},"content":[{"type":"paragraph","content":[{"type":"text","text":"success"}]}]},{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"warning"}]}]},{"type":"panel","attrs":{"panelType":"error"},"content":[{"type":"paragraph","content":[{"type":"text","text":"error"}]}]},{"type":"panel","attrs":{"panelType":"custom","panelColor":"#ff0000"},"content":[{"type":"paragraph","content":[{"type":"text","text":"custom"}]}]}`},
	{name: "rule", block: `{"type":"rule"}`},
	{name: "expand and nestedExpand", block: `{"type":"expand","attrs":{"title":"More <details> & so on"},"content":[{"type":"paragraph","content":[{"type":"text","text":"inside"}]},{"type":"nestedExpand","attrs":{"title":""},"content":[{"type":"paragraph","content":[{"type":"text","text":"deeper"}]}]}]}`},
	{name: "table", block: `{"type":"table","attrs":{"layout":"default"},"content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"Name"}]}]},{"type":"tableHeader","content":[{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"end"}}],"content":[{"type":"text","text":"Size"}]}]}]},{"type":"tableRow","content":[{"type":"tableCell","attrs":{"background":"#eeeeee","colwidth":[100]},"content":[{"type":"paragraph","content":[{"type":"text","text":"a | b"}]}]},{"type":"tableCell","content":[{"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"end"}}],"content":[{"type":"text","text":"3"}]}]}]}]}`},
	{name: "table without a header row", block: `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"1"}]}]},{"type":"tableCell","content":[{"type":"paragraph"}]}]}]}`},
	{name: "table with a header column, and rows of different length", block: `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"k"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"v"}]}]}]},{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"k"}]}]}]}]}`},
	{name: "blocks inside cells", block: `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"two"},{"type":"hardBreak"},{"type":"text","text":"lines"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"item"}]}]}]}]},{"type":"tableCell","content":[{"type":"codeBlock","attrs":{"language":"sh"},"content":[{"type":"text","text":"a | b\nc"}]}]},{"type":"tableCell","content":[{"type":"nestedExpand","attrs":{"title":"t"},"content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}]},{"type":"tableCell","content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text","text":"p"}]}]}]}]}]}`},
	{name: "table with spans", block: `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colspan":2},"content":[{"type":"paragraph","content":[{"type":"text","text":"wide"}]}]}]},{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}`},
	{name: "mediaSingle", block: `{"type":"mediaSingle","attrs":{"layout":"center","width":50},"content":[{"type":"media","attrs":{"type":"file","id":"6e7c","collection":"c","alt":"shot 1.png"}},{"type":"caption","content":[{"type":"text","text":"What it "},{"type":"text","text":"shows","marks":[{"type":"em"}]}]}]},{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"type":"external","url":"https://example.com/a.png","alt":"a"},"marks":[{"type":"link","attrs":{"href":"https://example.com"}},{"type":"border","attrs":{"size":1,"color":"#000000"}}]}]}`},
	{name: "mediaGroup", block: `{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":""}},{"type":"media","attrs":{"type":"file","id":"2","collection":"","alt":"b.pdf"}}]}`},
	{name: "blockCard and embedCard", block: `{"type":"blockCard","attrs":{"url":"https://example.com/1"}},{"type":"embedCard","attrs":{"url":"https://example.com/2","layout":"wide"}},{"type":"blockCard","attrs":{"data":{"url":"https://example.com/3"}}}`},
	{name: "extension", block: `{"type":"extension","attrs":{"extensionType":"com.atlassian.macro","extensionKey":"toc","text":"Contents"},"marks":[{"type":"dataConsumer","attrs":{"sources":["s"]}},{"type":"fragment","attrs":{"localId":"f"}}]}`},
	{name: "bodiedExtension", block: `{"type":"bodiedExtension","attrs":{"extensionType":"com.atlassian.macro","extensionKey":"excerpt"},"content":[{"type":"paragraph","content":[{"type":"text","text":"held"}]}]}`},
	{name: "syncBlock", block: `{"type":"syncBlock","attrs":{"resourceId":"r","localId":"l"}},{"type":"bodiedSyncBlock","attrs":{"resourceId":"r","localId":"l"},"content":[{"type":"paragraph","content":[{"type":"text","text":"synced"}]}]}`},
	{name: "layoutSection", block: `{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"paragraph","content":[{"type":"text","text":"left"}]}]},{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"right"}]}]}]}]}]}`},
	{name: "unknown block", block: `{"type":"futureBlock","attrs":{"x":1.50},"content":[{"type":"paragraph","content":[{"type":"text","text":"kept"}]}]}`},
	{name: "mention", inline: `{"type":"mention","attrs":{"id":"5b10a","text":"@Ana Silva","accessLevel":""}},{"type":"text","text":" "},{"type":"mention","attrs":{"id":"5b10b"}}`},
	{name: "emoji", inline: `{"type":"emoji","attrs":{"shortName":":tada:","text":"🎉"}},{"type":"emoji","attrs":{"shortName":":acme:","id":"x"}}`},
	{name: "status", inline: `{"type":"status","attrs":{"text":"In progress","color":"blue"}},{"type":"status","attrs":{"text":"Own","color":"#ff00aa"}}`},
	{name: "date", inline: `{"type":"date","attrs":{"timestamp":"1764028800000"}},{"type":"text","text":" "},{"type":"date","attrs":{"timestamp":"1764028800123"}}`},
	{name: "inlineCard", inline: `{"type":"inlineCard","attrs":{"url":"https://example.com/x?y=1"}},{"type":"text","text":" "},{"type":"inlineCard","attrs":{"url":"not a url"}},{"type":"inlineCard","attrs":{"data":{"name":"n"}}}`},
	{name: "placeholder", inline: `{"type":"placeholder","attrs":{"text":"what to fill in"}}`},
	{name: "mediaInline", inline: `{"type":"text","text":"see "},{"type":"mediaInline","attrs":{"type":"file","id":"9","collection":"","alt":"log.txt"}}`},
	{name: "inlineExtension", inline: `{"type":"text","text":"by "},{"type":"inlineExtension","attrs":{"extensionType":"com.x","extensionKey":"jira-count","text":"12"}}`},
	{name: "unknown inline node and mark", inline: `{"type":"futureInline","attrs":{"text":"t"}},{"type":"text","text":"marked","marks":[{"type":"futureMark"}]}`},
	{name: "hardBreak", inline: `{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"},{"type":"hardBreak"}`},
	{name: "strong, em, strike", inline: `{"type":"text","text":"a "},{"type":"text","text":"b ","marks":[{"type":"strong"}]},{"type":"text","text":"c","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":" d "},{"type":"text","text":"e","marks":[{"type":"strike"}]}`},
	{name: "emphasis within a word, around signs", inline: `{"type":"text","text":"a"},{"type":"text","text":"-b-","marks":[{"type":"strong"}]},{"type":"text","text":"c"}`},
	{name: "code", inline: `{"type":"text","text":"x` + "`" + `y","marks":[{"type":"code"}]},{"type":"text","text":" "},{"type":"text","text":"a\nb","marks":[{"type":"code"}]}`},
	{name: "link", inline: `{"type":"text","text":"see ","marks":[{"type":"link","attrs":{"href":"https://e.com/(a)","title":"T"}}]},{"type":"text","text":"this","marks":[{"type":"link","attrs":{"href":"https://e.com/(a)","title":"T"}},{"type":"strong"}]}`},
	{name: "underline, subsup", inline: `{"type":"text","text":"u","marks":[{"type":"underline"}]},{"type":"text","text":" H"},{"type":"text","text":"2","marks":[{"type":"subsup","attrs":{"type":"sub"}}]},{"type":"text","text":"O x"},{"type":"text","text":"2","marks":[{"type":"subsup","attrs":{"type":"sup"}}]}`},
	{name: "textColor, backgroundColor", inline: `{"type":"text","text":"red","marks":[{"type":"textColor","attrs":{"color":"#ff5630"}}]},{"type":"text","text":" on "},{"type":"text","text":"yellow","marks":[{"type":"backgroundColor","attrs":{"color":"#ffff00"}}]}`},
	{name: "annotation", inline: `{"type":"text","text":"discussed","marks":[{"type":"annotation","attrs":{"id":"c1","annotationType":"inlineComment"}}]}`},
}

// formDocument returns a form as a document.
func formDocument(block, inline string) string {
	if inline != "" {
		block = `{"type":"paragraph","content":[` + inline + `]}`
	}
	return `{"type":"doc","version":1,"content":[` + block + `]}`
}

// TestForms compares each form, in both directions, with a golden file.
func TestForms(t *testing.T) {
	var b bytes.Buffer
	for _, f := range forms {
		data := formDocument(f.block, f.inline)
		n, err := adf.Decode([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		md := adf.ToMarkdown(n)
		back, _ := json.Marshal(from(t, md))
		fmt.Fprintf(&b, "== %s\n%s\n-- Markdown\n%s\n-- back\n%s\n\n", f.name, data, md, back)
	}
	const golden = "testdata/forms.golden"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("the forms changed; look at the difference after go test -run TestForms -update")
	}
}

// TestFormsAreComplete checks that forms contains every node and mark of the
// schema, and that all forms but the unknown ones are valid.
func TestFormsAreComplete(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	seen := map[string]bool{}
	for _, f := range forms {
		data := formDocument(f.block, f.inline)
		var v any
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		if err := schema.Check(v); err != nil && !strings.HasPrefix(f.name, "unknown") {
			t.Errorf("%s is not valid: %v", f.name, err)
		}
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if kind, ok := v["type"].(string); ok {
					seen[kind] = true
				}
				for _, c := range v {
					walk(c)
				}
			case []any:
				for _, c := range v {
					walk(c)
				}
			}
		}
		walk(v)
	}
	for _, kind := range schema.Types() {
		if !seen[kind] {
			t.Errorf("no form has %s", kind)
		}
	}
}
