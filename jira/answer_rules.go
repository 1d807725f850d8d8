package jira

import (
	"context"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// answerRules is the table of the members without which a 2xx answer is not one
// of Jira's, by [operation.Operation.Key]. Something in front of Jira may have
// answered {} or [], and "there is nothing" would then be a false report.
//
// Atlassian's documents mark nearly no member of an answer as required. So the
// table has those that the documents describe without a condition and that their
// examples have (TestRulesHoldForExamples), as far as this program uses them. A
// member that Jira leaves out under some condition is not in it: for example
// "total", or the e-mail address of a user.
//
// The form of a member is described at [rule].
var answerRules = sync.OnceValue(func() map[string]*answerRule {
	table := map[string]*answerRule{}
	add := func(r *answerRule, ops ...operation.Operation) {
		for _, op := range ops {
			table[op.Key()] = r
		}
	}
	addIssueRules(add)
	addSiteRules(add)
	addBoardRules(add)
	return table
})

// addFunc adds a rule for operations to the table.
type addFunc func(r *answerRule, ops ...operation.Operation)

// addIssueRules adds the rules for issues and their parts.
func addIssueRules(add addFunc) {
	// Jira returns only ids if a search names no fields (contract,
	// searchAndReconsileIssuesUsingJqlPost), so that key is checked with the fields.
	add(rule[SearchPage]("issues[]", "isLast|nextPageToken").items("issues", "id").
		with(checkSearch), OpSearch, OpBacklog, OpSprintIssues, OpAllSprintIssues)
	add(rule[Issue]("id|key").with(checkIssue), OpGetIssue)
	add(rule[BulkFetch]("issues[]").items("issues", "id").with(checkFetched), OpBulkFetch)
	add(rule[count]("count"), OpCount)
	add(rule[CreatedIssue]("key"), OpCreateIssue)
	add(rule[CreatedIssues]("issues[]|errors[]"), OpCreateIssues)
	add(rule[editedIssue]("id|key"), OpEditIssue)
	add(rule[bulkTask]("taskId"), OpBulkEdit, OpBulkTransition, OpBulkMove)
	add(rule[bulkTransitions]("availableTransitions[].transitions[].transitionId", "availableTransitions[].issues[]"), OpBulkTransitions)
	add(rule[BulkProgress]("status"), OpBulkProgress)

	add(rule[CommentPage]("comments[]").items("comments", "id"), OpGetComments)
	add(rule[Comment]("id"), OpGetComment, OpAddComment, OpUpdateComment)
	add(rule[WorklogPage]("worklogs[]").items("worklogs", "id", "started"), OpWorklogs)
	add(rule[Worklog]("id"), OpAddWorklog, OpUpdateWorklog)
	add(rule[changePage]("values[]").items("values", "id|items[]"), OpChangelog)
	add(rule[bulkChangelogs]("issueChangeLogs[].issueId", "issueChangeLogs[].changeHistories[]"), OpBulkChangelogs)
	add(rule[transitions]("transitions[].id", "transitions[].name", "transitions[].to.name"), OpGetTransitions)
	add(rule[[]RemoteLink]("[]").items("", "id", "object.url"), OpRemoteLinks)
	add(rule[remoteLinkID]("id"), OpAddRemoteLink)
	add(rule[watchers]("watchCount").items("watchers", "accountId"), OpWatchers)
	add(rule[attachments]("[]+.id"), OpAddAttachment)
	add(rule[Content](), OpAttachmentContent)
	add(rule[AttachmentMeta]("id", "filename"), OpAttachment)
	add(rule[rankAnswer]("entries[]"), OpRank)
	add(rule[noBody](), OpDeleteIssue, OpDeleteComment, OpTransition, OpLinkIssues, OpDeleteLink, OpDeleteRemoteLink, OpDeleteWorklog,
		OpAddWatcher, OpRemoveWatcher, OpVote, OpUnvote, OpMoveToSprint, OpMoveToBacklog, OpDeleteSprint)
}

// addSiteRules adds the rules for the site: its fields, statuses, projects and
// people. The answers are cached, so that an incomplete item makes the answer
// unreadable.
func addSiteRules(add addFunc) {
	add(rule[User]("accountId"), OpMyself)
	add(rule[[]User]("[].accountId"), OpFindUsers, OpFindAssignable, OpFindInProjects)
	// Every site has fields and statuses, and every project has a type with a
	// workflow.
	add(rule[[]Field]("[]+.id", "[].name"), OpFields)
	add(rule[[]Status]("[]+.id", "[].name", "[].statusCategory.key"), OpStatuses)
	add(rule[[]TypeStatuses]("[]+.id", "[].statuses[]+.id", "[].statuses[].name"), OpProjectStatuses)
	add(rule[resolutionPage]("values[].name"), OpResolutions)
	add(rule[linkTypes]("issueLinkTypes[].id", "issueLinkTypes[].name"), OpLinkTypes)
	add(rule[metaPage]("issueTypes[].id", "issueTypes[].name"), OpCreatableIssueTypes)
	add(rule[metaPage]("fields[].fieldId", "fields[].name"), OpCreateScreenFields)
	add(rule[JQLReference]("visibleFieldNames[]+.value", "visibleFunctionNames[].value"), OpJQLReference)
	add(rule[suggestions]("results[].value"), OpSuggestValues)
	add(rule[Configuration]("timeTrackingEnabled").with(missingTimeTracking), OpConfiguration)

	add(rule[ProjectPage]("values[].id", "values[].key"), OpSearchProjects)
	add(rule[myPermissions]("permissions"), OpMyPermissions)
	add(rule[permissionGrants]("projectPermissions[].permission", "projectPermissions[].projects[]"), OpCheckPermissions)
	add(rule[[]Version]("[].id", "[].name"), OpVersions)
	add(rule[[]Named]("[].id", "[].name"), OpComponents)
	add(rule[Version]("id"), OpCreateVersion, OpUpdateVersion)
	add(rule[filterPage]("values[].id", "values[].name"), OpFilters)
}

// addBoardRules adds the rules for boards and sprints.
func addBoardRules(add addFunc) {
	add(rule[boardPage]("values[].id", "values[].name"), OpBoards)
	add(rule[Board]("id", "name"), OpBoard)
	add(rule[BoardConfiguration]("filter.id", "columnConfig.columns[]+.name", "columnConfig.columns[].statuses[].id").with(missingEstimation), OpBoardConfiguration)
	add(rule[sprintPage]("values[].id", "values[].name", "values[].state"), OpSprints)
	add(rule[Sprint]("id", "state"), OpSprint)
	add(rule[Sprint]("id"), OpCreateSprint, OpUpdateSprint)
}

// missingTimeTracking checks that the settings of time tracking are there if it
// is enabled (contract, getConfiguration).
func missingTimeTracking(_ context.Context, _ request, answer any) string {
	if c, ok := answer.(*Configuration); ok && *c.Enabled && c.TimeTracking.HoursPerDay == 0 && c.TimeTracking.DaysPerWeek == 0 {
		return "timeTrackingConfiguration"
	}
	return ""
}

// missingEstimation checks that a scrum board says how it estimates: only other
// boards have no estimation (contract, getConfiguration).
func missingEstimation(_ context.Context, _ request, answer any) string {
	if b, ok := answer.(*BoardConfiguration); ok && b.Type == "scrum" && b.Estimation.Type == "" {
		return "estimation"
	}
	return ""
}
