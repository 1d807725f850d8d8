package kit

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// This file puts the question of a confirmation to the person in front of the
// client (MCP elicitation).
//
// Some clients declare elicitation and cannot ask anybody: they answer with an
// error (method not found, internal error), accept without the form's content, or
// cancel at once because nobody is there. The call then returns a code, as it does
// for clients without elicitation, and later calls of the session do not ask
// again. A question that somebody closed, that took too long or that the client
// gave up leads to a code once; the next call asks again. Only decline and a form
// with false are a no.

// confirmationAnswer is what a call says to the question whether to go on.
type confirmationAnswer int

const (
	unanswered confirmationAnswer = iota
	agreed
	declined
	notAsked // the client did not put the question to its user, or the user closed it
)

// elicitationKey is the name of the input request and of its one field.
const elicitationKey = "confirm"

// notAskedText says why a code is needed although the client declares elicitation.
const notAskedText = "The client did not get an answer from the user; nothing was done. Ask the user, and go on only if they agree."

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

const (
	// quickestPerson is the time below which no person has read and closed a
	// question. Seals have their time in seconds.
	quickestPerson = 3 * time.Second
	// maxUnanswered is the number of questions of a session without an answer after
	// which it gets codes.
	maxUnanswered = 2
	// maxFailures is the number of sessions that are remembered.
	maxFailures = 10_000
)

// noteFailure notes failures of questions in the session of a call. A client
// without a session is not remembered: others may have the same name.
func (c *Confirmer) noteFailure(ctx context.Context, failures int) {
	session := CallerOf(ctx).Session
	if session == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) >= maxFailures {
		clear(c.failures)
	}
	c.failures[session] += failures
}

// canElicit reports whether the client can put a question to its user, as far as
// it declares and is known.
func (c *Confirmer) canElicit(ctx context.Context) bool {
	if !declaresElicitation(ctx) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures[CallerOf(ctx).Session] < maxUnanswered
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

// maxQuestions is how often one call asks: again if the data has changed meanwhile.
const maxQuestions = 5

// AskOlderClients returns a middleware that puts the questions of calls to clients
// whose protocol version is older than 2026-07-28, and repeats the calls with the
// answers. It has to be the outermost one, since a person takes longer than a call
// may. mcp-go would do the same, but fails the call if the client cannot ask.
func (c *Confirmer) AskOlderClients(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for range maxQuestions {
			res, err := next(ctx, req)
			if err != nil || res == nil || !res.NeedsInput() || mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
				return res, err
			}
			answer, err := c.ask(ctx, *res.InputRequests[elicitationKey].Elicitation)
			if err != nil {
				return nil, err
			}
			req.Params.InputResponses = mcp.InputResponses{elicitationKey: mcp.NewElicitationInputResponse(answer)}
			req.Params.RequestState = res.RequestState
		}
		return mcp.NewToolResultError("The data changed while the user was asked, again and again. Nothing was done."), nil
	}
}

// ask puts a question to the client's user. If the client cannot, the answer is
// [mcp.ElicitationResponseActionCancel]. The error is the end of the call itself.
func (c *Confirmer) ask(ctx context.Context, question mcp.ElicitationParams) (answer mcp.ElicitationResult, _ error) {
	bounded, cancel := context.WithTimeout(ctx, ConfirmationTTL-time.Second) // as long as the seal holds
	defer cancel()
	said, err := server.ServerFromContext(ctx).RequestElicitation(bounded, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: question})
	switch {
	case err == nil && said != nil:
		return *said, nil
	case ctx.Err() != nil:
		c.noteFailure(ctx, 1)
		return answer, ctx.Err()
	case bounded.Err() != nil:
		c.noteFailure(ctx, 1)
	default:
		c.noteFailure(ctx, maxUnanswered)
	}
	answer.Action = mcp.ElicitationResponseActionCancel
	return answer, nil
}

// declaresElicitation reports whether the client declares that it can put a
// question to its user. mcp-go does not check it, and the call of a client that
// cannot would fail.
func declaresElicitation(ctx context.Context) bool {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		return info.ClientCapabilities != nil && supportsForms(info.ClientCapabilities.Elicitation)
	}
	session := server.ClientSessionFromContext(ctx)
	client, ok := session.(server.SessionWithClientInfo)
	if _, can := session.(server.SessionWithElicitation); !ok || !can {
		return false
	}
	return supportsForms(client.GetClientCapabilities().Elicitation)
}

// supportsForms reports whether a client's elicitation capability includes
// forms; a capability without parts means forms (MCP 2025-11-25, elicitation).
func supportsForms(e *mcp.ElicitationCapability) bool {
	return e != nil && (e.Form != nil || e.URL == nil)
}
