package kit

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const (
	// MaxUnconfirmedTargets is how many targets a call may write to without a
	// confirmation.
	MaxUnconfirmedTargets = 10
	// ConfirmationTTL is how long a confirmation holds.
	ConfirmationTTL = 5 * time.Minute
)

// Confirmer asks before calls that cannot be undone or that write to many
// targets: the person in front of the client if the client can ask (MCP
// elicitation), else the model, which has to send back the code of a dry run.
//
// It slows a model down; it is not a security boundary: a model can send the
// code back without asking anybody, and a client can claim that its user
// agreed. What it ensures is that the first attempt only shows what the call
// would do. If an action must never happen, do not enable it.
//
// A confirmation is a seal, a message authentication code (HMAC-SHA-256) with a
// random key of this process over
//
//   - the tool and the caller,
//   - the arguments in canonical form, without dry_run and confirm,
//   - the preview of a dry run: what the call would do,
//   - a random nonce and the time at which it expires.
//
// The dry run is made again when the confirmation comes back, so a seal does
// not hold if the issue was changed in between: the preview is another one. It
// holds once: its nonce is remembered until it expires.
//
// Example: jira_delete_issue {"issue":"PAY-40"}. A client without elicitation
// gets a preview, and the model repeats the call with the code:
//
//	← Dry run: nothing was sent. It would delete PAY-40 … repeat the call with confirm: 6Yh… (once, within 5 minutes).
//	→ jira_delete_issue {"issue":"PAY-40","confirm":"6Yh…"}
//
// A client with elicitation shows the model no code. It gets an input request with
// the seal as its state, asks the person, and repeats the call by itself (for
// clients of older protocol versions [Confirmer.AskOlderClients] does that):
//
//	← input_required: "The assistant wants to delete PAY-40 …", requestState "6Yh…"
//	→ jira_delete_issue {"issue":"PAY-40"}, inputResponses {"confirm": accepted}, requestState "6Yh…"
//
// Some clients declare elicitation and cannot ask: see elicit.go.
type Confirmer struct {
	now func() time.Time
	key [sha256.Size]byte

	*elicitation // of the clients

	mu   sync.Mutex
	used map[[nonceSize]byte]time.Time // nonces of redeemed confirmations, until they expire
}

// A seal consists of a nonce, the expiry in Unix seconds (4 bytes), and a
// truncated MAC; in base64 it has 30 characters.
const (
	nonceSize = 6
	macSize   = 12
	sealSize  = nonceSize + 4 + macSize
)

// NewConfirmer returns a Confirmer with a key of its own.
func NewConfirmer(now func() time.Time) *Confirmer {
	c := &Confirmer{now: now, used: map[[nonceSize]byte]time.Time{},
		elicitation: &elicitation{timeout: ConfirmationTTL - time.Second, failures: map[string]int{}, open: map[string][]time.Time{}}} // a question lasts as long as its seal
	_, _ = rand.Read(c.key[:]) // never fails: crypto/rand
	return c
}

// pendingCall is the call that is to be confirmed.
type pendingCall struct {
	tool, caller string
	arguments    json.RawMessage // in canonical form
	summary      string          // what it would do: the preview as text
	irreversible bool            // it cannot be undone
}

// id identifies the call, whatever it would do now.
func (a pendingCall) id() string {
	return strings.Join([]string{a.tool, a.caller, string(a.arguments)}, "\x00")
}

// reason returns the reason for the confirmation, for people.
func (a pendingCall) reason() string {
	if a.irreversible {
		return "This cannot be undone"
	}
	return "This call requires confirmation"
}

// sealKind tells seals apart, so that the state of a question, which the model
// never sees, is not a code.
type sealKind string

const (
	sealCode  sealKind = "code"  // that the model sends back
	sealState sealKind = "state" // of a question to the user
)

// seal returns a new confirmation of a call.
func (c *Confirmer) seal(kind sealKind, a pendingCall) string {
	var b [sealSize]byte
	_, _ = rand.Read(b[:nonceSize])
	binary.BigEndian.PutUint32(b[nonceSize:], uint32(c.now().Add(ConfirmationTTL).Unix())) //nolint:gosec // until 2106
	copy(b[nonceSize+4:], c.mac(kind, a, b[:nonceSize+4]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// mac returns the authentication code of an action. head is the nonce and the
// expiry. Each part is preceded by its length, so that characters cannot move
// from one part into the next.
func (c *Confirmer) mac(kind sealKind, a pendingCall, head []byte) []byte {
	h := hmac.New(sha256.New, c.key[:])
	h.Write(head)
	for _, part := range []string{string(kind), a.tool, a.caller, string(a.arguments), a.summary} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write([]byte(part))
	}
	return h.Sum(nil)[:macSize]
}

// verify reports whether a confirmation is genuine, belongs to this action, has
// not expired and was not used, and returns its nonce and expiry. It does not
// use it up.
func (c *Confirmer) verify(kind sealKind, seal string, a pendingCall) (nonce [nonceSize]byte, until time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(seal))
	if err != nil || len(b) != sealSize || !hmac.Equal(b[nonceSize+4:], c.mac(kind, a, b[:nonceSize+4])) {
		return nonce, until, false
	}
	until = time.Unix(int64(binary.BigEndian.Uint32(b[nonceSize:])), 0)
	nonce = [nonceSize]byte(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, used := c.used[nonce]
	return nonce, until, !used && c.now().Before(until)
}

// redeem uses up a confirmation of an action. It reports whether it held; of
// several calls with the same confirmation it is true for one. Nonces that have
// expired are dropped.
func (c *Confirmer) redeem(kind sealKind, seal string, a pendingCall) bool {
	nonce, until, ok := c.verify(kind, seal, a)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for nonce, expired := range c.used {
		if !now.Before(expired) {
			delete(c.used, nonce)
		}
	}
	if _, used := c.used[nonce]; used {
		return false
	}
	c.used[nonce] = until
	return true
}

// restore makes a redeemed confirmation hold again, after a call that certainly
// did nothing.
func (c *Confirmer) restore(seal string) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(seal))
	if err != nil || len(b) != sealSize {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.used, [nonceSize]byte(b))
}

// needsConfirmation reports whether a call needs a confirmation, by the
// description of its input. Calls that only read need none. Calls of tools that
// delete, or that are always confirmed, need one; others need one if they write
// to more than [MaxUnconfirmedTargets] targets.
func (s Spec) needsConfirmation(about Description) bool {
	switch {
	case about.ReadOnly:
		return false
	case s.AlwaysConfirm:
		return !about.Unconfirmed
	case s.Effect == Delete:
		return true
	case about.Count > 0:
		return s.canNeedConfirmation() && about.Count > MaxUnconfirmedTargets
	}
	return s.canNeedConfirmation() && len(about.Targets) > MaxUnconfirmedTargets
}

// canonicalArguments returns a call's arguments without dry_run and confirm,
// with sorted keys and without insignificant white space, so that the dry run
// and the call itself have the same. Numbers keep their digits.
func canonicalArguments(args json.RawMessage) json.RawMessage {
	var all map[string]any
	dec := json.NewDecoder(strings.NewReader(string(args)))
	dec.UseNumber()
	if dec.Decode(&all) != nil {
		return args
	}
	for name := range all {
		if plain := canonicalName(name); plain == "dryrun" || plain == "confirm" {
			delete(all, name)
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		return args
	}
	return out
}

// confirmationAnswer is what a call says to the question whether to go on.
type confirmationAnswer int

const (
	unanswered confirmationAnswer = iota
	agreed
	declined
	notAsked // the client did not put the question to its user, or the user closed it
)

// readAnswer returns what a call says to an earlier question, and the kind and text
// of the seal to redeem for it. An answer without a valid seal counts as no answer:
// it would have been made up. A code is given only where nobody can be asked, so
// that a model cannot go past the person.
func (c *Confirmer) readAnswer(ctx context.Context, req mcp.CallToolRequest, o controlArguments, a pendingCall) (confirmationAnswer, sealKind, string) {
	if callOptionsOf(ctx).confirmed {
		return agreed, "", ""
	}
	if _, _, ok := c.verify(sealCode, o.Confirm, a); ok {
		return agreed, sealCode, o.Confirm
	}
	said, seal := server.ElicitationResponse(req.Params.InputResponses, elicitationKey), req.Params.RequestState
	_, until, ok := c.verify(sealState, seal, a)
	if said == nil || !ok {
		return unanswered, "", ""
	}
	c.answered(a.id())
	content, _ := said.Content.(map[string]any)
	answer, hasAnswer := content[elicitationKey].(bool)
	switch {
	case said.Action == mcp.ElicitationResponseActionAccept && answer:
		return agreed, sealState, seal
	case said.Action == mcp.ElicitationResponseActionDecline, said.Action == mcp.ElicitationResponseActionAccept && hasAnswer:
		return declined, sealState, seal
	}
	asked := until.Add(-ConfirmationTTL)
	if said.Action != mcp.ElicitationResponseActionCancel || c.now().Sub(asked) < quickestPerson {
		c.noteFailure(ctx, maxUnanswered)
	}
	return notAsked, sealState, seal
}

// elicit returns the result that makes the client put the question to its user.
// The text has no marks: a person reads it.
func (c *Confirmer) elicit(a pendingCall, preview *Preview, clean func(string) string) *mcp.CallToolResult {
	text := "The assistant wants to " + preview.text("")
	return server.NewInputRequestBuilder(c.seal(sealState, a)).Elicit(elicitationKey, mcp.ElicitationParams{
		Message: clean(text),
		RequestedSchema: map[string]any{"type": "object", "required": []string{elicitationKey}, "properties": map[string]any{
			elicitationKey: map[string]any{"type": "boolean", "title": "Do it", "description": a.reason() + "."}}},
	}).ToolResult()
}

// notAskedText says why a code is needed although the client declares elicitation.
const notAskedText = "The client did not get an answer from the user; nothing was done. Ask the user, and go on only if they agree."

// refusedCodeText says that a call had a code that does not hold.
const refusedCodeText = "The confirm code is not valid: it was used, has expired or is for another call, or the data has changed."

// addInstructions adds to a preview how the call is confirmed: in the caller's
// own way, by the user, or with a new code. why says why a code is needed, and may
// be empty.
func (c *Confirmer) addInstructions(ctx context.Context, a pendingCall, preview *Preview, why string) {
	reason := a.reason()
	if how := callOptionsOf(ctx).confirmWith; how != "" {
		preview.HowToConfirm = reason + ". " + how
		return
	}
	if why == "" && c.canElicit(ctx) {
		preview.HowToConfirm = reason + "; the user will be asked first."
		return
	}
	preview.Confirm = c.seal(sealCode, a)
	preview.HowToConfirm = fmt.Sprintf("%s. To do it, repeat the call with confirm: %s (once, within %d minutes).", reason, preview.Confirm, int(ConfirmationTTL.Minutes()))
	if why != "" {
		preview.HowToConfirm = why + " " + preview.HowToConfirm
	}
}
