package invisible_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// TestVisibleFormatCharacters checks that format characters with a shape of
// their own are kept: the prefixed signs of Arabic, Syriac and Kaithi, and the
// controls of Egyptian hieroglyphs (UAX #44, Default_Ignorable_Code_Point).
func TestVisibleFormatCharacters(t *testing.T) {
	t.Parallel()
	for _, r := range "\u0600\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430\U0001343f" {
		if text := "a" + string(r) + "1"; invisible.Clean(text) != text {
			t.Errorf("%U was removed", r)
		}
	}
	for _, r := range "\u061c\u180e\u200b\u2066\ufff9\U00013440" {
		text := "a" + string(r) + "1"
		if kept := invisible.Clean(text) == text; kept != (r == 0x13440) {
			t.Errorf("%U: kept %v", r, kept)
		}
	}
}
