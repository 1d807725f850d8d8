package reports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// Items of histories are not complete on every site. Atlassian's document
// requires none of their members, older entries have no fieldId, and some have
// the texts without the ids (reports of jirametrics and jf_agent). A status can
// have been renamed since, so that its text is an old name, or deleted, so that
// its id is of no status. This file fills in what is missing: the field from its
// name, and the ids of statuses and sprints from the texts. A note names what
// cannot be placed: a figure must not be wrong without a word.

// historyNames is what an estimation knows to complete items of histories.
type historyNames struct {
	fields   map[string]string // the id of a field that reports use, by its name in lower case
	statuses []jira.Status     // of the site; nil until an item needs them
	onBoard  map[string]bool   // ids of the statuses on the board
	sprints  map[string]int64  // by name

	sprintField string // its id, "" if there is none

	// deleted maps ids to the names that histories have for statuses that the site
	// does not have; those without an id get one from [deletedID].
	deleted map[string]string

	neverDone []string // keys of done issues whose histories never got there
}

// newHistoryNames returns the names of the fields of an estimation.
func newHistoryNames(fields []jira.Field, wanted ...string) historyNames {
	h := historyNames{fields: map[string]string{"status": "status", "assignee": "assignee"}, onBoard: map[string]bool{}, sprints: map[string]int64{},
		deleted: map[string]string{}}
	for _, f := range fields {
		if slices.Contains(wanted, f.ID) {
			for _, name := range f.DisplayNames() {
				h.fields[strings.ToLower(name)] = f.ID
			}
		}
	}
	return h
}

// knowSprints notes the names of sprints.
func (h *historyNames) knowSprints(list ...jira.Sprint) {
	for _, s := range list {
		if s.Name != "" && s.ID != 0 {
			h.sprints[strings.TrimSpace(s.Name)] = s.ID
		}
	}
}

// complete fills in the items of histories in place. It asks for the
// site's statuses only if an item has a status without an id, or one that is not
// on the board. Without the right to read them, ids are taken as they are.
func (h *historyNames) complete(ctx context.Context, d env.Env, histories map[string][]jira.Change) error {
	needsStatuses := false
	for _, changes := range histories {
		for _, c := range changes {
			for n := range c.Items {
				item := &c.Items[n]
				if item.FieldID == "" {
					item.FieldID = h.fields[strings.ToLower(strings.TrimSpace(item.Field))]
				}
				needsStatuses = needsStatuses || item.FieldID == "status" && (!h.onBoard[item.FromID] || !h.onBoard[item.ToID])
			}
		}
	}
	if needsStatuses && h.statuses == nil {
		list, err := d.Names.Statuses(ctx)
		if err != nil && !jira.IsNoAccess(err) {
			return err
		}
		h.statuses = list
	}
	for _, changes := range histories {
		for _, c := range changes {
			for n := range c.Items {
				h.completeItem(&c.Items[n])
			}
		}
	}
	return nil
}

// completeItem fills in the ids of one item.
func (h *historyNames) completeItem(item *jira.ChangeItem) {
	switch item.FieldID {
	case "":
	case "status":
		item.FromID, item.ToID = h.statusID(item.FromID, item.From), h.statusID(item.ToID, item.To)
	case h.sprintField:
		item.FromID, item.ToID = h.sprintIDs(item.FromID, item.From), h.sprintIDs(item.ToID, item.To)
	}
}

// deletedID returns a stand-in for the id of a status that is known by its name
// alone.
func deletedID(name string) string { return "name " + name }

// statusID returns the id of a status in an item: its own if the site has it, then
// that of a status of the name, those on the board first.
func (h *historyNames) statusID(id, name string) string {
	if id == "" && name == "" || h.onBoard[id] || id != "" && h.statuses == nil {
		return id
	}
	found := ""
	for _, s := range h.statuses {
		switch {
		case s.ID == id:
			return id
		case strings.EqualFold(s.Name, strings.TrimSpace(name)) && (found == "" || h.onBoard[s.ID] && !h.onBoard[found]):
			found = s.ID
		}
	}
	if found != "" {
		return found
	}
	if id == "" {
		id = deletedID(name)
	}
	h.deleted[id] = name
	return id
}

// sprintIDs returns the ids of the sprints in an item, from their names if the ids
// are missing. The sprint of a report is always known; names of others without an
// id have no part in it.
func (h *historyNames) sprintIDs(ids, text string) string {
	if ids != "" || strings.TrimSpace(text) == "" {
		return ids
	}
	var out []string
	for _, name := range names.MergeNames(strings.Split(text, ","), slices.Collect(maps.Keys(h.sprints))) {
		if id, ok := h.sprints[name]; ok {
			out = append(out, strconv.FormatInt(id, 10))
		}
	}
	return strings.Join(out, ", ")
}

// checkDone notes an issue that is done although its history never got there. One
// without any change of status may have been created like that.
func (h *historyNames) checkDone(i report.Issue, isDone bool) {
	if !isDone {
		return
	}
	changed := false
	for _, c := range i.Changes {
		if c.Field != report.Status {
			continue
		}
		if changed = true; c.To == i.Status.ID {
			return
		}
	}
	if changed {
		h.neverDone = append(h.neverDone, i.Key)
	}
}

// notes says what in the histories could not be used.
func (h *historyNames) notes() []string {
	var out []string
	if len(h.deleted) > 0 {
		list := names.Unique(slices.Sorted(maps.Values(h.deleted)))
		out = append(out, "These statuses from issue histories were not found on the site and count as not done: "+strings.Join(list[:min(len(list), maxListedStatuses)], ", ")+".")
	}
	if n := len(h.neverDone); n > 0 {
		text := fmt.Sprintf("Now in a done status, although their histories show no transition to it: %s", strings.Join(h.neverDone[:min(n, maxNamed)], ", "))
		if n > maxNamed {
			text += fmt.Sprintf(" and %d more", n-maxNamed)
		}
		out = append(out, text+". They do not count as completed.")
	}
	return out
}

// maxNamed is the number of issues that a note lists, and maxListedStatuses that
// of statuses.
const (
	maxNamed          = 5
	maxListedStatuses = 10
)
