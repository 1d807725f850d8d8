package kit

import (
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
