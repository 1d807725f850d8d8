package adf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Append returns the document with Markdown added after its last block. Nothing
// else of it changes.
func Append(d *Node, md string, opts ...Option) (*Node, error) { return addBlocks(d, md, false, opts) }

// Prepend returns the document with Markdown added before its first block.
func Prepend(d *Node, md string, opts ...Option) (*Node, error) { return addBlocks(d, md, true, opts) }

// addBlocks returns the document with the blocks of md added at one end.
func addBlocks(d *Node, md string, before bool, opts []Option) (*Node, error) {
	o := newOptions(opts)
	added, err := fromMarkdown(md, &o)
	if err != nil {
		return nil, err
	}
	old := map[*Node]bool{}
	walk(d, func(n *Node) { old[n] = true })
	out := *d
	if before {
		out.Content = append(append([]*Node{}, added...), d.Content...)
	} else {
		out.Content = append(append([]*Node{}, d.Content...), added...)
	}
	assignIDs(&out, old, nil)
	return &out, nil
}

// FindError reports a text to replace that does not occur exactly once.
type FindError struct {
	Find  string
	Count int
	Shown string // If Count is 0: the text that the document shows instead, if only markup, escapes or white space differ.
}

// Error implements error.
func (e *FindError) Error() string {
	switch {
	case e.Shown != "":
		return fmt.Sprintf("%q is not in the text; the text shows %q. Copy that", shorten(e.Find, maxShownFind), e.Shown)
	case e.Count == 0:
		return fmt.Sprintf("%q is not in the text. Copy it exactly as the text shows it, including escapes", shorten(e.Find, maxShownFind))
	}
	return fmt.Sprintf("%q is in the text %d times; include more of the surrounding text", shorten(e.Find, maxShownFind), e.Count)
}

// shorten returns s, cut to a number of characters.
func shorten(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// maxShownFind is how much of the text to find an error message repeats.
const maxShownFind = 80

// findIgnoringMarkup returns the only piece of text that has the same letters
// as find, without regard to markup, escapes and white space, or "" if there is
// none or several. It helps callers who remember the words without the markup:
// "Do not deploy" finds "Do **not** deploy".
func findIgnoringMarkup(text, find string) string {
	letters := func(s string) (out string, at []int) {
		var b strings.Builder
		for i, r := range s {
			if strings.ContainsRune("*_~`\\", r) || unicode.IsSpace(r) {
				continue
			}
			b.WriteRune(r)
			for range utf8.RuneLen(r) {
				at = append(at, i)
			}
		}
		return b.String(), at
	}
	all, at := letters(text)
	piece, _ := letters(find)
	if len(piece) < 3 || strings.Count(all, piece) != 1 {
		return ""
	}
	start := strings.Index(all, piece)
	end := at[start+len(piece)-1]
	_, size := utf8.DecodeRuneInString(text[end:])
	return text[at[start] : end+size]
}

// occurrences returns how often piece occurs in text, including occurrences
// that overlap: "aa" occurs twice in "aaa".
func occurrences(text, piece string) int {
	n := 0
	for piece != "" {
		i := strings.Index(text, piece)
		if i < 0 {
			break
		}
		n++
		text = text[i+1:]
	}
	return n
}

// ReplaceText replaces a piece of a document's Markdown that occurs exactly
// once, and applies the edit as [Apply] does. The error is a [*FindError] if
// the piece does not occur once, or an error of Apply.
func ReplaceText(d *Node, find, replace string, opts ...Option) (*Node, *Report, error) {
	md := ToMarkdown(d, opts...)
	find = normalize(find)
	if n := occurrences(md, find); n != 1 {
		e := &FindError{Find: find, Count: n}
		if n == 0 {
			e.Shown = findIgnoringMarkup(md, find)
		}
		return nil, nil, e
	}
	return Apply(d, strings.Replace(md, find, normalize(replace), 1), opts...)
}
