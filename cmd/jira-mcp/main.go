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
// startGCPercent) and runs the program.
func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startGCPercent)
	}
	os.Exit(runProcess())
}

// runProcess runs the program with the process's arguments, streams and environment, and
// returns the exit code. SIGINT, SIGTERM and SIGHUP end the context, so that calls in
// flight can finish; a server over HTTP reads its files again on SIGHUP.
func runProcess() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	ctx, end := context.WithCancel(ctx)
	defer end()
	hup := &hangups{}
	defer hup.listen(end)() // also while calls in flight finish
	return run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}, os.LookupEnv, hup)
}
