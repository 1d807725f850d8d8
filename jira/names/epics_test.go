package names_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// epicTypes are issue types of a project, two of them at the level of epics.
const epicTypes = `{"issueTypes":[{"id":"1","name":"Story","hierarchyLevel":0},{"id":"5","name":"Epic","hierarchyLevel":1},{"id":"6","name":"Theme","hierarchyLevel":2},{"id":"7","name":"Capability","hierarchyLevel":1},{"id":"8","name":"Sub-task","hierarchyLevel":-1}],"total":5}`

// Queries for the open epics of PAY.
const (
	allEpics   = `search/jql?jql=project = "PAY" AND issuetype IN (5, 7) AND statusCategory != Done ORDER BY created DESC`
	epicsAbout = `search/jql?jql=project = "PAY" AND issuetype IN (5, 7) AND statusCategory != Done AND summary ~ `
)

// epics returns a page of a search, with pairs of a key and a summary.
func epics(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, `{"id":"`+strconv.Itoa(i+1)+`","key":"`+pairs[i]+`","fields":{"summary":"`+pairs[i+1]+`"}}`)
	}
	return `{"issues":` + list(out...) + `,"isLast":true}`
}

// TestEpic checks that an open epic is found by its summary or by words of it.
func TestEpic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		summary, query string
		answer         string
		want, says     string
	}{
		"a summary":                       {"Checkout", `"Checkout"`, epics("PAY-1", "Checkout"), "PAY-1", ""},
		"a summary among longer ones":     {" checkout ", `"checkout"`, epics("PAY-3", "New checkout", "PAY-1", "Checkout"), "PAY-1", ""},
		"words of a single epic":          {"checkout", `"checkout"`, epics("PAY-3", "New checkout flow"), "PAY-3", ""},
		"words of several epics":          {"flow", `"flow"`, epics("PAY-3", "New checkout flow", "PAY-1", "Refund flow"), "", `"flow" could be any of: PAY-3 New checkout flow; PAY-1 Refund flow.`},
		"two epics of the summary":        {"Flow", `"Flow"`, epics("PAY-3", "Flow", "PAY-1", "flow"), "", "PAY-3 Flow; PAY-1 flow."},
		"characters of JQL's text search": {`pay* "or" (x) -y~`, `"pay or x y"`, epics("PAY-3", "A"), "PAY-3", ""},
		"letters of other scripts":        {"Über-Prüfung 支払", `"Über Prüfung 支払"`, epics("PAY-3", "A"), "PAY-3", ""},
		"a summary that no epic has":      {"Refnds", `"Refnds"`, epics(), "", `Allowed: PAY-8 Refunds, PAY-9 Checkout.`},
		"an error of Jira":                {"x", `"x"`, `400 {"errorMessages":["Bad query."]}`, "", "Bad query."},
	} {
		n, site := newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": epicTypes, epicsAbout + c.query + " ORDER BY created DESC": c.answer, allEpics: epics("PAY-8", "Refunds", "PAY-9", "Checkout")})
		got, err := n.Epic(t.Context(), "PAY", c.summary)
		if checkError(t, err, c.says) && got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if asked := site.requests(); len(asked) < 2 || asked[1] != epicsAbout+c.query+" ORDER BY created DESC" {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// TestEpicErrors checks the errors of each request, and a project without
// epics.
func TestEpicErrors(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": `404 {"errorMessages":["No."]}`})
	if _, err := n.Epic(t.Context(), "PAY", "x"); !jira.IsStatus(err, 404) {
		t.Error(err)
	}
	n, _ = newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": epicTypes, epicsAbout + `"x" ORDER BY created DESC`: epics(), allEpics: `500 {"errorMessages":["down"]}`})
	if _, err := n.Epic(t.Context(), "PAY", "x"); !jira.IsStatus(err, 500) {
		t.Error(err)
	}
	n, site := newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": `{"issueTypes":[{"id":"1","name":"Story"}],"total":1}`})
	_, err := n.Epic(t.Context(), "PAY", "x")
	var unknown *names.UnknownError
	if !errors.As(err, &unknown) || len(unknown.Allowed) > 0 || slices.ContainsFunc(site.requests(), func(s string) bool { return strings.HasPrefix(s, "search") }) {
		t.Errorf("without a type for epics: %v", err)
	}
}

// TestPlainWords checks that only letters and digits are left of a text.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "a  b": "a b", `"a" AND (b*)`: "a AND b", "2026-01": "2026 01", "naïve Ünï": "naïve Ünï", "~!?": "", "a\\u0022b": "a u0022b"} {
		if got := names.PlainWords(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
