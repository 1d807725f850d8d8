package fence

import (
	"slices"
	"strings"
)

// Names that refer to nothing in a project. The fence checks or refuses a name
// that is in none of these lists: too short a list refuses too much, and too
// long a list lets something outside pass.

// harmlessFields are fields whose values name no issue and no project, even if
// they look like a key, under the names of queries, requests and histories;
// lower case. A query's versions and components are checked before this list
// applies; in a write Jira accepts only those of the issue's own project.
var harmlessFields = []string{
	"status", "statuscategory", "statuscategorychangeddate", "issuetype", "type", "worktype", "work type", "hierarchylevel",
	"priority", "resolution", "security", "level", "labels", "label", "components", "fixversions", "versions",
	"assignee", "reporter", "creator", "voter", "votes", "watchers", "watcher",
	"summary", "description", "environment", "comment", "text", "attachments",
	"created", "createddate", "updated", "updateddate", "resolved", "resolutiondate", "due", "duedate", "lastviewed",
	"timetracking", "timespent", "originalestimate", "remainingestimate", "workratio", "worklogauthor", "worklogdate", "worklogcomment",
	"issuelinktype", "category", "projecttype", "rank", "development",
}

// isHarmlessField reports whether a field's values name nothing in a project.
func isHarmlessField(name string) bool {
	return slices.Contains(harmlessFields, strings.ToLower(name))
}

// harmlessMembers are members of request bodies that name nothing in a project.
var harmlessMembers = []string{
	"expand", "maxResults", "nextPageToken", "transition", "body", "properties", "visibility",
	"type", "comment", "started", "timeSpentSeconds", // of links and worklogs
	"globalId", "object", // of links to web pages
	"name", "description", "startDate", "releaseDate", "released", "archived", // of versions
	"goal", "endDate", "state", // of sprints
	"fieldIds", // of a request for changelogs
	// Of bulk operations. The client bulk-edits no field that names issues.
	"editedFieldsInput", "selectedActions", "sendBulkNotification",
}

// harmlessFunctions are JQL functions whose arguments and values name nothing
// in a project; lower case. Other functions are refused, since their values may
// be outside.
var harmlessFunctions = []string{"currentuser", "membersof", "opensprints", "closedsprints", "futuresprints", "now", "startofday", "endofday", "startofweek", "endofweek", "startofmonth", "endofmonth",
	"startofyear", "endofyear", "updatedby", "votedissues", "watchedissues", "issuehistory", "currentlogin", "lastlogin", "standardissuetypes", "subtaskissuetypes", "standardworktypes", "subtaskworktypes",
	"cascadeoption", "choiceoption", "projectsleadbyuser", "projectswhereuserhaspermission", "projectswhereuserhasrole", "spacesleadbyuser", "componentsleadbyuser"}

// siteWideFields are fields whose values belong to the whole site and to no
// project, so that a caller may list them.
var siteWideFields = []string{"priority", "resolution"}
