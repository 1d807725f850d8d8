package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/principal"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// callers serves requests that act as their senders, who bring their own Jira
// credentials. It holds what the users share: the way to Jira, what writes must
// remember, and what a server is made of.
type callers struct {
	*shared
	app     *app
	program *program
	options jira.Options // of a client, without a user
	states  *tools.States
	finder  *principal.Finder
	people  *peoplePolicy
	users   sync.Map // of the servers that are open: *principal.Principal by id
	server  *httpserver.Server
	// structured sends structured content to every client.
	structured bool
}

// serveCallers serves MCP with JIRA_MCP_IDENTITY=caller.
func (a *app) serveCallers(ctx context.Context, o *serveOptions) error {
	o.http.HasCallers = true
	if err := o.http.Check(); err != nil {
		return usageError{err}
	}
	c, err := a.wireCallers(ctx, o)
	if err != nil {
		return err
	}
	defer c.program.stop()
	o.http.Log, o.http.User, o.http.MaxTenants = c.program.log, c.user, c.config.MaxTenants
	o.http.UserOf = accountIn
	o.http.Probe, o.http.EveryMinute = c.siteAnswers, c.finder.Sweep
	if c.server, err = httpserver.New(ctx, o.http); err != nil {
		return usageError{err}
	}
	return a.serveReloading(ctx, c.server, o.http.Files, c.program.log)
}

// siteAnswers returns an error if the site does not answer a request without a
// credential: the process has none.
func (c *callers) siteAnswers(ctx context.Context) error {
	client, err := jira.New(c.clientOf(credential.Credential{}, false))
	if err != nil {
		return err
	}
	site, err := client.SiteInfo(ctx)
	// At the gateway's address there is no such resource, and any answer is one.
	if atGateway := strings.HasPrefix(c.options.Base.Path, "/ex/jira/"); err == nil && (site.CloudID == "" && !atGateway || site.Status >= http.StatusInternalServerError) {
		err = fmt.Errorf("the site answered %d without a cloud id", site.Status)
	}
	return err
}

// wireCallers builds what the users share. It sends nothing to Jira.
func (a *app) wireCallers(ctx context.Context, o *serveOptions) (*callers, error) {
	cfg, err := a.settings(ctx)
	if err == nil && !o.sandbox {
		err = cfg.Callers(a.storedLogin(cfg))
	}
	_, fenceErr := cfg.Fence()
	process := a.policy(cfg)
	_, unknown := process.Check(a.catalog())
	c := &callers{app: a, program: &program{config: cfg, log: a.logger(cfg), stop: func() {}}, options: a.clientOptions(), states: tools.NewStates(a.now, cfg.Writes), structured: o.structured}
	people, policyErr := newPeoplePolicy(cfg, process, a.catalog(), o.http.Files, c.policyChanged)
	if err = errors.Join(err, fenceErr, unknown, policyErr); err != nil {
		return nil, usageError{err}
	}
	c.people = people
	if o.sandbox {
		var at string
		if at, c.program.stop, err = a.startSandbox(ctx); err != nil {
			return nil, err
		}
		c.options.Base = &url.URL{Scheme: "http", Host: at}
		c.options.Gateway, c.options.Auth = c.options.Base, jira.AuthAuto
		c.options.Transport = jira.NewTransport(jira.TransportOptions{Trusted: []*url.URL{c.options.Base}})
	} else if err = a.configureTransport(cfg, &c.options); err != nil {
		return nil, usageError{err}
	}
	c.options.Shared = &jira.Shared{}
	if c.shared, err = a.newShared(ctx, c.program, false); err != nil {
		c.program.stop()
		return nil, err
	}
	c.finder = principal.New(principal.Options{Jira: c.clientOf, HasGate: o.http.AuthTokenFile != "", AccessTokens: cfg.CallerBearer, BySender: senderOf(o.http),
		Install: installHint(o.http), Redact: a.redactor.Text, Refused: c.refused, Groups: c.people.namesGroups, Log: c.program.log, Now: a.now})
	return c, nil
}

// storedLogin returns the site of a login that this process could use, or "".
func (a *app) storedLogin(cfg config.Config) string {
	file, err := a.loginFile()
	if err != nil {
		return ""
	}
	list, err := file.Load()
	if err != nil {
		return ""
	}
	for _, login := range list {
		if cfg.Site == "" || login.URL == cfg.Site {
			return login.URL
		}
	}
	return ""
}

// senderOf returns whose refused credentials count together: those of an address where the
// operator has named the proxies, so that the address is the sender's. Otherwise all
// count together, since all may have the address of one proxy.
func senderOf(o httpserver.Options) func(*http.Request) string {
	if len(o.TrustedProxies) == 0 {
		return nil
	}
	return httpserver.NetworkOf
}

// installHint returns the command line that sets up a client of this server.
func installHint(o httpserver.Options) string {
	line := "jira-mcp install CLIENT --http https://THIS-SERVER/mcp --jira-auth-env MCP_JIRA_AUTH"
	if o.AuthTokenFile != "" {
		line += " --bearer-env MCP_BEARER"
	}
	return line
}

// clientOf returns the options of a client for a credential.
func (c *callers) clientOf(of credential.Credential, isAccessToken bool) jira.Options {
	o := c.options
	o.Credential, o.Logger = credential.Static(of), c.program.log
	if isAccessToken {
		o.Auth = jira.AuthBearer
	}
	return o
}

// user returns the user of a request, for [httpserver.Options].
func (c *callers) user(r *http.Request) (httpserver.User, error) {
	p, err := c.finder.Find(r.Context(), r)
	if err != nil {
		return httpserver.User{}, err
	}
	limits := c.people.limits(p)
	if limits.denied != "" {
		return httpserver.User{}, c.deny(r, p, limits.denied)
	}
	return httpserver.User{ID: idOf(p, limits), Account: p.Account(), Open: func() (httpserver.Tenant, error) { return c.open(p, limits) }}, nil
}

// idOf identifies the server of a user: the credential, the account and what the user
// gets. There is one site.
func idOf(p principal.Principal, l userLimits) string {
	return hex.EncodeToString(p.Key[:]) + " " + p.Account() + " " + l.variant
}

// accountIn returns the account in an id of [idOf].
func accountIn(id string) string {
	_, rest, _ := strings.Cut(id, " ")
	account, _, _ := strings.Cut(rest, " ")
	return account
}

// refused ends the server of a credential that Jira does not accept any more.
func (c *callers) refused(key principal.Key) {
	c.program.log.Info("Jira does not accept the credential of a caller any more; their server ends")
	prefix := hex.EncodeToString(key[:]) + " "
	c.server.Drop(func(id string) bool { return strings.HasPrefix(id, prefix) })
}

// open builds the server of a user: what belongs to this user alone, and what all
// share. It sends nothing.
func (c *callers) open(p principal.Principal, limits userLimits) (httpserver.Tenant, error) {
	// The redactor knows the process's secrets and this user's, not everybody's.
	own := &credential.Redactor{}
	own.Add(p.Credential)
	text := func(s string) string { return c.app.redactor.Text(own.Text(s)) }
	bytes := func(b []byte) []byte { return c.app.redactErrors(own.Bytes(b)) }
	log := c.app.loggerTo(own.Writer(c.app.err), c.config).With("account", p.Account())

	o := c.clientOf(p.Credential, p.IsAccessToken)
	o.Credential = callerCredential{Static: credential.Static(p.Credential), rejected: func() { c.finder.Forget(p.Key) }}
	o.Identity, o.Logger, o.Redact = &p.Identity, log, bytes
	var err error
	if o.Fence, err = limits.fence(); err != nil {
		return httpserver.Tenant{}, err
	}
	state, release := c.states.Of(c.options.Base.String(), p.Account())
	s, err := tools.NewServer(c.shared.options(tools.Options{State: state, Writes: limits.writes, WritesFrom: limits.writesFrom, Jira: o, Policy: limits.policy, Redact: text, Log: log, Structured: c.structured,
		SkipPermissionProbe: !c.config.Probe}))
	if err != nil {
		release()
		return httpserver.Tenant{}, err
	}
	c.warnUnknownGroups(p, limits)
	id := idOf(p, limits)
	c.users.Store(id, &p)
	return httpserver.Tenant{MCP: s.MCP, Redact: bytes, Close: func() {
		c.users.CompareAndDelete(id, &p) // not the entry of a later server of the same user
		s.Close()
		release()
	}}, nil
}

// callerCredential is the credential that a request brought. There is no other one:
// if Jira does not accept it any more, the next request has to bring a new one.
type callerCredential struct {
	credential.Static
	rejected func()
}

// ReportResult implements [credential.Source].
func (c callerCredential) ReportResult(_ credential.Credential, accepted bool) {
	if !accepted {
		c.rejected()
	}
}
