package adf

import (
	"hash/maphash"
	"strings"
	"unicode"
)

var seed = maphash.MakeSeed()

// digest is equal for nodes that Markdown shows alike.
func digest(n *Node) uint64 {
	if n.sum != 0 {
		return n.sum
	}
	var h maphash.Hash
	h.SetSeed(seed)
	part := func(s string) {
		h.WriteString(s)
		h.WriteByte(0)
	}
	part(n.Type)
	part(n.Text)
	h.Write(n.Attrs)
	h.WriteByte(1)
	for _, m := range n.Marks {
		part(m.Type)
		h.Write(m.Attrs)
	}
	for _, c := range n.Content {
		if n.Type == cutType {
			break
		}
		sum := digest(c)
		for range 8 {
			h.WriteByte(byte(sum))
			sum >>= 8
		}
	}
	n.sum = max(h.Sum64(), 1)
	return n.sum
}

func digests(nodes []*Node) []uint64 {
	out := make([]uint64, len(nodes))
	for i, n := range nodes {
		out[i] = digest(n)
	}
	return out
}

// align pairs what was shown with what came back, and makes the blocks of the
// result.
func (a *applier) align(before, after []*Node, where place) []*Node {
	var out []*Node
	pairs := common(digests(before), digests(after))
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(before), len(after)}) {
		out = append(out, a.gap(before[i:p[0]], after[j:p[1]], where)...)
		if p[0] < len(before) {
			out = append(out, a.keep(before[p[0]], after[p[1]])...)
		}
		i, j = p[0]+1, p[1]+1
	}
	return out
}

// keep returns what an unchanged block shows.
func (a *applier) keep(shown, back *Node) []*Node {
	switch {
	case shown.Type == cutType:
		return shown.Content
	case shown.orig != nil:
		return []*Node{shown.orig}
	}
	return a.fresh1(back)
}

func (a *applier) fresh1(n *Node) []*Node {
	if n.Type == cutType { // names blocks that the text shows as well
		return nil
	}
	a.fresh[n] = true
	return []*Node{n}
}

// gap makes the blocks of a stretch that differs. Blocks that are alike are
// one that was changed; the others were removed or added.
func (a *applier) gap(before, after []*Node, where place) []*Node {
	if len(before) == 0 || len(after) == 0 {
		var out []*Node
		for _, n := range after {
			out = append(out, a.fresh1(n)...)
		}
		return out
	}
	partner := pairUp(before, after)
	var out []*Node
	for j, n := range after {
		if i := partner[j]; i >= 0 && before[i].orig != nil {
			out = append(out, a.merge(before[i], n, where))
		} else {
			out = append(out, a.fresh1(n)...)
		}
	}
	return out
}

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

// maxCommon bounds the table of a longest common subsequence.
const maxCommon = 1_000_000

// common finds a longest common subsequence: pairs of indexes, in order. What
// is alike at either end is taken as it is; where the rest is too large to be
// compared, nothing of it counts as common.
func common[K comparable](before, after []K) [][2]int {
	n, m, head := len(before), len(after), 0
	for head < n && head < m && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < n-head && tail < m-head && before[n-1-tail] == after[m-1-tail] {
		tail++
	}
	var out [][2]int
	for i := range head {
		out = append(out, [2]int{i, i})
	}
	out = longest(out, before, after, head, tail)
	for i := range tail {
		out = append(out, [2]int{n - tail + i, m - tail + i})
	}
	return out
}

// longest looks at what is left between, less what is on one side only.
func longest[K comparable](out [][2]int, before, after []K, head, tail int) [][2]int {
	here, there := before[head:len(before)-tail], after[head:len(after)-tail]
	if len(here) == 0 || len(there) == 0 {
		return out
	}
	rows, columns := onBothSides(here, there), onBothSides(there, here)
	h, w := len(rows), len(columns)
	if h == 0 || h*w > maxCommon {
		return out
	}
	table := make([]int32, (h+1)*(w+1))
	for i := h - 1; i >= 0; i-- {
		for j := w - 1; j >= 0; j-- {
			at := i*(w+1) + j
			if here[rows[i]] == there[columns[j]] {
				table[at] = table[at+w+2] + 1
			} else {
				table[at] = max(table[at+1], table[at+w+1])
			}
		}
	}
	for i, j := 0, 0; i < h && j < w; {
		at := i*(w+1) + j
		switch {
		case here[rows[i]] == there[columns[j]] && table[at] == table[at+w+2]+1:
			out = append(out, [2]int{head + rows[i], head + columns[j]})
			i, j = i+1, j+1
		case table[at] == table[at+w+1]:
			i++
		default:
			j++
		}
	}
	return out
}

// onBothSides are the indexes of what the other list has too.
func onBothSides[K comparable](list, other []K) []int {
	set := make(map[K]bool, len(other))
	for _, k := range other {
		set[k] = true
	}
	var out []int
	for i, k := range list {
		if set[k] {
			out = append(out, i)
		}
	}
	return out
}
