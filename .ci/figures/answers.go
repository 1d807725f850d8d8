package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tiktoken-go/tokenizer"
)

// answerCalls are calls whose answers are measured, over the embedded Jira.
var answerCalls = []struct {
	name string
	call toolCall
}{
	{"get of PAY-1", toolCall{"jira_get_issue", map[string]any{"issues": []string{"PAY-1"}}}},
	{"search of 50", toolCall{"jira_search", map[string]any{"jql": "project = PAY ORDER BY key", "limit": 50}}},
	{"sprint report", toolCall{"jira_sprint_report", map[string]any{"project": "PAY"}}},
}

// answers counts what a client's model sees of tools/list and of some answers, in
// tokens, without and with structured content. Clients such as Claude Code, Codex,
// opencode and VS Code show the model the structured content in place of the text
// where both are sent.
func (b *suite) answers(ctx context.Context) []figure {
	var out []figure
	for _, setting := range []struct {
		name string
		args []string
	}{{"text", nil}, {"structured", []string{"--structured"}}} {
		measured, err := b.answersWith(ctx, setting.args)
		if err != nil {
			return append(out, failed(err, "", "answers, "+setting.name)...)
		}
		for _, f := range measured {
			f.name += ", " + setting.name
			out = append(out, f)
		}
	}
	return out
}

// answersWith measures one setting of serve.
func (b *suite) answersWith(ctx context.Context, args []string) (out []figure, err error) {
	c, err := b.startStdio(ctx, b.binary, append([]string{"serve", "--sandbox"}, args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		return nil, err
	}
	if _, err := handshake(ctx, c); err != nil {
		return nil, err
	}
	list, err := c.request(ctx, "tools/list", map[string]any{})
	if err != nil {
		return nil, err
	}
	out = append(out, figure{name: "tools/list", measured: fmt.Sprintf("%d bytes", len(list.result)), bound: "-", ok: true})
	for _, a := range answerCalls {
		r, err := a.call.do(ctx, c)
		if err != nil {
			return out, err
		}
		n, err := codec.Count(seenByModel(r.result))
		if err != nil {
			return out, err
		}
		out = append(out, figure{name: "answer to a " + a.name, measured: fmt.Sprintf("%d tokens", n), bound: "-", ok: true})
	}
	return out, nil
}

// seenByModel returns the part of a result that the model gets: the structured
// content if there is any, else the texts.
func seenByModel(result json.RawMessage) string {
	var r struct {
		Content           []struct{ Text string }
		StructuredContent json.RawMessage `json:"structuredContent"`
	}
	if json.Unmarshal(result, &r) != nil {
		return string(result)
	}
	if len(r.StructuredContent) > 0 {
		return string(r.StructuredContent)
	}
	text := ""
	for _, c := range r.Content {
		text += c.Text
	}
	return text
}
