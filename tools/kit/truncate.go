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

// shrink shortens an output that is still too large after it trimmed itself. It
// returns a note for the end of the text that names what was cut; room then has
// the text and the structured content, which fit together with the note.
//
// It changes the output itself and renders it again, so that text and
// structured content, which are made from the same values, stay consistent. It
// repeats these steps until both fit, at most 100 times:
//
//  1. Find the largest part, a text, list or map, by its size as JSON.
//  2. Cut it to the greatest length with which the output fits, or to half if it
//     does not fit without the part either.
//  3. Note the part's path with its first and its present length.
//
// Example: an output {"text": 5,000 characters} with a budget of 1,000 ends
// with
//
//	[cut to fit: text: 5000 cut to 888. Ask for less at once, or for single fields.]
//
// It gives up when the largest part is below 64 bytes; the caller cuts the text
// then.
func shrink(out Output, room *Room) (note string) {
	cuts := map[string]string{}
	whole := room.budget
	defer func() { room.budget = whole }()
	for range maxShrinks {
		if room.budget = whole - utf8.RuneCountInString(note); room.Fits() {
			break
		}
		big := largestPart(reflect.ValueOf(out), "")
		if big.size < 64 {
			break
		}
		was := big.length()
		name := func(now int) string {
			before, again := cuts[big.path]
			if !again {
				before = fmt.Sprint(was)
			}
			before, _, _ = strings.Cut(before, " cut to")
			cuts[big.path] = fmt.Sprintf("%s cut to %d", before, now)
			return cutNote(cuts)
		}
		room.budget = whole - utf8.RuneCountInString(name(was)) // no number below is longer
		now := room.Keep(0, was-1, big.cut)
		if !room.Fits() { // more than this part is too large
			now = was / 2
			big.cut(now)
		}
		note = name(now)
	}
	return note
}

// cutNote describes the cuts, by the path of the part.
func cutNote(cuts map[string]string) string {
	var parts []string
	for path, cut := range cuts {
		parts = append(parts, path+": "+cut)
	}
	slices.Sort(parts)
	return "\n[cut to fit: " + strings.Join(parts, "; ") + ". Ask for less at once, or for single fields.]"
}

// part is a text, a list or a map inside an output.
type part struct {
	value reflect.Value       // as it was found
	path  string              // its JSON field names, like issues[0].comments
	size  int                 // about its length as JSON, in bytes
	set   func(reflect.Value) // replaces the value
}

// length returns the length of a part: characters or items.
func (p part) length() int {
	if p.value.Kind() == reflect.String {
		return utf8.RuneCountInString(p.value.String())
	}
	return p.value.Len()
}

// cut keeps the first n characters or items of the part as it was when it was
// found; of a map, the first keys in alphabetical order.
func (p part) cut(n int) {
	switch p.value.Kind() {
	case reflect.String:
		p.set(reflect.ValueOf(string([]rune(p.value.String())[:n]) + "…").Convert(p.value.Type()))
	case reflect.Slice:
		p.set(p.value.Slice(0, n))
	case reflect.Map:
		keys := p.value.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		smaller := reflect.MakeMap(p.value.Type())
		for _, k := range keys[:n] {
			smaller.SetMapIndex(k, p.value.MapIndex(k))
		}
		p.set(smaller)
	}
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
		return part{reflect.ValueOf(v.Interface()), path, v.Len(), v.Set}
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
	return part{reflect.ValueOf(v.Interface()), path, total, v.Set}
}
