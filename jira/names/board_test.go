package names_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// board returns a board that belongs to a project.
func board(id int, name, kind, project string) string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"type":%q,"location":{"projectKey":%q}}`, id, name, kind, project)
}

// TestBoard checks that a board is found by number and by name, and that an
// exact name wins over a part of one.
func TestBoard(t *testing.T) {
	t.Parallel()
	one, two, three := board(1, "Payments", "scrum", "PAY"), board(2, "Payments Triage", "kanban", "PAY"), board(3, "Ledger", "scrum", "OPS")
	answers := map[string]string{
		"board": values(one, two, three), "board?projectKeyOrId=PAY": values(one, two), "board?projectKeyOrId=pay": values(one, two), "board/3": three,
		"board/4": `404 {"errorMessages":["The requested board cannot be viewed."]}`, "board/5": `403 {"errorMessages":["Forbidden."]}`,
		"board?projectKeyOrId=OFF": `400 {"errorMessages":["No project OFF."]}`,
	}
	for name, c := range map[string]struct {
		project, given string
		want           int64
		says           string
	}{
		"a number":                       {"", " 3 ", 3, ""},
		"the number of no board":         {"", "4", 0, "number 4"},
		"a number that Jira refuses":     {"", "5", 0, "Forbidden."},
		"an exact name":                  {"", "payments", 1, ""},
		"a part that one board has":      {"", "TRIAGE", 2, ""},
		"a part that several have":       {"", "Pay", 0, `"Pay" could be any of: Payments (number 1); Payments Triage (number 2).`},
		"a name of another project":      {"pay", "Ledger", 0, `Allowed: Payments (number 1)`},
		"a typing error":                 {"", "Legder", 0, `"Legder"`},
		"a project that cannot be seen":  {"OFF", "x", 0, "No project OFF."},
		"neither a board nor a project":  {"", "", 0, "jira_list_boards"},
		"the only board with sprints":    {"PAY", "", 1, ""},
		"a part of a name and a project": {"PAY", "tri", 2, ""},
	} {
		n, _ := newNames(t, answers)
		got, err := n.Board(t.Context(), c.project, c.given)
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%s: %d, want %d", name, got.ID, c.want)
		}
	}
}

// TestDefaultBoard checks the ranks of a project's boards: its own boards with
// sprints, its own, others with sprints, others.
func TestDefaultBoard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		project string
		boards  []string
		want    int64
		says    string
	}{
		"its own with sprints":            {"PAY", []string{board(1, "A", "scrum", "OPS"), board(2, "B", "kanban", "PAY"), board(3, "C", "scrum", "PAY")}, 3, ""},
		"its own without sprints":         {"pay", []string{board(1, "A", "scrum", "OPS"), board(2, "B", "kanban", "PAY")}, 2, ""},
		"another with sprints":            {"PAY", []string{board(1, "A", "kanban", "OPS"), board(2, "B", "scrum", "OPS")}, 2, ""},
		"another without sprints":         {"PAY", []string{board(1, "A", "kanban", "OPS")}, 1, ""},
		"a team-managed board":            {"PAY", []string{board(1, "A", "kanban", "PAY"), board(2, "B", "simple", "PAY")}, 2, ""},
		"two of the first rank":           {"PAY", []string{board(1, "A", "scrum", "PAY"), board(2, "B", "scrum", "PAY"), board(3, "C", "kanban", "PAY")}, 0, ": A (number 1); B (number 2)."},
		"none":                            {"PAY", nil, 0, "PAY has no board"},
		"the only board of the site":      {"", []string{board(9, "Z", "kanban", "OPS")}, 9, ""},
		"no project, and several boards":  {"", []string{board(1, "A", "scrum", "PAY"), board(2, "B", "kanban", "PAY")}, 0, "jira_list_boards"},
		"no project, and no board at all": {"", nil, 0, "jira_list_boards"},
	} {
		n, _ := newNames(t, map[string]string{"board": values(c.boards...)})
		got, err := n.Board(t.Context(), c.project, "")
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%s: %d, want %d", name, got.ID, c.want)
		}
	}
}

// TestBoardBeyondTheList checks that on a site with more boards than the list
// holds, Jira is asked for a name that is not in it.
func TestBoardBeyondTheList(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range jira.MaxBoards {
		many = append(many, board(i+1, fmt.Sprintf("Team %d", i+1), "scrum", "PAY"))
	}
	n, site := newNames(t, map[string]string{"board": values(many...), "board?name=Ledger": values(board(900, "Ledger", "scrum", "OPS")), "board?name=Nothing": values(),
		"board?name=Broken": `500 {"errorMessages":["down"]}`})
	if got, err := n.Board(t.Context(), "", "Ledger"); err != nil || got.ID != 900 {
		t.Errorf("%d (%v)", got.ID, err)
	}
	if _, err := n.Board(t.Context(), "", "Nothing"); err == nil || !strings.Contains(err.Error(), "and 175 more") {
		t.Error(err)
	}
	if _, err := n.Board(t.Context(), "", "Broken"); !jira.IsStatus(err, 500) {
		t.Error(err)
	}
	site.requests()
	if got, err := n.Board(t.Context(), "", "Team 200"); err != nil || got.ID != 200 {
		t.Errorf("%d (%v)", got.ID, err)
	}
	if asked := site.requests(); slices.Contains(asked, "board?name=Team 200") {
		t.Errorf("asked %q for a board in the list", asked)
	}
}

// TestBoardsBehindAFence checks that without a project only the boards of the
// fence's projects are listed, each of them once.
func TestBoardsBehindAFence(t *testing.T) {
	t.Parallel()
	f, err := fence.New([]string{"PAY", "OPS"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pay, ops, shared := board(1, "Pay", "scrum", "PAY"), board(2, "Ops", "scrum", "OPS"), board(3, "Both", "kanban", "OPS")
	n, site := newNames(t, map[string]string{"board?projectKeyOrId=PAY": values(pay, shared), "board?projectKeyOrId=OPS": values(ops, shared),
		"project/search": values(`{"id":"1","key":"PAY","name":"Payments"}`, `{"id":"2","key":"OPS","name":"Operations"}`)}, func(o *jira.Options) { o.Fence = f })
	got, err := n.Boards(t.Context(), "")
	var ids []int64
	for _, b := range got {
		ids = append(ids, b.ID)
	}
	slices.Sort(ids)
	if err != nil || !slices.Equal(ids, []int64{1, 2, 3}) {
		t.Errorf("%v (%v)", ids, err)
	}
	if asked := site.requests(); slices.Contains(asked, "board") {
		t.Errorf("asked %q for all boards of the site", asked)
	}
	site.answers["board?projectKeyOrId=OPS"] = `403 {"errorMessages":["No."]}`
	n, _ = newNames(t, site.answers, func(o *jira.Options) { o.Fence = f })
	if got, err := n.Boards(t.Context(), ""); err == nil {
		t.Errorf("a part of the boards: %v", got)
	}
}

// TestBoardConfiguration checks that the configuration is that of Jira.
func TestBoardConfiguration(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"board/7/configuration": `{"id":7,"name":"Team","filter":{"id":"10"},"columnConfig":{"columns":[{"name":"Open","statuses":[{"id":"1"}]},{"name":"Done","statuses":[{"id":"5"}]}]}}`,
		"board/8/configuration": `403 {"errorMessages":["No."]}`})
	got, err := n.Configuration(t.Context(), 7)
	if err != nil || !slices.Equal(got.DoneStatuses(), []string{"5"}) {
		t.Errorf("%+v (%v)", got, err)
	}
	if _, err := n.Configuration(t.Context(), 8); !jira.IsStatus(err, 403) {
		t.Error(err)
	}
}

// TestUnknownBoardListsAll checks that the error for an unknown board lists the
// boards.
func TestUnknownBoardListsAll(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"board": values(board(1, "A team", "scrum", "PAY"), board(2, "B team", "scrum", "PAY"))})
	_, err := n.Board(t.Context(), "", "zebra")
	var unknown *names.UnknownError
	if !errors.As(err, &unknown) || unknown.Ambiguous || !slices.Equal(unknown.Allowed, []string{"A team (number 1)", "B team (number 2)"}) {
		t.Errorf("%v", err)
	}
}
