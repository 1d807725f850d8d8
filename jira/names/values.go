package names

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Jira's limits, in characters, which are checked before anything is sent: Jira
// rejects a text that is too long, and the failed create still uses up an issue
// number (JRACLOUD-78553).
const (
	MaxSummary    = 255
	maxLineLength = 255 // a label, or a text field of a single line
)

// ValueError reports a value that a field does not accept.
type ValueError struct {
	Field   string // display name
	Problem string
}

// Error implements error.
func (e *ValueError) Error() string { return e.Field + ": " + e.Problem }

// FindField returns the field of a screen with a display name, id or alias. An
// id wins over names. Several fields of the same name are an error that lists
// their ids.
func FindField(screen []jira.FieldMeta, name string) (jira.FieldMeta, error) {
	var names []string
	for _, f := range screen {
		if f.ID == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	byName := matchSpelling(screen, name, jira.FieldMeta.DisplayNames)
	switch len(byName) {
	case 1:
		return byName[0], nil
	case 0:
		if id, ok := fieldAliases[strings.ToLower(strings.TrimSpace(name))]; ok {
			for _, f := range screen {
				if f.ID == id {
					return f, nil
				}
			}
		}
		return jira.FieldMeta{}, &UnknownError{Kind: "field on this screen:", Given: name, Allowed: names}
	}
	var ids []string
	for _, f := range byName {
		ids = append(ids, f.Name+" ("+f.ID+")")
	}
	return jira.FieldMeta{}, &UnknownError{Kind: "field", Given: name, Allowed: ids, Ambiguous: true}
}

// AllowedNames returns the display names of the values that a field accepts.
func AllowedNames(f jira.FieldMeta) []string {
	var out []string
	for _, v := range f.Allowed {
		out = append(out, v.DisplayName())
	}
	return out
}

// Encode converts text to the JSON value that Jira accepts for a field, by the
// field's schema. A list is comma-separated or a JSON array. People who become
// the assignee must be assignable in the project.
//
// Examples: "High" for a priority gives {"id": "2"}, "Ana Silva" for a person
// gives {"accountId": …}, and "1d 2h" for time tracking gives
// {"originalEstimate": "600m"} on a site with eight hours a day.
func (n *Names) Encode(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	if IsRichText(f) {
		doc, err := n.Document(ctx, f.Name, value, Place{Project: project})
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

// encodeOne encodes a single value. kind is the schema type of the field, or of
// its items for a list. If the screen lists allowed values, one of them must
// match by name or id. A type that is not known here is passed on: as JSON if
// the value is a JSON object or array, otherwise as a string.
func (n *Names) encodeOne(ctx context.Context, f jira.FieldMeta, kind, project, value string) (any, error) {
	if f.Schema.Type == "option-with-child" {
		return encodeCascade(f, value)
	}
	if len(f.Allowed) > 0 {
		switch found := matchAllowed(f.Allowed, value); len(found) {
		case 0:
			if byKey := Match(f.Allowed, value, func(v jira.AllowedValue) string { return v.Key }, allowedID); len(byKey) == 1 { // a project
				return map[string]string{"id": byKey[0].ID}, nil
			}
			return nil, &UnknownError{Kind: "value", Of: f.Name, Given: value, Allowed: AllowedNames(f)}
		case 1:
			return map[string]string{"id": found[0].ID}, nil
		default:
			return nil, &UnknownError{Kind: f.Name + " value", Given: value, Allowed: namesWithIDs(found), Ambiguous: true}
		}
	}
	switch kind {
	case "string":
		return encodeLine(f, value)
	case "number":
		return encodeNumber(f, value)
	case "date":
		return n.encodeDate(ctx, f, value)
	case "datetime":
		return n.encodeTime(ctx, f, value)
	case "timetracking":
		seconds, err := n.Duration(ctx, value)
		if err != nil {
			return nil, &ValueError{f.Name, err.Error()}
		}
		return map[string]string{"originalEstimate": FormatMinutes(seconds)}, nil
	case "group":
		return map[string]string{"name": strings.TrimSpace(value)}, nil
	case "user":
		var own struct{ AccountID string }
		if json.Unmarshal([]byte(value), &own) == nil && own.AccountID != "" { // Jira's own form
			value = own.AccountID
		}
		return n.encodePerson(ctx, f, project, value)
	case "issuelink":
		return map[string]string{"key": strings.ToUpper(strings.TrimSpace(value))}, nil
	case "priority", "resolution", "component", "version", "option":
		return nil, &ValueError{f.Name, "has no values to choose from on this screen"}
	}
	if encoded, ok, err := n.encodeApp(ctx, f, project, value); ok {
		return encoded, err
	}
	if raw, ok := structured(value); ok {
		return raw, nil
	}
	return value, nil
}

// encodeLine encodes a text of one line. A list with one text is that text; other
// JSON is refused, since it was meant for another kind of field.
func encodeLine(f jira.FieldMeta, value string) (any, error) {
	switch raw, _ := structured(value); raw := raw.(type) {
	case []any:
		if len(raw) != 1 {
			return nil, &ValueError{f.Name, "takes a text, not a list"}
		}
		if text, ok := raw[0].(string); ok {
			return text, checkLine(f, text)
		}
		return nil, &ValueError{f.Name, "takes a text, not a list"}
	case map[string]any:
		return nil, &ValueError{f.Name, `takes a text, not an object; give the value itself, and op beside it`}
	}
	return value, checkLine(f, value)
}

// structured returns the value of a text that is a JSON object or array.
func structured(value string) (any, bool) {
	var raw any
	if json.Unmarshal([]byte(value), &raw) != nil {
		return nil, false
	}
	switch raw.(type) {
	case map[string]any, []any:
		return raw, true
	}
	return nil, false
}

// isKnownType reports whether encodeOne knows the form of a type's values.
func isKnownType(kind string) bool {
	switch kind {
	case "string", "number", "date", "datetime", "timetracking", "group", "user", "issuelink", "priority", "resolution", "component", "version", "option", "option-with-child", "json":
		return true
	}
	return false
}

// IsComparable reports whether a field's value can be compared with the one that
// was sent: of the types that this package knows, Jira's form is known. Apps
// can show a value in another form than they accept.
func IsComparable(f jira.FieldMeta) bool {
	if f.Schema.Type == "array" {
		return isKnownType(f.Schema.Items)
	}
	return isKnownType(f.Schema.Type) || f.Schema.System != ""
}

// checkLine checks a text of one line against the limits of its field: no
// control characters, no blanks in labels, an absolute address in URL fields,
// and at most 255 characters in all other fields.
func checkLine(f jira.FieldMeta, value string) error {
	if f.ID == "summary" {
		return CheckSummary(value)
	}
	switch {
	case strings.ContainsFunc(value, isControl):
		return &ValueError{f.Name, fmt.Sprintf("%q has control characters", value)}
	case f.ID == "labels" && strings.ContainsFunc(value, unicode.IsSpace):
		return &ValueError{f.Name, fmt.Sprintf("a label cannot contain spaces; use %q", strings.Join(strings.Fields(value), "-"))}
	case strings.HasSuffix(f.Schema.Custom, ":url"):
		if u, err := url.Parse(value); err != nil || u.Host == "" {
			return &ValueError{f.Name, fmt.Sprintf("%q is not an address like https://example.com/page", value)}
		}
		return nil
	case strings.HasSuffix(f.Schema.Custom, ":labels") && strings.ContainsFunc(value, unicode.IsSpace):
		return &ValueError{f.Name, fmt.Sprintf("a label cannot contain spaces; use %q", strings.Join(strings.Fields(value), "-"))}
	case utf8.RuneCountInString(value) > maxLineLength:
		return &ValueError{f.Name, fmt.Sprintf("has %d characters; at most %d", utf8.RuneCountInString(value), maxLineLength)}
	}
	return nil
}

// decimal matches a number as Jira's number fields show it. Go's parser accepts
// more, such as 0x10 and Inf.
var decimal = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$`)
})

// encodeNumber encodes a number.
func encodeNumber(f jira.FieldMeta, value string) (any, error) {
	value = strings.TrimSpace(value)
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !decimal().MatchString(value) {
		return nil, &ValueError{f.Name, fmt.Sprintf("%q is not a number like 2.5", value)}
	}
	return v, nil
}

// encodeDate encodes a date. Words such as "next Friday" are in the user's zone.
func (n *Names) encodeDate(ctx context.Context, f jira.FieldMeta, value string) (any, error) {
	if at, err := time.Parse(time.DateOnly, strings.TrimSpace(value)); err == nil {
		return at.Format(time.DateOnly), nil // no request for the zone
	}
	zone, err := n.zone(ctx)
	if err != nil {
		return nil, err
	}
	m, err := ParseMoment(value, n.now().In(zone), Future)
	if err != nil {
		return nil, &ValueError{f.Name, err.Error()}
	}
	return m.At.Format(time.DateOnly), nil
}

// encodeTime encodes a date and time. Without a zone, it is in the user's.
func (n *Names) encodeTime(ctx context.Context, f jira.FieldMeta, value string) (any, error) {
	zone, err := n.zone(ctx)
	if err != nil {
		return nil, err
	}
	m, err := ParseMoment(value, n.now().In(zone), Future)
	if err != nil {
		return nil, &ValueError{f.Name, err.Error()}
	}
	return FormatTime(m.At), nil
}

// encodePerson encodes a person. The assignee must be assignable in the
// project, and can be "automatic".
func (n *Names) encodePerson(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	scope := ""
	if f.ID == "assignee" {
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "default", "automatic":
			return map[string]string{"accountId": automaticAssignee}, nil
		}
		scope = project
	}
	u, err := n.User(ctx, strings.ToLower(f.Name), scope, value)
	if err != nil {
		return nil, err
	}
	return map[string]string{"accountId": u.AccountID}, nil
}

// zone returns the user's time zone, or UTC if Jira reports none that is known
// here.
func (n *Names) zone(ctx context.Context) (*time.Location, error) {
	me, err := n.jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(me.TimeZone)
	if err != nil {
		return time.UTC, nil //nolint:nilerr // this system does not know the zone
	}
	return zone, nil
}

// automaticAssignee is the account id that stands for the default assignee in
// the project's settings (contract, editIssue: "-1").
const automaticAssignee = "-1"

// IsDefaultAssignee reports whether an encoded person stands for the default
// assignee.
func IsDefaultAssignee(encoded any) bool {
	person, ok := encoded.(map[string]string)
	return ok && person["accountId"] == automaticAssignee
}

// isControl reports whether r is a control character that text for people does
// not contain. Line breaks and tabs are not.
func isControl(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// CheckSummary checks a summary against Jira's rules: one line, not empty, and
// at most [MaxSummary] characters.
func CheckSummary(s string) error {
	switch {
	case !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }):
		return &ValueError{"Summary", "is empty"}
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		return &ValueError{"Summary", "has line breaks or control characters; use one line of plain text. Put the rest into the description"}
	case utf8.RuneCountInString(s) > MaxSummary:
		return &ValueError{"Summary", fmt.Sprintf("has %d characters; at most %d. Put the rest into the description", utf8.RuneCountInString(s), MaxSummary)}
	}
	return nil
}
