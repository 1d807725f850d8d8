package jira

// Operations lists every operation the client can call, once. The tests hold
// each against Atlassian's documents, and fail on one that is missing here.
func Operations() []Operation {
	return []Operation{
		OpMyself,
		OpSearch, OpCount, OpReference, OpSuggest,
		OpGetIssue, OpBulkFetch, OpCreateIssue, OpEditIssue, OpDeleteIssue,
		OpGetComments, OpAddComment,
		OpGetTransitions, OpTransition,
		OpCreateTypes, OpCreateFields, OpFields, OpStatuses,
		OpSearchProjects, OpMyPermissions, OpCheckPermissions,
		OpFindUsers, OpFindAssignable, OpFindInProjects,
		OpAttachmentContent,
		opVersions, opComponents, opFilters, opSprint, opBoard,
	}
}
