package issues

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// attachmentView is a file of an issue.
type attachmentView struct {
	Name    string `json:"name"`
	ID      string `json:"id"`
	Author  string `json:"author,omitempty"`
	Created string `json:"created"`
	Size    int    `json:"size"` // bytes
}

// String returns the file as text: its name, and in brackets who attached it and
// when, and its size.
func (a attachmentView) String() string {
	about := []string{a.Author, a.Created, fmt.Sprintf("%d bytes", a.Size)}
	if a.Size >= 10_000 {
		about[2] = fmt.Sprintf("%d kB", a.Size/1000)
	}
	return a.Name + " (" + strings.Join(slices.DeleteFunc(about, func(s string) bool { return s == "" }), ", ") + ")"
}

// IssueRef is an issue in one line: key, status and summary.
type IssueRef struct {
	Key     string `json:"key"`
	Status  string `json:"status,omitempty"`
	Summary string `json:"summary,omitempty"`
}

// String returns the reference as text, for example "PAY-2 (In Progress) Saved
// cards at checkout".
func (r IssueRef) String() string {
	s := r.Key
	if r.Status != "" {
		s += " (" + r.Status + ")"
	}
	return strings.TrimSpace(s + " " + r.Summary)
}

// linkView is a link as a phrase and an issue: the viewed issue "blocks" that
// one.
type linkView struct {
	Phrase string   `json:"phrase"`
	Issue  IssueRef `json:"issue"`
}

// transitionView is a transition that is open to this user, with the name of
// the status that it leads to.
type transitionView struct {
	Name  string       `json:"name"`
	To    string       `json:"to"`
	ID    string       `json:"id"`
	Needs []names.Need `json:"needs,omitempty"`

	loop bool // it leads back to the same status
}

// newTransitionViews returns the views of transitions from a status. It leaves out
// global ones to that status, which change nothing.
func newTransitionViews(list []jira.Transition, status string) []transitionView {
	var out []transitionView
	for _, t := range list {
		if t.IsGlobal && !t.IsLoop() && strings.EqualFold(t.To.Name, status) {
			continue
		}
		out = append(out, transitionView{Name: t.Name, To: t.To.Name, ID: t.ID, loop: t.IsLoop()})
	}
	return out
}

// commentView is a comment as the tool shows it. OnlyFor names the group or
// role that a restricted comment is visible to.
type commentView struct {
	ID       string `json:"id"`
	Author   string `json:"author,omitempty"`
	Created  string `json:"created"`
	Edited   string `json:"edited,omitempty"`
	Customer bool   `json:"customer,omitempty"` // the author is a customer of a service desk
	Internal bool   `json:"internal,omitempty"`
	Public   bool   `json:"public,omitempty"` // in a service desk: customers see it
	OnlyFor  string `json:"only_for,omitempty"`
	Body     string `json:"body" text:"lines"`
}

// markdown returns the comment with its heading: who wrote it and when, its id,
// and who sees it.
func (c commentView) markdown(m kit.Mark) string {
	var b strings.Builder
	b.WriteString("### " + c.Author)
	if c.Customer {
		b.WriteString(" (customer)")
	}
	b.WriteString(" " + c.Created + ", id " + c.ID)
	switch {
	case c.Internal:
		b.WriteString(", internal")
	case c.Public:
		b.WriteString(", public")
	}
	b.WriteString(text.PrefixIfSet(", edited ", c.Edited) + text.PrefixIfSet(", only for ", c.OnlyFor) + "\n" + m.Block(c.Body))
	return b.String()
}

// transitionNames returns the transitions as text: the name, the status that it
// leads to if that has another name, and what it requires. An id is given only
// where name and status are not enough to tell two of them apart.
//
//	In Review; Resolve → Done (needs Resolution (Done, Duplicate)); Cancel → Cancelled
func transitionNames(list []transitionView) string {
	named := map[string]int{}
	for _, m := range list {
		named[strings.ToLower(m.Name)]++
		if !strings.EqualFold(m.Name, m.To) {
			named[strings.ToLower(m.To)]++
		}
	}
	var out []string
	told := map[string]bool{} // what an earlier transition requires as well
	for _, m := range list {
		s := m.Name
		switch {
		case m.loop:
			s += " (the status stays)"
		case named[strings.ToLower(m.Name)] > 1 || named[strings.ToLower(m.To)] > 1:
			s = names.TransitionText(jira.Transition{Name: m.Name, To: jira.Status{Name: m.To}, ID: m.ID})
		case !strings.EqualFold(m.Name, m.To):
			s += " → " + m.To
		}
		s += needsText(m.Needs, told)
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// needsText returns what a transition requires. The allowed values of a field are
// given only where they occur first; told has the fields with them.
func needsText(needs []names.Need, told map[string]bool) string {
	var out []string
	for _, n := range needs {
		values := text.PrefixIfSet(" (", strings.Join(names.QuoteCommas(n.Values), ", "))
		if values != "" {
			values += ")"
		}
		if told[n.Field+values] {
			values = ""
		}
		told[n.Field+values] = true
		out = append(out, n.Field+values)
	}
	if len(out) == 0 {
		return ""
	}
	return " (needs " + strings.Join(out, ", ") + ")"
}
