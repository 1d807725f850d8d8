package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The states of a check.
const (
	stateOK   = "ok"
	stateWarn = "warn"
	stateFail = "fail"
	stateSkip = "skip" // not checked, because of an earlier result
)

// finding is one line of the doctor's report.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"` // what to do about it
}

// doctorReport holds the doctor's findings and the next step for the user.
type doctorReport struct {
	OK       bool      `json:"ok"` // no check failed
	Findings []finding `json:"findings"`
	Next     string    `json:"next"` // the one thing to do next

	whenOK string // Next if nothing is to be mended
}

// add appends a finding.
func (r *doctorReport) add(check, state, text string, advice ...string) {
	r.Findings = append(r.Findings, finding{check, state, strings.TrimSpace(text), strings.Join(advice, " ")})
}

// fail appends a failure, with the given advice, or else the hint that the
// error carries.
func (r *doctorReport) fail(check string, err error, advice ...string) {
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) && len(advice) == 0 {
		advice = append(advice, hinter.Hint())
	}
	r.add(check, stateFail, err.Error(), advice...)
}

// clientsPage explains how to configure each client.
const clientsPage = "https://github.com/seed-7d826362/jira-mcp/blob/main/docs/clients.md"

// conclude sets OK, and takes Next from the first failure, or else from the
// first warning: people fix one thing at a time.
func (r *doctorReport) conclude() {
	r.OK = true
	for _, state := range []string{stateFail, stateWarn} {
		for _, f := range r.Findings {
			if f.State != state {
				continue
			}
			r.OK = r.OK && state != stateFail
			if r.Next == "" {
				r.Next = firstNonEmpty(f.Advice, f.Text)
			}
		}
	}
	if r.Next == "" {
		r.Next = firstNonEmpty(r.whenOK, "Everything works.")
	}
}

// doctorCommand returns the command doctor.
func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	var client string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, network, token and permissions, and say what to do next",
		Long: `Check, in order: the settings and their sources; the connection to the site
(proxy, DNS, TLS); the token, the endpoint that accepts it, and its owner, kind
and expiry date; which tools would be offered, and which settings, scopes or
permissions block the others; speed and clock. Nothing is changed in Jira, and
no secret is shown.

With --client it checks what that client starts: the entry in its file, with the
settings there and without this shell's environment, which clients do not pass
on.

Exit status: 0 no check failed (there may be warnings), 1 a check failed, 2 the
settings are wrong.`,
		Example: "  jira-mcp doctor\n  jira-mcp doctor --client claude-code\n  jira-mcp doctor --json | jq -r .next",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			as, found := a, (*clientFinding)(nil)
			if client != "" {
				var err error
				if as, found, err = a.asClient(client); err != nil {
					return err
				}
			}
			r, err := as.examine(cmd.Context(), found)
			r.conclude()
			if printErr := as.printReport(r, asJSON); printErr != nil {
				return printErr
			}
			switch {
			case err != nil:
				return reportedError{usageError{err}}
			case !r.OK:
				return reportedError{errors.New("something failed")}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&client, "client", "", "check what this client starts, such as claude-code")
	return cmd
}

// printReport writes the report to stdout, without any secret.
func (a *app) printReport(r *doctorReport, asJSON bool) error {
	out := a.redacting(a.out)
	if asJSON {
		return writeJSON(out, r)
	}
	colour := map[string]string{stateOK: "\x1b[32m", stateWarn: "\x1b[33m", stateFail: "\x1b[31m", stateSkip: "\x1b[2m"}
	plain := !a.coloured(a.out)
	var b strings.Builder
	for _, f := range r.Findings {
		state := fmt.Sprintf("%-4s", f.State)
		if !plain {
			state = colour[f.State] + state + "\x1b[0m"
		}
		fmt.Fprintf(&b, "%s  %-9s  %s\n", state, f.Check, strings.ReplaceAll(f.Text, "\n", "\n                 "))
	}
	fmt.Fprintf(&b, "\nNext: %s\n", r.Next)
	_, err := fmt.Fprint(out, b.String())
	return err
}

// examine makes the report. The checks run in an order in which each needs what
// the one before has shown; one that fails badly ends the examination. A
// returned error is about the settings. found is the client whose server is
// examined, or nil.
func (a *app) examine(ctx context.Context, found *clientFinding) (*doctorReport, error) {
	d := &doctor{app: a, doctorReport: &doctorReport{}}
	if found != nil && !d.clientCheck(ctx, found) {
		return d.doctorReport, nil
	}
	if err := d.settings(ctx); err != nil {
		if n := len(d.Findings) - 1; found != nil {
			d.Findings[n].Advice += fmt.Sprintf(" Variables for %s belong into %s: clients do not pass on the shell's environment.", found.client.Title, found.path)
		}
		return d.doctorReport, err
	}
	for _, check := range []func(context.Context) bool{d.network, d.token, d.access, d.expiry, d.tools, d.speed} {
		if !check(ctx) {
			return d.doctorReport, nil
		}
	}
	if found != nil {
		d.startCheck(ctx, found)
		d.whenOK = "Everything works, also as " + found.client.Title + " starts it. " + found.client.Next
	} else {
		d.whenOK = d.nextForClients()
	}
	return d.doctorReport, nil
}
