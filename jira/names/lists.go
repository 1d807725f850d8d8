package names

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// encodeList encodes a list. The sprint field is an exception: Jira reads it as
// a list and takes a single number.
func (n *Names) encodeList(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	if f.Schema.Items == "json" { // a sprint
		list := SplitList(value)
		if len(list) == 1 {
			return n.sprintID(ctx, project, list[0])
		}
		if id, err := n.sprintID(ctx, project, value); len(list) > 1 && err == nil { // a name with a comma
			return id, nil
		}
		return nil, &ValueError{f.Name, "accepts one sprint"}
	}
	if f.Schema.Items == "user" {
		return n.encodePeople(ctx, f, SplitList(value))
	}
	if raw, ok := structured(value); ok && !isJSONList(value) && !isKnownType(f.Schema.Items) {
		return raw, nil
	}
	known := AllowedNames(f)
	if kind, ok := appKindOf(f.Schema.Items); ok && strings.Contains(value, ",") {
		found, err := n.appValues(ctx, f, project, kind)
		if err != nil {
			found = nil // the items name the failure, if they need it
		}
		known = slices.Sorted(maps.Keys(found))
	}
	out, err := n.encodeItems(ctx, f, project, SplitNames(value, known))
	var unknown *UnknownError
	if errors.As(err, &unknown) && strings.Contains(value, ",") && !isJSON(value) {
		err = fmt.Errorf("%w Several values can also be given as a JSON array, such as %s", err, `["first", "second"]`)
	}
	return out, err
}

// EncodeItems is like [Names.Encode] for a list that is split already.
func (n *Names) EncodeItems(ctx context.Context, f jira.FieldMeta, project string, items []string) (any, error) {
	if f.Schema.Items == "user" {
		return n.encodePeople(ctx, f, items)
	}
	return n.encodeItems(ctx, f, project, MergeNames(items, AllowedNames(f)))
}

// encodePeople encodes a list of people that is split at its commas.
func (n *Names) encodePeople(ctx context.Context, f jira.FieldMeta, parts []string) (any, error) {
	var given []string
	for _, part := range parts {
		var own struct{ AccountID string }
		if json.Unmarshal([]byte(part), &own) == nil && own.AccountID != "" { // Jira's own form
			part = own.AccountID
		}
		given = append(given, part)
	}
	users, err := n.Users(ctx, strings.ToLower(f.Name), given)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, u := range users {
		out = append(out, map[string]string{"accountId": u.AccountID})
	}
	return out, nil
}

// EncodeHeld is like [Names.Encode] for a list of which the issue holds values:
// if all names that [SplitNames] finds with the names of these values are held, they
// are meant. Removing needs it, since no screen lists the values of some fields.
func (n *Names) EncodeHeld(ctx context.Context, f jira.FieldMeta, project, value string, held json.RawMessage) (any, error) {
	known := heldNames(held)
	parts := SplitNames(value, known)
	isHeld := func(part string) bool {
		return slices.ContainsFunc(known, func(name string) bool { return withoutBlanks(Fold(name)) == withoutBlanks(Fold(part)) })
	}
	if isJSON(value) || f.Schema.Items == "json" || slices.ContainsFunc(parts, func(part string) bool { return !isHeld(part) }) {
		return n.Encode(ctx, f, project, value)
	}
	return n.encodeItems(ctx, f, project, parts)
}

// heldNames returns the texts of a list, or the names of its objects.
func heldNames(held json.RawMessage) []string {
	var list []json.RawMessage
	_ = json.Unmarshal(held, &list) // no list: no names
	var out []string
	for _, item := range list {
		if name := Format(item); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// encodeItems encodes each item of a list as it is.
func (n *Names) encodeItems(ctx context.Context, f jira.FieldMeta, project string, items []string) (any, error) {
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

// SplitList splits a list that is a JSON array or comma-separated text. From
// comma-separated text it removes blanks and empty items.
func SplitList(value string) []string {
	if items, ok := jsonItems(value); ok {
		return items
	}
	var list []string
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// jsonItems returns the items of a JSON array: strings as they are, anything else
// as its JSON.
func jsonItems(value string) (items []string, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(value), &list) != nil || list == nil {
		return nil, false
	}
	for _, raw := range list {
		text := string(raw)
		_ = json.Unmarshal(raw, &text) // no string: its JSON
		items = append(items, text)
	}
	return items, true
}

// isJSON reports whether a text is a JSON array or object.
func isJSON(value string) bool { _, ok := structured(value); return ok }

// isJSONList reports whether a text is a JSON array of strings.
func isJSONList(value string) bool {
	var list []string
	return json.Unmarshal([]byte(value), &list) == nil
}
