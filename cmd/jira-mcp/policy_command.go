package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/reload"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/userpolicy"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// explainOptions are the flags of policy explain.
type explainOptions struct {
	as      string
	account string
	groups  []string
	file    string
}

// policyCommand returns the command policy.
func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check the policy file of a shared server",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.policyExplainCommand())
	return cmd
}

// policyExplainCommand returns the command policy explain.
func (a *app) policyExplainCommand() *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Print what a person gets from a shared server, and why",
		Long: `Print what a person gets from a server with JIRA_MCP_IDENTITY=caller, and which
rules match. It uses the settings in the environment and the rules in
JIRA_MCP_POLICY_FILE, and sends no requests.

Pass the account id (--account) for rules by account, and the groups (--group, once
for each; --group= for none) for rules by group. Without --group, rules by group
count as matching, as on a server that cannot read the groups. Without --account or
--as, rules by account or domain are not considered. The output says so.

It also checks the file: it prints the problems and exits with status 2.`,
		Example: `  jira-mcp policy explain --as person@example.com
  jira-mcp policy explain --as person@partner.example.com --group contractors --file new-rules.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			if o.as == "" && o.account == "" {
				return usageError{errors.New("name a person with --as person@example.com, --account ID, or both")}
			}
			if name, domain, _ := strings.Cut(o.as, "@"); o.as != "" && (name == "" || domain == "") {
				return usageError{errors.New("--as must be an e-mail address; use --account for an account id")}
			}
			return a.explainPolicy(cmd.Context(), o, cmd.Flags().Changed("group"))
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.as, "as", "", "the person's e-mail address")
	f.StringVar(&o.account, "account", "", "the person's Jira account id")
	f.StringArrayVar(&o.groups, "group", nil, "a Jira group of the person; may be repeated")
	f.StringVar(&o.file, "file", "", "a policy file in place of the one in JIRA_MCP_POLICY_FILE")
	return cmd
}

// explainPolicy prints what a person gets.
func (a *app) explainPolicy(ctx context.Context, o *explainOptions, knowsGroups bool) error {
	cfg, err := a.settings(ctx)
	if o.file != "" {
		cfg.PolicyFile = o.file
	}
	process := a.policy(cfg)
	_, fenceErr := cfg.Fence()
	_, unknown := process.Check(a.catalog())
	if err := errors.Join(err, fenceErr, unknown); err != nil {
		return usageError{err}
	}
	if cfg.PolicyFile == "" {
		fmt.Fprintln(a.err, "JIRA_MCP_POLICY_FILE is not set: everybody gets what the server's settings allow.")
	}
	people, err := newPeoplePolicy(cfg, process, a.catalog(), &reload.Files{}, func() {})
	if err != nil {
		return usageError{err}
	}
	who := userpolicy.Who{Account: o.account, GroupsUnknown: !knowsGroups}
	_, who.Domain, _ = strings.Cut(o.as, "@")
	for _, group := range o.groups {
		if group != "" {
			who.Groups = append(who.Groups, group)
		}
	}
	rules := people.current.Load()
	fmt.Fprint(a.out, explanation(cfg, a.catalog(), limitsOf(people.process, rules, who), missedRules(rules, who)))
	return nil
}

// missedRules returns the rules that may match and were not considered, with the flag
// that is missing.
func missedRules(rules *peopleRules, who userpolicy.Who) (missed []string) {
	if rules == nil {
		return nil
	}
	for _, r := range rules.file.Rules {
		switch {
		case len(r.Accounts) > 0 && who.Account == "":
			missed = append(missed, r.Name+": not considered; give --account")
		case len(r.Domains) > 0 && who.Domain == "":
			missed = append(missed, r.Name+": not considered; give --as")
		}
	}
	return missed
}

// explanation returns what a person gets, for people.
func explanation(cfg config.Config, catalog tools.Catalog, l userLimits, missed []string) string {
	var b strings.Builder
	b.WriteString("Rules that match:\n")
	for _, m := range l.matched {
		fmt.Fprintf(&b, "  %s: %s\n", m.Name, m.Why)
	}
	if len(l.matched) == 0 {
		b.WriteString("  none; the settings of the process hold\n")
	}
	for _, line := range missed {
		b.WriteString("  " + line + "\n")
	}
	if l.denied != "" {
		fmt.Fprintf(&b, "Access denied: %s.\n", l.denied)
		return b.String()
	}
	writes := cfg.Writes
	if l.writes > 0 && (writes == 0 || l.writes < writes) {
		writes = l.writes
	}
	var offered, effects []string
	for _, t := range catalog {
		if l.policy.Offers(t.Spec) {
			offered = append(offered, t.Name)
		}
	}
	for _, e := range kit.Effects {
		if l.policy.Allows(e) {
			effects = append(effects, string(e))
		}
	}
	fmt.Fprintf(&b, "Effects: %s\nProjects: %s\nProjects to write in: %s\nWrites a minute: %s\nTools (%d): %s\n", orNone(effects), orAll(l.projects), writableText(l), limitText(writes), len(offered), orNone(offered))
	return b.String()
}

// writableText returns the projects that may be written to, in words.
func writableText(l userLimits) string {
	for _, e := range kit.Effects {
		if e.Writes() && l.policy.Allows(e) {
			if l.writable != nil {
				return strings.Join(l.writable, ", ")
			}
			return orAll(l.projects)
		}
	}
	return "none"
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func orAll(list []string) string {
	if list == nil {
		return "all that the person can see"
	}
	return strings.Join(list, ", ")
}

func limitText(most int) string {
	if most == 0 {
		return "no limit"
	}
	return fmt.Sprint(most)
}
