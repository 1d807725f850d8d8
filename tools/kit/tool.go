package kit

import (
	"github.com/mark3labs/mcp-go/mcp"
)

// Effect is what a tool does to the outside world. Each tool has one effect; an
// argument that has another one declares it with the struct tag effect.
type Effect string

// The effects, from the least to the most severe.
const (
	Read       Effect = "read"
	Comment    Effect = "comment"
	Create     Effect = "create"
	Edit       Effect = "edit"
	Transition Effect = "transition"
	Manage     Effect = "manage"
	Delete     Effect = "delete"
)

// Effects lists all effects.
var Effects = []Effect{Read, Comment, Create, Edit, Transition, Manage, Delete}

// Writes reports whether the effect changes anything.
func (e Effect) Writes() bool { return e != Read }

// Annotations returns the MCP annotations that follow from the effect. All
// tools talk to an outside service, so all are open-world.
func (e Effect) Annotations(title string) mcp.ToolAnnotation {
	yes := func(b bool) *bool { return &b }
	return mcp.ToolAnnotation{
		Title:           title,
		ReadOnlyHint:    yes(e == Read),
		DestructiveHint: yes(e == Edit || e == Manage || e == Delete),
		IdempotentHint:  yes(e == Read || e == Delete), // an edit may append
		OpenWorldHint:   yes(true),
	}
}

// Spec describes a tool: what clients, models and the policy have to know of
// it.
type Spec struct {
	Name        string
	Title       string // for people
	Description string // for the model: when to use it, in at most three sentences
	Effect      Effect
	Toolset     string
	// Default: the tool is offered without configuration; others are offered
	// only if their toolset is configured.
	Default bool
	// AlwaysConfirm: every call is confirmed, as calls of tools that delete
	// are. An input can except its call with [Description].
	AlwaysConfirm bool
	// ManyTargets: one call can write to many targets. Its input names them
	// with [Describer], and a call with more than [MaxUnconfirmedTargets] is
	// confirmed.
	ManyTargets bool
	// AlwaysStructured: the answers have structured content even where the
	// caller has not asked for it, since a program reads them and no model.
	AlwaysStructured bool
	// Permissions are the permissions of the service's user of which the tool
	// needs at least one; nil if everybody may use it.
	Permissions []string
	// Requires and Optional are the operations of the service that the tool
	// calls, by key. Without an optional one the tool does less.
	Requires, Optional []string
	// ArgumentHints maps names of arguments that callers often try by mistake
	// to advice on what to use instead.
	ArgumentHints map[string]string
}

// canNeedConfirmation reports whether calls of the tool can need a
// confirmation, so that its schema has the argument confirm.
func (s Spec) canNeedConfirmation() bool {
	return s.Effect == Delete || s.AlwaysConfirm || s.ManyTargets && s.Effect.Writes()
}
