package main

import (
	"context"
	"errors"
	"fmt"
	"net"
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
		headers, err := a.headersFor(server)
		if err != nil {
			return nil, err
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

// headersFor returns the headers that a client sends to a shared server, with the values
// of the variables in this environment.
func (a *app) headersFor(server clientconfig.Server) (map[string]string, error) {
	headers := map[string]string{}
	for _, one := range []struct{ header, scheme, variable string }{{"Authorization", "Bearer ", server.BearerVariable}, {clientconfig.JiraHeader, "", server.JiraVariable}} {
		if one.variable == "" {
			continue
		}
		value, _ := a.lookup(one.variable)
		if strings.TrimSpace(value) == "" {
			return nil, fmt.Errorf("%s is not set in this shell; set it and run the command again, and also set it where the client starts", one.variable)
		}
		a.redactor.AddSecret(credential.NewSecret(value))
		headers[one.header] = one.scheme + value
	}
	return headers, nil
}

// isVariableName reports whether a text can be the name of an environment variable.
func isVariableName(text string) bool {
	return text != "" && (text[0] < '0' || text[0] > '9') && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// checkShared checks the flags for a shared server: its address, and the variables with
// the credentials, in whose place somebody may have given the credential itself.
func (o *installOptions) checkShared() error {
	if len(o.env) > 0 || o.sandbox {
		return errors.New("--env and --sandbox are for a program, --http is for a server that runs already")
	}
	for flag, name := range map[string]string{"--bearer-env": o.bearer, "--jira-auth-env": o.jiraAuth} {
		if name != "" && !isVariableName(name) {
			return fmt.Errorf("%s: write the name of a variable, such as MCP_JIRA_AUTH; the credential itself is not written into the files of clients", flag)
		}
	}
	if err := checkServerURL(o.url); err != nil {
		return err
	}
	if u, err := url.Parse(o.url); o.bearer+o.jiraAuth != "" && (err != nil || u.Scheme != "https" && !isLocal(u.Hostname())) {
		return errors.New("--http: the client would send the credential unencrypted; use an address that begins with https://")
	}
	return nil
}

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
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
