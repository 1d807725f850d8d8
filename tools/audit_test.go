package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestAuditLines checks that audit lines name who did what to which issues and
// how it ended, and hold no text of issues.
func TestAuditLines(t *testing.T) {
	j, log := &toolstest.AuditFile{}, &bytes.Buffer{}
	b := toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.NewJSONHandler(log, nil)), File: j})
	const secret = "a sentence that is nobody's business"
	for _, c := range []struct {
		tool, args string
		phases     int
		effect     string
		outcome    string
		issues     string
		requests   bool
		reason     string
	}{
		{"jira_search", `{"jql":"summary ~ \"` + secret + `\""}`, 1, "read", "done", "", true, ""},
		{"jira_get_issue", `{"issues":["PAY-1","PAY-2"]}`, 1, "read", "done", "PAY-1 PAY-2", true, ""},
		{"jira_add_comment", `{"issue":"PAY-2","body":"` + secret + `"}`, 2, "comment", "done", "PAY-2", true, ""},
		{"jira_create_issue", `{"project":"PAY","type":"Bug","summary":"` + secret + `"}`, 2, "create", "done", "PAY PAY-133", true, ""},
		{"jira_create_issue", `{"project":"PAY","type":"Bug","summary":"` + secret + `"}`, 1, "create", "unchanged", "PAY PAY-133", true, ""},
		{"jira_get_issue", `{"issues":["PAY-1","PAY-99999"]}`, 1, "read", "done", "PAY-1", true, ""},
		{"jira_create_issue", `{"project":"PAY","type":"Bug","summary":"x","priority":"Urgent"}`, 1, "create", "failed", "PAY", true, "fields"},
		{"jira_update_issue", `{"issue":"PAY-1000","summary":"` + secret + `"}`, 2, "edit", "done", "PAY-1000 OPS-5", true, ""},
		{"jira_update_issue", `{"issue":"PAY-3","summary":"` + secret + `","dry_run":true}`, 1, "edit", "dry run", "PAY-3", true, ""},
		{"jira_add_comment", `{"issue":"PAY-99999","body":"x"}`, 1, "comment", "failed", "PAY-99999", true, "jira 404"},
		{"jira_add_comment", `{"issue":"PAY-2"}`, 1, "comment", "failed", "", false, "arguments"},
		{"jira_no_such_tool", `{}`, 1, "", "refused", "", false, "not offered"},
		{"jira_delete_issue", `{"issue":"PAY-40"}`, 1, "delete", "asked", "PAY-40", true, ""},
	} {
		j.Lines(t)
		if c.outcome == "refused" {
			req := mcp.CallToolRequest{}
			req.Params.Name = c.tool
			if _, err := b.Client.CallTool(t.Context(), req); err == nil {
				t.Errorf("%s is called", c.tool)
			}
			c.args = ""
		} else {
			_, _, _ = b.Call(t.Context(), c.tool, c.args)
		}
		lines := j.Lines(t)
		if len(lines) != c.phases {
			t.Errorf("%s %s: %d lines, want %d", c.tool, c.args, len(lines), c.phases)
			continue
		}
		last := lines[len(lines)-1]
		var issues []string
		list, _ := last["issues"].([]any)
		for _, i := range list {
			issues = append(issues, i.(string))
		}
		_, requests := last["jira_requests"]
		reason, _ := last["reason"].(string)
		if reason != c.reason || last["site"] != "https://example.atlassian.net" || c.requests && !strings.HasPrefix(fmt.Sprint(last["account"]), "712020:") {
			t.Errorf("%s %s: %v", c.tool, c.args, last)
		}
		if last["phase"] != "after" || last["tool"] != c.tool || last["effect"] != c.effect || last["outcome"] != c.outcome || strings.Join(issues, " ") != c.issues || requests != c.requests ||
			last["took_ms"] == nil || int(last["arguments_bytes"].(float64)) != len(c.args) || len(last["arguments_sha256"].(string)) != 64 || !strings.HasPrefix(last["time"].(string), "2026-03-11T14:3") {
			t.Errorf("%s %s: %v", c.tool, c.args, last)
		}
		if c.phases == 2 && (lines[0]["phase"] != "before" || lines[0]["outcome"] != nil || lines[0]["call"] != last["call"]) {
			t.Errorf("%s: before: %v", c.tool, lines[0])
		}
		if caller, _ := last["caller"].(string); !strings.HasPrefix(caller, "a test/1") {
			t.Errorf("caller %q", caller)
		}
		all, _ := json.Marshal(lines)
		if strings.Contains(string(all), secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%s: what was said is in it: %s\n%s", c.tool, all, log)
		}
	}
	call := toolstest.WithCode(`{"issue":"PAY-40"}`, b.Code("jira_delete_issue", `{"issue":"PAY-40"}`))
	j.Lines(t)
	b.Ok("jira_delete_issue", call)
	if lines := j.Lines(t); len(lines) != 2 || lines[0]["phase"] != "before" || lines[0]["outcome"] != nil || lines[1]["outcome"] != "done" {
		t.Errorf("a confirmed delete: %v", lines)
	}
	if !strings.Contains(log.String(), `"tool":"jira_add_comment","effect":"comment","issues":["PAY-2"],"outcome":"done"`) {
		t.Errorf("the log:\n%s", log)
	}
	// With Arguments set, the arguments are in the lines.
	b = toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.DiscardHandler), File: j, Arguments: true})
	j.Lines(t)
	b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"`+secret+`"}`)
	if lines := j.Lines(t); len(lines) != 2 || lines[0]["arguments"].(map[string]any)["body"] != secret {
		t.Errorf("with arguments: %v", lines)
	}
}

// TestFullDiskDoesNotFailCalls checks that writes are made and answered although
// the audit file cannot be written, and that this is reported once in the log
// and by jira_whoami.
func TestFullDiskDoesNotFailCalls(t *testing.T) {
	j, log := &toolstest.AuditFile{WriteErr: syscall.ENOSPC}, &bytes.Buffer{}
	b := toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.NewTextHandler(log, nil)), File: j})
	for range 3 {
		text, _ := b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"x"}`)
		if !strings.HasPrefix(text, "Commented on PAY-2") {
			t.Error(text)
		}
	}
	if n := strings.Count(log.String(), "level=ERROR msg=\"the audit file cannot be written"); n != 1 || !strings.Contains(log.String(), "no space left") {
		t.Errorf("reported %d times:\n%s", n, log)
	}
	if text, s := b.Ok("jira_whoami", `{}`); !strings.Contains(text, "This server's audit file cannot be written: no space left on device.") || s["trouble"] == nil {
		t.Error(text)
	}
	j.Mu.Lock()
	j.WriteErr = nil
	j.Mu.Unlock()
	b.Ok("jira_whoami", `{}`)
	if text, _ := b.Ok("jira_whoami", `{}`); strings.Contains(text, "audit") || !strings.Contains(log.String(), "the audit file can be written again") {
		t.Errorf("afterwards: %s\n%s", text, log)
	}
}

// TestAuditOfUncertainWrites checks that a write whose answer was lost is
// audited as uncertain, neither done nor failed.
func TestAuditOfUncertainWrites(t *testing.T) {
	j := &toolstest.AuditFile{}
	b := toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.DiscardHandler), File: j})
	b.Connect(toolstest.Everything, toolstest.LostAnswers{Next: b.Sandbox})
	j.Lines(t)
	b.Refused("jira_add_comment", `{"issue":"PAY-2","body":"x"}`, "may have happened")
	if lines := j.Lines(t); len(lines) != 2 || lines[1]["outcome"] != "uncertain" {
		t.Errorf("%v", lines)
	}
}

// TestAuditOfCancelledWrites checks that a write that was sent before its call was
// cancelled is audited as uncertain, and one that was not sent yet as failed.
func TestAuditOfCancelledWrites(t *testing.T) {
	for part, want := range map[string]string{"/comment": "uncertain", "/issue/PAY-2": "failed"} {
		j := &toolstest.AuditFile{}
		b := toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.DiscardHandler), File: j})
		ctx, cancel := context.WithCancel(t.Context())
		b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, part) {
				_, _ = io.ReadAll(r.Body) // net/http notices the end of the connection afterwards
				cancel()
				<-r.Context().Done()
				return
			}
			b.Sandbox.ServeHTTP(w, r)
		}))
		tool, _ := b.Tools.Tool("jira_add_comment")
		b.Tools.Runner.Call(ctx, tool, toolstest.CallRequest("jira_add_comment", `{"issue":"PAY-2","body":"x"}`))
		if lines := j.Lines(t); len(lines) != map[string]int{"uncertain": 2, "failed": 1}[want] || lines[len(lines)-1]["outcome"] != want {
			t.Errorf("%s: %v", part, lines)
		}
		cancel()
	}
}

// TestReadsAreLoggedForDebugging checks the level of a call's line in the log: reads
// are for debugging, unless they fail.
func TestReadsAreLoggedForDebugging(t *testing.T) {
	var lines strings.Builder
	b := toolstest.NewAudited(t, &tools.Audit{Log: slog.New(slog.NewTextHandler(&lines, nil))})
	b.Ok("jira_get_issue", `{"issues":["PAY-2"]}`)
	if lines.String() != "" {
		t.Errorf("a read: %s", lines.String())
	}
	b.Refused("jira_get_issue", `{"issues":["PAY-99999"]}`, "404")
	b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"x"}`)
	if n := strings.Count(lines.String(), "\n"); n != 3 {
		t.Errorf("%d lines: %s", n, lines.String())
	}
}
