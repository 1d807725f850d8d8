package toolstest

import (
	"fmt"
	"regexp"
	"strings"
)

// ConfirmCode matches the confirmation code in a preview.
var ConfirmCode = regexp.MustCompile(`with confirm: ([A-Za-z0-9_-]+) `)

// Code makes a call that needs a confirmation, and returns its code.
func (b *Server) Code(tool, args string) string {
	b.T.Helper()
	text, _ := b.Ok(tool, args)
	m := ConfirmCode.FindStringSubmatch(text)
	if m == nil {
		b.T.Fatalf("%s %s: no code in\n%s", tool, args, text)
	}
	return m[1]
}

// WithCode returns arguments with a confirmation code added.
func WithCode(args, code string) string {
	return strings.TrimSuffix(args, "}") + fmt.Sprintf(`,"confirm":%q}`, code)
}

// CallConfirmed makes a call that needs a confirmation, and confirms it with its
// code.
func (b *Server) CallConfirmed(tool, args string) string {
	b.T.Helper()
	text, _ := b.Ok(tool, WithCode(args, b.Code(tool, args)))
	return text
}
