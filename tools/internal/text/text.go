// Package text formats values for the texts that models read: numbers, lists,
// times and short forms of long texts. text.go has numbers and texts, time.go
// has times.
package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// FormatNumber returns a number with at most one decimal and without a trailing
// zero: 2.50 → "2.5", 3 → "3".
func FormatNumber(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// PrefixIfSet returns prefix and s, or "" if s is empty.
func PrefixIfSet(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// ValueOrNone returns s, or "none" if it is empty.
func ValueOrNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// DateRange returns the days of a period with a leading space, " 2026-03-01 to
// 2026-03-14" or " from 2026-03-01", or "" without a start. start and end begin with a date.
func DateRange(start, end string) string {
	day := func(s string) string { return s[:min(len(s), 10)] }
	if start == "" {
		return ""
	}
	if end == "" {
		return " from " + day(start)
	}
	return " " + day(start) + " to " + day(end)
}

// JoinKeys joins keys with commas; after the first most it gives the number of
// the others: "PAY-1, PAY-2 and 3 more".
func JoinKeys(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// OneLine returns a text with each run of white space replaced by one space.
// Most values have none to replace and are returned without being split, which
// is faster.
func OneLine(s string) string {
	if !strings.ContainsAny(s, "\n\r\t\u00a0\u2028") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// Shorten returns the first max characters of a text, with an ellipsis if more
// were cut, for messages.
func Shorten(s string, max int) string {
	if r := []rune(s); len(r) > max {
		return string(r[:max]) + "…"
	}
	return s
}

// IsBlank reports whether a text is empty or only white space.
func IsBlank(s string) bool { return strings.TrimSpace(s) == "" }

// ValueOrEmpty returns text, or "empty" if it is empty: an empty field in a
// preview.
func ValueOrEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}

// WithArticle returns a name with the indefinite article: "an Incident", "a Bug",
// "a User Story".
func WithArticle(name string) string {
	lower := strings.ToLower(name)
	isYou := strings.HasPrefix(lower, "us") || strings.HasPrefix(lower, "uni") || strings.HasPrefix(lower, "eu")
	if name != "" && strings.ContainsRune("aeiou", rune(lower[0])) && !isYou {
		return "an " + name
	}
	return "a " + name
}
