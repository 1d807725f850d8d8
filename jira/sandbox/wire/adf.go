package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxRichText is Jira's limit on a rich text in characters (JRACLOUD-78553).
// Atlassian does not say what counts. Here it is the text without markup, since
// reports show documents whose JSON is longer.
const maxRichText = 32767

// allowedContent lists the child nodes that each node allows, by node type or
// by name of a group, from Atlassian's schema (npm @atlaskit/adf-schema). Jira
// refuses other children, and so does the sandbox. A test compares this table
// with the schema.
var allowedContent = map[string]string{
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

// contentGroups lists the node types of each group in the table above. The
// names are this file's own.
var contentGroups = map[string]string{
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

// nonEmptyNodes lists the node types that must have at least one child. It
// starts and ends with a space, so that each type is found as " type ".
var nonEmptyNodes = " blockTaskItem blockquote bodiedExtension bodiedSyncBlock bulletList decisionList expand layoutColumn listItem mediaGroup mediaSingle nestedExpand orderedList panel table tableCell tableHeader taskList "

// adfNode is a node of the Atlassian Document Format, with the keys to
// validate.
type adfNode struct {
	Type    string          `json:"type"`
	Version *int            `json:"version"`
	Attrs   json.RawMessage `json:"attrs"`
	Content []adfNode       `json:"content"`
	Text    *string         `json:"text"`
	Marks   []adfMark       `json:"marks"`
}

// adfMark is a mark of a text or node, such as strong or link.
type adfMark struct {
	Type  string          `json:"type"`
	Attrs json.RawMessage `json:"attrs"`
}

// checkRichText validates a rich text as Jira does: it must be a document of
// version 1, not too long, and valid by the schema. The error's text is Jira's
// message for the field. For example, the JSON string "plain" fails with
// "Operation value must be an Atlassian Document …", a heading without a level
// with INVALID_INPUT.
func checkRichText(raw json.RawMessage) error {
	var n adfNode
	if err := json.Unmarshal(raw, &n); err != nil {
		return fmt.Errorf("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	}
	if n.Type != "doc" || n.Version == nil || *n.Version != 1 {
		return fmt.Errorf("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	}
	if utf8.RuneCountInString(plainText(raw)) > maxRichText {
		return fmt.Errorf("CONTENT_LIMIT_EXCEEDED")
	}
	if !checkNode(n, 0) {
		return fmt.Errorf("INVALID_INPUT")
	}
	return nil
}

// checkNode reports whether a node and everything in it is valid. The document
// has depth 0; a depth over 100 is invalid.
//
// Two rules are not in the tables: text must not be empty, and text with the
// mark code may otherwise only have links and annotations. The text in a code
// block has no marks.
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
		if !allowsChild(n.Type, c.Type) || n.Type == "codeBlock" && len(c.Marks) > 0 {
			return false
		}
		if !checkNode(c, depth+1) {
			return false
		}
	}
	return len(n.Content) > 0 || !strings.Contains(nonEmptyNodes, " "+n.Type+" ")
}

// allowsChild reports whether a node type allows a child type, which may be
// listed by its name or by the name of its group.
func allowsChild(parent, child string) bool {
	for _, word := range strings.Fields(allowedContent[parent]) {
		if word == child {
			return true
		}
		for _, member := range strings.Fields(contentGroups[word]) {
			if member == child {
				return true
			}
		}
	}
	return false
}
