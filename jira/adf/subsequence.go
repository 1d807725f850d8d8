package adf

// maxTableCells limits the number of cells in the table of a longest common
// subsequence.
const maxTableCells = 1_000_000

// commonSubsequence returns the index pairs of a longest common subsequence, in
// ascending order. Equal elements at either end are paired first. commonMiddle
// compares the rest between them; if that is too large, none of it counts as
// common.
//
//	before  a b c d     after  a x c d     result  [0 0] [2 2] [3 3]
func commonSubsequence[K comparable](before, after []K) [][2]int {
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
	out = commonMiddle(out, before, after, head, tail)
	for i := range tail {
		out = append(out, [2]int{n - tail + i, m - tail + i})
	}
	return out
}

// commonMiddle appends the pairs between the equal head and tail to out.
// Elements that are on one side only cannot be in a pair; it leaves them out
// first, which keeps the table small. The rest is the usual dynamic
// programming: table[i][j] is the length of the longest common subsequence of
// here[i:] and there[j:].
func commonMiddle[K comparable](out [][2]int, before, after []K, head, tail int) [][2]int {
	here, there := before[head:len(before)-tail], after[head:len(after)-tail]
	if len(here) == 0 || len(there) == 0 {
		return out
	}
	rows, columns := indexesInBoth(here, there), indexesInBoth(there, here)
	h, w := len(rows), len(columns)
	if h == 0 || h*w > maxTableCells {
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

// indexesInBoth returns the indexes of the elements of list that other contains
// too.
func indexesInBoth[K comparable](list, other []K) []int {
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
