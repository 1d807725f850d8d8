// Package issues has the MCP tools for Jira issues and for the data that one
// looks up to work with them: search, read, create, edit, transition, move,
// clone, delete, comments, links, worklogs, watchers, attachments, versions,
// projects, fields and filters.
//
// Each file declares its tools in one define…Tools function, which reads as a
// table of contents, with their inputs, outputs and handlers below it. A
// handler is an ordinary method
//
//	func (c *createTools) create(ctx context.Context, in createInput) (*createOutput, error)
//
// of a type that embeds [env.Env]. Everything that is specific to MCP is in
// package kit: it derives the schema from the tags of the input, decodes the
// arguments, asks for confirmation, and renders the output, as text by its
// Markdown method and as structured content by its JSON tags.
//
// All writes follow three rules:
//
//   - A dry run passes all checks of the write, including those of the project
//     fence, up to the point where the request would be sent. The client then
//     returns an error that marks the dry run, and the handler answers with a
//     preview.
//   - A write is sent once. If its answer is lost, the handler does not report
//     success or failure without evidence: it returns a [write.UncertainError]
//     with the call that shows the outcome, or reads the issue and its history
//     to find the outcome itself.
//   - If Jira accepted a write, a later failure, for instance of the read that
//     follows, becomes a note of the output and not an error, since a model
//     would repeat a failed write.
//
// To learn the package, read create.go (a write with one form),
// create_dedupe.go (why a repeated create makes no second issue),
// create_tree.go (several issues that refer to each other), update.go (an edit
// that overwrites nobody's changes), then transition.go with
// transition_path.go. The other files can be read in any order.
package issues

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools returns the tools of this package, in the order in which they are
// listed.
func Tools() []kit.Tool {
	return slices.Concat(
		defineSearchTools(), defineReadTools(), defineHistoryTools(), defineLookupTools(), defineProjectTools(), defineFieldTools(), defineFilterTools(),
		defineCreateTools(), defineUpdateTools(), defineTransitionTools(), defineMoveTools(), defineDeleteTools(), defineBulkTools(),
		defineCommentTools(), defineLinkTools(), defineWorklogTools(), defineWatchTools(), defineAttachmentTools(), defineVersionTools(),
	)
}
