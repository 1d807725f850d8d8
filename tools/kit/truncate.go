package kit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxShrinks bounds how often the largest part of an output is halved.
const maxShrinks = 100

// shrinkNote is room for saying what was cut.
const shrinkNote = 300

// shrink is for outputs that are still too large after they trimmed
// themselves: it halves the largest list or text, again and again, and names
// in the text what was cut. Text and structured content shrink together,
// since both are made of the same values.
func shrink(out Output, text, data string, budget int) (string, string) {
	cuts := map[string]string{}
	note := ""
	for range maxShrinks {
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(note) <= budget && utf8.RuneCountInString(data) <= budget {
			break
		}
		big := largest(reflect.ValueOf(out), "")
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

// part is a list, a map or a text inside an output.
type part struct {
	value reflect.Value
	path  string
	size  int // as JSON, about
	set   func(reflect.Value)
}

// halve keeps the first half of a part and returns both lengths.
func (p part) halve(over int) (was, now int) {
	switch p.value.Kind() {
	case reflect.String:
		runes := []rune(p.value.String())
		now = max(len(runes)/2, len(runes)-over-shrinkNote)
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

// largest finds the largest part that can be halved: the deepest one that
// holds most of what its surroundings hold.
func largest(v reflect.Value, path string) part {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return part{}
		}
		return largest(v.Elem(), path)
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
			if p := largest(v.Field(i), strings.TrimPrefix(path+"."+name, ".")); p.size > best.size {
				best = p
			}
		}
		return best
	case reflect.Slice:
		return ofMany(v, path, func(yield func(reflect.Value, string, func(reflect.Value))) {
			for i := range v.Len() {
				yield(v.Index(i), fmt.Sprintf("%s[%d]", path, i), nil)
			}
		})
	case reflect.Map:
		return ofMany(v, path, func(yield func(reflect.Value, string, func(reflect.Value))) {
			for _, k := range v.MapKeys() {
				yield(v.MapIndex(k), path+"."+k.String(), func(now reflect.Value) { v.SetMapIndex(k, now) })
			}
		})
	}
	return part{}
}

// ofMany weighs a list or a map against the largest of its items.
func ofMany(v reflect.Value, path string, each func(func(reflect.Value, string, func(reflect.Value)))) part {
	best, total := part{}, 0
	each(func(item reflect.Value, at string, set func(reflect.Value)) {
		data, _ := json.Marshal(item.Interface())
		total += len(data)
		p := largest(item, at)
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
