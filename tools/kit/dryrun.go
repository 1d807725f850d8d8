package kit

import (
	"strings"
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
