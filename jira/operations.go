package jira

import (
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations returns every operation that the client can call, once. The tests
// compare each with Atlassian's documents, and fail if one is missing here
// (TestOperationsAreComplete).
func Operations() []operation.Operation {
	return []operation.Operation{
		OpMyself,
		OpSearch, OpCount, OpJQLReference, OpSuggestValues,
		OpGetIssue, OpBulkFetch, OpCreateIssue, OpEditIssue, OpDeleteIssue,
		OpCreateIssues, OpBulkEdit, OpBulkTransitions, OpBulkTransition, OpBulkMove, OpBulkProgress,
		OpGetComments, OpGetComment, OpAddComment, OpUpdateComment, OpDeleteComment,
		OpGetTransitions, OpTransition, OpChangelog, OpResolutions, OpProjectStatuses,
		OpLinkTypes, OpLinkIssues, OpDeleteLink, OpRemoteLinks, OpAddRemoteLink, OpDeleteRemoteLink,
		OpWorklogs, OpAddWorklog, OpUpdateWorklog, OpDeleteWorklog, OpConfiguration,
		OpWatchers, OpAddWatcher, OpRemoveWatcher, OpVote, OpUnvote,
		OpCreatableIssueTypes, OpCreateScreenFields, OpFields, OpStatuses,
		OpSearchProjects, OpMyPermissions, OpCheckPermissions,
		OpFindUsers, OpFindAssignable, OpFindInProjects,
		OpAttachmentContent, OpAttachment, OpAddAttachment,
		OpVersions, OpComponents, OpCreateVersion, OpUpdateVersion,
		OpFilters, OpBoards, OpBoard, OpBoardConfiguration, OpSprints, OpSprint,
		OpBacklog, OpSprintIssues, OpAllSprintIssues, OpBulkChangelogs,
		OpMoveToSprint, OpMoveToBacklog, OpRank, OpCreateSprint, OpUpdateSprint, OpDeleteSprint,
	}
}
