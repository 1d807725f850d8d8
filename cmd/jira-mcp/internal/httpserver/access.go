package httpserver

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

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
	reason  string // why this server refused the request; "" if mcp-go did
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
	if status == http.StatusAccepted {
		r.outcome = "accepted" // over SSE the answer comes on the stream
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

// noteMessage notes the message of a request.
func (a *access) noteMessage(w http.ResponseWriter, s *jsonrpc.Scanner, body []byte) {
	rec, ok := w.(*record)
	if !ok {
		return
	}
	rec.rpc = known(s.Method(), methods)
	rec.isStream = s.Method() == "subscriptions/listen"
	if s.Method() == "tools/call" {
		var m struct {
			Params struct {
				Name string `json:"name"`
			} `json:"params"`
		}
		_ = json.Unmarshal(body, &m) // a message that is not one has no tool
		rec.tool = known(m.Params.Name, a.o.Tools)
	}
}

// methods are the methods of MCP that clients send. Others, which a client may have made
// up, are not logged.
var methods = []string{"initialize", "ping", "server/discover", "tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list", "resources/templates/list", "resources/read", "resources/subscribe", "resources/unsubscribe",
	"completion/complete", "logging/setLevel", "subscriptions/listen", "notifications/initialized", "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed"}

// known returns a name that is in a list, "" for none, and otherwise "(other)": a client
// could put anything into its place.
func known(name string, list []string) string {
	if name == "" || slices.Contains(list, name) {
		return name
	}
	return "(other)"
}

// noteReason notes why this server refuses a request. The texts of mcp-go may repeat what
// the client sent, and are not logged.
func noteReason(w http.ResponseWriter, text string) {
	if rec, ok := w.(*record); ok {
		rec.reason = text
	}
}

// refuse answers with a plain text, and notes it as the reason.
func refuse(w http.ResponseWriter, text string, status int) {
	noteReason(w, text)
	http.Error(w, text, status)
}

// notePerson notes as whom a request acts, and how that person's secrets are removed.
func (a *access) notePerson(w http.ResponseWriter, account string, redact func([]byte) []byte) {
	if rec, ok := w.(*record); ok {
		rec.person, rec.redact = account, redact
	}
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
	args := []any{"http", r.Method, "method", rec.rpc, "tool", rec.tool, "status", rec.status, "outcome", rec.outcome, "took", took, "bytes", rec.bytes, "person", a.person(rec.person), "address", r.RemoteAddr}
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
	if rec.reason == "" {
		return "it is no valid MCP message"
	}
	text, _, _ := strings.Cut(rec.reason, ". ")
	text = rec.clean(text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}
