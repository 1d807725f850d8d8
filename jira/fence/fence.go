// Package fence confines a server to some projects of a Jira site: it decides
// which requests may be sent and which parts of the answers a caller may see.
//
// A [Fence] holds the project keys and decides about data alone. A [Guard]
// applies a fence to a client's requests and answers, and asks Jira, through a
// [Lookup], where issues, boards and sprints belong. Package jira passes every
// request and every answer through the guard, in its one request path, so that
// no caller can bypass it.
//
//   - A query is parsed, everything it names is checked, and it is printed again
//     from its tree with the restriction joined to the whole ([Fence.ConfineQuery]).
//   - A write is checked before it is sent: the issues, projects, boards,
//     sprints and versions that it names ([Guard.CheckRequest]).
//   - An answer is filtered: everything outside is removed, at any depth
//     ([Fence.FilterJSON]). Texts that people wrote stay as they are.
//   - A refusal names the projects inside and nothing else ([Error]).
//
// For example, behind a fence around PAY the query "status = Done" is sent as
//
//	project IN ("PAY") AND status = Done
//
// and the query "parent = OPS-1" is refused, with the same words whether OPS-1
// exists or not.
//
// In this package, inside means in a project of the fence, and outside means
// everything else, including things that do not exist. Read fence.go for the
// projects, query.go and saved_filters.go for queries, filter.go for answers,
// then guard.go and the other guard files for requests. harmless.go lists the
// names that need no check; lookup.go is the interface to Jira.
package fence

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// Fence is a set of projects that a server may read and, for some of them,
// write to. It is safe for concurrent use.
type Fence struct {
	projects []string // keys, upper case
	writable []string // a subset of projects

	mu      sync.Mutex
	visible []string          // the projects that the user can see; nil while unknown
	ids     map[string]string // project id → key
	names   map[string]string // project name in lower case → key
}

// MaxProjects is the largest number of projects in a fence. Jira finds as many
// by key in one request (contract, searchProjects).
const MaxProjects = 50

// New returns a fence around projects, which are keys in any case. writable are
// those of them that may be written to; if it is empty, all may. New fails for
// an invalid key, for no project and more than [MaxProjects], and for a
// writable project that is not among projects.
func New(projects, writable []string) (*Fence, error) {
	f := &Fence{ids: map[string]string{}, names: map[string]string{}}
	for _, p := range projects {
		if p = strings.ToUpper(strings.TrimSpace(p)); !key.IsProject(p) {
			return nil, fmt.Errorf("%q is not a project key like PAY", p)
		}
		f.projects = append(f.projects, p)
	}
	if len(f.projects) == 0 {
		return nil, fmt.Errorf("a fence needs a project")
	}
	if len(f.projects) > MaxProjects {
		return nil, fmt.Errorf("%d projects; at most %d are allowed", len(f.projects), MaxProjects)
	}
	f.writable = f.projects
	if len(writable) > 0 {
		f.writable = nil
		for _, p := range writable {
			if p = strings.ToUpper(strings.TrimSpace(p)); !slices.Contains(f.projects, p) {
				return nil, fmt.Errorf("%s is not among the projects %s", p, strings.Join(f.projects, ", "))
			}
			f.writable = append(f.writable, p)
		}
	}
	return f, nil
}

// Projects returns the keys of the projects inside.
func (f *Fence) Projects() []string { return slices.Clone(f.projects) }

// SetVisible records which projects the user of the site can see. Queries must
// name no others: Jira refuses a query with an unknown project.
func (f *Fence) SetVisible(keys []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.visible = []string{}
	for _, p := range f.projects {
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, p) }) {
			f.visible = append(f.visible, p)
		}
	}
}

// Visible returns the projects inside that the user can see, and those that the
// user cannot see. Before [Fence.SetVisible], all count as visible.
func (f *Fence) Visible() (seen, missing []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.visible == nil {
		return slices.Clone(f.projects), nil
	}
	return slices.Clone(f.visible), slices.DeleteFunc(slices.Clone(f.projects), func(p string) bool { return slices.Contains(f.visible, p) })
}

// Writable returns the keys of the projects that may be written to.
func (f *Fence) Writable() []string { return slices.Clone(f.writable) }

// RecordProject records the id and name of a project inside, and ignores others.
func (f *Fence) RecordProject(key, id, name string) {
	if !f.IsProjectInside(key) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != "" {
		f.ids[id] = strings.ToUpper(key)
	}
	if name != "" {
		f.names[strings.ToLower(name)] = strings.ToUpper(key)
	}
}

// FindProject returns the key of the project inside with a key, id or name, the
// three forms that JQL accepts.
func (f *Fence) FindProject(who string) (key string, inside bool) {
	if key, inside = f.FindByKeyOrID(who); inside {
		return key, true
	}
	return f.FindByName(who)
}

// FindByKeyOrID returns the key of the project inside with a key or a recorded
// id. It ignores names: the name of one project can be the key of another.
func (f *Fence) FindByKeyOrID(who string) (key string, inside bool) {
	who = strings.TrimSpace(who)
	if f.IsProjectInside(who) {
		return strings.ToUpper(who), true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key, inside = f.ids[who]
	return key, inside
}

// FindByName returns the key of the project inside with a recorded name, in any
// case.
func (f *Fence) FindByName(name string) (key string, inside bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, inside = f.names[strings.ToLower(strings.TrimSpace(name))]
	return key, inside
}

// IsProjectInside reports whether the project with a key is inside.
func (f *Fence) IsProjectInside(key string) bool {
	return slices.Contains(f.projects, strings.ToUpper(strings.TrimSpace(key)))
}

// MayWrite reports whether the project with a key may be written to.
func (f *Fence) MayWrite(key string) bool {
	return slices.Contains(f.writable, strings.ToUpper(strings.TrimSpace(key)))
}

// IsIssueInside reports whether an issue is inside by its key, which must come
// from Jira's own answer. A key from a caller proves nothing: an issue that
// moved to another project still answers to its old key.
func (f *Fence) IsIssueInside(issue string) bool {
	project, _, ok := key.SplitIssue(strings.TrimSpace(issue))
	return ok && f.IsProjectInside(project)
}
