package httpserver

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

const (
	// slowRequest is the time from which on a request has a line in the log in any case.
	slowRequest = 10 * time.Second
	// maxReason is how many bytes of the reason of a refusal are logged.
	maxReason = 160
)

// access writes what happens to requests into the log: each of them if all is set,
// otherwise refusals and slow ones. Lines have no content: no arguments, no results.
type access struct {
	o     Options
	key   [sha256.Size]byte // of the hashes of people
	clock func() time.Time
}

func newAccess(o Options, clock func() time.Time) *access {
	a := &access{o: o, clock: clock}
	_, _ = rand.Read(a.key[:]) // never fails: crypto/rand
	return a
}

// record is the writer of an answer that notes what a line needs.
type record struct {
	http.ResponseWriter
	began    time.Time
	rpc      string // the method of the message
	tool     string
	person   string // the account; "" if all act as one user or the person is not known
	redact   func([]byte) []byte
	isStream bool

	status  int
	bytes   int
	reason  []byte // the beginning of the body of a refusal
	outcome string // ok, error or tool error, as far as the body says
}

// begin returns the writer for a request.
func (a *access) begin(w http.ResponseWriter) *record {
	return &record{ResponseWriter: w, began: a.clock(), outcome: "ok", redact: a.o.Redact}
}

// Unwrap is for [http.ResponseController].
func (r *record) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (r *record) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *record) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.bytes += len(p)
	switch {
	case r.status >= http.StatusBadRequest:
		r.outcome = "refused"
		r.reason = append(r.reason, p[:min(len(p), max(0, 4*maxReason-len(r.reason)))]...)
	case bytes.Contains(p, []byte(`"isError":true`)):
		r.outcome = "tool error"
	case bytes.Contains(p, []byte(`"error":{"code":`)):
		r.outcome = "error"
	}
	return r.ResponseWriter.Write(p)
}

// Flush implements [http.Flusher].
func (r *record) Flush() {
	if f, ok := r.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// clean removes secrets from a text that a client chose.
func (r *record) clean(text string) string {
	if r.redact == nil {
		return text
	}
	return string(r.redact([]byte(text)))
}

// noteMessage notes the message of a request. The name of a tool is taken from the
// header, and from the body only where each request has a line.
func (a *access) noteMessage(w http.ResponseWriter, r *http.Request, s *jsonrpc.Scanner, body []byte) {
	rec, ok := w.(*record)
	if !ok {
		return
	}
	rec.rpc = plainName(s.Method())
	rec.isStream = s.Method() == "subscriptions/listen"
	if s.Method() != "tools/call" {
		return
	}
	tool := r.Header.Get(mcp.HeaderName)
	if tool == "" && a.o.AccessLog {
		var m struct {
			Params struct {
				Name string `json:"name"`
			} `json:"params"`
		}
		_ = json.Unmarshal(body, &m) // a message that is not one has no tool
		tool = m.Params.Name
	}
	rec.tool = plainName(tool)
}

// notePerson notes as whom a request acts, and how that person's secrets are removed.
func (a *access) notePerson(w http.ResponseWriter, account string, redact func([]byte) []byte) {
	if rec, ok := w.(*record); ok {
		rec.person, rec.redact = account, redact
	}
}

// plainName returns a name that a client chose, or "(other)" if it is no ordinary one.
func plainName(name string) string {
	if len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-.") != "" {
		return "(other)"
	}
	return name
}

// end writes the line of a request, if it has one.
func (a *access) end(rec *record, r *http.Request) {
	took := a.clock().Sub(rec.began)
	isStream := rec.isStream || r.Method == http.MethodGet
	what := ""
	switch {
	case isRefusal(rec.status):
		what = "refused a request"
	case a.o.AccessLog:
		what = "request"
	case took >= slowRequest && !isStream:
		what = "slow request"
	default:
		return
	}
	args := []any{"http", r.Method, "method", rec.rpc, "tool", rec.clean(rec.tool), "status", rec.status, "outcome", rec.outcome, "took", took, "bytes", rec.bytes, "person", a.person(rec.person), "address", r.RemoteAddr}
	if isRefusal(rec.status) {
		args = append(args, "reason", a.reasonOf(rec))
	}
	a.o.Log.InfoContext(r.Context(), what, args...)
}

// isRefusal reports whether a status says that the caller did something wrong, rather
// than asked for something that is not there.
func isRefusal(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return true
	}
	return false
}

// person returns the name of a person for the log: the account, or a hash with a key of
// the process, so that the lines of one person can be told from those of others.
func (a *access) person(account string) string {
	if account == "" || !a.o.HashPeople {
		return account
	}
	mac := hmac.New(sha256.New, a.key[:])
	mac.Write([]byte(account))
	return "#" + hex.EncodeToString(mac.Sum(nil)[:6])
}

// reasonOf returns why a request was refused: the first sentence of the answer, without
// secrets.
func (a *access) reasonOf(rec *record) string {
	var m struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	text := string(rec.reason)
	if json.Unmarshal(rec.reason, &m) == nil && m.Error.Message != "" {
		text = m.Error.Message
	} else if _, rest, ok := strings.Cut(text, `"message":"`); ok { // longer than what was kept
		text = rest
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), ". ")
	text = rec.clean(text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}
