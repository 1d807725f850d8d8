package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxRichText is Jira's limit on a rich text (JRACLOUD-78553).
const maxRichText = 32767

// children says which nodes may stand in which: the part of Atlassian's
// schema (npm @atlaskit/adf-schema) that people's text uses. Jira refuses
// what does not fit, and so does the sandbox; the tests hold both to the full
// schema.
var children = map[string]string{
	"doc":          "block heading blockquote rule table panel expand mediaSingle mediaGroup taskList decisionList",
	"blockquote":   "block mediaSingle mediaGroup",
	"panel":        "block heading taskList decisionList rule mediaSingle mediaGroup",
	"expand":       "block heading blockquote rule table panel mediaSingle mediaGroup taskList decisionList",
	"bulletList":   "listItem",
	"orderedList":  "listItem",
	"listItem":     "block mediaSingle taskList",
	"taskList":     "taskItem taskList",
	"decisionList": "decisionItem",
	"table":        "tableRow",
	"tableRow":     "tableCell tableHeader",
	"tableCell":    "block heading blockquote rule panel mediaSingle mediaGroup taskList decisionList",
	"tableHeader":  "block heading blockquote rule panel mediaSingle mediaGroup taskList decisionList",
	"paragraph":    "inline", "heading": "inline", "taskItem": "inline", "decisionItem": "inline",
	"codeBlock":   "text",
	"mediaSingle": "media caption", "mediaGroup": "media", "caption": "inline",
}

var groups = map[string]string{
	"block":  "paragraph bulletList orderedList codeBlock",
	"inline": "text hardBreak mention emoji date status inlineCard",
}

// inlineMarks are the marks a text may have.
var inlineMarks = map[string]bool{"strong": true, "em": true, "code": true, "strike": true, "underline": true, "link": true,
	"subsup": true, "textColor": true, "backgroundColor": true, "annotation": true}

type adfNode struct {
	Type    string          `json:"type"`
	Version *int            `json:"version"`
	Attrs   json.RawMessage `json:"attrs"`
	Content []adfNode       `json:"content"`
	Text    *string         `json:"text"`
	Marks   []struct {
		Type  string         `json:"type"`
		Attrs map[string]any `json:"attrs"`
	} `json:"marks"`
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
	if depth > 60 {
		return false
	}
	if n.Type == "text" {
		if n.Text == nil || *n.Text == "" {
			return false
		}
		code := false
		for _, m := range n.Marks {
			if !inlineMarks[m.Type] || m.Type == "link" && m.Attrs["href"] == nil {
				return false
			}
			code = code || m.Type == "code"
		}
		for _, m := range n.Marks {
			if code && m.Type != "code" && m.Type != "link" && m.Type != "annotation" {
				return false
			}
		}
		return true
	}
	for i, c := range n.Content {
		if !mayHold(n.Type, c.Type) || n.Type == "codeBlock" && len(c.Marks) > 0 {
			return false
		}
		if n.Type == "listItem" && i == 0 && (c.Type == "bulletList" || c.Type == "orderedList") {
			return false
		}
		if !checkNode(c, depth+1) {
			return false
		}
	}
	switch n.Type {
	case "blockquote", "panel", "bulletList", "orderedList", "listItem", "table", "expand", "mediaSingle":
		return len(n.Content) > 0
	}
	return true
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
