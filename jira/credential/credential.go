package credential

import (
	"context"
	"encoding/base64"
	"time"
)

// TokenPage is where a person makes and revokes the API tokens of an account.
const TokenPage = "https://id.atlassian.com/manage-profile/security/api-tokens"

// Credential is one way to prove an identity to Jira Cloud. Two of them can be
// compared with ==.
type Credential struct {
	// Email is the Atlassian account's address. It may be empty with an OAuth
	// access token.
	Email string
	// Token is that account's API token, or an OAuth 2.0 access token.
	Token Secret
	// Expires is the day the token ends, as its owner says: Jira tells nobody.
	// Zero when it is not known.
	Expires Day
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
// are safe for concurrent use and honour ctx.
type Source interface {
	// Credential gives the credential as it is now. It costs little: it is
	// asked for every call.
	Credential(ctx context.Context) (Credential, error)
	// Another is asked when Jira does not accept a credential. It looks where
	// the token lives once more, and reports whether there is one that was not
	// refused.
	Another(ctx context.Context, refused Credential) (Credential, bool)
	// Answered tells what Jira said to a credential: that it is accepted, or
	// that it is not.
	Answered(c Credential, accepted bool)
}

// Static is a [Source] that always gives the same credential.
type Static Credential

// Credential implements [Source].
func (s Static) Credential(context.Context) (Credential, error) { return Credential(s), nil }

// Another implements [Source]: there is none.
func (s Static) Another(context.Context, Credential) (Credential, bool) { return Credential{}, false }

// Answered implements [Source].
func (s Static) Answered(Credential, bool) {}

// Day is a date, as Atlassian shows the end of a token.
type Day struct{ year, month, day int }

// ParseDay reads 2026-12-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, err
	}
	return Day{t.Year(), int(t.Month()), t.Day()}, nil
}

// IsZero reports whether no day is known.
func (d Day) IsZero() bool { return d == Day{} }

// String writes 2026-12-31, and nothing for no day.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.start().Format(time.DateOnly)
}

func (d Day) start() time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
}

// Left is how many whole days there are from now until the day begins, in
// UTC; negative once it is past.
func (d Day) Left(now time.Time) int {
	now = now.UTC()
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return int(d.start().Sub(today).Hours()) / 24
}

// soon is how many days before its end a token is spoken of.
const soon = 14

// Notice says that a token ends soon or has ended; "" before that, and when
// no day is known.
func (d Day) Notice(now time.Time) string {
	if d.IsZero() {
		return ""
	}
	switch left := d.Left(now); {
	case left < 0:
		return "The API token was to expire on " + d.String() + ". If it still works, that day was given wrongly; else make a new one and put it in place of the old."
	case left == 0:
		return "The API token expires today, " + d.String() + ". Make a new one and put it in place of the old."
	case left == 1:
		return "The API token expires tomorrow, " + d.String() + ". Make a new one and put it in place of the old."
	case left <= soon:
		return "The API token expires on " + d.String() + ". Make a new one and put it in place of the old."
	}
	return ""
}
