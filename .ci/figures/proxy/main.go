// Command proxy is the smallest server that understands Jira's answers: one tool that
// sends a request to JIRA_URL, parses the answer and returns the number of its
// members. The figures compare the time of jira-mcp's calls with it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// main serves the tool request until standard input ends.
func main() {
	s := server.NewMCPServer("proxy", "0.0.0", server.WithToolCapabilities(false))
	s.AddTool(
		mcp.NewTool("request",
			mcp.WithDescription("Sends a request to Jira."),
			mcp.WithString("method", mcp.Required()), mcp.WithString("path", mcp.Required()), mcp.WithString("body"),
		),
		func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			text, err := forward(ctx, req.GetString("method", ""), req.GetString("path", ""), req.GetString("body", ""))
			if err != nil {
				return mcp.NewToolResultError(err.Error()), nil
			}
			return mcp.NewToolResultText(text), nil
		},
	)
	if err := server.ServeStdio(s); err != nil {
		log.Fatal(err)
	}
}

// forward sends a request to Jira, parses its answer and returns the number of its
// members.
func forward(ctx context.Context, method, path, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, os.Getenv("JIRA_URL")+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(os.Getenv("JIRA_EMAIL"), os.Getenv("JIRA_API_TOKEN"))
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d members", len(answer)), nil
}
