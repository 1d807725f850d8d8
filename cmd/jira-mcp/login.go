package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/logins"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
)

// unlockTimeout is how long a person has to unlock the keyring.
const unlockTimeout = time.Minute

// loginCommand returns the command login.
func (a *app) loginCommand() *cobra.Command {
	var email, expires string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Test an API token and keep it in the system's keyring",
		Long: `Ask for the site, e-mail address and API token, test them, and store the token
in the system's keyring: the macOS Keychain, the Windows Credential Manager or
the Linux Secret Service. The site and e-mail address are stored in a file, the
token never is. After that, jira-mcp needs no settings. To replace the token of
a running server, log in again: the server uses the new one without a restart.

Make a token at ` + credential.TokenPage + `
If standard input is not a terminal, the token is read from it.`,
		Example: `  jira-mcp login
  jira-mcp login --site example --email ana@example.com --expires 2026-12-31
  pass show jira | jira-mcp login --site example --email ana@example.com`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), email, expires) },
	}
	cmd.Flags().StringVar(&email, "email", "", "the e-mail address of the account that owns the token")
	cmd.Flags().StringVar(&expires, "expires", "", "the day the token expires, as Atlassian showed it, such as 2026-12-31")
	return cmd
}

// login prompts for what the flags and settings do not give, tests the token
// with one call and stores it. It checks the keyring first, before the person
// looks for a token.
func (a *app) login(ctx context.Context, email, expires string) error {
	cfg, err := a.settings(ctx)
	if err != nil {
		return usageError{err}
	}
	// Check the keyring before anybody looks for a token.
	if err := a.keyringWorks(ctx); err != nil {
		return err
	}
	ask := a.asker()
	elsewhere := cfg.TokenFrom() // a variable that would be used in place of the keyring
	cfg.Access = credential.Secret{}
	site := logins.Site{URL: cfg.Site, Email: firstNonEmpty(email, cfg.Email), Expires: firstNonEmpty(expires)}
	if cfg.AuthMethod() != "auto" {
		site.Auth = cfg.AuthMethod()
	}
	if site.URL, err = ask.line(ctx, site.URL, "Site (an address of it, such as https://example.atlassian.net/jira, or just example): ", "--site"); err == nil {
		if site.URL, err = config.ParseSite(site.URL); err != nil {
			err = fmt.Errorf("--site: %w", err)
		}
	}
	if err == nil && site.Auth != "bearer" {
		site.Email, err = ask.line(ctx, site.Email, "E-mail address of the account: ", "--email")
	}
	if err != nil {
		return usageError{err}
	}
	if _, dayErr := credential.ParseDay(site.Expires); site.Expires != "" && dayErr != nil {
		return usageError{fmt.Errorf("--expires %s is not a date like 2026-12-31", site.Expires)}
	}
	if ask.interactive {
		a.showScopes(cfg)
	}
	token, err := ask.secret(ctx, "API token (not shown): ")
	if err != nil {
		return usageError{err}
	}
	who, err := a.testToken(ctx, cfg, site, token)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s.\n", who)
	if ask.interactive && site.Expires == "" {
		if site.Expires, err = ask.optional(ctx, "Expiry date as Atlassian showed it, such as 2026-12-31 (Enter if unknown): "); err != nil {
			return usageError{err}
		}
		if _, dayErr := credential.ParseDay(site.Expires); site.Expires != "" && dayErr != nil {
			fmt.Fprintf(a.out, "%s is not a date like 2026-12-31, so it is not stored.\n", site.Expires)
			site.Expires = ""
		}
	}
	if err := a.store(ctx, site, token); err != nil {
		return err
	}
	if elsewhere != "" {
		fmt.Fprintf(a.out, "Unset %s: while it is set, the keyring is not used.\n", elsewhere)
	}
	return a.offerClients(ctx, ask)
}

// showScopes prints the scopes for a token with scopes, in two sets.
func (a *app) showScopes(cfg config.Config) {
	read, write, err := scopesToTick(cfg)
	if err != nil {
		return // an error in the settings, which the commands that need them report
	}
	fmt.Fprintf(a.err, "\nMake an API token at %s\nwith \"Create API token with scopes\", app Jira, and tick:\n  to read             %s\n", credential.TokenPage, strings.Join(read, "\n                      "))
	if len(write) > 0 {
		fmt.Fprintf(a.err, "  to write, too       %s\n", strings.Join(write, "\n                      "))
	}
	fmt.Fprint(a.err, "A token without scopes works as well, and has all your permissions.\n\n")
}

// offerClients offers to add the server to the clients on this machine that do
// not have it yet. Without a terminal it names the command.
func (a *app) offerClients(ctx context.Context, ask *asker) error {
	_, others := a.clientStates()
	if _, err := a.program(); err != nil {
		others = nil // go run has no program that stays
	}
	if len(others) == 0 || !ask.interactive {
		fmt.Fprintln(a.out, "Next: jira-mcp doctor checks everything; jira-mcp install adds the server to an MCP client.")
		return nil
	}
	var titles []string
	var clients []clientconfig.Client
	for _, name := range others {
		if c, ok := clientconfig.Find(name); ok {
			clients, titles = append(clients, c), append(titles, c.Title)
		}
	}
	answer, err := ask.optional(ctx, fmt.Sprintf("Add jira-mcp to %s now? (y/N) ", strings.Join(titles, ", ")))
	if err != nil {
		return usageError{err}
	}
	if !strings.HasPrefix(strings.ToLower(answer), "y") {
		fmt.Fprintf(a.out, "Later: jira-mcp install %s\n", strings.Join(others, " "))
		return nil
	}
	return a.install(ctx, clients, &installOptions{name: defaultEntry})
}

// keyringWorks returns an error if the keyring cannot be used. It looks up an
// entry that is not there: a keyring that answers "not found" works. The error
// says how to do without a keyring.
func (a *app) keyringWorks(ctx context.Context) error {
	err := keyring.RunWithTimeout(ctx, unlockTimeout, func() error {
		if _, err := a.keyring.Get("https://none.invalid"); !errors.Is(err, keyring.ErrNotFound) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the keyring: %w.\nTo use a file: put only the token into it, with mode 600, set JIRA_URL, JIRA_EMAIL and JIRA_API_TOKEN_FILE, and run jira-mcp doctor", err)
	}
	return nil
}

// testToken reads the token's owner from Jira, and returns who that is. Nothing
// is stored before.
func (a *app) testToken(ctx context.Context, cfg config.Config, site logins.Site, token credential.Secret) (string, error) {
	cfg.Site, cfg.Email = site.URL, site.Email
	cred := credential.Credential{Email: site.Email, Token: token}
	a.redactor.Add(cred)
	options := jira.Options{Credential: credential.Static(cred), Now: a.now, UserAgent: "jira-mcp/" + version()}
	if err := a.configureTransport(cfg, &options); err != nil {
		return "", usageError{err}
	}
	client, err := jira.New(options)
	if err != nil {
		return "", usageError{err}
	}
	me, err := client.Myself(ctx)
	var refused *jira.Error
	if errors.As(err, &refused) {
		return "", fmt.Errorf("the token was not stored: %w\n%s", err, refused.Hint())
	}
	if err != nil {
		return "", fmt.Errorf("the token was not stored: %w", err)
	}
	return fmt.Sprintf("Logged in at %s as %s. Credential: %s", site.URL, me.DisplayName, client.CredentialKind()), nil
}

// store puts a token into the keyring and notes the site in the list of logins.
func (a *app) store(ctx context.Context, site logins.Site, token credential.Secret) error {
	if err := keyring.RunWithTimeout(ctx, unlockTimeout, func() error { return a.keyring.Set(site.URL, token.Reveal()) }); err != nil {
		return fmt.Errorf("the keyring: %w", err)
	}
	file, err := a.loginFile()
	if err == nil {
		err = file.Put(site)
	}
	if err != nil {
		return fmt.Errorf("the token is in the keyring, but the site could not be saved: %w", err)
	}
	if day, err := credential.ParseDay(site.Expires); err == nil && day.Notice(a.now()) != "" {
		fmt.Fprintln(a.out, day.Notice(a.now()))
	}
	fmt.Fprintln(a.out, "The token is in the system's keyring.")
	return nil
}

// logoutCommand returns the command logout.
func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Remove a site's API token from the keyring",
		Long: `Remove the API token of a site from the system's keyring, and the site from the
list of logins. The token itself stays valid until it is revoked at
` + credential.TokenPage,
		Example: "  jira-mcp logout --site example",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.logout(cmd.Context()) },
	}
}

// logout removes a site's token from the keyring and the site from the list of
// logins. It removes the site even if the keyring fails, and reports that. The
// token itself stays valid at Atlassian.
func (a *app) logout(ctx context.Context) error {
	cfg, err := a.settings(ctx)
	if err != nil {
		return usageError{err}
	}
	file, err := a.loginFile()
	if err != nil {
		return err
	}
	list, err := file.Load()
	if err != nil {
		return err
	}
	address := cfg.Site
	if address == "" && len(list) == 1 {
		address = list[0].URL
	}
	if address == "" {
		var names []string
		for _, s := range list {
			names = append(names, s.Name())
		}
		return usageError{fmt.Errorf("which site? Use --site; logged in at: %s", firstNonEmpty(strings.Join(names, ", "), "none"))}
	}
	known := slices.ContainsFunc(list, func(s logins.Site) bool { return s.URL == address })
	err = keyring.RunWithTimeout(ctx, unlockTimeout, func() error { return a.keyring.Delete(address) })
	if err != nil && !known {
		fmt.Fprintf(a.out, "Not logged in at %s.\n", address)
		return nil //nolint:nilerr // whatever failed in the keyring, there was no login
	}
	missing := errors.Is(err, keyring.ErrNotFound)
	if err := file.Remove(address); err != nil {
		return err
	}
	if err != nil && !missing {
		return fmt.Errorf("the site was removed, but its token could not be removed from the keyring: %w", err)
	}
	if missing {
		fmt.Fprintf(a.out, "The keyring had no token for %s.\n", address)
		return nil
	}
	fmt.Fprintf(a.out, "The token for %s was removed from the keyring. It stays valid until you revoke it at %s\n", address, credential.TokenPage)
	if installed, _ := a.clientStates(); len(installed) > 0 {
		fmt.Fprintf(a.out, "The server is still in: %s; jira-mcp uninstall %[1]s removes it.\n", strings.Join(installed, " "))
	}
	return nil
}

// firstNonEmpty returns the first text that is not blank, trimmed, or "".
func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}
