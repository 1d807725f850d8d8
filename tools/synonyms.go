package tools

// synonyms are the names of arguments that callers mix up, since Jira's API, its
// pages and other servers use them for the same. They are accepted for the first
// name of the group that a tool has, and are not in its schema.
var synonyms = [][]string{
	{"issue", "issues", "key", "keys", "issueIdOrKey", "issuesIdsOrKeys", "ticket"},
	{"body", "comment"},
	{"limit", "maxResults", "max", "pageSize"},
	{"cursor", "nextPageToken", "pageToken"},
	{"skip", "start", "startAt", "offset"},
	{"jql", "query"},
	{"type", "issueType", "workType"},
	{"to", "status", "transition", "targetStatus"},
	{"time", "timeSpent"},
	{"due_date", "dueDate", "due"},
	{"project", "space"},
	{"words", "linkType"},
}
