package adf

import (
	"strings"
	"unicode"
)

// maxComparisons limits the number of comparisons of each block with each other.
const maxComparisons = 40_000

// pairSimilar returns for each edited block the index of the shown block that
// it was made from, or -1 for a new one. The pairs are in order, as in an
// alignment of two sequences: of all such pairings it finds the one with the
// largest sum of similarities, by dynamic programming over score[i][j], the
// best sum for before[i:] and after[j:].
//
//	before  "Ask Ana first"   "Deploy on Monday"
//	after   "A new line"      "Deploy on Tuesday"
//	result  [0, 1]            since any two paragraphs are a little similar
//
// The weak pair 0 does no harm: the merge keeps the node and its attributes,
// but only the tokens in common. Lists with more than maxComparisons
// combinations are paired by index, within families.
func pairSimilar(before, after []*Node) []int {
	partner := make([]int, len(after))
	for j := range partner {
		partner[j] = -1
	}
	n, m := len(before), len(after)
	if n*m > maxComparisons {
		for j := range min(n, m) {
			if family(before[j]) == family(after[j]) {
				partner[j] = j
			}
		}
		return partner
	}
	words := func(nodes []*Node) []map[string]int {
		out := make([]map[string]int, len(nodes))
		for i, n := range nodes {
			out[i] = wordCounts(n)
		}
		return out
	}
	wb, wa := words(before), words(after)
	if n == m && similarInPlace(before, after, wb, wa) {
		for j := range partner {
			partner[j] = j
		}
		return partner
	}
	score := make([][]float64, n+1)
	for i := range score {
		score[i] = make([]float64, m+1)
	}
	like := make([]float64, n*m)
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			s := similarity(before[i], after[j], wb[i], wa[j])
			like[i*m+j] = s
			score[i][j] = max(score[i+1][j], score[i][j+1])
			if s > 0 {
				score[i][j] = max(score[i][j], s+score[i+1][j+1])
			}
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch s := like[i*m+j]; {
		case s > 0 && score[i][j] == s+score[i+1][j+1]:
			partner[j] = i
			i, j = i+1, j+1
		case score[i][j] == score[i+1][j]:
			i++
		default:
			j++
		}
	}
	return partner
}

// similarInPlace reports whether all blocks are nearly the same as the ones at
// the same index (similarity of 1 or more). This is so after small changes all
// over a text, and saves the dynamic programming.
func similarInPlace(before, after []*Node, wb, wa []map[string]int) bool {
	for i := range before {
		if similarity(before[i], after[i], wb[i], wa[i]) < 1 {
			return false
		}
	}
	return true
}

// family returns a group of block types that an edit commonly turns into one
// another, such as paragraphs and headings. Blocks of different families are
// never merged. An opaque block is only in one family with itself.
func family(n *Node) string {
	switch n.Type {
	case "paragraph", "heading":
		return "text"
	case "bulletList", "orderedList":
		return "list"
	case "blockquote", "panel":
		return "quote"
	case "tableCell", "tableHeader":
		return "cell"
	case "taskItem", "blockTaskItem":
		return "task"
	case opaqueType:
		return n.Type + string(n.Attrs)
	case "media", "blockCard", "embedCard": // With another address it is another thing.
		return n.Type + n.Attr("id") + "\x00" + n.Attr("url")
	}
	return n.Type
}

// similarity returns how similar a shown and an edited block are. It is 0 for
// blocks of different families, which are never paired. For others it is 0.02,
// or 0.05 if they have the same type, plus the share of words in common: twice
// the number of common words by the number of all words in both (Dice's
// coefficient, 0 to 1). For blocks without words it is 0.5 more. The type thus
// decides between blocks with equally many words in common, and blocks of one
// family with different words can still be paired. wb and wa are the blocks'
// word counts.
func similarity(b, a *Node, wb, wa map[string]int) float64 {
	if family(b) != family(a) || b.Type == cutType {
		return 0
	}
	total, shared := 0, 0
	for w, n := range wb {
		total += n
		shared += min(n, wa[w])
	}
	for _, n := range wa {
		total += n
	}
	s := 0.02
	if b.Type == a.Type {
		s = 0.05
	}
	if total == 0 {
		return s + 0.5
	}
	return s + 2*float64(shared)/float64(total)
}

// wordCounts returns how often each word occurs in the text of a node, including
// the readable text of opaque blocks.
func wordCounts(n *Node) map[string]int {
	out := map[string]int{}
	var b strings.Builder
	plainText(&b, n)
	walk(n, func(c *Node) {
		if c.Type == opaqueType {
			b.WriteString(" " + c.Text)
		}
	})
	for _, w := range strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		out[w]++
	}
	return out
}
