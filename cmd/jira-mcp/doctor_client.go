package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
)

// clientFinding is what the doctor finds in a client's file.
type clientFinding struct {
	client clientconfig.Client
	path   string
	server clientconfig.Server
}

// asClient returns an app with the environment that a client gives the server:
// the few variables that clients pass on, and those in the client's file. The
// flags --site and --env-file come from the file as well.
func (a *app) asClient(name string) (*app, *clientFinding, error) {
	c, ok := clientconfig.Find(name)
	if !ok {
		return nil, nil, usageError{fmt.Errorf("--client %s: known are %s", name, strings.Join(clientconfig.Names(), ", "))}
	}
	p, err := a.places()
	if err != nil {
		return nil, nil, err
	}
	found, err := a.entryOf(c, p)
	if err != nil {
		return nil, nil, err
	}
	environ := a.bareEnvironment()
	for variable, value := range found.server.Env {
		environ = append(environ, variable+"="+value)
	}
	as := *a
	as.environ = environ
	as.lookup = func(variable string) (string, bool) {
		if value, ok := found.server.Env[variable]; ok {
			return value, true
		}
		if slices.Contains(inherited, variable) || variable == found.server.BearerVariable || variable == found.server.JiraVariable {
			return a.lookup(variable)
		}
		return "", false
	}
	as.site, as.envFile = flagOf(found.server.Args, "--site"), flagOf(found.server.Args, "--env-file")
	as.learnSecrets(found.server.Args)
	return &as, found, nil
}

// entryOf returns our entry in a client's files: the project's, which wins in all
// clients, or else the user's.
func (a *app) entryOf(c clientconfig.Client, p clientconfig.Places) (*clientFinding, error) {
	paths := []string{c.Path(p, false)}
	if c.Project != "" {
		paths = []string{c.Path(p, true), paths[0]}
	}
	for _, at := range paths {
		f, err := a.openClient(c, at)
		if err != nil {
			return nil, err
		}
		server, found, err := f.Server(defaultEntry)
		if err != nil {
			return nil, fmt.Errorf("%s: %s cannot be read: %w", c.Title, at, err)
		}
		if found {
			return &clientFinding{c, at, server}, nil
		}
	}
	return nil, fmt.Errorf("%s has no entry %q of this program in %s; add it with jira-mcp install %s", c.Title, defaultEntry, strings.Join(paths, " or "), c.Name)
}

// flagOf returns the value of a flag among arguments, or "".
func flagOf(args []string, flag string) string {
	for n, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			return value
		}
		if arg == flag && n+1 < len(args) {
			return args[n+1]
		}
	}
	return ""
}

// clientCheck adds what the client starts, and reports whether the settings are
// to be checked: not those of a shared server, nor of the embedded Jira.
func (d *doctor) clientCheck(ctx context.Context, found *clientFinding) bool {
	server, title := found.server, found.client.Title
	command := strings.Join(append([]string{server.Command}, server.Args...), " ")
	switch {
	case server.URL != "":
		d.add("client", stateOK, fmt.Sprintf("%s connects to %s (%s)", title, server.URL, found.path))
		d.whenOK = title + " uses a shared server, whose settings are the matter of its operator. " + found.client.Next
	case !isProgram(server.Command):
		d.fail("client", fmt.Errorf("%s starts %s (%s), but that program is not there", title, command, found.path), "Run jira-mcp install "+found.client.Name+", which corrects the path.")
		return false
	default:
		d.add("client", stateOK, fmt.Sprintf("%s starts %s (%s)", title, command, found.path))
		if !slices.Contains(server.Args, "--sandbox") {
			return true
		}
		d.whenOK = fmt.Sprintf("%s uses the embedded Jira. For your own site, run jira-mcp login, then jira-mcp uninstall %s and jira-mcp install %[2]s.", title, found.client.Name)
	}
	d.startCheck(ctx, found)
	return false
}

// startCheck connects to the server as the client does, once the settings are
// known to be right.
func (d *doctor) startCheck(ctx context.Context, found *clientFinding) {
	answer, err := d.firstAnswer(ctx, found.server)
	if err != nil {
		if found.server.URL != "" {
			d.fail("start", err, "Check the address, and the credentials in the variables that the entry names: "+strings.Join(slices.DeleteFunc([]string{found.server.BearerVariable, found.server.JiraVariable}, func(v string) bool { return v == "" }), ", ")+".")
			return
		}
		d.fail("start", err, fmt.Sprintf("Run %s in a terminal to see why it does not answer.", strings.Join(append([]string{found.server.Command}, found.server.Args...), " ")))
		return
	}
	d.add("start", stateOK, answer)
}

// nextForClients returns what to do when everything works: install the server
// into the clients on this machine, with the settings that the clients would not
// pass on.
func (d *doctor) nextForClients() string {
	var env []string
	for _, entry := range d.environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "JIRA_") && d.cfg.From(name) != "" {
			env = append(env, name)
		}
	}
	slices.Sort(env)
	text := "Everything works. "
	if len(env) > 0 {
		text += "MCP clients do not pass on this shell's environment (" + strings.Join(env, ", ") + "), so such settings belong into the client's configuration: jira-mcp install has --env for them, and jira-mcp login stores the token. "
	}
	installed, here := d.clientStates()
	switch {
	case len(installed) > 0:
		return text + "Installed in: " + strings.Join(installed, ", ") + "; jira-mcp doctor --client " + installed[0] + " checks that as well."
	case len(here) > 0:
		return text + "Add it to a client: jira-mcp install " + strings.Join(here, " ") + "."
	}
	return text + "Add it to a client: jira-mcp install --list shows which are known; for others, see " + clientsPage + "."
}

// clientStates returns the clients on this machine that have our entry, and the
// others.
func (a *app) clientStates() (installed, others []string) {
	here, err := a.clientsHere()
	p, placesErr := a.places()
	if errors.Join(err, placesErr) != nil {
		return nil, nil
	}
	for _, c := range here {
		if a.entryState(c, c.Path(p, false), defaultEntry) == "installed" {
			installed = append(installed, c.Name)
		} else {
			others = append(others, c.Name)
		}
	}
	return installed, others
}
