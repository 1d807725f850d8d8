// Package credential holds what proves to Jira who is calling: an e-mail
// address with an API token, handed over as HTTP Basic authentication
// (Atlassian support, "Manage API tokens for your Atlassian account").
//
// A token has the power of its owner, so it travels through the program only
// as a [Secret], which every way of printing a Go value shows as "[redacted]".
package credential

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Redacted is what a [Secret] shows in place of its value.
const Redacted = "[redacted]"

// Secret is a string that does not show itself: not to fmt with any verb, not
// to log/slog, not to encoding/json. Only [Secret.Reveal] gives the value.
// The zero Secret is empty.
type Secret struct{ value string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value. Call it where the credential is put on the wire
// and nowhere else.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == "" }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return Redacted
}

// Format implements fmt.Formatter, so that %#v and %x are redacted as well.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText implements encoding.TextUnmarshaler, which is how
// configuration libraries fill a Secret.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
