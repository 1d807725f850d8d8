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

// registry is what people pick from themselves: prompts and resources, and the
// completions of their arguments. All that they hold is read by tools, on the one
// way that calls take: within the policy, the fence and the budget, cleaned, and
// noted in the audit.
type registry struct {
	env.Env
	runner  *kit.Runner
	policy  policy.Policy
	log     *slog.Logger
	catalog map[string]kit.Tool
	Life    func(context.Context) (context.Context, context.CancelFunc)
}

func NewRegistry(d env.Env, all []kit.Tool, runner *kit.Runner, policy policy.Policy, log *slog.Logger) *registry {
	m := &registry{Env: d, runner: runner, policy: policy, log: log, catalog: map[string]kit.Tool{}, Life: context.WithCancel}
	for _, t := range all {
		m.catalog[t.Name] = t
	}
	for _, t := range append(m.internalTools(), completions{m}.internalTools()...) {
		m.catalog[t.Name+" "+t.Title] = t
	}
	return m
}

// Options make a server that can show the menu.
func (m *registry) Options() []server.ServerOption {
	c := completions{m}
	return []server.ServerOption{server.WithCompletions(), server.WithPromptCompletionProvider(c), server.WithResourceCompletionProvider(c),
		server.WithPromptCapabilities(false), server.WithResourceCapabilities(false, false), server.WithPromptFilter(m.promptsFor)}
}

// Add puts the entries that the policy lets be into a server.
func (m *registry) Add(s *server.MCPServer, hooks *server.Hooks) {
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
func (m *registry) promptsFor(ctx context.Context, list []mcp.Prompt) []mcp.Prompt {
	return slices.DeleteFunc(slices.Clone(list), func(p mcp.Prompt) bool {
		n := slices.IndexFunc(prompts(), func(own prompt) bool { return own.name == p.Name })
		return n >= 0 && !m.visible(ctx, prompts()[n].uses)
	})
}

// ToolsUsed are the tools of a catalogue that prompts and resources use under a
// policy beside those that it offers.
func ToolsUsed(p policy.Policy, all []kit.Tool) []kit.Tool {
	m := NewRegistry(env.Env{}, all, nil, p, nil)
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

type fromMenuKey struct{}

// FromMenu reports a call that a prompt or a resource makes. Its tools need not be
// offered unasked: a person asked. What a policy excludes, or leaves out of its
// lists, stays out.
func FromMenu(ctx context.Context) bool { return ctx.Value(fromMenuKey{}) != nil }

// Picked is a tool as the menu calls it.
func Picked(t kit.Spec) kit.Spec {
	t.Default = true
	return t
}

// offers reports whether the policy lets the menu use these tools.
func (m *registry) offers(uses []string) bool {
	for _, name := range uses {
		if m.policy.Why(Picked(m.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// visible reports whether this caller is offered what uses these tools.
func (m *registry) visible(ctx context.Context, uses []string) bool {
	for _, name := range uses {
		if policy.Narrowed(ctx, Picked(m.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// call calls a tool, and gives its answer.
func (m *registry) call(ctx context.Context, name string, in any) (*mcp.CallToolResult, error) {
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
	res := m.runner.Call(context.WithValue(ctx, fromMenuKey{}, true), tool, req)
	if res.IsError {
		return nil, errors.New(textOf(res))
	}
	return res, nil
}

// text is ask for the words of the answer.
func (m *registry) text(ctx context.Context, name string, in any) (string, error) {
	res, err := m.call(ctx, name, in)
	if err != nil {
		return "", err
	}
	return textOf(res), nil
}

// sanitizeError is an error as it may leave: it can hold names from Jira.
func (m *registry) sanitizeError(err error) error {
	return errors.New(kit.Plain(m.runner.Hooks.Clean(kit.ErrorText(err))))
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
func (m *registry) recoverPanic(ctx context.Context, what string, err *error) {
	if p := recover(); p != nil {
		m.log.ErrorContext(ctx, "a menu entry panicked", "entry", what, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		*err = errors.New("internal error in " + what + "; the server's log has the details")
	}
}

// internalTools are tools that only the menu calls. Each goes by the name of the one in the
// catalogue whose reading it does, and so is allowed and noted like that.
func (m *registry) internalTools() []kit.Tool {
	return []kit.Tool{
		kit.Define(kit.Spec{Name: "jira_get_issue", Title: titleReaders, Description: "Tell who may be notified of a comment.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpGetIssue), Optional: operation.Keys(jira.OpWatchers)}, m.readers),
		kit.Define(kit.Spec{Name: "jira_search", Title: titleAlike, Description: "Find open issues that look like one to be.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpSearch)}, m.similarIssues),
		kit.Define(kit.Spec{Name: "jira_get_attachment", Title: titleFile, Description: "Read a file as it is.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpAttachmentContent)}, m.file),
	}
}

const (
	titleReaders = "Who reads a comment"
	titleAlike   = "Issues that look alike"
	titleFile    = "Read a file by its number"
)
