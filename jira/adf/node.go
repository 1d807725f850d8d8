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

// Node is a node of a document. It keeps everything it was decoded from:
// members, marks and attributes that this package does not know are written
// back as they came.
//
// A nil Content, Marks or Attrs was absent; an empty one was present and
// empty. Both are written as they were.
type Node struct {
	Type    string
	Attrs   json.RawMessage // a JSON object, verbatim
	Content []*Node
	Text    string
	Marks   []Mark

	raw     jsontext.Value // what stands in place of a node and is no object
	rest    []member       // other members, and those whose value is not of the expected kind
	rawText []byte         // the text as it was written, where a Go string cannot hold it (lone surrogates)
	hasText bool           // the member text was there, be it empty
	odd     bool           // not shaped like a node: shown as opaque

	orig *Node  // while an edit is worked out: what this one stands for
	sum  uint64 // and a digest of it, 0 where it was not taken
}

// Mark decorates a node.
type Mark struct {
	Type  string
	Attrs json.RawMessage // a JSON object, verbatim

	rest []member
}

type member struct {
	key   string
	value jsontext.Value
}

var versionOne = []member{{"version", jsontext.Value("1")}}

// attr returns an attribute as text: a string's value, a number or a boolean
// as written; "" for what is absent or of another kind.
func (n *Node) attr(name string) string { return attrOf(n.Attrs, name) }

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

// attrs writes an attribute object from pairs of names and values: strings,
// integers.
func attrs(pairs ...any) json.RawMessage {
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

// integer reads a number attribute; def where there is none.
func (n *Node) integer(name string, def int) int {
	s := n.attr(name)
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

func doc(content []*Node) *Node {
	if content == nil {
		content = []*Node{}
	}
	return &Node{Type: "doc", Content: content, rest: versionOne}
}

func textNode(s string, marks ...Mark) *Node { return &Node{Type: "text", Text: s, Marks: marks} }

func paragraph(content []*Node) *Node { return &Node{Type: "paragraph", Content: content} }

// mark returns a node's mark of a type, nil where it has none.
func (n *Node) mark(kind string) *Mark {
	for i := range n.Marks {
		if n.Marks[i].Type == kind {
			return &n.Marks[i]
		}
	}
	return nil
}

// Size is the length of a document as JSON, in characters. Jira's limit on a
// rich text is 32,767 (JRACLOUD-78553); whether it counts the JSON or the text
// in it Atlassian does not say, so the larger number is the safe one.
func (n *Node) Size() int { return utf8.RuneCount(n.append(nil)) }

func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}
