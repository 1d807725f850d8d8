package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
)

// defaultEntry is the name of our server in a client's file.
const defaultEntry = "jira"

// installOptions are the flags of install and uninstall.
type installOptions struct {
	name                        string
	list, print, dryRun         bool
	project, sandbox, skipCheck bool
	url, bearer, jiraAuth       string
	env                         []string
}

// installCommand returns the command install.
func (a *app) installCommand() *cobra.Command {
	o := &installOptions{}
	cmd := &cobra.Command{
		Use:   "install CLIENT...",
		Short: "Add this server to MCP clients",
		Long: `Add this server to the configuration of MCP clients: ` + strings.Join(clientconfig.Names(), ", ") + `.

The entry names the full path of this program and no token: jira-mcp login has
stored that. Other entries and comments in the file stay as they are, and a copy
of the former file is kept beside it (FILE.before-jira-mcp). If the file cannot
be parsed, nothing is changed and the entry is printed. An entry of this program
is updated: its path is corrected, its arguments and variables stay unless you
give others. --site and --env-file become arguments of the server.

At the end the server is started as the client starts it, without the shell's
environment, and its first answer is shown.`,
		Example: `  jira-mcp install --list
  jira-mcp install claude-code cursor
  jira-mcp install codex --env JIRA_MCP_READ_ONLY=true
  jira-mcp install vscode --project --sandbox
  jira-mcp install claude-code --http https://jira-mcp.example.com/mcp --bearer-env MCP_BEARER
  export MCP_JIRA_AUTH="Basic $(printf %s you@example.com:TOKEN | base64 | tr -d '\n')"
  jira-mcp install codex --http https://jira-mcp.example.com/mcp --jira-auth-env MCP_JIRA_AUTH`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.list {
				return a.listClients(o)
			}
			clients, err := a.clientsFor(args, o)
			if err != nil {
				return usageError{err}
			}
			return a.install(cmd.Context(), clients, o)
		},
	}
	f := cmd.Flags()
	a.clientFlags(cmd, o)
	f.BoolVar(&o.list, "list", false, "list the clients, whether they are on this machine, and their files")
	f.BoolVar(&o.print, "print", false, "print the entry, and change nothing")
	f.BoolVar(&o.sandbox, "sandbox", false, "add a server of the embedded Jira, to try it without an account")
	f.StringArrayVar(&o.env, "env", nil, "a setting for the server, NAME=value; may be repeated; tokens are refused")
	f.StringVar(&o.url, "http", "", "add a shared server at this address in place of a program")
	f.StringVar(&o.bearer, "bearer-env", "", "with --http: the variable from which the client takes the bearer token")
	f.StringVar(&o.jiraAuth, "jira-auth-env", "", "with --http: the environment variable that contains your Jira credential (Basic, then base64 of e-mail:token)")
	f.BoolVar(&o.skipCheck, "no-check", false, "do not start the server at the end")
	return cmd
}

// uninstallCommand returns the command uninstall.
func (a *app) uninstallCommand() *cobra.Command {
	o := &installOptions{}
	cmd := &cobra.Command{
		Use:   "uninstall CLIENT...",
		Short: "Remove this server from MCP clients",
		Long: `Remove this server from the configuration of MCP clients. Other entries and
comments stay as they are. The login stays: jira-mcp logout removes it.`,
		Example: "  jira-mcp uninstall claude-code",
		RunE: func(_ *cobra.Command, args []string) error {
			clients, err := a.clientsFor(args, o)
			if err != nil {
				return usageError{err}
			}
			return a.forEach(clients, o, a.uninstall)
		},
	}
	a.clientFlags(cmd, o)
	return cmd
}

// clientFlags adds the flags that install and uninstall share.
func (a *app) clientFlags(cmd *cobra.Command, o *installOptions) {
	f := cmd.Flags()
	f.StringVar(&o.name, "name", defaultEntry, "the name of the entry")
	f.BoolVar(&o.project, "project", false, "use the configuration of the project in the current folder")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change, and change nothing")
	cmd.ValidArgs = clientconfig.Names()
}

// places returns where clients keep their files on this machine.
func (a *app) places() (clientconfig.Places, error) {
	home, err := a.home()
	if err != nil {
		return clientconfig.Places{}, err
	}
	folder, err := os.Getwd()
	return clientconfig.Places{OS: runtime.GOOS, Home: home, Project: folder, Lookup: a.lookup}, err
}

// clientsFor returns the clients with the given names.
func (a *app) clientsFor(args []string, o *installOptions) ([]clientconfig.Client, error) {
	if len(args) == 0 {
		here, err := a.clientsHere()
		if err != nil {
			return nil, err
		}
		text := "found on this machine: none"
		if len(here) > 0 {
			text = "found on this machine: " + strings.Join(namesOf(here), ", ")
		}
		return nil, fmt.Errorf("which client? Known are %s; %s", strings.Join(clientconfig.Names(), ", "), text)
	}
	var out []clientconfig.Client
	for _, name := range args {
		c, ok := clientconfig.Find(name)
		switch {
		case !ok:
			return nil, fmt.Errorf("no client %q; known are %s. For other clients, see %s", name, strings.Join(clientconfig.Names(), ", "), clientsPage)
		case o.project && c.Project == "":
			return nil, fmt.Errorf("%s has no configuration for a project; leave out --project", c.Title)
		case o.url != "" && c.NoHTTP != "":
			return nil, errors.New(c.NoHTTP)
		}
		out = append(out, c)
	}
	return out, nil
}

// clientsHere returns the clients that seem to be on this machine.
func (a *app) clientsHere() ([]clientconfig.Client, error) {
	p, err := a.places()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(clientconfig.Clients(), func(c clientconfig.Client) bool { return !c.Present(p) }), nil
}

func namesOf(list []clientconfig.Client) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}

// serverFor returns the server that the flags describe.
func (a *app) serverFor(o *installOptions) (clientconfig.Server, error) {
	s := clientconfig.Server{URL: o.url, BearerVariable: o.bearer, JiraVariable: o.jiraAuth}
	if o.url != "" {
		return s, o.checkShared()
	}
	if o.bearer != "" || o.jiraAuth != "" {
		return s, errors.New("--bearer-env and --jira-auth-env require --http")
	}
	if o.sandbox {
		s.Args = []string{"serve", "--sandbox"}
	}
	for _, entry := range o.env {
		name, value, ok := strings.Cut(entry, "=")
		switch {
		case !ok || name == "":
			return s, fmt.Errorf("--env %s: write NAME=value", config.Shown(entry))
		case config.HoldsSecret(entry) || config.IsSecretLike(value):
			return s, fmt.Errorf("--env %s: tokens are not written into the files of clients; run jira-mcp login, or use JIRA_API_TOKEN_FILE", name)
		case strings.HasPrefix(name, "JIRA_") && !slices.Contains(config.Names(), name):
			return s, fmt.Errorf("--env %s: no such setting; jira-mcp --help lists them", name)
		}
		if s.Env == nil {
			s.Env = map[string]string{}
		}
		s.Env[name] = value
	}
	if a.envFile != "" {
		path, err := filepath.Abs(a.envFile)
		if err != nil {
			return s, err
		}
		s.Args = append([]string{"--env-file", path}, s.Args...)
	}
	if a.site != "" {
		s.Args = append([]string{"--site", a.site}, s.Args...)
	}
	var err error
	if s.Command, err = a.program(); err == nil && isNPXCache(s.Command) {
		s.Args = append([]string{"-y", npmPackage}, s.Args...)
		if s.Command = "npx"; runtime.GOOS == "windows" { // npx is a script there
			s.Command, s.Args = "cmd", append([]string{"/c", "npx"}, s.Args...)
		} else if at, err := exec.LookPath("npx"); err == nil {
			s.Command = at
		}
	}
	return s, err
}

// npmPackage is the package that npx runs.
const npmPackage = "@seed-7d826362/jira-mcp"

// isNPXCache reports whether a program is in npx's cache, which is emptied from
// time to time.
func isNPXCache(program string) bool {
	return strings.Contains(filepath.ToSlash(program), "/_npx/")
}

// program returns the full path under which this program stays: the one in PATH
// if that is this program, since it survives an upgrade by a package manager,
// otherwise its own.
func (a *app) program() (string, error) {
	own, err := a.executable()
	if err != nil {
		return "", err
	}
	if strings.Contains(filepath.ToSlash(own), "/go-build") {
		return "", errors.New("go run compiles a program that is deleted at its end; install it first: go install github.com/seed-7d826362/jira-mcp/cmd/jira-mcp@latest")
	}
	if found, err := exec.LookPath("jira-mcp"); err == nil {
		if abs, err := filepath.Abs(found); err == nil && sameFile(abs, own) {
			return abs, nil
		}
	}
	return own, nil
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// install adds the server to the clients, and then starts it as each of them
// would.
func (a *app) install(ctx context.Context, clients []clientconfig.Client, o *installOptions) error {
	server, err := a.serverFor(o)
	if err != nil {
		return usageError{err}
	}
	shown := ""
	return a.forEach(clients, o, func(c clientconfig.Client, at string, o *installOptions) error {
		if o.print {
			_, err := fmt.Fprintf(a.out, "%s, %s:\n%s\n", c.Title, at, strings.TrimRight(c.Snippet(o.name, server), "\n"))
			return err
		}
		if err := a.addTo(c, at, server, o); err != nil || o.dryRun || o.skipCheck {
			return err
		}
		answer, err := a.checkClient(ctx, c, at, o.name)
		if err != nil {
			return err
		}
		if answer == shown { // such as what the server lacks
			answer = "It answers as above."
		} else {
			shown = answer
		}
		_, err = fmt.Fprintf(a.out, "  %s\n  Next: %s\n", strings.ReplaceAll(answer, "\n", "\n  "), c.Next)
		return err
	})
}

// forEach does something for each client's file. All clients have their turn,
// whatever fails.
func (a *app) forEach(clients []clientconfig.Client, o *installOptions, do func(clientconfig.Client, string, *installOptions) error) error {
	p, err := a.places()
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range clients {
		if err := do(c, c.Path(p, o.project), o); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", c.Title, err))
		}
	}
	return errors.Join(failed...)
}
