package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// object is a struct type seen as a JSON schema and as the decoder of arguments
// (decode.go). The struct tags are:
//
//	json:"name,omitempty"   the name; required without omitempty or omitzero
//	doc:"…"                 the description that the model reads
//	enum:"a,b"              the allowed values (of a string, or of a list's items)
//	min:"1" max:"100"       bounds of a number, or of a list's length
//	default:"25"            the value of an absent argument
//	effect:"comment"        the argument's effect, if it is not the tool's own
//	loose:"true"            accepts a number, a boolean, a list or an object as its JSON text
//	alias:"updated"         other names that are accepted and not in the schema
//	also:"person=user"      other values that are accepted for those of enum
//	literal:"true"          an empty text is a value, and not the same as none
//
// The package has its own schema writer and decoder, although libraries exist
// (google/jsonschema-go among others), because their details are what a model
// sees of this program:
//
//   - Properties are in the order of the struct, so that the most important can
//     come first; a Go map would be encoded in alphabetical order.
//   - Aliases and quoted numbers are accepted and yet not in the schema, which
//     stays short, since it costs the model tokens in every conversation.
//   - Errors name all problems at once, by the path of the argument and in
//     plain words. The messages of a schema validator speak of schemas and
//     keywords instead.
//   - Arguments whose effect the configuration forbids are left out of the
//     schema.
//   - Only keywords that every model provider accepts are used: no anyOf, no
//     $ref, no null.
//
// Example:
//
//	Age int `json:"age,omitempty" min:"1" max:"120" default:"30"`
//
// becomes
//
//	"age":{"type":"integer","minimum":1,"maximum":120,"default":30}
type object struct {
	typ    reflect.Type
	input  bool // an input: unknown names are refused
	fields []*field
}

// field is one field of an object, or the item of a list or map.
type field struct {
	index        []int // of the Go field, for reflect.Value.FieldByIndex
	name         string
	doc          string
	kind         string  // string, integer, number, boolean, array, object, map
	items        *field  // of an array or a map
	object       *object // of an object
	enum         []string
	also         []string // other values for those of enum: "other=value"
	min, max     string
	defaultValue string // the default, as text
	effect       Effect
	alias        string // names, separated by commas
	required     bool
	loose        bool
	literal      bool
	option       bool // belongs to the package, not to the handler: see options
}

func inputOf[T any]() *object { return newObject(structOf[T](), true) }

func outputOf[T any]() *object { return newObject(structOf[T](), false) }

// structOf returns the struct type of T, or the one that T points at.
func structOf[T any]() reflect.Type {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// newObject reads the fields and tags of a struct type, with those of embedded
// structs. It panics on what a schema cannot express.
func newObject(t reflect.Type, input bool) *object {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("kit: %s is not a struct", t))
	}
	o := &object{typ: t, input: input}
	for _, sf := range reflect.VisibleFields(t) {
		tag := sf.Tag.Get("json")
		if !sf.IsExported() || sf.Anonymous || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			panic(fmt.Sprintf("kit: %s.%s has no json name", t, sf.Name))
		}
		f := newField(sf.Type, input)
		f.index, f.name, f.doc = sf.Index, name, sf.Tag.Get("doc")
		f.required = !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero")
		f.min, f.max, f.defaultValue = sf.Tag.Get("min"), sf.Tag.Get("max"), sf.Tag.Get("default")
		f.alias = sf.Tag.Get("alias")
		f.effect, f.loose = Effect(sf.Tag.Get("effect")), sf.Tag.Get("loose") == "true"
		f.literal = sf.Tag.Get("literal") == "true"
		if also := sf.Tag.Get("also"); also != "" {
			f.also = strings.Split(also, ",")
		}
		if e := sf.Tag.Get("enum"); e != "" {
			f.enum = strings.Split(e, ",")
		}
		o.fields = append(o.fields, f)
	}
	return o
}

// newField returns the field of a Go type. Maps are supported in outputs only.
func newField(t reflect.Type, input bool) *field {
	switch t.Kind() {
	case reflect.String:
		return &field{kind: "string"}
	case reflect.Bool:
		return &field{kind: "boolean"}
	case reflect.Int, reflect.Int64:
		return &field{kind: "integer"}
	case reflect.Float64:
		return &field{kind: "number"}
	case reflect.Slice:
		return &field{kind: "array", items: newField(t.Elem(), input)}
	case reflect.Struct:
		return &field{kind: "object", object: newObject(t, input)}
	case reflect.Pointer:
		return newField(t.Elem(), input)
	case reflect.Map:
		if !input && t.Key().Kind() == reflect.String {
			return &field{kind: "map", items: newField(t.Elem(), input)}
		}
	}
	panic(fmt.Sprintf("kit: %s cannot be in a schema", t))
}

// schema returns the JSON schema, with the properties in the order of their
// declaration and without those whose effect is not allowed.
func (o *object) schema(allowed func(Effect) bool) json.RawMessage {
	var b bytes.Buffer
	o.write(&b, allowed)
	return b.Bytes()
}

func (o *object) write(b *bytes.Buffer, allowed func(Effect) bool) {
	b.WriteString(`{"type":"object","properties":{`)
	var required []string
	first := true
	for _, f := range o.fields {
		if !f.isOffered(allowed) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(strconv.Quote(f.name) + ":")
		f.write(b, allowed)
		if f.required {
			required = append(required, strconv.Quote(f.name))
		}
	}
	b.WriteByte('}')
	if len(required) > 0 {
		b.WriteString(`,"required":[` + strings.Join(required, ",") + "]")
	}
	if o.input {
		b.WriteString(`,"additionalProperties":false`)
	}
	b.WriteByte('}')
}

func (f *field) isOffered(allowed func(Effect) bool) bool {
	return f.effect == "" || allowed == nil || allowed(f.effect)
}

// write appends the schema of a field. An object has no description of its own,
// and an enum of a list belongs to its items.
func (f *field) write(b *bytes.Buffer, allowed func(Effect) bool) {
	switch f.kind {
	case "object":
		f.object.write(b, allowed)
		return
	case "map":
		b.WriteString(`{"type":"object","additionalProperties":`)
		f.items.write(b, allowed)
		b.WriteByte('}')
		return
	}
	b.WriteString(`{"type":` + strconv.Quote(f.kind))
	if f.kind == "array" {
		items := *f.items // a copy: servers of several users render at the same time
		if f.enum != nil {
			items.enum = f.enum
		}
		b.WriteString(`,"items":`)
		items.write(b, allowed)
	} else if f.enum != nil {
		data, _ := json.Marshal(f.enum)
		b.WriteString(`,"enum":` + string(data))
	}
	bounds := map[string][2]string{"integer": {"minimum", "maximum"}, "number": {"minimum", "maximum"}, "array": {"minItems", "maxItems"}}[f.kind]
	for i, v := range []string{f.min, f.max} {
		if v != "" && bounds[i] != "" {
			fmt.Fprintf(b, `,"%s":%s`, bounds[i], v)
		}
	}
	if f.defaultValue != "" {
		def := f.defaultValue
		if f.kind == "string" {
			def = strconv.Quote(def)
		}
		b.WriteString(`,"default":` + def)
	}
	if f.doc != "" {
		var doc bytes.Buffer
		enc := json.NewEncoder(&doc)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(f.doc)
		b.WriteString(`,"description":` + strings.TrimSpace(doc.String()))
	}
	b.WriteByte('}')
}
