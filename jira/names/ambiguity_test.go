package names_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestKeyBeforeName checks that a project's key wins over the name of another
// project, in whatever order Jira lists them, and that two projects of one name
// are not guessed.
func TestKeyBeforeName(t *testing.T) {
	t.Parallel()
	project := func(id int, key, name string) string {
		return fmt.Sprintf(`{"id":"%d","key":%q,"name":%q}`, id, key, name)
	}
	n, _ := newNames(t, map[string]string{
		"project/search?query=web":   values(project(1, "AAA", "Web"), project(2, "WEB", "Website")),
		"project/search?query=shop":  values(project(3, "SH", "Shop"), project(4, "SHO", "Shopping")),
		"project/search?query=twins": values(project(5, "TA", "Twins"), project(6, "TB", "Twins")),
	})
	for given, want := range map[string]string{"web": "WEB", "shop": "SH"} {
		if got, err := n.Project(t.Context(), given); got != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", given, got, err, want)
		}
	}
	var unknown *names.UnknownError
	if _, err := n.Project(t.Context(), "twins"); !errors.As(err, &unknown) || !unknown.Ambiguous || len(unknown.Allowed) != 2 {
		t.Errorf("twins: %v", err)
	}
}

// TestExactBoardBeyondTheList checks that on a site with more boards than the
// list holds, an exact name beyond it wins over a part of a name in it, and
// that several parts of a name are not guessed.
func TestExactBoardBeyondTheList(t *testing.T) {
	t.Parallel()
	many := []string{board(1, "Ops 2", "kanban", "PAY")}
	for i := range jira.MaxBoards {
		many = append(many, board(i+10, fmt.Sprintf("Team %d", i), "scrum", "PAY"))
	}
	n, _ := newNames(t, map[string]string{"board": values(many...),
		"board?name=Ops":    values(board(1, "Ops 2", "kanban", "PAY"), board(900, "Ops", "kanban", "OPS")),
		"board?name=Ledger": values(board(901, "Ledger old", "scrum", "OPS"), board(902, "Ledger", "scrum", "OPS")),
		"board?name=Core":   values(board(903, "Core A", "scrum", "OPS"), board(904, "Core B", "scrum", "OPS"))})
	for name, want := range map[string]int64{"Ops": 900, "Ledger": 902} {
		if got, err := n.Board(t.Context(), "", name); got.ID != want || err != nil {
			t.Errorf("%s: %d (%v), want %d", name, got.ID, err, want)
		}
	}
	if _, err := n.Board(t.Context(), "", "Core"); err == nil || !strings.Contains(err.Error(), "Core A (number 903); Core B (number 904)") {
		t.Errorf("Core: %v", err)
	}
}

// TestNothingIsNobody checks that a text without a name or a word finds nothing,
// even if there is only one thing to find.
func TestNothingIsNobody(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": epicTypes, allEpics: epics("PAY-8", "Refunds")})
	for _, blank := range []string{"", " ", "@", "\u00a0"} {
		if u, err := n.User(t.Context(), "assignee", "PAY", blank); err == nil {
			t.Errorf("%q is %v", blank, u)
		}
	}
	if asked := site.requests(); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
	if got, err := n.Epic(t.Context(), "PAY", "???"); err == nil || !strings.Contains(err.Error(), "Allowed: PAY-8 Refunds") {
		t.Errorf("??? is %q (%v)", got, err)
	}
	n, _ = newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": epicTypes, allEpics: epics("PAY-8", "Refunds", "PAY-9", "???")})
	if got, err := n.Epic(t.Context(), "PAY", "???"); got != "PAY-9" || err != nil {
		t.Errorf("an epic called ???: %q (%v)", got, err)
	}
}

// TestWordsKeepTheirMarks checks that combining marks stay in their words.
func TestWordsKeepTheirMarks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"हिन्दी", "ภาษาไทย", "e\u0301te\u0301"} {
		if got := names.PlainWords(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestUndatedSprintIsLast checks that a future sprint without dates is not the
// next one if others are planned.
func TestUndatedSprintIsLast(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"board": `403 {"errorMessages":["Forbidden."]}`,
		"field": `[{"id":"customfield_5","name":"Sprint","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}}]`,
		"search/jql": `{"issues":[{"id":"1","key":"PAY-1","fields":{"customfield_5":[{"id":90,"name":"Someday","state":"future"},
			{"id":91,"name":"Planned","state":"future","startDate":"2026-03-30T09:00:00.000Z"},{"id":80,"name":"Also someday","state":"future"}]}}],"isLast":true}`})
	if got, err := n.Sprint(t.Context(), "PAY", "next"); got.Name != "Planned" || err != nil {
		t.Errorf("next is %q (%v)", got.Name, err)
	}
	known, err := n.OpenSprints(t.Context(), "PAY")
	if ids := sprintIDs(known.List); err != nil || !slices.Equal(ids, []int64{91, 80, 90}) {
		t.Errorf("order %v (%v)", ids, err)
	}
}

// TestDisplayNamesBelongToAnAccount checks that a name that one account found is
// not shown to the next one.
func TestDisplayNamesBelongToAnAccount(t *testing.T) {
	t.Parallel()
	source := &changingCredential{credential.Static{Email: "a@example.com", Token: credential.NewSecret("a")}}
	n, _ := newNames(t, map[string]string{"user/search": list(person(bo, "Bo Berg")), "field": siteFields}, func(o *jira.Options) { o.Credential = source })
	if _, err := n.User(t.Context(), "", "", "Bo"); err != nil || n.DisplayName(bo) != "Bo Berg" {
		t.Fatalf("%q (%v)", n.DisplayName(bo), err)
	}
	source.Static = credential.Static{Email: "b@example.com", Token: credential.NewSecret("b")}
	if _, err := n.Fields(t.Context()); err != nil { // a request with the new credential
		t.Fatal(err)
	}
	if got := n.DisplayName(bo); got != bo {
		t.Errorf("the next account sees %q", got)
	}
}

// TestMentionIsNotGuessed checks that a name is plain text if it may be a part
// of a longer one whose lookup failed.
func TestMentionIsNotGuessed(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"user/search?query=ana": list(person(ana, "Ana Silva")), "user/search?query=ana silva": list(person(ana, "Ana Silva")),
		"user/search?query=ana silva costa": `503 {"errorMessages":["down"]}`})
	doc, err := n.Document(t.Context(), "Description", "@Ana Silva Costa knows", names.Place{})
	if err != nil || strings.Contains(fmt.Sprint(doc), "mention") {
		t.Errorf("%v (%v)", doc, err)
	}
}

// TestJSONLists checks that the items of a JSON array stay whole, whatever they
// are, and that a broken array is text.
func TestJSONLists(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"[1, 2]": {"1", "2"}, `["a, b", 5]`: {"a, b", "5"}, `[{"id":"1","value":"x"}]`: {`{"id":"1","value":"x"}`}, `["a", 5`: {`["a"`, "5"}} {
		if got := names.SplitList(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
