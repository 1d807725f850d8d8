package names_test

import (
	"encoding/json"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// linkTypes are a site's link types. The name of the second is the inward
// phrase of the first.
const linkTypes = `{"issueLinkTypes":[{"id":"1","name":"Blocks","inward":"is blocked by","outward":"blocks"},{"id":"2","name":"is blocked by","inward":"comes after","outward":"comes before"},
	{"id":"3","name":"Relates","inward":"relates to","outward":"relates to"},{"id":"4","name":"Cause","inward":"comes before","outward":"causes"}]}`

// TestParseLink checks the type and the direction of a link, and the issue at
// its other end.
func TestParseLink(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		id      string
		outward bool
		phrase  string
		says    string
	}{
		"blocks PAY-2":             {"1", true, "blocks", ""},
		" IS  blocked\tby  PAY-2 ": {"1", false, "is blocked by", ""},
		"Blocks PAY-2":             {"1", true, "blocks", ""},
		"relates to PAY-2":         {"3", true, "relates to", ""},
		"Relates PAY-2":            {"3", true, "relates to", ""},
		"comes before PAY-2":       {"", false, "", `"comes before" could be any of: `}, // outward words of one type, and inward words of another
		"comes after PAY-2":        {"2", false, "comes after", ""},
		"relates PAY-2":            {"3", true, "relates to", ""},
		"depends on PAY-2":         {"1", false, "is blocked by", ""},
		"is caused by PAY-2":       {"", false, "", `No link type "is caused by"`},
		"cause PAY-2":              {"4", true, "causes", ""},
		"4 PAY-2":                  {"4", true, "causes", ""},
		"blocked by PAY-2":         {"1", false, "is blocked by", ""},
		"is blokced by PAY-2":      {"", false, "", `mean "is blocked by"? Allowed: blocks / is blocked by, `},
		"PAY-2":                    {"", false, "", `a link is a link type and an issue key`},
		"":                         {"", false, "", `a link is a link type and an issue key`},
	} {
		n, _ := newNames(t, map[string]string{"issueLinkType": linkTypes})
		got, err := n.ParseLink(t.Context(), text)
		if checkError(t, err, c.says) && (got.Type.ID != c.id || got.Outward != c.outward || got.Other != "PAY-2" || got.Phrase() != c.phrase) {
			t.Errorf("%q: %+v, phrase %q", text, got, got.Phrase())
		}
	}
	n, _ := newNames(t, map[string]string{"issueLinkType": `403 {"errorMessages":["No."]}`})
	if _, err := n.ParseLink(t.Context(), "blocks PAY-2"); !jira.IsStatus(err, 403) {
		t.Error(err)
	}
}

// TestLinkOnCreate checks at which end of a link the other issue is. A link
// with outwardIssue is labelled with the outward phrase (contract, IssueLink):
// the issue itself blocks the outward issue.
func TestLinkOnCreate(t *testing.T) {
	t.Parallel()
	kind := jira.LinkType{ID: "1", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"}
	for want, link := range map[string]names.Link{
		`{"add":{"outwardIssue":{"key":"PAY-2"},"type":{"id":"1"}}}`: {Type: kind, Outward: true, Other: "PAY-2"},
		`{"add":{"inwardIssue":{"key":"PAY-2"},"type":{"id":"1"}}}`:  {Type: kind, Outward: false, Other: "PAY-2"},
	} {
		if got, err := json.Marshal(names.LinkOnCreate(link)); err != nil || string(got) != want {
			t.Errorf("%s, want %s (%v)", got, want, err)
		}
	}
}
