package kit

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// This file has what the decoder accepts beyond the schema, since models and
// clients write it that way and mean one thing by it.

// IsEmpty reports whether a text is JSON that counts as not given, such as
// ["", null]: see isEmpty.
func IsEmpty(text string) bool { return json.Valid([]byte(text)) && isEmpty(json.RawMessage(text)) }

// isEmpty reports whether a value counts as not given: null, a blank text, the
// texts "null" and "undefined" that some clients send for null, an empty list or
// object, and a list or object of such. Clients that fill in every argument of a
// schema send these (anthropics/claude-code 95239, opencode, metamcp).
func isEmpty(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return false
		}
		s = strings.TrimSpace(s)
		return s == "" || s == "null" || s == "undefined" || s == "[]" || s == "{}"
	case '[':
		var items []json.RawMessage
		return json.Unmarshal(raw, &items) == nil && !slices.ContainsFunc(items, func(item json.RawMessage) bool { return !isEmpty(item) })
	case '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return false
		}
		for _, member := range members {
			if !isEmpty(member) {
				return false
			}
		}
		return true
	}
	return false
}

// isGiven reports whether a value of a field counts as given. 0 does not where
// the smallest allowed value is 1. A literal text counts whatever it is, since
// an empty one is a value.
func (f *field) isGiven(raw json.RawMessage) bool {
	if f.literal {
		raw = bytes.TrimSpace(raw)
		return len(raw) > 0 && (raw[0] == '"' || !isEmpty(raw))
	}
	if f.kind == "array" || f.kind == "object" {
		raw = f.list(unquoteJSON(raw))
	}
	if f.min == "1" && f.kind != "array" {
		if text := strings.TrimSpace(strings.Trim(string(raw), `"`)); text == "0" || text == "0.0" {
			return false
		}
	}
	return !isEmpty(raw)
}

// unquoteJSON returns the JSON in a text that begins like a list or an object:
// Claude Code, VS Code and mcp-remote send "[\"a\"]" for ["a"]. Other values are
// returned as they are.
func unquoteJSON(raw json.RawMessage) json.RawMessage {
	for range 2 { // some clients do it twice
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return raw
		}
		text := strings.TrimSpace(s)
		if text == "" || !strings.ContainsRune(`[{"`, rune(text[0])) || !json.Valid([]byte(text)) {
			return raw
		}
		raw = json.RawMessage(text)
	}
	return raw
}

// textItems returns the items of a list of texts that is given as one text:
// separated by commas, with or without brackets and quotes of another language.
//
//	a, b        → a, b
//	['a', "b"]  → a, b
func textItems(s string) []string {
	s = strings.TrimSpace(s)
	inBrackets := strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]")
	if inBrackets {
		s = s[1 : len(s)-1]
	}
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if inBrackets {
			part = strings.TrimSpace(strings.Trim(part, `'"`))
		}
		if part != "" {
			out = append(out, part)
		}
	}
	return out
}

// isEmptyItem reports whether an item of a list counts as not given: an empty
// one, or an object whose members are empty or their defaults, as a client fills
// it in.
func (f *field) isEmptyItem(raw json.RawMessage) bool {
	var members map[string]json.RawMessage
	if f.object == nil || json.Unmarshal(raw, &members) != nil {
		return isEmpty(raw)
	}
	for _, m := range f.object.fields {
		value, ok := members[m.name]
		if ok && !isEmpty(value) && strings.Trim(string(bytes.TrimSpace(value)), `"`) != m.defaultValue {
			return false
		}
		delete(members, m.name)
	}
	rest, _ := json.Marshal(members) // cannot fail: it was read
	return isEmpty(rest)
}

// list returns a value of a list of objects that is given as one object as a
// list; other values as they are.
func (f *field) list(raw json.RawMessage) json.RawMessage {
	if raw = bytes.TrimSpace(raw); f.kind == "array" && f.items.object != nil && len(raw) > 0 && raw[0] == '{' {
		return objectItems(f.items.object, raw)
	}
	return raw
}

// objectItems returns the items of a list of objects that is given as one
// object: the item itself, or, for items with the members name and value, an
// item for each member in their order.
//
//	{"Story Points": 3, "Severity": "High"} → [{"name":"Story Points","value":3},{"name":"Severity","value":"High"}]
//	{"Labels": {"op":"add","value":"x"}}    → [{"name":"Labels","op":"add","value":"x"}]
//	{"Labels": {"add":["x"]}}               → [{"name":"Labels","op":"add","value":["x"]}]
func objectItems(item *object, raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return raw
	}
	known := func(name string) bool { return item.fieldFor(name, nil) != nil }
	isItem := true
	pairs := []map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return raw
		}
		quoted, _ := json.Marshal(name) // cannot fail: a text
		isItem = isItem && known(name.(string))
		pairs = append(pairs, item.pair(quoted, value)...)
	}
	if isItem && len(pairs) > 0 || !known("name") || !known("value") {
		return slices.Concat(json.RawMessage("["), raw, json.RawMessage("]"))
	}
	list, err := json.Marshal(pairs)
	if err != nil {
		return raw
	}
	return list
}

// pair returns the items for one member of an object of names and values. A value
// that is an object with the other members of an item is read as these, and so is
// one that names an allowed value of a member, as in Jira's API ({"add": …}), also
// in a list of such.
func (o *object) pair(name, value json.RawMessage) []map[string]json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil || len(list) == 0 {
		list = []json.RawMessage{value}
	}
	var out []map[string]json.RawMessage
	for _, one := range list {
		var members map[string]json.RawMessage
		if json.Unmarshal(one, &members) != nil || len(members) == 0 {
			return []map[string]json.RawMessage{{"name": name, "value": value}}
		}
		item := map[string]json.RawMessage{"name": name}
		for member, v := range members {
			i := slices.IndexFunc(o.fields, func(f *field) bool { return f.name == member || slices.Contains(f.enum, member) })
			switch {
			case i < 0 || member == "name" || len(members) > 1 && o.fields[i].name != member:
				return []map[string]json.RawMessage{{"name": name, "value": value}}
			case o.fields[i].name == member:
				item[member] = v
			default:
				quoted, _ := json.Marshal(member) // cannot fail: a text
				item[o.fields[i].name], item["value"] = quoted, v
			}
		}
		out = append(out, item)
	}
	return out
}

// canonicalName returns an argument's name without the differences between the
// ways in which it is written: maxResults and max_results are maxresults.
func canonicalName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// fieldFor returns the field that an unknown argument name means: one written in
// another way, one of its synonyms, or one without a last word such as id or key.
// It returns nil if there is none.
func (o *object) fieldFor(name string, synonyms [][]string) *field {
	same := func(f *field, name string) bool {
		return canonicalName(f.name) == name || slices.Contains(strings.Split(f.alias, ","), name)
	}
	name = canonicalName(name)
	candidates := []string{name}
	for _, group := range synonyms {
		if slices.ContainsFunc(group, func(s string) bool { return canonicalName(s) == name }) {
			for _, s := range group {
				candidates = append(candidates, canonicalName(s))
			}
		}
	}
	// A shortened name has no synonyms: comment_id is not the text of a comment.
	for _, last := range []string{"idorkey", "key", "id"} {
		if short, ok := strings.CutSuffix(name, last); ok && short != "" {
			candidates = append(candidates, short, short+"s")
			break
		}
	}
	for _, candidate := range candidates {
		var found []*field
		for _, f := range o.fields {
			if same(f, candidate) {
				found = append(found, f)
			}
		}
		if len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// enumValue returns the allowed value that a text means: in another case, with
// other separators, in the plural, or by another name.
func (f *field) enumValue(s string) (string, bool) {
	plain := func(s string) string {
		return strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(strings.TrimSpace(s)))
	}
	given := plain(s)
	is := func(allowed string) bool {
		allowed = plain(allowed)
		plural := strings.TrimSuffix(allowed, "y") + "ies"
		return slices.Contains([]string{allowed, allowed + "s", allowed + "es", plural}, given) || allowed == given+"s"
	}
	for _, allowed := range f.enum {
		if is(allowed) {
			return allowed, true
		}
	}
	for _, other := range f.also {
		if from, to, _ := strings.Cut(other, "="); is(from) {
			return to, true
		}
	}
	return "", false
}
