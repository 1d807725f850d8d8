package kit

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// This file has what the decoder accepts beyond the schema, since models and
// clients write it that way and mean one thing by it.

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
		return string(bytes.TrimSpace(raw)) != "null"
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
func objectItems(item *object, raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return raw
	}
	known := func(name string) bool {
		return slices.ContainsFunc(item.fields, func(f *field) bool { return f.name == name })
	}
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
		pairs = append(pairs, map[string]json.RawMessage{"name": quoted, "value": value})
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

// canonicalName returns an argument's name without the differences between the
// ways in which it is written: maxResults and max_results are maxresults.
func canonicalName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// fieldFor returns the field that an unknown argument name means: one written in
// another way, one of its other names, or one without a last word such as id or
// key. It returns nil if there is none, or more than one.
func (o *object) fieldFor(name string, synonyms [][]string) *field {
	same := func(f *field, name string) bool {
		return canonicalName(f.name) == name || slices.Contains(strings.Split(f.alias, ","), name)
	}
	name = canonicalName(name)
	candidates := []string{name}
	for _, last := range []string{"idorkey", "key", "id"} {
		if short, ok := strings.CutSuffix(name, last); ok && short != "" {
			candidates = append(candidates, short)
			break
		}
	}
	for _, group := range synonyms {
		if slices.ContainsFunc(group, func(s string) bool { return slices.Contains(candidates, canonicalName(s)) }) {
			for _, s := range group {
				candidates = append(candidates, canonicalName(s))
			}
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
	for _, ending := range []string{"", "s", "es"} {
		for _, allowed := range f.enum {
			if plain(allowed)+ending == given {
				return allowed, true
			}
		}
	}
	for _, other := range f.also {
		if from, to, _ := strings.Cut(other, "="); plain(from) == given {
			return to, true
		}
	}
	return "", false
}
