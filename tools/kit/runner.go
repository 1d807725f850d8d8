package kit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// DefaultBudget is how many characters a result's text may have, and its
// structured content as well.
const DefaultBudget = 24_000

// Call is a call of a tool as the audit hook sees it. It holds no text of
// issues; the arguments are for those who configure to log them.
type Call struct {
	ID        string // unique in this process
	Tool      string
	Effect    Effect
	Caller    string // see [Caller.Name]
	Targets   []string
	Arguments json.RawMessage
	Started   time.Time
	Took      time.Duration // 0 before the handler has run
	Outcome   Outcome       // "" before the handler has run
	Failed    bool
	Err       error    // what went wrong, if anything
	Reason    string   // its kind in a word or two: see [ErrorClass]
	Requests  []string // the service's own ids of the requests that were made

	notes        *notes
	writing      bool   // a handler that writes was started
	seal         string // the confirmation that was redeemed for it
	readOnly     bool   // see [Description.ReadOnly]
	uncountWrite func() // takes it out of the count of writes
}

// Wrote reports whether the call has come to the point of sending a write.
func (c Call) Wrote() bool { return c.notes != nil && c.notes.hasWritten() }

// Outcome is how a call ended.
type Outcome string

// The outcomes.
const (
	Done      Outcome = "done"
	Failed    Outcome = "failed"    // nothing was changed, unless the call failed in part
	Uncertain Outcome = "uncertain" // it may have happened: the answer was lost
	DryRun    Outcome = "dry run"   // nothing was sent
	Asked     Outcome = "asked"     // a confirmation was asked for; nothing was sent
	Declined  Outcome = "declined"  // the person declined; nothing was sent
	Unchanged Outcome = "unchanged" // it was so already; nothing was sent
	Refused   Outcome = "refused"   // the tool is not offered
)

// ErrorClass is an error that names its kind in a word or two, for the audit
// log: "fields", "limit", "jira 404".
type ErrorClass interface{ Reason() string }

// Hooks are the points at which a server adds to every call. Clean is required;
// any other hook may be nil.
type Hooks struct {
	// Clean is the one function that all outgoing text passes, text and
	// structured content alike. It may remove or replace characters, but must
	// leave quotes, backslashes and control characters alone, since it also
	// gets JSON.
	Clean func(string) string
	// Audit is called before a call sends its first write, and after every
	// call.
	Audit func(ctx context.Context, c Call)
	// Before may refuse a call; its error is the result. It runs before the
	// arguments are read.
	Before func(ctx context.Context, tool Spec) error
	// BeforeWrite may refuse a call that is about to write so many issues one by
	// one (see [Description.Writes]). It is not called for dry runs. undo, if not
	// nil, is called when the call failed before it came to a write: see
	// [RecordWrite].
	BeforeWrite func(ctx context.Context, tool Spec, issues int) (undo func(), _ error)
	// MayName reports whether a text for the caller may contain this name of a tool:
	// one that is offered to them. Names that are not tools are allowed. Advice in
	// errors and notes that names another tool is left out. Nil allows all names.
	MayName func(ctx context.Context, tool string) bool
	// Advice may reword the server's own sentences for the caller: errors, notes and
	// members with advice. A command line names its flags in place of tools. Nil
	// leaves them as they are.
	Advice func(ctx context.Context, text string) string
	// Context may return a call's context with more values, for the handler.
	Context func(ctx context.Context) context.Context
}

// Runner runs the tools of one user with the guarantees of this package.
type Runner struct {
	Hooks  Hooks
	Log    *slog.Logger
	Now    func() time.Time
	Budget int // DefaultBudget when 0
	// Structured adds structured content to every answer and output schemas to
	// every list of tools, for all callers: see [Runner.sendsStructured].
	Structured bool
	// Random is the source of the marks of answers ([Mark]); crypto/rand's when
	// nil. It is read by several calls at once.
	Random io.Reader
	// Allowed reports whether an effect is permitted; nil permits all.
	Allowed func(Effect) bool
	// Synonyms are groups of names of arguments. Where a tool has one argument of
	// a group, the other names are accepted for it; they are not in the schema.
	Synonyms [][]string
	// Defaults has values for required arguments that a call omits, by name, such as
	// the server's only project.
	Defaults map[string]string
	// Confirmer asks for confirmations; nil for none.
	Confirmer *Confirmer
	// Environment is what the handlers of one user work with: see [Group].
	Environment any

	// Calls counts the calls, for their ids. Runners of one process share it, so that
	// an id is unique in the audit; its own when nil.
	Calls *atomic.Int64

	own       atomic.Int64
	mu        sync.Mutex
	receivers map[*group]any
}

// receiver returns the receiver of a tool's handler, made at its group's first
// call.
func (r *Runner) receiver(t Tool) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.receivers == nil {
		r.receivers = map[*group]any{}
	}
	own, made := r.receivers[t.group]
	if !made {
		own = t.group.newReceiver(r.Environment)
		r.receivers[t.group] = own
	}
	return own
}

// nextID returns the id of a new call.
func (r *Runner) nextID() string {
	counter := r.Calls
	if counter == nil {
		counter = &r.own
	}
	return strconv.FormatInt(counter.Add(1), 36)
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

func (r *Runner) clean(s string) string { return r.Hooks.Clean(s) }

// ServerTool returns the tool with its handler for an MCP server, without its
// schemas: [Runner.Describe] has them, and in most processes no client asks.
func (r *Runner) ServerTool(t Tool) server.ServerTool {
	bare := mcp.Tool{Name: t.Name, Title: t.Title, Description: t.Description, Annotations: t.Effect.Annotations(t.Title)}
	return server.ServerTool{Tool: bare, Handler: func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return r.Call(ctx, t, req), nil
	}}
}

// ListedTool returns the tool as tools/list sends it to a caller.
func (r *Runner) ListedTool(ctx context.Context, t Tool) mcp.Tool {
	listed := mcp.Tool{Name: t.Name, Title: t.Title, Description: r.withoutUnoffered(ctx, t.Description), Annotations: t.Effect.Annotations(t.Title),
		RawInputSchema: t.InputSchema(r.Allowed)}
	if r.sendsStructured(ctx, t) {
		listed.RawOutputSchema = t.OutputSchema()
	}
	return listed
}

// newMark returns the mark of a new call: none for a caller that prints the text
// for people.
func (r *Runner) newMark(ctx context.Context) Mark {
	if callOptionsOf(ctx).unmarked {
		return ""
	}
	source := r.Random
	if source == nil {
		source = rand.Reader
	}
	var b [8]byte
	if _, err := io.ReadFull(source, b[:]); err != nil {
		panic(fmt.Sprintf("kit: the random source failed: %v", err))
	}
	return newMark(binary.BigEndian.Uint64(b[:]))
}

// sendsStructured reports whether a caller gets the structured form of a tool's
// answers: the output schema in the list of tools, and structured content in
// the results. It is the only place that decides it, since a client rejects a
// result without the content that the schema promises.
//
// By default nobody gets it. Clients such as Claude Code, Codex, opencode and VS
// Code give the model the structured content in place of the text where both are
// sent (anthropics/claude-code 55677, microsoft/vscode 290063), and the text is
// the form that is written for models.
func (r *Runner) sendsStructured(ctx context.Context, t Tool) bool {
	return r.Structured || t.AlwaysStructured || callOptionsOf(ctx).structured
}

// Call runs a tool. It always returns a result: whatever goes wrong is in it.
//
// The path of a call, here and in perform:
//
//  1. The call gets a state (notes, progress) and a record for the audit log.
//  2. [Hooks.Before] may refuse it, for example because the tool is not
//     offered.
//  3. The arguments are decoded and checked.
//  4. The input describes the call: its targets, and whether it only reads.
//  5. If dry_run is given, or the call needs a confirmation, the handler runs
//     without writing. The call ends with its preview, with a question or with
//     a refusal, unless a valid confirmation came with it.
//  6. [Hooks.BeforeWrite] may refuse it, for example by the limit of writes.
//  7. The handler runs.
//  8. Before it sends its first write, the call is audited, so that a crash
//     leaves a trace. If it fails before it sends a write, the call does not
//     count as a write. If its error says that nothing was done, its
//     confirmation becomes valid again.
//  9. Notes of the call are added to the output, which is rendered within the
//     budget.
//  10. The call is audited with its outcome, whatever happened, a panic
//     included.
//
// A delete without elicitation takes two calls: the first ends at step 5 with a
// preview and a code; the second passes step 5 with the code, after a second
// dry run, and goes on to step 10.
func (r *Runner) Call(ctx context.Context, t Tool, req mcp.CallToolRequest) (res *mcp.CallToolResult) {
	noted := &notes{}
	ctx = withState(ctx, callState{notes: noted, progress: newProgress(req), mark: r.newMark(ctx)})
	call := &Call{notes: noted, ID: r.nextID(), Tool: t.Name, Effect: t.Effect, Caller: CallerOf(ctx).Name(r.clean), Started: r.Now(), Arguments: arguments(req)}
	defer func() {
		if p := recover(); p != nil {
			r.Log.ErrorContext(ctx, "a tool panicked", "tool", t.Name, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			call.Err, call.Outcome = errors.New("internal error"), Failed
			text := "Internal error in " + t.Name + "; the server's log has the details."
			if call.writing {
				call.Outcome = Uncertain
				text += " It may have been done anyway; check before trying again."
			}
			res = mcp.NewToolResultError(text)
		}
		call.Took, call.Failed, call.Requests = max(r.Now().Sub(call.Started), 1), res.IsError, noted.requests()
		r.audit(ctx, *call)
	}()
	res, err := r.perform(ctx, t, req, call)
	if err != nil {
		call.Err, call.Outcome = err, Failed
		var unsure interface{ Uncertain() bool }
		if errors.As(err, &unsure) && unsure.Uncertain() {
			call.Outcome = Uncertain
		}
		var reasoned ErrorClass
		if errors.As(err, &reasoned) {
			call.Reason = reasoned.Reason()
		}
		return mcp.NewToolResultError(truncateText(Plain(r.clean(r.withoutUnoffered(ctx, ErrorText(err)))), r.budget()))
	}
	return res
}

// AuditUnoffered audits a call of a tool that is not offered, which mcp-go
// answers by itself. The name comes from the client, so it is shortened and
// cleaned.
func (r *Runner) AuditUnoffered(ctx context.Context, tool string, effect Effect) {
	if len(tool) > 80 {
		tool = tool[:80]
	}
	r.audit(ctx, Call{ID: r.nextID(), Tool: strings.ToValidUTF8(Plain(r.clean(tool)), ""), Effect: effect, Caller: CallerOf(ctx).Name(r.clean),
		Started: r.Now(), Took: 1, Outcome: Refused, Reason: "not offered", Failed: true})
}

// perform makes steps 2 to 9 of [Runner.Call], and fills in call for the audit
// log.
func (r *Runner) perform(ctx context.Context, t Tool, req mcp.CallToolRequest, call *Call) (*mcp.CallToolResult, error) {
	if r.Hooks.Before != nil {
		if err := r.Hooks.Before(ctx, t.Spec); err != nil {
			return nil, err
		}
	}
	in, options, err := t.decode(call.Arguments, r)
	if err != nil {
		return nil, err
	}
	for _, remark := range options.remarks {
		AddNote(ctx, remark)
	}
	about := describe(in)
	call.Targets, call.readOnly = about.Targets, about.ReadOnly
	confirm := r.Confirmer != nil && t.needsConfirmation(about)
	if options.DryRun || confirm {
		if res, err := r.dryRun(ctx, t, in, options, req, call, confirm); res != nil || err != nil {
			return res, err
		}
	} else if err := r.beforeWrite(ctx, t, call, max(about.Writes, 1)); err != nil {
		return nil, err
	}
	if call.writing = t.Effect.Writes(); call.writing {
		before := *call
		call.notes.onWrite = func() { r.audit(ctx, before) }
	}
	out, err := t.run(r.context(ctx), r.receiver(t), in)
	if err != nil {
		if call.uncountWrite != nil && !call.notes.hasWritten() {
			call.uncountWrite()
		}
		if call.seal != "" && nothingDone(err) {
			r.Confirmer.restore(call.seal)
		}
		return nil, err
	}
	left := r.addNotes(ctx, call, out)
	call.Outcome = Done
	about = describe(out)
	if about.Unchanged {
		call.Outcome = Unchanged
	}
	switch {
	case t.Effect.Writes(): // the targets that the arguments named, and those of the output
		call.Targets = unique(append(call.Targets, about.Targets...))
	case about.Targets != nil: // the targets that were read
		call.Targets = about.Targets
	}
	return r.renderResult(ctx, t, out, left...), nil
}

// beforeWrite calls the hook for a call that writes so many issues, unless it only
// reads.
func (r *Runner) beforeWrite(ctx context.Context, t Tool, call *Call, issues int) (err error) {
	if !t.Effect.Writes() || call.readOnly || r.Hooks.BeforeWrite == nil {
		return nil
	}
	call.uncountWrite, err = r.Hooks.BeforeWrite(ctx, t.Spec, issues)
	return err
}

// addNotes adds the notes of a call to its output, and returns those that the
// output does not take.
func (r *Runner) addNotes(ctx context.Context, call *Call, out Output) []string {
	return call.notes.addTo(out, func(text string) string { return r.withoutUnoffered(ctx, text) })
}

// withoutUnoffered returns a text without advice that the caller cannot follow,
// and in the caller's words: see [Hooks.MayName] and [Hooks.Advice].
func (r *Runner) withoutUnoffered(ctx context.Context, text string) string {
	if r.Hooks.MayName != nil {
		text = withoutUnoffered(text, func(tool string) bool { return r.Hooks.MayName(ctx, tool) })
	}
	if r.Hooks.Advice != nil {
		text = r.Hooks.Advice(ctx, text)
	}
	return text
}

func (r *Runner) context(ctx context.Context) context.Context {
	if r.Hooks.Context == nil {
		return ctx
	}
	return r.Hooks.Context(ctx)
}

// unique returns a list without duplicates and empty texts.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
