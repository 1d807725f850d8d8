// Package workflow holds the workflows of the embedded site: which transitions
// are available from a status, and which fields their screens show and require.
package workflow

import (
	"cmp"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Transition represents a transition of a workflow to the status To. From lists
// the names of the statuses that it starts from. An empty From makes it global:
// it is available from every status, To itself included.
type Transition struct {
	ID, Name string
	From     []string
	To       string // empty for a loop, which leaves the status as it is
	// Screen lists the field ids of the transition's screen; it is nil if the
	// transition has none. "comment" stands for the comment box, "worklog" for
	// logged work.
	Screen   []string
	Required []string
	// Unlisted lists fields that the transition accepts although its screen does
	// not show them.
	Unlisted []string
	// Checks lists fields that have to have a value before the transition; a
	// validator of the workflow refuses it otherwise, whatever its screen shows.
	Checks []string
}

// Workflow represents the status of new issues and the transitions between
// statuses.
type Workflow struct {
	Name          string
	InitialStatus string
	Transitions   []Transition
}

// resolveScreen is the screen of transitions that ask for a resolution.
var resolveScreen = []string{"resolution", "comment", "fixVersions"}

// labStoryType is the field Story type of package seed, which only the edit screen
// has.
const labStoryType = "customfield_30201"

// All holds the site's workflows by name:
//
//   - "scrum" requires a resolution in the screens to Done and Cancelled.
//   - "kanban" has global transitions without screens and sets the resolution
//     by itself.
//   - "lab" has what workflows of real sites have: two transitions of one name,
//     a loop, a required comment, required logged work, a validator of a field
//     that is on no screen of the transition, and a transition that accepts a
//     field which its screen does not list.
//   - "desk" has two transitions to one status (Resolved), one of which requires
//     a root cause as well.
var All = map[string]*Workflow{
	"scrum": {"scrum", "To Do", []Transition{
		{ID: "11", Name: "Start work", From: []string{"To Do"}, To: "In Progress"},
		{ID: "21", Name: "Ask for review", From: []string{"In Progress"}, To: "In Review"},
		{ID: "31", Name: "Done", From: []string{"In Progress", "In Review"}, To: "Done", Screen: resolveScreen, Required: []string{"resolution"}},
		{ID: "41", Name: "Back to work", From: []string{"In Review"}, To: "In Progress"},
		{ID: "51", Name: "Reopen", From: []string{"Done", "Cancelled"}, To: "To Do"},
		{ID: "61", Name: "Put back", From: []string{"In Progress", "In Review"}, To: "To Do"},
		{ID: "71", Name: "Cancel", From: []string{"To Do", "In Progress", "In Review"}, To: "Cancelled", Screen: resolveScreen, Required: []string{"resolution"}},
	}},
	"kanban": {"kanban", "Backlog", []Transition{
		{ID: "11", Name: "Backlog", To: "Backlog"},
		{ID: "21", Name: "Selected for Development", To: "Selected for Development"},
		{ID: "31", Name: "In Progress", To: "In Progress"},
		{ID: "41", Name: "Done", To: "Done"},
	}},
	"lab": {"lab", "To Do", []Transition{
		{ID: "11", Name: "Reassign", Screen: []string{"assignee"}, Required: []string{"assignee"}},
		{ID: "21", Name: "Start", From: []string{"To Do"}, To: "In Progress"},
		{ID: "31", Name: "Close", From: []string{"In Progress", "In Review"}, To: "Done", Screen: []string{"resolution"}, Required: []string{"resolution"}},
		{ID: "41", Name: "Close", From: []string{"In Progress", "In Review"}, To: "Cancelled"},
		{ID: "51", Name: "Close as duplicate", From: []string{"To Do", "In Progress"}, To: "Done", Unlisted: []string{"resolution"}},
		{ID: "61", Name: "Submit", From: []string{"In Progress"}, To: "In Review", Screen: []string{"comment"}, Required: []string{"comment"}},
		{ID: "71", Name: "Log and finish", From: []string{"In Progress"}, To: "Done", Screen: []string{"worklog", "timetracking"}, Required: []string{"worklog"}},
		{ID: "81", Name: "Approve", From: []string{"In Review"}, To: "Selected for Development", Checks: []string{labStoryType}},
		{ID: "91", Name: "Reopen", From: []string{"Done", "Cancelled"}, To: "To Do"},
	}},
	"desk": {"desk", "Waiting for support", []Transition{
		{ID: "11", Name: "Start work", From: []string{"Waiting for support", "Escalated"}, To: "In Progress"},
		{ID: "21", Name: "Respond to customer", From: []string{"In Progress", "Waiting for support"}, To: "Waiting for customer"},
		{ID: "31", Name: "Customer replied", From: []string{"Waiting for customer"}, To: "Waiting for support"},
		{ID: "41", Name: "Escalate", From: []string{"Waiting for support", "In Progress"}, To: "Escalated", Screen: []string{"priority", "comment"}},
		{ID: "51", Name: "Resolve this issue", From: []string{"In Progress", "Waiting for customer"}, To: "Resolved",
			Screen: []string{"resolution", "customfield_10064", "comment"}, Required: []string{"resolution", "customfield_10064"}},
		{ID: "61", Name: "Close as duplicate", From: []string{"Waiting for support", "In Progress", "Waiting for customer"}, To: "Resolved",
			Screen: []string{"resolution"}, Required: []string{"resolution"}},
		{ID: "71", Name: "Reopen", From: []string{"Resolved"}, To: "Waiting for support"},
	}},
}

// Available returns the transitions that are available to an issue in its
// current status.
func Available(i *store.Issue) []Transition {
	var out []Transition
	for _, t := range All[i.Project.Workflow].Transitions {
		if t.isAvailable(cmp.Or(i.Status.Untranslated, i.Status.Name)) {
			out = append(out, t)
		}
	}
	return out
}

// isAvailable reports whether the transition is available from a status.
func (t Transition) isAvailable(status string) bool {
	return len(t.From) == 0 || slices.Contains(t.From, status)
}

// IsLoop reports whether the transition leaves the status as it is.
func (t Transition) IsLoop() bool { return t.To == "" }

// Accepts reports whether a transition may set a field.
func (t Transition) Accepts(field string) bool {
	return t.HasField(field) || slices.Contains(t.Unlisted, field)
}

// HasField reports whether the transition's screen shows a field.
func (t Transition) HasField(field string) bool { return slices.Contains(t.Screen, field) }

// Requires reports whether the transition's screen requires a field.
func (t Transition) Requires(field string) bool { return slices.Contains(t.Required, field) }

// AutoResolution returns the resolution that a transition sets by itself. A
// transition to a status of the category Done sets "Done", unless its screen
// asks for the resolution: then sets is false and the caller's choice counts. A
// transition to any other status clears the resolution (name is "" and sets is
// true).
func AutoResolution(t Transition, to *store.Status) (name string, sets bool) {
	if to.Category.Key != "done" {
		return "", true
	}
	if t.Accepts("resolution") {
		return "", false
	}
	return "Done", true
}
