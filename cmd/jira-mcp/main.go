// Command jira-mcp gives AI assistants access to Jira Cloud, over the Model
// Context Protocol (MCP). Without arguments it serves MCP over stdio; jira-mcp
// --help lists the commands and settings.
//
// Read the files in this order:
//
//   - app.go: the type app, which all commands share, exit codes and the root
//     command.
//   - settings.go, credentials.go, policy.go: from the environment to a
//     configuration, a connection and the tools that it offers.
//   - wire.go: the composition root, which builds logger, client and tools.
//   - setup.go: a server over stdio whose settings are not usable yet.
//   - serve.go: the transports; see internal/stdioserver and
//     internal/httpserver.
//   - login.go, ask.go: storing a token in the keyring.
//   - install.go, install_files.go, install_check.go: adding the server to MCP clients; see
//     internal/clientconfig.
//   - doctor.go and doctor_*.go: the checks of jira-mcp doctor.
//   - call.go, report*.go, tools.go, scopes.go, adf.go, jql.go, sandbox.go,
//     demo.go: one command each.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // people's time zones, also where the system has no time zone database
)

// main raises the garbage collector's threshold for the start (see
// startGCPercent), and turns [endSignals] into the end of the context, so that
// calls in flight can finish.
func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startGCPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}, os.LookupEnv)
	stop()
	os.Exit(code)
}

// endSignals returns the signals that end the process: SIGINT, SIGTERM, and SIGHUP,
// which a terminal or an editor sends when it closes, unless the process was
// started to ignore that (nohup).
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
