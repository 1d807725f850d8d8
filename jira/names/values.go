package names

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
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
	list := SplitList(value)
	if f.Schema.Items == "json" { // a sprint: a number, although it is read as a list
		if len(list) != 1 {
			return nil, &ValueError{f.Name, "takes one sprint"}
		}
		return n.sprint(ctx, project, list[0])
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

// SplitList takes a list apart: a JSON array, or comma-separated.
func SplitList(value string) []string {
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
	if f.Schema.Type == "option-with-child" {
		return cascade(f, value)
	}
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
		return value, checkLine(f, value)
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
		return n.encodeMoment(ctx, f, value)
	case "timetracking":
		seconds, err := n.Duration(ctx, value)
		if err != nil {
			return nil, &ValueError{f.Name, err.Error()}
		}
		return map[string]string{"originalEstimate": Minutes(seconds)}, nil
	case "group":
		return map[string]string{"name": strings.TrimSpace(value)}, nil
	case "user":
		return n.encodePerson(ctx, f, project, value)
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

// checkLine holds a text of one line to what its field takes.
func checkLine(f jira.FieldMeta, value string) error {
	if f.ID == "summary" {
		return CheckSummary(value)
	}
	switch {
	case strings.ContainsFunc(value, control):
		return &ValueError{f.Name, fmt.Sprintf("%q has control characters", value)}
	case f.ID == "labels" && strings.ContainsFunc(value, unicode.IsSpace):
		return &ValueError{f.Name, fmt.Sprintf("a label has no spaces: write %q", strings.Join(strings.Fields(value), "-"))}
	case strings.HasSuffix(f.Schema.Custom, ":url"):
		if u, err := url.Parse(value); err != nil || u.Host == "" {
			return &ValueError{f.Name, fmt.Sprintf("%q is not an address like https://example.com/page", value)}
		}
		return nil
	case strings.HasSuffix(f.Schema.Custom, ":labels") && strings.ContainsFunc(value, unicode.IsSpace):
		return &ValueError{f.Name, fmt.Sprintf("a label has no spaces: write %q", strings.Join(strings.Fields(value), "-"))}
	case utf8.RuneCountInString(value) > maxLine:
		return &ValueError{f.Name, fmt.Sprintf("has %d characters; at most %d", utf8.RuneCountInString(value), maxLine)}
	}
	return nil
}

// encodeMoment reads a date-time; without a zone it is the user's.
func (n *Names) encodeMoment(ctx context.Context, f jira.FieldMeta, value string) (any, error) {
	zone, err := n.zone(ctx)
	if err != nil {
		return nil, err
	}
	at, err := Moment(value, zone)
	if err != nil {
		return nil, &ValueError{f.Name, err.Error()}
	}
	return JiraTime(at), nil
}

// encodePerson finds somebody; the assignee among those who can be assigned.
func (n *Names) encodePerson(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	scope := ""
	if f.ID == "assignee" {
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "default", "automatic":
			return map[string]string{"accountId": automatic}, nil
		}
		scope = project
	}
	u, err := n.User(ctx, strings.ToLower(f.Name), scope, value)
	if err != nil {
		return nil, err
	}
	return map[string]string{"accountId": u.AccountID}, nil
}

// zone is the user's time zone; UTC where Jira does not tell it.
func (n *Names) zone(ctx context.Context) (*time.Location, error) {
	me, err := n.jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(me.TimeZone)
	if err != nil {
		return time.UTC, nil //nolint:nilerr // this program does not know it
	}
	return zone, nil
}

// cascade reads "Parent > Child", or the parent alone. Where that is not known
// the answer lists both steps, so that the next call can be right.
func cascade(f jira.FieldMeta, value string) (any, error) {
	above, below, both := strings.Cut(value, ">")
	called := func(list []jira.AllowedValue, name string) (jira.AllowedValue, bool) {
		for _, v := range list {
			if name = strings.TrimSpace(name); strings.EqualFold(v.Label(), name) || v.ID == name {
				return v, true
			}
		}
		return jira.AllowedValue{}, false
	}
	parent, known := called(f.Allowed, above)
	if known && !both {
		return map[string]any{"id": parent.ID}, nil
	}
	if child, found := called(parent.Children, below); known && found {
		return map[string]any{"id": parent.ID, "child": map[string]string{"id": child.ID}}, nil
	}
	unknown := &UnknownError{Kind: "value of " + f.Name + " called", Given: strings.TrimSpace(value), Allowed: CascadeNames(f.Allowed)}
	if known {
		unknown.Allowed = CascadeNames([]jira.AllowedValue{parent})
	}
	for _, v := range f.Allowed { // the child alone
		if child, found := called(v.Children, value); found {
			unknown.Near = v.Label() + " > " + child.Label()
		}
	}
	return nil, unknown
}

// CascadeNames are values as they are written: those that are chosen in two
// steps as Parent > Child.
func CascadeNames(list []jira.AllowedValue) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.Label())
		for _, child := range v.Children {
			out = append(out, v.Label()+" > "+child.Label())
		}
	}
	return out
}

// automatic stands for the assignee that the project's settings name (contract,
// editIssue: "-1").
const automatic = "-1"

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
