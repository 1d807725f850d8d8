package adf

import (
	"fmt"
	"hash/fnv"
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
	Next     int // the character of the whole Markdown at which block To begins
}

// Cut renders a document from a block on (the first is 0), to a budget of
// characters at most, cut between blocks. One block is always shown, whatever
// its size; none where the budget is 0. A line in the place of what was left
// out says what that is; [Apply] reads it, and keeps what it stands for.
func Cut(d *Node, from, budget int, opts ...Option) View {
	o := optionsOf(opts)
	r := &renderer{hides: o.hides}
	texts := r.topLevel(d)
	sizes := sizesOf(texts)
	from = max(0, min(from, len(texts)))
	to := from
	if budget > 0 {
		to = cutPoint(sizes, from, budget)
	}
	var parts []string
	if from > 0 {
		parts = append(parts, marker(texts, 0, from))
	}
	parts = append(parts, texts[from:to]...)
	if to < len(texts) {
		parts = append(parts, marker(texts, to, len(texts)))
	}
	v := View{Markdown: strings.Join(parts, "\n\n"), From: from, To: to, Total: len(texts)}
	for _, n := range sizes[:to] {
		v.Next += n + len("\n\n")
	}
	return v
}

// BlockAt returns the block in which a character of a document's Markdown is
// (both counted from 0), and whether the block begins there.
func BlockAt(d *Node, character int, opts ...Option) (block int, begins bool) {
	o := optionsOf(opts)
	r := &renderer{hides: o.hides}
	at := 0
	for i, size := range sizesOf(r.topLevel(d)) {
		if next := at + size + len("\n\n"); character >= next {
			at = next
			continue
		}
		return i, character == at
	}
	return len(d.Content), false
}

// sizesOf counts the characters of each text.
func sizesOf(texts []string) []int {
	sizes := make([]int, len(texts))
	for i, t := range texts {
		sizes[i] = utf8.RuneCountInString(t)
	}
	return sizes
}

// CutInside is a line to put above a text that was cut within a block, by
// other means than [Cut]: [Apply] refuses it with a [CutError].
const CutInside = "<cut:inside> only a part of a block is shown; edit it with find and replace"

// seal ties a marker to the version of the text that it was shown in, and to
// the blocks that it stands for there.
func seal(texts []string, from, to int) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d-%d", from, to)
	for _, t := range texts {
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(t))
	}
	return fmt.Sprintf("%06x", h.Sum32()&0xffffff)
}

func marker(texts []string, from, to int) string {
	size := 0
	for _, n := range sizesOf(texts[from:to]) {
		size += n
	}
	blocks := "blocks"
	if to-from == 1 {
		blocks = "block"
	}
	return fmt.Sprintf("<cut:%d-%d:%s> %d %s (%d characters) not shown here; keep this line", from+1, to, seal(texts, from, to), to-from, blocks, size)
}

// cutPoint is the block before which a text that starts at from is cut; all of
// them where nothing has to be.
func cutPoint(sizes []int, from, budget int) int {
	const line = 90 // the marker's
	size := 0
	for i := from; i < len(sizes); i++ {
		size += sizes[i] + 2
		if size > budget && i > from {
			return i
		}
		if size+line > budget && i+1 < len(sizes) && i > from {
			rest := 0
			for _, n := range sizes[i+1:] {
				if rest += n + 2; size+rest > budget {
					return i
				}
			}
		}
	}
	return len(sizes)
}

// cutPoints are the blocks before which a text may have been cut, page after
// page, each with one of the budgets.
func cutPoints(sizes, budgets []int) []bool {
	out := make([]bool, len(sizes)+1)
	out[0] = true
	for at := range sizes {
		if !out[at] {
			continue
		}
		for _, budget := range budgets {
			out[cutPoint(sizes, at, budget)] = true
		}
	}
	return out
}

// cutMark is a marker and the last block it stands for, counted from 1.
type cutMark struct {
	line string
	to   int
}

var markerLine = regexp.MustCompile(`^<cut:([0-9]{1,6})-([0-9]{1,6})(?::([0-9a-f]{6}))?>`)

// markers finds the markers in an edited text, by the first block they stand
// for. texts are the original's blocks. What looks like a marker in a code
// block is code.
func markers(edited string, texts []string) (map[int]cutMark, error) {
	if !strings.Contains(edited, "<cut:") {
		return nil, nil
	}
	out, blocks := map[int]cutMark{}, len(texts)
	taken := make([]bool, blocks+1)
	lines := strings.Split(edited, "\n")
	fence := ""
	for k, line := range lines {
		if fence = fenceAfter(fence, line); fence != "" {
			continue
		}
		if strings.HasPrefix(line, "<cut:inside>") {
			return nil, &CutError{"<cut:inside>", "a text of which a block is shown in part cannot be changed as a whole; edit it with find and replace, or append"}
		}
		m := markerLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if from < 1 || to < from || to > blocks || m[3] != seal(texts, from-1, to) {
			return nil, &CutError{m[0], "this line is not as it was shown, or not of the text as it is now. Read the text again, and keep such a line as it is"}
		}
		if line != marker(texts, from-1, to) || k > 0 && lines[k-1] != "" || k+1 < len(lines) && lines[k+1] != "" {
			return nil, &CutError{m[0], "keep this line as it was shown, with an empty line before and after it"}
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

// fenceAfter is the fence that is open behind a line, "" where none is.
func fenceAfter(open, line string) string {
	for _, c := range []byte("`~") {
		n := count([]byte(line), c)
		switch rest := line[n:]; {
		case n < 3:
		case open == "" && (c == '~' || strings.IndexByte(rest, '`') < 0):
			return line[:n]
		case open != "" && open[0] == c && n >= len(open) && strings.TrimSpace(rest) == "":
			return ""
		}
	}
	return open
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
