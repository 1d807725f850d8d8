package tools

import (
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// repeatWindow is how long equal refusals are collapsed into one line.
const repeatWindow = time.Minute

// maxRepeats is the number of different refusals that are kept apart in a window;
// further ones are equal to each other. A client chooses its own name, and the
// names of tools that do not exist.
const maxRepeats = 100

// refusalKey says which refusals are equal.
type refusalKey struct {
	caller, tool, reason string
	outcome              kit.Outcome
}

// refusals collapses equal refusals, so that a caller in a loop does not fill the
// audit file: the first one has a line at once, and the number of the others comes
// in one line when their minute is over. [Audit] guards it.
type refusals struct {
	since map[refusalKey]time.Time // when the first one was written
	last  map[refusalKey]kit.Call  // the last of the others
	count map[refusalKey]int       // of the others
}

func newRefusals() *refusals {
	return &refusals{since: map[refusalKey]time.Time{}, last: map[refusalKey]kit.Call{}, count: map[refusalKey]int{}}
}

// isRefusal reports whether a call was turned away before it sent anything to
// Jira: callers can make as many of these as they like.
func isRefusal(c kit.Call) bool {
	return c.Outcome == kit.Refused || c.Outcome == kit.Failed && !c.Wrote() && len(c.Requests) == 0
}

// repeatedCall is a call to be written, which stands for others.
type repeatedCall struct {
	kit.Call
	repeated int // number of equal refusals; 0 for one call
}

// add returns the lines to write when a call comes: those of refusals whose minute
// is over, and the one of the call unless it is collapsed.
func (r *refusals) add(c kit.Call) []repeatedCall {
	out := r.over(c.Started.Add(c.Took))
	if !isRefusal(c) {
		return append(out, repeatedCall{Call: c})
	}
	key := refusalKey{c.Caller, c.Tool, c.Reason, c.Outcome}
	if _, known := r.since[key]; !known && len(r.since) >= maxRepeats {
		key = refusalKey{reason: "several", outcome: c.Outcome}
		c.Caller, c.Tool = "", "(several)"
	}
	if _, known := r.since[key]; known {
		r.last[key] = c
		r.count[key]++
		return out
	}
	r.since[key] = c.Started
	return append(out, repeatedCall{Call: c})
}

// over returns the lines of the refusals whose minute is over, and forgets them.
func (r *refusals) over(now time.Time) []repeatedCall {
	var out []repeatedCall
	for key, since := range r.since {
		if now.Sub(since) < repeatWindow {
			continue
		}
		if n := r.count[key]; n > 0 {
			out = append(out, repeatedCall{r.last[key], n})
		}
		delete(r.since, key)
		delete(r.last, key)
		delete(r.count, key)
	}
	return out
}

// isEmpty reports whether no refusal of the last minute is known.
func (r *refusals) isEmpty() bool {
	return len(r.since) == 0
}

// rest returns the lines of all refusals that were collapsed, at the end.
func (r *refusals) rest() []repeatedCall {
	var out []repeatedCall
	for key, n := range r.count {
		out = append(out, repeatedCall{r.last[key], n})
	}
	clear(r.since)
	clear(r.last)
	clear(r.count)
	return out
}
