package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ArgumentError is the error of a call whose arguments do not match the schema.
// It lists all problems at once, so that a model can correct them in one more
// call.
type ArgumentError struct {
	Tool     string
	Problems []string
	Valid    string // the valid arguments, for people
}

// Error implements error.
func (e *ArgumentError) Error() string {
	return strings.Join(e.Problems, "; ") + ". Nothing was done."
}

// NothingDone reports that nothing was changed: the handler did not run.
func (e *ArgumentError) NothingDone() bool { return true }

// Reason implements [ErrorClass].
func (e *ArgumentError) Reason() string { return "arguments" }

// Hint lists the valid arguments.
func (e *ArgumentError) Hint() string { return "Arguments of " + e.Tool + ": " + e.Valid + "." }

// controlArguments are the arguments that the package adds to tools that write.
type controlArguments struct {
	DryRun  bool   `json:"dry_run,omitempty"`
	Confirm string `json:"confirm,omitempty" doc:"code from the dry run"`

	// remarks are sentences for the answer about values that the decoder changed.
	remarks []string
}

// optionFields returns the option arguments of a tool: dry_run if it writes,
// and confirm if its calls can need a confirmation
// ([Spec.canNeedConfirmation]).
func optionFields(spec Spec) []*field {
	var out []*field
	for _, f := range inputOf[controlArguments]().fields {
		if f.option = true; f.name == "dry_run" && spec.Effect.Writes() || f.name == "confirm" && spec.canNeedConfirmation() {
			out = append(out, f)
		}
	}
	return out
}

// decode reads JSON arguments into the struct that into points at, and returns
// the options apart. It checks what the schema states, and is more tolerant
// where a model's intention is clear (lenient.go):
//
//   - an empty value is the same as an absent argument (isEmpty), and absent
//     arguments get their default;
//   - numbers and booleans may be quoted: "42" is 42, "True" is true;
//   - lists and objects may be JSON in a text: "[\"a\"]" is ["a"];
//   - a list of texts may be one text with commas: "a, b" is ["a", "b"];
//   - a list of objects may be one object, also one of names and values;
//   - a text may be a list with one text;
//   - a field with the tag loose accepts any number, boolean, list or object as its
//     JSON text: 5 is "5";
//   - an allowed value may be in another case or in the plural;
//   - the argument limit is cut to its bound, with a remark;
//   - a field may be given by another name (fieldFor), unless the field itself is
//     given as well.
//
// It is strict about other unknown names, since a misspelt argument that is
// ignored would make another call than the model meant. Example of an error, for
// an input with the fields jql and limit:
//
//	{"jql":5,"limit":"many","max":1} → unknown argument "max"; "jql" must be text, not a number; "limit" must be a number, not text
func (o *object) decode(tool string, raw json.RawMessage, into any, opts decodeOptions) (controlArguments, error) {
	d := &argumentDecoder{decodeOptions: opts}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	d.object(o, raw, reflect.ValueOf(into).Elem(), "")
	if len(d.problems) == 0 {
		return d.options, nil
	}
	return d.options, &ArgumentError{Tool: tool, Problems: d.problems, Valid: o.argumentNames(opts.allowed)}
}

// decodeOptions are the parts of the server and the tool that the decoder needs.
type decodeOptions struct {
	allowed       func(Effect) bool // see [Runner.Allowed]
	synonyms      [][]string        // see [Runner.Synonyms]
	defaults      map[string]string // see [Runner.Defaults]
	argumentHints map[string]string // see [Spec.ArgumentHints]
}

// argumentNames lists the fields for people and marks the required ones.
func (o *object) argumentNames(allowed func(Effect) bool) string {
	var out []string
	for _, f := range o.fields {
		if !f.isOffered(allowed) {
			continue
		}
		name := f.name
		if f.required {
			name += " (required)"
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// argumentDecoder is the state of reading the arguments of one call.
type argumentDecoder struct {
	decodeOptions
	options  controlArguments
	problems []string
}

func (d *argumentDecoder) addProblem(format string, args ...any) {
	if len(d.problems) < 20 {
		d.problems = append(d.problems, fmt.Sprintf(format, args...))
	}
}

// object decodes a JSON object into a struct. path is its place in the
// arguments with a final dot ("pairs[0]."). Unknown and forbidden names are
// reported in alphabetical order, then the fields are read in the order of
// their declaration, so that the same mistakes give the same message.
func (d *argumentDecoder) object(o *object, raw json.RawMessage, into reflect.Value, path string) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		d.addProblem("%s must be an object, not %s", describePath(path), kindOf(raw))
		return
	}
	known := map[string]*field{}
	for _, f := range o.fields {
		known[f.name] = f
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if known[name] != nil {
			continue
		}
		f := o.fieldFor(name, d.synonyms)
		if f != nil && !f.isGiven(given[f.name]) {
			given[f.name] = given[name]
			delete(given, name)
		} else if isEmpty(given[name]) {
			delete(given, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		f := known[name]
		switch {
		case f == nil:
			d.addProblem("unknown argument %q%s", path+name, d.hintFor(path+name))
		case !f.isOffered(d.allowed):
			d.addProblem("%q is not allowed here: this server does not permit the effect %q", path+name, f.effect)
			delete(given, name)
		}
	}
	for _, f := range o.fields {
		into := into
		if f.option {
			into = reflect.ValueOf(&d.options).Elem()
		}
		value, ok := given[f.name]
		if ok = ok && f.isGiven(value); !ok {
			if value := d.defaults[f.name]; f.required && value != "" && path == "" && f.kind == "string" {
				into.FieldByIndex(f.index).SetString(value)
			} else if f.required {
				d.addProblem("%q is missing%s", path+f.name, oneOf(f.enum))
			} else if f.defaultValue != "" {
				f.setDefault(into.FieldByIndex(f.index))
			}
			continue
		}
		d.field(f, value, into.FieldByIndex(f.index), path+f.name)
	}
}

func (d *argumentDecoder) hintFor(name string) string {
	if d.argumentHints[name] == "" {
		return ""
	}
	return " (" + d.argumentHints[name] + ")"
}

// oneOf returns the end of a message that lists the allowed values.
func oneOf(enum []string) string {
	if enum == nil {
		return ""
	}
	return "; one of " + strings.Join(enum, ", ")
}

// describePath returns a path in quotes, or "arguments" for the outermost
// object.
func describePath(path string) string {
	if path == "" {
		return "arguments"
	}
	return strconv.Quote(strings.TrimSuffix(path, "."))
}

// setDefault writes the default of an absent field. Only integers, strings and
// booleans can have one.
func (f *field) setDefault(into reflect.Value) {
	switch f.kind {
	case "integer":
		n, _ := strconv.ParseInt(f.defaultValue, 10, 64)
		into.SetInt(n)
	case "string":
		into.SetString(f.defaultValue)
	case "boolean":
		into.SetBool(f.defaultValue == "true")
	}
}

// field decodes one value by its kind, into a pointer's new element if the
// field is a pointer.
func (d *argumentDecoder) field(f *field, raw json.RawMessage, into reflect.Value, path string) {
	for into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if f.kind == "array" || f.kind == "object" {
		raw = f.list(unquoteJSON(raw))
	}
	switch f.kind {
	case "string":
		d.text(f, raw, into, path)
	case "boolean":
		switch strings.ToLower(strings.Trim(string(raw), `" `)) {
		case "true", "yes", "1":
			into.SetBool(true)
		case "false", "no", "0":
			into.SetBool(false)
		default:
			d.addProblem("%q must be true or false, not %s", path, kindOf(raw))
		}
	case "integer", "number":
		d.number(f, raw, into, path)
	case "array":
		d.array(f, raw, into, path)
	case "object":
		d.object(f.object, raw, into, path+".")
	}
}

// text decodes a string. A required one must not be blank.
func (d *argumentDecoder) text(f *field, raw json.RawMessage, into reflect.Value, path string) {
	var s string
	var one []string
	if !f.loose && json.Unmarshal(raw, &one) == nil && len(one) == 1 {
		s = one[0]
	} else if err := json.Unmarshal(raw, &s); err != nil {
		if kind := kindOf(raw); !f.loose || kind != "a number" && kind != "true or false" && kind != "a list" && kind != "an object" {
			d.addProblem("%q must be text, not %s", path, kind)
			return
		}
		s = string(raw)
	}
	if f.required && strings.TrimSpace(s) == "" {
		d.addProblem("%q is empty", path)
		return
	}
	if f.enum != nil && s != "" && !slices.Contains(f.enum, s) {
		value, ok := f.enumValue(s)
		if !ok {
			d.addProblem("%q must be one of %s, not %q", path, strings.Join(f.enum, ", "), shorten(s))
			return
		}
		s = value
	}
	into.SetString(s)
}

// number decodes an integer or a number, quoted or not, within its bounds.
func (d *argumentDecoder) number(f *field, raw json.RawMessage, into reflect.Value, path string) {
	text := strings.TrimSpace(strings.Trim(string(raw), `"`))
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		d.addProblem("%q must be a number, not %s", path, kindOf(raw))
		return
	}
	if f.kind == "integer" && math.Abs(n) > maxInteger {
		d.addProblem("%q must be at most %d, not %s", path, int64(maxInteger), shorten(text))
		return
	}
	if f.kind == "integer" && n != math.Trunc(n) {
		d.addProblem("%q must be a whole number, not %s", path, shorten(text))
		return
	}
	if limit, err := strconv.ParseFloat(f.max, 64); err == nil && f.name == limitArgument && n > limit {
		d.options.remarks = append(d.options.remarks, fmt.Sprintf("limit %s is above the maximum; %s was used.", shorten(text), f.max))
		n = limit
	}
	for _, bound := range []struct {
		limit string
		off   func(limit float64) bool
		words string
	}{{f.min, func(l float64) bool { return n < l }, "at least"}, {f.max, func(l float64) bool { return n > l }, "at most"}} {
		if limit, err := strconv.ParseFloat(bound.limit, 64); err == nil && bound.off(limit) {
			d.addProblem("%q must be %s %s, not %s", path, bound.words, bound.limit, shorten(text))
			return
		}
	}
	if f.kind == "integer" {
		into.SetInt(int64(n))
	} else {
		into.SetFloat(n)
	}
}

// array decodes a list, or one text with commas for a list of texts. Its items
// are required, and take the allowed values that the tag enum of the list
// names.
func (d *argumentDecoder) array(f *field, raw json.RawMessage, into reflect.Value, path string) {
	var items []json.RawMessage
	var text string
	if f.items.kind == "string" && json.Unmarshal(raw, &text) == nil { // several items in one text
		raw, _ = json.Marshal(textItems(text)) // cannot fail: texts
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		d.addProblem("%q must be a list%s, not %s", path, f.items.example(), kindOf(raw))
		return
	}
	if limit, err := strconv.Atoi(f.max); err == nil && len(items) > limit {
		d.addProblem("%q has %d items; at most %s are allowed", path, len(items), f.max)
		return
	}
	if limit, err := strconv.Atoi(f.min); err == nil && len(items) < limit || f.required && len(items) == 0 {
		d.addProblem("%q is empty", path)
		return
	}
	item := *f.items
	item.required, item.enum, item.also, item.loose = true, f.enum, f.also, item.loose || item.kind == "string" && f.enum == nil && isScalarList(items)
	items = slices.DeleteFunc(items, f.items.isEmptyItem)
	list := reflect.MakeSlice(into.Type(), 0, len(items))
	for i, value := range items {
		element := reflect.New(into.Type().Elem()).Elem()
		d.field(&item, value, element, fmt.Sprintf("%s[%d]", path, i))
		list = reflect.Append(list, element)
	}
	into.Set(list)
}

// isScalarList reports whether the items are texts and numbers: issue ids and
// names of versions may be given as numbers.
func isScalarList(items []json.RawMessage) bool {
	return !slices.ContainsFunc(items, func(item json.RawMessage) bool {
		kind := kindOf(item)
		return kind != "text" && kind != "a number" && kind != "null"
	})
}

// maxInteger is the greatest integer of an argument: the greatest up to which
// JSON's numbers are exact.
const maxInteger = 1 << 53

// limitArgument is the name of the arguments that are cut to their bound.
const limitArgument = "limit"

// example returns how a list's items look if they are objects, for a message,
// like ` like [{"key": …, "value": …}]`; "" for other items.
func (f *field) example() string {
	if f.object == nil {
		return ""
	}
	var members []string
	for _, m := range f.object.fields {
		members = append(members, strconv.Quote(m.name)+": …")
	}
	return " like [{" + strings.Join(members, ", ") + "}]"
}

func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch c := raw[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "text"
	case c == 't' || c == 'f':
		return "true or false"
	case c == 'n':
		return "null"
	}
	return "a number"
}

// shorten returns s, cut to 40 characters.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
