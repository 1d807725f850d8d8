// Package credential holds the proof of identity for Jira: an e-mail address
// with an API token, sent as HTTP Basic authentication (Atlassian support,
// "Manage API tokens for your Atlassian account").
//
// Security rules of the package:
//
//   - A token has all the power of its owner. It travels through the program
//     only as a [Secret], which every way of printing a Go value shows as
//     "[redacted]".
//   - Errors and logs name the place of a token (a file, a variable), and
//     contain nothing of what was read there.
//   - A [Redactor] knows each credential before its first use, in case a server
//     or an error repeats it.
//   - A file that others than its owner can write is rejected.
//
// A [Credential] comes from a [Source]: [Static], or [Rotation], which reads
// tokens from [Origin] values ([Variable], [File], [Command], or the keyring in
// package keyring) and takes up a new one without a restart. Read secret.go and
// credential.go first, then rotation.go, file.go and command.go, and redact.go.
package credential

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// Redacted is the text that a [Secret] shows in place of its value.
const Redacted = "[redacted]"

// Secret represents a string that no printing reveals: not fmt with any verb,
// not log/slog, not encoding/json. Only [Secret.Reveal] returns the value. The
// zero Secret is empty. Secrets can be compared with == and used as map keys.
type Secret struct{ value string }

// NewSecret returns a Secret with a value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value. Call it only where the credential is written to a
// request.
func (s Secret) Reveal() string { return s.value }

// IsJWT reports whether the secret has the form of a JSON Web Token, as OAuth access
// tokens of Atlassian have it and API tokens do not.
func (s Secret) IsJWT() bool {
	return strings.HasPrefix(s.value, "eyJ") && strings.Count(s.value, ".") == 2
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == "" }

// String implements fmt.Stringer. It returns "" for the empty Secret and
// [Redacted] for all others.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return Redacted
}

// Format implements fmt.Formatter. Without it, verbs such as %#v and %x would
// bypass String and print the field itself.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue implements slog.LogValuer with the text of String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON implements json.Marshaler with the text of String.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText implements encoding.TextUnmarshaler, with which configuration
// libraries fill a Secret.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
