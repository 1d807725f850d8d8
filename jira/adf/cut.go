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
	From, To int // The blocks shown: from From, counted from 0, to before To.
	Total    int // The number of blocks in the document.
	Next     int // The offset in characters, in the whole Markdown, at which block To begins.
}

// Cut renders a document from a block on (the first is 0), within a budget of
// characters. It cuts between blocks, and always shows at least one block,
// whatever its size; with a budget of 0 it shows none. A line in the place of
// the omitted blocks says what they are. [Apply] reads this marker, and keeps
// the blocks that it stands for:
//
//	<cut:1-1:acf07d> 1 block (5 characters) not shown here; keep this line
//
//	some text
//
//	<cut:3-4:8b3b1c> 2 blocks (18 characters) not shown here; keep this line
func Cut(d *Node, from, budget int, opts ...Option) View {
	o := newOptions(opts)
	r := &renderer{hideInvisible: o.hideInvisible}
	texts := r.topLevel(d)
	sizes := sizesOf(texts)
	from = max(0, min(from, len(texts)))
	to := from
	if budget > 0 {
		to = cutPoint(sizes, from, budget)
	}
	var parts []string
	if from > 0 {
		parts = append(parts, cutMarker(texts, 0, from))
	}
	parts = append(parts, texts[from:to]...)
	if to < len(texts) {
		parts = append(parts, cutMarker(texts, to, len(texts)))
	}
	v := View{Markdown: strings.Join(parts, "\n\n"), From: from, To: to, Total: len(texts)}
	for _, n := range sizes[:to] {
		v.Next += n + len("\n\n")
	}
	return v
}

// BlockAt returns the block that contains a character of a document's Markdown
// (both counted from 0), and whether the block begins there.
func BlockAt(d *Node, character int, opts ...Option) (block int, begins bool) {
	o := newOptions(opts)
	r := &renderer{hideInvisible: o.hideInvisible}
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

// sizesOf returns the number of characters of each text.
func sizesOf(texts []string) []int {
	sizes := make([]int, len(texts))
	for i, t := range texts {
		sizes[i] = utf8.RuneCountInString(t)
	}
	return sizes
}

// CutInside is a line to put above a text that was cut within a block by other
// means than [Cut]. [Apply] refuses such a text with a [CutError].
const CutInside = "<cut:inside> only a part of a block is shown; edit it with find and replace"

// cutChecksum returns a checksum that ties a marker to the version of the text
// in which it was shown, and to its blocks. If somebody changes the document in
// the meantime, the numbers of blocks in old markers mean nothing; Apply then
// refuses them.
func cutChecksum(texts []string, from, to int) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d-%d", from, to)
	for _, t := range texts {
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(t))
	}
	return fmt.Sprintf("%06x", h.Sum32()&0xffffff)
}

// cutMarker returns the marker for the blocks from index from to before index
// to.
func cutMarker(texts []string, from, to int) string {
	size := 0
	for _, n := range sizesOf(texts[from:to]) {
		size += n
	}
	blocks := "blocks"
	if to-from == 1 {
		blocks = "block"
	}
	return fmt.Sprintf("<cut:%d-%d:%s> %d %s (%d characters) not shown here; keep this line", from+1, to, cutChecksum(texts, from, to), to-from, blocks, size)
}

// cutPoint returns the index of the block before which a text that begins at
// from is cut, or len(sizes) if all of it fits. The page leaves 90 characters
// for the marker, unless the rest of the text fits without one.
func cutPoint(sizes []int, from, budget int) int {
	const line = 90 // The size of a marker.
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

// cutPoints reports for each block whether a page may have begun there: if the
// pages follow one another from the beginning, each cut with one of the
// budgets.
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

// parsedMarker is a marker found in an edited text.
type parsedMarker struct {
	line string
	to   int // The last block it stands for, counted from 1.
}

var markerLine = regexp.MustCompile(`^<cut:([0-9]{1,6})-([0-9]{1,6})(?::([0-9a-f]{6}))?>`)

// parseMarkers returns the markers in an edited text, by the first block they
// stand for (counted from 1). texts are the original's blocks. The error is a
// [CutError] for a marker that was edited, moved into other text, copied, or
// shown for another version of the document. In a code block the same text is
// code.
func parseMarkers(edited string, texts []string) (map[int]parsedMarker, error) {
	if !strings.Contains(edited, "<cut:") {
		return nil, nil
	}
	out, blocks := map[int]parsedMarker{}, len(texts)
	taken := make([]bool, blocks+1)
	lines := strings.Split(edited, "\n")
	fence := ""
	for k, line := range lines {
		if fence = openFence(fence, line); fence != "" {
			continue
		}
		if strings.HasPrefix(line, "<cut:inside>") {
			return nil, &CutError{"<cut:inside>", "a text with a partly shown block cannot be replaced as a whole; edit it with find and replace, or append"}
		}
		m := markerLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if from < 1 || to < from || to > blocks || m[3] != cutChecksum(texts, from-1, to) {
			return nil, &CutError{m[0], "this line was edited, or the text has changed since it was read. Read the text again, and keep such lines unchanged"}
		}
		if line != cutMarker(texts, from-1, to) || k > 0 && lines[k-1] != "" || k+1 < len(lines) && lines[k+1] != "" {
			return nil, &CutError{m[0], "keep this line as it was shown, with an empty line before and after it"}
		}
		for i := from; i <= to; i++ {
			if taken[i] {
				return nil, &CutError{m[0], fmt.Sprintf("block %d occurs twice", i)}
			}
			taken[i] = true
		}
		out[from] = parsedMarker{line, to}
	}
	return out, nil
}

// openFence returns the code fence that is open after a line, or "". open is
// the fence that is open before it.
func openFence(open, line string) string {
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

// markerValue returns the value of a marker's tag, for instance "3-4:8b3b1c".
func markerValue(line string) string {
	value := strings.TrimPrefix(line, "<cut:")
	if end := strings.IndexByte(value, '>'); end >= 0 {
		return value[:end]
	}
	return value
}

// cutStandIn returns a stand-in for the blocks that a marker names, or nil if n
// is no marker. Only Apply knows markers, and only at the top level.
func (c *converter) cutStandIn(n ast.Node) *Node {
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
