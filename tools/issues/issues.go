package issues

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools lists the tools for issues, and for what is looked up to use them.
func Tools(d env.Env) []kit.Tool {
	return slices.Concat(
		(&SearchTools{d}).tools(),
		(&readTools{d}).tools(),
		(&createTools{d, write.NewDedupe(d.Now), write.NewKeyedMutex()}).tools(),
		(&updateTools{d, write.NewKeyedMutex()}).tools(),
		(&commentTools{d}).tools(),
		(&transitionTools{d}).tools(),
		(&deleteTools{d}).tools(),
		(&attachmentTools{d, newImages(), make(chan struct{}, filesAtATime)}).tools(),
		(&projectTools{d}).tools(),
		(&fieldTools{d}).tools(),
		(&lookupTools{d}).tools(),
		(&historyTools{d}).tools(),
		(&linkTools{d}).tools(),
		(&worklogTools{d}).tools(),
		(&watchTools{d}).tools(),
		(&versionTools{d}).tools(),
		(&filterTools{SearchTools{d}}).tools(),
		(&moveTools{d, write.NewDedupe(d.Now)}).tools(),
		(&bulkTools{d}).tools(),
	)
}
