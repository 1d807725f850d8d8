package adf

import (
	"fmt"
	"strings"
)

// Limits on Markdown, checked before goldmark runs: goldmark takes quadratic
// time on some input (nested quotes and lists, unclosed links, wide tables).
const (
	MaxMarkdown = 128 << 10 // In bytes.
	maxNesting  = 100       // Quotes and lists inside one another.
	maxUnclosed = 1000      // "](" without an end.
	maxMarkers  = 20_000    // Of one kind: brackets, emphasis delimiters, bars.
	maxCells    = 20_000    // Of all tables together.
	maxNested   = 300_000   // The deepest nesting times the number of lines.
	maxLinkRefs = 2000      // Link definitions.
)

// LimitError reports Markdown beyond the limits of [FromMarkdown].
type LimitError struct{ Reason string }

// Error implements error.
func (e *LimitError) Error() string { return "Markdown refused: " + e.Reason }

// checkLimits returns a [LimitError] for Markdown that could take goldmark too
// long. It estimates from single lines and characters, without parsing.
func checkLimits(md string) error {
	if len(md) > MaxMarkdown {
		return &LimitError{fmt.Sprintf("%d bytes; at most %d are allowed", len(md), MaxMarkdown)}
	}
	lines, deepest, columns, cells := 0, 0, 0, 0
	for line := range strings.Lines(md) {
		lines++
		switch width := tableWidth(line); {
		case width > 1:
			columns = width
			cells += 2 * width // The header and the line below it.
		case strings.TrimSpace(line) == "":
			columns = 0
		default: // A row of that width, even without a bar in it.
			cells += columns
		}
		if cells > maxCells {
			return &LimitError{fmt.Sprintf("tables of more than %d cells, one of %d columns", maxCells, columns)}
		}
		deepest = max(deepest, nesting(line))
		if deepest > maxNesting {
			return &LimitError{fmt.Sprintf("quotes or lists nested more than %d deep", maxNesting)}
		}
	}
	if deepest*lines > maxNested {
		return &LimitError{fmt.Sprintf("quotes or lists nested %d deep in a text of %d lines", deepest, lines)}
	}
	brackets, stars, bars, links, shut, details, refs := 0, 0, 0, 0, 0, 0, 0
	for i := 0; i < len(md); i++ {
		switch md[i] {
		case '[', '<':
			brackets++
			if strings.HasPrefix(md[i:], "<details") {
				details++
			}
		case '*', '_', '~', '`':
			stars++
		case '|':
			bars++
		case ':':
			if i > 0 && md[i-1] == ']' {
				refs++
			}
		case '(':
			if i > 0 && md[i-1] == ']' {
				links++
			}
		case ')':
			shut++
		}
	}
	switch {
	case links-shut > maxUnclosed:
		return &LimitError{fmt.Sprintf("%d unclosed links; at most %d are allowed", links-shut, maxUnclosed)}
	case refs > maxLinkRefs:
		return &LimitError{fmt.Sprintf("%d link definitions; at most %d are allowed", refs, maxLinkRefs)}
	case brackets > maxMarkers, stars > maxMarkers, bars > maxMarkers:
		return &LimitError{fmt.Sprintf("more than %d markers of one kind", maxMarkers)}
	case details > maxNesting:
		return &LimitError{fmt.Sprintf("%d <details>; at most %d are allowed", details, maxNesting)}
	}
	return nil
}

// tableWidth returns the number of columns of the table that the line delimits:
// 3 for "|---|:-:|---|". It returns 0 for any other line.
func tableWidth(line string) int {
	if strings.IndexByte(line, '-') < 0 || strings.Trim(line, " \t\r\n|:->") != "" {
		return 0
	}
	line = strings.Trim(line, " \t\r\n>")
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	return strings.Count(line, "|") + 1
}

// nesting estimates the number of quotes and lists that a line opens or
// continues: 3 for "> - 1. x". 20 blanks count as one level.
func nesting(line string) int {
	depth, indent := 0, 0
	for i := 0; i < len(line); i++ {
		start := i
		for i < len(line) && line[i] >= '0' && line[i] <= '9' {
			i++
		}
		if i == len(line) {
			break
		}
		numbered := i > start
		switch c := line[i]; {
		case numbered && (c == '.' || c == ')') && blankIn(line, i+1), !numbered && c == '>',
			!numbered && (c == '-' || c == '*' || c == '+') && blankIn(line, i+1):
			depth++
		case !numbered && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			indent++
		default:
			return max(depth, indent/20)
		}
	}
	return max(depth, indent/20)
}

// blankIn reports whether line has a blank at i, or ends there.
func blankIn(line string, i int) bool { return i >= len(line) || isBlank(line[i]) }
