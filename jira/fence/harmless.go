package fence

import (
	"slices"
	"strings"
)

// Names that are known to refer to nothing in a project. A name that is in none
// of these lists is judged or refused: a list that is too short refuses too much,
// and one that is too long lets something through.

// harmlessFields are fields whose values, whatever they look like, name no issue
// and no project, as queries, requests and histories call them; lower case.
// Versions and components are judged before, where a query names them; in a
// write Jira takes those of the issue's own project only.
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
// In a read, fields lists what the answer shall hold.
var harmlessMembers = []string{
	"expand", "maxResults", "nextPageToken", "transition", "body", "properties", "visibility",
	"type", "comment", "started", "timeSpentSeconds", // of links and worklogs
	"globalId", "object", // of links to web pages
	"name", "description", "startDate", "releaseDate", "released", "archived", // of versions
	"goal", "endDate", "state", // of sprints
	"fieldIds", // of the changelogs that are read
	// Of bulk operations; the client edits no field in bulk that names issues.
	"editedFieldsInput", "selectedActions", "sendBulkNotification",
}

// harmlessFunctions are JQL functions whose arguments and values name nothing in
// a project; lower case. Other functions are refused: their values may be outside.
var harmlessFunctions = []string{"currentuser", "membersof", "opensprints", "closedsprints", "futuresprints", "now", "startofday", "endofday", "startofweek", "endofweek", "startofmonth", "endofmonth",
	"startofyear", "endofyear", "updatedby", "votedissues", "watchedissues", "issuehistory", "currentlogin", "lastlogin", "standardissuetypes", "subtaskissuetypes", "standardworktypes", "subtaskworktypes",
	"cascadeoption", "choiceoption", "projectsleadbyuser", "projectswhereuserhaspermission", "projectswhereuserhasrole", "spacesleadbyuser", "componentsleadbyuser"}

// siteWideFields are fields whose values are words of the whole site and belong
// to no project, so that a list of them may be read.
var siteWideFields = []string{"priority", "resolution"}
