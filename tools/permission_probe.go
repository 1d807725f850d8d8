package tools

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

const (
	// probeWait is how long a list of tools waits for an answer that is under
	// way.
	probeWait = time.Second
	// probeTTL is how long an answer counts: permissions are granted and
	// revoked.
	probeTTL = 10 * time.Minute
	// probeRetry is how long after a failure Jira is not asked again.
	probeRetry = time.Minute
	// maxProbeProjects limits the requests of one probe: behind a fence, Jira is
	// asked about each project.
	maxProbeProjects = 20
)

// permissionProbe finds the tools that the user of the token can use in no
// project, so that tools/list can leave them out. It shortens the list and
// enforces nothing: it never refuses a call, since Jira decides, and knows of
// changes earlier.
//
// A list that finds no current answer waits at most probeWait for one; then it
// uses the previous answer, or offers all tools. When an answer arrives later
// and a list that was sent is wrong by it, the clients are notified. Answers
// belong to one credential: for another one, it asks Jira again.
type permissionProbe struct {
	jira    *jira.Client
	now     func() time.Time
	log     *slog.Logger
	tools   []kit.Tool // those with permissions
	changed func()     // notifies the clients that the list of tools has changed
	warned  atomic.Bool

	mu        sync.Mutex
	latest    *probeRun // begun last
	answer    *probeRun // finished last without an error
	sentLists []string  // the lists sent since the clients were notified, as text
	closed    bool
	cancel    context.CancelFunc // ends the run in progress
}

// probeRun is one question to Jira, in progress or answered.
type probeRun struct {
	done       chan struct{} // closed when the fields below are set
	generation uint64        // the credential generation that it is about
	at         time.Time
	err        error
	missing    []string // permissions that the user has in no project
}

// isDone reports whether the run has finished.
func (r *probeRun) isDone() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// newPermissionProbe returns a probe for the offered tools that need a
// permission. It asks nothing yet.
func newPermissionProbe(c *jira.Client, now func() time.Time, log *slog.Logger, offered []kit.Tool, changed func()) *permissionProbe {
	p := &permissionProbe{jira: c, now: now, log: log, changed: changed}
	for _, t := range offered {
		if len(t.Permissions) > 0 {
			p.tools = append(p.tools, t)
		}
	}
	return p
}

// current returns the run that counts now: one in progress, or a finished one
// that is fresh and about the present credential, or one that failed less than
// probeRetry ago. Otherwise it begins a new one.
func (p *permissionProbe) current(ctx context.Context) *probeRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.latest
	if q != nil && !q.isDone() {
		return q
	}
	fresh := probeTTL
	if q != nil && q.err != nil {
		fresh = probeRetry
	}
	if q != nil && p.now().Sub(q.at) < fresh && (q.generation == p.jira.CredentialGeneration() || q.err != nil) {
		return q
	}
	q = &probeRun{done: make(chan struct{})}
	if p.closed {
		q.err = context.Canceled
		close(q.done)
		return q
	}
	p.latest = q
	// The run outlives the request that started it, and its waits are reported
	// to nobody.
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	asking = jira.WithCall(asking, jira.CallOptions{})
	p.cancel = cancel
	go func() {
		defer cancel()
		p.ask(asking, q)
	}()
	return q
}

// ask asks Jira, stores the answer, and notifies the clients if a list that was
// sent is wrong by it.
func (p *permissionProbe) ask(ctx context.Context, q *probeRun) {
	before := p.jira.CredentialGeneration()
	lacking, err := p.missingPermissions(ctx)
	if err == nil && before != 0 && before != p.jira.CredentialGeneration() {
		err = errors.New("the credential changed meanwhile")
	}
	if err != nil {
		level := slog.LevelDebug
		if jira.IsMissingScope(err) && p.warned.CompareAndSwap(false, true) {
			level = slog.LevelWarn // it fails every time until the token has the scope
		}
		p.log.Log(ctx, level, "could not check the user's permissions; the list of tools is unchanged", "error", err)
	}
	p.mu.Lock()
	q.missing, q.err, q.generation, q.at = lacking, err, p.jira.CredentialGeneration(), p.now()
	notify := false
	if err == nil {
		p.answer = q
		now := joinNames(p.unavailableTools(q))
		notify = slices.ContainsFunc(p.sentLists, func(list string) bool { return list != now })
		if notify {
			p.sentLists = nil
		}
	}
	close(q.done)
	p.mu.Unlock()
	if notify {
		p.changed()
	}
}

// UnavailableTools returns those of the tools that the client's user can use in no
// project, by name with the reason. A server leaves them out of its lists.
func UnavailableTools(ctx context.Context, c *jira.Client, offered []kit.Tool) (map[string]string, error) {
	p := newPermissionProbe(c, time.Now, slog.New(slog.DiscardHandler), offered, func() {})
	missing, err := p.missingPermissions(ctx)
	return p.unavailableTools(&probeRun{missing: missing, err: err}), err
}

// missingPermissions returns the wanted permissions that the user has in no
// project. It leaves out permissions that the answer does not contain. Without
// a fence it asks Jira once for the whole site; behind one it asks project by
// project until nothing is missing, and a permission to write counts only in a
// writable project.
func (p *permissionProbe) missingPermissions(ctx context.Context) ([]string, error) {
	wanted := map[string]bool{} // whether it is for a write
	for _, t := range p.tools {
		for _, permission := range t.Permissions {
			wanted[permission] = wanted[permission] || t.Effect.Writes()
		}
	}
	places := []string{""}
	around := p.jira.Fence()
	if around != nil {
		if places = around.Projects(); len(places) > maxProbeProjects {
			return nil, fmt.Errorf("%d projects are too many to check", len(places))
		}
	}
	for _, place := range places {
		var ask []string
		for _, permission := range slices.Sorted(maps.Keys(wanted)) {
			if around == nil || !wanted[permission] || around.MayWrite(place) {
				ask = append(ask, permission)
			}
		}
		if len(ask) == 0 {
			continue
		}
		has, err := p.jira.MyPermissions(ctx, ask, place)
		if outside := (*fence.Error)(nil); errors.As(err, &outside) {
			continue // the user cannot see the project
		}
		if err != nil {
			return nil, err
		}
		for _, permission := range ask {
			if have, answered := has[permission]; have || !answered {
				delete(wanted, permission)
			}
		}
	}
	return slices.Sorted(maps.Keys(wanted)), nil
}

// unavailableTools returns the tools that an answer leaves out, by name with
// the reason. A tool is left out if the user lacks all of its permissions.
func (p *permissionProbe) unavailableTools(q *probeRun) map[string]string {
	out := map[string]string{}
	if q.err != nil {
		return out
	}
	for _, t := range p.tools {
		if !slices.ContainsFunc(t.Permissions, func(s string) bool { return !slices.Contains(q.missing, s) }) {
			out[t.Name] = fmt.Sprintf("the user has the permission %s in no project", strings.Join(t.Permissions, " or "))
			if p.jira.Fence() != nil {
				out[t.Name] += " that this server may use"
			}
		}
	}
	return out
}

// joinNames returns the names as a text that can be compared.
func joinNames(left map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(left)), " ")
}

// forList returns the tools to leave out of a list that a client asks for now.
// It waits at most probeWait for an answer; after that the answer before
// counts, or no tool is left out, and the clients are notified later.
func (p *permissionProbe) forList(ctx context.Context) map[string]string {
	q := p.current(ctx)
	wait, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	_, _ = p.await(wait, q)
	p.mu.Lock()
	defer p.mu.Unlock()
	// Checked again with the lock held, since the answer may have arrived just
	// now.
	if !q.isDone() || q.err != nil {
		q = p.answer
	}
	left := map[string]string{}
	if q != nil && (q.generation == p.jira.CredentialGeneration() || p.jira.CredentialGeneration() == 0) {
		left = p.unavailableTools(q)
	}
	if list := joinNames(left); !slices.Contains(p.sentLists, list) {
		p.sentLists = append(p.sentLists, list)
	}
	return left
}

// await waits for a run as long as ctx lasts, and returns the tools that it
// leaves out.
func (p *permissionProbe) await(ctx context.Context, q *probeRun) (map[string]string, error) {
	select {
	case <-q.done:
		return p.unavailableTools(q), q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refreshIfStale asks Jira again if another credential has come into use since
// the last answer.
func (p *permissionProbe) refreshIfStale(ctx context.Context) {
	p.mu.Lock()
	stale := p.answer != nil && p.latest.isDone() && p.answer.generation != p.jira.CredentialGeneration()
	p.mu.Unlock()
	if stale {
		p.current(ctx)
	}
}

// close cancels the run in progress, waits for its end, and prevents new ones.
func (p *permissionProbe) close() {
	p.mu.Lock()
	p.closed = true
	q, cancel := p.latest, p.cancel
	p.mu.Unlock()
	if cancel != nil {
		cancel()
		<-q.done
	}
}
