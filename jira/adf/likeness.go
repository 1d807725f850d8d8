package adf

import (
	"strings"
	"unicode"
)

// maxPairs bounds the work of comparing each with each.
const maxPairs = 40_000

// pairUp finds for each of after the one of before that it was made of, in
// order; -1 where there is none.
func pairUp(before, after []*Node) []int {
	partner := make([]int, len(after))
	for j := range partner {
		partner[j] = -1
	}
	n, m := len(before), len(after)
	if n*m > maxPairs {
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
			out[i] = wordsOf(n)
		}
		return out
	}
	wb, wa := words(before), words(after)
	if n == m && inPlace(before, after, wb, wa) {
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
			s := likeness(before[i], after[j], wb[i], wa[j])
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

// inPlace reports that every block has most of its words where it was: small
// changes all over a text.
func inPlace(before, after []*Node, wb, wa []map[string]int) bool {
	for i := range before {
		if likeness(before[i], after[i], wb[i], wa[i]) < 1 {
			return false
		}
	}
	return true
}

// family groups the types that turn into one another when a text is edited.
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
	case "media", "blockCard", "embedCard": // another address is another thing
		return n.Type + n.attr("id") + "\x00" + n.attr("url")
	}
	return n.Type
}

// likeness is 0 for blocks that have nothing to do with one another, and up to
// 2 for those that are nearly the same.
func likeness(b, a *Node, wb, wa map[string]int) float64 {
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

func wordsOf(n *Node) map[string]int {
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
