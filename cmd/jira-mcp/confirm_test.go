package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// approver is an elicitation handler that accepts, and keeps the messages that
// it was shown.
type approver struct{ asked []string }

// Elicit implements client.ElicitationHandler.
func (s *approver) Elicit(_ context.Context, req mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	s.asked = append(s.asked, req.Params.Message)
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"confirm": true}}}, nil
}

// listening starts the program with an HTTP transport and returns its address.
func listening(t *testing.T, kind string) string {
	t.Helper()
	p := newProcess(t, map[string]string{"JIRA_MCP_ALLOW": "read,delete"})
	r, w := io.Pipe()
	a := &app{stdio: stdio{p.in, io.Discard, w}, now: p.now, keyring: p.keyring, configDirs: func() ([]string, error) { return []string{p.dir}, nil }, home: func() (string, error) { return p.home(), nil }, executable: func() (string, error) { return "/usr/local/bin/jira-mcp", nil },
		lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
	a.prepare()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- a.execute(ctx, []string{"serve", "--sandbox", "--transport", kind, "--listen", "127.0.0.1:0"})
		w.Close()
	}()
	t.Cleanup(func() { stop(); <-ended })
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := regexp.MustCompile(`url=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, r) }()
			return m[1]
		}
	}
	t.Fatal("it does not serve")
	return ""
}

// TestConfirmationsOverEveryTransport checks that a delete is confirmed by the
// user where transport and client support elicitation, in both protocol eras,
// and otherwise with a code that the model receives.
func TestConfirmationsOverEveryTransport(t *testing.T) {
	for name, c := range map[string]struct {
		connect func(t *testing.T) transport.Interface
		legacy  bool
		asks    bool
	}{
		"stdio, 2025-11-25": {overStdio, true, true}, "stdio, 2026-07-28": {overStdio, false, true},
		"http, 2025-11-25": {overHTTP, true, true}, "http, 2026-07-28": {overHTTP, false, true},
		"sse, 2025-11-25": {overSSE, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			person := &approver{}
			options := []client.ClientOption{client.WithElicitationHandler(person)}
			if c.legacy {
				options = append(options, client.WithLegacyProtocolOnly()) //nolint:staticcheck // the era of most clients
			}
			cl := client.NewClient(c.connect(t), options...)
			if err := cl.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cl.Close() })
			init := mcp.InitializeRequest{}
			init.Params.ProtocolVersion, init.Params.ClientInfo = mcp.LATEST_PROTOCOL_VERSION, mcp.Implementation{Name: "t", Version: "1"}
			if c.legacy {
				init.Params.ProtocolVersion = "2025-11-25"
			}
			if _, err := cl.Initialize(t.Context(), init); err != nil {
				t.Fatal(err)
			}
			call := func(args string) string {
				t.Helper()
				req := mcp.CallToolRequest{}
				req.Params.Name, req.Params.Arguments = "jira_delete_issue", json.RawMessage(args)
				res, err := cl.CallTool(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				return resultText(res)
			}
			text := call(`{"issue":"PAY-40"}`)
			if !c.asks {
				m := regexp.MustCompile(`with confirm: (\S+)`).FindStringSubmatch(text)
				if m == nil || len(person.asked) > 0 {
					t.Fatalf("no code: %s; asked %q", text, person.asked)
				}
				text = call(`{"issue":"PAY-40","confirm":"` + m[1] + `"}`)
			} else if len(person.asked) != 1 || !strings.Contains(person.asked[0], "The assistant wants to delete PAY-40") {
				t.Errorf("asked %q", person.asked)
			}
			if !strings.HasPrefix(text, "Deleted PAY-40") {
				t.Errorf("it says %s", text)
			}
		})
	}
}

func overStdio(t *testing.T) transport.Interface {
	t.Helper()
	program := filepath.Join(t.TempDir(), "jira-mcp") // testscript.Main runs the program under this name
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	return transport.NewStdio(program, []string{"JIRA_MCP_ALLOW=read,delete"}, "serve", "--sandbox")
}

func overHTTP(t *testing.T) transport.Interface {
	t.Helper()
	tr, err := transport.NewStreamableHTTP(listening(t, "http"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func overSSE(t *testing.T) transport.Interface {
	t.Helper()
	tr, err := transport.NewSSE(listening(t, "sse"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
