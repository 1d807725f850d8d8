package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestCrashDuringWriteIsAudited checks that a process that is killed while Jira
// handles its write leaves a line in the audit file that names the write.
func TestCrashDuringWriteIsAudited(t *testing.T) {
	arrived, done := make(chan struct{}), make(chan struct{})
	defer close(done)
	site := startSite(t, func(jira http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comment") {
				close(arrived)
				<-done
				return
			}
			jira.ServeHTTP(w, r)
		})
	})
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args[0] = "jira-mcp" // testscript.Main then runs the program
	cmd.Env = append(os.Environ(), "JIRA_URL="+site, "JIRA_EMAIL="+sandbox.Email, "JIRA_API_TOKEN="+sandbox.ClassicToken, "JIRA_MCP_AUDIT_FILE="+file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"crash","version":"1"}}}`)
	fmt.Fprintln(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	fmt.Fprintln(in, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"jira_add_comment","arguments":{"issue":"PAY-2","body":"x"}}}`)
	<-arrived
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	data, err := os.ReadFile(pathOfWrites(file))
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Phase, Tool, Caller string
		Issues              []string
	}
	if err := json.Unmarshal(data, &line); err != nil || line.Phase != "before" || line.Tool != "jira_add_comment" || fmt.Sprint(line.Issues) != "[PAY-2]" || !strings.HasPrefix(line.Caller, "crash/1") {
		t.Errorf("%s: %+v, %v", data, line, err)
	}
}
