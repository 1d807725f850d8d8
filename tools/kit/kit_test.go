package kit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// in is an input with every kind of field and every tag.
type in struct {
	Name   string   `json:"name" doc:"who"`
	Age    int      `json:"age,omitempty" min:"1" max:"120" default:"30"`
	Tall   bool     `json:"tall,omitempty"`
	Tags   []string `json:"tags,omitempty" enum:"a,b" max:"2"`
	Weight float64  `json:"weight,omitempty"`
	Note   string   `json:"note,omitempty" effect:"comment"`
	Pairs  []pair   `json:"pairs,omitempty"`
	Op     string   `json:"op,omitempty" enum:"set,add" default:"set"`
	Loose  string   `json:"loose,omitempty" loose:"true"`
}

// pair is the item of a list of objects.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// out is an output that trims itself by its last item.
type out struct {
	Text  string            `json:"text"`
	Items []string          `json:"items,omitempty"`
	Map   map[string]string `json:"map,omitempty"`
	Count *int              `json:"count,omitempty"`
	kit.DryRunResult
}

func (o *out) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	return o.Text + strings.Join(o.Items, "")
}

func (o *out) Trim(*kit.Room) bool {
	if len(o.Items) == 0 {
		return false
	}
	o.Items = o.Items[:len(o.Items)-1]
	return true
}

// spec is the smallest Spec that Define accepts.
var spec = kit.Spec{Name: "t", Title: "T", Description: "Does it.", Effect: kit.Create, Toolset: "x"}

// define declares a tool around a function, in a group of its own.
func define[In any, Out kit.Output](s kit.Spec, handler func(context.Context, In) (Out, error)) kit.Tool {
	return kit.Group(func(any) struct{} { return struct{}{} },
		kit.Define(s, func(_ struct{}, ctx context.Context, in In) (Out, error) { return handler(ctx, in) }))[0]
}

// runner returns a runner without hooks that do anything.
func runner() *kit.Runner {
	return &kit.Runner{Hooks: kit.Hooks{Clean: func(s string) string { return s }}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Structured: true}
}

// call calls a tool and returns its result and the result's text.
func call(r *kit.Runner, t kit.Tool, args string) (*mcp.CallToolResult, string) {
	return callWith(context.Background(), r, t, args)
}

func callWith(ctx context.Context, r *kit.Runner, t kit.Tool, args string) (*mcp.CallToolResult, string) {
	req := mcp.CallToolRequest{}
	req.Params.RawArguments = json.RawMessage(args)
	res := r.Call(ctx, t, req)
	return res, res.Content[0].(mcp.TextContent).Text
}

// echo returns a tool that stores its input in got.
func echo(got *in) kit.Tool {
	return define(spec, func(_ context.Context, i in) (*out, error) { *got = i; return &out{Text: "ok"}, nil })
}

// TestSchemaIsPortableAndInOrder checks the exact schemas: in the order of the
// struct, with the keywords that every provider accepts.
func TestSchemaIsPortableAndInOrder(t *testing.T) {
	const want = `{"type":"object","properties":{"name":{"type":"string","description":"who"},` +
		`"age":{"type":"integer","minimum":1,"maximum":120,"default":30},"tall":{"type":"boolean"},` +
		`"tags":{"type":"array","items":{"type":"string","enum":["a","b"]},"maxItems":2},"weight":{"type":"number"},"note":{"type":"string"},` +
		`"pairs":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},"value":{"type":"string"}},"required":["key"],"additionalProperties":false}},` +
		`"op":{"type":"string","enum":["set","add"],"default":"set"},"loose":{"type":"string"},` +
		`"dry_run":{"type":"boolean"}},"required":["name"],"additionalProperties":false}`
	var got in
	if s := string(echo(&got).InputSchema(nil)); s != want {
		t.Errorf("schema\n%s\nwant\n%s", s, want)
	}
	withheld := string(echo(&got).InputSchema(func(e kit.Effect) bool { return e != kit.Comment }))
	if strings.Contains(withheld, "note") {
		t.Error("an argument whose effect is not allowed is in the schema")
	}
	const wantOut = `{"type":"object","properties":{"text":{"type":"string"},"items":{"type":"array","items":{"type":"string"}},` +
		`"map":{"type":"object","additionalProperties":{"type":"string"}},"count":{"type":"integer"},"dry_run":{"type":"object","properties":{"would":{"type":"string"},"changes":{"type":"array","items":{"type":"object",` +
		`"properties":{"field":{"type":"string"},"before":{"type":"string"},"after":{"type":"string"}},"required":["field"]}},"also":{"type":"array","items":{"type":"string"}},` +
		`"may_notify":{"type":"array","items":{"type":"string"}},"confirm":{"type":"string"},"needs":{"type":"string"}},"required":["would"]},"call_notes":{"type":"array","items":{"type":"string"}}},"required":["text"]}`
	if s := string(echo(&got).OutputSchema()); s != wantOut {
		t.Errorf("output schema\n%s\nwant\n%s", s, wantOut)
	}
}

// TestArguments checks which arguments are accepted, and that every problem is
// named together with the valid arguments.
func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args string
		has  []string // problems; none when the call is fine
	}{
		{`{"name":"Ana"}`, nil},
		{`{"name":"Ana","age":"42","tall":"true","tags":["a"],"weight":1.5,"loose":5,"pairs":[{"key":"k"}],"note":null,"op":null}`, nil},
		{`{"name":"Ana","loose":["a","b"]}`, nil},
		{``, []string{`"name" is missing`}},
		{`null`, []string{`"name" is missing`}},
		{`{"name":null}`, []string{`"name" is missing`}},
		{`{"name":""}`, []string{`"name" is missing`}},
		{`{"name":"null"}`, []string{`"name" is missing`}},
		{`{"name":5,"age":1.5,"tall":"maybe","weight":"x"}`, []string{`"name" must be text, not a number`, `"age" must be a whole number`, `"tall" must be true or false, not text`, `"weight" must be a number, not text`}},
		{`{"name":"x","age":-1}`, []string{`"age" must be at least 1`}},
		{`{"name":"x","age":1e300}`, []string{`"age" must be at most`}},
		{`{"name":"x","tags":["c"]}`, []string{`"tags[0]" must be one of a, b, not "c"`}},
		{`{"name":"x","tags":["a","b","a"]}`, []string{"at most 2"}},
		{`{"name":"Ana","tags":"a, b"}`, nil},
		{`{"name":"x","tags":"a, c"}`, []string{`"tags[1]" must be one of a, b, not "c"`}},
		{`{"name":"x","tags":{"a":1}}`, []string{`"tags" must be a list, not an object`}},
		{`{"name":"x","pairs":"a"}`, []string{`"pairs" must be a list like`}},
		{`{"name":"x","Name":"y","extra":1}`, []string{`unknown argument "Name"`, // both are given
			`unknown argument "extra"`}},
		{`{"name":"x","pairs":[{"kee":1}]}`, []string{`unknown argument "pairs[0].kee"`, `"pairs[0].key" is missing`}},
		{`{"name":"x","op":"drop"}`, []string{`"op" must be one of set, add`}},
		{`"text"`, []string{"arguments must be an object, not text"}},
	} {
		var got in
		res, text := call(runner(), echo(&got), c.args)
		if res.IsError != (len(c.has) > 0) {
			t.Errorf("%s: error %v: %s", c.args, res.IsError, text)
		}
		for _, has := range c.has {
			if !strings.Contains(text, has) || !strings.Contains(text, "Arguments of t: name (required), age") {
				t.Errorf("%s: %q does not say %q and what there is", c.args, text, has)
			}
		}
		if !res.IsError && (got.Name != "Ana" || got.Op != "set" || got.Age == 0) {
			t.Errorf("%s: read as %+v", c.args, got)
		}
	}
	r := runner()
	r.Allowed = func(e kit.Effect) bool { return e != kit.Comment }
	var got in
	if res, text := call(r, echo(&got), `{"name":"x","note":"hi"}`); !res.IsError || !strings.Contains(text, `"note" is not allowed here`) {
		t.Errorf("an argument whose effect is not allowed: %s", text)
	}
}

var errTest = errors.New("it broke")

// hinted is an error with a hint.
type hinted struct{ error }

func (hinted) Hint() string { return "Do this next." }

func TestErrorsBecomeResults(t *testing.T) {
	tool := define(spec, func(context.Context, in) (*out, error) { return nil, hinted{errors.New("it broke")} })
	if res, text := call(runner(), tool, `{"name":"x"}`); !res.IsError || text != "it broke\nDo this next." {
		t.Errorf("error: %q", text)
	}
}

func TestPanicBecomesAResultAndALoggedStack(t *testing.T) {
	var logged bytes.Buffer
	r := runner()
	r.Log = slog.New(slog.NewTextHandler(&logged, nil))
	tool := define(spec, func(context.Context, in) (*out, error) { panic("secret value") })
	res, text := call(r, tool, `{"name":"x"}`)
	if !res.IsError || !strings.Contains(text, "It may have been done anyway; check before trying again") || strings.Contains(text+logged.String(), "secret value") {
		t.Errorf("result %q, log %q", text, logged.String())
	}
	if !strings.Contains(logged.String(), "kit_test.go") {
		t.Errorf("no stack in the log: %q", logged.String())
	}
}

func TestBudgetTrimsThenCuts(t *testing.T) {
	r := runner()
	r.Budget = 1000
	many := define(spec, func(context.Context, in) (*out, error) {
		o := &out{Text: "head "}
		for range 50 {
			o.Items = append(o.Items, strings.Repeat("é", 100))
		}
		return o, nil
	})
	res, text := call(r, many, `{"name":"x"}`)
	if n := len([]rune(text)); n > 1000 || n < 700 || !strings.HasPrefix(text, "head ") {
		t.Errorf("%d characters: %.20q…", n, text)
	}
	if data := string(res.StructuredContent.(json.RawMessage)); len([]rune(data)) > 1000 {
		t.Errorf("%d characters of structured content", len([]rune(data)))
	}
	solid := define(spec, func(context.Context, in) (*out, error) { return &out{Text: strings.Repeat("é", 5000)}, nil })
	if _, text := call(r, solid, `{"name":"x"}`); len([]rune(text)) > 1000 || !strings.Contains(text, "[cut to fit: text: 5000 cut to ") {
		t.Errorf("%d characters", len([]rune(text)))
	}
}

func TestEverythingThatLeavesIsCleaned(t *testing.T) {
	const hidden = "\U000E0041\u202e"
	r := runner()
	r.Hooks.Clean = strings.NewReplacer("\U000E0041", "", "\u202e", "").Replace
	show := define(spec, func(context.Context, in) (*out, error) {
		return &out{Text: "a" + hidden + "b", Map: map[string]string{"k" + hidden: hidden + "v"}}, nil
	})
	res, text := call(r, show, `{"name":"x"}`)
	if text != "ab" || string(res.StructuredContent.(json.RawMessage)) != `{"text":"ab","map":{"k":"v"}}` {
		t.Errorf("%q, %s", text, res.StructuredContent)
	}
	fails := define(spec, func(context.Context, in) (*out, error) { return nil, errors.New("x" + hidden) })
	if _, text := call(r, fails, `{"name":"x"}`); text != "x" {
		t.Errorf("error %q", text)
	}
}

func TestHooks(t *testing.T) {
	var audit []kit.Call
	r := runner()
	r.Hooks.Audit = func(_ context.Context, c kit.Call) { audit = append(audit, c) }
	dry, writes := false, 0
	r.Hooks.BeforeWrite = func(context.Context, kit.Spec, int) (func(), error) { writes++; return nil, nil }
	tool := define(spec, func(ctx context.Context, _ in) (*out, error) {
		kit.RecordRequest(ctx, "trace")
		if dry = kit.IsDryRun(ctx); dry {
			return &out{DryRunResult: kit.DryRunResult{DryRun: &kit.Preview{Summary: "do it"}}}, nil
		}
		kit.RecordWrite(ctx)
		return &out{Text: "ok"}, nil
	})
	if _, text := call(r, tool, `{"name":"x","dry_run":true}`); !dry || text != "Dry run: nothing was sent. It would do it." || writes != 0 {
		t.Errorf("dry %v, %d writes, %q", dry, writes, text)
	}
	if len(audit) != 1 || audit[0].Outcome != kit.DryRun {
		t.Errorf("audit of a dry run %+v", audit)
	}
	audit = nil
	call(r, tool, `{"name":"x"}`)
	if dry || writes != 1 || len(audit) != 2 || audit[0].Took != 0 || audit[1].Took == 0 || audit[1].Failed || audit[1].Outcome != kit.Done || len(audit[1].Requests) != 1 || audit[0].ID != audit[1].ID {
		t.Errorf("dry %v, audit %+v", dry, audit)
	}
	r.Hooks.BeforeWrite = func(context.Context, kit.Spec, int) (func(), error) { return nil, errors.New("enough") }
	if res, text := call(r, tool, `{"name":"x"}`); text != "enough" || !res.IsError {
		t.Errorf("a refused write: %q", text)
	}
}

func TestEffectsBecomeHints(t *testing.T) {
	for effect, want := range map[kit.Effect][3]bool{ // read-only, destructive, idempotent
		kit.Read: {true, false, true}, kit.Create: {false, false, false}, kit.Comment: {false, false, false}, kit.Transition: {false, false, false},
		kit.Edit: {false, true, false}, kit.Manage: {false, true, false}, kit.Delete: {false, true, true},
	} {
		h := effect.Annotations("x")
		if got := [3]bool{*h.ReadOnlyHint, *h.DestructiveHint, *h.IdempotentHint}; got != want || !*h.OpenWorldHint {
			t.Errorf("%s: %v, want %v", effect, got, want)
		}
	}
}

func TestProgrammersMistakesPanic(t *testing.T) {
	type bad struct {
		Any any `json:"any"`
	}
	for name, define := range map[string]func(){
		"no description": func() {
			define(kit.Spec{Name: "x"}, func(context.Context, in) (*out, error) { return nil, nil })
		},
		// A test of package tools builds the schemas of every tool of the
		// catalogue.
		"any in a schema": func() {
			define(spec, func(context.Context, bad) (*out, error) { return nil, nil }).InputSchema(nil)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			define()
		}()
	}
}
