package kit

import (
	"fmt"
	"strings"
)

// DryRunResult is part of every output of a tool that writes: what the call would
// have done. Nothing else of such an output is about what was done.
type DryRunResult struct {
	DryRun *Preview `json:"dry_run,omitempty"`
}

type dryRunner interface{ dryRunResult() *DryRunResult }

func (r *DryRunResult) dryRunResult() *DryRunResult { return r }

// Preview is what a call would do.
type Preview struct {
	Summary string   `json:"would"` // in a sentence
	Changes []Change `json:"changes,omitempty"`
	Also    []string `json:"also,omitempty"` // what else there is to know
	// MayNotify are people who may hear of it.
	MayNotify []string `json:"may_notify,omitempty"`
	// Confirm is the code with which the same call is made; only where it needs
	// one.
	Confirm string `json:"confirm,omitempty"`
	Needs   string `json:"needs,omitempty"` // what the call needs, in words
}

// Change is a value before and after.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Markdown is the preview in text.
func (p *Preview) Markdown() string { return "Dry run: nothing was sent. It would " + p.text() }

// text is what the call would do, as a sentence goes on, and what is known of it.
func (p *Preview) text() string {
	var b strings.Builder
	b.WriteString(p.Summary + ".")
	for _, c := range p.Changes {
		switch {
		case c.Before == "":
			fmt.Fprintf(&b, "\n%s: %s", c.Field, c.After)
		default:
			fmt.Fprintf(&b, "\n%s: %s → %s", c.Field, c.Before, c.After)
		}
	}
	for _, also := range p.Also {
		b.WriteString("\n" + also)
	}
	if len(p.MayNotify) > 0 {
		b.WriteString("\nMay notify: " + strings.Join(p.MayNotify, ", "))
	}
	if p.Needs != "" {
		b.WriteString("\n" + p.Needs)
	}
	return b.String()
}
