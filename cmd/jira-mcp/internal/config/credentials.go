package config

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// TokenFrom returns the variable that says where the token is, or "" if none
// does. Then the token is in the keyring.
func (c Config) TokenFrom() string {
	for _, name := range tokenSettings {
		if from := c.from[name]; from != "" {
			return from
		}
	}
	return ""
}

// tokenSettings are the settings that say where the token is. At most one of
// them may be set.
var tokenSettings = []string{"JIRA_API_TOKEN_FILE", "JIRA_API_TOKEN_COMMAND", "JIRA_API_TOKEN", "JIRA_ACCESS_TOKEN"}

// Names returns the variables of all settings, aliases included.
func Names() []string {
	var all []string
	for _, s := range Settings() {
		all = append(append(all, s.Name), s.aliases...)
	}
	return all
}

// TokenSettings returns the settings that say where the token is.
func TokenSettings() []string { return tokenSettings }

// From returns the variable that a setting came from, or "" if it is not set.
func (c Config) From(name string) string { return c.from[name] }

// AuthMethod returns how the credential is used: the value of JIRA_AUTH (auto,
// site or gateway), or bearer for an access token.
func (c Config) AuthMethod() string {
	if !c.Access.IsZero() {
		return "bearer"
	}
	return c.Auth
}

// ExpiryDay returns the day on which the token expires, or the zero Day if it
// is not known.
func (c Config) ExpiryDay() credential.Day {
	day, err := credential.ParseDay(c.Expires)
	if err != nil {
		return credential.Day{}
	}
	return day
}

// The values of JIRA_MCP_IDENTITY.
const (
	IdentityProcess = "process"
	IdentityCaller  = "caller"
)

// ActsAsCallers reports whether each request over HTTP brings the Jira credential of
// its sender.
func (c Config) ActsAsCallers() bool { return c.Identity == IdentityCaller }

// ownCredentials are the settings that only a process with a credential of its own
// has.
var ownCredentials = append([]string{"JIRA_EMAIL", "JIRA_API_TOKEN_NEXT", "JIRA_API_TOKEN_NEXT_FILE", "JIRA_API_TOKEN_EXPIRES"}, tokenSettings...)

// Callers checks the settings of a server whose callers bring their own credentials.
// The process must have none: a request without a credential would otherwise act as
// the process's user if any check failed. login is the site of a stored login, or "".
func (c Config) Callers(login string) error {
	var problems Problems
	for _, name := range ownCredentials {
		if from := c.from[name]; from != "" {
			problems = append(problems, Problem{from + " and JIRA_MCP_IDENTITY=caller are both set, but the process must not have a credential of its own; unset " + from, true})
		}
	}
	if login != "" {
		problems = append(problems, Problem{"JIRA_MCP_IDENTITY=caller is set, but there is a login for " + login + ": the process must not have a credential of its own; run jira-mcp logout, or run the server as another system user", true})
	}
	if c.Site == "" {
		problems = problems.add("JIRA_URL is not set: %s", settings()["JIRA_URL"].Doc)
	}
	if c.Auth == "bearer" {
		problems = append(problems, Problem{"JIRA_AUTH=bearer cannot be combined with JIRA_MCP_IDENTITY=caller; unset it, and see JIRA_MCP_CALLER_BEARER", true})
	}
	if (c.ClientCert == "") != (c.ClientKey == "") {
		problems = problems.add("JIRA_CLIENT_CERT and JIRA_CLIENT_KEY must be set together")
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// Credentials checks that everything that a call to Jira needs is set, and that
// nothing is set twice. The caller may have filled in a stored login before;
// then no variable names a token, and Stored is true. The error is of type
// [Problems] and ends with what to do.
func (c Config) Credentials() error {
	var problems Problems
	var set []string
	for _, name := range tokenSettings {
		if from := c.from[name]; from != "" {
			set = append(set, from)
		}
	}
	if len(set) > 1 {
		all := "all"
		if len(set) == 2 {
			all = "both"
		}
		problems = problems.add("%s are %s set; keep one of them", strings.Join(set, " and "), all)
	}
	if c.from["JIRA_API_TOKEN_NEXT"] != "" && c.from["JIRA_API_TOKEN_NEXT_FILE"] != "" {
		problems = problems.add("JIRA_API_TOKEN_NEXT and JIRA_API_TOKEN_NEXT_FILE are both set; keep one of them")
	}
	if !c.Access.IsZero() && c.Auth != "auto" && c.Auth != "bearer" {
		problems = problems.add("JIRA_AUTH is %s, but an access token works only as bearer", c.Auth)
	}
	if (c.ClientCert == "") != (c.ClientKey == "") {
		problems = problems.add("JIRA_CLIENT_CERT and JIRA_CLIENT_KEY must be set together")
	}
	missing := c.missing(len(set) > 0 || c.Stored)
	if len(problems)+len(missing) == 0 {
		return nil
	}
	if len(missing) > 0 {
		missing = missing.add("Run jira-mcp login to enter these settings and store the token in the system's keyring. Make a token at %s, or try it without an account: jira-mcp demo", credential.TokenPage)
	}
	return append(problems, missing...)
}

// missing names the settings that a call needs and that are not set. The
// argument token reports whether a token is configured or stored.
func (c Config) missing(token bool) Problems {
	var missing Problems
	for _, s := range []struct {
		name string
		ok   bool
		doc  string
	}{
		{"JIRA_URL", c.Site != "", settings()["JIRA_URL"].Doc},
		// A token of a service account works without: see [jira.AuthAuto].
		{"JIRA_EMAIL", c.Email != "" || c.AuthMethod() == "bearer" || token && c.AuthMethod() == "auto", settings()["JIRA_EMAIL"].Doc},
		{"JIRA_API_TOKEN", token, "an API token of that account; or set JIRA_API_TOKEN_FILE or JIRA_API_TOKEN_COMMAND"},
	} {
		if !s.ok {
			missing = missing.add("%s is not set: %s", s.name, s.doc)
		}
	}
	return missing
}

// HoldsSecret reports whether an entry of the environment, NAME=value, holds
// one of this program's secrets, whatever the letter case of its name. Such
// entries are kept from other programs, which do not need them.
func HoldsSecret(entry string) bool {
	name, _, _ := strings.Cut(entry, "=")
	for _, s := range Settings() {
		if s.secret && (strings.EqualFold(name, s.Name) || slices.ContainsFunc(s.aliases, func(a string) bool { return strings.EqualFold(name, a) })) {
			return true
		}
	}
	return false
}

// ExtraHeaders returns the headers that are sent with every request to Jira.
func (c Config) ExtraHeaders() http.Header {
	h, err := parseHeaders(c.Headers.Reveal())
	if err != nil {
		return nil
	}
	return h
}

// reserved are the headers that this program sets itself, or that decide where
// a request goes or how it is framed.
var reserved = []string{"Authorization", "Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Accept", "Accept-Encoding", "User-Agent", "X-Atlassian-Token", "Idempotency-Key", "X-Idempotency-Key"}

// parseHeaders reads headers of the form Name=value, comma-separated. Its
// errors name headers and never their values, which may be secret. For example,
// "X-Team=pay, X-Env=test" gives two headers.
func parseHeaders(raw string) (http.Header, error) {
	h := http.Header{}
	for n, part := range strings.Split(raw, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name, value = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok || !validHeaderName(name):
			return nil, fmt.Errorf("part %d is not of the form Name=value", n+1)
		case slices.Contains(reserved, name):
			return nil, fmt.Errorf("%s is set by this program", name)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return nil, fmt.Errorf("the value of %s contains control characters", name)
		}
		h.Add(name, value)
	}
	if len(h) == 0 {
		return nil, errors.New("names no header; write Name=value")
	}
	return h, nil
}

// validHeaderName reports whether a name is a token, as RFC 9110 defines it.
func validHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}
