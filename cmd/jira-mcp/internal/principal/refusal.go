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
	text := why + ". Send your own Jira credential in the header " + Header + ": Basic, followed by base64 of e-mail:API-token"
	if !o.HasGate {
		text += "; the header Authorization: Basic works too"
	}
	text += ". Create a token at " + credential.TokenPage
	if o.Install != "" {
		text += ". To set up a client: " + o.Install
	}
	return &Refusal{Status: http.StatusUnauthorized, Challenge: basicChallenge, Text: text}
}

// rejected refuses a credential that Jira does not accept.
func (o Options) rejected() *Refusal {
	return o.missing("Jira rejected this credential: the token is wrong, expired or revoked, or it belongs to another e-mail address")
}

// tooMany refuses a credential that is not known, after too many were not accepted.
func tooMany(wait time.Duration) *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, RetryAfter: wait,
		Text: fmt.Sprintf("the server refused %d unknown credentials in the last minute and tries no others for now. Wait %d s. Callers whose credential was accepted before are not affected", maxRefusals, int(wait.Seconds()))}
}

// tooManyTrials refuses a credential that is not known while too many others are tried.
func tooManyTrials() *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, RetryAfter: time.Second, Text: fmt.Sprintf("the server is checking %d unknown credentials at the moment. Try again in 1 s. Callers whose credential was accepted before are not affected", maxTrials)}
}

// unnamed refuses a token that may not ask whom it belongs to.
func unnamed() *Refusal {
	return &Refusal{Status: http.StatusForbidden, Text: "this server must identify the caller, but the API token lacks the scope read:jira-user. Create a token with that scope, or a token without scopes"}
}

// unavailable reports that Jira could not be asked. problem has no secrets.
func unavailable(problem string) *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, RetryAfter: 5 * time.Second, Text: "the server could not ask Jira whom the credential belongs to: " + problem}
}
