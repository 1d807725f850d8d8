package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Audit writes one structured line for each call to the log, and to a file if
// one is configured: who did what to which issues, and how it ended. A call
// that writes has a line before its first write as well, so that a crash leaves a
// trace. The lines hold no text of issues: of the arguments they have the size and
// a hash, unless Arguments is set.
type Audit struct {
	Log *slog.Logger
	// File takes JSON lines, each in one Write; nil for none.
	File io.Writer
	// Writes takes the lines of calls that wrote, in place of File: reads and
	// refusals, of which a caller can make any number, then cannot push them out.
	// File if nil.
	Writes io.Writer
	// Sink takes all lines once more; nil for none.
	Sink io.Writer
	// Arguments: the arguments are written as they were sent, with the text of
	// issues.
	Arguments bool
	// Process distinguishes this process from others that write to the file.
	Process string

	calls    atomic.Int64 // of all servers that share this
	mu       sync.Mutex
	failed   error // the error of the last line that was not written
	refusals map[UserID]*refusals
	swept    time.Time // when refusals whose minute is over were written for all users
}

// UserID identifies a Jira user, as far as it is known.
type UserID struct {
	Site    string
	Account string // Jira's account id
}

// auditLine is one line of the audit file.
type auditLine struct {
	Time    string `json:"time"`  // RFC 3339, UTC
	Phase   string `json:"phase"` // before or after
	Process string `json:"process,omitempty"`
	Call    string `json:"call"` // the same before and after, unique within a process
	Caller  string `json:"caller,omitempty"`
	Site    string `json:"site,omitempty"`
	Account string `json:"account,omitempty"` // Jira's id of the user that the call acts as
	Tool    string `json:"tool"`
	Effect  string `json:"effect"`
	Outcome string `json:"outcome,omitempty"`
	Reason  string `json:"reason,omitempty"` // of a failure: fence, fields, limit, jira 404 …
	// Issues are the keys or ids that the arguments named and those that the
	// call created; of reads, the issues that were read; before a create, its
	// project.
	Issues   []string `json:"issues,omitempty"`
	Requests []string `json:"jira_requests,omitempty"` // Atl-Traceid of each
	TookMS   float64  `json:"took_ms,omitempty"`
	Repeated int      `json:"repeated,omitempty"` // number of equal refusals within a minute, for which the line stands
	Size     int      `json:"arguments_bytes"`
	Hash     string   `json:"arguments_sha256"`
	// Arguments are written only if they are configured.
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// Call writes the lines of a call, as a hook for [kit.Hooks.Audit]. If a file
// cannot be written, calls go on: the log has them, and says so once. Equal
// refusals of a user within a minute are collapsed into two lines.
func (a *Audit) Call(ctx context.Context, who UserID, c kit.Call) {
	if c.Took == 0 {
		a.write(ctx, who, repeatedCall{Call: c})
		return
	}
	for _, one := range a.collapse(who, c) {
		a.write(ctx, who, one)
	}
	for who, over := range a.sweep(c.Started.Add(c.Took)) {
		for _, one := range over {
			a.write(ctx, who, one)
		}
	}
}

// sweep returns, once a minute, the refusals of all users whose minute is over.
func (a *Audit) sweep(now time.Time) map[UserID][]repeatedCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.swept) < repeatWindow {
		return nil
	}
	a.swept = now
	out := map[UserID][]repeatedCall{}
	for who, refused := range a.refusals {
		if out[who] = refused.over(now); refused.isEmpty() {
			delete(a.refusals, who)
		}
	}
	return out
}

// Close writes the lines of refusals that were collapsed so far.
func (a *Audit) Close(ctx context.Context) {
	for who, rest := range a.rest() {
		for _, one := range rest {
			a.write(ctx, who, one)
		}
	}
}

// rest returns the refusals of all users that were collapsed, at the end.
func (a *Audit) rest() map[UserID][]repeatedCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[UserID][]repeatedCall{}
	for who, refused := range a.refusals {
		out[who] = refused.rest()
	}
	return out
}

// collapse returns the lines to write when a call of a user comes.
func (a *Audit) collapse(who UserID, c kit.Call) []repeatedCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refusals == nil {
		a.refusals = map[UserID]*refusals{}
	}
	if a.refusals[who] == nil {
		a.refusals[who] = newRefusals()
	}
	return a.refusals[who].add(c)
}

// write writes a line to the log, to the file for its kind and to the sink.
func (a *Audit) write(ctx context.Context, who UserID, c repeatedCall) {
	if c.Took == 0 {
		a.Log.InfoContext(ctx, "tool starts", "call", c.ID, "account", who.Account, "caller", c.Caller, "tool", c.Tool, "effect", string(c.Effect), "issues", c.Targets)
	} else {
		a.Log.Log(ctx, levelOf(c.Call), "tool", "call", c.ID, "account", who.Account, "caller", c.Caller, "tool", c.Tool, "effect", string(c.Effect), "issues", c.Targets,
			"outcome", string(c.Outcome), "reason", c.Reason, "requests", len(c.Requests), "took", c.Took, "repeated", c.repeated)
	}
	to := a.File
	if c.Wrote() && a.Writes != nil {
		to = a.Writes
	}
	if to == nil && a.Sink == nil {
		return
	}
	line := a.line(who, c)
	var failed []error
	for _, w := range []io.Writer{to, a.Sink} {
		if w != nil {
			_, err := w.Write(line)
			failed = append(failed, err)
		}
	}
	err := errors.Join(failed...)
	a.mu.Lock()
	was := a.failed
	a.failed = err
	a.mu.Unlock()
	switch {
	case err != nil && was == nil:
		a.Log.ErrorContext(ctx, "the audit file cannot be written; calls continue and are recorded in this log", "error", err)
	case err == nil && was != nil:
		a.Log.WarnContext(ctx, "the audit file can be written again; some lines are missing", "error", was)
	}
}

// levelOf returns the level of a call's line in the log: a read that succeeded is
// for debugging only, since assistants read far more than they write.
func levelOf(c kit.Call) slog.Level {
	if c.Effect == kit.Read && !c.Failed {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// Err returns a sentence on why the audit file cannot be written; "" if it can.
func (a *Audit) Err() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil {
		return ""
	}
	return fmt.Sprintf("This server's audit file cannot be written: %v.", a.failed)
}

// line returns the line of a call for the file, with a final line feed.
func (a *Audit) line(who UserID, c repeatedCall) []byte {
	sum := sha256.Sum256(c.Arguments)
	l := auditLine{Time: c.Started.Add(c.Took).UTC().Format("2006-01-02T15:04:05.000Z"), Phase: "before", Call: c.ID, Caller: c.Caller, Tool: c.Tool, Effect: string(c.Effect),
		Outcome: string(c.Outcome), Issues: c.Targets, Requests: c.Requests, Size: len(c.Arguments), Hash: hex.EncodeToString(sum[:]), Process: a.Process, Reason: c.Reason, Repeated: c.repeated, Site: who.Site, Account: who.Account}
	if c.Took > 0 {
		l.Phase, l.TookMS = "after", float64(c.Took)/float64(time.Millisecond)
	}
	if a.Arguments && json.Valid(c.Arguments) {
		l.Arguments = c.Arguments
	}
	data, err := json.Marshal(l)
	if err != nil { // only strings and numbers are in it
		data = []byte(`{"phase":"unreadable"}`)
	}
	return append(data, '\n')
}
