package keys_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
)

func TestParse(t *testing.T) {
	for given, want := range map[string]string{
		"PAY-1": "PAY-1", " pay-1 ": "PAY-1", "10150": "10150",
		"https://example.atlassian.net/browse/PAY-123":                                             "PAY-123",
		"https://example.atlassian.net/browse/pay-123/?focus=1":                                    "PAY-123",
		"http://jira.example.com/jira/browse/PAY-9#comment-100":                                    "PAY-9",
		"https://example.atlassian.net/browse/PAY-123 and more":                                    "PAY-123",
		"https://example.atlassian.net/jira/software/projects/PAY/boards/1?selectedIssue=PAY-1":    "PAY-1",
		"https://example.atlassian.net/jira/software/c/projects/PAY/issues/PAY-7?filter=allissues": "PAY-7",
		"https://example.atlassian.net/jira/servicedesk/projects/HELP/queues/custom/1/HELP-2":      "HELP-2",
		"https://example.atlassian.net/servicedesk/customer/portal/1/HELP-2":                       "HELP-2",
		"https://example.com/search?q=PAY-9":                                                       "",
		"https://example.com/PAY-9":                                                                "",
		"https://example.com/search?q=PAY-9 for PAY-1":                                             "PAY-1",
		"<https://example.atlassian.net/browse/PAY-3>.":                                            "PAY-3",
		"[PAY-1](https://example.atlassian.net/browse/PAY-1)":                                      "PAY-1",
		"[PAY-1: Card payments](https://example.atlassian.net/browse/PAY-1)":                       "PAY-1",
		"[PAY-1]": "PAY-1", "#PAY-1": "PAY-1", "`PAY-1`": "PAY-1", "**PAY-1**": "PAY-1",
		"PAY-1: Card payments fail": "PAY-1", "pay-1: covid-19 form": "PAY-1", "PAY-1 - Fix login, logout": "PAY-1", "PAY-1 Card payments": "PAY-1",
		"PAY\u20111": "PAY-1", "PAY\u20131": "PAY-1", "PAY\u22121": "PAY-1",
		"the refund bug PAY-4": "PAY-4",
		"PAY-1 and PAY-2":      "", "PAY-1, PAY-2": "", "PAY-1, nonsense": "", "a covid-19 form": "", "PAY-1/../x": "", "feature/PAY-1": "", "x=PAY-1": "", "see PAY-1.": "PAY-1", "PAY-1 PAY-1": "PAY-1",
		"https://example.atlassian.net/projects/PAY":   "",
		"https://example.atlassian.net/browse/PAY-007": "",
		"the refund bug":       "",
		"PAY":                  "",
		"0":                    "",
		"012":                  "",
		"12345678901234567890": "",
		"":                     "",
	} {
		got, err := keys.Parse(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
}

// TestParseExact checks the texts that are no summary.
func TestParseExact(t *testing.T) {
	for given, want := range map[string]string{
		"PAY-1": "PAY-1", "10150": "10150", "[PAY-1]": "PAY-1", "#pay-1": "PAY-1", "https://example.atlassian.net/browse/PAY-1": "PAY-1", "[PAY-1](https://example.atlassian.net/browse/PAY-1)": "PAY-1",
		"PAY-1: title": "", "UTF-8 support": "", "Saved cards": "", "PAY-1, PAY-2": "", "": "",
	} {
		if got, err := keys.ParseExact(given); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
}

func TestLists(t *testing.T) {
	got, err := keys.ParseList(`["PAY-1", pay-2; PAY-1 10150]`)
	if err != nil || !slices.Equal(got, []string{"PAY-1", "PAY-2", "10150"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := keys.ParseList("PAY-1, nonsense"); err == nil || !strings.Contains(err.Error(), `"nonsense" is not an issue key`) {
		t.Errorf("a text that is no key: %v", err)
	}
	if _, err := keys.ParseList(" "); err == nil {
		t.Error("nothing is a list of keys")
	}
	for list, want := range map[string]string{
		"PAY-1,PAY-2": "PAY-1 PAY-2", "PAY-1 PAY-2": "PAY-1 PAY-2", "PAY-1\nPAY-2": "PAY-1 PAY-2", "- PAY-1\n- PAY-2": "PAY-1 PAY-2", "https://example.atlassian.net/browse/PAY-1, PAY-2": "PAY-1 PAY-2",
		"PAY-1 and PAY-2": "PAY-1 PAY-2", "PAY-1 or PAY-2": "", "PAY-1 - PAY-3": "", "PAY-1 \u2013 PAY-3": "", "PAY-1..PAY-3": "", "1) PAY-1 2) PAY-2": "PAY-1 PAY-2", "1. PAY-1\n2. PAY-2": "PAY-1 PAY-2", "* PAY-1\n* PAY-2": "PAY-1 PAY-2", "PAY-1: title": "PAY-1", "10150, PAY-1": "10150 PAY-1",
	} {
		got, err := keys.ParseList(list)
		if strings.Join(got, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
	many := strings.Repeat("PAY-1 ", 51)
	if got, err := keys.ParseList(many); err != nil || len(got) != 1 {
		t.Errorf("the same key often: %q, %v", got, err)
	}
	good, bad, err := keys.ParseAll([]string{"PAY-1", "the bug", "pay-1"})
	if err != nil || !slices.Equal(good, []string{"PAY-1"}) || !slices.Equal(bad, []string{"the bug"}) {
		t.Errorf("%q, %q, %v", good, bad, err)
	}
	if _, _, err := keys.ParseAll([]string{"the bug"}); err == nil {
		t.Error("no key at all is no error")
	}
	if got := keys.Targets("PAY-1", "secret words", "https://example.com/browse/OPS-2"); !slices.Equal(got, []string{"PAY-1", "OPS-2"}) {
		t.Errorf("targets: %q", got)
	}
	if keys.ProjectTarget("pay")[0] != "PAY" || keys.ProjectTarget("Payments and more") != nil {
		t.Error("a project's key is not told from other words")
	}
}
