package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Number1 writes a number without needless digits.
func Number1(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

func Prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func OrNoneText(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Span is a period, by its days.
func Span(start, end string) string {
	day := func(s string) string { return s[:min(len(s), 10)] }
	if start == "" {
		return ""
	}
	return " " + day(start) + " to " + day(end)
}

// KeyList writes keys, cut when there are many.
func KeyList(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// OneLine folds white space. Most values have none to fold, and are spared
// being taken apart.
func OneLine(s string) string {
	if !strings.ContainsAny(s, "\n\r\t\u00a0\u2028") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// Shorten cuts a text in the middle of the line, for messages.
func Shorten(s string, max int) string {
	if r := []rune(s); len(r) > max {
		return string(r[:max]) + "…"
	}
	return s
}

func Blank(s string) bool { return strings.TrimSpace(s) == "" }

func OrEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}
