package adf

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// View is a part of a document as Markdown.
type View struct {
	Markdown string
	From, To int // the blocks shown: from From, counted from 0, to before To
	Total    int // how many there are
}

// Cut renders a document from a block on (the first is 0), to a budget of
// characters at most, cut between blocks. One block is always shown. A line
// in the place of what was left out says what that is; [Apply] reads it, and
// keeps what it stands for.
func Cut(d *Node, from, budget int, opts ...Option) View {
	o := optionsOf(opts)
	r := &renderer{hidden: o.hidden}
	texts := r.topLevel(d)
	from = max(0, min(from, len(texts)))
	to := cutPoint(texts, from, budget)
	var parts []string
	if from > 0 {
		parts = append(parts, marker(texts, 0, from))
	}
	parts = append(parts, texts[from:to]...)
	if to < len(texts) {
		parts = append(parts, marker(texts, to, len(texts)))
	}
	return View{Markdown: strings.Join(parts, "\n\n"), From: from, To: to, Total: len(texts)}
}

func marker(texts []string, from, to int) string {
	size := 0
	for _, t := range texts[from:to] {
		size += utf8.RuneCountInString(t)
	}
	return fmt.Sprintf("<cut:%d-%d> %d blocks (%d characters) are not shown here; keep this line", from+1, to, to-from, size)
}

// cutPoint is the block before which a text that starts at from is cut; all of
// them where nothing has to be.
func cutPoint(texts []string, from, budget int) int {
	const line = 90 // the marker's
	size := 0
	for i := from; i < len(texts); i++ {
		size += utf8.RuneCountInString(texts[i]) + 2
		if size > budget && i > from {
			return i
		}
		if size+line > budget && i+1 < len(texts) && i > from {
			rest := 0
			for _, t := range texts[i+1:] {
				if rest += utf8.RuneCountInString(t) + 2; size+rest > budget {
					return i
				}
			}
		}
	}
	return len(texts)
}

// cutPoints are the places at which pages of this budget are cut.
func cutPoints(texts []string, budget int) []int {
	var out []int
	for at := cutPoint(texts, 0, budget); at < len(texts); at = cutPoint(texts, at, budget) {
		out = append(out, at)
	}
	return out
}

// cutMark is a marker and the last block it stands for, counted from 1.
type cutMark struct {
	line string
	to   int
}

var markerLine = regexp.MustCompile(`^<cut:([0-9]{1,6})-([0-9]{1,6})>`)

// markers finds the markers in a text, by the first block they stand for.
// What looks like one in a code block is code.
func markers(edited string, blocks int) (map[int]cutMark, error) {
	if !strings.Contains(edited, "<cut:") {
		return nil, nil
	}
	out := map[int]cutMark{}
	taken := make([]bool, blocks+1)
	fence := 0
	for line := range strings.Lines(edited) {
		line = strings.TrimSuffix(line, "\n")
		if n := count([]byte(line), '`'); n >= 3 {
			switch {
			case fence == 0:
				fence = n
			case n >= fence && n == len(line):
				fence = 0
			}
		}
		m := markerLine.FindStringSubmatch(line)
		if m == nil || fence > 0 {
			continue
		}
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if from < 1 || to < from || to > blocks {
			return nil, &CutError{m[0], fmt.Sprintf("the document has %d blocks", blocks)}
		}
		for i := from; i <= to; i++ {
			if taken[i] {
				return nil, &CutError{m[0], fmt.Sprintf("block %d is named twice", i)}
			}
			taken[i] = true
		}
		out[from] = cutMark{line, to}
	}
	return out, nil
}

// markerValue is the range that a marker names.
func markerValue(line string) string {
	value := strings.TrimPrefix(line, "<cut:")
	if end := strings.IndexByte(value, '>'); end >= 0 {
		return value[:end]
	}
	return value
}

// cut makes a stand-in for the blocks that a marker names.
func (c *converter) cut(n ast.Node) *Node {
	if c.o.lookup == nil {
		return nil
	}
	t, ok := n.FirstChild().(*tagNode)
	if !ok || t.name != "cut" || t.closing {
		return nil
	}
	if _, ok := n.Parent().(*ast.Document); !ok || c.inCell {
		return nil
	}
	return &Node{Type: cutType, Text: t.value}
}
