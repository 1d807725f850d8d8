package adf

import (
	"fmt"
	"strings"
)

// Limits on Markdown. goldmark is quadratic on some input (nested quotes and
// lists, unclosed links, wide tables), so they are checked before it runs.
const (
	MaxMarkdown = 128 << 10 // bytes
	maxNesting  = 100       // quotes and lists inside one another
	maxUnclosed = 1000      // "](" without an end
	maxMarkers  = 20_000    // of one kind: brackets, emphasis delimiters, bars
	maxCells    = 20_000    // a table's columns by the lines of the text
	maxNested   = 300_000   // the deepest nesting by the lines of the text
	maxLinkRefs = 2000      // link definitions
)

// LimitError is Markdown beyond what [FromMarkdown] reads.
type LimitError struct{ Reason string }

// Error implements error.
func (e *LimitError) Error() string { return "Markdown refused: " + e.Reason }

func checkLimits(md string) error {
	if len(md) > MaxMarkdown {
		return &LimitError{fmt.Sprintf("%d bytes; at most %d are read", len(md), MaxMarkdown)}
	}
	columns, lines, deepest := 0, 0, 0
	for line := range strings.Lines(md) {
		lines++
		// The row under a table's head sets the width, and each later line is
		// a row of that width, even without a bar in it.
		if strings.IndexByte(line, '-') >= 0 && strings.Trim(line, " \t\r\n|:->") == "" {
			columns = max(columns, strings.Count(line, "|")+1)
		}
		deepest = max(deepest, nesting(line))
		if deepest > maxNesting {
			return &LimitError{fmt.Sprintf("quotes or lists nested more than %d deep", maxNesting)}
		}
	}
	if columns > 1 && columns*lines > maxCells {
		return &LimitError{fmt.Sprintf("a table of %d columns in a text of %d lines; at most %d cells are read", columns, lines, maxCells)}
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
		return &LimitError{fmt.Sprintf("%d links are not closed; at most %d may be", links-shut, maxUnclosed)}
	case refs > maxLinkRefs:
		return &LimitError{fmt.Sprintf("%d link definitions; at most %d are read", refs, maxLinkRefs)}
	case brackets > maxMarkers, stars > maxMarkers, bars > maxMarkers:
		return &LimitError{fmt.Sprintf("more than %d markers of one kind", maxMarkers)}
	case details > maxNesting:
		return &LimitError{fmt.Sprintf("%d <details>; at most %d are read", details, maxNesting)}
	}
	return nil
}

// nesting is how many quotes and lists a line can open or go on with.
func nesting(line string) int {
	depth, indent := 0, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '>' || c == '-' || c == '*' || c == '+':
			depth++
		case c == ' ' || c == '\t':
			indent++
		case c == '.' || c == ')':
			if i+1 >= len(line) || isBlank(line[i+1]) {
				depth++
			}
		case c >= '0' && c <= '9':
		default:
			return max(depth, indent/20)
		}
	}
	if strings.Trim(line, "-*_ \t\r\n") == "" && !strings.Contains(line, "- -") && !strings.Contains(line, "* *") {
		return indent / 20 // a rule, or a line of blanks
	}
	return max(depth, indent/20)
}
