package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
)

// listClients prints the clients with their files and the state of the entry.
func (a *app) listClients(o *installOptions) error {
	p, err := a.places()
	if err != nil {
		return err
	}
	for _, c := range clientconfig.Clients() {
		if o.project && c.Project == "" {
			continue
		}
		at, state := c.Path(p, o.project), "not found"
		if c.Present(p) {
			state = "found"
		}
		if text := a.entryState(c, at, o.name); text != "" {
			state = text
		}
		fmt.Fprintf(a.out, "%-15s %-14s %s\n", c.Name, state, at)
	}
	return nil
}

// openClient opens a client's file.
func (a *app) openClient(c clientconfig.Client, at string) (*clientconfig.File, error) {
	f, err := clientconfig.Open(c, at)
	if err == nil {
		f.Own, _ = a.program() // without it, entries are recognised by their name
	}
	return f, err
}

// entryState returns the state of our entry in a client's file; "" if it is not
// there.
func (a *app) entryState(c clientconfig.Client, at, name string) string {
	f, err := a.openClient(c, at)
	if err != nil {
		return "unreadable"
	}
	server, found, err := f.Server(name)
	switch {
	case err != nil:
		return "unreadable"
	case !found:
		return ""
	case server.URL == "" && !isProgram(server.Command):
		return "program gone"
	}
	return "installed"
}

// isProgram reports whether a command can be started.
func isProgram(command string) bool {
	_, err := exec.LookPath(command)
	return err == nil
}

// addTo adds the server to a client's file.
func (a *app) addTo(c clientconfig.Client, at string, server clientconfig.Server, o *installOptions) error {
	f, err := a.openClient(c, at)
	if err != nil {
		return err
	}
	had, err := f.Entry(o.name)
	var text []byte
	if err == nil {
		text, err = f.Put(o.name, server)
	}
	switch {
	case errors.Is(err, clientconfig.ErrForeign):
		return fmt.Errorf("%s has an entry %q of another program; choose another name with --name, or remove that entry", at, o.name)
	case err != nil:
		return fmt.Errorf("%s was not changed, since it cannot be edited safely (%w). Add this yourself:\n%s", at, err, c.Snippet(o.name, server))
	case f.IsSame(text):
		fmt.Fprintf(a.out, "%s: already installed in %s\n", c.Title, at)
		return nil
	}
	verb := map[bool]string{true: "added to", false: "updated in"}[had == nil]
	if o.dryRun {
		fmt.Fprintf(a.out, "%s: would be %s %s:\n%s\n", c.Title, verb, at, strings.TrimRight(f.Change(text), "\n"))
		return nil
	}
	backup, err := f.Write(text)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: %s %s%s\n", c.Title, verb, at, prefixed("; the former file is ", backup))
	return nil
}

// uninstall removes the server from a client's file.
func (a *app) uninstall(c clientconfig.Client, at string, o *installOptions) error {
	f, err := a.openClient(c, at)
	if err != nil {
		return err
	}
	_, ours, err := f.Server(o.name)
	if err != nil {
		return fmt.Errorf("%s was not changed: %w", at, err)
	}
	if !ours {
		if entry, _ := f.Entry(o.name); entry != nil {
			return fmt.Errorf("%s was not changed: its entry %q is of another program", at, o.name)
		}
		fmt.Fprintf(a.out, "%s: not installed in %s\n", c.Title, at)
		return nil
	}
	text, _, err := f.Remove(o.name)
	if err != nil {
		return fmt.Errorf("%s was not changed, since it cannot be edited safely (%w); remove the entry %q yourself", at, err, o.name)
	}
	if o.dryRun {
		fmt.Fprintf(a.out, "%s: would be removed from %s:\n%s\n", c.Title, at, strings.TrimRight(f.Change(text), "\n"))
		return nil
	}
	backup, err := f.Write(text)
	if err == nil {
		fmt.Fprintf(a.out, "%s: removed from %s%s\n", c.Title, at, prefixed("; the former file is ", backup))
	}
	return err
}
