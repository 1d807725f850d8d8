package prompts

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// resource is a kind of data in Jira that has an address: a URI template (RFC
// 6570) whose variables become the arguments of read.
type resource struct {
	uri, name, title, description string
	uses                          []string
	read                          func(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error)
}

// resources returns the resources that the server has.
func resources() []resource {
	return []resource{
		{"jira://issue/{key}", "issue", "An issue", "An issue with its text, links, files and last comments, as Markdown.", []string{"jira_get_issue"},
			func(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error) {
				return m.callTool(ctx, "jira_get_issue", map[string]any{"issues": []string{args["key"]}})
			}},
		{"jira://project/{key}", "project", "A project", "A project with its issue types, versions and components.", []string{"jira_get_fields", "jira_lookup"}, readProject},
		{"jira://board/{id}/sprint/{sprint}", "sprint", "A sprint", "The report of a sprint; sprint is a number, a name, current, next or last.", []string{"jira_sprint_report"},
			func(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error) {
				return m.callTool(ctx, "jira_sprint_report", map[string]any{"board": args["id"], "sprint": args["sprint"]})
			}},
		{"jira://filter/{id}", "filter", "A saved filter", "The issues of a saved filter, by its number or name.", []string{"jira_run_filter"},
			func(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error) {
				return m.callTool(ctx, "jira_run_filter", map[string]any{"filter": args["id"]})
			}},
		{"jira://attachment/{id}", "attachment", "A file", "An issue's attachment in its original form, by its number. Behind a project fence, read its issue first.", []string{"jira_get_attachment"},
			func(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error) {
				return m.callTool(ctx, "jira_get_attachment "+titleFile, fileInput{args["id"]})
			}},
	}
}

// addResources adds the resources that the policy permits to a server.
func (reg *Registry) addResources(s *server.MCPServer) {
	for _, r := range resources() {
		if !reg.offers(r.uses) {
			continue
		}
		s.AddResourceTemplate(mcp.NewResourceTemplate(r.uri, r.name, mcp.WithTemplateTitle(r.title), mcp.WithTemplateDescription(r.description)),
			func(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				return reg.readResource(ctx, r, req)
			})
	}
}

// readResource reads a resource. It returns binary data if the result contains
// an image content, which an internal tool uses for any binary file; otherwise
// Markdown, or plain text for an attachment.
func (reg *Registry) readResource(ctx context.Context, r resource, req mcp.ReadResourceRequest) (_ []mcp.ResourceContents, err error) {
	defer reg.recoverPanic(ctx, r.name, &err)
	ctx, cancel := reg.LimitLifetime(ctx)
	defer cancel()
	if err := reg.Ready(); err != nil {
		return nil, err
	}
	args := map[string]string{}
	for name, value := range req.Params.Arguments {
		switch v := value.(type) { // mcp-go passes lists
		case string:
			args[name] = v
		case []string:
			args[name] = strings.Join(v, ",") // mcp-go splits a value at its commas
		}
	}
	res, err := r.read(env.JiraContext(ctx), reg, args)
	if err != nil {
		return nil, reg.sanitizeError(err)
	}
	for _, c := range res.Content {
		if pic, ok := c.(mcp.ImageContent); ok {
			return []mcp.ResourceContents{mcp.BlobResourceContents{URI: req.Params.URI, MIMEType: pic.MIMEType, Blob: pic.Data}}, nil
		}
	}
	kind := "text/markdown"
	if r.name == "attachment" {
		kind = "text/plain"
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: kind, Text: textOf(res)}}, nil
}

// readProject returns a project as Markdown: its issue types, versions,
// components and boards. A part that cannot be read is replaced by the reason.
func readProject(ctx context.Context, m *Registry, args map[string]string) (*mcp.CallToolResult, error) {
	key, err := m.Env.Names.Project(ctx, args["key"])
	if err != nil {
		return nil, err
	}
	text, err := m.callText(ctx, "jira_get_fields", map[string]any{"project": key})
	if err != nil {
		return nil, err
	}
	text = "# " + key + "\n" + text
	for _, kind := range []string{"version", "component", "board"} {
		part, err := m.callText(ctx, "jira_lookup", map[string]any{"kind": kind, "project": key})
		if err != nil { // for example, the token lacks the scope for boards
			part = err.Error()
		}
		text += fmt.Sprintf("\n\n## %ss\n%s", kind, part)
	}
	return mcp.NewToolResultText(text), nil
}
