package credential

import (
	"context"
	"encoding/base64"
)

// Credential is one way to prove an identity to Jira Cloud.
type Credential struct {
	// Email is the Atlassian account's address. It may be empty with an OAuth
	// access token.
	Email string
	// Token is that account's API token, or an OAuth 2.0 access token.
	Token Secret
}

// Basic returns the value of the Authorization header for an API token: HTTP
// Basic over "email:token". It holds the token; never log it.
func (c Credential) Basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Email+":"+c.Token.Reveal()))
}

// Bearer returns the value of the Authorization header for an OAuth 2.0 access
// token. It holds the token; never log it.
func (c Credential) Bearer() string { return "Bearer " + c.Token.Reveal() }

// Source gives the credential to use for the next request. Implementations
// may read it anew, for example after a rotation; they must honour ctx.
type Source interface {
	Credential(ctx context.Context) (Credential, error)
}

// Static is a [Source] that always gives the same credential.
type Static Credential

// Credential implements [Source].
func (s Static) Credential(context.Context) (Credential, error) { return Credential(s), nil }
