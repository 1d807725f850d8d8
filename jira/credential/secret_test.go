package credential_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// TestSecretShowsNothing checks that neither fmt, slog nor JSON reveals a
// secret, alone or inside a Credential.
func TestSecretShowsNothing(t *testing.T) {
	const value = "ATATT-very-secret"
	secret := credential.NewSecret(value)
	cred := credential.Credential{Email: "ana@example.com", Token: secret}

	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", secret, "cred", cred)
	encoded, err := json.Marshal(map[string]any{"s": secret, "p": &secret, "c": cred})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{logged.String(), string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, cred), fmt.Sprintf(verb, &cred))
	}
	for _, s := range shown {
		if strings.Contains(s, value) || strings.Contains(s, fmt.Sprintf("%x", value)) {
			t.Errorf("the secret shows in %q", s)
		}
	}
	if got := secret.Reveal(); got != value {
		t.Errorf("Reveal() = %q, want the value", got)
	}
}

// TestHeaderIsBasicOverEmailAndToken checks the value of the Authorization
// header.
func TestHeaderIsBasicOverEmailAndToken(t *testing.T) {
	cred := credential.Credential{Email: "ana@example.com", Token: credential.NewSecret("t0ken")}
	// The expected value is the output of: echo -n ana@example.com:t0ken |
	// base64
	if got, want := cred.Basic(), "Basic YW5hQGV4YW1wbGUuY29tOnQwa2Vu"; got != want {
		t.Errorf("Basic() = %q, want %q", got, want)
	}
}
