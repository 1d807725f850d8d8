package names_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// sprint returns a sprint with the board that it belongs to.
func sprint(id int, name, state string, board int) string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"state":%q,"originBoardId":%d}`, id, name, state, board)
}

// closedSprint returns a sprint that was closed at a time.
func closedSprint(id int, completed string, board int) string {
	return fmt.Sprintf(`{"id":%d,"name":"Sprint %d","state":"closed","completeDate":%q,"originBoardId":%d}`, id, id, completed, board)
}

// TestSprintOf checks that a sprint of a board is found by number, name and
// position in time, and that the board's own sprints come before shared ones.
func TestSprintOf(t *testing.T) {
	t.Parallel()
	const states = "board/7/sprint?state=active,future,closed"
	for name, c := range map[string]struct {
		given, request, answer string
		want                   int64
		says                   string
	}{
		"a number":                         {" 31 ", "sprint/31", sprint(31, "S", "closed", 9), 31, ""},
		"the number of no sprint":          {"32", "sprint/32", `404 {"errorMessages":["Sprint does not exist"]}`, 0, "number 32"},
		"a number that Jira refuses":       {"32", "sprint/32", `403 {"errorMessages":["Forbidden."]}`, 0, "Forbidden."},
		"a name that is a number":          {"31", states, values(sprint(4, "31", "future", 7), sprint(31, "S", "closed", 7)), 4, ""},
		"the current one":                  {"Current", "board/7/sprint?state=active", values(sprint(1, "A", "active", 7)), 1, ""},
		"nothing":                          {"", "board/7/sprint?state=active", values(sprint(1, "A", "active", 7)), 1, ""},
		"its own before a shared one":      {"active", "board/7/sprint?state=active", values(sprint(1, "A", "active", 8), sprint(2, "B", "active", 7)), 2, ""},
		"only a shared one":                {"current", "board/7/sprint?state=active", values(sprint(1, "A", "active", 8)), 1, ""},
		"several active ones":              {"current", "board/7/sprint?state=active", values(sprint(1, "A", "active", 7), sprint(2, "B", "active", 7), sprint(3, "C", "active", 8)), 0, "active sprints: A (number 1); B (number 2)."},
		"no active one":                    {"current", "board/7/sprint?state=active", values(), 0, "no active sprint"},
		"the next one":                     {"NEXT", "board/7/sprint?state=future", values(sprint(4, "D", "future", 8), sprint(5, "E", "future", 7), sprint(6, "F", "future", 7)), 5, ""},
		"no next one":                      {"next", "board/7/sprint?state=future", values(), 0, "no future sprint"},
		"the one closed last":              {"last", "board/7/sprint?state=closed", values(closedSprint(1, "2026-01-16T10:00:00.000Z", 7), closedSprint(2, "2026-02-13T10:00:00.000Z", 7), closedSprint(3, "2026-01-30T10:00:00.000Z", 7), closedSprint(4, "2026-02-27T10:00:00.000Z", 8)), 2, ""},
		"the previous one":                 {"previous", "board/7/sprint?state=closed", values(closedSprint(1, "2026-01-16T10:00:00.000Z", 7)), 1, ""},
		"a name in any case":               {"sprint 2", states, values(sprint(1, "Sprint 1", "closed", 7), sprint(2, "Sprint 2", "active", 7)), 2, ""},
		"its own name before a shared one": {"Sprint 1", states, values(sprint(1, "Sprint 1", "active", 8), sprint(2, "Sprint 1", "future", 7)), 2, ""},
		"two of the name":                  {"Sprint 1", states, values(sprint(1, "Sprint 1", "closed", 7), sprint(2, "Sprint 1", "active", 7)), 0, `"Sprint 1" could be any of: Sprint 1 (number 1); Sprint 1 (number 2).`},
		"an unknown name, newest first":    {"Zebra", states, values(sprint(1, "Old", "closed", 7), sprint(2, "New", "active", 7)), 0, `Allowed: New (active, number 2), Old (closed, number 1).`},
		"a board without sprints":          {"Zebra", states, `400 {"errorMessages":["The board does not support sprints"]}`, 0, "does not support sprints"},
	} {
		want := []string{c.request}
		answers := map[string]string{c.request: c.answer}
		if strings.HasPrefix(c.request, "sprint/") { // a sprint with that number as its name would win
			want = []string{states, c.request}
			answers[states] = values(sprint(1, "Sprint 31", "closed", 7))
		}
		n, site := newNames(t, answers)
		got, err := n.SprintOf(t.Context(), 7, c.given)
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%s: %d, want %d", name, got.ID, c.want)
		}
		if asked := site.requests(); !slices.Equal(asked, want) {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// TestChooseSprint checks the choice of an open sprint from a list.
func TestChooseSprint(t *testing.T) {
	t.Parallel()
	list := []jira.Sprint{{ID: 31, Name: "Sprint 1", State: "active"}, {ID: 32, Name: "Sprint 2", State: "future"}, {ID: 33, Name: "Sprint 3", State: "future"}, {ID: 34, Name: "Twin", State: "future"}, {ID: 35, Name: "twin", State: "future"}, {ID: 36, Name: "31", State: "future"}}
	for name, c := range map[string]struct {
		list  names.Sprints
		given string
		want  int64
		says  string
	}{
		"a name in any case":      {names.Sprints{List: list}, "sprint 3", 33, ""},
		"a number":                {names.Sprints{List: list}, " 32 ", 32, ""},
		"the current one":         {names.Sprints{List: list}, "Current", 31, ""},
		"the active one":          {names.Sprints{List: list}, "active", 31, ""},
		"the next one":            {names.Sprints{List: list}, "next", 32, ""},
		"a number that is a name": {names.Sprints{List: list}, "31", 36, ""},
		"two of the name":         {names.Sprints{List: list}, "TWIN", 0, "Twin (number 34); twin (number 35)."},
		"one in that spelling":    {names.Sprints{List: list}, "twin", 35, ""},
		"several current ones":    {names.Sprints{List: []jira.Sprint{{ID: 1, Name: "A", State: "active"}, {ID: 2, Name: "B", State: "active"}}}, "current", 0, "A (number 1); B (number 2)."},
		"no next one":             {names.Sprints{List: list[:1]}, "next", 0, `Allowed: Sprint 1 (active, number 31).`},
		"an unknown name":         {names.Sprints{List: list[:2]}, "Sprint 9", 0, `"Sprint 9"`},
		"a name, of a partial list": {names.Sprints{List: list[:2], Partial: "no scope for boards"}, "Sprint 9", 0,
			": no scope for boards"},
	} {
		got, err := names.ChooseSprint(c.list, c.given)
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%s: %d, want %d", name, got.ID, c.want)
		}
		var unknown *names.UnknownError
		if err != nil && !errors.As(err, &unknown) {
			t.Errorf("%s: %v is no UnknownError", name, err)
		}
	}
}

// TestOpenSprints checks that the active and future sprints of all boards with
// sprints are listed once, in the order of the boards.
func TestOpenSprints(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{
		"board?projectKeyOrId=PAY":           values(board(1, "A", "scrum", "PAY"), board(2, "B", "kanban", "PAY"), board(3, "C", "simple", "PAY"), board(4, "D", "scrum", "PAY")),
		"board/1/sprint?state=active,future": values(sprint(31, "S1", "active", 1), sprint(32, "S2", "future", 1)),
		"board/3/sprint?state=active,future": `400 {"errorMessages":["The board does not support sprints"]}`,
		"board/4/sprint?state=active,future": values(sprint(32, "S2", "future", 1), sprint(41, "S3", "active", 4)),
	})
	got, err := n.OpenSprints(t.Context(), "PAY")
	if ids := sprintIDs(got.List); err != nil || got.Partial != "" || !slices.Equal(ids, []int64{31, 32, 41}) {
		t.Errorf("%v, partial %q (%v)", ids, got.Partial, err)
	}
	if s, err := n.Sprint(t.Context(), "PAY", " next "); err != nil || s.ID != 32 {
		t.Errorf("next: %v (%v)", s, err)
	}
	site.requests()
	if s, err := n.Sprint(t.Context(), "PAY", "77"); err != nil || s.ID != 77 || len(site.requests()) > 0 {
		t.Errorf("a number is looked up: %v (%v)", s, err)
	}
	if _, err := n.Sprint(t.Context(), "PAY", "-1"); err == nil {
		t.Error("-1 is taken for a number of a sprint")
	}
	n, _ = newNames(t, map[string]string{"board": `500 {"errorMessages":["down"]}`})
	if _, err := n.Sprint(t.Context(), "PAY", "next"); !jira.IsStatus(err, 500) {
		t.Errorf("%v, want Jira's error", err)
	}
}

// sprintIDs returns the numbers of sprints.
func sprintIDs(list []jira.Sprint) []int64 {
	var out []int64
	for _, s := range list {
		out = append(out, s.ID)
	}
	return out
}

// TestSprintsOfIssues checks that without the boards the open sprints come from
// the project's issues, and that the result says why.
func TestSprintsOfIssues(t *testing.T) {
	t.Parallel()
	const sprintField = `[{"id":"customfield_5","name":"Sprint","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}}]`
	issues := `{"issues":[{"id":"1","key":"PAY-1","fields":{"customfield_5":[{"id":30,"name":"S0","state":"closed"},{"id":33,"name":"S3","state":"future","startDate":"2026-04-13T09:00:00.000Z"}]}},
		{"id":"2","key":"PAY-2","fields":{"customfield_5":[{"id":32,"name":"S2","state":"future","startDate":"2026-03-30T09:00:00.000Z"}]}},
		{"id":"3","key":"PAY-3","fields":{"customfield_5":[{"id":31,"name":"S1","state":"active","startDate":"2026-03-16T09:00:00.000Z"},{"id":33,"name":"S3","state":"future"}]}},
		{"id":"4","key":"PAY-4","fields":{"customfield_5":null}}],"isLast":true}`
	for name, c := range map[string]struct{ boards, partial, says string }{
		"no scope":      {`401 {"code":401,"message":"Unauthorized; scope does not match"}`, "read:board-scope:jira-software", ""},
		"no permission": {`403 {"errorMessages":["Forbidden."]}`, "the boards cannot be read: ", ""},
		"no agile API":  {`404 {"errorMessages":["Not there."]}`, "Not there.", ""},
		"an outage":     {`500 {"errorMessages":["down"]}`, "", "down"},
	} {
		n, site := newNames(t, map[string]string{"board": c.boards, "field": sprintField, "search/jql": issues})
		got, err := n.OpenSprints(t.Context(), "PAY")
		if !checkError(t, err, c.says) {
			continue
		}
		if ids := sprintIDs(got.List); !slices.Equal(ids, []int64{31, 32, 33}) || !strings.Contains(got.Partial, c.partial) {
			t.Errorf("%s: %v, partial %q", name, ids, got.Partial)
		}
		if asked := site.requests(); !slices.Contains(asked, `search/jql?jql=project = "PAY" AND (sprint in openSprints() OR sprint in futureSprints())`) {
			t.Errorf("%s: asked %q", name, asked)
		}
		if _, err := n.Sprint(t.Context(), "PAY", "Sprint 9"); err == nil || !strings.Contains(err.Error(), got.Partial) {
			t.Errorf("%s: %v", name, err)
		}
		site.requests()
		if _, err := n.Sprint(t.Context(), "PAY", "Sprint 9"); err == nil || len(site.requests()) == 0 {
			t.Errorf("%s: an unknown name is not looked up again in a partial list (%v)", name, err)
		}
	}
	n, site := newNames(t, map[string]string{"field": siteFields})
	if got, err := n.IssueSprints(t.Context(), "PAY"); err != nil || len(got.List) > 0 || len(site.requests()) != 1 {
		t.Errorf("without a sprint field: %v (%v)", got, err)
	}
	n, site = newNames(t, map[string]string{"field": sprintField, "search/jql": `{"issues":[],"isLast":true}`})
	if _, err := n.IssueSprints(t.Context(), ""); err != nil || !slices.Contains(site.requests(), "search/jql?jql=(sprint in openSprints() OR sprint in futureSprints())") {
		t.Errorf("without a project (%v)", err)
	}
}

// TestPointFields checks that the fields for story points are found by their
// type, and by name only if they are numbers.
func TestPointFields(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"field": `[{"id":"a","name":"Story Points","schema":{"type":"number","custom":"com.atlassian.jira.plugin.system.customfieldtypes:float"}},
		{"id":"b","name":"Schätzung","schema":{"type":"number","custom":"com.pyxis.greenhopper.jira:jsw-story-points"}},{"id":"c","name":"story point estimate","schema":{"type":"number"}},
		{"id":"d","name":"Story Points","schema":{"type":"string"}},{"id":"e","name":"Points","schema":{"type":"number"}}]`})
	if got, err := n.PointFields(t.Context()); err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%q (%v)", got, err)
	}
}
