package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/stdioserver"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// An MCP client starts a stdio server and shows nothing of what it writes to
// stderr: a server that ends because of a wrong setting is "Connection closed"
// to its user. So serve stays up over stdio and explains itself inside the
// client. Two cases differ:
//
//   - Only the login is missing or unusable: the tools that the settings offer
//     are listed, and each call looks for the login again.
//   - A restriction cannot be read: nothing but jira_setup is offered, so that a
//     mistake in a limit never means no limit.

// setup serves over stdio while a setting is missing or unusable.
type setup struct {
	*app
	options *serveOptions
	ctx     context.Context // of the process, for the server that takes over

	mu       sync.Mutex
	problem  error    // why the program cannot be built; nil once it could be
	program  *program // the program that has taken over, or nil
	isSealed bool     // the present server offers the setup tool alone
}

// explain serves MCP over stdio with what is wrong: cause, an error in flags or
// settings. It returns cause at once where somebody sees it: on a terminal, with
// --strict, and for transports other than stdio. Otherwise it returns cause, as
// reported, at the end of the input, or nil if the settings became usable.
func (a *app) explain(ctx context.Context, o *serveOptions, cause error) error {
	var usage usageError
	if o.strict || isOverHTTP(o.transport) || a.asker().interactive || !errors.As(cause, &usage) {
		return cause
	}
	cause = a.withFileProblems(ctx, o, cause)
	fmt.Fprintf(a.err, "jira-mcp: %v\n", cause)
	s := &setup{app: a, options: o, problem: cause, ctx: ctx}
	first := s.server()
	cfg, _ := a.settings(ctx) // for the log alone, as far as it can be read
	serving := stdioserver.Options{Server: first, Log: a.logger(cfg), Redact: a.redactErrors}
	if !o.isUnusable {
		serving.Next = s.next
	}
	err := stdioserver.Serve(ctx, serving, a.in, a.out)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.program != nil {
		s.program.stop()
		return err
	}
	return reportedError{errors.Join(usageError{cause}, err)}
}

// withFileProblems adds what is wrong with the audit file and the directory for
// attachments to an error about the settings: both are restrictions, and wire
// opens them last.
func (a *app) withFileProblems(ctx context.Context, o *serveOptions, cause error) error {
	if o.isUnusable || config.Restricts(cause) {
		return cause
	}
	if err := a.checkFiles(ctx); err != nil {
		return usageError{errors.Join(cause, err)}
	}
	return cause
}

// server returns the server for the time until the settings are usable, and notes
// of which kind it is.
func (s *setup) server() *server.MCPServer {
	if !s.options.isUnusable && !config.Restricts(s.problem) {
		waiting := *s.app
		waiting.missing = s.missing
		p, err := waiting.wire(s.ctx, false, true)
		if err == nil {
			s.isSealed = false
			return p.server.MCP
		}
		s.setProblem(errors.Join(s.problem, err))
	}
	s.isSealed = true
	return tools.NewSetupServer(version(), s.catalog(), s.missing)
}

// next builds the program again, and returns its server if the settings are
// usable now. It reads the login, the files and the environment anew, the
// restrictions included: what takes over is a server as if started now. If the
// settings are still wrong, but a restriction has become unusable or usable in the
// meantime, the server of the other kind takes over.
func (s *setup) next(context.Context) (*server.MCPServer, bool) {
	built := *s.app
	built.missing = func() string { return "" } // it was missing, so a client may still call jira_setup
	p, err := built.wireForStdio(s.ctx, s.options)
	if err != nil {
		err = s.withFileProblems(s.ctx, s.options, err)
	}
	s.setProblem(err)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.program = p
		return p.server.MCP, true
	}
	if config.Restricts(err) == s.isSealed {
		return nil, false
	}
	return s.server(), false
}

// setProblem notes why the program cannot be built.
func (s *setup) setProblem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = err
}

// missing returns what is wrong, why nothing works until then, and how to mend
// it. It is never empty: the server that it belongs to has no Jira to call, also
// while another one takes over.
func (s *setup) missing() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.problem == nil {
		return "The settings are complete now. Call the tool again."
	}
	return string(s.redactErrors([]byte(s.describe(s.problem))))
}

// describe returns the text for a person whose client shows it.
func (s *setup) describe(problem error) string {
	var b strings.Builder
	b.WriteString("jira-mcp is not set up:\n")
	for line := range strings.Lines(problem.Error()) {
		b.WriteString("- " + strings.TrimRight(line, "\n") + "\n")
	}
	b.WriteString("\n")
	switch {
	case s.options.isUnusable:
		b.WriteString("Correct the arguments (\"args\") in this client's configuration of the server, then restart the server in the client. Nothing is offered until then, since a flag may be a restriction.\n")
	case config.Restricts(problem):
		b.WriteString("Correct the variables (\"env\") in this client's configuration of the server, then restart the server in the client. Nothing is offered until then, since such variables restrict what the server may do.\n")
	default:
		b.WriteString("After jira-mcp login, call the tool again; no restart is needed. If you use variables, set them in this client's configuration of the server (\"env\") and restart the server: clients do not pass on the shell's environment.\n")
	}
	b.WriteString("To check everything, run jira-mcp doctor in a terminal. How to configure each client: " + clientsPage)
	return b.String()
}

// settingsAdvice returns the one thing to do about an error in the settings, for
// doctor as well: its first line, unless something is simply not there.
func settingsAdvice(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	if strings.Contains(first, " is not set: ") {
		return "Run jira-mcp login in a terminal, or set the variables named above."
	}
	return first
}

// explainFlags handles an error in the flags of serve, which may be a
// restriction that this version does not know. The flags behind the wrong one
// are not parsed, so the arguments are searched for those that decide.
func (a *app) explainFlags(cmd *cobra.Command, args []string, err error) error {
	cause := usageError{err}
	isServe := cmd.Name() == "serve" || !cmd.HasParent() && commandIn(cmd, args) == ""
	if !isServe {
		return cause
	}
	for n, arg := range args {
		name, value, isInline := strings.Cut(arg, "=")
		if strict, _ := strconv.ParseBool(value); name == "--strict" && (!isInline || strict) {
			return cause
		}
		if name == "--transport" && !isInline && n+1 < len(args) {
			value = args[n+1]
		}
		if name == "--transport" && isOverHTTP(value) {
			return cause
		}
	}
	return a.explain(cmd.Context(), &serveOptions{transport: "stdio", isUnusable: true}, cause)
}

// isOverHTTP reports whether the flag --transport asks for a transport other than
// stdio, in any letter case. Somebody who starts one sees why the process ends.
func isOverHTTP(transport string) bool {
	return strings.EqualFold(transport, "http") || strings.EqualFold(transport, "sse")
}

// commandIn returns the first word in front of an unknown flag that is neither a
// flag nor the value of one: a misspelt command, which a script may have.
func commandIn(cmd *cobra.Command, args []string) string {
	for n := 0; n < len(args); n++ {
		name, isFlag := strings.CutPrefix(args[n], "--")
		name, _, isInline := strings.Cut(name, "=")
		switch known := cmd.Flags().Lookup(name); {
		case !isFlag && !strings.HasPrefix(args[n], "-"):
			return args[n]
		case known == nil:
			return ""
		case !isInline && known.NoOptDefVal == "":
			n++ // the flag's value
		}
	}
	return ""
}
