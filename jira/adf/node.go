package adf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Node is a node of a document. Which parts are set depends on Type.
type Node struct {
	Type    string         `json:"type"`
	Version int            `json:"version,omitempty"` // of a doc: 1
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []*Node        `json:"content,omitempty"`
	Text    string         `json:"text,omitempty"`
	Marks   []Mark         `json:"marks,omitempty"`
}

// Mark decorates a text node.
type Mark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

// MarshalJSON implements json.Marshaler. The schema requires content of nodes
// that may be empty, a doc for example, to be present all the same.
func (n *Node) MarshalJSON() ([]byte, error) {
	type plain Node
	if n.Content == nil && requiresContent[n.Type] {
		return json.Marshal(struct {
			*plain
			Content []*Node `json:"content"`
		}{(*plain)(n), []*Node{}})
	}
	return json.Marshal((*plain)(n))
}

var requiresContent = map[string]bool{"doc": true, "tableCell": true, "tableHeader": true, "tableRow": true}

// Decode reads a document. JSON null and an empty input give an empty one.
func Decode(data []byte) (*Node, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || string(data) == "null" {
		return doc(nil), nil
	}
	var n Node
	if err := jsonv2.Unmarshal(data, &n, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, fmt.Errorf("adf: %w", err)
	}
	return &n, nil
}

func doc(content []*Node) *Node { return &Node{Type: "doc", Version: 1, Content: content} }

func textNode(s string, marks ...Mark) *Node { return &Node{Type: "text", Text: s, Marks: marks} }

func paragraph(content []*Node) *Node { return &Node{Type: "paragraph", Content: content} }

// attr returns an attribute as text; numbers print without an exponent.
func (n *Node) attr(name string) string {
	switch v := n.Attrs[name].(type) {
	case string:
		return v
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%.0f", v), ".")
	case int:
		return fmt.Sprint(v)
	}
	return ""
}

// Size is the length of a document as JSON, in characters. Jira's limit on a
// rich text is 32,767 (JRACLOUD-78553); whether it counts the JSON or the text
// in it Atlassian does not say, so the larger number is the safe one.
func (n *Node) Size() int {
	data, err := json.Marshal(n)
	if err != nil {
		return 0
	}
	return len([]rune(string(data)))
}

// PlainText returns the text of a document without any markup, blocks apart
// by line breaks.
func PlainText(n *Node) string {
	var b strings.Builder
	plainText(&b, n)
	return strings.TrimSpace(b.String())
}

func plainText(b *strings.Builder, n *Node) {
	switch n.Type {
	case "text":
		b.WriteString(n.Text)
	case "hardBreak":
		b.WriteByte('\n')
	case "mention", "emoji", "status", "date", "inlineCard", "blockCard", "embedCard", "media":
		b.WriteString(inlineText(n))
	}
	for _, c := range n.Content {
		plainText(b, c)
	}
	switch n.Type {
	case "paragraph", "heading", "codeBlock", "rule", "mediaSingle":
		b.WriteByte('\n')
	case "tableCell", "tableHeader":
		b.WriteByte(' ')
	}
}
