// Package issues has the tools for single issues and for what one looks up to
// use them: search, read, create, edit, transition, move, copy, delete, comments,
// links, work logs, watchers, files, versions, projects, fields and filters.
//
// Each file declares its tools in one function, which reads as a table of
// contents, with their inputs, outputs and handlers below it. A handler is an
// ordinary method (ctx, input) → (output, error); everything of MCP is in package
// kit.
package issues

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools returns the tools of this package.
func Tools() []kit.Tool {
	return slices.Concat(
		defineSearchTools(), defineReadTools(), defineHistoryTools(), defineLookupTools(), defineProjectTools(), defineFieldTools(), defineFilterTools(),
		defineCreateTools(), defineUpdateTools(), defineTransitionTools(), defineMoveTools(), defineDeleteTools(), defineBulkTools(),
		defineCommentTools(), defineLinkTools(), defineWorklogTools(), defineWatchTools(), defineAttachmentTools(), defineVersionTools(),
	)
}
