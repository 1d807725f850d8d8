package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/logins"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// settings reads the configuration. --site overrides the environment, which
// overrides the file that --env-file names.
func (a *app) settings(ctx context.Context) (config.Config, error) {
	lookup, names := a.lookup, variableNames(a.environ)
	if a.envFile != "" {
		file, err := envFile(a.envFile)
		if err != nil {
			return config.Config{}, config.Problems{{Text: "--env-file: " + err.Error(), Restricts: true}}
		}
		names = append(names, slices.Sorted(maps.Keys(file))...)
		known := config.Names()
		for name, value := range file {
			a.learnSetting(known, name, value)
		}
		lookup = func(name string) (string, bool) {
			// A blank variable must not hide a restriction of the file.
			value, set := a.lookup(name)
			if other, inFile := file[name]; inFile && strings.TrimSpace(value) == "" {
				return other, true
			}
			return value, set
		}
	}
	cfg, err := config.Load(ctx, a.withSite(lookup))
	return cfg, errors.Join(err, unknownSettings(names))
}

// variableNames returns the names in a list of NAME=value.
func variableNames(environ []string) []string {
	var all []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		all = append(all, name)
	}
	return all
}

// unknownSettings returns an error for variables that are named like settings of
// this server and are none, or like another name of a restriction in another letter
// case. A misspelt limit would otherwise
// be no limit, silently: JIRA_MCP_READONLY=true for JIRA_MCP_READ_ONLY=true.
func unknownSettings(variables []string) error {
	var problems config.Problems
	known, restrictions := config.Names(), config.Restrictions()
	for _, name := range variables {
		upper := strings.ToUpper(name)
		if !strings.HasPrefix(upper, "JIRA_MCP_") && !slices.Contains(restrictions, upper) || slices.Contains(known, name) || name == "JIRA_MCP_CONTRACTS" { // a variable of the tests
			continue
		}
		if runtime.GOOS == "windows" && slices.Contains(known, upper) { // where letter case means nothing
			continue
		}
		text := name + ": no such setting"
		if near := names.Nearest(upper, known); near != "" {
			text += "; did you mean " + near + "?"
		}
		problems = append(problems, config.Problem{Text: text, Restricts: true})
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// withSite returns a lookup in which --site replaces JIRA_URL and its aliases.
func (a *app) withSite(lookup func(string) (string, bool)) func(string) (string, bool) {
	if a.site == "" {
		return lookup
	}
	return func(name string) (string, bool) {
		if name == "JIRA_URL" {
			return a.site, true
		}
		if config.NamesSite(name) {
			return "", false
		}
		return lookup(name)
	}
}

// maxEnvFile bounds the file of --env-file, and token files, in bytes.
const maxEnvFile = 1 << 20

// envFile reads a file of NAME=value lines. It may hold the token, so that it
// must not be writable by others (see [credential.ReadPrivate]).
func envFile(path string) (map[string]string, error) {
	text, _, err := credential.ReadPrivate(path, maxEnvFile)
	if err != nil {
		return nil, err
	}
	values, err := config.ParseFile(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s is not a file of NAME=value lines: %w", path, err)
	}
	return values, nil
}

// configDirs returns the directories in which the list of logins may be. MCP
// clients do not pass on XDG_CONFIG_HOME, so that on Linux the list is in
// ~/.config whatever that says, where a server that a client starts finds it.
// Earlier versions wrote it to XDG_CONFIG_HOME.
func configDirs() ([]string, error) {
	dir, err := os.UserConfigDir()
	if err != nil || runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return []string{dir}, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return []string{dir}, nil //nolint:nilerr // XDG_CONFIG_HOME alone is enough
	}
	if fixed := filepath.Join(home, ".config"); fixed != dir {
		return []string{fixed, dir}, nil
	}
	return []string{dir}, nil
}

// loginFile returns the list of logins.
func (a *app) loginFile() (logins.File, error) {
	dirs, err := a.configDirs()
	if err != nil {
		return logins.File{}, err
	}
	var f logins.File
	for n, dir := range dirs {
		path := filepath.Join(dir, "jira-mcp", "sites.json")
		if n == 0 {
			f.Path = path
		} else {
			f.Earlier = append(f.Earlier, path)
		}
	}
	return f, nil
}

// complete fills in a stored login if no variable says where the token is, and
// checks that everything that a call needs is there.
//
// The login of the configured site is used, or the only login if no site is
// configured. With several logins and no site the error lists them. A
// configured e-mail address must be the login's, since its token belongs to
// that account. An expiry day or a JIRA_AUTH in the environment wins over the
// login's.
func (a *app) complete(cfg *config.Config) error {
	if cfg.TokenFrom() != "" {
		return cfg.Credentials()
	}
	file, err := a.loginFile()
	if err != nil {
		return cfg.Credentials() // a system without a home directory has no logins
	}
	list, err := file.Load()
	if err != nil {
		return config.Mistake("%v", err)
	}
	var names []string
	var found *logins.Site
	for _, s := range list {
		names = append(names, s.Name())
		if s.URL == cfg.Site || cfg.Site == "" && len(list) == 1 {
			found = &s
		}
	}
	switch {
	case found != nil && cfg.Email != "" && !strings.EqualFold(cfg.Email, found.Email):
		return config.Mistake("the login at %s belongs to %s, but %s is set to another e-mail address; unset it, or run jira-mcp login again", found.URL, found.Email, cfg.From("JIRA_EMAIL"))
	case found != nil:
		cfg.Site, cfg.Email, cfg.Stored = found.URL, found.Email, true
		if cfg.Expires == "" {
			cfg.Expires = found.Expires
		}
		if cfg.Auth == "auto" && found.Auth != "" {
			cfg.Auth = found.Auth
		}
	case cfg.Site == "" && len(list) > 1:
		return config.Mistake("there are logins at several sites: %s; choose one with --site or JIRA_URL", strings.Join(names, ", "))
	}
	return cfg.Credentials()
}
