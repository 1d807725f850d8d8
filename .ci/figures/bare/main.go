// Command bare is the smallest useful mcp-go stdio server: one tool that echoes
// its argument. The figures compare jira-mcp's start-up time and memory with
// it, so that they show jira-mcp's own share and not the SDK's.
package main

import (
	"context"
	"log"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// main serves the tool echo until standard input ends.
func main() {
	s := server.NewMCPServer("bare", "0.0.0", server.WithToolCapabilities(false))
	s.AddTool(
		mcp.NewTool("echo",
			mcp.WithDescription("Answers with the text it was given."),
			mcp.WithString("text", mcp.Required()),
		),
		func(_ context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(req.GetString("text", "")), nil
		},
	)
	if err := server.ServeStdio(s); err != nil {
		log.Fatal(err)
	}
}
