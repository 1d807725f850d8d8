package names_test

import (
	"slices"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestFold checks which spellings of a name are the same.
func TestFold(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{"Jürgen  Groß": "jurgen gross", "ÉTÉ": "ete", "Łódź": "lodz", "Smørrebrød": "smorrebrod", "İstanbul": "istanbul", "田中": "田中", "Алёна": "алена", " In  Review ": "in review"} {
		if names.Fold(a) != names.Fold(b) {
			t.Errorf("%q (%q) and %q (%q) differ", a, names.Fold(a), b, names.Fold(b))
		}
	}
	for a, b := range map[string]string{"Done": "Done!", "が": "か", "й": "и"} {
		if names.Fold(a) == names.Fold(b) {
			t.Errorf("%q and %q are the same", a, b)
		}
	}
}

// TestMatchNames checks the order in which names and ids count.
func TestMatchNames(t *testing.T) {
	t.Parallel()
	type item struct{ id, name, original string }
	list := []item{{"1", "Fertig", "Done"}, {"2", "Done", "Completed"}, {"3", "Résumé", ""}, {"4", "Resume", ""}, {"5", "Größe", "1"}, {"6", "in arbeit", "Doing"}, {"7", "In Arbeit", "Doing"}}
	for given, want := range map[string][]string{
		"done": {"2"}, "Completed": {"2"}, "fertig": {"1"}, "resume": {"4"}, "résumé": {"3"}, "RESÚME": {"3", "4"},
		"grosse": {"5"}, "1": {"5"}, "3": {"3"}, "In Arbeit": {"7"}, "IN ARBEIT": {"6", "7"}, "doing": {"6", "7"}, "": nil, "9": nil,
	} {
		var got []string
		for _, i := range names.MatchNames(list, given, func(i item) []string { return []string{i.name, i.original} }, func(i item) string { return i.id }) {
			got = append(got, i.id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
