package names

import (
	"encoding/json"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// The values come out of an answer that has been read already: names are not
// checked for repeats again.
var lenient = jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Show renders a field's value as people call it, whatever its shape: a
// person's or a thing's name, an option's value, a number, a rich text as
// Markdown; a list joined with commas. It returns "" for what is empty or has
// nothing to show.
func Show(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		_ = jsonv2.Unmarshal(raw, &s, lenient)
		return s
	case '[':
		var list []json.RawMessage
		_ = jsonv2.Unmarshal(raw, &list, lenient)
		var out []string
		for _, item := range list {
			if s := Show(item); s != "" {
				out = append(out, s)
			}
		}
		return strings.Join(out, ", ")
	case '{':
		return showObject(raw)
	case 'n':
		return ""
	case 't', 'f':
		return string(raw)
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return ""
}

// label has the parts by which Jira's objects are called.
type label struct {
	Type        string          `json:"type"`
	DisplayName string          `json:"displayName"`
	Name        string          `json:"name"`
	Value       string          `json:"value"`
	Child       json.RawMessage `json:"child"` // of a cascading option
	Key         string          `json:"key"`
	Filename    string          `json:"filename"`
}

func showObject(raw json.RawMessage) string {
	var l label
	if jsonv2.Unmarshal(raw, &l, lenient) != nil {
		return ""
	}
	if l.Type == "doc" {
		doc, err := adf.Decode(raw)
		if err != nil {
			return ""
		}
		return adf.ToMarkdown(doc)
	}
	if l.Value != "" {
		if child := Show(l.Child); child != "" {
			return l.Value + " > " + child
		}
		return l.Value
	}
	for _, s := range []string{l.DisplayName, l.Name, l.Filename, l.Key} {
		if s != "" {
			return s
		}
	}
	return ""
}
