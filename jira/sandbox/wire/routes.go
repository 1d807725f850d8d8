package wire

import (
	"net/http"
)

// The scopes of the operations below, as Atlassian's document lists them: first
// the classic scopes, then the granular ones.
var (
	readWork  = []string{"read:jira-work"}
	writeWork = []string{"write:jira-work"}
	readUser  = []string{"read:jira-user"}

	granularIssue = []string{"read:issue-meta:jira", "read:issue-security-level:jira", "read:issue.vote:jira", "read:issue.changelog:jira",
		"read:avatar:jira", "read:issue:jira", "read:status:jira", "read:user:jira", "read:field-configuration:jira"}
	granularSearch  = []string{"read:issue-details:jira", "read:field.default-value:jira", "read:field.option:jira", "read:field:jira", "read:group:jira"}
	granularCreate  = []string{"write:issue:jira", "write:comment:jira", "write:comment.property:jira", "write:attachment:jira", "read:issue:jira"}
	granularMeta    = []string{"read:issue-meta:jira", "read:avatar:jira", "read:field-configuration:jira"}
	granularComment = []string{"read:comment:jira", "read:comment.property:jira", "read:group:jira", "read:project:jira",
		"read:project-role:jira", "read:user:jira", "read:avatar:jira"}
	granularHistory = []string{"read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"}
	granularFilter  = []string{"read:filter:jira", "read:group:jira", "read:project:jira", "read:project-role:jira", "read:user:jira", "read:jql:jira",
		"read:application-role:jira", "read:avatar:jira", "read:issue-type-hierarchy:jira"}
	granularWorklog = []string{"read:group:jira", "read:issue-worklog:jira", "read:issue-worklog.property:jira", "read:project-role:jira", "read:user:jira", "read:avatar:jira"}
	granularBulk    = []string{"write:issue:jira", "read:issue:jira"}
	granularVersion = []string{"write:project-version:jira", "read:project-version:jira"}
	granularUser    = []string{"read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"}
	granularProject = []string{"read:issue-type:jira", "read:project:jira", "read:project.property:jira", "read:user:jira",
		"read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:issue-type-hierarchy:jira",
		"read:project-category:jira", "read:project-version:jira", "read:project.component:jira"}
)

// issuePageQuery lists the parameters of the paged lists of a board's issues.
// The API's jql and reconcileIssues are not supported here.
var issuePageQuery = []string{"nextPageToken", "maxResults", "fields", "expand", "validateQuery"}

// numberedPageQuery lists the parameters of the lists of issues of agile 1.0.
var numberedPageQuery = []string{"startAt", "maxResults", "jql", "validateQuery", "fields", "expand"}

// prependScope returns a new list with one more scope in front. It never
// appends to the shared list.
func prependScope(more string, list []string) []string { return append([]string{more}, list...) }

// routes is the table of all endpoints. The order matters where paths overlap:
// the first match wins, so literal segments precede placeholders
// (issue/bulkfetch before issue/{key}). Query parameters and scopes are those
// of Atlassian's document; the contract tests compare the answers with it.
var routes = []route{
	{method: "GET", path: "/rest/api/3/serverInfo", status: 200, anonymous: true, handle: serverInfo},
	{method: "GET", path: "/rest/api/3/myself", classic: readUser, granular: granularUser, query: []string{"expand"}, status: 200, handle: myself},
	{method: "GET", path: "/rest/api/3/mypermissions", classic: readWork, granular: []string{"read:permission:jira"},
		query: []string{"projectKey", "projectId", "issueKey", "issueId", "permissions"}, status: 200, handle: myPermissions},
	{method: "POST", path: "/rest/api/3/permissions/check", granular: []string{"read:permission:jira"}, status: 200, handle: checkPermissions},

	{method: "POST", path: "/rest/api/3/search/jql", classic: readWork, granular: granularSearch, status: 200, anonymous: true, handle: searchIssues},
	{method: "POST", path: "/rest/api/3/search/approximate-count", classic: readWork, granular: granularSearch, status: 200, anonymous: true, handle: countIssues},
	{method: "GET", path: "/rest/api/3/search/jql", classic: readWork, anonymous: true, status: 200, handle: searchIssuesByURL,
		granular: []string{"read:issue-details:jira", "read:audit-log:jira", "read:avatar:jira", "read:field-configuration:jira", "read:issue-meta:jira"},
		query:    []string{"jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "failFast", "reconcileIssues"}},
	{method: "GET", path: "/rest/api/3/search", status: http.StatusGone, anonymous: true, handle: removedSearch,
		query: []string{"jql", "startAt", "maxResults", "fields", "expand", "validateQuery", "properties", "fieldsByKeys"}},
	{method: "POST", path: "/rest/api/3/search", status: http.StatusGone, anonymous: true, handle: removedSearch},

	{method: "POST", path: "/rest/api/3/issue", classic: writeWork, granular: granularCreate, query: []string{"updateHistory"}, status: 201, handle: createIssue},
	{method: "POST", path: "/rest/api/3/issue/bulk", classic: writeWork, granular: granularCreate, status: 201, handle: createIssues},
	{method: "POST", path: "/rest/api/3/issue/bulkfetch", classic: readWork, granular: granularIssue, status: 200, handle: bulkFetchIssues},
	{method: "GET", path: "/rest/api/3/issue/createmeta/{project}/issuetypes", classic: readWork, granular: granularMeta,
		query: []string{"startAt", "maxResults"}, status: 200, handle: createMetaTypes},
	{method: "GET", path: "/rest/api/3/issue/createmeta/{project}/issuetypes/{type}", classic: readWork, granular: granularMeta,
		query: []string{"startAt", "maxResults"}, status: 200, handle: createMetaFields},
	{method: "GET", path: "/rest/api/3/issue/{key}", classic: readWork, granular: granularIssue, anonymous: true,
		query: []string{"fields", "fieldsByKeys", "expand", "properties", "updateHistory", "failFast"}, status: 200, handle: getIssue},
	{method: "PUT", path: "/rest/api/3/issue/{key}", classic: writeWork, granular: []string{"write:issue:jira"},
		query: []string{"notifyUsers", "returnIssue", "expand"}, status: 200, handle: editIssue},
	{method: "DELETE", path: "/rest/api/3/issue/{key}", classic: writeWork, granular: []string{"delete:issue:jira"},
		query: []string{"deleteSubtasks"}, status: 204, handle: deleteIssue},
	{method: "GET", path: "/rest/api/3/issue/{key}/editmeta", classic: readWork, granular: granularMeta, status: 200, handle: editMeta},
	{method: "GET", path: "/rest/api/3/issue/{key}/transitions", classic: readWork, anonymous: true,
		granular: []string{"read:issue.transition:jira", "read:status:jira", "read:field-configuration:jira"},
		query:    []string{"expand", "transitionId", "skipRemoteOnlyCondition", "includeUnavailableTransitions", "sortByOpsBarAndStatus"}, status: 200, handle: getTransitions},
	{method: "POST", path: "/rest/api/3/issue/{key}/transitions", classic: writeWork, granular: []string{"write:issue:jira", "write:issue.property:jira"},
		status: 204, handle: transitionIssue},
	{method: "GET", path: "/rest/api/3/issue/{key}/comment", classic: readWork, granular: granularComment, anonymous: true,
		query: []string{"startAt", "maxResults", "orderBy", "expand"}, status: 200, handle: getComments},
	{method: "POST", path: "/rest/api/3/issue/{key}/comment", classic: writeWork, granular: prependScope("write:comment:jira", granularComment),
		query: []string{"expand"}, status: 201, handle: addComment},
	{method: "GET", path: "/rest/api/3/issue/{key}/comment/{id}", classic: readWork, granular: granularComment, anonymous: true,
		query: []string{"expand"}, status: 200, handle: getComment},
	{method: "PUT", path: "/rest/api/3/issue/{key}/comment/{id}", classic: writeWork, granular: prependScope("write:comment:jira", granularComment),
		query: []string{"notifyUsers", "overrideEditableFlag", "expand"}, status: 200, handle: updateComment},
	{method: "DELETE", path: "/rest/api/3/issue/{key}/comment/{id}", classic: writeWork, granular: []string{"delete:comment:jira", "delete:comment.property:jira"},
		status: 204, handle: deleteComment},

	{method: "POST", path: "/rest/api/3/issueLink", classic: writeWork, granular: []string{"write:comment:jira", "write:issue:jira", "write:issue-link:jira"}, status: 201, handle: linkIssues},
	{method: "DELETE", path: "/rest/api/3/issueLink/{link}", classic: writeWork, granular: []string{"delete:issue-link:jira"}, status: 204, handle: deleteLink},
	{method: "GET", path: "/rest/api/3/issue/{key}/remotelink", classic: readWork, granular: []string{"read:issue.remote-link:jira", "read:status:jira"},
		anonymous: true, query: []string{"globalId"}, status: 200, handle: remoteLinks},
	{method: "POST", path: "/rest/api/3/issue/{key}/remotelink", classic: writeWork, granular: []string{"write:issue:jira", "write:issue.remote-link:jira", "read:issue.remote-link:jira"},
		status: 201, handle: addRemoteLink},
	{method: "DELETE", path: "/rest/api/3/issue/{key}/remotelink/{link}", classic: writeWork, granular: []string{"delete:issue.remote-link:jira", "write:issue:jira"},
		status: 204, handle: deleteRemoteLink},

	{method: "GET", path: "/rest/api/3/issue/{key}/worklog", classic: readWork, granular: granularWorklog, anonymous: true,
		query: []string{"startAt", "maxResults", "startedAfter", "startedBefore", "expand"}, status: 200, handle: getWorklogs},
	{method: "POST", path: "/rest/api/3/issue/{key}/worklog", classic: writeWork, granular: append([]string{"write:issue-worklog:jira", "write:issue-worklog.property:jira"}, granularWorklog...),
		query: []string{"notifyUsers", "adjustEstimate", "newEstimate", "reduceBy", "expand", "overrideEditableFlag"}, status: 201, handle: addWorklog},
	{method: "PUT", path: "/rest/api/3/issue/{key}/worklog/{id}", classic: writeWork,
		granular: append([]string{"read:comment:jira", "write:comment:jira", "write:issue-worklog:jira", "write:issue-worklog.property:jira"}, granularWorklog...),
		query:    []string{"notifyUsers", "adjustEstimate", "newEstimate", "expand", "overrideEditableFlag"}, status: 200, handle: updateWorklog},
	{method: "DELETE", path: "/rest/api/3/issue/{key}/worklog/{id}", classic: writeWork,
		granular: []string{"delete:issue-worklog:jira", "delete:issue-worklog.property:jira", "write:issue.time-tracking:jira"},
		query:    []string{"notifyUsers", "adjustEstimate", "newEstimate", "increaseBy", "overrideEditableFlag"}, status: 204, handle: deleteWorklog},
	{method: "GET", path: "/rest/api/3/configuration", classic: readUser, granular: []string{"read:instance-configuration:jira", "read:issue.time-tracking:jira"}, status: 200, handle: configuration},

	{method: "GET", path: "/rest/api/3/issue/{key}/watchers", classic: readWork, granular: []string{"read:issue.watcher:jira", "read:user:jira", "read:avatar:jira"},
		anonymous: true, status: 200, handle: getWatchers},
	{method: "POST", path: "/rest/api/3/issue/{key}/watchers", classic: writeWork, granular: []string{"write:issue.watcher:jira"}, status: 204, handle: addWatcher},
	{method: "DELETE", path: "/rest/api/3/issue/{key}/watchers", classic: writeWork, granular: []string{"write:issue.watcher:jira"}, query: []string{"username", "accountId"},
		status: 204, handle: removeWatcher},
	{method: "POST", path: "/rest/api/3/issue/{key}/votes", classic: writeWork, granular: []string{"write:issue.vote:jira"}, bare: true, status: 204, handle: vote},
	{method: "DELETE", path: "/rest/api/3/issue/{key}/votes", classic: writeWork, granular: []string{"write:issue.vote:jira"}, status: 204, handle: unvote},

	{method: "POST", path: "/rest/api/3/issue/{key}/attachments", classic: writeWork,
		granular: []string{"read:user:jira", "write:attachment:jira", "read:attachment:jira", "read:avatar:jira"}, accepts: "multipart/form-data", status: 200, handle: addAttachments},

	{method: "POST", path: "/rest/api/3/bulk/issues/fields", classic: writeWork, granular: granularBulk, status: 201, handle: bulkEdit},
	{method: "GET", path: "/rest/api/3/bulk/issues/transition", classic: readWork, granular: []string{"read:issue:jira"},
		query: []string{"issueIdsOrKeys", "endingBefore", "startingAfter"}, status: 200, handle: bulkTransitions},
	{method: "POST", path: "/rest/api/3/bulk/issues/transition", classic: writeWork, granular: granularBulk, status: 201, handle: bulkTransition},
	{method: "POST", path: "/rest/api/3/bulk/issues/move", classic: writeWork, granular: granularBulk, status: 201, handle: bulkMove},
	{method: "GET", path: "/rest/api/3/bulk/queue/{task}", classic: readWork, granular: []string{"read:issue:jira"}, status: 200, handle: bulkProgress},

	{method: "POST", path: "/rest/api/3/version", classic: []string{"manage:jira-project"}, granular: granularVersion, status: 201, handle: createVersion},
	{method: "PUT", path: "/rest/api/3/version/{version}", classic: []string{"manage:jira-project"}, granular: granularVersion, status: 200, handle: updateVersion},

	{method: "GET", path: "/rest/api/3/issue/{key}/changelog", classic: readWork, granular: granularHistory, anonymous: true,
		query: []string{"startAt", "maxResults"}, status: 200, handle: getChangelog},
	{method: "POST", path: "/rest/api/3/changelog/bulkfetch", classic: readWork, granular: granularHistory, status: 200, handle: bulkChangelog},

	{method: "GET", path: "/rest/api/3/attachment/{id}", classic: readWork, anonymous: true, status: 200, handle: getAttachment,
		granular: []string{"read:attachment:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
	{method: "GET", path: "/rest/api/3/attachment/content/{id}", classic: readWork, granular: []string{"read:attachment:jira"}, anonymous: true,
		query: []string{"redirect"}, status: 200, handle: attachmentContent},

	{method: "GET", path: "/rest/api/3/project/search", classic: readWork, granular: granularProject, anonymous: true,
		query:  []string{"startAt", "maxResults", "orderBy", "id", "keys", "query", "typeKey", "categoryId", "action", "expand", "status", "properties", "propertyQuery"},
		status: 200, handle: searchProjects},
	{method: "GET", path: "/rest/api/3/project/{project}", classic: readWork, granular: granularProject, anonymous: true,
		query: []string{"expand", "properties"}, status: 200, handle: getProject},
	{method: "GET", path: "/rest/api/3/project/{project}/statuses", classic: readWork, anonymous: true,
		granular: []string{"read:issue-status:jira", "read:issue-type:jira", "read:status:jira"}, status: 200, handle: projectStatuses},

	{method: "GET", path: "/rest/api/3/project/{project}/versions", classic: readWork, granular: []string{"read:project-version:jira"}, anonymous: true,
		query: []string{"expand"}, status: 200, handle: projectVersions},
	{method: "GET", path: "/rest/api/3/project/{project}/components", classic: readWork, anonymous: true, query: []string{"componentSource"}, status: 200, handle: projectComponents,
		granular: []string{"read:project:jira", "read:project.component:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
	{method: "GET", path: "/rest/api/3/filter/my", classic: readWork, granular: granularFilter, anonymous: true,
		query: []string{"expand", "includeFavourites"}, status: 200, handle: myFilters},
	{method: "GET", path: "/rest/api/3/filter/favourite", classic: readWork, granular: granularFilter, anonymous: true,
		query: []string{"expand"}, status: 200, handle: favouriteFilters},
	{method: "GET", path: "/rest/api/3/filter/search", classic: readWork, anonymous: true, status: 200, handle: searchFilters, granular: granularFilter,
		query: []string{"filterName", "accountId", "owner", "groupname", "groupId", "projectId", "id", "orderBy", "startAt", "maxResults", "expand", "overrideSharePermissions", "isSubstringMatch"}},
	{method: "POST", path: "/rest/api/3/jql/parse", classic: readWork, granular: []string{"read:field:jira", "validate:jql:jira", "read:jql:jira"}, anonymous: true,
		query: []string{"validation"}, status: 200, handle: parseQueries},
	{method: "GET", path: "/rest/api/3/jql/autocompletedata", classic: readWork, granular: []string{"read:field:jira"}, anonymous: true, status: 200, handle: jqlReference},
	{method: "GET", path: "/rest/api/3/jql/autocompletedata/suggestions", classic: readWork, granular: []string{"read:issue-details:jira"}, anonymous: true,
		query: []string{"fieldName", "fieldValue", "predicateName", "predicateValue"}, status: 200, handle: jqlSuggestions},

	{method: "GET", path: "/rest/api/3/field", classic: readWork, anonymous: true, status: 200, handle: getFields,
		granular: []string{"read:field:jira", "read:avatar:jira", "read:project-category:jira", "read:project:jira", "read:field-configuration:jira"}},
	{method: "GET", path: "/rest/api/3/field/search", classic: readWork, granular: []string{"read:field:jira", "read:field-configuration:jira"},
		query: []string{"startAt", "maxResults", "type", "id", "query", "orderBy", "expand", "projectIds"}, status: 200, handle: searchFields},
	{method: "GET", path: "/rest/api/3/statuses/search", classic: []string{"manage:jira-configuration"}, granular: []string{"read:workflow:jira"},
		query: []string{"projectId", "startAt", "maxResults", "searchString", "statusCategory", "includeGlobalStatuses"}, status: 200, handle: searchStatuses},
	{method: "GET", path: "/rest/api/3/resolution/search", classic: readWork, granular: []string{"read:resolution:jira"},
		query: []string{"startAt", "maxResults", "id", "onlyDefault"}, status: 200, handle: searchResolutions},
	{method: "GET", path: "/rest/api/3/status", classic: readWork, granular: []string{"read:status:jira"}, status: 200, anonymous: true, handle: getStatuses},
	{method: "GET", path: "/rest/api/3/issueLinkType", classic: readWork, granular: []string{"read:issue-link-type:jira"}, status: 200, anonymous: true, handle: linkTypes},

	{method: "GET", path: "/rest/agile/1.0/board", granular: []string{"read:board-scope:jira-software", "read:project:jira"}, status: 200, handle: getBoards,
		query: []string{"startAt", "maxResults", "type", "name", "projectKeyOrId", "accountIdLocation", "projectLocation", "includePrivate", "negateLocationFiltering",
			"orderBy", "expand", "projectTypeLocation", "filterId"}},
	{method: "GET", path: "/rest/agile/1.0/board/{board}", granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"}, status: 200, handle: getBoard},
	{method: "GET", path: "/rest/agile/1.0/board/{board}/configuration", granular: []string{"read:board-scope.admin:jira-software", "read:project:jira"},
		status: 200, handle: boardConfiguration},
	{method: "GET", path: "/rest/agile/1.0/board/{board}/sprint", granular: []string{"read:sprint:jira-software"}, query: []string{"startAt", "maxResults", "state"},
		status: 200, handle: boardSprints},
	{method: "GET", path: "/rest/agile/1.0/sprint/{sprint}", granular: []string{"read:sprint:jira-software"}, status: 200, handle: getSprint},
	{method: "POST", path: "/rest/agile/1.0/sprint", granular: []string{"write:sprint:jira-software"}, status: 201, handle: createSprint},
	{method: "POST", path: "/rest/agile/1.0/sprint/{sprint}", granular: []string{"write:sprint:jira-software"}, status: 200, handle: updateSprint},
	{method: "DELETE", path: "/rest/agile/1.0/sprint/{sprint}", granular: []string{"delete:sprint:jira-software"}, status: 204, handle: deleteSprint},
	{method: "POST", path: "/rest/agile/1.0/sprint/{sprint}/issue", granular: []string{"write:sprint:jira-software"}, status: 204, handle: moveToSprint},
	{method: "GET", path: "/rest/agile/1.0/board/{board}/issue", granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"},
		query: numberedPageQuery, status: 200, handle: agileBoardIssues},
	{method: "GET", path: "/rest/agile/1.0/sprint/{sprint}/issue", granular: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"},
		query: numberedPageQuery, status: 200, handle: agileSprintIssues},
	{method: "POST", path: "/rest/agile/1.0/backlog/issue", granular: []string{"write:board-scope:jira-software"}, status: 204, handle: moveToBacklog},
	{method: "PUT", path: "/rest/agile/1.0/issue/rank", granular: []string{"write:issue:jira-software"}, status: 204, handle: rankIssues},
	{method: "GET", path: "/rest/software/1.0/board/{board}/issue", granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"},
		query: issuePageQuery, status: 200, handle: boardIssues},
	{method: "GET", path: "/rest/software/1.0/board/{board}/backlog", granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"},
		query: issuePageQuery, status: 200, handle: boardBacklog},
	{method: "GET", path: "/rest/software/1.0/board/{board}/sprint/{sprint}/issue", granular: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"},
		query: issuePageQuery, status: 200, handle: boardSprintIssues},
	{method: "GET", path: "/rest/software/1.0/sprint/{sprint}/issue", granular: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"},
		query: issuePageQuery, status: 200, handle: sprintIssues},

	{method: "GET", path: "/rest/api/3/user/search", classic: readUser, granular: prependScope("read:user.property:jira", granularUser), anonymous: true,
		query: []string{"query", "username", "accountId", "startAt", "maxResults", "property"}, status: 200, handle: findUsers},
	{method: "GET", path: "/rest/api/3/user/assignable/multiProjectSearch", classic: readUser, granular: prependScope("read:project:jira", granularUser), anonymous: true,
		query: []string{"query", "username", "accountId", "projectKeys", "startAt", "maxResults"}, status: 200, handle: findAssignableInProjects},
	{method: "GET", path: "/rest/api/3/user/assignable/search", classic: readUser,
		granular: append([]string{"read:issue:jira", "read:project:jira"}, granularUser...),
		query: []string{"query", "sessionId", "username", "accountId", "project", "issueKey", "issueId", "startAt", "maxResults",
			"actionDescriptorId", "recommend", "accountType", "appType"}, status: 200, handle: findAssignable},
}
