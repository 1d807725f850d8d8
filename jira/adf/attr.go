package adf

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

func quoteJSON(s string) json.RawMessage {
	b, _ := jsontext.AppendQuote(nil, s)
	return b
}

func hasAttr(n *Node, name string) bool {
	found := false
	rawjson.Members(n.Attrs, func(key, _ []byte) bool {
		found = found || string(key) == name
		return !found
	})
	return found
}

// rawAttr is an attribute as it was written, nil where there is none.
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

// withAttr sets an attribute, in its place where it was there, or drops it
// where value is nil. The object itself is not changed.
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
