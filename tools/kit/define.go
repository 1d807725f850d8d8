package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Tool is a declared tool. It is data that belongs to no user: its description,
// its schemas and how its arguments are read. A [Runner] calls it for one user.
type Tool struct {
	Spec
	// The schemas are built when they are first needed: most processes use a
	// few tools, and none before it has answered the handshake.
	in, out func() *object
	schemas *schemas
	decode  func(args json.RawMessage, r *Runner) (any, controlArguments, error)
	group   *group
	run     func(ctx context.Context, receiver, in any) (Output, error)
}

// group is what tools that were declared together share: one receiver for each
// user, made once from the runner's environment.
type group struct {
	newReceiver func(environment any) any
}

// Definition is a tool whose handler is a method of G.
type Definition[G any] struct{ tool Tool }

// Define declares a tool around a handler, which is written as a method
// expression:
//
//	kit.Define(kit.Spec{Name: "jira_get_issue", …}, (*readTools).get)
//
// It panics on a mistake of the programmer: an incomplete Spec, the output of a
// writing tool that does not embed [DryRunResult], the input of a tool with
// many targets that is no [Describer].
func Define[G, In any, Out Output](spec Spec, handler func(G, context.Context, In) (Out, error)) Definition[G] {
	if spec.Name == "" || spec.Title == "" || spec.Description == "" || spec.Effect == "" || spec.Toolset == "" {
		panic(fmt.Sprintf("kit: tool %q is not fully described", spec.Name))
	}
	t := Tool{Spec: spec, out: sync.OnceValue(outputOf[Out]), schemas: &schemas{}}
	t.in = sync.OnceValue(func() *object {
		o := inputOf[In]()
		o.fields = append(o.fields, optionFields(spec)...)
		return o
	})
	var out Out
	if _, ok := any(out).(dryRunOutput); spec.Effect.Writes() && !ok {
		panic(fmt.Sprintf("kit: tool %q writes, but %T does not embed DryRunResult", spec.Name, out))
	}
	var in In
	if _, ok := any(in).(Describer); spec.ManyTargets && !ok {
		panic(fmt.Sprintf("kit: tool %q writes to many targets, but %T does not implement Describer", spec.Name, in))
	}
	t.decode = func(args json.RawMessage, r *Runner) (any, controlArguments, error) {
		var in In
		options, err := t.in().decode(spec.Name, args, &in, decodeOptions{allowed: r.Allowed, synonyms: r.Synonyms, defaults: r.Defaults, argumentHints: spec.ArgumentHints})
		return in, options, err
	}
	t.run = func(ctx context.Context, receiver, in any) (Output, error) {
		out, err := handler(receiver.(G), ctx, in.(In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	return Definition[G]{t}
}

// Group returns tools that share a receiver. newReceiver makes it, once for
// each user, from the environment of the [Runner].
func Group[E, G any](newReceiver func(E) G, definitions ...Definition[G]) []Tool {
	g := &group{func(environment any) any {
		e, ok := environment.(E)
		if !ok && environment != nil {
			panic(fmt.Sprintf("kit: the environment is a %T, but the tools need a %T", environment, e))
		}
		return newReceiver(e)
	}}
	tools := make([]Tool, len(definitions))
	for n, d := range definitions {
		tools[n] = d.tool
		tools[n].group = g
	}
	return tools
}

// InputSchema returns the tool's JSON schema as it is sent: without the
// arguments whose effect is not allowed.
func (t Tool) InputSchema(allowed func(Effect) bool) json.RawMessage {
	key := ""
	for _, e := range Effects {
		if allowed == nil || allowed(e) {
			key += string(e) + " "
		}
	}
	return t.schemas.get(key, func() json.RawMessage { return t.in().schema(allowed) })
}

// OutputSchema returns the JSON schema of the structured content. It has a
// member for the notes of the call beside those of the output.
func (t Tool) OutputSchema() json.RawMessage {
	return t.schemas.get("output", func() json.RawMessage {
		o := *t.out()
		o.fields = append(slices.Clone(o.fields), &field{name: notesMember, kind: "array", items: &field{kind: "string"}})
		return o.schema(nil)
	})
}

// schemas holds the schemas of a tool that were rendered so far. Servers for
// different users share them; nobody changes them. It is safe for concurrent use.
type schemas struct{ rendered sync.Map } // json.RawMessage by the effects that are allowed, or "output"

// get returns a schema, rendered at most once unless two callers need it at the
// same time.
func (s *schemas) get(key string, render func() json.RawMessage) json.RawMessage {
	if known, ok := s.rendered.Load(key); ok {
		return known.(json.RawMessage) //nolint:forcetypeassert // nothing else is stored
	}
	known, _ := s.rendered.LoadOrStore(key, render())
	return known.(json.RawMessage) //nolint:forcetypeassert // see above
}
