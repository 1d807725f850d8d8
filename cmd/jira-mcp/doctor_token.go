package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// token reads the token, and warns if others can read its file. A first token
// that cannot be read fails the check, but the examination goes on with the
// next one if there is one.
func (d *doctor) token(ctx context.Context) bool {
	if _, err := d.source.Credential(ctx); err != nil {
		d.fail("token", err, err.Error())
		return false
	}
	// The next token may be in use in place of the first one.
	if _, d.tokenErr = d.source.Origins[0].Token(ctx, credential.Secret{}); d.tokenErr != nil {
		d.fail("token", d.tokenErr, d.tokenErr.Error())
	} else {
		d.add("token", stateOK, "read from "+d.tokenPlace())
	}
	for _, o := range d.source.Origins {
		if f, ok := o.(*credential.File); ok {
			if info, err := os.Stat(f.Path); err == nil && credential.IsReadableByOthers(info) {
				d.add("token", stateWarn, fmt.Sprintf("others can read %s (mode %04o)", f.Path, info.Mode().Perm()), "chmod 600 "+f.Path+" lets only its owner read the token; secrets mounted into a container can stay as they are.")
			}
		}
	}
	return true
}

// access finds out at which address the credential works, the site or the
// gateway, whose it is and of which kind. A missing scope does not end the
// examination, since it is a fault of the token's scopes and not of the token.
func (d *doctor) access(ctx context.Context) bool {
	var err error
	if d.endpoint, err = d.client.Endpoint(ctx); err == nil {
		d.user, err = d.client.Myself(ctx)
	}
	if err != nil && !jira.IsMissingScope(err) {
		d.fail("endpoint", err, d.refusalAdvice(err))
		d.nextToken(ctx)
		return false
	}
	d.add("endpoint", stateOK, fmt.Sprintf("%s: %s", d.endpoint.Base, d.endpoint.Why))
	d.nextToken(ctx)
	if err != nil {
		d.fail("identity", err)
	} else {
		d.add("identity", stateOK, fmt.Sprintf("%s (%s)%s", d.user.DisplayName, d.user.AccountID, prefixed(", ", d.user.TimeZone)))
	}
	kind := cmp.Or(d.client.CredentialKind(), d.endpoint.Kind)
	if strings.Contains(kind, "classic") {
		d.add("kind", stateOK, kind+". It has all of its owner's permissions; a token with scopes can have fewer.")
	} else {
		d.add("kind", stateOK, kind)
	}
	return true
}

// refusalAdvice returns the advice for a credential that Jira does not accept.
// The hint that the error carries tells users to ask the person who runs this
// server; here that person is the reader, so that the advice names settings and
// token pages.
func (d *doctor) refusalAdvice(err error) string {
	if !jira.IsCredentialRejected(err) || !strings.Contains(hint(err), "Ask the person who runs this server") {
		return hint(err)
	}
	day := d.cfg.ExpiryDay()
	switch {
	case !d.cfg.Access.IsZero():
		return "Get a new access token; they expire within hours. If this is an API token, set JIRA_API_TOKEN and JIRA_EMAIL instead."
	case !day.IsZero() && day.DaysLeft(d.now()) <= 0:
		return fmt.Sprintf("The API token expired on %s: make a new one at %s and put it into %s.", day, credential.TokenPage, d.source.Origins[0])
	case d.cfg.From("JIRA_AUTH") != "":
		return fmt.Sprintf("Unset %s to detect where the token works (it is set to %s). If that does not help, make a new token at %s", d.from("JIRA_AUTH"), d.cfg.Auth, credential.TokenPage)
	}
	return fmt.Sprintf("Check that %s is the token's account, and at %s that the token still exists; if not, put a new one into %s.", d.cfg.Email, credential.TokenPage, d.source.Origins[0])
}

// nextToken checks the second token: whether it is in use already, and otherwise
// whether it would work when the first is refused.
func (d *doctor) nextToken(ctx context.Context) {
	if len(d.source.Origins) < 2 {
		return
	}
	first, spare := d.source.Origins[0], d.source.Origins[1]
	token, err := spare.Token(ctx, credential.Secret{})
	if err != nil {
		d.fail("next", err, err.Error())
		return
	}
	d.redactor.Add(credential.Credential{Email: d.cfg.Email, Token: token})
	if d.tokenErr != nil {
		d.add("next", stateWarn, fmt.Sprintf("the token from %s is in use", spare))
		return
	}
	if d.source.ActiveOrigin() > 0 {
		d.add("next", stateWarn, fmt.Sprintf("Jira refused the token from %s; the token from %s is in use", first, spare), fmt.Sprintf("Move the token from %s to %s.", spare, first))
		return
	}
	o := d.options
	o.Credential = credential.Static{Email: d.cfg.Email, Token: token}
	client, err := jira.New(o)
	if err == nil {
		err = client.Ping(ctx)
	}
	if err != nil && !jira.IsMissingScope(err) {
		d.add("next", stateWarn, fmt.Sprintf("the token from %s would not work: %v", spare, err), fmt.Sprintf("Put a working token into %s, or remove it.", spare))
		return
	}
	d.add("next", stateOK, fmt.Sprintf("the token from %s would take over", spare))
}

// prefixed returns s with a prefix, or "" if s is empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// expiry reports the day on which the token expires, as far as it was
// configured: Jira's API does not expose it. The earlier checks have shown that
// the token works, so that a configured day in the past must be wrong.
func (d *doctor) expiry(context.Context) bool {
	day := d.cfg.ExpiryDay()
	bearer := strings.Contains(d.endpoint.Kind, "OAuth")
	switch left := day.DaysLeft(d.now()); {
	case day.IsZero() && bearer:
		d.add("expiry", stateOK, "unknown; OAuth access tokens expire within hours")
	case day.IsZero():
		d.add("expiry", stateOK, "unknown: Jira's API does not report it; set JIRA_API_TOKEN_EXPIRES to be warned in time")
	case d.source.ActiveOrigin() > 0:
		d.add("expiry", stateOK, fmt.Sprintf("unknown for the token in use; the first token's expiry date is %s", day))
	case left < 0:
		d.add("expiry", stateWarn, fmt.Sprintf("the configured date is %s, but Jira still accepts the token", day), "Correct JIRA_API_TOKEN_EXPIRES, or the date given to jira-mcp login.")
	case day.Notice(d.now()) != "":
		d.add("expiry", stateWarn, day.Notice(d.now()), fmt.Sprintf("Make a new token at %s and put it into %s.", credential.TokenPage, d.source.Origins[0]))
	default:
		d.add("expiry", stateOK, fmt.Sprintf("%s, in %d days", day, left))
	}
	return true
}
