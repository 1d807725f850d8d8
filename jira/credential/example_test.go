package credential_test

import (
	"fmt"
	"log/slog"
	"os"

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
