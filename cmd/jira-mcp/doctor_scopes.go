package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// missingSprint is the number of a sprint, and missingIssue the id of an issue,
// that cannot exist, since they begin at 1. A write to them shows whether the
// token has the scope, and changes nothing.
const (
	missingSprint = 0
	missingIssue  = "0"
)

// scopeTries is how many operations are tried at the same time.
const scopeTries = 5

// scopeTrial is an operation that the offered tools need, tried.
type scopeTrial struct {
	op    operation.Operation
	needs []string // the tools that need it
	try   func() error
	err   error
}

// scopeTrials returns what is tried to learn the scopes of a token: every
// operation that reads and that an offered tool needs, and four that write, to
// an issue or a sprint that does not exist. The client has no fence, which would
// refuse to name things that do not exist; the answers are dropped.
func (d *doctor) scopeTrials(ctx context.Context, c *jira.Client, offered []kit.Tool) []*scopeTrial {
	comment := jira.NewComment{Body: map[string]any{"type": "doc", "version": 1, "content": []any{}}}
	writes := map[string]func() error{
		jira.OpMoveToSprint.Key(): func() error { return c.MoveToSprint(ctx, missingSprint, []string{missingIssue}) },
		jira.OpEditIssue.Key():    func() error { _, err := c.EditIssue(ctx, missingIssue, jira.Edit{}); return err },
		jira.OpAddComment.Key():   func() error { _, err := c.AddComment(ctx, missingIssue, comment); return err },
		jira.OpTransition.Key():   func() error { return c.Transition(ctx, missingIssue, jira.TransitionRequest{TransitionID: "0"}) },
	}
	var out []*scopeTrial
	for _, op := range jira.Operations() {
		needs := toolsThatNeed(offered, op)
		if op.Key() == jira.OpMyself.Key() {
			needs = []string{"the server"}
		}
		try := writes[op.Key()]
		if !op.Writes() {
			try = func() error { return c.CheckScopes(ctx, op) }
		}
		if len(needs) > 0 {
			out = append(out, &scopeTrial{op: op, needs: needs, try: try})
		}
	}
	return out
}

// runTrials tries the operations that can be tried.
func runTrials(trials []*scopeTrial) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, scopeTries)
	for _, t := range trials {
		if t.try == nil {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			t.err = t.try()
			<-slots
		})
	}
	wait.Wait()
}

// scopeReport is what the trials show.
type scopeReport struct {
	held    map[string]bool     // the scopes that the token has
	without map[string][]string // the tools that do not work, by their missing scopes
	order   []string            // the keys of without
	untried int                 // operations whose answer shows nothing
	unknown []string            // scopes that only a write would show
}

// scopes tries the operations that the offered tools need, and lists the scopes
// that are missing with the tools that need them. Tokens without scopes have all.
// Jira's API does not expose the scopes of a token, so that trying is the only
// way.
func (d *doctor) scopes(ctx context.Context, offered []kit.Tool) {
	if strings.Contains(d.endpoint.Kind, "classic") {
		return
	}
	open := d.options
	open.Fence = nil
	client, err := jira.New(open)
	if err != nil {
		d.fail("scopes", err)
		return
	}
	trials := d.scopeTrials(ctx, client, offered)
	runTrials(trials)
	r := newScopeReport(trials)
	var cannot []string
	if len(r.unknown) > 0 {
		cannot = []string{"only a write would show whether the token has " + strings.Join(r.unknown, ", ")}
	}
	if r.untried > 0 {
		d.add("scopes", stateWarn, fmt.Sprintf("%d operations could not be tried: Jira did not answer as expected", r.untried), "Run jira-mcp doctor again.")
	} else if len(r.order) == 0 {
		d.add("scopes", stateOK, strings.Join(append([]string{fmt.Sprintf("sufficient for the %d operations that could be tried", tried(trials))}, cannot...), "\n"))
	}
	if len(r.order) == 0 {
		return
	}
	var lines, missing []string
	for _, scopes := range r.order {
		lines = append(lines, fmt.Sprintf("the token lacks %s: without it %s will not work", scopes, strings.Join(wholeTools(r.without[scopes]), ", ")))
		missing = append(missing, strings.Split(scopes, " and ")...)
	}
	slices.Sort(missing)
	fewer := "or offer fewer tools with JIRA_MCP_TOOLS."
	if !d.cfg.ReadOnly {
		fewer = "or offer fewer tools with JIRA_MCP_TOOLS or JIRA_MCP_READ_ONLY=true."
	}
	d.add("scopes", stateWarn, strings.Join(append(lines, cannot...), "\n"),
		fmt.Sprintf("Make a token with the missing scopes as well (%s): %s; %s", credential.TokenPage, strings.Join(slices.Compact(missing), ", "), fewer))
}

// tried returns the number of operations that were tried.
func tried(trials []*scopeTrial) int {
	n := 0
	for _, t := range trials {
		if t.try != nil {
			n++
		}
	}
	return n
}

// newScopeReport draws the conclusions from the trials. A write that was not
// tried lacks a scope if one of its scopes is missing elsewhere.
func newScopeReport(trials []*scopeTrial) scopeReport {
	r := scopeReport{held: map[string]bool{}, without: map[string][]string{}}
	for _, t := range trials {
		switch {
		case t.try == nil:
		case jira.PassedScopes(t.err):
			for _, scope := range preferredScopes(t.op.Scopes) {
				r.held[scope] = true
			}
		case !jira.IsMissingScope(t.err):
			r.untried++
		}
	}
	missing := map[string]bool{}
	for _, t := range trials {
		if t.try != nil && jira.IsMissingScope(t.err) {
			for _, scope := range r.add(t) {
				missing[scope] = true
			}
		}
	}
	for _, t := range trials {
		if t.try != nil {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(preferredScopes(t.op.Scopes)), func(scope string) bool { return r.held[scope] })
		switch {
		case len(rest) == 0:
		case slices.ContainsFunc(rest, func(scope string) bool { return missing[scope] }):
			r.add(t)
		default:
			r.unknown = append(r.unknown, rest...)
		}
	}
	slices.Sort(r.unknown)
	r.unknown = slices.Compact(r.unknown)
	return r
}

// add adds an operation for which a scope is missing, and returns the scopes that
// may be it.
func (r *scopeReport) add(t *scopeTrial) []string {
	all := preferredScopes(t.op.Scopes)
	missing := slices.DeleteFunc(slices.Clone(all), func(scope string) bool { return r.held[scope] })
	if len(missing) == 0 {
		missing = all
	}
	key := strings.Join(missing, " and ")
	if !slices.Contains(r.order, key) {
		r.order = append(r.order, key)
	}
	r.without[key] = names.Unique(append(r.without[key], t.needs...))
	return missing
}

// wholeTools returns the names in their order, without the parts of tools that
// do not work at all.
func wholeTools(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(name string) bool {
		whole, part := strings.CutPrefix(name, "parts of ")
		return part && slices.Contains(list, whole)
	})
	slices.Sort(list)
	return list
}

// toolsThatNeed returns the names of the offered tools that need an operation.
// Tools that only do less without it are "parts of" their names.
func toolsThatNeed(offered []kit.Tool, op operation.Operation) []string {
	var out []string
	for _, tool := range offered {
		switch {
		case slices.Contains(tool.Requires, op.Key()):
			out = append(out, tool.Name)
		case slices.Contains(tool.Optional, op.Key()):
			out = append(out, "parts of "+tool.Name)
		}
	}
	return out
}

// preferredScopes returns the scopes that people choose for a token: the
// classic ones if there are any, otherwise the granular ones.
func preferredScopes(s operation.Scopes) []string {
	if len(s.Classic) > 0 {
		return s.Classic
	}
	return s.Granular
}
