package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// candidate is a way in which a credential may be accepted.
type candidate struct {
	atSite bool
	bearer bool
	kind   string
	why    string // the endpoint's, once it accepts
}

// candidates returns the ways to try, in order.
func (r *endpointResolver) candidates() []candidate {
	var list []candidate
	if r.auth == AuthAuto && !r.atGateway {
		list = append(list, candidate{atSite: true, kind: kindClassic, why: "the site accepts it"})
	}
	if r.auth != AuthBearer {
		list = append(list, candidate{kind: kindScoped, why: "the gateway accepts it"})
	}
	if r.auth != AuthGateway {
		list = append(list, candidate{bearer: true, kind: kindBearer, why: "the gateway accepts it as Bearer"})
	}
	return list
}

// find asks one candidate after the other. The first that accepts the credential,
// or answers something that says nothing about it, ends the search.
func (r *endpointResolver) find(ctx context.Context, cred credential.Credential) (endpoint, error) {
	if r.isFixed() { // rejected before: is it accepted again?
		e := r.fixed(cred)
		return e, r.probe(ctx, e)
	}
	var atSite, last error
	var gateway *url.URL
	for _, c := range r.candidates() {
		e := endpoint{base: r.base, cred: cred, bearer: c.bearer, kind: c.kind, why: describeSiteAnswer(atSite) + c.why}
		if c.atSite {
			if atSite = r.probeSite(ctx, e); atSite == nil || !isWrongEndpoint(atSite) {
				return e, atSite
			}
			continue
		}
		if gateway == nil {
			var err error
			if gateway, err = r.gatewayBase(ctx); err != nil {
				return endpoint{}, orInconclusive(atSite, err)
			}
		}
		e.base = gateway
		if last = r.probe(ctx, e); last == nil || !isWrongEndpoint(last) {
			return e, orInconclusive(atSite, last)
		}
	}
	return endpoint{}, r.rejectedEverywhere(ctx, cred, atSite, last)
}

// probeSite asks the site, unless it has just rejected the credential: where the
// gateway cannot be reached, each search would otherwise be one more failed login,
// and Jira blocks accounts for those.
func (r *endpointResolver) probeSite(ctx context.Context, e endpoint) error {
	if refusal, _, known := r.site.Peek(e.cred); known {
		return refusal
	}
	err := r.probe(ctx, e)
	if isRejected(err) && isWrongEndpoint(err) {
		r.site.Put(e.cred, err)
	}
	return err
}

// describeSiteAnswer says what the site answered before the gateway was asked; ""
// if it was not asked.
func describeSiteAnswer(atSite error) string {
	if e, ok := asError(atSite); ok {
		return fmt.Sprintf("the site answered %d, ", e.Status)
	}
	return ""
}

// orInconclusive returns err; but if the site has rejected the credential and the
// gateway could not be asked, an error that says both, since the credential may be
// a good one with scopes. Another credential may be tried in its place.
func orInconclusive(atSite, err error) error {
	site, ok := asError(atSite)
	if err == nil || !ok || !isRejected(atSite) {
		return err
	}
	if site.Advice == adviceBlocked {
		return site
	}
	e, ok := asError(err)
	if !ok || e.credentialRejected && !e.inconclusive {
		return err
	}
	both := *e
	both.credentialRejected, both.inconclusive = true, true
	both.Messages = append([]string{"the site does not accept the credential, and whether Atlassian's gateway does could not be asked"}, e.Messages...)
	return &both
}

// rejectedEverywhere builds the error for a credential that neither the site nor
// the gateway accepts, with the reason as far as it can be found out.
func (r *endpointResolver) rejectedEverywhere(ctx context.Context, cred credential.Credential, atSite, err error) error {
	e := &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, Advice: adviceFor401(cred, r.now()), Err: err, credentialRejected: true}
	asked := r.auth == AuthAuto && !r.atGateway
	// Without a clear word from the site it may be a classic token all the same.
	e.inconclusive = asked && !isRejected(atSite)
	if site, ok := asError(atSite); ok && site.Advice == adviceBlocked {
		return site
	}
	e.Messages = []string{"the credential is not accepted at Atlassian's gateway"}
	if asked {
		e.Messages = []string{"the credential is accepted neither at the site nor at Atlassian's gateway"}
	}
	if r.auth == AuthBearer {
		if sites := r.otherSites(ctx, cred); len(sites) > 0 {
			e.Messages = append(e.Messages, "the access token is valid, but for "+strings.Join(sites, ", "))
			e.Advice = "Set the site that the token is for, or get a token for this one."
		}
	}
	if given := r.cloudID.Load(); r.given {
		if real, err := r.askCloudID(ctx); err == nil && !strings.EqualFold(real, *given) {
			e.Messages = append(e.Messages, fmt.Sprintf("the configured cloud id is %s, but %s has %s", *given, r.base.Host, real))
			e.Advice = "Correct the cloud id, or leave it out: the site is asked for it."
		}
	}
	return e
}

// gatewayBase returns the API of the site at the gateway. It asks for the cloud id
// once.
func (r *endpointResolver) gatewayBase(ctx context.Context) (*url.URL, error) {
	id := r.cloudID.Load()
	if id == nil {
		found, err := r.askCloudID(ctx)
		if err != nil {
			return nil, err
		}
		id = &found
		r.cloudID.Store(id)
	}
	base := *r.gateway
	base.Path = gatewayPath + *id
	return &base, nil
}

// isWrongEndpoint reports an answer that a good credential gets at an endpoint for
// another kind: 401, 404, or nothing with 200 (measured in sooperset/mcp-atlassian
// issue 968).
func isWrongEndpoint(err error) bool {
	return IsStatus(err, http.StatusUnauthorized) || IsStatus(err, http.StatusNotFound) || errors.Is(err, errNoAccount) || errors.Is(err, errEmpty)
}

// isMissingScope reports a 401 for a valid token that lacks a scope, which the
// gateway says in words only.
func isMissingScope(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match")
}

// probe asks who is calling at an endpoint. A token that lacks the scope for that
// question is known there, so that counts as accepted.
func (c *Client) probe(ctx context.Context, e endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout/4) // others wait for it
	defer cancel()
	user, err := c.askMyself(ctx, e)
	if err == nil {
		c.users.Put(e.cred, user)
	}
	if isMissingScope(err) {
		return nil
	}
	return err
}

// askCloudID asks the site for its cloud id.
func (c *Client) askCloudID(ctx context.Context) (string, error) {
	site, err := c.SiteInfo(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case site.CloudID != "":
		return site.CloudID, nil
	case site.Status == http.StatusTooManyRequests || site.Status >= 500:
		return "", &Error{Op: opTenantInfo, Status: site.Status, Outcome: Refused, Messages: []string{"the site does not tell its cloud id now"}, Advice: adviceLater}
	case site.Status == http.StatusOK && !site.IsJSON:
		return "", &Error{Op: opTenantInfo, Status: site.Status, Outcome: Refused, Messages: []string{"the site's answer to the question for its cloud id is not JSON"}, Advice: adviceProxy}
	}
	return "", &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, credentialRejected: true, inconclusive: true,
		Messages: []string{fmt.Sprintf("%s does not tell a cloud id as Jira Cloud sites do (answer %d to /_edge/tenant_info)", c.resolver.base.Host, site.Status)},
		Advice:   "API tokens are for Jira Cloud only, not for Server or Data Center. Check the site's address, or set the cloud id."}
}

// opAccessibleResources lists the sites of an access token (Atlassian, "OAuth 2.0
// (3LO) apps"). It is the gateway's, and not Jira's.
var opAccessibleResources = operationOutsideJira("accessible-resources", "/oauth/token/accessible-resources")

// maxSites bounds how many sites an error message lists.
const maxSites = 10

// otherSites lists the sites that an access token is for; none if that cannot be
// found out.
func (c *Client) otherSites(ctx context.Context, cred credential.Credential) []string {
	at := endpoint{base: c.resolver.gateway, cred: cred, bearer: true}
	ans, err := c.exchangeRaw(ctx, at, request{op: opAccessibleResources})
	var sites []struct {
		URL string `json:"url"`
	}
	if err != nil || ans.status != http.StatusOK || decode(opAccessibleResources, ans, &sites) != nil {
		return nil
	}
	var list []string
	for _, s := range sites[:min(len(sites), maxSites)] {
		list = append(list, s.URL)
	}
	return list
}
