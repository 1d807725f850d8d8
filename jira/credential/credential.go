package credential

import (
	"context"
	"encoding/base64"
)

// Credential is one way to prove an identity to Jira Cloud.
type Credential struct {
	// Email is the Atlassian account's address.
	Email string
	// Token is that account's API token.
	Token Secret
}

// Header returns the value of the Authorization header: HTTP Basic over
// "email:token". It holds the token; never log it.
func (c Credential) Header() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Email+":"+c.Token.Reveal()))
}

// Source gives the credential to use for the next request. Implementations
// may read it anew, for example after a rotation; they must honour ctx.
type Source interface {
	Credential(ctx context.Context) (Credential, error)
}

// Static is a [Source] that always gives the same credential.
type Static Credential

// Credential implements [Source].
func (s Static) Credential(context.Context) (Credential, error) { return Credential(s), nil }
