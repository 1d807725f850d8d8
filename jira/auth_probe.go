package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// candidate is a way to present a credential that an endpoint may accept.
type candidate struct {
	atSite bool
	bearer bool
	kind   string
	why    string // the reason for the endpoint, if it accepts the credential
}

// candidates returns the ways to try a credential, in order. Without an e-mail
// address only Bearer is possible.
func (r *endpointResolver) candidates(cred credential.Credential) []candidate {
	var list []candidate
	bearer := candidate{bearer: true, kind: kindService, why: "the gateway accepts it as Bearer"}
	if cred.Token.IsJWT() {
		bearer.kind = kindBearer
	}
	if r.auth == AuthAuto && cred.Email == "" {
		return []candidate{bearer}
	}
	if r.auth == AuthAuto && !r.atGateway {
		list = append(list, candidate{atSite: true, kind: kindClassic, why: "the site accepts it"})
	}
	if r.auth != AuthBearer {
		list = append(list, candidate{kind: kindScoped, why: "the gateway accepts it"})
	}
	if r.auth != AuthGateway {
		list = append(list, bearer)
	}
	return list
}

// find asks one candidate after the other. The first answer that is not "wrong
// endpoint" ends the search: the candidate accepts the credential, or its
// answer says nothing about the credential.
func (r *endpointResolver) find(ctx context.Context, cred credential.Credential) (endpoint, error) {
	if r.isFixed() { // rejected before; ask whether it is accepted again
		e := r.fixedEndpoint(cred)
		return e, r.probe(ctx, e)
	}
	var atSite error
	var answers []endpointAnswer
	var gateway *url.URL
	for _, c := range r.candidates(cred) {
		e := endpoint{base: r.base, cred: cred, bearer: c.bearer, kind: c.kind, why: describeSiteAnswer(atSite) + c.why}
		if c.atSite {
			if atSite = r.probeSite(ctx, e); atSite == nil || !isWrongEndpoint(atSite) {
				return e, atSite
			}
			answers = append(answers, endpointAnswer{e, true, atSite})
			continue
		}
		if gateway == nil {
			var err error
			if gateway, err = r.gatewayBase(ctx); err != nil {
				return endpoint{}, orInconclusive(atSite, err)
			}
		}
		e.base = gateway
		err := r.probe(ctx, e)
		if err == nil || !isWrongEndpoint(err) {
			return e, orInconclusive(atSite, err)
		}
		answers = append(answers, endpointAnswer{e, false, err})
	}
	for n := range answers { // one odd answer proves nothing
		if a := &answers[n]; a.isOdd() && ctx.Err() == nil {
			if a.err = r.probe(ctx, a.at); a.err == nil {
				return a.at, nil
			}
		}
	}
	return endpoint{}, r.rejectedEverywhere(ctx, cred, answers)
}

// endpointAnswer is what an endpoint answered to a credential that it does not
// accept.
type endpointAnswer struct {
	at     endpoint
	atSite bool
	err    error
}

// isOdd reports whether the answer is neither the caller nor a refusal of the
// credential. The gateway refuses a credential for another site with a 404 in JSON.
func (a endpointAnswer) isOdd() bool {
	return a.atSite && !IsCredentialRejected(a.err) || isOddAnswer(a.err)
}

// name returns the name of the endpoint.
func (a endpointAnswer) name() string {
	if a.atSite {
		return "the site"
	}
	return "Atlassian's gateway"
}

// probeSite asks the site, unless it has just rejected the credential. If the
// gateway cannot be reached, each search would otherwise be one more failed
// login, and Jira blocks accounts after failed logins.
func (r *endpointResolver) probeSite(ctx context.Context, e endpoint) error {
	if refusal, _, known := r.siteRejections.Peek(e.cred); known {
		return refusal
	}
	err := r.probe(ctx, e)
	if IsCredentialRejected(err) && isWrongEndpoint(err) {
		r.siteRejections.Put(e.cred, err)
	}
	return err
}

// describeSiteAnswer returns what the site answered before the gateway was
// asked; "" if the site was not asked.
func describeSiteAnswer(atSite error) string {
	if e, ok := asError(atSite); ok {
		return fmt.Sprintf("the site answered %d, ", e.Status)
	}
	return ""
}

// orInconclusive returns err, unless the site has rejected the credential and
// the gateway could not be asked. Then it returns an error that says both: the
// credential may be a valid token with scopes, and another credential may be
// tried in its place.
func orInconclusive(atSite, err error) error {
	site, ok := asError(atSite)
	if err == nil || !ok || !IsCredentialRejected(atSite) {
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
	both.Messages = append([]string{"the site does not accept the credential, and Atlassian's gateway could not be checked"}, e.Messages...)
	return &both
}

// rejectedEverywhere builds the error for a credential that neither the site
// nor the gateway accepts. It looks for the reason: an access token for another
// site, or a wrong cloud id.
func (r *endpointResolver) rejectedEverywhere(ctx context.Context, cred credential.Credential, answers []endpointAnswer) error {
	last := answers[len(answers)-1].err
	e := &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, Advice: adviceFor401(cred, r.now()), Err: last, credentialRejected: true}
	e.Messages = []string{"Atlassian's gateway does not accept the credential"}
	if r.auth == AuthAuto && !r.atGateway && cred.Email != "" {
		if site, ok := asError(answers[0].err); ok && site.Advice == adviceBlocked {
			return site
		}
		e.Messages = []string{"neither the site nor Atlassian's gateway accepts the credential"}
	}
	// Each kind of token gets a 401 at the endpoint for another kind. So a token may
	// be right unless every endpoint refused it.
	if n := slices.IndexFunc(answers, endpointAnswer.isOdd); n >= 0 {
		odd, _ := asError(answers[n].err)
		e.Status, e.Messages, e.Advice, e.inconclusive = odd.Status, describeAnswers(answers), adviceUnclearToken, true
		return e
	}
	if r.auth == AuthAuto && cred.Email == "" {
		e.Messages = []string{"Atlassian's gateway does not accept the token, and no e-mail address is set"}
		e.Advice = "Set the e-mail address of the account that owns the token. Only a token of a service account works without one."
	}
	if r.auth == AuthBearer {
		if sites := r.otherSites(ctx, cred); len(sites) > 0 {
			e.Messages = append(e.Messages, "the access token is valid only for "+strings.Join(sites, ", "))
			e.Advice = "Set the token's site, or get a token for this site."
		}
	}
	if given := r.cloudID.Load(); r.cloudIDConfigured {
		if real, err := r.askCloudID(ctx); err == nil && !strings.EqualFold(real, *given) {
			e.Messages = append(e.Messages, fmt.Sprintf("the configured cloud ID is %s, but %s has %s", *given, r.base.Host, real))
			e.Advice = "Correct the cloud ID, or leave it out; the site provides it."
		}
	}
	return e
}

// describeAnswers returns what each endpoint answered.
func describeAnswers(answers []endpointAnswer) []string {
	out := []string{"no endpoint named the caller"}
	for _, a := range answers {
		e, _ := asError(a.err) // every answer of an endpoint is one
		text := fmt.Sprintf("%s answered %d", a.name(), e.Status)
		if len(e.Messages) > 0 {
			text += " (" + e.Messages[0] + ")"
		}
		out = append(out, text)
	}
	return out
}

// gatewayBase returns the address of the site's API at the gateway. It requests
// the cloud id once.
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

// isWrongEndpoint reports whether err is an answer that a valid credential gets
// at an endpoint for another kind: 401, 404, or an empty 200 (measured in
// sooperset/mcp-atlassian issue 968).
func isWrongEndpoint(err error) bool {
	return IsStatus(err, http.StatusUnauthorized) || IsStatus(err, http.StatusNotFound) || errors.Is(err, errIncomplete) || errors.Is(err, errEmptyBody)
}

// IsMissingScope reports whether err is a 401 for a valid token that lacks a
// scope. The gateway says so only in its message.
func IsMissingScope(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match")
}

// probe asks who is calling at an endpoint. If the token lacks the scope for
// that request, the endpoint knows the token, so that it counts as accepted.
func (c *Client) probe(ctx context.Context, e endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout/4) // other callers wait for the search
	defer cancel()
	user, err := c.askMyself(ctx, e)
	if err == nil {
		c.identities.Put(e.cred, identity{user: user})
	}
	if IsMissingScope(err) {
		return nil
	}
	return err
}

// askCloudID requests the cloud id from the site.
func (c *Client) askCloudID(ctx context.Context) (string, error) {
	site, err := c.SiteInfo(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case site.CloudID != "":
		return site.CloudID, nil
	case site.Status == http.StatusTooManyRequests || site.Status >= 500:
		return "", &Error{Op: opTenantInfo, Status: site.Status, Outcome: Refused, Messages: []string{"the site did not return its cloud ID"}, Advice: adviceTryLater}
	case site.Status == http.StatusOK && !site.IsJSON:
		return "", &Error{Op: opTenantInfo, Status: site.Status, Outcome: Refused, Messages: []string{"the site's answer to the cloud ID request is not JSON"}, Advice: adviceNotJira}
	}
	if site.Status == http.StatusNotFound && !site.IsJSON {
		return "", &Error{Op: OpMyself, Outcome: Refused, credentialRejected: true, inconclusive: true,
			Messages: []string{"there is no Jira Cloud site at " + c.resolver.base.Host},
			Advice:   "Check the site's address; it may have been renamed or deleted. API tokens are for Jira Cloud only, not for Server or Data Center."}
	}
	return "", &Error{Op: OpMyself, Status: http.StatusUnauthorized, Outcome: Refused, credentialRejected: true, inconclusive: true,
		Messages: []string{fmt.Sprintf("%s does not return a cloud ID as Jira Cloud sites do (answer %d to /_edge/tenant_info)", c.resolver.base.Host, site.Status)},
		Advice:   "API tokens are for Jira Cloud only, not for Server or Data Center. Check the site's address, or set the cloud ID."}
}

// opAccessibleResources lists the sites of an access token (Atlassian, "OAuth
// 2.0 (3LO) apps"). It belongs to the gateway, not to Jira's API.
var opAccessibleResources = operationOutsideJira("accessible-resources", "/oauth/token/accessible-resources")

// maxSites is how many sites an error message lists at most.
const maxSites = 10

// otherSites returns the sites that an access token is for; none if they cannot
// be found out.
func (c *Client) otherSites(ctx context.Context, cred credential.Credential) []string {
	ctx, cancel := context.WithTimeout(ctx, c.timeout/4) // other calls wait for the search
	defer cancel()
	at := endpoint{base: c.resolver.gateway, cred: cred, bearer: true}
	ans, err := c.exchangeRaw(ctx, at, request{op: opAccessibleResources})
	var sites []struct {
		URL string `json:"url"`
	}
	if err != nil || ans.status != http.StatusOK || decode(ctx, request{op: opAccessibleResources}, ans, &sites) != nil {
		return nil
	}
	var list []string
	for _, s := range sites[:min(len(sites), maxSites)] {
		list = append(list, s.URL)
	}
	return list
}
