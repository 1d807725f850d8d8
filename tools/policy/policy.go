// Package policy decides which tools a server offers, and which scopes an API
// token needs for them.
//
// A [Policy] is made from the configuration: read-only mode, allowed effects,
// toolsets, and tools by name. A rule can only withhold a tool, so the order of
// the rules only decides which reason is reported. A caller can narrow the
// server's policy for its own calls ([Narrow]), never widen it. For example
//
//	Policy{Allow: []kit.Effect{kit.Read, kit.Comment}}
//
// offers the default tools that read or comment. policy.go decides, scopes.go
// computes scopes.
package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Policy is what a server may offer. The zero Policy offers the default tools,
// none of which manages or deletes. Other tools have to be configured: by their
// toolset, by name, or, if they manage or delete, by their effect.
type Policy struct {
	ReadOnly bool
	Allow    []kit.Effect // only these effects; all but manage and delete when empty
	Toolsets []string     // only these; "default" names the default tools, "all" every tool
	Tools    []string     // only these, by name
	Exclude  []string     // never these
	// Sources names the settings that the lists came from, for messages, by
	// "readonly", "allow", "toolsets", "tools" and "exclude".
	Sources map[string]string
	// And are further policies that hold as well. They only narrow: what they do not
	// name is left to this one.
	And []Policy
	// Lenient: unknown names in Tools are reported as a warning, not as an
	// error (lists that are shared with other servers name their tools as
	// well).
	Lenient bool
}

// optInEffects are the effects that are allowed only if the configuration names
// them.
var optInEffects = []kit.Effect{kit.Manage, kit.Delete}

// narrowing returns a policy that leaves to others what it does not name.
func (p Policy) narrowing() Policy {
	if len(p.Allow) == 0 {
		p.Allow = kit.Effects
	}
	if len(p.Toolsets)+len(p.Tools) == 0 {
		p.Toolsets = []string{"all"}
	}
	return p
}

// Allows reports whether an effect is permitted.
func (p Policy) Allows(e kit.Effect) bool {
	return p.allowsItself(e) && !slices.ContainsFunc(p.And, func(other Policy) bool { return !other.narrowing().Allows(e) })
}

// allowsItself reports whether this policy alone permits an effect.
func (p Policy) allowsItself(e kit.Effect) bool {
	switch {
	case p.ReadOnly && e.Writes():
		return false
	case len(p.Allow) > 0:
		return slices.Contains(p.Allow, e)
	}
	return !slices.Contains(optInEffects, e)
}

// ForPeople returns the policy for a person who calls tools by name: tools that
// are only off by default are offered too. Restrictions that the settings make
// stay.
func (p Policy) ForPeople() Policy {
	if len(p.Toolsets)+len(p.Tools) == 0 {
		p.Toolsets = []string{"all"}
	}
	return p
}

// Offers reports whether a tool is offered. All decisions come from here:
// before a tool is registered and again at every call.
func (p Policy) Offers(t kit.Spec) bool { return p.WithheldReason(t) == "" }

// WithheldReason returns the reason why a tool is not offered; "" if it is.
func (p Policy) WithheldReason(t kit.Spec) string {
	if why := p.ownReason(t); why != "" {
		return why
	}
	for _, other := range p.And {
		if why := other.narrowing().WithheldReason(t); why != "" {
			return why
		}
	}
	return ""
}

// ownReason returns the reason of this policy alone why a tool is not offered.
func (p Policy) ownReason(t kit.Spec) string {
	from := func(list, otherwise string) string {
		if p.Sources[list] != "" {
			return p.Sources[list]
		}
		return otherwise
	}
	switch {
	case p.ReadOnly && t.Effect.Writes():
		return from("readonly", "read-only mode") + " is set"
	case !p.allowsItself(t.Effect) && len(p.Allow) == 0:
		return fmt.Sprintf("%s does not include %s", from("allow", "the policy"), t.Effect)
	case !p.allowsItself(t.Effect):
		return fmt.Sprintf("%s does not allow %s", from("allow", "the policy"), t.Effect)
	case len(p.Toolsets)+len(p.Tools) == 0 && !t.Default && (!slices.Contains(optInEffects, t.Effect) || !slices.Contains(p.Allow, t.Effect)):
		return fmt.Sprintf("it is off by default; %s=default,%s enables it", from("toolsets", "JIRA_MCP_TOOLSETS"), t.Toolset)
	case len(p.Toolsets) > 0 && !slices.Contains(p.Toolsets, t.Toolset) && !slices.Contains(p.Toolsets, "all") && (!t.Default || !slices.Contains(p.Toolsets, "default")):
		return fmt.Sprintf("%s does not include the toolset %s", from("toolsets", "the policy"), t.Toolset)
	case len(p.Tools) > 0 && !slices.Contains(p.Tools, t.Name):
		return from("tools", "the policy") + " does not include it"
	case slices.Contains(p.Exclude, t.Name):
		return from("exclude", "the policy") + " excludes it"
	}
	return ""
}

// Check reports unknown tools, toolsets and effects: as an error, or as a
// warning where the policy is lenient.
func (p Policy) Check(all []kit.Tool) (warning string, err error) {
	var tools, toolsets []string
	for _, t := range all {
		tools = append(tools, t.Name)
		toolsets = append(toolsets, t.Toolset)
	}
	slices.Sort(toolsets)
	toolsets = slices.Compact(toolsets)
	var problems []string
	for _, list := range []struct {
		from, what string
		names      []string
		known      []string
		lenient    bool
	}{
		{"tools", "tool", p.Tools, tools, p.Lenient}, {"exclude", "tool", p.Exclude, tools, false},
		{"toolsets", "toolset", p.Toolsets, append([]string{"default", "all"}, toolsets...), false},
	} {
		text := unknownNames(p.Sources[list.from], list.what, list.names, list.known)
		switch {
		case text == "":
		case list.lenient:
			warning = text
		default:
			problems = append(problems, text)
		}
	}
	for _, e := range p.Allow {
		if !slices.Contains(kit.Effects, e) {
			problems = append(problems, fmt.Sprintf("%s: unknown effect %q; allowed values: %s", p.Sources["allow"], e, effectList()))
		}
	}
	for _, other := range p.And {
		if _, err := other.Check(all); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if len(problems) > 0 {
		return warning, errors.New(strings.Join(problems, "\n"))
	}
	return warning, nil
}

// unknownNames returns a message on the given names that are not known, with
// similar names and all known ones; "" if there are none. from is the setting,
// what is the kind of name.
func unknownNames(from, what string, given, known []string) string {
	var unknown []string
	for _, name := range given {
		if slices.Contains(known, name) {
			continue
		}
		if near := names.Nearest(name, known); near != "" {
			name += fmt.Sprintf(" (did you mean %s?)", near)
		}
		unknown = append(unknown, name)
	}
	if len(unknown) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: unknown %s: %s. Available: %s", from, what, strings.Join(unknown, ", "), strings.Join(known, ", "))
}

func effectList() string {
	var list []string
	for _, e := range kit.Effects {
		list = append(list, string(e))
	}
	return strings.Join(list, ", ")
}

// Limits returns the effects and tools that the policy allows and withholds,
// out of all tools.
func (p Policy) Limits(all []kit.Tool) env.Limits {
	l := env.Limits{ReadOnly: p.ReadOnly || slices.ContainsFunc(p.And, func(other Policy) bool { return other.ReadOnly })}
	for _, e := range kit.Effects {
		if p.Allows(e) {
			l.Effects = append(l.Effects, e)
		}
	}
	offered, withheld := map[string]bool{}, map[string]bool{} // toolsets with such tools
	for _, t := range all {
		if p.Offers(t.Spec) {
			l.Offered, offered[t.Toolset] = append(l.Offered, t.Name), true
		} else {
			l.Withheld, withheld[t.Toolset] = append(l.Withheld, t.Name), true
		}
	}
	for _, set := range slices.Sorted(maps.Keys(withheld)) {
		if offered[set] {
			l.PartToolsets = append(l.PartToolsets, set)
		} else {
			l.WithheldToolsets = append(l.WithheldToolsets, set)
		}
	}
	return l
}

// narrowKey is the context key of a caller's own policy.
type narrowKey struct{}

// Narrow returns a context whose caller narrows what is offered to it. It never
// widens: the server's own policy holds as well.
func Narrow(ctx context.Context, p Policy) context.Context {
	return context.WithValue(ctx, narrowKey{}, p)
}

// IsNarrowed reports whether the caller narrows what is offered.
func IsNarrowed(ctx context.Context) bool { return ctx.Value(narrowKey{}) != nil }

// NarrowedReason returns the reason why the caller's own policy withholds a
// tool; "" if it does not. Effects and toolsets that the caller does not name
// are left to the server's policy.
func NarrowedReason(ctx context.Context, t kit.Spec) string {
	p, ok := ctx.Value(narrowKey{}).(Policy)
	if !ok {
		return ""
	}
	return p.narrowing().WithheldReason(t)
}
