package env

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// SecondaryTimeout is the time that a secondary question may take.
const SecondaryTimeout = 10 * time.Second

// Secondary asks Jira a question whose answer only completes that of a tool,
// such as the number of matching issues beside the issues. The context of ask ends
// after [SecondaryTimeout], and a failure does not fail the tool: missing then says
// what could not be read and why. what is the subject of that sentence, such as
// "the watchers of PAY-1". Only the end of ctx itself is an error.
func Secondary(ctx context.Context, what string, ask func(context.Context) error) (missing string, _ error) {
	bounded, cancel := context.WithTimeout(ctx, SecondaryTimeout)
	defer cancel()
	err := ask(bounded)
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", err
	case bounded.Err() != nil:
		return fmt.Sprintf("%s could not be read: Jira did not answer within %d seconds.", capitalise(what), int(SecondaryTimeout.Seconds())), nil
	}
	return capitalise(what) + " could not be read: " + strings.ReplaceAll(kit.ErrorText(err), "\n", " "), nil
}

// capitalise returns a sentence with a capital letter.
func capitalise(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
