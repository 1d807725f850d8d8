package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// talker sends requests as a user and returns the answers: over one transport and in
// one protocol era.
type talker interface {
	ask(method, name string, params map[string]any) string
}

// ask sends a request in a session of the protocol before 2026-07-28.
func (s session) ask(method, _ string, params map[string]any) string {
	s.company.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
	if err != nil {
		s.company.t.Fatal(err)
	}
	return s.post(string(body)).body
}

// sseTalker is a connection over SSE.
type sseTalker struct {
	*caller
	lines <-chan string
	query string
	id    int
	meta  map[string]any // of each request in the protocol of 2026-07-28; nil for earlier ones
}

// connect opens a connection over SSE.
func (u *caller) connect(ctx context.Context) *sseTalker {
	u.company.t.Helper()
	s := &sseTalker{caller: u}
	s.lines, s.query = u.sseStream(ctx)
	s.ask("initialize", "", map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "t", "version": "1"}})
	u.send(http.MethodPost, "/message"+s.query, nil, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return s
}

// ask sends a request and waits for its answer on the stream.
func (s *sseTalker) ask(method, _ string, params map[string]any) string {
	s.company.t.Helper()
	s.id++
	if s.meta != nil {
		if params == nil {
			params = map[string]any{}
		}
		params["_meta"] = s.meta
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": s.id, "method": method, "params": params})
	if err != nil {
		s.company.t.Fatal(err)
	}
	if got := s.send(http.MethodPost, "/message"+s.query, nil, string(body)); got.status != http.StatusAccepted {
		s.company.t.Errorf("%s: %d %s", method, got.status, got.body)
	}
	limit := time.After(20 * time.Second)
	for {
		select {
		case line := <-s.lines:
			if strings.Contains(line, fmt.Sprintf(`"id":%d,`, s.id)) {
				return line
			}
		case <-limit:
			s.company.t.Fatalf("no answer to %s", method)
		}
	}
}

// TestUsersSeeNothingOfEachOther runs every tool, prompt and resource as three users
// at the same time, whose issues have the same keys and other texts. All of them run
// over streamable HTTP in the protocol of 2026-07-28; with JIRA_MCP_MATRIX=full, as in
// .ci/full, also in the sessions of earlier protocols and over SSE.
func TestUsersSeeNothingOfEachOther(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name, transport string
		isFull          bool
		talk            func(*caller) talker
	}{
		{"requests", "http", false, func(u *caller) talker { return u }},
		{"sessions", "http", true, func(u *caller) talker { return u.open() }},
		{"SSE", "sse", true, func(u *caller) talker { return u.connect(t.Context()) }},
		{"SSE without a handshake", "sse", true, func(u *caller) talker {
			s := &sseTalker{caller: u, meta: modernMeta}
			s.lines, s.query = u.sseStream(t.Context())
			return s
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			if way.isFull && os.Getenv("JIRA_MCP_MATRIX") != "full" {
				t.Skip("JIRA_MCP_MATRIX=full runs it; TestSessionsOfOthers and TestStreamsOfOthers are samples")
			}
			c := newCompany(t, 3, way.transport, map[string]string{"JIRA_MCP_WRITES_PER_MINUTE": "0"})
			if way.transport == "sse" {
				c.url = strings.TrimSuffix(c.url, "/sse")
			}
			var wg sync.WaitGroup
			for _, u := range c.callers {
				wg.Go(func() { u.useEverything(t, way.talk(u)) })
			}
			wg.Wait()
			c.stop()
			<-c.done
			c.done <- nil
			c.checkIsolation()
		})
	}
}

// useEverything makes one call of each tool, and asks for each prompt, resource and
// completion.
func (u *caller) useEverything(t *testing.T, talk talker) {
	for tool, args := range callOfTool {
		if text := talk.ask("tools/call", tool, map[string]any{"name": tool, "arguments": json.RawMessage(u.fill(args))}); !strings.Contains(text, `"result"`) || strings.Contains(text, `"isError":true`) {
			t.Errorf("%s, %s %s: %.600s", u.name, tool, args, text)
		}
	}
	var lists struct {
		Result struct {
			Tools, Prompts, Resources []struct {
				Name, URI string
				Arguments []struct{ Name string }
			}
			ResourceTemplates []struct{ URITemplate string }
		}
	}
	for _, method := range []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list"} {
		if err := json.Unmarshal([]byte(talk.ask(method, "", nil)), &lists); err != nil {
			t.Error(method, err)
		}
	}
	for _, tool := range lists.Result.Tools {
		if callOfTool[tool.Name] == "" {
			t.Errorf("there is no call of %s", tool.Name)
		}
	}
	values := map[string]string{"issue": "PAY-9", "key": "PAY-9", "project": "PAY", "board": "PAY board", "sprint": "current", "version": "24.12", "intent": "say that it is fixed", "summary": "Card payments fail", "person": "Ben Okafor", "filter": "open bugs"}
	for _, p := range lists.Result.Prompts {
		args := map[string]any{}
		for _, a := range p.Arguments {
			if values[a.Name] != "" {
				args[a.Name] = values[a.Name]
			}
			talk.ask("completion/complete", "", map[string]any{"ref": map[string]any{"type": "ref/prompt", "name": p.Name}, "argument": map[string]any{"name": a.Name, "value": "P"}})
		}
		if text := talk.ask("prompts/get", p.Name, map[string]any{"name": p.Name, "arguments": args}); !strings.Contains(text, `"messages"`) {
			t.Errorf("%s, prompt %s %v: %.300s", u.name, p.Name, args, text)
		}
	}
	for _, r := range lists.Result.Resources {
		talk.ask("resources/read", r.URI, map[string]any{"uri": r.URI})
	}
	for _, r := range lists.Result.ResourceTemplates {
		uri := strings.NewReplacer("issue/{key}", "issue/PAY-9", "project/{key}", "project/PAY", "attachment/{id}", "attachment/"+u.anAttachment(), "filter/{id}", "filter/"+u.jira.Site().Filters[0].ID,
			"board/{id}", fmt.Sprint("board/", u.jira.Site().Boards[0].ID)).Replace(r.URITemplate)
		for name, value := range values {
			uri = strings.ReplaceAll(uri, "{"+name+"}", strings.ReplaceAll(value, " ", "%20"))
		}
		if text := talk.ask("resources/read", uri, map[string]any{"uri": uri}); !strings.Contains(text, `"contents"`) {
			t.Errorf("%s, resource %s: %.300s", u.name, uri, text)
		}
	}
}
