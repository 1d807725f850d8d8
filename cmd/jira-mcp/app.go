package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// The exit codes of all commands.
const (
	exitOK     = 0
	exitFailed = 1 // the command failed: a tool error, an address in use …
	exitUsage  = 2 // wrong flags, arguments or settings
)

// exitHelp explains the exit codes.
const exitHelp = "Exit status: 0 done, 1 failed, 2 wrong flags, arguments or settings."

// stdio holds the process's streams.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// app holds what the commands share: the streams, the access to the environment
// and the flags that every command has. Tests replace the functions and the
// keyring.
type app struct {
	stdio
	hangups     *hangups // what SIGHUP does; a command's own if nil
	terminal    bool     // stderr may show colours
	stderrIsTTY bool     // stderr is a terminal
	stdoutIsTTY bool     // stdout is a terminal
	person      bool     // standard input counts as a terminal, in tests
	lookup      func(string) (string, bool)
	environ     []string // the whole environment, to find misspelt settings
	now         func() time.Time
	configDirs  func() ([]string, error) // the directories of the list of logins; the first one is written
	home        func() (string, error)   // the user's home directory
	executable  func() (string, error)   // the path of this program
	keyring     keyring.Store
	redactor    *credential.Redactor              // hides tokens in everything that leaves the program
	logRedactor *credential.Redactor              // hides other secrets in logs and reports only: see addSecret
	catalog     func() tools.Catalog              // all tools; built at the first call
	policy      func(config.Config) policy.Policy // which tools a configuration offers; policyOf by default
	site        string                            // the flag --site
	envFile     string                            // the flag --env-file
	missing     func() string                     // what a server over stdio lacks: see setup; nil if it started complete
	auditOut    io.Writer                         // stdout, where a command leaves it to audit lines; nil otherwise
}

// usageError is an error in how the program was called or configured. It leads
// to the exit code exitUsage.
type usageError struct{ error }

// Unwrap implements the interface of package errors.
func (e usageError) Unwrap() error { return e.error }

// reportedError is an error that has been reported to the user already. It sets
// the exit code, and is not printed again.
type reportedError struct{ error }

// Unwrap implements the interface of package errors.
func (e reportedError) Unwrap() error { return e.error }

// run runs the program with arguments, streams and environment, and returns the
// exit code.
func run(ctx context.Context, args []string, s stdio, lookup func(string) (string, bool), hup *hangups) int {
	a := &app{stdio: s, hangups: hup, lookup: lookup, environ: os.Environ(), now: time.Now, configDirs: configDirs, home: os.UserHomeDir, executable: os.Executable, keyring: keyring.System{}}
	a.prepare()
	// net/http writes errors that it cannot return to the standard logger,
	// bytes of answers included. They must pass the redactors as well.
	log.SetOutput(a.err)
	return a.execute(ctx, args)
}

// prepare creates the redactors and puts them in front of stderr. It leaves
// stdout alone: the option Redact of package tools redacts the text of results
// (see wire.go), and printReport the doctor's report.
func (a *app) prepare() {
	if a.policy == nil {
		a.policy = policyOf
	}
	a.catalog = sync.OnceValue(tools.NewCatalog)
	if a.hangups == nil {
		a.hangups = &hangups{}
	}
	a.terminal, a.stderrIsTTY, a.stdoutIsTTY = a.coloured(a.err), isTerminal(a.err), isTerminal(a.out)
	a.redactor, a.logRedactor = &credential.Redactor{}, &credential.Redactor{}
	a.err = a.redacting(a.err)
}

// learnSecrets registers every secret in the environment and the arguments before
// anything reads them: an error about a setting or a flag would show a token that
// somebody put into the wrong place.
func (a *app) learnSecrets(args []string) {
	known := config.Names()
	for _, entry := range a.environ {
		name, value, _ := strings.Cut(entry, "=")
		a.learnSetting(known, name, value)
	}
	for _, arg := range args {
		for _, part := range append(strings.FieldsFunc(arg, func(r rune) bool { return r == '=' || r == ' ' || r == ',' }), arg) {
			if word := strings.TrimLeft(part, "-"); config.IsSecretLike(word) {
				a.redactor.AddSecret(credential.NewSecret(word))
			}
		}
	}
}

// learnSetting registers the secrets in a variable of the environment or of a
// settings file. known are the names of all settings.
func (a *app) learnSetting(known []string, name, value string) {
	value = strings.TrimSpace(value)
	if config.HoldsSecret(name+"=") && !config.IsPlaceholder(value) {
		a.redactor.AddSecret(credential.NewSecret(value))
	}
	if strings.HasPrefix(name, "JIRA_") || strings.HasPrefix(name, "ATLASSIAN_") || slices.Contains(known, name) {
		for _, word := range config.SecretWords(value) {
			a.redactor.AddSecret(credential.NewSecret(word))
		}
	}
}

// execute runs the command that the arguments name, and returns the exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	a.learnSecrets(args)
	root := a.root(args)
	root.SetArgs(append([]string{}, args...)) // cobra would take the process's own for nil
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var quiet reportedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &quiet):
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "jira-mcp: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(a.err, "jira-mcp: %v\n", err)
	return exitFailed
}

// root returns the root command with all its subcommands.
func (a *app) root(args []string) *cobra.Command {
	o := &serveOptions{transport: "stdio"}
	root := &cobra.Command{
		Use:   "jira-mcp",
		Short: "Jira Cloud for AI assistants, over the Model Context Protocol",
		Long: `jira-mcp connects AI assistants to Jira Cloud over the Model Context Protocol.

Without a command it serves MCP over stdio; this is how assistants start it.
It reads its settings from the environment:`,
		Example: `  jira-mcp demo                                   try it, without an account
  jira-mcp login                                  store a token in the system's keyring
  jira-mcp install claude-code                    add the server to an MCP client
  jira-mcp doctor                                 check everything, and see what to do next
  JIRA_URL=example JIRA_EMAIL=… JIRA_API_TOKEN_FILE=… jira-mcp
  jira-mcp call jira_search '{"jql":"project = PAY"}' --sandbox
  jira-mcp report sprint --project PAY --chart burndown.png`,
		Args:          noArgs,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	// The list of settings is built only when help is printed, since an
	// assistant waits for the start.
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd == root {
			cmd.Long += "\n\n" + settingsHelp() + "\n" + exitHelp
		}
		help(cmd, args)
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.Version = version()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return a.explainFlags(cmd, args, err) })
	flags := root.PersistentFlags()
	flags.StringVar(&a.site, "site", "", "the site, as in JIRA_URL; also selects one of several logins")
	flags.StringVar(&a.envFile, "env-file", "", "file with settings (NAME=value lines); the environment takes precedence")
	root.AddCommand(a.serveCommand(), a.loginCommand(), a.logoutCommand(), a.doctorCommand(), a.installCommand(), a.uninstallCommand(), a.scopesCommand(), a.policyCommand(), a.toolsCommand(), a.callCommand(), a.reportCommand(slices.Contains(args, "report")), a.adfCommand(), a.jqlCommand(), a.sandboxCommand(), a.demoCommand(), a.versionCommand())
	addManCommand(a, root)
	return root
}

// noArgs refuses positional arguments with a usageError, and suggests a command
// for a misspelt one.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return usageError{fmt.Errorf("%w; did you mean %s?", err, strings.Join(near, " or "))}
		}
		return usageError{fmt.Errorf("%w; see jira-mcp --help", err)}
	}
	return nil
}

// settingsHelp lists the settings, one a line.
func settingsHelp() string {
	out := ""
	for _, s := range config.Settings() {
		out += fmt.Sprintf("  %-26s %s", s.Name, s.Doc)
		if s.Default != "" {
			out += " (default: " + s.Default + ")"
		}
		out += "\n"
	}
	return out
}

// logger returns the logger that the settings ask for. It writes to stderr,
// since stdout belongs to the protocol.
func (a *app) logger(c config.Config) *slog.Logger { return a.loggerTo(a.err, c) }

// loggerTo returns a logger that writes to w, in the form that the settings ask for.
func (a *app) loggerTo(w io.Writer, c config.Config) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: c.Level()}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: c.Level(), TimeFormat: time.TimeOnly, NoColor: !a.terminal}))
}

// redacting returns a writer that hides every secret in what it passes on.
func (a *app) redacting(w io.Writer) io.Writer { return a.redactor.Writer(a.logRedactor.Writer(w)) }

// addSecret registers a secret other than a token: a header's value or a
// proxy's password. It is hidden in logs and reports only. Such a value may be
// a common word that issues contain too, where replacing it would damage their
// text.
func (a *app) addSecret(value string) { a.logRedactor.AddSecret(credential.NewSecret(value)) }

// redactErrors hides every secret in the text of a failed answer.
func (a *app) redactErrors(b []byte) []byte { return a.redactor.Bytes(a.logRedactor.Bytes(b)) }

// coloured reports whether a stream is a terminal that may show colours:
// NO_COLOR is not set.
func (a *app) coloured(stream any) bool {
	f, ok := stream.(*os.File)
	if _, plain := a.lookup("NO_COLOR"); !ok || plain {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
