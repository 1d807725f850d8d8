package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxRichText is Jira's limit on a rich text (JRACLOUD-78553).
const maxRichText = 32767

// children says which nodes may stand in which, as Atlassian's schema has it
// (npm @atlaskit/adf-schema). Jira refuses what does not fit, and so does the
// sandbox; a test holds this table to the schema.
var children = map[string]string{
	"doc":             "text-block rich layout expand embedded macro sync",
	"blockquote":      "paragraph list codeBlock pictures extension",
	"panel":           "text-block list codeBlock pictures extension blockCard rule action",
	"expand":          "text-block rich embedded extension nestedExpand",
	"nestedExpand":    "text-block list codeBlock pictures extension rule action panel blockquote",
	"bodiedExtension": "text-block rich embedded extension",
	"bodiedSyncBlock": "text-block rich embedded expand layout",
	"layoutSection":   "layoutColumn",
	"layoutColumn":    "text-block rich embedded expand macro",
	"bulletList":      "listItem",
	"orderedList":     "listItem",
	"listItem":        "paragraph list codeBlock mediaSingle taskList extension",
	"taskList":        "taskItem blockTaskItem taskList",
	"blockTaskItem":   "paragraph extension",
	"decisionList":    "decisionItem",
	"table":           "tableRow",
	"tableRow":        "tableCell tableHeader",
	"tableCell":       "text-block list codeBlock pictures embedded extension rule action panel blockquote nestedExpand",
	"tableHeader":     "text-block list codeBlock pictures embedded extension rule action panel blockquote nestedExpand",
	"paragraph":       "inline attached", "heading": "inline attached", "taskItem": "inline attached", "decisionItem": "inline attached",
	"codeBlock":   "text",
	"mediaSingle": "media caption", "mediaGroup": "media", "caption": "inline",
}

var groups = map[string]string{
	"text-block": "paragraph heading",
	"list":       "bulletList orderedList",
	"pictures":   "mediaSingle mediaGroup",
	"action":     "taskList decisionList",
	"rich":       "bulletList orderedList codeBlock mediaSingle mediaGroup taskList decisionList rule panel blockquote table",
	"embedded":   "blockCard embedCard",
	"layout":     "layoutSection",
	"macro":      "extension bodiedExtension",
	"sync":       "syncBlock bodiedSyncBlock",
	"inline":     "text hardBreak mention emoji date status inlineCard placeholder",
	"attached":   "inlineExtension mediaInline",
}

// filled are the nodes that have to have content.
var filled = " blockTaskItem blockquote bodiedExtension bodiedSyncBlock bulletList decisionList expand layoutColumn listItem mediaGroup mediaSingle nestedExpand orderedList panel table tableCell tableHeader taskList "

type adfNode struct {
	Type    string          `json:"type"`
	Version *int            `json:"version"`
	Attrs   json.RawMessage `json:"attrs"`
	Content []adfNode       `json:"content"`
	Text    *string         `json:"text"`
	Marks   []adfMark       `json:"marks"`
}

type adfMark struct {
	Type  string          `json:"type"`
	Attrs json.RawMessage `json:"attrs"`
}

// checkRichText is Jira's reception of a rich text: a document, valid, and
// not too long. Its error is a message for the field.
func checkRichText(raw json.RawMessage) error {
	var n adfNode
	if err := json.Unmarshal(raw, &n); err != nil {
		return fmt.Errorf("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	}
	if n.Type != "doc" || n.Version == nil || *n.Version != 1 {
		return fmt.Errorf("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	}
	if utf8.RuneCount(raw) > maxRichText {
		return fmt.Errorf("CONTENT_LIMIT_EXCEEDED")
	}
	if !checkNode(n, 0) {
		return fmt.Errorf("INVALID_INPUT")
	}
	return nil
}

func checkNode(n adfNode, depth int) bool {
	if depth > 100 {
		return false
	}
	if n.Type == "text" {
		if n.Text == nil || *n.Text == "" {
			return false
		}
		code := false
		for _, m := range n.Marks {
			code = code || m.Type == "code"
		}
		for _, m := range n.Marks {
			if code && m.Type != "code" && m.Type != "link" && m.Type != "annotation" {
				return false
			}
		}
		return checkMarks(n, depth)
	}
	if !checkAttrs(n.Type, n.Attrs) || !checkMarks(n, depth) {
		return false
	}
	for _, c := range n.Content {
		if !mayHold(n.Type, c.Type) || n.Type == "codeBlock" && len(c.Marks) > 0 {
			return false
		}
		if !checkNode(c, depth+1) {
			return false
		}
	}
	return len(n.Content) > 0 || !strings.Contains(filled, " "+n.Type+" ")
}

func mayHold(parent, child string) bool {
	for _, word := range strings.Fields(children[parent]) {
		if word == child {
			return true
		}
		for _, member := range strings.Fields(groups[word]) {
			if member == child {
				return true
			}
		}
	}
	return false
}
