package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tiktoken-go/tokenizer"
)

// The bounds of the measurement.
const (
	tokenBound   = 3500 // for the twenty tools that are on by default
	maxToolPages = 20   // of tools/list, to notice a cursor that never ends
)

// tool is the part of a tool that a model reads, as it was sent.
type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

// tokens counts the tokens that the tools occupy in a model's context, by the
// encoding o200k_base.
func (b *suite) tokens(ctx context.Context) []figure {
	const name = "tokens of all tools (o200k_base)"
	bound := fmt.Sprintf("<= %d", tokenBound)
	tools, err := b.listTools(ctx)
	if err != nil {
		return failed(err, bound, name)
	}
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		return failed(err, bound, name)
	}
	total := 0
	for _, t := range tools {
		sum := 0
		for _, part := range []string{t.Name, t.Description, string(t.InputSchema)} {
			n, err := codec.Count(part)
			if err != nil {
				return failed(err, bound, name)
			}
			sum += n
		}
		if b.verbose {
			fmt.Printf("%5d tokens  %s\n", sum, t.Name)
		}
		total += sum
	}
	return []figure{{
		name: name, measured: fmt.Sprintf("%d in %d tools", total, len(tools)),
		bound: bound, ok: total <= tokenBound,
	}}
}

// listTools returns the tools that jira-mcp offers, from all pages of
// tools/list.
func (b *suite) listTools(ctx context.Context) (tools []tool, err error) {
	c, err := b.startStdio(ctx, b.binary)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if _, err := handshake(ctx, c); err != nil {
		return nil, err
	}
	params := map[string]any{}
	for range maxToolPages {
		r, err := c.request(ctx, "tools/list", params)
		if err != nil {
			return nil, err
		}
		var page struct {
			Tools      []tool `json:"tools"`
			NextCursor string `json:"nextCursor"`
		}
		if err := json.Unmarshal(r.result, &page); err != nil {
			return nil, err
		}
		tools = append(tools, page.Tools...)
		if page.NextCursor == "" {
			return tools, nil
		}
		params["cursor"] = page.NextCursor
	}
	return nil, fmt.Errorf("more than %d pages of tools", maxToolPages)
}
