package reports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
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

	oldSprints map[string]bool // names that no known sprint has
	inUse      map[string]bool // ids of the statuses that issues of the report have
	unplaced   int             // entries without a time

	neverDone []string // keys of done issues whose histories never got there
}

// newHistoryNames returns the names of the fields of an estimation.
func newHistoryNames(fields []jira.Field, wanted ...string) historyNames {
	h := historyNames{fields: map[string]string{"status": "status", "assignee": "assignee"}, onBoard: map[string]bool{}, sprints: map[string]int64{},
		deleted: map[string]string{}, oldSprints: map[string]bool{}, inUse: map[string]bool{}}
	for _, f := range fields {
		if slices.Contains(append([]string{"status", "assignee"}, wanted...), f.ID) {
			h.addField(f)
		}
	}
	return h
}

// addField notes the names of a field, apart from those of its translations that
// are missing.
func (h *historyNames) addField(f jira.Field) {
	for _, name := range f.DisplayNames() {
		if name != "" {
			h.fields[strings.ToLower(name)] = f.ID
		}
	}
}

// knowSprints notes the names of sprints.
func (h *historyNames) knowSprints(list ...jira.Sprint) {
	for _, s := range list {
		if s.Name != "" && s.ID != 0 {
			h.sprints[strings.TrimSpace(s.Name)] = s.ID
		}
	}
}

// knowStatus notes the status of an issue.
func (h *historyNames) knowStatus(i jira.Issue) {
	status, _ := jira.Value[jira.Status](i.Fields, "status")
	h.inUse[status.ID] = true
}

// complete fills in the items of histories in place. It asks for the
// site's statuses only if an item has a status without an id, or one that is not
// on the board. If they cannot be read, ids are taken as they are.
func (h *historyNames) complete(ctx context.Context, d env.Env, histories map[string][]jira.Change) error {
	needsStatuses := false
	for id, changes := range histories {
		histories[id] = slices.DeleteFunc(changes, func(c jira.Change) bool {
			if !parseTime(c.Created).IsZero() {
				return false
			}
			h.unplaced++
			return true
		})
	}
	for _, changes := range histories {
		for _, c := range changes {
			for n := range c.Items {
				item := &c.Items[n]
				if item.FieldID == "" && strings.TrimSpace(item.Field) != "" {
					item.FieldID = h.fields[strings.ToLower(strings.TrimSpace(item.Field))]
				}
				needsStatuses = needsStatuses || item.FieldID == "status" && (!h.onBoard[item.FromID] || !h.onBoard[item.ToID])
			}
		}
	}
	if needsStatuses && h.statuses == nil {
		list, _, err := siteStatuses(ctx, d)
		if err != nil {
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
	if slices.ContainsFunc(h.statuses, func(s jira.Status) bool { return s.ID == id }) {
		return id
	}
	found := names.MatchNames(h.statuses, name, jira.Status.Names, func(jira.Status) string { return "" })
	slices.SortStableFunc(found, func(a, b jira.Status) int { return h.rank(a.ID) - h.rank(b.ID) })
	if len(found) > 0 {
		return found[0].ID
	}
	if id == "" {
		id = deletedID(name)
	}
	h.deleted[id] = name
	return id
}

// rank orders statuses of one name: those on the board come first, then those that
// issues of the report have.
func (h *historyNames) rank(status string) int {
	switch {
	case h.onBoard[status]:
		return 0
	case h.inUse[status]:
		return 1
	}
	return 2
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

// checkEntry notes the names of sprints in the changes of an issue that is in a
// sprint, if no change leads there and no known sprint has the names: one may be an
// old name of the sprint.
func (h *historyNames) checkEntry(changes []jira.Change, sprint int64) {
	if wasInSprint(changes, h.sprintField, sprint) {
		return
	}
	for _, c := range changes {
		for _, item := range c.Items {
			if item.FieldID == h.sprintField && item.ToID == "" && strings.TrimSpace(item.To) != "" {
				h.oldSprints[strings.TrimSpace(item.To)] = true
			}
		}
	}
}

// checkDone notes an issue that is done although its history never got there. One
// without any change of status may have been created like that, unless its history
// has items of unknown fields (unplaced).
func (h *historyNames) checkDone(i report.Issue, isDone, unplaced bool) {
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
	if changed || unplaced {
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
	if len(h.oldSprints) > 0 {
		list := slices.Sorted(maps.Keys(h.oldSprints))
		out = append(out, "These sprints from issue histories are not known by name, so changes of scope may be missing: "+text.JoinKeys(list, maxListedStatuses)+".")
	}
	if h.unplaced > 0 {
		out = append(out, fmt.Sprintf("%d entries of issue histories have no time and were not used.", h.unplaced))
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

// wasInSprint reports whether an issue was ever in a sprint, according to its
// changes. The values of the sprint field are comma-separated ids.
func wasInSprint(changes []jira.Change, field string, sprint int64) bool {
	id := strconv.FormatInt(sprint, 10)
	has := func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == id })
	}
	return slices.ContainsFunc(changes, func(c jira.Change) bool {
		return slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool { return i.FieldID == field && (has(i.FromID) || has(i.ToID)) })
	})
}

// parseTime parses a time in one of the two layouts that Jira uses,
// [jira.TimeLayout] and RFC 3339. It returns the zero time for any other text.
func parseTime(s string) time.Time {
	at, err := time.Parse(jira.TimeLayout, s)
	if err != nil {
		at, _ = time.Parse(time.RFC3339, s)
	}
	return at
}

// siteStatuses returns the site's statuses. Without them, the statuses of the
// issues say of what category they are; missing then says why.
func siteStatuses(ctx context.Context, d env.Env) (list []jira.Status, missing string, _ error) {
	missing, err := env.Secondary(ctx, "the site's statuses", func(ctx context.Context) (err error) {
		list, err = d.Names.Statuses(ctx)
		return err
	})
	return list, missing, err
}
