package adf

import (
	"fmt"
	"strings"
)

// Append adds Markdown after the last block of a document, of which nothing
// else changes.
func Append(d *Node, md string, opts ...Option) (*Node, error) { return join(d, md, false, opts) }

// Prepend adds Markdown before the first block.
func Prepend(d *Node, md string, opts ...Option) (*Node, error) { return join(d, md, true, opts) }

func join(d *Node, md string, before bool, opts []Option) (*Node, error) {
	o := optionsOf(opts)
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
	assignIDs(&out, old)
	return &out, nil
}

// FindError is a text to replace that was not found, or not just once.
type FindError struct {
	Find  string
	Count int
	Block bool // it was found in what cannot be edited, an opaque block
}

// Error implements error.
func (e *FindError) Error() string {
	if e.Count == 0 {
		return fmt.Sprintf("%q is not in the text. It has to be written exactly as the text shows it, escapes and all", brief(e.Find))
	}
	return fmt.Sprintf("%q is in the text %d times; give more of what is around it", brief(e.Find), e.Count)
}

// ReplaceText replaces a piece of a document's Markdown that is in it exactly
// once, and applies that as [Apply] does. The error is a [*FindError] where it
// is not, and what Apply returns.
func ReplaceText(d *Node, find, replace string, opts ...Option) (*Node, *Report, error) {
	md := ToMarkdown(d, opts...)
	find = normal(find)
	if n := strings.Count(md, find); n != 1 || find == "" {
		if find == "" {
			n = 0
		}
		return nil, nil, &FindError{Find: find, Count: n}
	}
	return Apply(d, strings.Replace(md, find, normal(replace), 1), opts...)
}
