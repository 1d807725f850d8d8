package credential_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// A secret is printed in no form, by whatever way it gets into a text.
func ExampleSecret() {
	token := credential.NewSecret("ATATT3xFfGF0")
	fmt.Println(token)
	fmt.Printf("%q %#v %x\n", token, token, token)
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("start", "token", token)
	// Output:
	// [redacted]
	// [redacted] [redacted] [redacted]
	// level=INFO msg=start token=[redacted]
}

// A redactor knows the credentials and removes them from any text, in every
// form in which a server or an error might repeat them.
func ExampleRedactor() {
	token := credential.NewSecret("ATATT3xFfGF0-4711")
	var r credential.Redactor
	r.Add(credential.Credential{Email: "ana@example.com", Token: token})
	fmt.Println(r.Text("GET https://example.atlassian.net/?token=ATATT3xFfGF0-4711: 401"))
	fmt.Println(r.Text("Authorization: " + credential.Credential{Email: "ana@example.com", Token: token}.Basic()))
	// Output:
	// GET https://example.atlassian.net/?token=[redacted]: 401
	// Authorization: Basic [redacted]
}

// A rotation reads the token from its origins for every call. After Jira
// refused a token, Replacement returns the next one, without a restart.
func ExampleRotation() {
	ctx := context.Background()
	r := &credential.Rotation{
		Email: "ana@example.com",
		Origins: []credential.Origin{
			credential.Variable{Name: "JIRA_API_TOKEN", Value: credential.NewSecret("old-token-0000")},
			credential.Variable{Name: "JIRA_API_TOKEN_NEXT", Value: credential.NewSecret("new-token-0000")},
		},
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	first, err := r.Credential(ctx)
	fmt.Println(first.Email, err)
	next, ok := r.Replacement(ctx, first) // Jira answered 401 to the first one
	fmt.Println(next.Token == first.Token, ok)
	// Output:
	// ana@example.com <nil>
	// false true
}
