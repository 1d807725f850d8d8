// Command figures measures jira-mcp against the bounds it promises: start-up
// time, memory, the cost it adds to a call, throughput and the tokens its tools
// occupy. It builds the server, runs it against a fake Jira on the loopback
// interface and prints one line per figure; it needs no internet.
//
//	go run ./.ci/figures            # print the table
//	go run ./.ci/figures --strict   # exit status 1 unless every figure is ok
//	go run ./.ci/figures --verbose  # also the tokens of every single tool
//
// Start-up time and memory are compared with those of the program in bare, a
// server of one tool, so that the figures show jira-mcp's own share, and the time
// of calls with that of the program in proxy. All are built without cgo, as
// releases are.
//
// The files, in the order in which to read them:
//
//   - main.go: the list of measurements, and the table.
//   - footprint.go: start-up time and memory.
//   - cost.go: the time of a call, beside that of a proxy.
//   - load.go: calls per second.
//   - callers.go: a server for many users.
//   - tokens.go: the size of tools/list for a model.
//   - answers.go: what a client's model sees of answers, as text and structured.
//   - rpc.go, stdio.go, http.go: an MCP client for both transports.
//   - backend.go, fixture.go: the fake Jira and its answers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"
)

// measureTimeout bounds each group of measurements.
const measureTimeout = 2 * time.Minute

// errSkipped marks a figure that this machine has no means to measure.
var errSkipped = errors.New("skipped")

// suite holds what every measurement needs.
type suite struct {
	jira    *backend // the fake Jira
	binary  string   // the built jira-mcp
	bare    string   // the built one-tool server
	proxy   string   // the built proxy
	dir     string   // temporary files: the two programs and their logs
	verbose bool
}

// figure is one line of the table.
type figure struct {
	name     string
	measured string
	bound    string
	ok       bool  // measured is within bound
	err      error // why there is no measured value, or nil
}

// verdict returns the last column of the table: ok, over, skipped or failed.
func (f figure) verdict() string {
	switch {
	case errors.Is(f.err, errSkipped):
		return "skipped"
	case f.err != nil:
		return "failed: " + f.err.Error()
	case f.ok:
		return "ok"
	default:
		return "over"
	}
}

// passes reports whether a strict run accepts the figure: it is within its
// bound, or cannot be measured on this machine.
func (f figure) passes() bool {
	return f.err == nil && f.ok || errors.Is(f.err, errSkipped)
}

// main exits with status 2 if the measurements could not be made, and with
// --strict with status 1 if a figure is over its bound.
func main() {
	strict := flag.Bool("strict", false, "exit with status 1 unless every figure is within its bound")
	verbose := flag.Bool("verbose", false, "print the tokens of every tool")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	good, err := run(ctx, *verbose)
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(2)
	case *strict && !good:
		os.Exit(1)
	}
}

// run builds the programs, takes every measurement and prints the table. It
// reports whether all figures pass.
func run(ctx context.Context, verbose bool) (good bool, err error) {
	dir, err := os.MkdirTemp("", "jira-mcp-figures-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	b := &suite{dir: dir, verbose: verbose}
	if err := b.build(ctx); err != nil {
		return false, err
	}
	if b.jira, err = newBackend(); err != nil {
		return false, err
	}
	defer b.jira.close()

	var all []figure
	for _, measure := range []func(context.Context) []figure{
		b.startup, b.memory, b.memoryAfterGets, b.cost, b.throughput, b.team, b.tokens, b.answers,
	} {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		one, cancel := context.WithTimeout(ctx, measureTimeout)
		all = append(all, measure(one)...)
		cancel()
	}
	return printTable(os.Stdout, all)
}

// build compiles jira-mcp, the bare server and the proxy into b.dir.
func (b *suite) build(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()

	gomod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("go env GOMOD: %w", err)
	}
	root := filepath.Dir(string(gomod)) // the final newline goes with the base name
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	b.binary, b.bare, b.proxy = filepath.Join(b.dir, "jira-mcp"+suffix), filepath.Join(b.dir, "bare"+suffix), filepath.Join(b.dir, "proxy"+suffix)
	for out, pkg := range map[string]string{b.binary: "./cmd/jira-mcp", b.bare: "./.ci/figures/bare", b.proxy: "./.ci/figures/proxy"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if msg, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", pkg, err, msg)
		}
	}
	return nil
}

// printTable writes the figures to w and reports whether all of them pass.
func printTable(w io.Writer, all []figure) (bool, error) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "figure\tmeasured\tbound\t")
	good := true
	for _, f := range all {
		good = good && f.passes()
		measured := f.measured
		if f.err != nil {
			measured = "-"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", f.name, measured, f.bound, f.verdict())
	}
	return good, tw.Flush()
}

// failed returns, for each name, a figure without a value that carries err.
func failed(err error, bound string, names ...string) []figure {
	var out []figure
	for _, name := range names {
		out = append(out, figure{name: name, bound: bound, err: err})
	}
	return out
}
