package names

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Jira's limits, checked before anything is sent: a text that is too long
// fails, and the failed create still uses up an issue number (JRACLOUD-78553).
const (
	MaxSummary = 255
	maxLine    = 255 // a label, a single-line text field
)

// ValueError is a value that a field does not take.
type ValueError struct {
	Field   string // display name
	Problem string
}

// Error implements error.
func (e *ValueError) Error() string { return e.Field + ": " + e.Problem }

// FindField finds a field on a screen by display name or id.
func FindField(screen []jira.FieldMeta, name string) (jira.FieldMeta, error) {
	var byName []jira.FieldMeta
	var names []string
	for _, f := range screen {
		if f.ID == name {
			return f, nil
		}
		if strings.EqualFold(f.Name, strings.TrimSpace(name)) {
			byName = append(byName, f)
		}
		names = append(names, f.Name)
	}
	switch len(byName) {
	case 1:
		return byName[0], nil
	case 0:
		if id, ok := columns[strings.ToLower(strings.TrimSpace(name))]; ok {
			for _, f := range screen {
				if f.ID == id {
					return f, nil
				}
			}
		}
		return jira.FieldMeta{}, &UnknownError{Kind: "field on this screen called", Given: name, Allowed: names}
	}
	var ids []string
	for _, f := range byName {
		ids = append(ids, f.Name+" ("+f.ID+")")
	}
	return jira.FieldMeta{}, &UnknownError{Kind: "field", Given: name, Allowed: ids, Ambiguous: true}
}

// AllowedNames lists what a field accepts, for people.
func AllowedNames(f jira.FieldMeta) []string {
	var out []string
	for _, v := range f.Allowed {
		out = append(out, v.Label())
	}
	return out
}

// Encode turns what a person wrote into what Jira takes for a field, by the
// field's schema. Lists are comma-separated or a JSON array. project is where
// people have to be assignable.
func (n *Names) Encode(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	if RichText(f) {
		doc, err := n.Document(ctx, f.Name, value)
		if err != nil {
			return nil, err
		}
		return doc, nil
	}
	if f.Schema.Type == "array" {
		return n.encodeList(ctx, f, project, value)
	}
	return n.encodeOne(ctx, f, f.Schema.Type, project, value)
}

func (n *Names) encodeList(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	list := splitList(value)
	if f.Schema.Items == "json" { // a sprint: a number, although it is read as a list
		if len(list) != 1 {
			return nil, &ValueError{f.Name, "takes one sprint"}
		}
		return n.sprint(ctx, f, project, list[0])
	}
	return n.EncodeItems(ctx, f, project, list)
}

// EncodeItems is [Names.Encode] for a list that is already taken apart.
func (n *Names) EncodeItems(ctx context.Context, f jira.FieldMeta, project string, items []string) (any, error) {
	out := []any{}
	for _, item := range items {
		v, err := n.encodeOne(ctx, f, f.Schema.Items, project, item)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func splitList(value string) []string {
	var list []string
	if json.Unmarshal([]byte(value), &list) == nil {
		return list
	}
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

func (n *Names) encodeOne(ctx context.Context, f jira.FieldMeta, kind, project, value string) (any, error) {
	if len(f.Allowed) > 0 {
		for _, v := range f.Allowed {
			if strings.EqualFold(v.Label(), strings.TrimSpace(value)) || v.ID == value {
				return map[string]string{"id": v.ID}, nil
			}
		}
		return nil, &UnknownError{Kind: "value of " + f.Name + " called", Given: value, Allowed: AllowedNames(f)}
	}
	switch kind {
	case "string":
		if f.ID == "summary" {
			return value, CheckSummary(value)
		}
		switch {
		case strings.ContainsFunc(value, control):
			return nil, &ValueError{f.Name, fmt.Sprintf("%q has control characters", value)}
		case f.ID == "labels" && strings.ContainsFunc(value, unicode.IsSpace):
			return nil, &ValueError{f.Name, fmt.Sprintf("a label has no spaces: write %q", strings.Join(strings.Fields(value), "-"))}
		case utf8.RuneCountInString(value) > maxLine:
			return nil, &ValueError{f.Name, fmt.Sprintf("has %d characters; at most %d", utf8.RuneCountInString(value), maxLine)}
		}
		return value, nil
	case "number":
		v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &ValueError{f.Name, fmt.Sprintf("%q is not a number", value)}
		}
		return v, nil
	case "date":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return nil, &ValueError{f.Name, fmt.Sprintf("%q is not a date like 2026-01-31", value)}
		}
		return value, nil
	case "datetime":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return nil, &ValueError{f.Name, fmt.Sprintf("%q is not a time like 2026-01-31T14:30:00+01:00", value)}
		}
		return at.Format("2006-01-02T15:04:05.000-0700"), nil
	case "user":
		scope := ""
		if f.ID == "assignee" {
			scope = project
		}
		u, err := n.User(ctx, strings.ToLower(f.Name), scope, value)
		if err != nil {
			return nil, err
		}
		return map[string]string{"accountId": u.AccountID}, nil
	case "issuelink":
		return map[string]string{"key": strings.ToUpper(strings.TrimSpace(value))}, nil
	case "priority", "resolution", "component", "version", "option":
		return nil, &ValueError{f.Name, "has no values to choose from on this screen"}
	}
	var raw any
	if json.Unmarshal([]byte(value), &raw) == nil {
		return raw, nil
	}
	return value, nil
}

// control reports characters that no text for people holds.
func control(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// CheckSummary holds a summary to Jira's rules.
func CheckSummary(s string) error {
	switch {
	case !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }):
		return &ValueError{"Summary", "is empty"}
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		return &ValueError{"Summary", "has line breaks or control characters; it is one line of plain text. Put the rest into the description"}
	case utf8.RuneCountInString(s) > MaxSummary:
		return &ValueError{"Summary", fmt.Sprintf("has %d characters; at most %d. Put the rest into the description", utf8.RuneCountInString(s), MaxSummary)}
	}
	return nil
}
