package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Auth says where the API takes a credential, and how it is shown. Nothing in
// a token tells its kind, so that [AuthAuto] asks Jira.
type Auth string

// The ways.
const (
	// AuthFixed takes Base as it is, with HTTP Basic.
	AuthFixed Auth = ""
	// AuthAuto asks /myself before the first call: at the site, where classic
	// API tokens work; then at the gateway, where API tokens with scopes do,
	// and some of service accounts as Bearer.
	AuthAuto Auth = "auto"
	// AuthSite is HTTP Basic at the site.
	AuthSite Auth = "site"
	// AuthGateway is HTTP Basic at the gateway.
	AuthGateway Auth = "gateway"
	// AuthBearer is an OAuth 2.0 access token at the gateway.
	AuthBearer Auth = "bearer"
)

// Gateway is Atlassian's API gateway.
const Gateway = "https://api.atlassian.com"

// gatewayPath is how the path of an API base at Atlassian's gateway begins.
const gatewayPath = "/ex/jira/"

// place is where the API takes the credential.
type place struct {
	base   *url.URL
	bearer bool
	kind   string // of the credential, in words
	user   User   // as /myself told it when the place was found; empty where it did not
}

// kinds of credentials, in words.
const (
	kindClassic = "API token without scopes (classic), at the site"
	kindScoped  = "API token with scopes, at the gateway"
	kindBearer  = "OAuth 2.0 access token, at the gateway"
)

// locator finds the place and remembers it, for as long as the credential
// stays the same.
type locator struct {
	auth          Auth
	base, gateway *url.URL
	turn          chan struct{} // one search at a time; those who waited find its result
	cloudID       atomic.Pointer[string]
	found         atomic.Pointer[finding]
}

// finding is the result of a search: a place, or the refusal of a credential.
type finding struct {
	cred  credential.Credential
	place place
	err   error
	until time.Time // of a refusal: when it is asked again
}

// refusedFor is how long a credential that was refused everywhere is not
// tried again: a revoked token must not hammer Jira.
const refusedFor = 30 * time.Second

func newLocator(o Options) *locator {
	l := &locator{auth: o.Auth, base: trimmed(o.Base), turn: make(chan struct{}, 1)}
	if o.CloudID != "" {
		l.cloudID.Store(&o.CloudID)
	}
	switch {
	case o.Gateway != nil:
		l.gateway = trimmed(o.Gateway)
	default:
		l.gateway, _ = url.Parse(Gateway)
	}
	if rest, ok := strings.CutPrefix(l.base.Path, gatewayPath); ok && l.auth == AuthAuto {
		// The gateway itself was given: it says which site.
		l.auth = AuthGateway
		gateway := *l.base
		gateway.Path = ""
		l.gateway = &gateway
		l.cloudID.Store(&rest)
	}
	return l
}

// hosts are the places that the credential may be sent to.
func (l *locator) hosts() []*url.URL {
	if l.auth == AuthFixed || l.auth == AuthSite {
		return []*url.URL{l.base}
	}
	return []*url.URL{l.base, l.gateway}
}

// locate returns the place of a credential, looking for it if it is not known.
func (c *Client) locate(ctx context.Context) (place, error) {
	l := c.locator
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return place{}, fmt.Errorf("credential: %w", err)
	}
	switch l.auth {
	case AuthFixed, AuthSite:
		return place{base: l.base, kind: kindClassic}, nil
	}
	if f := l.known(cred, c.now()); f != nil {
		return f.place, f.err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return place{}, ctx.Err()
	}
	if f := l.known(cred, c.now()); f != nil {
		return f.place, f.err
	}
	p, err := c.search(ctx)
	var refused *Error
	switch {
	case err == nil:
		c.log.InfoContext(ctx, "found where the credential works", "kind", p.kind)
		l.found.Store(&finding{cred: cred, place: p})
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		l.found.Store(&finding{cred: cred, err: err, until: c.now().Add(refusedFor)})
	}
	return p, err
}

// known is what an earlier search found for this credential, nil where none
// did.
func (l *locator) known(cred credential.Credential, now time.Time) *finding {
	f := l.found.Load()
	if f == nil || f.cred != cred || f.err != nil && !now.Before(f.until) {
		return nil
	}
	return f
}

// search asks /myself, at one place after the other.
func (c *Client) search(ctx context.Context) (place, error) {
	l := c.locator
	if l.auth == AuthAuto {
		p := place{base: l.base, kind: kindClassic}
		err := c.probe(ctx, &p)
		if err == nil || !wrongPlace(err) {
			return p, err
		}
	}
	base, err := c.gatewayBase(ctx)
	if err != nil {
		return place{}, err
	}
	p := place{base: base, kind: kindScoped}
	if l.auth != AuthBearer {
		if err = c.probe(ctx, &p); err == nil || l.auth == AuthGateway || !wrongPlace(err) {
			return p, err
		}
	}
	p = place{base: base, kind: kindBearer, bearer: true}
	if err = c.probe(ctx, &p); err != nil && l.auth == AuthAuto && wrongPlace(err) {
		return place{}, &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, Advice: adviceCredential,
			Messages: []string{"the credential is accepted neither at the site nor at Atlassian's gateway"}, Err: err}
	}
	return p, err
}

// probe asks /myself at a place. That the token lacks the scope for it counts
// as an answer: it is known there.
func (c *Client) probe(ctx context.Context, p *place) error {
	ans, err := c.sendTo(ctx, *p, call{op: OpMyself})
	if err == nil {
		err = decode(OpMyself, ans, &p.user)
	}
	if err != nil && missingScope(err) {
		return nil
	}
	if err == nil && p.user.AccountID == "" {
		return &Error{Op: OpMyself, Status: http.StatusOK, Outcome: Refused, Advice: adviceProxy, Messages: []string{"the answer names no account"}}
	}
	return err
}

// wrongPlace reports an answer that a good credential gets at the wrong
// place: 401, or 404 (sooperset/mcp-atlassian issue 968 has measured them).
func wrongPlace(err error) bool {
	return IsStatus(err, http.StatusUnauthorized) || IsStatus(err, http.StatusNotFound)
}

func missingScope(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match")
}

// gatewayBase is the API of the site at the gateway.
func (c *Client) gatewayBase(ctx context.Context) (*url.URL, error) {
	l := c.locator
	id := l.cloudID.Load()
	if id == nil {
		found, err := c.askCloudID(ctx)
		if err != nil {
			return nil, err
		}
		id = &found
		l.cloudID.Store(id)
	}
	base := *l.gateway
	base.Path = gatewayPath + *id
	return &base, nil
}

// askCloudID asks the site for its cloud id, without the credential
// (Atlassian knowledge base, "Retrieve my Atlassian site's Cloud ID").
func (c *Client) askCloudID(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.locator.base.String()+"/_edge/tenant_info", nil)
	if err != nil {
		return "", err
	}
	req = req.WithContext(context.WithValue(ctx, withoutCredential{}, true))
	res, err := c.http.Do(req)
	if err != nil {
		return "", c.transportError(OpMyself, c.locator.base.Host, err, false)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	var info struct {
		CloudID string `json:"cloudId"`
	}
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &info) != nil || info.CloudID == "" {
		return "", &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused,
			Messages: []string{fmt.Sprintf("%s does not accept the credential, and does not tell a cloud id as Jira Cloud sites do (answer %d to /_edge/tenant_info)", c.locator.base.Host, res.StatusCode)},
			Advice:   "API tokens are for Jira Cloud only, not for Server or Data Center. Check the site's address, or set the cloud id."}
	}
	return info.CloudID, nil
}

// CredentialKind says in words what kind of credential this is, where that is
// known.
func (c *Client) CredentialKind() string {
	if f := c.locator.found.Load(); f != nil && f.err == nil {
		return f.place.kind
	}
	return ""
}
