package principal

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/clientconfig"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Header carries the sender's Jira credential. It always works; Authorization may belong
// to a gateway or to the server's own bearer token.
const Header = clientconfig.JiraHeader

// presented is a credential that a request brought.
type presented struct {
	credential    credential.Credential
	isAccessToken bool
}

// take returns the credential of a request, and removes both headers that may hold
// one: nothing behind this logs or forwards them.
//
// The header [Header] comes first. Authorization counts only with the scheme Basic
// and only if the server has no bearer token of its own: a token with the scheme
// Bearer was issued for a server, never for Jira (MCP 2026-07-28, authorization,
// token passthrough).
func (f *Finder) take(r *http.Request) (presented, *Refusal) {
	own, general := r.Header.Values(Header), r.Header.Values("Authorization")
	r.Header.Del(Header)
	r.Header.Del("Authorization")
	switch {
	case len(own) > 1 || len(own) == 0 && len(general) > 1:
		return presented{}, f.o.missing("the header with the credential occurs twice")
	case len(own) == 1:
		return f.read(own[0], f.o.AccessTokens)
	case f.o.HasGate || len(general) == 0:
		return presented{}, f.o.missing("the request has no Jira credential")
	}
	if scheme, _, _ := strings.Cut(general[0], " "); strings.EqualFold(scheme, "Bearer") {
		return presented{}, f.o.missing("a bearer token is not a Jira credential, and this server does not use bearer tokens")
	}
	return f.read(general[0], false)
}

// read reads the value of a header: Basic with e-mail address and API token or, where
// that is allowed, Bearer with an access token.
func (f *Finder) read(value string, accessTokens bool) (presented, *Refusal) {
	value = strings.TrimSpace(value)
	scheme, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case value == "" || strings.ContainsAny(value, "${}"):
		return presented{}, f.o.missing("the client sent an empty header or an unexpanded variable in place of the credential: set the variable in the environment in which the client starts")
	case strings.EqualFold(scheme, "Bearer") && accessTokens && rest != "":
		return presented{credential.Credential{Token: credential.NewSecret(rest)}, true}, nil
	case strings.EqualFold(scheme, "Bearer"):
		return presented{}, f.o.missing("this server does not accept Jira access tokens, only an e-mail address and API token")
	case !strings.EqualFold(scheme, "Basic"):
		return presented{}, f.o.missing("the Jira credential must use the scheme Basic")
	}
	plain, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		plain, err = base64.RawStdEncoding.DecodeString(rest)
	}
	email, token, isPair := strings.Cut(string(plain), ":")
	email, token = strings.TrimSpace(email), strings.TrimSpace(token)
	if err != nil || !isPair || token == "" || !isPrintable(email+token) {
		return presented{}, f.o.missing("the Jira credential is not base64 of an e-mail address, a colon and an API token")
	}
	return presented{credential.Credential{Email: email, Token: credential.NewSecret(token)}, false}, nil
}

// isPrintable reports whether a text has no control characters, which could not be
// sent in a header.
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}
