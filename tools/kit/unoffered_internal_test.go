package kit

import (
	"testing"
)

func TestWithoutUnoffered(t *testing.T) {
	mayName := func(name string) bool { return name != "jira_no" && name != "jira_never" }
	for text, want := range map[string]string{
		"no project X is visible; jira_no lists the visible ones":            "no project X is visible",
		"no project X is visible; jira_yes lists the visible ones":           "no project X is visible; jira_yes lists the visible ones",
		"No board 7. jira_no lists the boards":                               "No board 7.",
		"No board 7. Use jira_no to list them. Nothing was sent":             "No board 7. Nothing was sent",
		"It may have happened. Check first: jira_no {\"a\":[1]}.\nNext line": "It may have happened.\nNext line",
		"Not included: worklogs (jira_no).":                                  "Not included: worklogs.",
		"jira_no knows":                                                      "",
		"Give a key. Use jira_no, or jira_never with if_updated":             "Give a key.",
		"set if_updated and due_date":                                        "set if_updated and due_date",
		"a; jira_no does it; b":                                              "a; b",
	} {
		if got := withoutUnoffered(text, mayName); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}
