// Package rawjson reads the members of JSON objects without decoding the
// values. Jira's answers are large, and callers only need a small part of each;
// so they decode only the members that they use. The JSON must have been
// validated before. [Members] visits an object, [Elements] an array.
package rawjson

import "encoding/json"

// Members calls visit for each member of a JSON object, in order, until visit
// returns false. key is the text between the quotes as it is written, with its
// escapes; value is the raw JSON. Both are parts of raw, not copies. The text
// must be valid JSON: of other text some members may be missed, but nothing
// worse happens.
func Members(raw json.RawMessage, visit func(key, value []byte) bool) {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '{' {
		return
	}
	i = skipSpace(raw, i+1)
	for i < len(raw) && raw[i] == '"' {
		end := skipString(raw, i)
		if end-1 <= i {
			return
		}
		key := raw[i+1 : end-1]
		i = skipSpace(raw, end) // At the colon.
		i = skipSpace(raw, i+1) // At the value.
		end = skipValue(raw, i)
		if i >= end || end > len(raw) || !visit(key, raw[i:end]) {
			return
		}
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
}

// Elements calls visit for each element of a JSON array, in order, until visit
// returns false. value is a part of raw, not a copy. The text must be valid JSON,
// as for [Members].
func Elements(raw json.RawMessage, visit func(value []byte) bool) {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '[' {
		return
	}
	i = skipSpace(raw, i+1)
	for i < len(raw) && raw[i] != ']' {
		end := skipValue(raw, i)
		if i >= end || end > len(raw) || !visit(raw[i:end]) {
			return
		}
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
}

// skipSpace returns the index of the first character that is not white space,
// at i or after it.
func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// skipValue returns the index after the value that starts at i. It counts
// brackets outside strings; a number or a literal ends at a comma, a closing
// bracket or white space.
func skipValue(raw []byte, i int) int {
	depth := 0
	for i < len(raw) {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
