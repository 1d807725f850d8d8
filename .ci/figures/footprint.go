package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// The procedure, and the bounds.
const (
	startRuns  = 30
	startBound = 4 * time.Millisecond // above the bare server

	memoryRuns       = 5
	memoryBound      = 2.0                    // MiB of anonymous memory above the bare server
	memoryGets       = 1000                   // calls before the second measurement
	memoryGetsBound  = 22.0                   // MiB
	settleBeforeLook = 200 * time.Millisecond // between the last answer and reading the memory
)

// median returns the median of values, which it sorts.
func median[T int64 | float64 | time.Duration](values []T) T {
	slices.Sort(values)
	mid := len(values) / 2
	if len(values)%2 == 0 {
		return (values[mid-1] + values[mid]) / 2
	}
	return values[mid]
}

// millis formats a duration for the table, in milliseconds.
func millis(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
}

// mebibytes formats a size for the table.
func mebibytes(v float64) string { return fmt.Sprintf("%.1f MiB", v) }

// interleave runs take on jira-mcp and the bare server in turn and returns both
// medians. Which of the two goes first changes with each pair, so that the
// order favours neither. The first pair is dropped as a warm-up.
func interleave[T float64 | time.Duration](b *suite, runs int, take func(program string) (T, error)) (ours, bare T, err error) {
	taken := map[string][]T{}
	pair := []string{b.binary, b.bare}
	for n := range runs + 1 {
		for _, program := range pair {
			v, err := take(program)
			if err != nil {
				return ours, bare, err
			}
			if n > 0 {
				taken[program] = append(taken[program], v)
			}
		}
		slices.Reverse(pair)
	}
	return median(taken[b.binary]), median(taken[b.bare]), nil
}

// startup measures the time from starting the process to its answer to
// initialize.
func (b *suite) startup(ctx context.Context) []figure {
	const name = "start to initialize answer, stdio"
	ours, bare, err := interleave(b, startRuns, func(program string) (time.Duration, error) {
		begin := time.Now()
		c, err := b.startStdio(ctx, program)
		if err != nil {
			return 0, err
		}
		r, err := handshake(ctx, c)
		return r.at.Sub(begin), errors.Join(err, c.end())
	})
	if err != nil {
		return failed(err, "", name)
	}
	return []figure{{
		name: name, measured: millis(ours), ok: ours <= bare+startBound,
		bound: fmt.Sprintf("<= %s (bare %s + %s)", millis(bare+startBound), millis(bare), millis(startBound)),
	}}
}

// memoryOf returns the resident memory of a process in MiB, as a line of its status
// in /proc: VmRSS for all, RssAnon for that which is not part of a file. Other
// systems than Linux skip the figure.
func memoryOf(pid int, line string) (float64, error) {
	if runtime.GOOS != "linux" {
		return 0, fmt.Errorf("%w: no /proc on %s", errSkipped, runtime.GOOS)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for one := range bytes.Lines(text) {
		words := bytes.Fields(one)
		if len(words) == 3 && string(words[0]) == line+":" {
			kib, err := strconv.ParseFloat(string(words[1]), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc", line)
}

// memory measures the anonymous memory of a server after the handshake: the
// program's own code is a file, which processes share.
func (b *suite) memory(ctx context.Context) []figure {
	const name = "anonymous memory after initialize"
	ours, bare, err := interleave(b, memoryRuns, func(program string) (float64, error) {
		return b.memoryAfter(ctx, program, "RssAnon", func(*stdioClient) error { return nil })
	})
	if err != nil {
		return failed(err, "", name)
	}
	return []figure{{
		name: name, measured: mebibytes(ours), ok: ours <= bare+memoryBound,
		bound: fmt.Sprintf("<= %s (bare %s + %s)", mebibytes(bare+memoryBound), mebibytes(bare), mebibytes(memoryBound)),
	}}
}

// memoryAfterGets measures the resident memory of a server that has answered a
// thousand calls.
func (b *suite) memoryAfterGets(ctx context.Context) []figure {
	name := fmt.Sprintf("resident memory after %d gets", memoryGets)
	bound := "<= " + mebibytes(memoryGetsBound)
	got, err := b.memoryAfter(ctx, b.binary, "VmRSS", func(c *stdioClient) error {
		for n := range memoryGets {
			if _, err := getCall(n+1).do(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return failed(err, bound, name)
	}
	return []figure{{name: name, measured: mebibytes(got), bound: bound, ok: got <= memoryGetsBound}}
}

// memoryAfter starts program, makes the handshake, runs work and returns the memory
// in a line of its status, after settleBeforeLook.
func (b *suite) memoryAfter(ctx context.Context, program, line string, work func(*stdioClient) error) (mib float64, err error) {
	c, err := b.startStdio(ctx, program)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if _, err := handshake(ctx, c); err != nil {
		return 0, err
	}
	if err := work(c); err != nil {
		return 0, err
	}
	time.Sleep(settleBeforeLook)
	return memoryOf(c.cmd.Process.Pid, line)
}
