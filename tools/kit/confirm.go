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
	// BulkFrom is how many targets a call may write to without a confirmation.
	BulkFrom = 10
	// ConfirmFor is how long a confirmation holds.
	ConfirmFor = 5 * time.Minute
)

// Confirmer asks before acts that cannot be taken back: the person in front of
// the client, where the client can ask (MCP elicitation), else the model, which
// has to hand back the code of a dry run. It is a brake for a model and no
// boundary: what must not happen is not to be allowed.
//
// A confirmation is sealed with a key of this process over the tool, its
// arguments, the caller, an expiry and what the call would do, seen twice: when
// it is asked and when it is answered. It holds once.
type Confirmer struct {
	now func() time.Time
	key [sha256.Size]byte

	mu   sync.Mutex
	used map[[nonceSize]byte]time.Time // until they expire
}

const (
	nonceSize = 6
	macSize   = 12
	sealSize  = nonceSize + 4 + macSize
)

// NewConfirmer makes one with a key of its own.
func NewConfirmer(now func() time.Time) *Confirmer {
	c := &Confirmer{now: now, used: map[[nonceSize]byte]time.Time{}}
	_, _ = rand.Read(c.key[:]) // never fails: crypto/rand
	return c
}

// action is what a confirmation is given for.
type action struct {
	tool, caller string
	arguments    json.RawMessage // in one spelling
	summary      string          // what it would do
	irreversible bool            // it cannot be taken back
}

// why says why an act is confirmed.
func (a action) why() string {
	if a.irreversible {
		return "It cannot be taken back"
	}
	return "It is much at once, and confirmed first"
}

// seal makes a confirmation that is still to be given.
func (c *Confirmer) seal(a action) string {
	var b [sealSize]byte
	_, _ = rand.Read(b[:nonceSize])
	binary.BigEndian.PutUint32(b[nonceSize:], uint32(c.now().Add(ConfirmFor).Unix())) //nolint:gosec // until 2106
	copy(b[nonceSize+4:], c.mac(a, b[:nonceSize+4]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (c *Confirmer) mac(a action, head []byte) []byte {
	h := hmac.New(sha256.New, c.key[:])
	h.Write(head)
	for _, part := range []string{a.tool, a.caller, string(a.arguments), a.summary} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
		h.Write([]byte(part))
	}
	return h.Sum(nil)[:macSize]
}

// open reads a confirmation that was sealed over an act and holds now.
func (c *Confirmer) open(seal string, a action) (nonce [nonceSize]byte, until time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(seal))
	if err != nil || len(b) != sealSize || !hmac.Equal(b[nonceSize+4:], c.mac(a, b[:nonceSize+4])) {
		return nonce, until, false
	}
	until = time.Unix(int64(binary.BigEndian.Uint32(b[nonceSize:])), 0)
	nonce = [nonceSize]byte(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, used := c.used[nonce]
	return nonce, until, !used && c.now().Before(until)
}

// redeem takes a confirmation for what it was sealed over, once.
func (c *Confirmer) redeem(seal string, a action) bool {
	nonce, until, ok := c.open(seal, a)
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

// restore gives a confirmation back that was redeemed for what was surely not
// done.
func (c *Confirmer) restore(seal string) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(seal))
	if err != nil || len(b) != sealSize {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.used, [nonceSize]byte(b))
}

// needsConfirmation reports whether a call needs a confirmation, by what its input
// says about it.
func (s Spec) needsConfirmation(about Description) bool {
	switch {
	case about.ReadOnly:
		return false
	case s.AlwaysConfirm:
		return !about.Unconfirmed
	case s.Effect == Delete:
		return true
	case about.Count > 0:
		return s.confirmable() && about.Count > BulkFrom
	}
	return s.confirmable() && len(about.Targets) > BulkFrom
}

// canonical is a call's arguments without the adapter's own, in one spelling.
func canonical(args json.RawMessage) json.RawMessage {
	var all map[string]any
	dec := json.NewDecoder(strings.NewReader(string(args)))
	dec.UseNumber()
	if dec.Decode(&all) != nil {
		return args
	}
	delete(all, "dry_run")
	delete(all, "confirm")
	out, err := json.Marshal(all)
	if err != nil {
		return args
	}
	return out
}

// answer is what was said to the question whether to go on.
type answer int

const (
	unasked answer = iota
	yes
	no
)

const elicitation = "confirm"

// answer reads what a call says to an earlier question, and the seal to redeem
// for it. An answer without a valid seal is none.
func (c *Confirmer) answer(ctx context.Context, req mcp.CallToolRequest, o options, a action) (answer, string) {
	if optionsOf(ctx).confirmed {
		return yes, ""
	}
	if !canElicit(ctx) {
		if _, _, ok := c.open(o.Confirm, a); ok {
			return yes, o.Confirm
		}
		return unasked, ""
	}
	said, seal := server.ElicitationResponse(req.Params.InputResponses, elicitation), req.Params.RequestState
	if _, _, ok := c.open(seal, a); said == nil || !ok {
		return unasked, ""
	}
	content, _ := said.Content.(map[string]any)
	if said.Action == mcp.ElicitationResponseActionAccept && content[elicitation] == true {
		return yes, seal
	}
	return no, seal
}

// ask puts the question to the person in front of the client.
func (c *Confirmer) ask(a action, preview *Preview, clean func(string) string) *mcp.CallToolResult {
	text := "The assistant wants to " + preview.text()
	return server.NewInputRequestBuilder(c.seal(a)).Elicit(elicitation, mcp.ElicitationParams{
		Message: clean(text),
		RequestedSchema: map[string]any{"type": "object", "required": []string{elicitation}, "properties": map[string]any{
			elicitation: map[string]any{"type": "boolean", "title": "Do it", "description": a.why() + "."}}},
	}).ToolResult()
}

// explain says in a preview what the call needs to be made: where no person is
// asked, the code that lets it. refused: a code was given that does not hold.
func (c *Confirmer) explain(ctx context.Context, a action, preview *Preview, refused bool) {
	grave := a.why()
	if how := optionsOf(ctx).confirmWith; how != "" {
		preview.Needs = grave + ". " + how
		return
	}
	if canElicit(ctx) {
		preview.Needs = grave + ": the user is asked before it is done."
		return
	}
	preview.Confirm = c.seal(a)
	preview.Needs = fmt.Sprintf("%s. To do it, make the same call with confirm: %s (once, within %d minutes).", grave, preview.Confirm, int(ConfirmFor.Minutes()))
	if refused {
		preview.Needs = "The code that was given does not hold: it was used, has expired, or is for another call or another state of things. " + preview.Needs
	}
}

// canElicit reports a client that can put a question to its user. mcp-go asks
// without looking, and the call of a client that cannot would fail.
func canElicit(ctx context.Context) bool {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		return info.ClientCapabilities != nil && hasForm(info.ClientCapabilities.Elicitation)
	}
	session := server.ClientSessionFromContext(ctx)
	client, ok := session.(server.SessionWithClientInfo)
	if _, can := session.(server.SessionWithElicitation); !ok || !can {
		return false
	}
	return hasForm(client.GetClientCapabilities().Elicitation)
}

// hasForm: a capability without parts means forms (MCP 2025-11-25, elicitation).
func hasForm(e *mcp.ElicitationCapability) bool {
	return e != nil && (e.Form != nil || e.URL == nil)
}
