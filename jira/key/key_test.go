package key_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// TestProjects checks which texts are project keys, and which of them are
// accepted as arguments.
func TestProjects(t *testing.T) {
	for s, want := range map[string]struct {
		is       bool
		accepted string
	}{
		"PAY": {true, "PAY"}, "pay": {true, "PAY"}, "A1_b": {true, "A1_B"}, "P": {true, ""}, " PAY ": {false, "PAY"},
		"": {}, "1A": {}, "_A": {}, "PAY-1": {}, "P Y": {}, "PÄY": {}, "P) OR (a": {},
		strings.Repeat("A", 31): {true, strings.Repeat("A", 31)}, strings.Repeat("A", 32): {true, ""},
	} {
		accepted, _ := key.ParseProject(s)
		if key.IsProject(s) != want.is || accepted != want.accepted {
			t.Errorf("%q: %v, %q", s, key.IsProject(s), accepted)
		}
	}
}

// TestIssues checks the same for issue keys, and that keys are found in a text.
func TestIssues(t *testing.T) {
	for s, want := range map[string]struct {
		is       bool
		accepted string
	}{
		"PAY-1": {true, "PAY-1"}, "pay-12": {true, "PAY-12"}, "P-1": {true, "P-1"}, " PAY-1 ": {false, "PAY-1"},
		"PAY-0": {true, ""}, "PAY-01": {true, ""}, "PAY-12345678901": {true, ""}, strings.Repeat("A", 101) + "-1": {true, ""},
		"PAY-": {}, "-1": {}, "PAY": {}, "PAY-1-2": {}, "PAY-1a": {}, "PAY -1": {}, "10150": {}, "UTF-8": {true, "UTF-8"},
	} {
		accepted, _ := key.ParseIssue(s)
		if key.IsIssue(s) != want.is || accepted != want.accepted {
			t.Errorf("%q: %v, %q", s, key.IsIssue(s), accepted)
		}
	}
	if project, number, ok := key.SplitIssue("Pay-007"); project != "Pay" || number != "007" || !ok {
		t.Errorf("%q, %q, %v", project, number, ok)
	}
	if got := key.FindIssues("PAY-1, OPS-22: see XPAY-3x and covid-19, (DOCS-4) 1A-2"); !slices.Equal(got, []string{"PAY-1", "OPS-22", "DOCS-4"}) {
		t.Errorf("in a text: %q", got)
	}
}

// FuzzAcceptedIsRecognised checks that every accepted argument is also
// recognised in a text, an answer or a query; otherwise it could pass a fence.
func FuzzAcceptedIsRecognised(f *testing.F) {
	for _, s := range []string{"PAY", "pay-1", " A_1-10 ", "UTF-8", "ſ-1", "K-1", "A-1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, ok := key.ParseProject(s); ok && (!key.IsProject(k) || k != strings.ToUpper(k)) {
			t.Errorf("project %q is accepted as %q and not recognised", s, k)
		}
		k, ok := key.ParseIssue(s)
		if !ok {
			return
		}
		project, _, recognised := key.SplitIssue(k)
		if !recognised || !key.IsIssue(k) || !key.IsProject(project) || !slices.Equal(key.FindIssues("see "+k+", please"), []string{k}) {
			t.Errorf("issue %q is accepted as %q and not recognised", s, k)
		}
	})
}

func Example() {
	k, ok := key.ParseIssue(" pay-123 ")
	fmt.Println(k, ok)
	project, number, _ := key.SplitIssue(k)
	fmt.Println(project, number)
	fmt.Println(key.FindIssues("PAY-1 blocks OPS-7"))
	// Output:
	// PAY-123 true
	// PAY 123
	// [PAY-1 OPS-7]
}
