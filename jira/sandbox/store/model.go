// Package store holds the state of an embedded Jira Cloud site: users,
// projects, fields, issues with their histories, and the search index that lags
// behind them.
//
// A stored [Issue] never changes: every write stores a changed copy. The search
// index, and a reader in the middle of an answer, can therefore keep using an
// earlier state of an issue without a lock:
//
//	_, err := site.Update(id, func(i *store.Issue) error {
//		i.Summary = "New summary" // i is a copy
//		return nil
//	})
//
// model.go declares the data types, site.go the [Site] with its locking and its
// index, find.go the lookups by id and name. task.go simulates bulk operations,
// board.go holds the rules of boards.
package store

import (
	"encoding/json"
	"time"
)

// TimeLayout is the layout of times in Jira's platform API. The Software API
// also accepts zones in the form +10:00 and Z.
const TimeLayout = "2006-01-02T15:04:05.000-0700"

// Types of the custom fields whose values are not in [Issue].Custom but in
// fields of their own.
const (
	SprintFieldType = "com.pyxis.greenhopper.jira:gh-sprint"
	RankFieldType   = "com.pyxis.greenhopper.jira:gh-lexo-rank"
)

// User represents an Atlassian account. Others see Email only if ShowEmail is
// set.
type User struct {
	ID          string
	Name        string
	Email       string
	ShowEmail   bool
	AccountType string // atlassian or customer
	TimeZone    string
	Active      bool
}

// StatusCategory represents one of Jira's three status categories.
type StatusCategory struct {
	ID    int64
	Key   string
	Name  string
	Color string
}

// The status categories, with Jira's own ids.
var (
	CategoryToDo       = StatusCategory{2, "new", "To Do", "blue-gray"}
	CategoryInProgress = StatusCategory{4, "indeterminate", "In Progress", "yellow"}
	CategoryDone       = StatusCategory{3, "done", "Done", "green"}
)

// Status represents a step of a workflow.
type Status struct {
	ID       string
	Name     string
	Category StatusCategory
	// Untranslated is the original name, if Name is in another language.
	Untranslated string
}

// Named represents anything that has just an id and a name: a priority, a
// resolution, a component, an option of a select field.
type Named struct {
	ID           string
	Name         string
	Untranslated string // see [Status]; Jira does not show it
}

// IssueType represents a type of issue. Level is 1 for epics, 0 for standard
// types and -1 for sub-tasks.
type IssueType struct {
	ID, Name     string
	Level        int
	Untranslated string // see [Status]
}

// IsSubtask reports whether issues of the type need a parent of level 0.
func (t *IssueType) IsSubtask() bool { return t.Level < 0 }

// Group represents a named group of users.
type Group struct {
	ID, Name string
	Members  []*User
}

// Version represents a release of a project.
type Version struct {
	ID, Name, Description  string
	Released, Archived     bool
	StartDate, ReleaseDate string // YYYY-MM-DD
}

// LinkType represents a type of issue link, with its phrase for either
// direction.
type LinkType struct{ ID, Name, Inward, Outward string }

// Filter represents a saved filter. Without Shared only its owner sees it.
type Filter struct {
	ID, Name, JQL string
	Owner         *User
	Shared        bool
}

// Field represents a system or custom field of the site.
type Field struct {
	ID, Name string
	// Untranslated is the original name: see [Status].
	Untranslated string
	Type         string   // schema.type
	Items        string   // schema.items
	System       string   // schema.system
	Custom       string   // schema.custom
	CustomID     int64    // schema.customId
	JQL          []string // clause names
	Options      []*Named // for select fields
	// Children maps the id of an option of a cascading field to the options
	// below it.
	Children map[string][]*Named
}

// Cascade represents a value of a cascading field; Child may be nil.
type Cascade struct{ Parent, Child *Named }

// Team represents a team of Atlassian, the value of a team field. A request
// writes the id; answers have the whole.
type Team struct{ ID, Name string }

// Request represents a customer's request, the value of the field Request Type.
// A request writes the id of the type; answers have the type and the status.
type Request struct{ Type *Named }

// App represents the value of a field of an app: the JSON that answers have.
type App json.RawMessage

// SecurityLevel represents an issue security level of a project. Only its
// members see issues that have it.
type SecurityLevel struct {
	ID, Name string
	Members  []*User
}

// Project represents a project. Its lists of users grant permissions; a nil
// list grants them to everybody.
type Project struct {
	ID, Key, Name string
	Kind          string // software, service_desk or business
	Lead          *User
	Types         []*IssueType
	Components    []*Named
	Versions      []*Version
	Levels        []*SecurityLevel
	Roles         map[string][]*User
	Screens       map[string]Screen // by issue type id
	EditScreens   map[string]Screen // those that differ from Screens
	Workflow      string
	Browsers      []*User // who may see it
	ReadOnly      bool    // nobody may write
	TeamManaged   bool
	Next          int // the number of the last issue; the next one gets the number after it
}

// Screen represents the fields of an issue type in a project, in order.
type Screen struct {
	Fields   []string // field ids on the create screen, and on the edit screen if it has none of its own
	Required []string // a subset
}

// Sprint represents a sprint of a board.
type Sprint struct {
	ID                   int64
	Name, State, Goal    string    // State is future, active or closed
	Board                int64     // the id of its board
	Start, End, Complete time.Time // zero if not set
}

// Column represents a column of a board, with the statuses mapped to it.
type Column struct {
	Name     string
	Statuses []*Status
	Min, Max int // limits on the number of issues; 0 for none
}

// Board represents a board. The board of a team-managed project has the kind
// simple.
type Board struct {
	ID         int64
	Name, Kind string // Kind is scrum, kanban or simple
	Projects   []*Project
	Columns    []Column
	Estimation string // the id of the field
}

// Comment represents a comment of an issue.
type Comment struct {
	ID               string
	Author           *User
	Body             json.RawMessage // ADF
	Created, Updated time.Time
	Internal         bool
	Properties       []Property
	Visibility       json.RawMessage // the group or role that it is restricted to
}

// Worklog represents time that a user logged on an issue.
type Worklog struct {
	ID                        string
	Author, Updater           *User
	Comment                   json.RawMessage // ADF; empty if there is none
	Started, Created, Updated time.Time
	Seconds                   int64
}

// RemoteLink represents a link from an issue to a web page.
type RemoteLink struct {
	ID                                 int64
	GlobalID, URL, Title, Relationship string
}

// Property represents an entity property.
type Property struct {
	Key   string
	Value json.RawMessage
}

// Attachment represents a file attached to an issue.
type Attachment struct {
	ID, Name, MediaType string
	Size                int
	Author              *User
	Created             time.Time
	Data                []byte // if nil, the content is generated from the name
}

// Link represents one side of a link between two issues. If Outward is set, the
// issue performs the type's outward phrase ("blocks") on the other.
type Link struct {
	ID      string
	Type    *LinkType
	Other   int64 // the id of the other issue
	Outward bool
}

// Change represents one entry of an issue's changelog.
type Change struct {
	ID     string
	Author *User
	At     time.Time
	Items  []Item
}

// Item represents the change of one field. An empty From or To stands for null.
type Item struct {
	Field, FieldID, FieldType    string
	From, FromText, To, ToString string
}

// Issue represents the state of an issue at one time. It must not be changed
// once it is stored; see [Issue.Clone].
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
	Parent                      int64          // the id of the parent; 0 for none
	DueDate                     string         // YYYY-MM-DD; empty if not set
	Sprints                     []*Sprint      // in the order they were joined
	Custom                      map[string]any // values of custom fields by field id
	Links                       []Link
	Comments                    []*Comment
	Attachments                 []*Attachment
	Worklogs                    []*Worklog
	RemoteLinks                 []RemoteLink
	Watchers                    []*User // nil means the reporter alone
	Voters                      []*User
	Original, Remaining         *int64 // estimates in seconds; nil if not set
	Security                    *SecurityLevel
	History                     []*Change // oldest first
	Created, Updated            time.Time
	Resolved                    time.Time // zero while unresolved
	StatusChanged               time.Time
	Rank                        float64
}

// Clone returns a copy of an issue that may be changed until it is stored. It
// copies the map of custom values. It limits the capacity of the slices that
// writes append to, so that appending allocates a new array and the original
// keeps its own. Elements of a slice must not be changed in place, and
// Components, FixVersions, Versions and Watchers are only replaced as a whole.
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

// Sprint returns the sprint that the issue is in now: the last one that is not
// closed. It returns nil if there is none.
func (i *Issue) Sprint() *Sprint {
	for n := len(i.Sprints) - 1; n >= 0; n-- {
		if i.Sprints[n].State != "closed" {
			return i.Sprints[n]
		}
	}
	return nil
}

// EffectiveWatchers returns the users who watch the issue.
func (i *Issue) EffectiveWatchers() []*User {
	if i.Watchers == nil && i.Reporter != nil {
		return []*User{i.Reporter}
	}
	return i.Watchers
}

// TimeSpent returns the time logged on the issue, in seconds.
func (i *Issue) TimeSpent() int64 {
	total := int64(0)
	for _, w := range i.Worklogs {
		total += w.Seconds
	}
	return total
}
