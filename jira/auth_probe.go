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
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// resolveEndpoint asks /myself, at one place after the other.
func (c *Client) resolveEndpoint(ctx context.Context, cred credential.Credential) (endpoint, error) {
	l := c.resolver
	if l.isFixed() { // after a rest: is it accepted again?
		p := l.fixed(cred)
		return p, c.probe(ctx, p)
	}
	var atSite error
	if l.auth == AuthAuto && !l.atGateway {
		p := endpoint{base: l.base, cred: cred, kind: kindClassic}
		p.why = "the site accepts it"
		if atSite = l.siteRefused(cred, c.now()); atSite == nil {
			if atSite = c.probe(ctx, p); atSite == nil || !isWrongEndpoint(atSite) {
				return p, atSite
			}
			l.rememberSiteRefusal(cred, atSite, c.now())
		}
	}
	tried := l.describeSiteAnswer(atSite)
	base, err := c.gatewayBase(ctx)
	if err != nil {
		return endpoint{}, inconclusive(atSite, err)
	}
	p := endpoint{base: base, cred: cred, kind: kindScoped, why: tried + "the gateway accepts it"}
	if l.auth != AuthBearer {
		if err = c.probe(ctx, p); err == nil || !isWrongEndpoint(err) {
			return p, inconclusive(atSite, err)
		}
	}
	if l.auth != AuthGateway {
		p = endpoint{base: base, cred: cred, kind: kindBearer, bearer: true, why: tried + "the gateway accepts it as Bearer"}
		if err = c.probe(ctx, p); err == nil || !isWrongEndpoint(err) {
			return p, inconclusive(atSite, err)
		}
	}
	return endpoint{}, c.rejectedEverywhere(ctx, cred, atSite, err)
}

// inconclusive is a credential that the site refused, where the gateway could
// not say whether it is one with scopes. Another may be tried in its place.
func inconclusive(atSite, err error) error {
	var site, e *Error
	if err == nil || !isRejected(atSite) || !errors.As(atSite, &site) {
		return err
	}
	if site.Advice == adviceBlocked {
		return site
	}
	if !errors.As(err, &e) || e.credentialRejected && !e.inconclusive {
		return err
	}
	both := *e
	both.credentialRejected, both.inconclusive = true, true
	both.Messages = append([]string{"the site does not accept the credential, and whether Atlassian's gateway does could not be asked"}, e.Messages...)
	return &both
}

// describeSiteAnswer says what came before the gateway.
func (l *endpointResolver) describeSiteAnswer(atSite error) string {
	var e *Error
	if errors.As(atSite, &e) {
		return fmt.Sprintf("the site answered %d, ", e.Status)
	}
	return ""
}

// rememberSiteRefusal remembers the site's refusal, so that a gateway that cannot be
// reached does not mean one failed login after the other.
func (l *endpointResolver) rememberSiteRefusal(cred credential.Credential, err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isRejected(err) {
		l.site = siteRefusal{cred, err, now.Add(retryRejectedAfter)}
	}
}

func (l *endpointResolver) siteRefused(cred credential.Credential, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.site.cred == cred && now.Before(l.site.until) {
		return l.site.err
	}
	return nil
}

// rejectedEverywhere is a credential that is accepted at no place, with the reason as far
// as it can be told.
func (c *Client) rejectedEverywhere(ctx context.Context, cred credential.Credential, atSite, err error) error {
	e := &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, Advice: c.adviceCredential(cred), Err: err, credentialRejected: true}
	// Without a clear word from the site it may be a classic token all the same.
	e.inconclusive = c.resolver.auth == AuthAuto && !c.resolver.atGateway && !isRejected(atSite)
	var site *Error
	switch {
	case errors.As(atSite, &site) && site.Advice == adviceBlocked:
		return site
	case c.resolver.auth == AuthAuto && !c.resolver.atGateway:
		e.Messages = []string{"the credential is accepted neither at the site nor at Atlassian's gateway"}
	default:
		e.Messages = []string{"the credential is not accepted at Atlassian's gateway"}
	}
	if c.resolver.auth == AuthBearer {
		c.addOtherSites(ctx, cred, e)
	}
	if given := c.resolver.cloudID.Load(); c.resolver.given {
		if real, asked := c.askCloudID(ctx); asked == nil && !strings.EqualFold(real, *given) {
			e.Messages = append(e.Messages, fmt.Sprintf("the configured cloud id is %s, but %s has %s", *given, c.resolver.base.Host, real))
			e.Advice = "Correct the cloud id, or leave it out: the site is asked for it."
		}
	}
	return e
}

// addOtherSites adds to e which sites an access token is for, where it is for
// others (Atlassian, "OAuth 2.0 (3LO) apps", accessible-resources).
func (c *Client) addOtherSites(ctx context.Context, cred credential.Credential, e *Error) {
	ctx = context.WithValue(ctx, showingKey{}, showing{cred: cred, bearer: true, at: c.resolver.gateway})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.resolver.gateway.String()+"/oauth/token/accessible-resources", nil)
	if err != nil {
		return
	}
	res, err := c.http.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	var sites []struct {
		URL string `json:"url"`
	}
	if res.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&sites) != nil || len(sites) == 0 {
		return
	}
	var list []string
	for _, s := range sites[:min(len(sites), 10)] {
		list = append(list, s.URL)
	}
	e.Messages = append(e.Messages, "the access token is valid, but for "+strings.Join(list, ", "))
	e.Advice = "Set the site that the token is for, or get a token for this one."
}

// probe asks /myself at a place. That the token lacks the scope for it counts
// as an answer: it is known there.
func (c *Client) probe(ctx context.Context, p endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout/4) // others wait for it
	defer cancel()
	user, err := c.askMyself(ctx, p)
	if err == nil {
		c.identity.learn(p.cred, user)
	}
	if isMissingScope(err) {
		return nil
	}
	return err
}

// isWrongEndpoint reports an answer that a good credential gets at the wrong
// place: 401, 404, or nothing with 200 (sooperset/mcp-atlassian issue 968 has
// measured them).
func isWrongEndpoint(err error) bool {
	return IsStatus(err, http.StatusUnauthorized) || IsStatus(err, http.StatusNotFound) || errors.Is(err, errNoAccount) || errors.Is(err, errEmpty)
}

func isMissingScope(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match")
}

// gatewayBase is the API of the site at the gateway.
func (c *Client) gatewayBase(ctx context.Context) (*url.URL, error) {
	l := c.resolver
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

// askCloudID asks the site for its cloud id.
func (c *Client) askCloudID(ctx context.Context) (string, error) {
	r, err := c.SiteInfo(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case r.CloudID != "":
		return r.CloudID, nil
	case r.Status == http.StatusTooManyRequests || r.Status >= 500:
		return "", &Error{Op: opTenantInfo, Status: r.Status, Outcome: Refused, Messages: []string{"the site does not tell its cloud id now"}, Advice: adviceLater}
	case r.Status == http.StatusOK && !r.IsJSON:
		return "", &Error{Op: opTenantInfo, Status: r.Status, Outcome: Refused, Messages: []string{"the site's answer to the question for its cloud id is not JSON"}, Advice: adviceProxy}
	default:
		return "", &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, credentialRejected: true, inconclusive: true,
			Messages: []string{fmt.Sprintf("%s does not tell a cloud id as Jira Cloud sites do (answer %d to /_edge/tenant_info)", c.resolver.base.Host, r.Status)},
			Advice:   "API tokens are for Jira Cloud only, not for Server or Data Center. Check the site's address, or set the cloud id."}
	}
}
