package reports_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/chart"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestCharts checks the charts of every report through a real client:
// how many there are, their type and size in pixels, and that each has at most
// 100 kB. If the environment variable JIRA_MCP_PICTURES names a directory, it
// writes them there for inspection.
func TestCharts(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range []struct {
		tool, args string
		pictures   int
	}{
		{"jira_sprint_report", `{"project":"PAY","chart":true}`, 1}, {"jira_sprint_report", `{"project":"PAY","sprint":"last","chart":true}`, 1}, {"jira_sprint_report", `{"project":"PAY","sprint":"next","chart":true}`, 0},
		{"jira_sprint_report", `{"board":"MOB board","sprint":"MOB Sprint 7","chart":true}`, 1}, {"jira_velocity", `{"project":"PAY","chart":true}`, 1},
		{"jira_flow_report", `{"project":"PAY","chart":true}`, 2}, {"jira_flow_report", `{"project":"OPS","from":"2025-06-01","chart":true}`, 2}, {"jira_flow_report", `{"jql":"project = PAY AND key = PAY-9","chart":true}`, 2},
		{"jira_workload", `{"project":"PAY","chart":true}`, 1},
	} {
		req := mcp.CallToolRequest{}
		req.Params.Name, req.Params.Arguments = c.tool, json.RawMessage(c.args)
		res, err := b.Client.CallTool(t.Context(), req)
		if err != nil || res.IsError {
			t.Fatalf("%s %s: %v %+v", c.tool, c.args, err, res)
		}
		drawn := 0
		for _, content := range res.Content {
			pic, ok := content.(mcp.ImageContent)
			if !ok {
				continue
			}
			drawn++
			data, err := base64.StdEncoding.DecodeString(pic.Data)
			if err != nil {
				t.Fatal(err)
			}
			config, err := png.DecodeConfig(bytes.NewReader(data))
			if err != nil || config.Width != chart.Width || config.Height != chart.Height || pic.MIMEType != "image/png" || len(data) > 100_000 {
				t.Errorf("%s %s: %v, %+v, %s, %d bytes", c.tool, c.args, err, config, pic.MIMEType, len(data))
			}
			if dir := os.Getenv("JIRA_MCP_PICTURES"); dir != "" {
				name := strings.Map(func(r rune) rune {
					if strings.ContainsRune(`{}":, `, r) {
						return '_'
					}
					return r
				}, c.tool+c.args)
				if err := os.WriteFile(filepath.Join(dir, name+string(rune('0'+drawn))+".png"), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if drawn != c.pictures {
			t.Errorf("%s %s: %d pictures, want %d", c.tool, c.args, drawn, c.pictures)
		}
	}
}
