package kit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxShrinks = 100

// noteReserve is how many characters a cut reserves for the note on it.
const noteReserve = 300

// shrink shortens an output that is still too large after it trimmed itself. It
// returns its text and its structured content within the budget, each in
// characters, and a note at the end of the text that names what was cut.
//
// It changes the output itself and renders it again, so that text and
// structured content, which are made from the same values, stay consistent. It
// repeats these steps until both fit, at most 100 times:
//
//  1. Find the largest part, a text, list or map, by its size as JSON.
//  2. Cut it: a text to half, or by only as much as is needed if that is less;
//     a list or map to half of its items.
//  3. Render again, and note the part's path with its first and its present
//     length.
//
// Example: an output {"text": 5,000 characters} with a budget of 1,000 ends
// with
//
//	[cut to fit: text: 5000 cut to 689. Ask for less at once, or for single fields.]
//
// It gives up when the largest part is below 64 bytes; the caller cuts the text
// then.
func shrink(out Output, text, data string, budget int) (string, string) {
	cuts := map[string]string{}
	note := ""
	for range maxShrinks {
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(note) <= budget && utf8.RuneCountInString(data) <= budget {
			break
		}
		big := largestPart(reflect.ValueOf(out), "")
		if big.size < 64 {
			break
		}
		was, now := big.halve(max(utf8.RuneCountInString(text), utf8.RuneCountInString(data)) - budget)
		if before, again := cuts[big.path]; again {
			before, _, _ = strings.Cut(before, " cut to")
			cuts[big.path] = fmt.Sprintf("%s cut to %d", before, now)
		} else {
			cuts[big.path] = fmt.Sprintf("%d cut to %d", was, now)
		}
		text = out.Markdown()
		data = encode(out, len(text))
		var parts []string
		for path, cut := range cuts {
			parts = append(parts, path+": "+cut)
		}
		slices.Sort(parts)
		note = "\n[cut to fit: " + strings.Join(parts, "; ") + ". Ask for less at once, or for single fields.]"
	}
	return text + note, data
}

// part is a text, a list or a map inside an output.
type part struct {
	value reflect.Value
	path  string              // its JSON field names, like issues[0].comments
	size  int                 // about its length as JSON, in bytes
	set   func(reflect.Value) // replaces the value
}

// halve keeps the first half of a part, or of a text as much as fits if it is
// more, and returns both lengths: characters or items. over is how many
// characters the output is too long. Of a map it keeps the first keys in
// alphabetical order.
func (p part) halve(over int) (was, now int) {
	switch p.value.Kind() {
	case reflect.String:
		runes := []rune(p.value.String())
		now = max(len(runes)/2, len(runes)-over-noteReserve)
		p.set(reflect.ValueOf(string(runes[:now]) + "…").Convert(p.value.Type()))
		return len(runes), now
	case reflect.Slice:
		was, now = p.value.Len(), p.value.Len()/2
		p.set(p.value.Slice(0, now))
		return was, now
	}
	keys := p.value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	smaller := reflect.MakeMap(p.value.Type())
	for _, k := range keys[:len(keys)/2] {
		smaller.SetMapIndex(k, p.value.MapIndex(k))
	}
	p.set(smaller)
	return len(keys), len(keys) / 2
}

// largestPart returns the largest part below a value that can be cut, or a part
// of size 0. Exported and embedded fields count if they are in the JSON; a
// value must be settable, which is why outputs are pointers.
func largestPart(v reflect.Value, path string) part {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return part{}
		}
		return largestPart(v.Elem(), path)
	case reflect.String:
		if !v.CanSet() {
			return part{}
		}
		return part{v, path, v.Len(), v.Set}
	case reflect.Struct:
		best := part{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() && !f.Anonymous || name == "-" {
				continue
			}
			if p := largestPart(v.Field(i), strings.TrimPrefix(path+"."+name, ".")); p.size > best.size {
				best = p
			}
		}
		return best
	case reflect.Slice:
		return largestElement(v, path, func(yield func(reflect.Value, string, func(reflect.Value))) {
			for i := range v.Len() {
				yield(v.Index(i), fmt.Sprintf("%s[%d]", path, i), nil)
			}
		})
	case reflect.Map:
		return largestElement(v, path, func(yield func(reflect.Value, string, func(reflect.Value))) {
			for _, k := range v.MapKeys() {
				yield(v.MapIndex(k), path+"."+k.String(), func(now reflect.Value) { v.SetMapIndex(k, now) })
			}
		})
	}
	return part{}
}

// largestElement returns the part to cut below a list or a map: the largest
// part of its items if that makes up more than half of the whole, else the list
// or map itself. each calls its argument for each item; it passes a setter for
// values of maps, which reflection cannot set in place.
func largestElement(v reflect.Value, path string, each func(func(reflect.Value, string, func(reflect.Value)))) part {
	best, total := part{}, 0
	each(func(item reflect.Value, at string, set func(reflect.Value)) {
		data, _ := json.Marshal(item.Interface())
		total += len(data)
		p := largestPart(item, at)
		if set != nil && item.Kind() == reflect.String {
			p = part{item, at, item.Len(), set}
		}
		if p.size > best.size {
			best = p
		}
	})
	if best.size*2 > total || v.Len() < 2 {
		return best
	}
	if !v.CanSet() {
		return best
	}
	return part{v, path, total, v.Set}
}
