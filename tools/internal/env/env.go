package env

import (
	"os"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// Env is what the tools work with.
type Env struct {
	Jira  *jira.Client
	Names *names.Names
	Now   func() time.Time
	// Files is the directory from which files may be attached; nil for none.
	Files *os.Root

	// Calendar is when the team works; in the user's zone, Monday to Friday, when
	// nil.
	Calendar *report.Calendar

	Limits *Limits // what jira_whoami says about this server
	Zones  *Zones
}
