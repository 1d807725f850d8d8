package env

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Limits says in words what a policy leaves out.
type Limits struct {
	ReadOnly bool
	Effects  []kit.Effect // those that are allowed
	Offered  []string
	Withheld []string

	Writes   int                                                  // a caller's in a minute; unbounded when 0
	Trouble  func() string                                        // of the audit file
	Unusable func(ctx context.Context) (map[string]string, error) // by what the user may do
}
