package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// answerRule is the members that an answer of one operation must have. Members are
// written as paths of their names in JSON:
//
//	id                the member is there, and neither null, "" nor 0
//	isLast|nextPageToken   at least one of the two is there
//	comments[]        the list is there; it may be empty
//	values[].id       the list is there, and each of its elements has the member
//	[]+               the answer itself is a list, which is not empty
type answerRule struct {
	answer  reflect.Type // the Go type that the answer is decoded into
	compile func() compiledRule
	members []string
	list    string    // a list whose incomplete elements are left out
	element []string  // the members that its elements must have
	single  [2]string // a list whose elements have different values of a member, and the member
	check   answerCheck
}

// rule returns a rule for answers of the type T.
func rule[T any](members ...string) *answerRule {
	r := &answerRule{answer: reflect.TypeFor[T](), members: members}
	r.compile = sync.OnceValue(func() compiledRule { return newCompiledRule(r) })
	return r
}

// items adds the members of a list's elements. An element that lacks one is left
// out, and the caller gets a warning: one damaged comment does not hide the
// others.
func (r *answerRule) items(list string, members ...string) *answerRule {
	r.list, r.element = list+"[]", members
	return r
}

// unique removes the elements of a list that repeat the value of a member: a list
// that is read while it changes can have an element twice.
func (r *answerRule) unique(list, member string) *answerRule {
	r.single = [2]string{list + "[]", member}
	return r
}

// with adds a condition that paths cannot express.
func (r *answerRule) with(check answerCheck) *answerRule {
	r.check = check
	return r
}

// answerCheck gets a pointer to an answer and returns the name of a missing
// member, or "".
type answerCheck func(ctx context.Context, in request, answer any) string

// errNoRule reports an operation without a rule for the type of its answer.
type errNoRule struct {
	op     operation.Operation
	answer reflect.Type
}

// Error implements error.
func (e errNoRule) Error() string {
	return fmt.Sprintf("jira: no rule for the answer of %s as %s", e.op.ID, e.answer)
}

// missingMember returns the path of a member that an answer lacks according to
// the rule of its operation; "" if it has all. answer is a pointer. Incomplete
// elements of the rule's list are removed from the answer.
func missingMember(ctx context.Context, in request, answer any) (string, error) {
	r := answerRules()[in.op.Key()]
	v := reflect.ValueOf(answer).Elem()
	if r == nil || r.answer != v.Type() {
		if in.op.Document == "" { // see operationOutsideJira
			return "", nil
		}
		return "", errNoRule{in.op, v.Type()}
	}
	c := r.compile()
	for _, m := range c.members {
		if !m.isIn(v) {
			return m.missingIn(v), nil
		}
	}
	if c.list != nil {
		if lost := c.removeIncomplete(v); lost > 0 {
			Warn(ctx, leftOut(lost, strings.Join(r.element, " or ")))
		}
	}
	if c.single != nil {
		removeRepeated(c.single[0].of(v), c.singleBy)
	}
	if r.check != nil {
		return r.check(ctx, in, answer), nil
	}
	return "", nil
}

// leftOut returns a warning about elements of a list that lack a member.
func leftOut(lost int, members string) string {
	if lost == 1 {
		return "1 item of Jira's answer lacks " + members + " and is left out."
	}
	return fmt.Sprintf("%d items of Jira's answer lack %s and are left out.", lost, members)
}

// compiledRule is a rule with the positions of its members in the Go type.
type compiledRule struct {
	members []memberPath
	list    []pathStep // to the list of items; nil for none
	element []memberPath

	single   []pathStep // to the list without repetitions; nil for none
	singleBy memberPath
}

// newCompiledRule compiles a rule. It panics if the rule names a member that the
// type does not have, which the tests find (TestEveryOperationHasARule).
func newCompiledRule(r *answerRule) compiledRule {
	var c compiledRule
	for _, text := range r.members {
		c.members = append(c.members, newMemberPath(r.answer, text))
	}
	if r.list != "" {
		list := newMemberPath(r.answer, r.list)
		c.list = list.steps
		for _, text := range r.element {
			c.element = append(c.element, newMemberPath(list.elem, text))
		}
	}
	if r.single[0] != "" {
		list := newMemberPath(r.answer, r.single[0])
		c.single, c.singleBy = list.steps, newMemberPath(list.elem, r.single[1])
	}
	return c
}

// removeRepeated removes the elements of a list whose member has the value of an
// earlier element.
func removeRepeated(list reflect.Value, by memberPath) {
	if list.Len() < 2 {
		return
	}
	seen := make(map[string]bool, list.Len())
	keep(list, func(element reflect.Value) bool {
		id := by.steps[0].of(element)
		text := id.String()
		if id.CanInt() {
			text = strconv.FormatInt(id.Int(), 10)
		}
		again := seen[text] && text != ""
		seen[text] = true
		return !again
	})
}

// keep keeps the elements of a list that a function accepts, and returns the
// number of the others.
func keep(list reflect.Value, accepts func(reflect.Value) bool) int {
	kept := 0
	for n := range list.Len() {
		if !accepts(list.Index(n)) {
			continue
		}
		if kept != n {
			list.Index(kept).Set(list.Index(n))
		}
		kept++
	}
	lost := list.Len() - kept
	if lost > 0 {
		list.SetLen(kept)
	}
	return lost
}

// removeIncomplete removes the elements of the rule's list that lack a member, and
// returns their number.
func (c compiledRule) removeIncomplete(v reflect.Value) int {
	return keep(c.list[0].of(v), func(element reflect.Value) bool {
		return !slices.ContainsFunc(c.element, func(m memberPath) bool { return !m.isIn(element) })
	})
}

// memberPath is one path of a rule.
type memberPath struct {
	text   string
	steps  []pathStep
	others []pathStep   // in place of the last step: a|b
	elem   reflect.Type // of the last step's value or list
}

// pathStep is one part of a path.
type pathStep struct {
	index    []int // of the field in the struct; empty for the value itself
	isList   bool  // go on with each element
	notEmpty bool  // the list has elements
}

// newMemberPath compiles a path for a type.
func newMemberPath(t reflect.Type, text string) memberPath {
	m := memberPath{text: text}
	parts := strings.Split(text, ".")
	for n, part := range parts {
		names := strings.Split(part, "|")
		for _, other := range names[1:] {
			step, _ := newPathStep(t, other)
			m.others = append(m.others, step)
		}
		step, next := newPathStep(t, names[0])
		if n == len(parts)-1 && next.Kind() == reflect.Bool {
			panic("a bool cannot tell whether it was there: " + text)
		}
		m.steps, t = append(m.steps, step), next
	}
	m.elem = t
	return m
}

// newPathStep compiles one part of a path, and returns the type that it leads to.
func newPathStep(t reflect.Type, part string) (pathStep, reflect.Type) {
	part, notEmpty := strings.CutSuffix(part, "+")
	name, isList := strings.CutSuffix(part, "[]")
	step := pathStep{isList: isList, notEmpty: notEmpty}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name != "" {
		field, ok := fieldOf(t, name)
		if !ok {
			panic(fmt.Sprintf("%s has no member %q", t, name))
		}
		step.index, t = field.Index, field.Type
	}
	if isList {
		t = t.Elem()
	}
	return step, t
}

// fieldOf returns the field of a struct that has a name in JSON.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for _, f := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// of returns the value that a step leads to, from a struct or a pointer to one; the
// zero Value if the pointer is nil.
func (s pathStep) of(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || len(s.index) == 0 {
		return v
	}
	return v.FieldByIndex(s.index)
}

// isIn reports whether a value has the member.
func (m memberPath) isIn(v reflect.Value) bool { return m.isBelow(v, m.steps) }

// missingIn returns the first part of the path that a value lacks: values[] of a page
// without a list, and values[].id of one whose element has no id.
func (m memberPath) missingIn(v reflect.Value) string {
	parts := strings.Split(m.text, ".")
	for n := 1; n < len(m.steps); n++ {
		if !m.isBelow(v, m.steps[:n]) {
			return strings.Join(parts[:n], ".")
		}
	}
	return m.text
}

// isBelow reports whether a value has what the steps lead to.
func (m memberPath) isBelow(v reflect.Value, steps []pathStep) bool {
	step, rest := steps[0], steps[1:]
	at := step.of(v)
	switch {
	case len(rest) > 0 && !step.isList:
		return at.IsValid() && m.isBelow(at, rest)
	case step.isList && at.IsValid() && at.Kind() == reflect.Slice && !at.IsNil():
		for n := range at.Len() {
			if len(rest) > 0 && !m.isBelow(at.Index(n), rest) {
				return false
			}
		}
		return at.Len() > 0 || !step.notEmpty
	case !step.isList && isPresent(at):
		return true
	}
	return len(rest) == 0 && slices.ContainsFunc(m.others, func(other pathStep) bool { return isPresent(other.of(v)) })
}

// isPresent reports whether a value was in the JSON. Ids, names and numbers are
// present unless they are empty or 0: Jira has no id that is.
func isPresent(v reflect.Value) bool {
	if !v.IsValid() {
		return false
	}
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		return v.Len() > 0 && string(v.Bytes()) != "null"
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return !v.IsNil()
	}
	return !v.IsZero()
}
