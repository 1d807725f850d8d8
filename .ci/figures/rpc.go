package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// protocolVersion is the MCP revision that the handshake requests.
const protocolVersion = "2025-11-25"

// requestTimeout bounds the wait for a single answer.
const requestTimeout = 20 * time.Second

// client sends JSON-RPC messages to an MCP server.
type client interface {
	// request sends a request and waits for its answer.
	request(ctx context.Context, method string, params any) (reply, error)
	// notify sends a notification, which has no answer.
	notify(ctx context.Context, method string) error
}

// reply is the answer to a request, with the moments of sending and arrival.
type reply struct {
	result   json.RawMessage
	sent, at time.Time
}

// took returns the time between the request and its answer.
func (r reply) took() time.Duration { return r.at.Sub(r.sent) }

// message is a JSON-RPC message in either direction.
type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      *int64          `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// reply returns the answer's result, or the error that it carries.
func (m message) reply(sent, at time.Time) (reply, error) {
	if m.Error != nil {
		return reply{}, fmt.Errorf("error %d: %s", m.Error.Code, m.Error.Message)
	}
	return reply{result: m.Result, sent: sent, at: at}, nil
}

// handshake opens the session and returns the answer to initialize.
func handshake(ctx context.Context, c client) (reply, error) {
	r, err := c.request(ctx, "initialize", map[string]any{
		"protocolVersion": protocolVersion,
		"capabilities":    map[string]any{},
		"clientInfo":      map[string]any{"name": "figures", "version": "1"},
	})
	if err != nil {
		return reply{}, fmt.Errorf("initialize: %w", err)
	}
	if err := c.notify(ctx, "notifications/initialized"); err != nil {
		return reply{}, fmt.Errorf("notifications/initialized: %w", err)
	}
	return r, nil
}

// toolCall is a tool and the arguments to call it with.
type toolCall struct {
	tool string
	args any
}

// getCall returns the call that gets the issue of a number.
func getCall(number int) toolCall {
	return toolCall{"jira_get_issue", map[string]any{"issues": []string{fmt.Sprintf("PAY-%d", number)}}}
}

// searchCall returns the call that searches for a page of fifty issues.
func searchCall() toolCall {
	return toolCall{"jira_search", map[string]any{"jql": "project = PAY", "limit": 50}}
}

// do calls the tool. A tool error, or a result without content, is an error.
func (t toolCall) do(ctx context.Context, c client) (reply, error) {
	r, err := c.request(ctx, "tools/call", map[string]any{"name": t.tool, "arguments": t.args})
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", t.tool, err)
	}
	var got struct {
		IsError bool              `json:"isError"`
		Content []json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(r.result, &got); err != nil {
		return reply{}, fmt.Errorf("%s: %w", t.tool, err)
	}
	if got.IsError || len(got.Content) == 0 {
		return reply{}, fmt.Errorf("%s answered %.300s", t.tool, r.result)
	}
	return r, nil
}
