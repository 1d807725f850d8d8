package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// checkTimeout bounds the start of a server as a client would start it.
const checkTimeout = 15 * time.Second

// inherited are the variables that MCP clients pass on to the servers that they
// start (the default environment of the MCP SDKs).
var inherited = []string{"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PROCESSOR_ARCHITECTURE", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE", "PROGRAMFILES"}

// checkClient starts the server as a client would: with the command, arguments
// and variables of its file, and with the few variables that clients pass on. It
// returns the first answer. A server that lacks a login is no failure: the entry
// is right, and the answer says what to do next.
func (a *app) checkClient(ctx context.Context, c clientconfig.Client, at, name string) (string, error) {
	f, err := a.openClient(c, at)
	if err != nil {
		return "", err
	}
	server, found, err := f.Server(name)
	if err != nil || !found {
		return "", errors.Join(err, fmt.Errorf("%s has no entry %q of this program", at, name))
	}
	answer, err := a.firstAnswer(ctx, server)
	if err != nil {
		return "", fmt.Errorf("the entry is in %s, but the server does not answer: %w", at, err)
	}
	return strings.TrimSpace(answer), nil
}

// firstAnswer connects to a server and returns a report of the handshake and the
// first call: jira_whoami, or what the server lacks.
func (a *app) firstAnswer(ctx context.Context, server clientconfig.Server) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	conn, err := a.connectTo(ctx, server)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // the server's own status says nothing of the entry
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	init.Params.ClientInfo = mcp.Implementation{Name: "jira-mcp install", Version: version()}
	if _, err := conn.Initialize(ctx, init); err != nil {
		return "", err
	}
	list, err := conn.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("Started as the client starts it: the server offers %d tools.", len(list.Tools))
	first := mcp.CallToolRequest{}
	first.Params.Name, first.Params.Arguments = "jira_whoami", map[string]any{}
	if !slices.ContainsFunc(list.Tools, func(t mcp.Tool) bool { return t.Name == first.Params.Name }) {
		first.Params.Name = "jira_setup"
		if !slices.ContainsFunc(list.Tools, func(t mcp.Tool) bool { return t.Name == first.Params.Name }) {
			return text, nil // the settings exclude jira_whoami
		}
	}
	res, err := conn.CallTool(ctx, first)
	if err != nil {
		return "", err
	}
	lines := strings.Split(resultText(res), "\n")
	if !res.IsError && len(lines) > 3 {
		lines = lines[:3] // site, user and credential; the rest is for models
	}
	return text + "\n" + strings.Join(lines, "\n"), nil
}

// connectTo returns a client of a server, started.
func (a *app) connectTo(ctx context.Context, server clientconfig.Server) (*client.Client, error) {
	if server.URL != "" {
		headers := map[string]string{}
		if token, _ := a.lookup(server.BearerVariable); server.BearerVariable != "" && token != "" {
			headers["Authorization"] = "Bearer " + token
		}
		if own, _ := a.lookup(server.JiraVariable); server.JiraVariable != "" && own != "" {
			headers[clientconfig.JiraHeader] = own
			a.redactor.AddSecret(credential.NewSecret(own))
		}
		conn, err := client.NewStreamableHttpClient(server.URL, transport.WithHTTPHeaders(headers))
		if err != nil {
			return nil, err
		}
		return conn, conn.Start(ctx)
	}
	start := func(ctx context.Context, command string, env, args []string) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, command, args...) //nolint:gosec // the entry's own command, which the client would start
		cmd.Env = append(a.bareEnvironment(), env...)
		return cmd, nil
	}
	var env []string
	for name, value := range server.Env {
		env = append(env, name+"="+value)
	}
	return client.NewStdioMCPClientWithOptions(server.Command, env, server.Args, transport.WithCommandFunc(start))
}

// bareEnvironment returns what a client passes on of this environment.
func (a *app) bareEnvironment() []string {
	var out []string
	for _, name := range inherited {
		if value, ok := a.lookup(name); ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// checkServerURL checks the address of a shared server.
func checkServerURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("--http: write the server's address, such as https://jira-mcp.example.com/mcp")
	case u.User != nil:
		return errors.New("--http: the address must not contain a password; name the variable with the bearer token in --bearer-env")
	case strings.Trim(u.Path, "/") == "":
		return fmt.Errorf("--http %s has no path; the server answers at /mcp", raw)
	}
	return nil
}
