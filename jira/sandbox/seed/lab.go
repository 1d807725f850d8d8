package seed

import (
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// LAB, the project of the field laboratory, has what makes real sites awkward:
// names with commas, with " > ", with blanks around them, and names that look
// like ids of other things; create and edit screens that differ; and a workflow
// of the kinds that package workflow describes ("lab").

// The ids of the fields of LAB.
const (
	LabTeam      = "customfield_30200" // written as an id, read as an object
	LabStoryType = "customfield_30201" // on the edit screen only
	LabCategory  = "customfield_30202"
	LabAudience  = "customfield_30203"
	LabSize      = "customfield_30204"
	LabAssets    = "customfield_30205"
	LabVersion   = "customfield_30206"
	LabProject   = "customfield_30207"
	LabGroups    = "customfield_30208"
	LabTags      = "customfield_30209" // of a Forge app
)

// labBoard is the id of LAB's board.
const labBoard = 5

// labFields returns the custom fields of LAB.
func labFields(custom func(id, name, kind, items, key string, options ...string) *store.Field) []*store.Field {
	const std = "com.atlassian.jira.plugin.system.customfieldtypes:"
	audience := custom(LabAudience, "Audience", "option-with-child", "", std+"cascadingselect", "Age > 18", "Age < 18", "R&D")
	audience.Children = map[string][]*store.Named{audience.Options[0].ID: named(3020310, "A > B", "Plain"), audience.Options[2].ID: named(3020320, "Compilers > Backend", "Tools")}
	size := custom(LabSize, "Lab size", "option", "", std+"select")
	size.Options = []*store.Named{{ID: "10", Name: "5"}, {ID: "11", Name: "10"}, {ID: "12", Name: "11"}, {ID: "13", Name: " large "}}
	return []*store.Field{
		custom(LabTeam, "Team", "team", "", std+"atlassian-team"),
		custom(LabStoryType, "Story type", "option", "", std+"select", "Feature", "Chore"),
		custom(LabCategory, "Work category", "array", "option", std+"multiselect", "Ops: build, test and release", "Ops: lessons", "Other"),
		audience, size,
		custom(LabAssets, "Affected assets", "array", "cmdb-object-field", "com.atlassian.jira.plugins.cmdb:cmdb-object-cftype"),
		custom(LabVersion, "Target version", "version", "", std+"version"),
		custom(LabProject, "Other project", "project", "", std+"project"),
		custom(LabGroups, "Groups", "array", "group", std+"multigrouppicker"),
		custom(LabTags, "Tags (app)", "array", "string", "ari:cloud:ecosystem::extension/9f0c1f5e-1c2d-4a7e-8f3b-2b6d0c9a4e11/static/tags"),
	}
}

// labProject returns the project LAB. types is the helper of fillProjects.
func labProject(s *store.Site, types func(names ...string) []*store.IssueType) *store.Project {
	p := &store.Project{ID: "10006", Key: "LAB", Name: "Lab, Field Trials", Kind: "software", Lead: s.Users[emeka], Workflow: "lab", Types: types("Task", "Bug"),
		Components: named(10130, "API, public", "Sensors"),
		Versions:   []*store.Version{{ID: "10230", Name: "2.0, beta"}, {ID: "10231", Name: "10230"}, {ID: "10232", Name: "1.0", Archived: true, Released: true}}}
	create := []string{"project", "issuetype", "summary", "description", "priority", "assignee", "reporter", "labels", "components", "fixVersions",
		LabTeam, LabCategory, LabAudience, LabSize, LabAssets, LabVersion, LabProject, LabGroups, LabTags}
	screen := store.Screen{Fields: create, Required: []string{"project", "issuetype", "summary"}}
	// The create screen lacks the sprint, the due date, the estimates and others.
	edit := store.Screen{Fields: append(append([]string{}, create...), "parent", "duedate", "environment", "timetracking", "issuelinks", Sprint, LabStoryType, Customer), Required: screen.Required}
	p.Screens, p.EditScreens = map[string]store.Screen{}, map[string]store.Screen{}
	for _, t := range p.Types {
		p.Screens[t.ID], p.EditScreens[t.ID] = screen, edit
	}
	return p
}

// addLabBoard adds the board of LAB and its sprints: one whose name holds a
// comma, and one that is called like the id of the other.
func addLabBoard(s *store.Site, now time.Time, st func(names ...string) []*store.Status) {
	s.Boards = append(s.Boards, &store.Board{ID: labBoard, Name: "LAB board, trials", Kind: "scrum", Projects: []*store.Project{s.Project("LAB")}, Estimation: StoryPoints, Columns: []store.Column{
		{Name: "To Do", Statuses: st("To Do")}, {Name: "Doing", Statuses: st("In Progress", "In Review", "Selected for Development")}, {Name: "Done", Statuses: st("Done", "Cancelled")}}})
	day := func(n int) time.Time {
		d := now.AddDate(0, 0, n)
		return time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, time.UTC)
	}
	s.Sprints = append(s.Sprints,
		&store.Sprint{ID: 61, Name: "LAB, week 1", Board: labBoard, State: "active", Goal: "First trials", Start: day(-3), End: day(4)},
		&store.Sprint{ID: 62, Name: "61", Board: labBoard, State: "future"})
}

// lab creates the issues of LAB, in every status of its workflow.
func (b *builder) lab() error {
	list, err := records("LAB")
	if err != nil {
		return err
	}
	p := b.s.Project("LAB")
	for n, r := range list {
		i, err := b.create(p, r, b.daysFromNow(-12+float64(n)), b.staff(n))
		if err != nil {
			return err
		}
		who := b.staff(n + 1)
		for _, status := range strings.Fields([]string{"", "doing", "doing review", "doing done", "", "doing", "doing cancelled", ""}[n%8]) {
			to, resolution := map[string]string{"doing": "In Progress", "review": "In Review", "done": "Done", "cancelled": "Cancelled"}[status], ""
			switch status {
			case "done":
				resolution = "Done"
			case "cancelled":
				resolution = "Won't Do"
			}
			b.transition(i, b.daysFromNow(-5+float64(n)/4), who, to, resolution)
		}
		if n == 1 {
			i.Custom[LabTeam] = b.s.Teams[0]
			i.Custom[LabCategory] = []*store.Named{b.s.Field(LabCategory).Options[0]}
			i.Custom[LabSize] = b.s.Field(LabSize).Options[1]
		}
	}
	return nil
}
