package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestDeleteNeedsConfirmation checks that a delete needs its code, which is
// valid once, for this call, for this state of the issue, and for five minutes.
func TestDeleteNeedsConfirmation(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	one, other := `{"issue":"PAY-40"}`, `{"issue":"PAY-41"}`
	asked := func(what, args string) {
		t.Helper()
		b.TakeRequests()
		text, _ := b.Ok("jira_delete_issue", args)
		if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 || !strings.HasPrefix(text, "Dry run: nothing was sent. It would delete PAY-") || !toolstest.ConfirmCode.MatchString(text) {
			t.Errorf("%s: sent %v, said\n%s", what, sent, text)
		}
	}
	asked("without a code", one)
	asked("a forged code", toolstest.WithCode(one, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	asked("another call's code", toolstest.WithCode(one, b.Code("jira_delete_issue", other)))
	asked("with other arguments", toolstest.WithCode(`{"issue":"PAY-40","with_subtasks":true}`, b.Code("jira_delete_issue", one)))
	asked("a code in a dry run", toolstest.WithCode(`{"issue":"PAY-40","dry_run":true}`, b.Code("jira_delete_issue", one)))

	late := b.Code("jira_delete_issue", one)
	b.Clock.Advance(5 * time.Minute)
	asked("after five minutes", toolstest.WithCode(one, late))

	stale := b.Code("jira_delete_issue", one)
	b.Ok("jira_add_comment", `{"issue":"PAY-40","body":"Keep this, please"}`)
	asked("after somebody wrote", toolstest.WithCode(one, stale))

	// A comment on a sub-task also changes what is deleted.
	with := `{"issue":"PAY-11","with_subtasks":true}`
	stale = b.Code("jira_delete_issue", with)
	b.Ok("jira_add_comment", `{"issue":"PAY-12","body":"Keep this, please"}`)
	asked("after somebody wrote to a sub-task", toolstest.WithCode(with, stale))

	// The order of the arguments does not matter, and a code of a dry run
	// is valid.
	code := b.Code("jira_delete_issue", `{"issue":"PAY-40","dry_run":true}`)
	b.TakeRequests()
	text, _ := b.Ok("jira_delete_issue", `{"confirm":"`+code+`", "issue":"PAY-40"}`)
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) != 1 || sent[0] != "DELETE /rest/api/3/issue/PAY-40" || !strings.HasPrefix(text, "Deleted PAY-40") {
		t.Errorf("sent %v: %s", sent, text)
	}
	b.Refused("jira_delete_issue", toolstest.WithCode(one, code), "404")

	// Of several concurrent calls with the same code one gets it.
	twice := b.Code("jira_delete_issue", other)
	var wait sync.WaitGroup
	b.TakeRequests()
	for range 8 {
		wait.Go(func() { _, _, _ = b.Call(t.Context(), "jira_delete_issue", toolstest.WithCode(other, twice)) })
	}
	wait.Wait()
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) != 1 {
		t.Errorf("sent %v", sent)
	}
}

// elicitationHandler answers elicitation requests in place of a client.
type elicitationHandler struct {
	mu     sync.Mutex
	asked  []string
	answer mcp.ElicitationResponse
	err    error // in place of an answer

	meanwhile func() // runs while the question is open; may be nil
}

func (u *elicitationHandler) Elicit(_ context.Context, req mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, req.Params.Message)
	if u.meanwhile != nil {
		u.meanwhile()
	}
	return &mcp.ElicitationResult{ElicitationResponse: u.answer}, u.err
}

// TestDeletePreviewListsOrphans checks that the preview of an epic's delete
// names the children that lose their parent, and that one more child
// invalidates the code.
func TestDeletePreviewListsOrphans(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	file := func(args string) string {
		_, made := b.Ok("jira_create_issue", args)
		return made["key"].(string)
	}
	epic := file(`{"project":"PAY","type":"Epic","summary":"Payouts"}`)
	child := fmt.Sprintf(`{"project":"PAY","type":"Story","summary":"A part","parent":%q,"allow_duplicate":true}`, epic)
	call := fmt.Sprintf(`{"issue":%q}`, epic)
	if text, _ := b.Ok("jira_delete_issue", call); strings.Contains(text, "Would also be deleted") || strings.Contains(text, "without a parent") {
		t.Errorf("of an empty epic: %s", text)
	}
	one := file(child)
	code := b.Code("jira_delete_issue", call)
	two := file(child)
	for _, args := range []string{toolstest.WithCode(call, code), call} {
		text, structured := b.Ok("jira_delete_issue", args)
		if !strings.Contains(text, "\nLeft without a parent: "+one+", "+two) || structured["dry_run"] == nil || structured["note"] != nil {
			t.Errorf("%s: %s", args, text)
		}
	}
	if text := b.CallConfirmed("jira_delete_issue", call); !strings.Contains(text, "\nLeft without a parent: "+one+", "+two) {
		t.Errorf("in earnest: %s", text)
	}
}

// eras are the protocol eras by version; "" is the newest.
var eras = map[string]string{"2025-11-25": "2025-11-25", "2026-07-28": ""}

// connectElicitor connects a client of a protocol version that puts questions to u.
func connectElicitor(t *testing.T, b *toolstest.Server, u client.ElicitationHandler, version string) {
	t.Helper()
	options := []client.ClientOption{client.WithElicitationHandler(u)}
	if version != "" {
		options = append(options, client.WithLegacyProtocolOnly()) //nolint:staticcheck // the protocol version of most clients
	}
	c, err := client.NewInProcessClientWithOptions(b.Tools.MCP, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion, init.Params.ClientInfo = version, mcp.Implementation{Name: "a-client", Version: "1"}
	if version == "" {
		init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	}
	if _, err := c.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	b.Client = c
}

// TestConfirmationByElicitation checks confirmations by elicitation,
// in both protocol eras.
func TestConfirmationByElicitation(t *testing.T) {
	for era, version := range eras {
		t.Run(era, func(t *testing.T) {
			b := toolstest.New(t, toolstest.Everything)
			u := &elicitationHandler{}
			connectElicitor(t, b, u, version)
			yes := map[string]any{"confirm": true}
			for _, say := range []mcp.ElicitationResponse{{Action: mcp.ElicitationResponseActionDecline},
				{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"confirm": false}}, {Action: mcp.ElicitationResponseActionDecline, Content: yes}} {
				u.answer, u.asked = say, nil
				b.TakeRequests()
				b.Refused("jira_delete_issue", `{"issue":"PAY-42"}`, "The user did not agree. Nothing was done")
				if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 || len(u.asked) != 1 || !strings.Contains(u.asked[0], "The assistant wants to delete PAY-42") {
					t.Errorf("%v: sent %v, asked %q", say, sent, u.asked)
				}
			}
			// The model gets no code if the person can be asked.
			text, _ := b.Ok("jira_delete_issue", `{"issue":"PAY-42","dry_run":true}`)
			if toolstest.ConfirmCode.MatchString(text) || !strings.Contains(text, "the user will be asked first") {
				t.Errorf("a dry run says %s", text)
			}
			u.answer, u.asked = mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: yes}, nil
			if text, _ := b.Ok("jira_delete_issue", `{"issue":"PAY-42"}`); !strings.HasPrefix(text, "Deleted PAY-42") || len(u.asked) != 1 {
				t.Errorf("%s, asked %d times", text, len(u.asked))
			}
		})
	}
}

// TestClientThatCannotElicit checks clients that declare elicitation and cannot put
// a question to anybody: the call returns a code, the code holds, and later calls of
// the session return a code without a question.
func TestClientThatCannotElicit(t *testing.T) {
	for era, version := range eras {
		for name, u := range map[string]*elicitationHandler{
			"cancels at once":         {answer: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionCancel}},
			"accepts without content": {answer: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept}},
			"accepts other content":   {answer: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"confirm": "yes"}}},
			"fails":                   {err: errors.New("method not found")},
		} {
			if version == "" && u.err != nil {
				continue // the client of this era fails by itself
			}
			t.Run(era+" "+name, func(t *testing.T) {
				b := toolstest.New(t, toolstest.Everything)
				connectElicitor(t, b, u, version)
				b.TakeRequests()
				text, _ := b.Ok("jira_delete_issue", `{"issue":"PAY-42"}`)
				code := toolstest.ConfirmCode.FindStringSubmatch(text)
				if code == nil || !strings.Contains(text, "did not get an answer from the user; nothing was done. Ask the user") || len(u.asked) != 1 {
					t.Fatalf("asked %d times: %s", len(u.asked), text)
				}
				if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 {
					t.Errorf("sent %v", sent)
				}
				if text, _ := b.Ok("jira_delete_issue", toolstest.WithCode(`{"issue":"PAY-42"}`, code[1])); !strings.HasPrefix(text, "Deleted PAY-42") {
					t.Error(text)
				}
				text, _ = b.Ok("jira_delete_issue", `{"issue":"PAY-45","dry_run":true}`)
				if !toolstest.ConfirmCode.MatchString(text) {
					t.Errorf("the next dry run has no code: %s", text)
				}
				text, _ = b.Ok("jira_delete_issue", `{"issue":"PAY-45"}`)
				if !toolstest.ConfirmCode.MatchString(text) || len(u.asked) != 1 {
					t.Errorf("asked %d times: %s", len(u.asked), text)
				}
			})
		}
	}
}

// TestClientThatFailsToElicit checks a client of 2026-07-28 that fails by itself when
// it has to put a question: nothing comes back, and the third call returns a code
// that holds. A call with other arguments leads to a question as before.
func TestClientThatFailsToElicit(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	u := &elicitationHandler{err: errors.New("method not found")}
	connectElicitor(t, b, u, "")
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = "jira_delete_issue", json.RawMessage(`{"issue":"PAY-42"}`)
	for range 2 {
		if _, err := b.Client.CallTool(t.Context(), req); err == nil {
			t.Fatal("the client does not fail")
		}
	}
	code := toolstest.ConfirmCode.FindStringSubmatch(first(b.Ok("jira_delete_issue", `{"issue":"PAY-42"}`)))
	if code == nil || len(u.asked) != 2 {
		t.Fatalf("asked %d times, code %q", len(u.asked), code)
	}
	req.Params.Arguments = json.RawMessage(`{"issue":"PAY-45"}`)
	if _, err := b.Client.CallTool(t.Context(), req); err == nil || len(u.asked) != 3 {
		t.Errorf("another issue: asked %d times, %v", len(u.asked), err)
	}
	if text, _ := b.Ok("jira_delete_issue", toolstest.WithCode(`{"issue":"PAY-42"}`, code[1])); !strings.HasPrefix(text, "Deleted PAY-42") {
		t.Error(text)
	}
}

// first returns the text of an answer.
func first(text string, _ map[string]any) string { return text }

// TestClosedQuestion checks that closing a question without an answer is no
// agreement and no refusal, and that the next call asks again.
func TestClosedQuestion(t *testing.T) {
	for era, version := range eras {
		t.Run(era, func(t *testing.T) {
			b := toolstest.New(t, toolstest.Everything)
			u := &elicitationHandler{answer: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionCancel}, meanwhile: func() { b.Clock.Advance(20 * time.Second) }}
			connectElicitor(t, b, u, version)
			for n := range 2 {
				text, _ := b.Ok("jira_delete_issue", `{"issue":"PAY-42"}`)
				if !toolstest.ConfirmCode.MatchString(text) || len(u.asked) != n+1 {
					t.Errorf("asked %d times: %s", len(u.asked), text)
				}
			}
		})
	}
}

// TestChangeWhileAsked checks that the server repeats the question if the issue
// changes while it is open.
func TestChangeWhileAsked(t *testing.T) {
	for era, version := range eras {
		t.Run(era, func(t *testing.T) {
			b := toolstest.New(t, toolstest.Everything)
			u := &elicitationHandler{answer: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"confirm": true}}}
			u.meanwhile = func() {
				if len(u.asked) == 1 {
					b.Sandbox.Site().Issue("PAY-42").Summary = "Something else"
				}
			}
			connectElicitor(t, b, u, version)
			if text, _ := b.Ok("jira_delete_issue", `{"issue":"PAY-42"}`); !strings.HasPrefix(text, "Deleted PAY-42") || len(u.asked) != 2 || !strings.Contains(u.asked[1], "Something else") {
				t.Errorf("%s, asked %q", text, u.asked)
			}
		})
	}
}

// TestForgedElicitationAnswers checks that answers that come with the first
// call, or with another call's state, do not count, and that a genuine one
// works once.
func TestForgedElicitationAnswers(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	raw := func(args, state string) (result map[string]any) {
		t.Helper()
		state = strings.TrimSpace(state)
		more := ""
		if state != "" {
			more = fmt.Sprintf(`,"requestState":%q`, state)
		}
		message := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"jira_delete_issue","arguments":%s,"inputResponses":{"confirm":{"action":"accept","content":{"confirm":true}}}%s,`+
			`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}}`, args, more)
		data, err := json.Marshal(b.Tools.MCP.HandleMessage(t.Context(), []byte(message)))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Result map[string]any
		}
		if err := json.Unmarshal(data, &answer); err != nil || answer.Result == nil {
			t.Fatalf("%s: %v", data, err)
		}
		return answer.Result
	}
	asks := func(what string, result map[string]any) string {
		t.Helper()
		if result["resultType"] != "input_required" {
			t.Errorf("%s: %v", what, result)
		}
		state, _ := result["requestState"].(string)
		return state
	}
	b.TakeRequests()
	state := asks("with the first call", raw(`{"issue":"PAY-45"}`, ""))
	asks("a made-up state", raw(`{"issue":"PAY-45"}`, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	asks("a state in place of a code", raw(fmt.Sprintf(`{"issue":"PAY-45","confirm":%q}`, state), ""))
	asks("another call's state", raw(`{"issue":"PAY-46"}`, state))
	late := asks("once more", raw(`{"issue":"PAY-46"}`, ""))
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	if text := fmt.Sprint(raw(`{"issue":"PAY-45"}`, state)); !strings.Contains(text, "Deleted PAY-45") {
		t.Errorf("a true yes: %s", text)
	}
	b.Clock.Advance(5 * time.Minute)
	asks("too late", raw(`{"issue":"PAY-46"}`, late))
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) != 1 {
		t.Errorf("sent %v", sent)
	}
}

// TestRateLimitKeepsConfirmation checks that a call beyond the limit of
// writes does not use up its confirmation.
func TestRateLimitKeepsConfirmation(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.WritesPerMinute = 1
	b.Connect(toolstest.Everything, b.Sandbox)
	b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"x"}`)
	call := toolstest.WithCode(`{"issue":"PAY-40"}`, b.Code("jira_delete_issue", `{"issue":"PAY-40"}`))
	b.Refused("jira_delete_issue", call, "at most 1 issues a minute")
	b.Clock.Advance(time.Minute)
	if text, _ := b.Ok("jira_delete_issue", call); !strings.HasPrefix(text, "Deleted PAY-40") {
		t.Error(text)
	}
}

// TestRefusedWriteKeepsConfirmation checks that a confirmation is valid again
// after an error that certainly changed nothing, and not after a lost answer.
func TestRefusedWriteKeepsConfirmation(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	status := 429
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if r.Method == http.MethodDelete {
			return status
		}
		return 0
	}})
	call := toolstest.WithCode(`{"issue":"PAY-40"}`, b.Code("jira_delete_issue", `{"issue":"PAY-40"}`))
	b.Refused("jira_delete_issue", call, "429")
	status = 500
	b.Refused("jira_delete_issue", call, "may have happened")
	status = 0
	if text, _ := b.Ok("jira_delete_issue", call); !strings.Contains(text, "The confirm code is not valid") {
		t.Errorf("after a lost answer: %s", text)
	}
}

// TestConfirmationOfUncertainWritesIsUsedUp checks that a code is not valid
// again after a call of which the first issue was untouched, but the outcome of
// later writes is unknown: a repetition would send them twice.
func TestConfirmationOfUncertainWritesIsUsedUp(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	list := []string{"HELP-1"} // its workflow has no such transition
	for n := 1; len(list) < 15; n++ {
		list = append(list, fmt.Sprintf("PAY-%d", n))
	}
	sent := 0
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/transitions") {
			sent++
			return http.StatusBadGateway
		}
		return 0
	}})
	args := `{"issue":"` + strings.Join(list, ",") + `","to":"In Progress"}`
	call := toolstest.WithCode(args, b.Code("jira_transition_issue", args))
	text, _, failed := b.Call(t.Context(), "jira_transition_issue", call)
	if !failed || sent == 0 || !strings.Contains(text, "HELP-1 was NOT transitioned") {
		t.Fatalf("%v, %d sent: %s", failed, sent, text)
	}
	before := sent
	if text, _, _ = b.Call(t.Context(), "jira_transition_issue", call); sent != before {
		t.Errorf("%d writes were sent twice: %s", sent-before, text)
	}
}
