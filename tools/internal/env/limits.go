package env

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Limits is what the server allows, for jira_whoami and for the lists of what a
// user may do.
type Limits struct {
	ReadOnly bool
	Effects  []kit.Effect // the allowed ones
	Offered  []string     // tools, by name
	Withheld []string
	// No tool of WithheldToolsets is offered; some of PartToolsets are.
	WithheldToolsets, PartToolsets []string

	// WritesPerMinute is the limit for each caller; 0 means no limit.
	WritesPerMinute int
	// AuditError says what is wrong with the audit file; "" for nothing. May be
	// nil.
	AuditError func() string
	// Unavailable returns the offered tools that the user lacks a permission for,
	// by name with the reason. May be nil.
	Unavailable func(ctx context.Context) (map[string]string, error)
}
