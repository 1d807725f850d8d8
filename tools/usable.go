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
	// probeWait is how long a list of tools waits for the first answer.
	probeWait = time.Second
	// probeFresh is how long an answer counts: permissions are given and taken.
	probeFresh = 10 * time.Minute
	// probeRest is how long after a failure it is not asked again.
	probeRest = time.Minute
	// maxProbed bounds the requests of one probe; behind a fence each project
	// is asked about.
	maxProbed = 20
)

// permissionProbe finds the tools that the user of the token can use in no project, so
// that they need not be offered. It is a courtesy and no boundary: a call is
// never refused for it, since Jira itself decides, and knows of changes.
type permissionProbe struct {
	jira    *jira.Client
	now     func() time.Time
	log     *slog.Logger
	tools   []kit.Tool // those with permissions
	changed func()     // tells the clients that the list is another
	warned  atomic.Bool

	mu     sync.Mutex
	latest *probeRun // asked last
	answer *probeRun // answered last, and not with an error
	given  []string  // the lists that were given since the clients were told, as text
	closed bool
	cancel context.CancelFunc // of the question that is on its way
}

// probeRun is one question, asked or answered.
type probeRun struct {
	done    chan struct{} // closed when what follows is set
	account uint64        // who it is about
	at      time.Time
	err     error
	lacking []string // permissions that the user has in no project
}

func (p *probeRun) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// newPermissionProbe looks at the tools that need a permission.
func newPermissionProbe(c *jira.Client, now func() time.Time, log *slog.Logger, offered []kit.Tool, changed func()) *permissionProbe {
	p := &permissionProbe{jira: c, now: now, log: log, changed: changed}
	for _, t := range offered {
		if len(t.Permissions) > 0 {
			p.tools = append(p.tools, t)
		}
	}
	return p
}

// current returns the answer that counts now, or a question on its way, which
// it asks if there is none.
func (p *permissionProbe) current(ctx context.Context) *probeRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.latest
	if q != nil && !q.over() {
		return q
	}
	fresh := probeFresh
	if q != nil && q.err != nil {
		fresh = probeRest
	}
	if q != nil && p.now().Sub(q.at) < fresh && (q.account == p.jira.CredentialGeneration() || q.err != nil) {
		return q
	}
	q = &probeRun{done: make(chan struct{})}
	if p.closed {
		q.err = context.Canceled
		close(q.done)
		return q
	}
	p.latest = q
	// The question outlives the request that made it, and nobody is told of its
	// waits.
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	asking = jira.WithCall(asking, jira.CallOptions{})
	p.cancel = cancel
	go func() {
		defer cancel()
		p.ask(asking, q)
	}()
	return q
}

// ask asks Jira, and tells the clients where a list was given that is wrong now.
func (p *permissionProbe) ask(ctx context.Context, q *probeRun) {
	before := p.jira.CredentialGeneration()
	lacking, err := p.lacking(ctx)
	if err == nil && before != 0 && before != p.jira.CredentialGeneration() {
		err = errors.New("another credential came into use meanwhile")
	}
	if err != nil {
		level := slog.LevelDebug
		if jira.IsMissingScope(err) && p.warned.CompareAndSwap(false, true) {
			level = slog.LevelWarn // until that is mended it will fail each time
		}
		p.log.Log(ctx, level, "what the user may do could not be asked; the list of tools stays as it is", "error", err)
	}
	p.mu.Lock()
	q.lacking, q.err, q.account, q.at = lacking, err, p.jira.CredentialGeneration(), p.now()
	tell := false
	if err == nil {
		p.answer = q
		now := leftOut(p.leaves(q))
		tell = slices.ContainsFunc(p.given, func(list string) bool { return list != now })
		if tell {
			p.given = nil
		}
	}
	close(q.done)
	p.mu.Unlock()
	if tell {
		p.changed()
	}
}

// lacking are the permissions that the user has in no project: on the site, or
// inside the fence, where a write counts only in a project that may be written to.
func (p *permissionProbe) lacking(ctx context.Context) ([]string, error) {
	wanted := map[string]bool{} // whether it is for a write
	for _, t := range p.tools {
		for _, permission := range t.Permissions {
			wanted[permission] = wanted[permission] || t.Effect.Writes()
		}
	}
	places := []string{""}
	around := p.jira.Fence()
	if around != nil {
		if places = around.Projects(); len(places) > maxProbed {
			return nil, fmt.Errorf("%d projects are too many to ask about", len(places))
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
			continue // the user does not see the project
		}
		if err != nil {
			return nil, err
		}
		for permission, have := range has {
			if have {
				delete(wanted, permission)
			}
		}
	}
	return slices.Sorted(maps.Keys(wanted)), nil
}

// leaves are the tools that an answer leaves out, by name with why.
func (p *permissionProbe) leaves(q *probeRun) map[string]string {
	out := map[string]string{}
	if q.err != nil {
		return out
	}
	for _, t := range p.tools {
		if !slices.ContainsFunc(t.Permissions, func(s string) bool { return !slices.Contains(q.lacking, s) }) {
			out[t.Name] = fmt.Sprintf("the user has the permission %s in no project", strings.Join(t.Permissions, " or "))
			if p.jira.Fence() != nil {
				out[t.Name] += " that this server may use"
			}
		}
	}
	return out
}

func leftOut(left map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(left)), " ")
}

// forList are the tools to leave out of a list that is asked for now. It waits
// a moment for an answer; where that takes longer the answer before counts, or
// all are offered, and the clients are told later.
func (p *permissionProbe) forList(ctx context.Context) map[string]string {
	q := p.current(ctx)
	wait, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	_, _ = p.await(wait, q)
	p.mu.Lock()
	defer p.mu.Unlock()
	// Looked at again, since it may have come in this moment.
	if !q.over() || q.err != nil {
		q = p.answer
	}
	left := map[string]string{}
	if q != nil && (q.account == p.jira.CredentialGeneration() || p.jira.CredentialGeneration() == 0) {
		left = p.leaves(q)
	}
	if list := leftOut(left); !slices.Contains(p.given, list) {
		p.given = append(p.given, list)
	}
	return left
}

// await waits for an answer as long as ctx lasts.
func (p *permissionProbe) await(ctx context.Context, q *probeRun) (map[string]string, error) {
	select {
	case <-q.done:
		return p.leaves(q), q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// look asks anew where another credential has come into use since a list was
// given.
func (p *permissionProbe) look(ctx context.Context) {
	p.mu.Lock()
	stale := p.answer != nil && p.latest.over() && p.answer.account != p.jira.CredentialGeneration()
	p.mu.Unlock()
	if stale {
		p.current(ctx)
	}
}

// close ends a question that is on its way, and asks none any more.
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
