// Package principal finds out who sends a request to the HTTP server, where each
// request acts as its own sender (JIRA_MCP_IDENTITY=caller).
//
// A [Principal] is a Jira user with the credential that the request brought. A principal
// comes from HTTP Basic with an API token or, if enabled, from an OAuth access token for
// Jira. An OAuth login would be another method that returns a Principal.
//
//   - presented.go reads the credential from the headers of a request, and removes
//     it there.
//   - finder.go asks Jira whom it belongs to, and remembers the answer.
//   - brake.go limits how many credentials can be guessed.
//   - refusal.go has the answers to requests that are turned away.
package principal

import (
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Key identifies a credential: a keyed hash, with a random key of the process. The
// credential cannot be found from it.
type Key [32]byte

// Principal is a Jira user, and the credential with which they are called. The zero
// Principal is the one user of a process that acts as the owner of its own token.
type Principal struct {
	Key        Key
	Identity   jira.Identity
	Credential credential.Credential
	// IsAccessToken: the credential is an OAuth access token and not an API token.
	IsAccessToken bool
	// GroupsErr is why the user's groups are not known although they were asked for.
	GroupsErr error
}

// Account returns Jira's id of the user; "" for the zero Principal.
func (p Principal) Account() string { return p.Identity.User.AccountID }

// Domain returns the domain of the user's e-mail address in lower case, as Jira
// reports it: what the request claims does not count. It is "" if the user hides the
// address.
func (p Principal) Domain() string {
	_, domain, _ := strings.Cut(p.Identity.User.Email, "@")
	return strings.ToLower(domain)
}
