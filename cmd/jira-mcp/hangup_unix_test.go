//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestHangupFinishesWrites checks that a write in flight is finished and answered
// when the terminal or editor that started the process closes (SIGHUP), as for
// SIGTERM.
func TestHangupFinishesWrites(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		arrived, release := make(chan struct{}), make(chan struct{})
		site := startSite(t, func(jira http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comment") {
					arrived <- struct{}{}
					<-release
				}
				jira.ServeHTTP(w, r)
			})
		})
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Args[0] = "jira-mcp" // testscript.Main then runs the program
		cmd.Env = append(os.Environ(), "JIRA_URL="+site, "JIRA_EMAIL="+sandbox.Email, "JIRA_API_TOKEN="+sandbox.ClassicToken)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"hangup","version":"1"}}}`)
		fmt.Fprintln(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
		fmt.Fprintln(in, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"jira_add_comment","arguments":{"issue":"PAY-2","body":"x"}}}`)
		<-arrived
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		close(release)
		answered := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			answered = answered || strings.Contains(lines.Text(), "Commented on PAY-2")
		}
		if err := cmd.Wait(); err != nil || !answered {
			t.Errorf("%s: %v, answered %v", signal, err, answered)
		}
	}
}
