package wire

import "testing"

// TestPrefixLength checks the marked part of a suggestion: it equals the typed
// text in any case, and ends at the end of a character, although the two can
// differ in bytes.
func TestPrefixLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, prefix string
		want         int
	}{
		{"In Progress", "in", 2}, {"In Progress", "", 0}, {"In Progress", "In Progress", 11}, {"In", "In Progress", -1}, {"Done", "in", -1},
		{"Äpfel", "ä", 2}, {"\u212Aelvin", "k", 3}, {"kelvin", "\u212A", 1}, {"\u023Abc", "\u2C65", 2}, {"ſprint", "S", 2}, {"", "x", -1},
	} {
		if got := prefixLength(c.text, c.prefix); got != c.want {
			t.Errorf("prefixLength(%q, %q) = %d, want %d", c.text, c.prefix, got, c.want)
		}
	}
}
