package adf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// Decode decodes a document. JSON null and an empty input give an empty
// document. JSON nested more than 10,000 deep is an error.
func Decode(data []byte) (*Node, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || string(data) == "null" {
		return newDoc(nil), nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if dec.PeekKind() != '{' {
		return nil, fmt.Errorf("adf: a document is a JSON object, not %.20q", data)
	}
	n, err := (&nodeReader{Decoder: dec}).node()
	if err != nil {
		return nil, fmt.Errorf("adf: %w", err)
	}
	if _, err := dec.ReadToken(); err == nil {
		return nil, fmt.Errorf("adf: more than one JSON value")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("adf: after the JSON value: %w", err)
	}
	return n, nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Node) UnmarshalJSON(data []byte) error {
	d, err := Decode(data)
	if err != nil {
		return err
	}
	*n = *d
	return nil
}

// nodeReader decodes nodes. It allocates several at once, since a document has
// many.
type nodeReader struct {
	*jsontext.Decoder
	free []Node // allocated, and not used yet
	next int    // how many are allocated next
}

// The numbers of nodes that are allocated at once: at first, and at most.
const (
	fewNodes  = 4
	manyNodes = 32
)

// newNode returns an empty node.
func (dec *nodeReader) newNode() *Node {
	if len(dec.free) == 0 {
		dec.next = min(max(2*dec.next, fewNodes), manyNodes)
		dec.free = make([]Node, dec.next)
	}
	n := &dec.free[0]
	dec.free = dec.free[1:]
	return n
}

// node decodes the object at which the decoder stands. A node without a type, a
// text node without a text, and a known member with a value of the wrong type
// make the node malformed.
func (dec *nodeReader) node() (*Node, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	n := dec.newNode()
	n.malformed = true
	for dec.PeekKind() != '}' {
		key, err := readName(dec)
		if err != nil {
			return nil, err
		}
		if err := n.decodeMember(dec, key); err != nil {
			return nil, err
		}
	}
	n.malformed = n.malformed || n.Type == "text" && !n.hasText || slices.ContainsFunc(n.rest, func(r member) bool {
		return r.key == "content" || r.key == "marks" || r.key == "attrs" || r.key == "text" || r.key == "type" // Not of its type.
	})
	_, err := dec.ReadToken()
	return n, err
}

// decodeMember decodes the value of one member. Of members with the same name
// the last one counts.
func (n *Node) decodeMember(dec *nodeReader, key string) error {
	n.dropMember(key)
	kind := dec.PeekKind()
	switch {
	case key == "type" && kind == '"':
		s, raw, err := readString(dec, knownType)
		if err == nil && (s == "" || raw != nil) { // Kept as it came; no known type.
			if raw == nil {
				raw = []byte(`""`)
			}
			n.rest = append(n.rest, member{key, raw})
			return nil
		}
		n.Type, n.malformed = s, false
		return err
	case key == "text" && kind == '"':
		var err error
		n.Text, n.rawText, err = readString(dec, nil)
		n.hasText = true
		return err
	case key == "attrs" && kind == '{':
		v, err := dec.ReadValue()
		n.Attrs = json.RawMessage(v.Clone())
		return err
	case key == "content" && kind == '[':
		return n.decodeContent(dec)
	case key == "marks" && kind == '[':
		return n.decodeMarks(dec)
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	n.rest = append(n.rest, member{key, v.Clone()})
	return nil
}

// dropMember removes an earlier member of the same name.
func (n *Node) dropMember(key string) {
	if len(n.rest) > 0 {
		n.rest = slices.DeleteFunc(n.rest, func(r member) bool { return r.key == key })
	}
	switch key {
	case "type":
		n.Type, n.malformed = "", true
	case "text":
		n.Text, n.rawText, n.hasText = "", nil, false
	case "attrs":
		n.Attrs = nil
	case "content":
		n.Content = nil
	case "marks":
		n.Marks = nil
	}
}

// decodeContent decodes the array of a node's children. Values that are no
// objects are kept as malformed nodes.
func (n *Node) decodeContent(dec *nodeReader) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	n.Content = []*Node{}
	for dec.PeekKind() != ']' {
		if dec.PeekKind() != '{' {
			v, err := dec.ReadValue()
			if err != nil {
				return err
			}
			n.Content = append(n.Content, &Node{malformed: true, raw: v.Clone()})
			continue
		}
		c, err := dec.node()
		if err != nil {
			return err
		}
		n.Content = append(n.Content, c)
	}
	_, err := dec.ReadToken()
	return err
}

// decodeMarks decodes the array of a node's marks. If one of its values is no
// object, the whole array is kept as it is.
func (n *Node) decodeMarks(dec *nodeReader) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	raw = raw.Clone()
	marks, malformed := []Mark{}, false
	rawjson.Elements(json.RawMessage(raw), func(item []byte) bool {
		if malformed = item[0] != '{'; malformed {
			return false
		}
		m := Mark{}
		rawjson.Members(item, func(key, value []byte) bool {
			switch {
			case string(key) == "type" && value[0] == '"' && len(value) > 2 && m.Type == "":
				m.Type = markType(value)
			case string(key) == "attrs" && value[0] == '{':
				m.Attrs = value
			default:
				name, _ := jsontext.AppendUnquote(nil, append(append([]byte{'"'}, key...), '"'))
				m.rest = append(m.rest, member{string(name), value})
			}
			return true
		})
		marks = append(marks, m)
		return true
	})
	if malformed {
		n.rest = append(n.rest, member{"marks", raw})
		return nil
	}
	n.Marks = marks
	return nil
}

// markType returns the type of a mark from its JSON string, without allocating the
// commonest.
func markType(raw []byte) string {
	switch string(raw) {
	case `"strong"`:
		return "strong"
	case `"em"`:
		return "em"
	case `"code"`:
		return "code"
	case `"link"`:
		return "link"
	}
	var s string
	_ = json.Unmarshal(raw, &s) // "" if it is not valid
	return s
}

// readName reads the name of a member, without allocating those of nodes.
func readName(dec *nodeReader) (string, error) {
	v, err := dec.ReadValue()
	if err != nil {
		return "", err
	}
	switch string(v) {
	case `"type"`:
		return "type", nil
	case `"text"`:
		return "text", nil
	case `"attrs"`:
		return "attrs", nil
	case `"content"`:
		return "content", nil
	case `"marks"`:
		return "marks", nil
	case `"version"`:
		return "version", nil
	}
	name, _ := jsontext.AppendUnquote(nil, v) // lone surrogates become U+FFFD, with an error
	return string(name), nil
}

// knownType returns the commonest types of nodes, which need not be allocated; ""
// for others.
func knownType(plain []byte) string {
	switch string(plain) {
	case "text":
		return "text"
	case "paragraph":
		return "paragraph"
	case "listItem":
		return "listItem"
	case "bulletList":
		return "bulletList"
	case "orderedList":
		return "orderedList"
	case "hardBreak":
		return "hardBreak"
	case "heading":
		return "heading"
	case "mention":
		return "mention"
	case "tableRow":
		return "tableRow"
	case "tableCell":
		return "tableCell"
	case "doc":
		return "doc"
	}
	return ""
}

// readString decodes a JSON string. raw is the string as written if a Go string
// cannot hold its value, else nil. known returns strings that need not be
// allocated, or ""; it may be nil.
func readString(dec *nodeReader, known func([]byte) string) (s string, raw []byte, err error) {
	v, err := dec.ReadValue()
	if err != nil {
		return "", nil, err
	}
	if plain := v[1 : len(v)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		if known != nil {
			if s := known(plain); s != "" {
				return s, nil, nil
			}
		}
		return string(plain), nil, nil
	}
	out, _ := jsontext.AppendUnquote(nil, v) // Lone surrogates become U+FFFD, with an error.
	if bytes.Contains(out, []byte("\ufffd")) {
		raw = v.Clone()
	}
	return string(out), raw, nil
}

// MarshalJSON implements [json.Marshaler].
func (n *Node) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

// append appends the node as JSON to b.
func (n *Node) append(b []byte) []byte {
	if n.raw != nil {
		return append(b, n.raw...)
	}
	b = append(b, '{')
	sep := func(key string) {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, key)
		b = append(b, ':')
	}
	if n.Type != "" {
		sep("type")
		b, _ = jsontext.AppendQuote(b, n.Type)
	}
	if n.Attrs != nil {
		sep("attrs")
		b = append(b, n.Attrs...)
	}
	if n.Content != nil {
		sep("content")
		b = append(b, '[')
		for i, c := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = c.append(b)
		}
		b = append(b, ']')
	}
	switch {
	case n.rawText != nil:
		sep("text")
		b = append(b, n.rawText...)
	case n.Text != "" || n.hasText:
		sep("text")
		b, _ = jsontext.AppendQuote(b, n.Text)
	}
	if n.Marks != nil {
		sep("marks")
		b = append(b, '[')
		for i, m := range n.Marks {
			if i > 0 {
				b = append(b, ',')
			}
			b = m.append(b)
		}
		b = append(b, ']')
	}
	for _, r := range n.rest {
		sep(r.key)
		b = append(b, r.value...)
	}
	return append(b, '}')
}

// append appends the mark as JSON to b.
func (m Mark) append(b []byte) []byte {
	b = append(b, '{')
	if m.Type != "" {
		b = append(b, `"type":`...)
		b, _ = jsontext.AppendQuote(b, m.Type)
	}
	rest := m.rest
	if m.Attrs != nil {
		rest = append([]member{{"attrs", jsontext.Value(m.Attrs)}}, rest...)
	}
	for _, r := range rest {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, r.key)
		b = append(b, ':')
		b = append(b, r.value...)
	}
	return append(b, '}')
}
