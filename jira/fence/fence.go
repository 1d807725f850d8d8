// Package fence decides what of a site a process may touch: projects, by key.
// It knows Jira's names and shapes, and asks of the site only what [Site] says.
// Package jira feeds it with every request and every answer, in its one request
// path, so that no caller can forget it.
//
//   - A query is parsed, everything it names is judged, and it is printed anew
//     from its tree with the restriction joined to the whole ([Fence.Query]).
//   - An answer is filtered: what is outside goes, wherever it stands
//     ([Fence.Filter]). Text that people wrote stays.
//   - A refusal names the projects inside and nothing else ([Error]).
package fence

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// Fence is around projects. It is safe for concurrent use.
type Fence struct {
	projects []string // keys, upper case
	writable []string // a subset

	mu    sync.Mutex
	seen  []string          // of the projects, those that the user sees; nil while unknown
	ids   map[string]string // a project's id → its key
	names map[string]string // a project's name in lower case → its key
}

// MaxProjects is how many projects a fence may be around: Jira finds as many by
// key at once (contract, searchProjects).
const MaxProjects = 50

// New makes a fence around projects. With no writable ones all of them are.
func New(projects, writable []string) (*Fence, error) {
	f := &Fence{ids: map[string]string{}, names: map[string]string{}}
	for _, p := range projects {
		if p = strings.ToUpper(strings.TrimSpace(p)); !key.IsProject(p) {
			return nil, fmt.Errorf("%q is not a project's key like PAY", p)
		}
		f.projects = append(f.projects, p)
	}
	if len(f.projects) == 0 {
		return nil, fmt.Errorf("a fence needs a project")
	}
	if len(f.projects) > MaxProjects {
		return nil, fmt.Errorf("%d projects; at most %d can be inside", len(f.projects), MaxProjects)
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

// Projects are the keys inside.
func (f *Fence) Projects() []string { return slices.Clone(f.projects) }

// See notes which of the projects the user of the site sees. Jira refuses a
// query that names one it does not know of.
func (f *Fence) See(keys []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = []string{}
	for _, p := range f.projects {
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, p) }) {
			f.seen = append(f.seen, p)
		}
	}
}

// Visible are the projects inside that the user sees, as far as that is known,
// and those that are not.
func (f *Fence) Visible() (seen, unseen []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		return slices.Clone(f.projects), nil
	}
	return slices.Clone(f.seen), slices.DeleteFunc(slices.Clone(f.projects), func(p string) bool { return slices.Contains(f.seen, p) })
}

// Writable are the keys of the projects that may be written to.
func (f *Fence) Writable() []string { return slices.Clone(f.writable) }

// Learn notes the id and the name of a project inside; of others it takes no
// notice.
func (f *Fence) Learn(key, id, name string) {
	if !f.Inside(key) {
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

// Project finds a project inside by key, id or name, as JQL takes them.
func (f *Fence) Project(who string) (key string, inside bool) {
	if key, inside = f.KeyOrID(who); inside {
		return key, true
	}
	return f.Named(who)
}

// KeyOrID finds a project inside by its key or an id it learned. A name does
// not count: another project may have it as its key.
func (f *Fence) KeyOrID(who string) (key string, inside bool) {
	who = strings.TrimSpace(who)
	if f.Inside(who) {
		return strings.ToUpper(who), true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key, inside = f.ids[who]
	return key, inside
}

// Named finds a project inside by a name it learned.
func (f *Fence) Named(name string) (key string, inside bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, inside = f.names[strings.ToLower(strings.TrimSpace(name))]
	return key, inside
}

// Inside reports a project's key that is inside.
func (f *Fence) Inside(key string) bool {
	return slices.Contains(f.projects, strings.ToUpper(strings.TrimSpace(key)))
}

// MayWrite reports a project's key that may be written to.
func (f *Fence) MayWrite(key string) bool {
	return slices.Contains(f.writable, strings.ToUpper(strings.TrimSpace(key)))
}

// InsideIssue reports an issue's key, as Jira itself reports it, that is
// inside. A key that somebody gives says nothing: issues move, and answer to
// their old keys.
func (f *Fence) InsideIssue(issue string) bool {
	project, _, ok := key.SplitIssue(strings.TrimSpace(issue))
	return ok && f.Inside(project)
}
