package credential

import (
	"context"
	"encoding/base64"
	"time"
)

// TokenPage is the address where users create and revoke the API tokens of
// their account.
const TokenPage = "https://id.atlassian.com/manage-profile/security/api-tokens"

// Credential represents one proof of identity for Jira Cloud. Two of them can
// be compared with ==.
type Credential struct {
	// Email is the e-mail address of the Atlassian account. It may be empty
	// with an OAuth access token.
	Email string
	// Token is an API token of that account, or an OAuth 2.0 access token.
	Token Secret
	// Expires is the day on which the token expires, as its owner has
	// configured it; Jira's API does not report it. Zero if unknown.
	Expires Day
}

// Basic returns the value of the Authorization header for an API token: HTTP
// Basic over "email:token". It contains the token; never log it.
func (c Credential) Basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Email+":"+c.Token.Reveal()))
}

// Bearer returns the value of the Authorization header for an OAuth 2.0 access
// token. It contains the token; never log it.
func (c Credential) Bearer() string { return "Bearer " + c.Token.Reveal() }

// Source provides the credential for the next request. Implementations are safe
// for concurrent use and honour ctx. A client reports Jira's verdict to
// ReportResult, and repeats a rejected request with the result of Replacement.
type Source interface {
	// Credential returns the current credential. It must be cheap, because the
	// client calls it for every request.
	Credential(ctx context.Context) (Credential, error)
	// Replacement returns a credential to use after Jira rejected the given one. It
	// reads the places of the tokens again, and reports false if they hold only
	// rejected ones.
	Replacement(ctx context.Context, refused Credential) (Credential, bool)
	// ReportResult records whether Jira accepted a credential.
	ReportResult(c Credential, accepted bool)
}

// Static is a [Source] that always returns the same credential.
type Static Credential

// Credential implements [Source].
func (s Static) Credential(context.Context) (Credential, error) { return Credential(s), nil }

// Replacement implements [Source]: there is no other credential.
func (s Static) Replacement(context.Context, Credential) (Credential, bool) {
	return Credential{}, false
}

// ReportResult implements [Source].
func (s Static) ReportResult(Credential, bool) {}

// Day represents a date without a time, the form in which Atlassian shows the
// expiry of a token.
type Day struct{ year, month, day int }

// ParseDay parses a date in the form 2026-12-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, err
	}
	return Day{t.Year(), int(t.Month()), t.Day()}, nil
}

// IsZero reports whether the day is unknown.
func (d Day) IsZero() bool { return d == Day{} }

// String returns the day in the form 2026-12-31, or "" if it is unknown.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.start().Format(time.DateOnly)
}

// start returns the time at which the day begins in UTC.
func (d Day) start() time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
}

// DaysLeft returns the number of whole days from today until the day, both in
// UTC. It is 0 on the day itself and negative afterwards.
func (d Day) DaysLeft(now time.Time) int {
	now = now.UTC()
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return int(d.start().Sub(today).Hours()) / 24
}

// expiryWarningDays is how many days before expiry a warning is shown.
const expiryWarningDays = 14

// Notice returns a warning that the token expires within 14 days, or should
// have expired. It returns "" earlier than that and if the day is unknown.
func (d Day) Notice(now time.Time) string {
	if d.IsZero() {
		return ""
	}
	switch left := d.DaysLeft(now); {
	case left < 0:
		return "The API token should have expired on " + d.String() + ". If it still works, correct the configured date; otherwise replace the token."
	case left == 0:
		return "The API token expires today, " + d.String() + ". Replace it with a new one."
	case left == 1:
		return "The API token expires tomorrow, " + d.String() + ". Replace it with a new one."
	case left <= expiryWarningDays:
		return "The API token expires on " + d.String() + ". Replace it with a new one."
	}
	return ""
}
