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
		Short: "Check the rules for people of a shared server",
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
		Long: `Print what a person gets from a server with JIRA_MCP_IDENTITY=caller, by the
settings in the environment and the rules in JIRA_MCP_POLICY_FILE, and which rules
match. It asks nobody: rules by account need the account id, and rules by group the
groups (--group, once for each; --group= for none). Without them such rules count as
matching where the server would have to assume it, and the output says so.

It checks the file too: all problems are printed at once, and the exit status is 2.`,
		Example: `  jira-mcp policy explain --as person@example.com
  jira-mcp policy explain --as person@partner.example.com --group contractors --file new-rules.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			if o.as == "" && o.account == "" {
				return usageError{errors.New("whom? Use --as person@example.com, --account ID, or both")}
			}
			if name, domain, _ := strings.Cut(o.as, "@"); o.as != "" && (name == "" || domain == "") {
				return usageError{errors.New("--as: write an e-mail address; the account id is for --account")}
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
	_, unknown := process.Check(tools.NewCatalog())
	if err := errors.Join(err, fenceErr, unknown); err != nil {
		return usageError{err}
	}
	if cfg.PolicyFile == "" {
		fmt.Fprintln(a.err, "JIRA_MCP_POLICY_FILE is not set: everybody gets what the settings allow.")
	}
	people, err := newPeoplePolicy(cfg, process, &reload.Files{}, nil)
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
	file := people.current.Load()
	fmt.Fprint(a.out, explanation(cfg, limitsOf(cfg, process, file, who), missedRules(file, who)))
	return nil
}

// missedRules returns the rules that may match and were not considered, with the flag
// that is missing.
func missedRules(f *userpolicy.File, who userpolicy.Who) (missed []string) {
	if f == nil {
		return nil
	}
	for _, r := range f.Rules {
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
func explanation(cfg config.Config, l userLimits, missed []string) string {
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
		fmt.Fprintf(&b, "Nothing is offered: %s.\n", l.denied)
		return b.String()
	}
	writes := cfg.Writes
	if l.writes > 0 && (writes == 0 || l.writes < writes) {
		writes = l.writes
	}
	var offered, effects []string
	for _, t := range tools.NewCatalog() {
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
