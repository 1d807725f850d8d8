package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// Effect is what a tool does to the outside world. A tool has one; an
// argument that does something else declares its own with the tag effect.
type Effect string

// The effects, from harmless to grave.
const (
	Read       Effect = "read"
	Comment    Effect = "comment"
	Create     Effect = "create"
	Edit       Effect = "edit"
	Transition Effect = "transition"
	Manage     Effect = "manage"
	Delete     Effect = "delete"
)

// Effects are all of them.
var Effects = []Effect{Read, Comment, Create, Edit, Transition, Manage, Delete}

// Writes reports whether the effect changes anything.
func (e Effect) Writes() bool { return e != Read }

// Hints are the MCP annotations that follow from the effect. All tools talk
// to an outside service, so all are open-world.
func (e Effect) Hints(title string) mcp.ToolAnnotation {
	yes := func(b bool) *bool { return &b }
	return mcp.ToolAnnotation{
		Title:           title,
		ReadOnlyHint:    yes(e == Read),
		DestructiveHint: yes(e == Edit || e == Manage || e == Delete),
		IdempotentHint:  yes(e == Read || e == Delete), // an edit may append
		OpenWorldHint:   yes(true),
	}
}

// Spec is what is said about a tool.
type Spec struct {
	Name        string
	Title       string // for people
	Description string // for the model: when to use it, in at most three sentences
	Effect      Effect
	Toolset     string
	// Default: it is offered unasked; others when their toolset is asked for.
	Default bool
	// Grave: every call is confirmed, as those that delete are.
	AlwaysConfirm bool
	// Many: one call can write to many targets; see [TargetedCall].
	Many bool
	// Permissions are those of the service's user that the tool needs, any one
	// of them; none where everybody may.
	Permissions []string
	// Requires and Optional are the operations of the service that the tool
	// calls, by key. Without an optional one the tool does less.
	Requires, Optional []string
	// Elsewhere says of arguments that callers expect here and there are not what
	// to use in their place.
	ArgumentHints map[string]string
}

// confirmable: calls of the tool can need a confirmation.
func (s Spec) confirmable() bool {
	return s.Effect == Delete || s.AlwaysConfirm || s.Many && s.Effect.Writes()
}

// TargetedCall is an input or an output that names what its call is about, by key:
// for the audit line, and for how many a call would change.
type TargetedCall interface {
	Targets() []string
}

// TargetCounter is an input that tells how many things its call would change, where its
// targets do not: issues to be have no keys.
type TargetCounter interface {
	Size() int
}

// ReadOnlyCall is an input that may ask only: such a call needs no confirmation and
// is no write.
type ReadOnlyCall interface {
	Harmless() bool
}

// ConfirmDecider is an input of a tool whose calls are confirmed that says whether its
// own is one of those.
type ConfirmDecider interface {
	NeedsConfirmation() bool
}

// Output is a tool's result. It is the structured content as it is, and
// renders itself as the text that the model reads.
type Output interface {
	Markdown() string
}

// Image is an image in a result.
type Image struct {
	Type string // image/png, image/jpeg
	Data []byte
}

// ImageOutput is an output that shows pictures as well. They do not count against
// the budget.
type ImageOutput interface {
	Pictures() []Image
}

// Link is a resource that a result points at.
type Link struct {
	URI, Name, Type string
}

// LinkOutput is an output that points at resources.
type LinkOutput interface {
	Links() []Link
}

// Trimmer is an output that can grow smaller. Trim leaves out the least
// important part, at least over characters of it if it can, notes in itself
// what was left out and which argument gets it, and reports whether there was
// anything to leave out.
type Trimmer interface {
	Trim(over int) bool
}

// Tool is a declared tool.
type Tool struct {
	Spec
	// What the structs say is read when it is first needed: most processes use a
	// few tools, and none before it has answered the handshake.
	in, out func() *object
	decode  func(args json.RawMessage, allowed func(Effect) bool) (any, options, error)
	run     func(ctx context.Context, in any) (Output, error)
}

// Define declares a tool around a handler.
func Define[In any, Out Output](spec Spec, handler func(context.Context, In) (Out, error)) Tool {
	if spec.Name == "" || spec.Title == "" || spec.Description == "" || spec.Effect == "" || spec.Toolset == "" {
		panic(fmt.Sprintf("kit: tool %q is not fully described", spec.Name))
	}
	t := Tool{Spec: spec, out: sync.OnceValue(outputOf[Out])}
	t.in = sync.OnceValue(func() *object {
		o := inputOf[In]()
		o.fields = append(o.fields, optionFields(spec)...)
		return o
	})
	var out Out
	if _, ok := any(out).(dryRunner); spec.Effect.Writes() && !ok {
		panic(fmt.Sprintf("kit: tool %q writes, and %T does not embed Rehearsal", spec.Name, out))
	}
	var in In
	if _, ok := any(in).(TargetedCall); spec.Many && !ok {
		panic(fmt.Sprintf("kit: tool %q writes to many, and %T does not name its targets", spec.Name, in))
	}
	t.decode = func(args json.RawMessage, allowed func(Effect) bool) (any, options, error) {
		var in In
		options, err := t.in().decode(spec.Name, args, &in, allowed, spec.ArgumentHints)
		return in, options, err
	}
	t.run = func(ctx context.Context, in any) (Output, error) {
		out, err := handler(ctx, in.(In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	return t
}

// InputSchema is the tool's JSON schema as sent: without the arguments whose
// effect is not allowed.
func (t Tool) InputSchema(allowed func(Effect) bool) json.RawMessage { return t.in().schema(allowed) }

// OutputSchema is the JSON schema of the structured content.
func (t Tool) OutputSchema() json.RawMessage { return t.out().schema(nil) }
