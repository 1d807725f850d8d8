package clientconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonc is a JSON text with comments and trailing commas, as Zed, VS Code and
// opencode accept it. Other clients' files have neither; an edit adds neither.
type jsonc struct {
	text []byte
	root hujson.Value
}

// parseJSONC parses a text. An empty text is an empty object.
func parseJSONC(text []byte) (*jsonc, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}\n")
	}
	root, err := hujson.Parse(slices.Clone(text))
	if err != nil {
		return nil, err
	}
	if _, ok := root.Value.(*hujson.Object); !ok {
		return nil, errors.New("the file is not a JSON object")
	}
	return &jsonc{text, root}, nil
}

// lookup returns the value at a path and whether it is there. A name that occurs
// twice in an object is an error: programs disagree about which one counts.
func (j *jsonc) lookup(path []string) (*hujson.Value, bool, error) {
	at := &j.root
	for n, name := range path {
		o, ok := at.Value.(*hujson.Object)
		if !ok {
			return nil, false, fmt.Errorf("%s is not an object", strings.Join(path[:n], "."))
		}
		index := -1
		for i := range o.Members {
			if memberName(o.Members[i]) != name {
				continue
			}
			if index >= 0 {
				return nil, false, fmt.Errorf("%s occurs twice", strings.Join(path[:n+1], "."))
			}
			index = i
		}
		if index < 0 {
			return nil, false, nil
		}
		at = &o.Members[index].Value
	}
	return at, true, nil
}

// get returns the value at a path, decoded; nil if it is not there.
func (j *jsonc) get(path []string) (any, error) {
	at, found, err := j.lookup(path)
	if err != nil || !found {
		return nil, err
	}
	return decode(*at)
}

// decode returns a value as encoding/json decodes it.
func decode(v hujson.Value) (any, error) {
	v = v.Clone()
	v.Standardize()
	var out any
	return out, errors.Join(json.Unmarshal(v.Pack(), &out))
}

// set returns the text with a value at a path. Objects on the way that are not
// there are made.
func (j *jsonc) set(path []string, value any) ([]byte, error) {
	at, found, err := j.lookup(path)
	if err != nil {
		return nil, err
	}
	if found {
		text, err := j.render(value, j.indentAt(at.StartOffset))
		if err != nil {
			return nil, err
		}
		return slices.Concat(j.text[:at.StartOffset], text, j.text[at.EndOffset:]), nil
	}
	depth := len(path) - 1
	for depth > 0 {
		if at, found, err = j.lookup(path[:depth]); err != nil {
			return nil, err
		} else if found {
			break
		}
		depth--
	}
	if depth == 0 {
		at = &j.root
	}
	parent, ok := at.Value.(*hujson.Object)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", strings.Join(path[:depth], "."))
	}
	for n := len(path) - 1; n > depth; n-- {
		value = object{{path[n], value}}
	}
	return j.insert(at, parent, path[depth], value)
}

// insert adds a member behind the last one of an object. Comments stay where
// they are: those on the line of the last member, and those behind it.
func (j *jsonc) insert(at *hujson.Value, parent *hujson.Object, name string, value any) ([]byte, error) {
	begin, end := at.StartOffset+1, at.EndOffset-1 // inside the braces
	inside := j.text[begin:end]
	if len(parent.Members) > 0 && !bytes.ContainsRune(inside, '\n') { // all on one line
		text, err := marshal(object{{name, value}})
		if err != nil {
			return nil, err
		}
		last := parent.Members[len(parent.Members)-1].Value.EndOffset
		return slices.Concat(j.text[:last], []byte(", "), text[1:len(text)-1], j.text[last:]), nil
	}
	indent := j.indentAt(at.StartOffset)
	text, err := j.render(value, indent+j.unit())
	if err != nil {
		return nil, err
	}
	key, err := marshal(name)
	if err != nil {
		return nil, err
	}
	comma, trailing, from := "", "", begin
	if n := len(parent.Members); n > 0 {
		last := parent.Members[n-1].Value
		from = last.EndOffset
		if comma = ","; last.AfterExtra != nil { // the file has trailing commas
			comma, trailing = "", ","
		}
	}
	kept := bytes.TrimRight(j.text[from:end], " \t\r\n")
	line := j.newline() + indent + j.unit() + string(key) + ": " + string(text) + trailing + j.newline() + indent
	return slices.Concat(j.text[:from], []byte(comma), kept, []byte(line), j.text[end:]), nil
}

// remove returns the text without the member at a path, and whether it was there.
// Comments around it stay.
func (j *jsonc) remove(path []string) ([]byte, bool, error) {
	last := len(path) - 1
	at, found, err := j.lookup(path[:last])
	if err != nil || !found {
		return j.text, false, err
	}
	parent, ok := at.Value.(*hujson.Object)
	if !ok {
		return j.text, false, fmt.Errorf("%s is not an object", strings.Join(path[:last], "."))
	}
	n := slices.IndexFunc(parent.Members, func(m hujson.ObjectMember) bool { return memberName(m) == path[last] })
	if n < 0 {
		return j.text, false, nil
	}
	own := parent.Members[n]
	from, to := own.Name.StartOffset, own.Value.EndOffset
	isLast, hasComma := n == len(parent.Members)-1, n < len(parent.Members)-1 || own.Value.AfterExtra != nil
	if hasComma {
		to += len(own.Value.AfterExtra) + 1
	}
	if !isLast || hasComma || n == 0 {
		return slices.Concat(j.text[:j.lineStart(from)], j.text[j.lineEnd(to):]), true, nil
	}
	// The comma before it goes too, and what is between on the same line.
	before := parent.Members[n-1].Value
	comma := before.EndOffset + len(before.AfterExtra)
	between := j.text[comma+1 : j.lineStart(from)]
	if len(bytes.Trim(between, " \t")) == 0 {
		return slices.Concat(j.text[:comma], j.text[to:]), true, nil
	}
	return slices.Concat(j.text[:comma], between, j.text[j.lineEnd(to):]), true, nil
}

// lineStart returns where the blanks before an offset begin, or the offset if
// something else is before it on its line.
func (j *jsonc) lineStart(offset int) int {
	blank := bytes.TrimRight(j.text[:offset], " \t")
	if len(blank) > 0 && blank[len(blank)-1] == '\n' {
		return len(blank)
	}
	return offset
}

// lineEnd returns the offset behind the end of the line, if only blanks are
// there; otherwise behind the blanks.
func (j *jsonc) lineEnd(offset int) int {
	rest := j.text[offset:]
	left := bytes.TrimLeft(rest, " \t")
	end := offset + len(rest) - len(left)
	switch {
	case bytes.HasPrefix(left, []byte("\r\n")):
		return end + 2
	case bytes.HasPrefix(left, []byte("\n")):
		return end + 1
	}
	return end
}

// render returns a value as indented JSON, whose lines but the first begin with an
// indentation.
func (j *jsonc) render(value any, indent string) ([]byte, error) {
	text, err := marshal(value)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, indent, j.unit()); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte(j.newline())), nil
}

// indentAt returns the blanks at the beginning of the line of an offset.
func (j *jsonc) indentAt(offset int) string {
	line := j.text[bytes.LastIndexByte(j.text[:offset], '\n')+1 : offset]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// unit returns one level of the file's indentation.
func (j *jsonc) unit() string {
	if o, ok := j.root.Value.(*hujson.Object); ok && len(o.Members) > 0 {
		if unit := j.indentAt(o.Members[0].Name.StartOffset); unit != "" {
			return unit
		}
	}
	return "  "
}

// newline returns how the file ends its lines.
func (j *jsonc) newline() string {
	if bytes.Contains(j.text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// memberName returns the name of a member.
func memberName(m hujson.ObjectMember) string {
	if name, ok := m.Name.Value.(hujson.Literal); ok {
		return name.String()
	}
	return ""
}
