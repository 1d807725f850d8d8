package prompts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// Registry holds what people select in their client: prompts and resources, and
// the completions of their arguments. Everything in them is read by tools, through
// the one path that calls take: within the policy, the fence and the budget,
// sanitized, and noted in the audit.
type Registry struct {
	Options
	catalog map[string]kit.Tool // by name; internal tools by name and title
}

// Options are what a registry works with. Env, Catalog, Runner and Log belong to
// one Jira user's server.
type Options struct {
	Env     env.Env
	Catalog []kit.Tool
	Runner  *kit.Runner
	Policy  policy.Policy
	Log     *slog.Logger
	// Life bounds how long a prompt, a resource or a completion is worked on;
	// as long as its context lives when nil.
	Life func(context.Context) (context.Context, context.CancelFunc)
}

// New returns a registry.
func New(o Options) *Registry {
	if o.Life == nil {
		o.Life = context.WithCancel
	}
	r := &Registry{Options: o, catalog: map[string]kit.Tool{}}
	for _, t := range o.Catalog {
		r.catalog[t.Name] = t
	}
	for _, t := range append(defineReads(), defineCompletions(r.catalog)...) {
		r.catalog[t.Name+" "+t.Title] = t
	}
	return r
}

// ServerOptions let an MCP server show prompts, resources and completions.
func (m *Registry) ServerOptions() []server.ServerOption {
	c := completions{m}
	return []server.ServerOption{server.WithCompletions(), server.WithPromptCompletionProvider(c), server.WithResourceCompletionProvider(c),
		server.WithPromptCapabilities(false), server.WithResourceCapabilities(false, false), server.WithPromptFilter(m.promptsFor)}
}

// Add puts the entries that the policy lets be into a server.
func (m *Registry) Add(s *server.MCPServer, hooks *server.Hooks) {
	m.addPrompts(s)
	m.addResources(s)
	hooks.AddAfterListResourceTemplates(func(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
		result.ResourceTemplates = slices.DeleteFunc(slices.Clone(result.ResourceTemplates), func(t mcp.ResourceTemplate) bool {
			n := slices.IndexFunc(resources(), func(r resource) bool { return r.name == t.Name })
			return n >= 0 && !m.visible(ctx, resources()[n].uses)
		})
	})
}

// promptsFor leaves out what this caller does not want to see.
func (m *Registry) promptsFor(ctx context.Context, list []mcp.Prompt) []mcp.Prompt {
	return slices.DeleteFunc(slices.Clone(list), func(p mcp.Prompt) bool {
		n := slices.IndexFunc(prompts(), func(own prompt) bool { return own.name == p.Name })
		return n >= 0 && !m.visible(ctx, prompts()[n].uses)
	})
}

// ToolsUsed are the tools of a catalogue that prompts and resources use under a
// policy beside those that it offers.
func ToolsUsed(p policy.Policy, all []kit.Tool) []kit.Tool {
	m := New(Options{Catalog: all, Policy: p})
	var uses []string
	for _, entry := range prompts() {
		if m.offers(entry.uses) {
			uses = append(uses, entry.uses...)
		}
	}
	for _, entry := range resources() {
		if m.offers(entry.uses) {
			uses = append(uses, entry.uses...)
		}
	}
	var out []kit.Tool
	for _, name := range uses {
		if !p.Offers(m.catalog[name].Spec) && !slices.ContainsFunc(out, func(t kit.Tool) bool { return t.Name == name }) {
			out = append(out, m.catalog[name])
		}
	}
	return out
}

type internalKey struct{}

// IsInternalCall reports a call that a prompt or a resource makes.
func IsInternalCall(ctx context.Context) bool { return ctx.Value(internalKey{}) != nil }

// OnDemand returns a tool as prompts and resources call it: it need not be offered
// by default, since a person asked for it. What a policy excludes, or leaves out of
// its lists, stays out.
func OnDemand(t kit.Spec) kit.Spec {
	t.Default = true
	return t
}

// offers reports whether the policy lets the menu use these tools.
func (m *Registry) offers(uses []string) bool {
	for _, name := range uses {
		if m.Policy.Why(OnDemand(m.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// visible reports whether this caller is offered what uses these tools.
func (m *Registry) visible(ctx context.Context, uses []string) bool {
	for _, name := range uses {
		if policy.Narrowed(ctx, OnDemand(m.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// call calls a tool, and gives its answer.
func (m *Registry) call(ctx context.Context, name string, in any) (*mcp.CallToolResult, error) {
	tool, ok := m.catalog[name]
	if !ok {
		return nil, fmt.Errorf("there is no tool %s", name)
	}
	data, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.RawArguments = tool.Name, data
	res := m.Runner.Call(context.WithValue(ctx, internalKey{}, true), tool, req)
	if res.IsError {
		return nil, errors.New(textOf(res))
	}
	return res, nil
}

// text is ask for the words of the answer.
func (m *Registry) text(ctx context.Context, name string, in any) (string, error) {
	res, err := m.call(ctx, name, in)
	if err != nil {
		return "", err
	}
	return textOf(res), nil
}

// sanitizeError is an error as it may leave: it can hold names from Jira.
func (m *Registry) sanitizeError(err error) error {
	return errors.New(kit.Plain(m.Runner.Hooks.Clean(kit.ErrorText(err))))
}

func textOf(res *mcp.CallToolResult) string {
	text := ""
	for _, c := range res.Content {
		if t, ok := c.(mcp.TextContent); ok {
			text += t.Text
		}
	}
	return text
}

// recoverPanic keeps a panic from ending the session.
func (m *Registry) recoverPanic(ctx context.Context, what string, err *error) {
	if p := recover(); p != nil {
		m.Log.ErrorContext(ctx, "a menu entry panicked", "entry", what, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		*err = errors.New("internal error in " + what + "; the server's log has the details")
	}
}

// defineReads declares tools that only prompts and resources call. Each has the
// name of the one in the catalogue whose reading it does, and so is allowed and
// noted like that.
func defineReads() []kit.Tool {
	return kit.Group(newReader,
		kit.Define(kit.Spec{Name: "jira_get_issue", Title: titleReaders, Description: "Tell who may be notified of a comment.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpGetIssue), Optional: operation.Keys(jira.OpWatchers)}, (*reader).commentReaders),
		kit.Define(kit.Spec{Name: "jira_search", Title: titleAlike, Description: "Find open issues that look like one to be.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpSearch)}, (*reader).similarIssues),
		kit.Define(kit.Spec{Name: "jira_get_attachment", Title: titleFile, Description: "Read a file as it is.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpAttachmentContent)}, (*reader).file),
	)
}

// reader has the handlers of the tools that only prompts and resources call.
type reader struct{ env.Env }

func newReader(e env.Env) *reader { return &reader{e} }

const (
	titleReaders = "Who reads a comment"
	titleAlike   = "Issues that look alike"
	titleFile    = "Read a file by its number"
)
