// Package seed fills an embedded site with the data of a realistic company. The
// data is deterministic: every run creates the same issues, with dates relative
// to the site's clock.
//
// The projects:
//
//   - PAY: scrum, with three closed sprints, an active one that is half-way
//     through today, and a future one.
//   - OPS: kanban, with an issue type (Change) that has a large create screen.
//   - HELP: a service desk with a required custom field and reporters from
//     outside the company.
//   - DOCS: read-only.
//   - SECRET: invisible to all but its owner.
//   - MOB: team-managed, with two active sprints at once.
//
// [Fill] does everything. site.go sets up users, fields, projects and boards.
// The texts of the issues are in texts/*.txt, in the format described in
// texts.go. seed.go turns them into issues and gives each a history; pay.go,
// mob.go and flow.go decide what happens to the issues of each project.
// change.go holds the fields of the type Change.
//
// The keys of the issues follow from the order of the texts.
package seed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// The ids of the custom fields.
const (
	StoryPoints      = "customfield_10016"
	PointEstimate    = "customfield_10063"
	Sprint           = "customfield_10020"
	Rank             = "customfield_10019"
	Flagged          = "customfield_10021"
	Severity         = "customfield_10050"
	StepsToReproduce = "customfield_10051"
	Customer         = "customfield_10052"
	Impact           = "customfield_10060"
	Reviewers        = "customfield_10061"
	GoLive           = "customfield_10062"
	RootCause        = "customfield_10064"

	// Fields of the service desk.
	RequestType   = "customfield_30220"
	Resolution    = "customfield_30221" // the agreement Time to resolution
	Organizations = "customfield_30222"
	Participants  = "customfield_30223"
	Language      = "customfield_30224"
)

// The positions of the users in store.Site.Users. Positions from firstCustomer
// on are customers of the service desk, up to karin, who joined the staff last;
// all before are staff.
const (
	ana = iota
	anaC
	ben
	chidi
	dana
	emeka
	farah
	greta
	firstCustomer
	karin = firstCustomer + 3
)

// people returns the users of the site. Only one of them shows the e-mail
// address, and two have the first name Ana.
func people() []*store.User {
	var out []*store.User
	for n, name := range []string{"Ana Silva", "Ana Costa", "Ben Okafor", "Chidi Eze", "Dana Levi", "Emeka Nwosu", "Farah Haddad", "Greta Lund",
		"Hiro Tanaka", "Ines Moreau", "Jonas Weber", "Lindqvist, Karin"} {
		first, last, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(name, ",", "")), " ")
		u := &store.User{ID: fmt.Sprintf("712020:5a1d%04x-0c3e-4b7a-9d2f-%012x", n+1, 0xa11ce+n), Name: name, Email: first + "." + last + "@example.com",
			AccountType: "atlassian", TimeZone: "Europe/Berlin", Active: true, ShowEmail: n == ben}
		if n >= firstCustomer && n < karin {
			u.AccountType, u.ID = "customer", fmt.Sprintf("qm:6f1c%04x:%012x", n+1, 0xc057+n)
		}
		out = append(out, u)
	}
	return out
}

// named returns items with the given names and consecutive ids from first on.
func named(first int, list ...string) []*store.Named {
	var out []*store.Named
	for n, name := range list {
		out = append(out, &store.Named{ID: fmt.Sprint(first + n), Name: name})
	}
	return out
}

// fillVocabulary sets up what projects share: users, groups, types, statuses,
// link types, fields and saved filters.
func fillVocabulary(s *store.Site) {
	s.Users = people()
	s.Priorities = named(1, "Highest", "High", "Medium", "Low", "Lowest")
	s.Resolutions = named(10000, "Done", "Won't Do", "Duplicate", "Cannot Reproduce")
	s.Types = []*store.IssueType{
		{ID: "10000", Name: "Epic", Level: 1}, {ID: "10001", Name: "Story"}, {ID: "10002", Name: "Task"}, {ID: "10003", Name: "Sub-task", Level: -1},
		{ID: "10004", Name: "Bug"}, {ID: "10005", Name: "Change"}, {ID: "10010", Name: "Service Request"}, {ID: "10011", Name: "Incident"},
	}
	todo, doing, done := store.CategoryToDo, store.CategoryInProgress, store.CategoryDone
	s.Statuses = []*store.Status{
		{ID: "10000", Name: "To Do", Category: todo}, {ID: "3", Name: "In Progress", Category: doing}, {ID: "10001", Name: "In Review", Category: doing},
		{ID: "10002", Name: "Done", Category: done}, {ID: "10003", Name: "Cancelled", Category: done},
		{ID: "10004", Name: "Backlog", Category: todo}, {ID: "10005", Name: "Selected for Development", Category: todo},
		{ID: "10010", Name: "Waiting for support", Category: todo}, {ID: "10011", Name: "Waiting for customer", Category: doing},
		{ID: "10012", Name: "Escalated", Category: doing}, {ID: "5", Name: "Resolved", Category: done},
	}
	staff := s.Users[:firstCustomer]
	s.Groups = []*store.Group{{ID: "g-staff", Name: "jira-software-users", Members: staff}, {ID: "g-pay", Name: "payments-team", Members: []*store.User{staff[ana], staff[ben], staff[chidi]}},
		{ID: "g-empty", Name: "nobody-yet"}}
	s.Teams = []*store.Team{{ID: "3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1", Name: "Falcon"}, {ID: "b81e55c2-09aa-4d1f-9b7e-6c0d5a4f2e33", Name: "Heron"}}
	s.RequestTypes, s.Organizations = named(12, "Get IT help", "Report an outage"), named(1, "Kestrel, Hobbs and Sons", "Nordlys")
	s.LinkTypes = []*store.LinkType{
		{ID: "10000", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
		{ID: "10001", Name: "Cloners", Inward: "is cloned by", Outward: "clones"},
		{ID: "10002", Name: "Duplicate", Inward: "is duplicated by", Outward: "duplicates"},
		{ID: "10003", Name: "Relates", Inward: "relates to", Outward: "relates to"},
		{ID: "10010", Name: "Problem/Incident", Inward: "is caused by", Outward: "causes"},
		{ID: "10011", Name: "Root cause", Inward: "is caused by", Outward: "causes"},
	}
	s.Fields = fields()
	for n, f := range []store.Filter{
		{Name: "Open bugs in Payments", JQL: "project = PAY AND type = Bug AND resolution IS EMPTY ORDER BY priority"},
		{Name: "All of OPS", JQL: "project = OPS ORDER BY created"},
		{Name: "My open work", JQL: "assignee = currentUser() AND statusCategory != Done"},
		{Name: "Behind operations", JQL: `issue IN linkedIssues("OPS-3") OR parent = OPS-1`},
		{Name: "Urgent everywhere", JQL: `filter = "Open bugs in Payments" AND priority >= High OR project IN (OPS, HELP) AND priority = Highest`},
		{Name: "Not operations", JQL: "project != OPS AND created >= -14d"},
		{Name: "Nightjar", JQL: "project = SECRET", Owner: s.Users[farah]},
	} {
		f.ID = fmt.Sprint(10300 + n)
		if f.Owner == nil {
			f.Owner, f.Shared = s.Users[ben], true
		}
		s.Filters = append(s.Filters, &f)
	}
}

// fields returns the system and custom fields of the site. Their types are
// those of the field schemas that Jira returns (see [store.Field]).
func fields() []*store.Field {
	// sys returns a system field, whose id is also its schema.system.
	sys := func(id, name, kind, items string, jql ...string) *store.Field {
		return &store.Field{ID: id, Name: name, Type: kind, Items: items, System: id, JQL: jql}
	}
	// custom returns a custom field. Queries name it cf[ID] or by its name; the
	// ids of its options begin at ten times the number of the field.
	custom := func(id, name, kind, items, key string, options ...string) *store.Field {
		f := &store.Field{ID: id, Name: name, Type: kind, Items: items, Custom: key}
		f.CustomID, _ = strconv.ParseInt(strings.TrimPrefix(id, "customfield_"), 10, 64)
		f.JQL = []string{fmt.Sprintf("cf[%d]", f.CustomID), name}
		if len(options) > 0 {
			f.Options = named(int(f.CustomID)*10, options...)
		}
		return f
	}
	const std = "com.atlassian.jira.plugin.system.customfieldtypes:"
	return slices.Concat(changeFields(custom), labFields(custom), []*store.Field{
		sys("summary", "Summary", "string", "", "summary"),
		sys("issuetype", "Issue Type", "issuetype", "", "issuetype", "type"),
		sys("project", "Project", "project", "", "project"),
		sys("status", "Status", "status", "", "status"),
		sys("priority", "Priority", "priority", "", "priority"),
		sys("resolution", "Resolution", "resolution", "", "resolution"),
		sys("assignee", "Assignee", "user", "", "assignee"),
		sys("reporter", "Reporter", "user", "", "reporter"),
		sys("creator", "Creator", "user", "", "creator"),
		sys("description", "Description", "string", "", "description"),
		sys("environment", "Environment", "string", "", "environment"),
		sys("labels", "Labels", "array", "string", "labels"),
		sys("components", "Components", "array", "component", "component"),
		sys("fixVersions", "Fix versions", "array", "version", "fixVersion"),
		sys("versions", "Affects versions", "array", "version", "affectedVersion"),
		{ID: "parent", Name: "Parent", Type: "issuelink", System: "parent", JQL: []string{"parent"}},
		sys("subtasks", "Sub-tasks", "array", "issuelinks", "subtasks"),
		sys("issuelinks", "Linked Issues", "array", "issuelinks", "issueLink"),
		sys("attachment", "Attachment", "array", "attachment", "attachments"),
		{ID: "comment", Name: "Comment", Type: "comments-page", System: "comment", JQL: []string{"comment"}},
		sys("duedate", "Due date", "date", "", "due", "duedate"),
		sys("created", "Created", "datetime", "", "created", "createdDate"),
		sys("updated", "Updated", "datetime", "", "updated", "updatedDate"),
		sys("resolutiondate", "Resolved", "datetime", "", "resolutiondate", "resolved"),
		sys("statuscategorychangedate", "Status Category Changed", "datetime", "", "statusCategoryChangedDate"),
		sys("watches", "Watchers", "watches", "", "watchers"),
		sys("votes", "Votes", "votes", "", "votes"),
		sys("timetracking", "Time tracking", "timetracking", ""),
		{ID: "worklog", Name: "Log Work", Type: "array", Items: "worklog", System: "worklog"},
		sys("security", "Security Level", "securitylevel", ""),
		custom(StoryPoints, "Story Points", "number", "", std+"float"),
		custom(PointEstimate, "Story point estimate", "number", "", "com.pyxis.greenhopper.jira:jsw-story-points"),
		custom(Sprint, "Sprint", "array", "json", store.SprintFieldType),
		custom(Rank, "Rank", "any", "", store.RankFieldType),
		custom(Flagged, "Flagged", "array", "option", std+"multicheckboxes", "Impediment"),
		custom(Severity, "Severity", "option", "", std+"select", "Critical", "Major", "Minor", "Trivial"),
		custom(StepsToReproduce, "Steps to reproduce", "string", "", std+"textarea"),
		custom(Customer, "Customer", "string", "", std+"textfield"),
		custom(Impact, "Impact", "option", "", std+"select", "Extensive", "Significant", "Moderate", "Minor"),
		custom(Reviewers, "Reviewers", "array", "user", std+"multiuserpicker"),
		custom(GoLive, "Go-live date", "date", "", std+"datepicker"),
		custom(RequestType, "Request Type", "sd-customerrequesttype", "", "com.atlassian.servicedesk:vp-origin"),
		custom(Resolution, "Time to resolution", "sd-servicelevelagreement", "", "com.atlassian.servicedesk:sd-sla-field"),
		custom(Organizations, "Organizations", "array", "sd-customerorganization", "com.atlassian.servicedesk:sd-customer-organizations"),
		custom(Participants, "Request participants", "array", "user", "com.atlassian.servicedesk:sd-request-participants"),
		custom(Language, "Request language", "sd-request-lang", "", "com.atlassian.servicedesk:sd-request-language"),
		custom(RootCause, "Root cause", "option", "", std+"select", "Configuration", "Defect", "User error", "Third party"),
	})
}

// fillProjects sets up the projects with their types, components, versions and
// screens.
func fillProjects(s *store.Site, now time.Time) {
	u := s.Users
	// Every screen shows the base fields and requires the first three of them.
	base := []string{"project", "issuetype", "summary", "description", "priority", "assignee", "reporter", "labels", "parent", "duedate"}
	screen := func(required []string, more ...string) store.Screen {
		return store.Screen{Fields: append(append([]string{}, base...), more...), Required: append([]string{"project", "issuetype", "summary"}, required...)}
	}
	day := func(n int) string { return now.AddDate(0, 0, n).Format(time.DateOnly) }
	types := func(names ...string) (out []*store.IssueType) {
		for _, n := range names {
			for _, t := range s.Types {
				if t.Name == n {
					out = append(out, t)
				}
			}
		}
		return out
	}
	pay := &store.Project{ID: "10000", Key: "PAY", Name: "Payments", Kind: "software", Lead: u[ana], Workflow: "scrum",
		Types:      types("Epic", "Story", "Task", "Bug", "Sub-task"),
		Components: named(10100, "Checkout", "Refunds", "Ledger", "Fraud", "Vault", "Reporting"),
		Versions: []*store.Version{{ID: "10200", Name: "24.10", Released: true, ReleaseDate: day(-35)}, {ID: "10201", Name: "24.11", Released: true, ReleaseDate: day(-7)},
			{ID: "10202", Name: "24.12", ReleaseDate: day(7)}, {ID: "10203", Name: "25.1"}}}
	soft := []string{"components", "fixVersions", "versions", "issuelinks", "timetracking", "security", StoryPoints, Sprint, Flagged, Customer, Reviewers, GoLive}
	pay.Screens = map[string]store.Screen{
		"10000": screen(nil, "components", GoLive), "10001": screen(nil, soft...), "10002": screen(nil, soft...), "10003": screen([]string{"parent"}, "components"),
		"10004": screen(nil, append(append([]string{}, soft...), Severity, StepsToReproduce, "environment")...),
	}
	pay.Levels = []*store.SecurityLevel{{ID: "10400", Name: "Payments team", Members: []*store.User{u[ana], u[ben], u[chidi]}}, {ID: "10401", Name: "Fraud desk", Members: []*store.User{u[farah]}}}
	ops := &store.Project{ID: "10001", Key: "OPS", Name: "Platform Operations", Kind: "software", Lead: u[chidi], Workflow: "kanban",
		Types: types("Epic", "Task", "Bug", "Change"), Components: named(10120, "Kubernetes", "Databases", "Observability", "Networking", "CI")}
	ops.Screens = map[string]store.Screen{"10000": screen(nil, "components"), "10002": screen(nil, "components", PointEstimate), "10004": screen(nil, "components", Severity),
		"10005": screen([]string{ChangeRisk, ChangeWindow, ChangeEnvironment}, append([]string{"components", "timetracking"}, changeFieldIDs()...)...)}
	help := &store.Project{ID: "10002", Key: "HELP", Name: "Customer Help", Kind: "service_desk", Lead: u[dana], Workflow: "desk", Types: types("Service Request", "Incident")}
	desk := []string{Impact, Customer, RequestType, Organizations, Participants, Language}
	help.Screens = map[string]store.Screen{"10010": screen([]string{Impact}, desk...), "10011": screen([]string{Impact}, append([]string{"environment"}, desk...)...)}
	docs := &store.Project{ID: "10003", Key: "DOCS", Name: "Documentation", Kind: "software", Lead: u[greta], Workflow: "kanban", ReadOnly: true, Types: types("Task", "Story")}
	docs.Screens = map[string]store.Screen{"10002": screen(nil), "10001": screen(nil)}
	secret := &store.Project{ID: "10004", Key: "SECRET", Name: "Project Nightjar", Kind: "software", Lead: u[farah], Workflow: "kanban", Browsers: []*store.User{u[farah]}, Types: types("Task", "Bug")}
	secret.Screens = map[string]store.Screen{"10002": screen(nil), "10004": screen(nil)}
	s.Projects = []*store.Project{pay, ops, help, docs, secret, mobProject(s, screen, types), labProject(s, types)}
	for _, p := range s.Projects {
		p.Roles = map[string][]*store.User{"Administrators": {p.Lead}, "Developers": u[:firstCustomer]}
	}
}

// fillBoards sets up the boards and sprints. On PAY's board the status Cancelled
// has the category Done, but it is not in the last column, so the board does
// not regard its issues as complete. Sprint number n of PAY starts 14·(n−3)−7
// days from today; the one with n = 3 is active and began a week ago.
func fillBoards(s *store.Site, now time.Time) {
	st := func(names ...string) (out []*store.Status) {
		for _, n := range names {
			out = append(out, s.Status(n))
		}
		return out
	}
	pay, ops := s.Project("PAY"), s.Project("OPS")
	s.Boards = []*store.Board{
		{ID: 1, Name: "PAY board", Kind: "scrum", Projects: []*store.Project{pay}, Estimation: StoryPoints, Columns: []store.Column{
			{Name: "To Do", Statuses: st("To Do")}, {Name: "In Progress", Statuses: st("In Progress")},
			{Name: "In Review", Statuses: st("In Review", "Cancelled")}, {Name: "Done", Statuses: st("Done")}}},
		{ID: 2, Name: "OPS board", Kind: "kanban", Projects: []*store.Project{ops}, Columns: []store.Column{
			{Name: "Backlog", Statuses: st("Backlog")}, {Name: "Selected", Statuses: st("Selected for Development")},
			{Name: "In Progress", Statuses: st("In Progress"), Max: 5}, {Name: "Done", Statuses: st("Done")}}},
	}
	goals := []string{"Refund requests without a ticket", "Checkout p95 under two seconds", "Fraud rules v2 behind a flag", "Saved cards for all shops", "PSD3 gap analysis"}
	for n, goal := range goals {
		start := now.AddDate(0, 0, 14*(n-3)-7)
		start = time.Date(start.Year(), start.Month(), start.Day(), 9, 0, 0, 0, time.UTC)
		sp := &store.Sprint{ID: int64(31 + n), Name: fmt.Sprintf("PAY Sprint %d", 11+n), Board: 1, Goal: goal, State: "closed", Start: start, End: start.AddDate(0, 0, 14)}
		switch {
		case n < 3:
			sp.Complete = sp.End.Add(-17 * time.Hour)
		case n == 3:
			sp.State = "active"
		default:
			sp.State = "future"
		}
		s.Sprints = append(s.Sprints, sp)
	}
	addLabBoard(s, now, st)
	addMobBoards(s, now, st)
}
