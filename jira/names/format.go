package names

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// lenient turns off checks that the decoder of the whole answer has done
// already: for repeated names and invalid UTF-8.
var lenient = jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Format returns a field's value as text for people, whatever its JSON form: the
// name of a person or thing, the value of an option, a number, or rich text as
// Markdown. Items of a list are joined with commas. It returns "" for an empty
// value and for one that has nothing to display.
//
// Examples: {"displayName": "Ana Silva", …} gives Ana Silva, and [{"name":
// "api"}, {"name": "web"}] gives api, web.
func Format(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 {
			return strings.ToValidUTF8(string(plain), "\ufffd")
		}
		var s string
		_ = jsonv2.Unmarshal(raw, &s, lenient)
		return s
	case '[':
		var list []json.RawMessage
		_ = jsonv2.Unmarshal(raw, &list, lenient)
		var out []string
		for _, item := range list {
			if s := Format(item); s != "" {
				out = append(out, s)
			}
		}
		return strings.Join(out, ", ")
	case '{':
		return formatObject(raw)
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

// labels are the members that can name one of Jira's objects, the best ones
// first.
var labels = []string{"value", "displayName", "name", "filename", "key"}

// formatObject formats a JSON object by the best of its labels. It scans the
// members once without decoding the rest. Rich text (type "doc"), objects
// without a label of their own, and cascading options, whose child is appended,
// are handled separately.
func formatObject(raw json.RawMessage) string {
	var found [5][]byte
	var child json.RawMessage
	doc, special := false, ""
	rawjson.Members(raw, func(key, value []byte) bool {
		switch {
		case string(key) == "type" && string(value) == `"doc"`:
			doc = true
			return false
		case string(key) == "child":
			child = value
		case special == "":
			if special = formatSpecial(string(key), value, raw); special == "" {
				special = formatServiceObject(string(key), raw)
			}
		}
		if special != "" {
			return false
		}
		if len(value) > 2 && value[0] == '"' {
			for n, name := range labels {
				if string(key) == name {
					found[n] = value
				}
			}
		}
		return true
	})
	if special != "" {
		return special
	}
	if doc {
		n, err := adf.Decode(raw)
		if err != nil {
			return ""
		}
		return Markdown(n)
	}
	for _, value := range found {
		if value == nil {
			continue
		}
		text := Format(value)
		if sub := Format(child); sub != "" {
			text += " > " + sub // a cascading option
		}
		return text
	}
	return ""
}

// formatSpecial formats an object that has no name of its own: a page of
// comments, an issue link, time tracking, votes or watchers. It is called for
// each member, and recognises the object by the member's key. It returns "" for
// other objects.
func formatSpecial(key string, value, whole json.RawMessage) string {
	switch key {
	case "comments":
		var page struct {
			Total int `json:"total"`
		}
		if jsonv2.Unmarshal(whole, &page, lenient) == nil && page.Total > 0 {
			return strconv.Itoa(page.Total) + " comments"
		}
	case "outwardIssue", "inwardIssue":
		var link struct {
			Type map[string]any `json:"type"`
		}
		if jsonv2.Unmarshal(whole, &link, lenient) == nil {
			phrase, _ := link.Type[strings.TrimSuffix(key, "Issue")].(string)
			return strings.TrimSpace(phrase + " " + keyOf(value))
		}
	case "originalEstimate", "remainingEstimate", "timeSpent":
		var t struct {
			Original  string `json:"originalEstimate"`
			Remaining string `json:"remainingEstimate"`
			Spent     string `json:"timeSpent"`
		}
		if jsonv2.Unmarshal(whole, &t, lenient) == nil {
			var parts []string
			for _, p := range [][2]string{{t.Original, " estimated"}, {t.Remaining, " left"}, {t.Spent, " logged"}} {
				if p[0] != "" {
					parts = append(parts, p[0]+p[1])
				}
			}
			return strings.Join(parts, ", ")
		}
	case "votes", "watchCount":
		if text := Format(value); text != "0" {
			return text
		}
	}
	return ""
}

// keyOf returns the key of an issue inside another issue's field.
func keyOf(issue json.RawMessage) string {
	text := ""
	rawjson.Members(issue, func(key, value []byte) bool {
		if string(key) == "key" {
			text = Format(value)
		}
		return text == ""
	})
	return text
}
