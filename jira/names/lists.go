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
		return n.encodePeople(ctx, f, project, value)
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

// encodePeople encodes a list of people. A name can contain a comma, such as
// "Silva, Ana": if the whole text is somebody's name, it is not split.
func (n *Names) encodePeople(ctx context.Context, f jira.FieldMeta, project, value string) (any, error) {
	if strings.Contains(value, ",") && !isJSON(value) {
		if u, err := n.User(ctx, strings.ToLower(f.Name), "", value); err == nil && strings.EqualFold(u.DisplayName, strings.TrimSpace(value)) {
			return []any{map[string]string{"accountId": u.AccountID}}, nil
		}
	}
	return n.EncodeItems(ctx, f, project, SplitList(value))
}

// EncodeItems is like [Names.Encode] for a list that is split already.
func (n *Names) EncodeItems(ctx context.Context, f jira.FieldMeta, project string, items []string) (any, error) {
	return n.encodeItems(ctx, f, project, MergeNames(items, AllowedNames(f)))
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

// SplitList splits a list that is a JSON array or comma-separated text. From comma-separated text it removes blanks and empty items.
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
