// Package userpolicy reads the file that JIRA_MCP_POLICY_FILE names: rules that narrow
// what individual people get from a server on which each request acts as its sender.
//
//	default:                      # applies to everybody
//	  writes_per_minute: 30
//	rules:
//	  - name: contractors
//	    domain: partner.example.com
//	    projects: [PAY]
//	    allow: [read, comment]
//	  - account: 712020:5a1d0001-0c3e-4b7a-9d2f-0000000a11ce
//	    deny: true
//
// A rule names accounts, e-mail domains or Jira groups. All rules that match a person
// hold together, and each can only narrow: nobody gets more than the server's own
// settings allow. parse.go reads a file; this file decides which rules hold.
package userpolicy

import (
	"fmt"
	"slices"
	"strings"
)

// File is a policy file that was read.
type File struct {
	Default *Rule // applies to everybody; nil for none
	Rules   []*Rule
}

// Rule narrows what some people get.
type Rule struct {
	Name string // for messages; of the file, or its kind and line
	Line int

	// Whom it applies to: those whom one of the lists names. The default has none.
	Accounts, Domains, Groups []string

	Deny          bool
	Toolsets      []string // only these; nil for no restriction, as in the others
	Allow         []string // only these effects
	Projects      []string // only these
	WriteProjects []string // only these may be written to
	Writes        int      // issues written in a minute; 0 for no restriction
}

// Who describes a person for the rules.
type Who struct {
	Account string // Jira's account id
	Domain  string // of the e-mail address that Jira reports; "" if it is hidden
	Groups  []string
	// GroupsUnknown: the groups could not be read.
	GroupsUnknown bool
}

// Match is a rule that holds for a person, with the reason.
type Match struct {
	*Rule
	Why string
	// IsAssumed: the groups of the person are not known, and the rule could apply.
	IsAssumed bool
}

// For returns the rules that hold for a person. A rule by a group counts as matching
// if the person's groups are not known: it can only narrow.
func (f *File) For(who Who) []Match {
	var out []Match
	if f.Default != nil {
		out = append(out, Match{Rule: f.Default, Why: "it applies to everybody"})
	}
	for _, r := range f.Rules {
		if why, assumed := r.matches(who); why != "" {
			out = append(out, Match{r, why, assumed})
		}
	}
	return out
}

// matches returns why a rule applies to a person; "" if it does not.
func (r *Rule) matches(who Who) (why string, isAssumed bool) {
	equals := func(other string) func(string) bool {
		return func(one string) bool { return strings.EqualFold(one, other) }
	}
	switch {
	case who.Account != "" && slices.Contains(r.Accounts, who.Account):
		return "account " + who.Account, false
	case who.Domain != "" && slices.ContainsFunc(r.Domains, equals(who.Domain)):
		return "e-mail domain " + who.Domain, false
	}
	for _, group := range r.Groups {
		if slices.ContainsFunc(who.Groups, equals(group)) {
			return "group " + group, false
		}
	}
	if who.GroupsUnknown && len(r.Groups) > 0 {
		return fmt.Sprintf("group %s, assumed since the groups are not known", strings.Join(r.Groups, " or ")), true
	}
	return "", false
}

// All returns all rules, the default first.
func (f *File) All() []*Rule {
	if f.Default == nil {
		return f.Rules
	}
	return append([]*Rule{f.Default}, f.Rules...)
}

// NamesGroups reports whether a rule needs to know people's groups.
func (f *File) NamesGroups() bool {
	return slices.ContainsFunc(f.Rules, func(r *Rule) bool { return len(r.Groups) > 0 })
}
