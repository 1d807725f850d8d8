package kit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// greeter is what its tools need.
type greeter struct{ greeting string }

type greetInput struct {
	Name string `json:"name" doc:"whom to greet"`
}

type greetOutput struct {
	Text string `json:"text"`
}

func (o *greetOutput) Markdown(m kit.Mark) string { return o.Text }

func (g greeter) greet(_ context.Context, in greetInput) (*greetOutput, error) {
	return &greetOutput{g.greeting + ", " + in.Name}, nil
}

// A tool is declared around a method. The catalogue contains no environment;
// the receiver is made from the runner's when the tool is called.
func ExampleDefine() {
	catalog := kit.Group(func(greeting string) greeter { return greeter{greeting} },
		kit.Define(kit.Spec{Name: "greet", Title: "Greet", Description: "Greet a person.", Effect: kit.Read, Toolset: "people"}, greeter.greet))

	runner := &kit.Runner{Environment: "Good morning", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Hooks: kit.Hooks{Clean: func(text string) string { return text }}}
	for _, arguments := range []string{`{"name":"Ana"}`, `{"nane":"Ana"}`} {
		var req mcp.CallToolRequest
		req.Params.RawArguments = json.RawMessage(arguments)
		res := runner.Call(context.Background(), catalog[0], req)
		fmt.Println(res.IsError, res.Content[0].(mcp.TextContent).Text)
	}
	// Output:
	// false Good morning, Ana
	// true unknown argument "nane"; "name" is missing. Nothing was done.
	// Arguments of greet: name (required).
}
