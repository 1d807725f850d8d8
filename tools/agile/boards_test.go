package agile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestActiveSprintsOfManyBoards checks that boards beyond the first are marked as
// not looked up, and that sprints of other boards are shown.
func TestActiveSprintsOfManyBoards(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) {
		for n := range 24 {
			copied := *s.Boards[0]
			copied.ID, copied.Name = int64(100+n), fmt.Sprintf("Team %d board", n)
			s.Boards = append(s.Boards, &copied)
		}
	})
	text, _ := b.Ok("jira_list_boards", `{}`)
	for _, want := range []string{"1 | PAY board | scrum | PAY | PAY Sprint 14\n", "2 | OPS board | kanban | OPS | \n", "not for the 8 marked with ?", "123 | Team 23 board | scrum | PAY | ?", "Team 3 board | scrum | PAY | PAY Sprint 14 (of another board)"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
}

// TestUnreadActiveSprints checks that a board whose sprints cannot be read fails
// nothing and is named.
func TestUnreadActiveSprints(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/board/4/sprint") {
			return http.StatusNotFound
		}
		return 0
	}})
	text, _ := b.Ok("jira_list_boards", `{}`)
	for _, want := range []string{"PAY Sprint 14", "4 | Release train | scrum | OPS | ?", "The active sprints of Release train could not be read: Jira answered 404"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
}

// TestSprintByNumberAlone checks that the number of a sprint is enough to report
// and change it, and that names with commas and names that are numbers work.
func TestSprintByNumberAlone(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	if text, _ := b.Ok("jira_sprint_report", `{"sprint":34}`); !strings.Contains(text, "PAY Sprint 14, active") || !strings.Contains(text, "| PAY board") {
		t.Error(text)
	}
	if text, _ := b.Ok("jira_manage_sprint", `{"action":"edit","sprint":"35","goal":"Only cards","dry_run":true}`); !strings.Contains(text, "Only cards") {
		t.Error(text)
	}
	b.Refused("jira_sprint_report", `{"sprint":"No such sprint"}`, "give board")
	for _, name := range []string{"Sprint 1, 2027", "14"} {
		b.Ok("jira_manage_sprint", toolstest.JSONArgs(t, "action", "create", "board", "PAY board", "name", name))
		for tool, args := range map[string]string{
			"jira_sprint_report":  toolstest.JSONArgs(t, "project", "PAY", "sprint", name),
			"jira_move_to_sprint": toolstest.JSONArgs(t, "sprint", name, "issues", []string{"PAY-11"}, "dry_run", true),
			"jira_update_issue":   toolstest.JSONArgs(t, "issue", "PAY-11", "sprint", name, "dry_run", true),
		} {
			if text, _ := b.Ok(tool, args); !strings.Contains(text, name) {
				t.Errorf("%s %s: %s", tool, args, text)
			}
		}
	}
}
