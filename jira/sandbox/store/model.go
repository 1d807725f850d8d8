// Package store holds the state of an embedded Jira Cloud site: people,
// projects, fields, issues with their histories, and the search index that
// lags behind them.
//
// A stored [Issue] never changes: a write stores a changed copy. That is what
// lets the index, and a reader in the middle of an answer, hold on to the
// state of a moment ago.
package store

import (
	"encoding/json"
	"time"
)

// User is a person. Email is shown to others only when ShowEmail is set.
type User struct {
	ID          string
	Name        string
	Email       string
	ShowEmail   bool
	AccountType string // atlassian or customer
	TimeZone    string
	Active      bool
}

// StatusCategory is one of Jira's three.
type StatusCategory struct {
	ID    int64
	Key   string
	Name  string
	Color string
}

// The categories, with Jira's own ids.
var (
	CategoryToDo       = StatusCategory{2, "new", "To Do", "blue-gray"}
	CategoryInProgress = StatusCategory{4, "indeterminate", "In Progress", "yellow"}
	CategoryDone       = StatusCategory{3, "done", "Done", "green"}
)

// Status is a step of a workflow.
type Status struct {
	ID       string
	Name     string
	Category StatusCategory
}

// Named is anything with an id and a name: a priority, a resolution, a
// component, an option of a select field.
type Named struct {
	ID   string
	Name string
}

// IssueType is a type of issue. Level is 1 for epics, -1 for sub-tasks.
type IssueType struct {
	ID, Name string
	Level    int
}

// Subtask reports whether issues of the type need a parent of level 0.
func (t *IssueType) Subtask() bool { return t.Level < 0 }

// Group is people under one name.
type Group struct {
	ID, Name string
	Members  []*User
}

// Version is a release of a project.
type Version struct {
	ID, Name, Description  string
	Released, Archived     bool
	StartDate, ReleaseDate string // YYYY-MM-DD
}

// LinkType is a kind of link with its phrases in either direction.
type LinkType struct{ ID, Name, Inward, Outward string }

// Filter is a saved filter. Without Shared only its owner sees it.
type Filter struct {
	ID, Name, JQL string
	Owner         *User
	Shared        bool
}

// Field is a field of the site.
type Field struct {
	ID, Name string
	Type     string   // schema.type
	Items    string   // schema.items
	System   string   // schema.system
	Custom   string   // schema.custom
	CustomID int64    // schema.customId
	JQL      []string // clause names
	Options  []*Named // of select fields
	// Children are the options below an option of a cascading field, by its id.
	Children map[string][]*Named
}

// Cascade is a value of a cascading field; Child may be nil.
type Cascade struct{ Parent, Child *Named }

// Level is an issue security level of a project: who sees issues that have it.
type Level struct {
	ID, Name string
	Members  []*User
}

// Project is a project. The lists of people say who may do what; a nil list
// means everybody.
type Project struct {
	ID, Key, Name string
	Kind          string // software, service_desk or business
	Lead          *User
	Types         []*IssueType
	Components    []*Named
	Versions      []*Version
	Levels        []*Level
	Roles         map[string][]*User
	Screens       map[string]Screen // by issue type id
	Workflow      string
	Browsers      []*User // who may see it
	ReadOnly      bool    // nobody may write
	TeamManaged   bool
	Next          int // number of the next issue
}

// Screen is the fields of a type in a project, in order.
type Screen struct {
	Fields   []string // field ids on the create and edit screens
	Required []string // a subset
}

// Sprint is a sprint of a board.
type Sprint struct {
	ID                   int64
	Name, State, Goal    string // state: future, active or closed
	Board                int64
	Start, End, Complete time.Time // zero when not set
}

// Column is a column of a board with the statuses mapped to it.
type Column struct {
	Name     string
	Statuses []*Status
	Min, Max int // of issues; 0 for no limit
}

// Board is a board; that of a team-managed project is of kind simple.
type Board struct {
	ID         int64
	Name, Kind string // scrum, kanban or simple
	Projects   []*Project
	Columns    []Column
	Estimation string // field id
}

// Comment is a comment of an issue.
type Comment struct {
	ID               string
	Author           *User
	Body             json.RawMessage // ADF
	Created, Updated time.Time
	Internal         bool
	Properties       []Property
	Visibility       json.RawMessage // a group or role it is restricted to
}

// Worklog is time that somebody logged on an issue.
type Worklog struct {
	ID                        string
	Author, Updater           *User
	Comment                   json.RawMessage // ADF; empty for none
	Started, Created, Updated time.Time
	Seconds                   int64
}

// RemoteLink is a link from an issue to a page elsewhere.
type RemoteLink struct {
	ID                                 int64
	GlobalID, URL, Title, Relationship string
}

// Property is an entity property.
type Property struct {
	Key   string
	Value json.RawMessage
}

// Attachment is a file of an issue.
type Attachment struct {
	ID, Name, MediaType string
	Size                int
	Author              *User
	Created             time.Time
	Data                []byte // made up of the name where it is nil
}

// Link joins an issue with another. Outward: the issue performs the type's
// outward phrase ("blocks") on the other.
type Link struct {
	ID      string
	Type    *LinkType
	Other   int64
	Outward bool
}

// Change is one entry of an issue's changelog.
type Change struct {
	ID     string
	Author *User
	At     time.Time
	Items  []Item
}

// Item is one field's change. Empty From or To stand for null.
type Item struct {
	Field, FieldID, FieldType    string
	From, FromText, To, ToString string
}

// Issue is an issue at one moment. It must not be changed once stored.
type Issue struct {
	ID       int64
	Key      string
	Number   int
	Project  *Project
	Type     *IssueType
	Status   *Status
	Priority *Named

	Resolution                  *Named
	Summary                     string
	Description                 json.RawMessage
	Environment                 json.RawMessage
	Creator, Reporter, Assignee *User
	Labels                      []string
	Components                  []*Named
	FixVersions, Versions       []*Version
	Parent                      int64
	DueDate                     string
	Sprints                     []*Sprint // in the order they were joined
	Custom                      map[string]any
	Links                       []Link
	Comments                    []*Comment
	Attachments                 []*Attachment
	Worklogs                    []*Worklog
	RemoteLinks                 []RemoteLink
	Watchers                    []*User // nil: the reporter alone
	Voters                      []*User
	Original, Remaining         *int64 // estimates in seconds; nil when not set
	Security                    *Level
	History                     []*Change // oldest first
	Created, Updated            time.Time
	Resolved                    time.Time // zero while unresolved
	StatusChanged               time.Time
	Rank                        float64
}

// Clone copies an issue for a change. Slices are copied when appended to,
// since their capacity is cut.
func (i *Issue) Clone() *Issue {
	c := *i
	c.Labels = c.Labels[:len(c.Labels):len(c.Labels)]
	c.Sprints = c.Sprints[:len(c.Sprints):len(c.Sprints)]
	c.Links = c.Links[:len(c.Links):len(c.Links)]
	c.Comments = c.Comments[:len(c.Comments):len(c.Comments)]
	c.Attachments = c.Attachments[:len(c.Attachments):len(c.Attachments)]
	c.History = c.History[:len(c.History):len(c.History)]
	c.Worklogs = c.Worklogs[:len(c.Worklogs):len(c.Worklogs)]
	c.RemoteLinks = c.RemoteLinks[:len(c.RemoteLinks):len(c.RemoteLinks)]
	c.Voters = c.Voters[:len(c.Voters):len(c.Voters)]
	c.Custom = make(map[string]any, len(i.Custom))
	for k, v := range i.Custom {
		c.Custom[k] = v
	}
	return &c
}

// Sprint returns the sprint the issue is in now: the last that is not closed.
func (i *Issue) Sprint() *Sprint {
	for n := len(i.Sprints) - 1; n >= 0; n-- {
		if i.Sprints[n].State != "closed" {
			return i.Sprints[n]
		}
	}
	return nil
}

// Watching are those who watch the issue.
func (i *Issue) Watching() []*User {
	if i.Watchers == nil && i.Reporter != nil {
		return []*User{i.Reporter}
	}
	return i.Watchers
}

// Spent is the time logged on the issue, in seconds.
func (i *Issue) Spent() int64 {
	total := int64(0)
	for _, w := range i.Worklogs {
		total += w.Seconds
	}
	return total
}
