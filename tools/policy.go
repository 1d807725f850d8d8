package tools

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Policy is what a process may offer. The zero Policy offers everything.
type Policy struct {
	ReadOnly bool
	Tools    []string // only these, by name; all when empty
	// ToolsFrom names the setting Tools came from, for messages.
	ToolsFrom string
	// Lenient: names in Tools that are unknown are reported, not refused
	// (lists that are shared with other servers name their tools as well).
	Lenient bool
}

// Limits says in words what a policy leaves out.
type Limits struct {
	ReadOnly bool
	Offered  []string
	Withheld []string
}

// Allows reports whether an effect is permitted.
func (p Policy) Allows(e kit.Effect) bool { return !p.ReadOnly || !e.Writes() }

// Offers decides whether a tool is offered. It is the one place that does:
// asked before registration and again at every call.
func (p Policy) Offers(t kit.Tool) bool {
	return p.Allows(t.Effect) && (len(p.Tools) == 0 || slices.Contains(p.Tools, t.Name))
}

// Check reports names that no tool has: as an error, or as a warning where
// the policy is lenient.
func (p Policy) Check(all []kit.Tool) (warning string, err error) {
	var names, unknown []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	for _, name := range p.Tools {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return "", nil
	}
	text := fmt.Sprintf("%s names no tool of this server: %s. There are: %s", p.ToolsFrom, strings.Join(unknown, ", "), strings.Join(names, ", "))
	if p.Lenient {
		return text, nil
	}
	return "", errors.New(text)
}

// Limits says what the policy offers of all tools and what it withholds.
func (p Policy) Limits(all []kit.Tool) Limits {
	l := Limits{ReadOnly: p.ReadOnly}
	for _, t := range all {
		if p.Offers(t) {
			l.Offered = append(l.Offered, t.Name)
		} else {
			l.Withheld = append(l.Withheld, t.Name)
		}
	}
	return l
}
