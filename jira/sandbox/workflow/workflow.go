// Package workflow holds the workflows of the embedded site: which transitions
// are available from a status, and which fields their screens show and require.
package workflow

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Transition represents a transition of a workflow to the status To. From lists
// the names of the statuses that it starts from. An empty From makes it global:
// it is available from every status except To itself.
type Transition struct {
	ID, Name string
	From     []string
	To       string
	// Screen lists the field ids of the transition's screen; it is nil if the
	// transition has none. "comment" stands for the comment box.
	Screen   []string
	Required []string
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

// All holds the site's workflows by name:
//
//   - "scrum" requires a resolution in the screens to Done and Cancelled.
//   - "kanban" has global transitions without screens and sets the resolution
//     by itself.
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
		if t.isAvailable(i.Status.Name) {
			out = append(out, t)
		}
	}
	return out
}

// isAvailable reports whether the transition is available from a status.
func (t Transition) isAvailable(status string) bool {
	return slices.Contains(t.From, status) || len(t.From) == 0 && t.To != status
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
	if t.HasField("resolution") {
		return "", false
	}
	return "Done", true
}
