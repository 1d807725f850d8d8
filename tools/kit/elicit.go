package kit

import (
	"context"
	"slices"
	"sync"
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
//
// In the protocol era of 2026-07-28 the client repeats a call with the answer. If it
// fails by itself, nothing comes back. A call that comes again after maxUnanswered
// questions without an answer therefore gets a code.

// elicitationKey is the name of the input request and of its one field.
const elicitationKey = "confirm"

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

// elicitation knows which clients can put a question to their user.
type elicitation struct {
	timeout time.Duration // of a question

	lock     sync.Mutex
	failures map[string]int         // of questions, by session
	open     map[string][]time.Time // when questions without an answer were put, by call
}

// stayedUnanswered reports whether the last maxUnanswered questions about a call got
// no answer, so that it gets a code. Otherwise it notes that the server puts the
// question now. call identifies the call.
func (e *elicitation) stayedUnanswered(now time.Time, call string) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	if len(e.open) >= maxFailures {
		clear(e.open)
	}
	recent := slices.DeleteFunc(e.open[call], func(at time.Time) bool { return now.Sub(at) > e.timeout })
	if len(recent) >= maxUnanswered {
		return true
	}
	e.open[call] = append(recent, now)
	return false
}

// answered notes that a question about a call was answered.
func (e *elicitation) answered(call string) {
	e.lock.Lock()
	defer e.lock.Unlock()
	delete(e.open, call)
}

// noteFailure notes failures of questions in the session of a call. A client
// without a session is not remembered: others may have the same name.
func (e *elicitation) noteFailure(ctx context.Context, failures int) {
	session := sessionID(ctx)
	if session == "" {
		return
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	if len(e.failures) >= maxFailures {
		clear(e.failures)
	}
	e.failures[session] += failures
}

// canElicit reports whether the client can put a question to its user, as far as
// it declares and is known.
func (e *elicitation) canElicit(ctx context.Context) bool {
	if !declaresElicitation(ctx) {
		return false
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.failures[sessionID(ctx)] < maxUnanswered
}

// sessionID returns the id of a call's MCP session; "" for none.
func sessionID(ctx context.Context) string {
	if session := server.ClientSessionFromContext(ctx); session != nil {
		return session.SessionID()
	}
	return ""
}

// maxQuestions is how often one call asks: again if the data has changed meanwhile.
const maxQuestions = 5

// AskOlderClients returns a middleware that puts the questions of calls to clients
// whose protocol version is older than 2026-07-28, and repeats the calls with the
// answers. It has to be the outermost one, since a person takes longer than a call
// may. mcp-go would do the same, but fails the call if the client cannot ask.
func (e *elicitation) AskOlderClients(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for range maxQuestions {
			res, err := next(ctx, req)
			if err != nil || res == nil || !res.NeedsInput() || mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
				return res, err
			}
			answer, err := e.ask(ctx, *res.InputRequests[elicitationKey].Elicitation)
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
func (e *elicitation) ask(ctx context.Context, question mcp.ElicitationParams) (answer mcp.ElicitationResult, _ error) {
	bounded, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	said, err := server.ServerFromContext(ctx).RequestElicitation(bounded, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: question})
	switch {
	case err == nil && said != nil:
		return *said, nil
	case ctx.Err() != nil:
		e.noteFailure(ctx, 1)
		return answer, ctx.Err()
	case bounded.Err() != nil:
		e.noteFailure(ctx, 1)
	default:
		e.noteFailure(ctx, maxUnanswered)
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
