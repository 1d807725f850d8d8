package tools

import (
	"context"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// SetupTool is the name of the tool that says what a server lacks. It is no tool
// of the catalogue: no setting withholds it, and it reads nothing from Jira.
const SetupTool = "jira_setup"

// setupDescription is the description of the setup tool, for models.
const setupDescription = "Get what is missing in this server's settings, and how to mend it. Until then no other tool works. Show the answer to the user."

// nothingMissing is the setup tool's answer when the server works.
const nothingMissing = "Nothing is missing: the settings are complete, and the other tools can be called."

// notReady is the error of a call to a server that lacks a setting.
type notReady struct{ text string }

// Error implements error.
func (e *notReady) Error() string { return e.text }

// NothingDone implements kit's interface: nothing was sent.
func (e *notReady) NothingDone() bool { return true }

// Reason implements [kit.ErrorClass].
func (e *notReady) Reason() string { return "not set up" }

// NewSetupServer returns an MCP server for settings of which a restriction cannot
// be read. It offers the setup tool alone, and no prompts, resources or
// completions. It has no client for Jira, so that it can send nothing. A call of
// any other tool of the catalogue, which a client may remember from an earlier
// list, gets the same answer.
//
// The text of missing says what is wrong and how to mend it, for people.
func NewSetupServer(version string, all Catalog, missing func() string) *server.MCPServer {
	hooks := &server.Hooks{}
	s := server.NewMCPServer("jira-mcp", version, server.WithHooks(hooks), server.WithTitle("Jira Cloud"), server.WithInstructions(setupInstructions(missing())),
		server.WithToolCapabilities(true), server.WithPromptCapabilities(false), server.WithResourceCapabilities(false, false), server.WithCompletions())
	for _, t := range all {
		bare := mcp.Tool{Name: t.Name, Title: t.Title, Description: t.Description, Annotations: t.Effect.Annotations(t.Title), RawInputSchema: t.InputSchema(nil)}
		s.AddTool(bare, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultError(missing()), nil
		})
	}
	addSetupTool(s, hooks, missing)
	hooks.AddAfterListTools(func(_ context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		result.Tools = slices.DeleteFunc(slices.Clone(result.Tools), func(t mcp.Tool) bool { return t.Name != SetupTool })
	})
	return s
}

// setupInstructions returns the instructions of a server that lacks a setting.
func setupInstructions(missing string) string {
	return strings.TrimSpace("This server cannot be used yet. Tell the user, before anything else:\n" + missing)
}

// addSetupTool adds the setup tool. It is in the list of tools only while
// something is missing, but can always be called, since a client may have read
// the list before.
func addSetupTool(s *server.MCPServer, hooks *server.Hooks, missing func() string) {
	tool := mcp.Tool{Name: SetupTool, Title: "What is missing", Description: setupDescription, Annotations: kit.Read.Annotations("What is missing"),
		RawInputSchema: []byte(`{"type":"object","properties":{},"additionalProperties":false}`)}
	s.AddTool(tool, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		text := missing()
		if text == "" {
			text = nothingMissing
		}
		return mcp.NewToolResultText(text), nil
	})
	hooks.AddAfterListTools(func(_ context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		if missing() == "" {
			result.Tools = slices.DeleteFunc(slices.Clone(result.Tools), func(t mcp.Tool) bool { return t.Name == SetupTool })
		}
	})
}
