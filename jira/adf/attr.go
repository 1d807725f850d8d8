package adf

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// quoteJSON returns s as a JSON string.
func quoteJSON(s string) json.RawMessage {
	b, _ := jsontext.AppendQuote(nil, s)
	return b
}

// hasAttr reports whether a node has an attribute, of whatever value.
func hasAttr(n *Node, name string) bool {
	found := false
	rawjson.Members(n.Attrs, func(key, _ []byte) bool {
		found = found || string(key) == name
		return !found
	})
	return found
}

// rawAttr returns an attribute's JSON value as written, or nil.
func rawAttr(attrs json.RawMessage, name string) json.RawMessage {
	var out json.RawMessage
	rawjson.Members(attrs, func(key, value []byte) bool {
		if string(key) == name {
			out = value
		}
		return true
	})
	return out
}

// withAttr returns a copy of an attribute object in which an attribute has a
// new value, in its old place if it had one. A nil value removes it.
func withAttr(attrs json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	out := []byte{'{'}
	add := func(key []byte, v []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), key...), '"', ':')
		out = append(out, v...)
	}
	set := false
	rawjson.Members(attrs, func(key, v []byte) bool {
		if string(key) == name {
			if set || value == nil {
				return true
			}
			set, v = true, value
		}
		add(key, v)
		return true
	})
	if !set && value != nil {
		add([]byte(name), value)
	}
	return append(out, '}')
}
