package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
	add(rule[SearchPage]("issues[]", "isLast|nextPageToken").items("issues", "id").unique("issues", "id").
		with(checkSearch), OpSearch, OpBacklog, OpSprintIssues, OpAllSprintIssues)
	add(rule[Issue]("id|key").unique("transitions", "id").with(checkIssue), OpGetIssue)
	add(rule[BulkFetch]("issues[]").items("issues", "id").unique("issues", "id").with(checkFetched), OpBulkFetch)
	add(rule[count]("count"), OpCount)
	add(rule[CreatedIssue]("key"), OpCreateIssue)
	add(rule[CreatedIssues]("issues[]|errors[]"), OpCreateIssues)
	add(rule[editedIssue]("id", "key"), OpEditIssue)
	add(rule[bulkTask]("taskId"), OpBulkEdit, OpBulkTransition, OpBulkMove)
	add(rule[bulkTransitions]("availableTransitions[].transitions[].transitionId", "availableTransitions[].issues[]").with(mergeTransitions), OpBulkTransitions)
	add(rule[BulkProgress]("status").with(checkProgress), OpBulkProgress)

	add(rule[CommentPage]("comments[]").items("comments", "id"), OpGetComments)
	add(rule[Comment]("id", "body", "created", "updated").with(missingDocument), OpGetComment)
	add(rule[Comment]("id"), OpAddComment, OpUpdateComment)
	add(rule[WorklogPage]("worklogs[]").items("worklogs", "id", "started", "timeSpentSeconds"), OpWorklogs)
	add(rule[Worklog]("id"), OpAddWorklog, OpUpdateWorklog)
	add(rule[changePage]("values[]").items("values", "created", "items[]").unique("values", "id"), OpChangelog)
	add(rule[bulkChangelogs]("issueChangeLogs[].issueId", "issueChangeLogs[].changeHistories[]"), OpBulkChangelogs)
	add(rule[transitions]("transitions[].id", "transitions[].name", "transitions[].to.name").unique("transitions", "id"), OpGetTransitions)
	add(rule[[]RemoteLink]("[]").items("", "id", "object.url"), OpRemoteLinks)
	add(rule[remoteLinkID]("id"), OpAddRemoteLink)
	add(rule[watchers]("watchCount", "watchers[]").items("watchers", "accountId", "displayName").unique("watchers", "accountId"), OpWatchers)
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
	add(rule[callerAnswer]("accountId"), OpMyself)
	add(rule[[]foundUser]("[].accountId", "[].active").unique("", "accountId"), OpFindUsers, OpFindAssignable, OpFindInProjects)
	// Every site has fields and statuses, and every project has a type with a
	// workflow.
	add(rule[[]Field]("[]+.id", "[].name").with(checkSchemas).unique("", "id"), OpFields)
	add(rule[[]Status]("[]+.id", "[].name", "[].statusCategory.key").unique("", "id"), OpStatuses)
	add(rule[[]TypeStatuses]("[]+.id", "[].statuses[]+.id", "[].statuses[].name"), OpProjectStatuses)
	add(rule[resolutionPage]("values[].name"), OpResolutions)
	add(rule[linkTypes]("issueLinkTypes[].id", "issueLinkTypes[].name", "issueLinkTypes[].inward", "issueLinkTypes[].outward").unique("issueLinkTypes", "id"), OpLinkTypes)
	add(rule[metaPage]("issueTypes[].id", "issueTypes[].name"), OpCreatableIssueTypes)
	add(rule[metaPage]("fields[].fieldId", "fields[].name"), OpCreateScreenFields)
	add(rule[JQLReference]("visibleFieldNames[]+.value", "visibleFunctionNames[].value"), OpJQLReference)
	add(rule[suggestions]("results[].value").unique("results", "value"), OpSuggestValues)
	add(rule[Configuration]("timeTrackingEnabled").with(missingTimeTracking), OpConfiguration)

	add(rule[ProjectPage]("values[].id", "values[].key", "values[].name").unique("values", "id").with(checkProjects), OpSearchProjects)
	add(rule[myPermissions]("permissions"), OpMyPermissions)
	add(rule[permissionGrants]("projectPermissions[].permission", "projectPermissions[].projects[]").unique("projectPermissions", "permission"), OpCheckPermissions)
	add(rule[[]listedVersion]("[].id", "[].name", "[].released").unique("", "id"), OpVersions)
	add(rule[[]Named]("[].id", "[].name").unique("", "id"), OpComponents)
	add(rule[Version]("id", "name"), OpCreateVersion, OpUpdateVersion)
	add(rule[filterPage]("values[].id", "values[].name"), OpFilters)
}

// addBoardRules adds the rules for boards and sprints.
func addBoardRules(add addFunc) {
	add(rule[boardPage]("values[].id", "values[].name", "values[].type"), OpBoards)
	add(rule[Board]("id", "name", "type"), OpBoard)
	add(rule[BoardConfiguration]("filter.id", "columnConfig.columns[]+.name", "columnConfig.columns[].statuses[].id").with(missingEstimation), OpBoardConfiguration)
	add(rule[sprintPage]("values[].id", "values[].name", "values[].state"), OpSprints)
	add(rule[Sprint]("id", "name", "state"), OpSprint)
	add(rule[Sprint]("id", "name", "state"), OpCreateSprint, OpUpdateSprint)
}

// checkSchemas warns about custom fields without a type: only some system fields
// have none (contract, FieldDetails). One such field of an app does not make all
// others unreadable.
func checkSchemas(ctx context.Context, in request, answer any) string {
	var without []string
	if fields, ok := answer.(*[]Field); ok && !in.exempt {
		for _, f := range *fields {
			if f.Custom && f.Schema.Type == "" {
				without = append(without, f.Name)
			}
		}
	}
	if len(without) > 0 {
		Warn(ctx, "Jira's answer lacks the type of custom fields, whose values may be missing: "+shortList(without, maxNamed)+".")
	}
	return ""
}

// missingTimeTracking checks that the settings of time tracking are there if it
// is enabled (contract, getConfiguration).
func missingTimeTracking(_ context.Context, _ request, answer any) string {
	if c, ok := answer.(*Configuration); ok && *c.Enabled && (c.TimeTracking.HoursPerDay == nil || c.TimeTracking.DaysPerWeek == nil) {
		return "timeTrackingConfiguration"
	}
	return ""
}

// missingEstimation checks that a scrum board says how it estimates: only other
// boards have no estimation (contract, getConfiguration).
func missingEstimation(_ context.Context, _ request, answer any) string {
	b, ok := answer.(*BoardConfiguration)
	switch {
	case !ok:
	case b.Type == "scrum" && b.Estimation.Type == "":
		return "estimation"
	case b.Estimation.Type == "field" && (b.Estimation.Field.ID == "" || b.Estimation.Field.Name == ""):
		return "estimation.field"
	}
	return ""
}

// missingDocument checks that a comment has its text: what an edit keeps of it
// would be lost otherwise.
func missingDocument(_ context.Context, _ request, answer any) string {
	var doc struct {
		Type    string            `json:"type"`
		Content []json.RawMessage `json:"content"`
	}
	if c, ok := answer.(*Comment); ok && (json.Unmarshal(c.Body, &doc) != nil || doc.Type != "doc" || doc.Content == nil) {
		return "body"
	}
	return ""
}

// checkProjects warns about a page that has no projects although there are some.
func checkProjects(ctx context.Context, in request, answer any) string {
	start, _ := strconv.Atoi(in.query.Get("startAt"))
	if p, ok := answer.(*ProjectPage); ok && start+len(p.Projects) < p.Total && (len(p.Projects) == 0 || p.IsLast) && !in.exempt {
		warnBrokenOff(ctx, fmt.Sprintf("Jira reports %d, but returned no more", p.Total), start+len(p.Projects))
	}
	return ""
}

// mergeTransitions leaves out repeated workflows, and repeated issues in one.
func mergeTransitions(_ context.Context, _ request, answer any) string {
	b, ok := answer.(*bulkTransitions)
	if !ok {
		return ""
	}
	seen := map[string]bool{}
	for n := range b.ByWorkflow {
		flow := &b.ByWorkflow[n]
		flow.Issues = slices.DeleteFunc(flow.Issues, func(issue string) bool {
			again := seen[issue]
			seen[issue] = true
			return again
		})
	}
	b.ByWorkflow = slices.DeleteFunc(b.ByWorkflow, func(flow CommonTransitions) bool { return len(flow.Issues) == 0 })
	return ""
}

// checkProgress compares the counts of a bulk operation that has ended with its
// lists.
func checkProgress(ctx context.Context, _ request, answer any) string {
	p, ok := answer.(*BulkProgress)
	if !ok || !p.Finished() {
		return ""
	}
	slices.Sort(p.Processed)
	p.Processed = slices.Compact(p.Processed)
	if known := len(p.Processed) + len(p.Failed) + p.Invalid; known != p.Total && p.Status == "COMPLETE" {
		Warn(ctx, fmt.Sprintf("Jira reports on %d of the %d issues of the bulk operation; check the others.", known, p.Total))
	}
	return ""
}
