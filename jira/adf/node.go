package adf

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// Node is a node of a document. It keeps everything that it was decoded from:
// members, marks and attributes that this package does not know are written
// back as they came.
//
// A nil Content, Marks or Attrs was absent, an empty one was present and empty.
// Both are written as they were.
type Node struct {
	Type    string
	Attrs   json.RawMessage // A JSON object, verbatim.
	Content []*Node
	Text    string
	Marks   []Mark

	raw       jsontext.Value // A JSON value other than an object in the place of a node.
	rest      []member       // Other members, and known ones whose value has another type than expected.
	rawText   []byte         // The text as written, if a Go string cannot hold it (lone surrogates).
	hasText   bool           // Whether the member text was present, even if empty.
	malformed bool           // Whether it lacks the shape of a node; it is shown as opaque.
}

// Mark is a mark on a node, such as strong or link.
type Mark struct {
	Type  string
	Attrs json.RawMessage // A JSON object, verbatim.

	rest []member
}

// member is one member of a JSON object.
type member struct {
	key   string
	value jsontext.Value
}

// versionOne holds the member version of a new document.
var versionOne = []member{{"version", jsontext.Value("1")}}

// attrOf returns an attribute of an attribute object, in the form of
// [Node.Attr].
func attrOf(attrs json.RawMessage, name string) string {
	if len(attrs) <= 2 {
		return ""
	}
	out := ""
	rawjson.Members(attrs, func(key, value []byte) bool {
		if string(key) == name {
			out = scalar(value)
		}
		return true
	})
	return out
}

// scalar returns a JSON string's value, or a number or a boolean as written,
// and "" for other values.
func scalar(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		if plain := value[1 : len(value)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
			return string(plain)
		}
		s, _ := jsontext.AppendUnquote(nil, value)
		return string(s)
	case '{', '[', 'n':
		return ""
	}
	return string(value)
}

// newAttrs returns an attribute object of pairs of names and values, which are
// strings or integers: attrs("level", 2) returns {"level":2}.
func newAttrs(pairs ...any) json.RawMessage {
	b := []byte{'{'}
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, pairs[i].(string))
		b = append(b, ':')
		switch v := pairs[i+1].(type) {
		case string:
			b, _ = jsontext.AppendQuote(b, v)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		}
	}
	return append(b, '}')
}

// integer returns a number attribute, or def if it is absent or not an integer.
func (n *Node) integer(name string, def int) int {
	s := n.Attr(name)
	if s == "" {
		return def
	}
	if i, err := strconv.Atoi(s); err == nil {
		return i
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int(f)) {
		return def
	}
	return int(f)
}

// newDoc returns a new document of version 1.
func newDoc(content []*Node) *Node {
	if content == nil {
		content = []*Node{}
	}
	return &Node{Type: "doc", Content: content, rest: versionOne}
}

// textNode returns a text node.
func textNode(s string, marks ...Mark) *Node { return &Node{Type: "text", Text: s, Marks: marks} }

// paragraph returns a paragraph with inline content.
func paragraph(content []*Node) *Node { return &Node{Type: "paragraph", Content: content} }

// Size returns the length of a document as JSON, in characters. Jira limits a
// rich text to 32,767 (JRACLOUD-78553). Atlassian does not say whether it
// counts the JSON or the text in it, so the larger number is the safe one.
func (n *Node) Size() int { return utf8.RuneCount(n.append(nil)) }

// firstNonBlank returns the first value that is not blank, or "".
func firstNonBlank(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}
