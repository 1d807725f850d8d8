package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/principal"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/reload"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/userpolicy"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// userLimits is what one user gets: the settings of the process, narrowed by the rules
// that match the user.
type userLimits struct {
	policy     policy.Policy
	projects   []string // nil for all
	writable   []string // nil for all of projects
	writes     int      // 0 for the process's limit
	writesFrom string
	denied     string // why the user gets nothing; "" if they get something
	matched    []userpolicy.Match
	variant    string // the limits of the rules that match: differs for users who get something else
}

// fence returns the user's own fence, which knows what this user can see.
func (l userLimits) fence() (*fence.Fence, error) {
	if l.projects == nil {
		return nil, nil
	}
	return fence.New(l.projects, l.writable)
}

// limitsOf returns what a user gets: the limits of the process, narrowed by the rules that
// match. It is called for every request.
func limitsOf(process userLimits, rules *peopleRules, who userpolicy.Who) userLimits {
	l := process
	if rules == nil {
		return l
	}
	l.matched = rules.file.For(who)
	for _, m := range l.matched {
		l.narrow(m.Rule)
		l.variant += rules.ids[m.Rule] + " "
	}
	if l.writable != nil && len(l.writable) == 0 {
		l.writable = nil
		l.and(policy.Policy{ReadOnly: true, Sources: map[string]string{"readonly": policyFileName + " leaves no project to write in; read-only mode"}})
	}
	if l.projects != nil && len(l.projects) == 0 && l.denied == "" {
		l.denied = "no project satisfies all rules"
	}
	return l
}

// processLimits returns what everybody gets by the settings of the process.
func processLimits(cfg config.Config, process policy.Policy) userLimits {
	l := userLimits{policy: process}
	l.projects, l.writable = projectsOf(cfg)
	return l
}

// and adds a policy that holds as well.
func (l *userLimits) and(p policy.Policy) { l.policy.And = append(slices.Clip(l.policy.And), p) }

// policyFileName names the policy file in messages.
const policyFileName = "JIRA_MCP_POLICY_FILE"

// projectsOf returns the projects that the process is confined to, and those of them
// that may be written to; nil for all.
func projectsOf(cfg config.Config) (projects, writable []string) {
	list := func(name string) []string {
		if cfg.Value(name) == config.AllProjects {
			return nil
		}
		return cfg.List(name)
	}
	return list("JIRA_MCP_PROJECTS"), list("JIRA_MCP_WRITE_PROJECTS")
}

// narrow applies a rule.
func (l *userLimits) narrow(r *userpolicy.Rule) {
	from := fmt.Sprintf("rule %q of %s", r.Name, policyFileName)
	if r.Deny {
		l.denied = from + " denies access"
	}
	if len(r.Toolsets)+len(r.Allow) > 0 {
		l.and(policy.Policy{Toolsets: r.Toolsets, Allow: effects(r.Allow), Sources: map[string]string{"toolsets": from, "allow": from}})
	}
	if r.Projects != nil {
		l.projects = intersect(l.projects, r.Projects)
		if l.writable != nil {
			l.writable = intersect(l.writable, r.Projects)
		}
	}
	if r.WriteProjects != nil {
		l.writable = intersect(intersect(l.writable, l.projects), r.WriteProjects)
	}
	if r.Writes > 0 && (l.writes == 0 || r.Writes < l.writes) {
		l.writes, l.writesFrom = r.Writes, "writes_per_minute in "+from
	}
}

// intersect returns the elements that both lists have, where nil stands for all.
func intersect(a, b []string) []string {
	switch {
	case a == nil:
		return slices.Clone(b) // an empty list stays one: it stands for none
	case b == nil:
		return slices.Clone(a)
	}
	return slices.DeleteFunc(slices.Clone(b), func(one string) bool { return !slices.Contains(a, one) })
}

// peoplePolicy holds the rules of the policy file.
type peoplePolicy struct {
	path    string
	catalog tools.Catalog
	process userLimits
	current atomic.Pointer[peopleRules] // nil without a policy file
}

// peopleRules are the rules of one version of the policy file.
type peopleRules struct {
	file *userpolicy.File
	// ids are hashes of what rules allow, whatever their names and lines: a user whose
	// matching rules have the same ones gets the same.
	ids map[*userpolicy.Rule]string
}

// newPeoplePolicy reads the policy file, and adds it to the files that are read again.
// Without one in the settings nothing is narrowed. changed is called whenever the rules
// were read.
func newPeoplePolicy(cfg config.Config, process policy.Policy, catalog tools.Catalog, files *reload.Files, changed func()) (*peoplePolicy, error) {
	p := &peoplePolicy{path: cfg.PolicyFile, catalog: catalog, process: processLimits(cfg, process)}
	if p.path == "" {
		return p, nil
	}
	err := files.Add("the policy file", []string{p.path}, func(texts [][]byte) error {
		if err := p.parse(texts[0]); err != nil {
			return err
		}
		changed()
		return nil
	})
	if err != nil {
		return nil, config.Problems{{Text: fmt.Sprintf("%s: %v", policyFileName, err), Restricts: true}}
	}
	return p, nil
}

// parse parses a text and uses its rules.
func (p *peoplePolicy) parse(text []byte) error {
	f, err := userpolicy.Parse(text, namesForRules(p.catalog))
	if err == nil {
		err = p.check(f)
	}
	if err != nil {
		return fmt.Errorf("%s:\n%w", config.Shown(p.path), err)
	}
	rules := &peopleRules{file: f, ids: map[*userpolicy.Rule]string{}}
	for _, r := range f.All() {
		limits, _ := json.Marshal([]any{r.Deny, r.Toolsets, r.Allow, r.Projects, r.WriteProjects, r.Writes}) // lists, texts and numbers
		sum := sha256.Sum256(limits)
		rules.ids[r] = hex.EncodeToString(sum[:8])
	}
	p.current.Store(rules)
	return nil
}

// namesForRules returns the toolsets and effects that rules may name.
func namesForRules(catalog tools.Catalog) userpolicy.Names {
	names := userpolicy.Names{Toolsets: []string{"default", "all"}}
	for _, t := range catalog {
		names.Toolsets = append(names.Toolsets, t.Toolset)
	}
	slices.Sort(names.Toolsets)
	names.Toolsets = slices.Compact(names.Toolsets)
	for _, e := range kit.Effects {
		names.Effects = append(names.Effects, string(e))
	}
	return names
}

// check returns what is wrong with rules beside the form of the file: projects that the
// process does not have.
func (p *peoplePolicy) check(f *userpolicy.File) error {
	var problems userpolicy.Problems
	for _, r := range f.All() {
		at := fmt.Sprintf("rule %q", r.Name)
		inside := p.process.projects
		if f.Default != nil {
			inside = intersect(inside, f.Default.Projects)
		}
		if inside = intersect(inside, r.Projects); inside != nil && len(inside) == 0 {
			problems = append(problems, fmt.Sprintf("%s: JIRA_MCP_PROJECTS and the default allow none of its projects; use deny: true to deny access", at))
		}
		if len(inside) > fence.MaxProjects {
			problems = append(problems, fmt.Sprintf("%s: %d projects; at most %d are allowed", at, len(inside), fence.MaxProjects))
		}
		if r.WriteProjects == nil {
			continue
		}
		if inside == nil {
			problems = append(problems, at+": write_projects requires projects in this rule, in the default or in JIRA_MCP_PROJECTS")
		} else if len(intersect(inside, r.WriteProjects)) == 0 {
			problems = append(problems, at+": none of its write_projects is among its projects; use allow: [read] to forbid writes")
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// limits returns what a user gets now.
func (p *peoplePolicy) limits(who principal.Principal) userLimits {
	return limitsOf(p.process, p.current.Load(), userpolicy.Who{Account: who.Account(), Domain: who.Domain(), Groups: who.Identity.Groups,
		GroupsUnknown: who.GroupsErr != nil || who.Identity.Groups == nil})
}

// namesGroups reports whether the users' groups are needed.
func (p *peoplePolicy) namesGroups() bool {
	rules := p.current.Load()
	return rules != nil && rules.file.NamesGroups()
}

// policyChanged is called when the rules were read. Users who get something else from now
// on lose their server at once, with its sessions and streams; one who is denied gets no
// other.
func (c *callers) policyChanged() {
	if c.server == nil {
		return // at start, when nobody has a server
	}
	if c.people.namesGroups() {
		c.finder.ForgetAll() // their groups may not have been asked for
	}
	c.server.Drop(func(id string) bool {
		who, ok := c.users.Load(id)
		if !ok {
			return true
		}
		p := who.(*principal.Principal) //nolint:forcetypeassert // nothing else is stored
		return idOf(*p, c.people.limits(*p)) != id
	})
}

// deny refuses a user whom the policy denies access, and logs it.
func (c *callers) deny(r *http.Request, who principal.Principal, why string) error {
	c.program.log.InfoContext(r.Context(), "a caller is denied", "account", who.Account(), "reason", why)
	return &principal.Refusal{Status: http.StatusForbidden, Text: "this server denies you access: " + why}
}

// warnUnknownGroups logs that a rule by a group is assumed to match.
func (c *callers) warnUnknownGroups(who principal.Principal, l userLimits) {
	var assumed []string
	for _, m := range l.matched {
		if m.IsAssumed {
			assumed = append(assumed, m.Name)
		}
	}
	if len(assumed) > 0 {
		c.program.log.Warn("the groups of a caller are not known; the rules by group count as matching", "account", who.Account(), "rules", strings.Join(assumed, "; "), "error", errors.Join(who.GroupsErr))
	}
}
