// Package prompts has the prompts, resources and completions that people select
// in their MCP client. A prompt gives the model a task together with data from
// Jira, a resource is data under an address such as jira://issue/PAY-1, and a
// completion finishes what a person types into an argument of either.
//
// The data comes from tools of the catalogue, or from internal tools, which
// only this package calls. An internal tool has the name of the tool of the
// catalogue whose reading it does, so the same policy and audit apply to it: a
// server that excludes a tool offers no prompt that would read the same data.
//
// Read [Registry] first, which adds the entries to a server, decides which are
// offered, and calls the tools; then prompts.go with prompt_texts.go,
// resources.go and completions.go, and internal_tools.go last. A server uses
// the package so:
//
//	r := prompts.New(prompts.Options{Env: e, Catalog: catalog, Runner: runner, Policy: pol, Log: log})
//	s := server.NewMCPServer(name, version, r.ServerOptions()...)
//	r.Add(s, hooks)
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

// Registry holds the prompts, resources and completions of one Jira user's
// server. Tools read everything that they show, along the one path that all
// calls take: within the policy, the project fence and the budget, sanitized,
// and written to the audit log.
type Registry struct {
	Options
	catalog map[string]kit.Tool // by name; internal tools by name and title, as several can share a name
}

// Options are the dependencies of a registry. Env, Catalog, Runner and Log
// belong to one Jira user's server.
type Options struct {
	Env     env.Env
	Catalog []kit.Tool
	Runner  *kit.Runner
	Policy  policy.Policy
	Log     *slog.Logger
	// Ready returns an error while the server lacks a setting without which it
	// cannot call Jira. May be nil.
	Ready func() error
	// LimitLifetime returns the context in which a prompt, a resource or a completion is
	// processed; it ends when the client has gone. If it is nil, the context of
	// the request is used.
	LimitLifetime func(context.Context) (context.Context, context.CancelFunc)
}

// New returns a registry with the tools of the catalogue and the internal
// tools.
func New(o Options) *Registry {
	if o.LimitLifetime == nil {
		o.LimitLifetime = context.WithCancel
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	r := &Registry{Options: o, catalog: map[string]kit.Tool{}}
	for _, t := range o.Catalog {
		r.catalog[t.Name] = t
	}
	for _, t := range append(defineInternalTools(), defineCompletions(r.catalog)...) {
		r.catalog[t.Name+" "+t.Title] = t
	}
	return r
}

// ServerOptions returns the options with which an MCP server must be created to
// offer prompts, resources and completions.
func (reg *Registry) ServerOptions() []server.ServerOption {
	c := completions{reg}
	return []server.ServerOption{server.WithCompletions(), server.WithPromptCompletionProvider(c), server.WithResourceCompletionProvider(c),
		server.WithPromptCapabilities(false), server.WithResourceCapabilities(false, false), server.WithPromptFilter(reg.filterPrompts)}
}

// Add adds the prompts and resources that the policy permits to a server. The
// hook removes the resource templates that the caller's own policy excludes;
// for prompts, [Registry.ServerOptions] sets mcp-go's filter.
func (reg *Registry) Add(s *server.MCPServer, hooks *server.Hooks) {
	reg.addPrompts(s)
	reg.addResources(s)
	hooks.AddAfterListResourceTemplates(func(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
		result.ResourceTemplates = slices.DeleteFunc(slices.Clone(result.ResourceTemplates), func(t mcp.ResourceTemplate) bool {
			n := slices.IndexFunc(resources(), func(r resource) bool { return r.name == t.Name })
			return n >= 0 && !reg.visible(ctx, resources()[n].uses)
		})
	})
}

// filterPrompts returns the prompts without those that the caller's own policy
// excludes.
func (reg *Registry) filterPrompts(ctx context.Context, list []mcp.Prompt) []mcp.Prompt {
	return slices.DeleteFunc(slices.Clone(list), func(p mcp.Prompt) bool {
		n := slices.IndexFunc(prompts(), func(own prompt) bool { return own.name == p.Name })
		return n >= 0 && !reg.visible(ctx, prompts()[n].uses)
	})
}

// UnofferedTools returns the tools of a catalogue that prompts and resources use
// under a policy although the policy does not offer them to the model.
func UnofferedTools(p policy.Policy, all []kit.Tool) []kit.Tool {
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

// internalKey is the context key that marks a call as made by this package.
type internalKey struct{}

// IsInternalCall reports whether a prompt, a resource or a completion makes the
// call.
func IsInternalCall(ctx context.Context) bool { return ctx.Value(internalKey{}) != nil }

// AsDefault returns a tool's specification as it applies to prompts and
// resources: the tool need not be on by default, since a person asked for it. A
// tool that a policy excludes, or does not include in its lists, stays
// unavailable.
func AsDefault(t kit.Spec) kit.Spec {
	t.Default = true
	return t
}

// offers reports whether the policy lets an entry use all of these tools.
func (reg *Registry) offers(uses []string) bool {
	for _, name := range uses {
		if reg.Policy.WithheldReason(AsDefault(reg.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// visible reports whether the caller's own policy lets an entry use all of
// these tools.
func (reg *Registry) visible(ctx context.Context, uses []string) bool {
	for _, name := range uses {
		if policy.NarrowedReason(ctx, AsDefault(reg.catalog[name].Spec)) != "" {
			return false
		}
	}
	return true
}

// callTool calls a tool and returns its result. name is the name of a tool of
// the catalogue, or the name and the title of an internal tool. The result has
// structured content, whatever the client asked for. One that reports an error
// becomes an error with its text.
func (reg *Registry) callTool(ctx context.Context, name string, in any) (*mcp.CallToolResult, error) {
	tool, ok := reg.catalog[name]
	if !ok {
		return nil, fmt.Errorf("no tool %s", name)
	}
	data, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.RawArguments = tool.Name, data
	res := reg.Runner.Call(kit.WithStructured(context.WithValue(ctx, internalKey{}, true)), tool, req)
	if res.IsError {
		return nil, errors.New(textOf(res))
	}
	return res, nil
}

// callText calls a tool and returns the text of its result.
func (reg *Registry) callText(ctx context.Context, name string, in any) (string, error) {
	res, err := reg.callTool(ctx, name, in)
	if err != nil {
		return "", err
	}
	return textOf(res), nil
}

// sanitizeError returns an error with its text sanitized, since the text can
// contain names from Jira.
func (reg *Registry) sanitizeError(err error) error {
	return errors.New(kit.Plain(reg.Runner.Hooks.Clean(kit.ErrorText(err))))
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

// recoverPanic turns a panic into an error, so that it does not end the
// session. It must be called with defer. It logs the type of the panic's value,
// not the value.
func (reg *Registry) recoverPanic(ctx context.Context, what string, err *error) {
	if p := recover(); p != nil {
		reg.Log.ErrorContext(ctx, "a prompt or resource panicked", "entry", what, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		*err = errors.New("internal error in " + what + "; the server's log has the details")
	}
}

// defineInternalTools declares the internal tools that prompts and resources
// call. The title tells each from the tool of the catalogue that has the same
// name.
func defineInternalTools() []kit.Tool {
	return kit.Group(newInternalTools,
		kit.Define(kit.Spec{Name: "jira_get_issue", Title: titleReaders, Description: "Get the people whom a comment may notify.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpGetIssue), Optional: operation.Keys(jira.OpWatchers)}, (*internalTools).commentReaders),
		kit.Define(kit.Spec{Name: "jira_search", Title: titleSimilar, Description: "Search open issues similar to a new one.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpSearch)}, (*internalTools).similarIssues),
		kit.Define(kit.Spec{Name: "jira_get_attachment", Title: titleFile, Description: "Get a file in its original form.", Effect: kit.Read, Toolset: "issues", Default: true, Requires: operation.Keys(jira.OpAttachmentContent), Optional: operation.Keys(jira.OpAttachment)}, (*internalTools).file),
	)
}

// internalTools has the handlers of the internal tools.
type internalTools struct{ env.Env }

func newInternalTools(e env.Env) *internalTools { return &internalTools{e} }

// The titles of the internal tools.
const (
	titleReaders = "Who reads a comment"
	titleSimilar = "Issues that look alike"
	titleFile    = "Read a file by its number"
)
