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
		r.Next = `Everything works. Configure your assistant to start "jira-mcp", with the same settings: ` + clientsPage
	}
}

// doctorCommand returns the command doctor.
func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, network, token and permissions, and say what to do next",
		Long: `Check, in order: the settings and their sources; the connection to the site
(proxy, DNS, TLS); the token, the endpoint that accepts it, and its owner, kind
and expiry date; which tools would be offered, and which settings, scopes or
permissions block the others; speed and clock. Nothing is changed in Jira, and
no secret is shown.

Exit status: 0 no check failed (there may be warnings), 1 a check failed, 2 the
settings are wrong.`,
		Example: "  jira-mcp doctor\n  jira-mcp doctor --json | jq -r .next",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.examine(cmd.Context())
			r.conclude()
			if printErr := a.printReport(r, asJSON); printErr != nil {
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
// returned error is about the settings.
func (a *app) examine(ctx context.Context) (*doctorReport, error) {
	d := &doctor{app: a, doctorReport: &doctorReport{}}
	err := d.settings(ctx)
	if err != nil {
		return d.doctorReport, err
	}
	for _, check := range []func(context.Context) bool{d.network, d.token, d.access, d.expiry, d.tools, d.speed} {
		if !check(ctx) {
			break
		}
	}
	return d.doctorReport, nil
}
