package kit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// DryRunResult is embedded in every output of a tool that writes. In a dry run
// it has a preview of what the call would do, and the other fields of the
// output, which report what was done, are empty.
type DryRunResult struct {
	DryRun *Preview `json:"dry_run,omitempty"`
}

// dryRunOutput is an output that embeds [DryRunResult].
type dryRunOutput interface{ dryRunResult() *DryRunResult }

func (r *DryRunResult) dryRunResult() *DryRunResult { return r }

// Preview is what a call would do.
type Preview struct {
	Summary string   `json:"would"` // a verb phrase that follows "It would"
	Changes []Change `json:"changes,omitempty" text:"lines"`
	Notes   []string `json:"also,omitempty"` // further notes
	// MayNotify are people whom the service may notify of it.
	MayNotify []string `json:"may_notify,omitempty"`
	// Confirm is the code with which the same call is made, if it needs one.
	Confirm      string `json:"confirm,omitempty"`
	HowToConfirm string `json:"needs,omitempty" text:"lines"` // how the call is confirmed, in words
}

// Change is a value before and after.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Text returns a change as one line, or with its values below the field's name
// if one of them has several lines or would be escaped in a line.
func (c Change) Text(m Mark) string {
	arrow := " → "
	if m != "" && hasBreak(c.Before+c.After) {
		before := ""
		if c.Before != "" {
			before = "\n" + m.Block(c.Before) + "\n→"
		}
		return Line(c.Field) + ":" + before + "\n" + m.Block(c.After)
	}
	if c.Before == "" {
		arrow = ""
	}
	if m != "" {
		c = Change{Line(c.Field), Line(c.Before), Line(c.After)}
	}
	return c.Field + ": " + c.Before + arrow + c.After
}

// Markdown returns the preview as text.
func (p *Preview) Markdown(m Mark) string { return "Dry run: nothing was sent. It would " + p.text(m) }

// text returns the summary, which continues a sentence, and then a line for
// each change and note.
func (p *Preview) text(m Mark) string {
	var b strings.Builder
	b.WriteString(p.Summary + ".")
	for _, c := range p.Changes {
		b.WriteString("\n" + c.Text(m))
	}
	for _, also := range p.Notes {
		b.WriteString("\n" + also)
	}
	if len(p.MayNotify) > 0 {
		b.WriteString("\nMay notify: " + strings.Join(p.MayNotify, ", "))
	}
	if p.HowToConfirm != "" {
		b.WriteString("\n" + p.HowToConfirm)
	}
	return b.String()
}

// dryRun runs the handler without a write. It returns the result of the call,
// or nil if the call is confirmed and has to go on. confirm reports whether the
// call needs a confirmation.
//
// A confirmed call is checked against the limit of writes before its
// confirmation is redeemed, so that a call that must not write now does not use
// it up. Only one of several calls with the same confirmation redeems it.
func (r *Runner) dryRun(ctx context.Context, t Tool, in any, o controlArguments, req mcp.CallToolRequest, call *Call, confirm bool) (*mcp.CallToolResult, error) {
	call.Outcome = DryRun
	state, _ := notesOf(ctx)
	state.dryRun = true
	out, err := t.run(r.context(withState(ctx, state)), r.receiver(t), in)
	if err != nil {
		return nil, err
	}
	r.addNotes(ctx, call, out)
	preview := out.(dryRunOutput).dryRunResult().DryRun
	switch {
	case !confirm:
		return r.renderResult(ctx, t, out), nil
	case preview == nil:
		return nil, fmt.Errorf("%s has no preview to confirm and was not run", t.Name)
	}
	a := pendingCall{tool: t.Name, caller: call.Caller, arguments: canonicalArguments(call.Arguments), summary: preview.Markdown(""), irreversible: t.Effect == Delete}
	if o.DryRun {
		r.Confirmer.addInstructions(ctx, a, preview, "")
		return r.renderResult(ctx, t, out), nil
	}
	call.Outcome = Asked
	answer, kind, seal := r.Confirmer.readAnswer(ctx, req, o, a)
	if answer == agreed {
		// A write that is refused now leaves the confirmation as it is.
		if err := r.beforeWrite(ctx, t, call, 1); err != nil {
			return nil, err
		}
	}
	if answer != unanswered && seal != "" && !r.Confirmer.redeem(kind, seal, a) {
		answer = unanswered // another call redeemed it first
	}
	switch answer {
	case agreed:
		call.Outcome, call.seal = "", seal
		return nil, nil
	case declined:
		call.Outcome = Declined
		return mcp.NewToolResultError("The user did not agree. Nothing was done; do not try again unless asked to."), nil
	}
	why := ""
	switch {
	case answer == notAsked, answer == unanswered && len(req.Params.InputResponses) == 0 && r.Confirmer.canElicit(ctx) && r.Confirmer.stayedUnanswered(r.Now(), a.id()):
		why = notAskedText
	case r.Confirmer.canElicit(ctx):
		return r.Confirmer.elicit(a, preview, func(s string) string { return Plain(r.clean(s)) }), nil
	case o.Confirm != "":
		why = refusedCodeText
	}
	r.Confirmer.addInstructions(ctx, a, preview, why)
	if callOptionsOf(ctx).confirmWith != "" {
		return nil, errors.New(Text(ctx, out))
	}
	return r.renderResult(ctx, t, out), nil
}
