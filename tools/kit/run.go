package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// DefaultBudget is how many characters a result's text may have, and its
// structured content as well.
const DefaultBudget = 24_000

// Call is a call of a tool as the audit hook sees it: no arguments, no text.
type Call struct {
	Tool    string
	Effect  Effect
	Started time.Time
	Took    time.Duration // 0 before the handler ran
	Failed  bool
	Err     error // what went wrong, if anything
}

// Hooks are where later layers take hold. A nil hook does nothing.
type Hooks struct {
	// Clean is the one function that all outgoing text passes, text and
	// structured content alike. It may remove or replace characters, but must
	// leave quotes, backslashes and control characters alone: it is given JSON.
	Clean func(string) string
	// Audit is called before a tool that writes, and after every call.
	Audit func(ctx context.Context, c Call)
	// DryRun reports whether a call is a rehearsal; handlers ask [IsDryRun].
	DryRun func(ctx context.Context, tool Spec, args json.RawMessage) bool
	// Before may refuse a call; its error is the result. It is asked before the
	// arguments are looked at.
	Before func(ctx context.Context, tool Spec) error
	// Context may give a call's context more to carry.
	Context func(ctx context.Context) context.Context
	// Confirm is asked before a tool runs. A result it returns is given to
	// the caller instead of running the tool.
	Confirm func(ctx context.Context, tool Spec, req mcp.CallToolRequest) *mcp.CallToolResult
}

// Runner runs tools with the guarantees of this package.
type Runner struct {
	Hooks  Hooks
	Log    *slog.Logger
	Now    func() time.Time
	Budget int // DefaultBudget when 0
	// Allowed says which effects are permitted; nil permits all.
	Allowed func(Effect) bool
}

type dryRunKey struct{}

// IsDryRun reports whether the call is a rehearsal that must not write.
func IsDryRun(ctx context.Context) bool { return ctx.Value(dryRunKey{}) != nil }

// ServerTool makes the tool ready for an MCP server.
func (r *Runner) ServerTool(t Tool) server.ServerTool {
	return server.ServerTool{Tool: r.Describe(t), Handler: func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return r.Call(ctx, t, req), nil
	}}
}

// Describe is the tool as tools/list sends it.
func (r *Runner) Describe(t Tool) mcp.Tool {
	return mcp.Tool{Name: t.Name, Title: t.Title, Description: t.Description, Annotations: t.Effect.Hints(t.Title),
		RawInputSchema: t.InputSchema(r.Allowed), RawOutputSchema: t.OutputSchema()}
}

// Call runs a tool. It always returns a result: whatever goes wrong is in it.
func (r *Runner) Call(ctx context.Context, t Tool, req mcp.CallToolRequest) (res *mcp.CallToolResult) {
	call := Call{Tool: t.Name, Effect: t.Effect, Started: r.Now()}
	defer func() {
		if p := recover(); p != nil {
			r.Log.ErrorContext(ctx, "a tool panicked", "tool", t.Name, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			call.Err = errors.New("internal error")
			text := "Internal error in " + t.Name + "; the server's log has the details."
			if t.Effect.Writes() {
				text += " It may have happened all the same: look before trying again."
			}
			res = mcp.NewToolResultError(text)
		}
		call.Took, call.Failed = max(r.Now().Sub(call.Started), 1), res.IsError
		r.audit(ctx, call)
	}()
	if r.Hooks.Before != nil {
		if err := r.Hooks.Before(ctx, t.Spec); err != nil {
			call.Err = err
			return mcp.NewToolResultError(cut(r.clean(ErrorText(err)), r.budget()))
		}
	}
	if r.Hooks.Confirm != nil {
		if res := r.Hooks.Confirm(ctx, t.Spec, req); res != nil {
			return res
		}
	}
	args := arguments(req)
	if r.Hooks.DryRun != nil && r.Hooks.DryRun(ctx, t.Spec, args) {
		ctx = context.WithValue(ctx, dryRunKey{}, true)
	}
	if t.Effect.Writes() {
		r.audit(ctx, call)
	}
	ctx = withProgress(ctx, req)
	if r.Hooks.Context != nil {
		ctx = r.Hooks.Context(ctx)
	}
	out, err := t.call(ctx, args, r.Allowed)
	if err != nil {
		call.Err = err
		return mcp.NewToolResultError(cut(plain(r.clean(ErrorText(err))), r.budget()))
	}
	return r.result(out)
}

func (r *Runner) audit(ctx context.Context, c Call) {
	if r.Hooks.Audit != nil {
		r.Hooks.Audit(ctx, c)
	}
}

func (r *Runner) budget() int {
	if r.Budget > 0 {
		return r.Budget
	}
	return DefaultBudget
}

func (r *Runner) clean(s string) string {
	if r.Hooks.Clean == nil {
		return s
	}
	return r.Hooks.Clean(s)
}

// arguments returns the arguments as they were sent.
func arguments(req mcp.CallToolRequest) json.RawMessage {
	if len(req.Params.RawArguments) > 0 {
		return req.Params.RawArguments
	}
	if req.Params.Arguments == nil {
		return nil
	}
	data, err := json.Marshal(req.Params.Arguments)
	if err != nil {
		return json.RawMessage(`"unreadable"`)
	}
	return data
}

// maxTrims bounds how often an output is asked to grow smaller.
const maxTrims = 200

// result renders an output within the budget.
func (r *Runner) result(out Output) *mcp.CallToolResult {
	budget := r.budget()
	text := out.Markdown()
	data := encode(out, len(text))
	if trimmer, ok := out.(Trimmer); ok {
		for range maxTrims {
			over := max(utf8.RuneCountInString(text), utf8.RuneCountInString(data)) - budget
			if over <= 0 || !trimmer.Trim(over) {
				break
			}
			text = out.Markdown()
			data = encode(out, len(text))
		}
	}
	text, data = shrink(out, text, data, budget)
	res := &mcp.CallToolResult{Content: []mcp.Content{mcp.NewTextContent(cut(plain(r.clean(text)), budget))}}
	res.StructuredContent = json.RawMessage(plainJSON(r.clean(data)))
	return res
}

// encode writes the structured content; size is about how long it will be.
func encode(out Output, size int) string {
	var b strings.Builder
	b.Grow(size + size/2)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		panic(fmt.Sprintf("kit: %T cannot be encoded: %v", out, err))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// cut is the last resort for a text that could not be trimmed.
func cut(text string, budget int) string {
	if utf8.RuneCountInString(text) <= budget {
		return text
	}
	const mark = "\n[cut here: the text is longer than this server sends at once]"
	runes := []rune(text)
	return string(runes[:budget-len(mark)]) + mark
}

// ErrorText is an error as the model reads it: what was wrong, and what to do
// next where the error knows (a method Hint() string).
func ErrorText(err error) string {
	text := err.Error()
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		if hint := hinter.Hint(); hint != "" {
			text += "\n" + hint
		}
	}
	return text
}
