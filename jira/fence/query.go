package fence

import (
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// Query confines a query. What it returns is printed from the tree, never the
// caller's characters, and is what to send; issues are the keys and ids of
// issues that the query names, which have to be inside as well: whether such a
// query is refused or merely empty would tell whether they exist.
func (f *Fence) Query(text string) (confined string, issues []string, err error) {
	q, err := jql.Parse(text)
	if err != nil {
		return "", nil, err
	}
	c := &collector{fence: f}
	q.Walk(c.term)
	if c.err != nil {
		return "", nil, c.err
	}
	confined = q.Confine(f.projects).String()
	if !f.confines(confined, q) {
		return "", nil, f.Cannot("cannot send this query on safely; write it in another way")
	}
	return confined, c.issues, nil
}

// confines reads back what would be sent: the fence's condition has to stand
// first, with the whole of the query in one piece behind it.
func (f *Fence) confines(sent string, q *jql.Query) bool {
	back, err := jql.Parse(sent)
	if err != nil || len(back.OrderBy) != len(q.OrderBy) {
		return false
	}
	inside := (&jql.Query{}).Confine(f.projects).String()
	first := back.Where
	if q.Where != nil {
		and, ok := back.Where.(*jql.And)
		if !ok || len(and.Clauses) != 2 || (&jql.Query{Where: and.Clauses[1]}).String() != (&jql.Query{Where: q.Where}).String() {
			return false
		}
		first = and.Clauses[0]
	}
	return first != nil && (&jql.Query{Where: first}).String() == inside
}

// Fields whose values name projects, issues or saved filters (Atlassian
// support, "JQL fields").
var (
	projectFields = []string{"project", "space"}
	issueFields   = []string{"key", "issuekey", "issue", "id", "workitem", "work item", "workitemkey", "parent", "epic link", "parent link", "issuelink", "epic"}
	filterFields  = []string{"filter", "savedfilter", "request", "searchrequest"}
	// plainFields are those whose values, whatever they look like, name neither
	// a project nor an issue.
	plainFields = []string{"status", "statuscategory", "issuetype", "type", "worktype", "work type", "priority", "resolution", "assignee", "reporter", "creator", "labels", "label", "component", "components",
		"fixversion", "fix version", "affectedversion", "affects version", "sprint", "created", "createddate", "updated", "updateddate", "resolved", "resolutiondate", "due", "duedate", "lastviewed",
		"level", "category", "projecttype", "statuscategorychangeddate", "timespent", "originalestimate", "remainingestimate", "workratio", "votes", "voter", "watchers", "watcher", "attachments",
		"worklogauthor", "worklogdate", "worklogcomment", "environment", "summary", "description", "comment", "text", "rank", "hierarchylevel", "development"}
)

// Functions by what their arguments name. A function in none of these lists is
// refused: it may give what is outside.
var (
	harmless = []string{"currentuser", "membersof", "opensprints", "closedsprints", "futuresprints", "now", "startofday", "endofday", "startofweek", "endofweek", "startofmonth", "endofmonth",
		"startofyear", "endofyear", "updatedby", "votedissues", "watchedissues", "issuehistory", "currentlogin", "lastlogin", "standardissuetypes", "subtaskissuetypes", "standardworktypes", "subtaskworktypes",
		"cascadeoption", "choiceoption", "projectsleadbyuser", "projectswhereuserhaspermission", "projectswhereuserhasrole", "spacesleadbyuser", "componentsleadbyuser"}
	ofIssues   = []string{"linkedissues", "linkedworkitems", "childissuesof", "portfoliochildissuesof", "linkedissue"}
	ofProjects = []string{"releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"}
)

// collector walks a query for names.
type collector struct {
	fence  *Fence
	issues []string
	err    error
}

func (c *collector) term(t *jql.Term) {
	if c.err != nil {
		return
	}
	field := strings.ToLower(strings.TrimSpace(t.Field.Name))
	if slices.Contains(filterFields, field) {
		c.err = c.fence.Cannot("runs no saved filters inside queries")
		return
	}
	free := t.Op == jql.Like || t.Op == jql.NotLike
	if t.Operand != nil {
		c.operand(field, free, t.Operand)
	}
	for _, p := range t.Predicates { // people, moments, and values of a plain field
		c.operand("status", true, p.Operand)
	}
}

func (c *collector) operand(field string, free bool, o jql.Operand) {
	switch o := o.(type) {
	case *jql.List:
		for _, item := range o.Items {
			c.operand(field, free, item)
		}
	case *jql.Func:
		c.function(o)
	case *jql.Value:
		c.value(field, free, o.Text)
	}
}

func (c *collector) value(field string, free bool, text string) {
	switch {
	case c.err != nil:
	case slices.Contains(projectFields, field):
		if _, inside := c.fence.Project(text); !inside {
			c.err = c.fence.Refuse()
		}
	case slices.Contains(issueFields, field):
		c.issues = append(c.issues, text)
	case !free && !slices.Contains(plainFields, field) && issueKey.MatchString(text):
		// A custom field whose kind is not known here, such as an epic link.
		c.issues = append(c.issues, text)
	}
}

func (c *collector) function(fn *jql.Func) {
	name := strings.ToLower(fn.Name)
	switch {
	case slices.Contains(harmless, name):
	case slices.Contains(ofIssues, name):
		if len(fn.Args) > 0 {
			c.issues = append(c.issues, fn.Args[0])
		}
	case slices.Contains(ofProjects, name):
		for _, arg := range fn.Args {
			if _, inside := c.fence.Project(arg); !inside && c.err == nil {
				c.err = c.fence.Refuse()
			}
		}
	case c.err == nil:
		c.err = c.fence.Cannot("does not know what the function %s() names", fn.Name)
	}
}
