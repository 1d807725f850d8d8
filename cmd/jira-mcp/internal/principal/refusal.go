package principal

import (
	"fmt"
	"net/http"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Refusal is the answer to a request whose sender is not known or not allowed.
type Refusal struct {
	Status int
	// Challenge is the header WWW-Authenticate; "" for none.
	Challenge  string
	RetryAfter time.Duration // 0 for none
	Text       string
}

// Error implements error.
func (r *Refusal) Error() string { return r.Text }

// basicChallenge asks for a Jira credential. MCP clients that know OAuth alone show
// the text of the answer.
const basicChallenge = `Basic realm="jira-mcp"`

// missing refuses a request without a usable credential, and says how to send one.
func (o Options) missing(why string) *Refusal {
	text := why + ". Each caller sends their own Jira credential here: the header " + Header + ": Basic, then base64 of e-mail:API-token"
	if !o.HasGate {
		text += "; Authorization: Basic works too"
	}
	text += ". Create a token at " + credential.TokenPage
	if o.Install != "" {
		text += ". To set up a client: " + o.Install
	}
	return &Refusal{Status: http.StatusUnauthorized, Challenge: basicChallenge, Text: text}
}

// rejected refuses a credential that Jira does not accept.
func (o Options) rejected() *Refusal {
	return o.missing("Jira does not accept this credential: the token is wrong, has expired or was revoked, or it belongs to another e-mail address")
}

// tooMany refuses a credential that is not known, after too many were not accepted.
func tooMany(wait time.Duration) *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, RetryAfter: wait,
		Text: fmt.Sprintf("too many unknown credentials were refused in the last minute; at most %d are tried. Wait %d s. Callers whose credential was accepted before are not affected", maxRefusals, int(wait.Seconds()))}
}

// unnamed refuses a token that may not ask whom it belongs to.
func unnamed() *Refusal {
	return &Refusal{Status: http.StatusForbidden, Text: "this server has to know who calls, and the API token lacks the scope read:jira-user. Create a token with that scope, or one without scopes"}
}

// unavailable reports that Jira could not be asked. problem has no secrets.
func unavailable(problem string) *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, RetryAfter: 5 * time.Second, Text: "Jira could not be asked who calls: " + problem}
}
