package clientconfig

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Places are the directories and variables of a machine that decide where
// clients keep their files.
type Places struct {
	OS      string                      // as runtime.GOOS
	Home    string                      // the user's home directory
	Project string                      // the folder for --project
	Lookup  func(string) (string, bool) // the environment
}

// env returns a variable, or a fallback if it is not set.
func (p Places) env(name, fallback string) string {
	if value, _ := p.Lookup(name); value != "" {
		return value
	}
	return fallback
}

// home returns a path below the home directory.
func (p Places) home(parts ...string) string {
	return filepath.Join(append([]string{p.Home}, parts...)...)
}

// config returns a path in the directory for the configuration of programs:
// %APPDATA%, ~/Library/Application Support or $XDG_CONFIG_HOME.
func (p Places) config(parts ...string) string {
	var dir string
	switch p.OS {
	case "windows":
		dir = p.env("APPDATA", p.home("AppData", "Roaming"))
	case "darwin":
		dir = p.home("Library", "Application Support")
	default:
		dir = p.xdg()
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// xdg returns $XDG_CONFIG_HOME, or ~/.config.
func (p Places) xdg(parts ...string) string {
	return filepath.Join(append([]string{p.env("XDG_CONFIG_HOME", p.home(".config"))}, parts...)...)
}

// Client is an MCP client: where it keeps its servers, and in which form.
type Client struct {
	Name  string // as install takes it: claude-code
	Title string // for people: Claude Code
	// User returns the file of a user's servers.
	User func(Places) string
	// Project is the file of a project's servers, relative to its folder; "" if the
	// client has none.
	Project string
	// Signs are files or directories whose presence shows that the client is on this
	// machine; the directory of its file if nil.
	Signs func(Places) []string
	// Key is the path of the object with the servers.
	Key []string
	// TOML reports that the file is TOML; otherwise it is JSON, with comments and
	// trailing commas.
	TOML bool
	// entry returns the client's form of a server.
	entry func(Server) object
	// NoHTTP says why the client's file cannot name a server over HTTP; "" if it can.
	NoHTTP string
	// Next says what the person does after an installation.
	Next string
}

// Clients returns the clients, sorted by name. Their files and forms were read
// in the clients' documentation and in npm's add-mcp 2.4.0, which .ci/full uses
// as a judge.
func Clients() []Client {
	restart := func(title string) string { return "Restart " + title + "." }
	return []Client{
		{Name: "claude-code", Title: "Claude Code", Project: ".mcp.json", Key: []string{"mcpServers"}, entry: claudeCodeEntry,
			User: func(p Places) string { return filepath.Join(p.env("CLAUDE_CONFIG_DIR", p.Home), ".claude.json") },
			Signs: func(p Places) []string {
				return []string{filepath.Join(p.env("CLAUDE_CONFIG_DIR", p.Home), ".claude.json"), p.env("CLAUDE_CONFIG_DIR", p.home(".claude"))}
			},
			Next: "Start a new session; claude mcp list shows the connection."},
		{Name: "claude-desktop", Title: "Claude Desktop", Key: []string{"mcpServers"}, entry: plain,
			User: func(p Places) string { return p.config("Claude", "claude_desktop_config.json") }, Next: restart("Claude Desktop"),
			NoHTTP: "Claude Desktop reads only local servers from its file; add a server over HTTP in its settings, under Connectors"},
		{Name: "codex", Title: "Codex", Project: filepath.Join(".codex", "config.toml"), Key: []string{"mcp_servers"}, TOML: true, entry: codexEntry,
			User: func(p Places) string { return filepath.Join(p.env("CODEX_HOME", p.home(".codex")), "config.toml") }, Next: "Start a new session; codex mcp list shows the entry, but does not connect."},
		{Name: "copilot-cli", Title: "Copilot CLI", Project: ".mcp.json", Key: []string{"mcpServers"}, entry: copilotEntry,
			User: func(p Places) string {
				return filepath.Join(p.env("COPILOT_HOME", p.home(".copilot")), "mcp-config.json")
			}, Next: "Start a new session."},
		{Name: "cursor", Title: "Cursor", Project: filepath.Join(".cursor", "mcp.json"), Key: []string{"mcpServers"}, entry: plain,
			User: func(p Places) string { return p.home(".cursor", "mcp.json") }, Next: "Open Cursor's settings, MCP, and switch the server on if it is off."},
		{Name: "gemini", Title: "Gemini CLI", Project: filepath.Join(".gemini", "settings.json"), Key: []string{"mcpServers"}, entry: geminiEntry,
			User: func(p Places) string { return p.home(".gemini", "settings.json") }, Next: "Start a new session in a folder that Gemini CLI trusts; gemini mcp list shows the connection."},
		{Name: "opencode", Title: "opencode", Project: "opencode.json", Key: []string{"mcp"}, entry: opencodeEntry,
			User: func(p Places) string {
				return firstFile(p.xdg("opencode", "opencode.json"), p.xdg("opencode", "opencode.jsonc"))
			}, Next: "Start a new session; opencode mcp list shows the connection."},
		{Name: "vscode", Title: "VS Code", Project: filepath.Join(".vscode", "mcp.json"), Key: []string{"servers"}, entry: vscodeEntry,
			User: func(p Places) string { return p.config("Code", "User", "mcp.json") }, Next: "VS Code asks whether to trust the server when it is first used."},
		{Name: "windsurf", Title: "Windsurf", Key: []string{"mcpServers"}, entry: windsurfEntry,
			User: func(p Places) string { return p.home(".codeium", "windsurf", "mcp_config.json") }, Next: "Refresh the list of MCP servers in Windsurf."},
		{Name: "zed", Title: "Zed", Project: filepath.Join(".zed", "settings.json"), Key: []string{"context_servers"}, entry: zedEntry,
			User: zedFile, Next: "Zed starts the server at once; its agent panel shows the connection."},
	}
}

// zedFile returns Zed's settings, which are in ~/.config on macOS too (Zed's
// documentation).
func zedFile(p Places) string {
	if p.OS == "windows" {
		return p.config("Zed", "settings.json")
	}
	return p.xdg("zed", "settings.json")
}

// firstFile returns the first of the paths that exists, or else the first one.
func firstFile(paths ...string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return paths[0]
}

// Find returns the client with a name, its title or a spelling of either: Claude
// Code, claude_code and claudecode are claude-code. Gemini CLI and VS Code are
// found by their titles too.
func Find(name string) (Client, bool) {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -_.", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	given := plain(name)
	if other := map[string]string{"claude": "claudecode", "code": "vscode", "copilot": "copilotcli", "githubcopilotcli": "copilotcli"}[given]; other != "" {
		given = other
	}
	all := Clients()
	n := slices.IndexFunc(all, func(c Client) bool { return plain(c.Name) == given || plain(c.Title) == given })
	if n < 0 {
		return Client{}, false
	}
	return all[n], true
}

// Names returns the names of all clients.
func Names() []string {
	var out []string
	for _, c := range Clients() {
		out = append(out, c.Name)
	}
	return out
}

// Path returns the client's file: the user's, or the project's.
func (c Client) Path(p Places, project bool) string {
	if project {
		return filepath.Join(p.Project, c.Project)
	}
	return c.User(p)
}

// Present reports whether the client seems to be on this machine.
func (c Client) Present(p Places) bool {
	signs := []string{filepath.Dir(c.User(p))}
	if c.Signs != nil {
		signs = c.Signs(p)
	}
	return slices.ContainsFunc(signs, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}
