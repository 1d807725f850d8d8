package adf

import (
	"slices"
	"unicode/utf8"
)

// delim is a delimiter that was written: of emphasis, or a bracket of a link.
type delim struct {
	at     int // The offset in the text.
	char   byte
	length int
	opens  bool
	opener int // For a closing one, the index of its opening one.
}

// delimRun is a run of equal delimiter characters, which is the unit of
// CommonMark's algorithm.
type delimRun struct {
	char              byte
	length, original  int
	canOpen, canClose bool
	inactive          bool
}

// delimPair is a pair of runs of which length characters match.
type delimPair struct{ open, shut, length int }

// delimitersMatch reports whether a CommonMark parser pairs the delimiters in b
// as they were meant:
// https://spec.commonmark.org/0.31.2/#phase-2-inline-structure
//
// It runs the parser's algorithm on the written delimiters only: newRun decides
// which runs can open and close emphasis from the characters around them, and
// matchDelimiters pairs them. The written text is right if this gives exactly
// the pairs that were meant. Other delimiters in the text do not interfere,
// since writeText escapes those that could match.
//
// The text of a link is parsed on its own, before the text around it. Its
// delimiters are checked on their own likewise. Example: for the strong text
// "-bar" after "foo", in foo**-bar**, the first run is between a letter and a
// punctuation mark. It can only close, so the result is false.
func delimitersMatch(b []byte, list []delim) bool {
	if len(list) == 0 {
		return true
	}
	// The arrays keep the slices of common texts on the stack.
	var room [16]delim
	var places [32]int
	outer := room[:0]
	index := append(places[:0], make([]int, len(list))...) // The position of each delimiter in its own list.
	for i := 0; i < len(list); i++ {
		if list[i].char != '[' {
			index[i] = len(outer)
			outer = append(outer, list[i])
			continue
		}
		var inner []delim
		for i++; i < len(list) && list[i].char != ']'; i++ {
			index[i] = len(inner)
			inner = append(inner, list[i])
		}
		if !pairsMatch(b, inner, index) {
			return false
		}
	}
	return pairsMatch(b, outer, index)
}

// pairsMatch does this for the delimiters of one level. Adjacent delimiters of
// the same character are one run to a parser: the *** of bold in italic text
// has two delimiters. index translates the opener of a delimiter to its index
// in list.
func pairsMatch(b []byte, list []delim, index []int) bool {
	if len(list) == 0 {
		return true
	}
	var roomRuns [16]delimRun
	var roomOf [16]int
	var roomWant [8]delimPair
	runs, runOf, want := roomRuns[:0], append(roomOf[:0], make([]int, len(list))...), roomWant[:0]
	for i := 0; i < len(list); {
		start, end := list[i].at, list[i].at
		first := i
		for i < len(list) && list[i].at == end && list[i].char == list[first].char {
			end += list[i].length
			runOf[i] = len(runs)
			i++
		}
		runs = append(runs, newRun(b, start, end))
	}
	for i, d := range list {
		if !d.opens {
			want = append(want, delimPair{runOf[index[d.opener]], runOf[i], d.length})
		}
	}
	got, ok := matchDelimiters(runs)
	if !ok || len(got) != len(want) {
		return false
	}
	order := func(a, b delimPair) int {
		if a.open != b.open {
			return a.open - b.open
		}
		if a.shut != b.shut {
			return a.shut - b.shut
		}
		return a.length - b.length
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	return slices.Equal(want, got)
}

// newRun returns the run from start to end. It can open emphasis if it is
// left-flanking, and close it if it is right-flanking, by the characters before
// and after it; see flanking. Strikethrough needs exactly two tildes.
func newRun(b []byte, start, end int) delimRun {
	before, after := '\n', ' '
	if start > 0 {
		before, _ = utf8.DecodeLastRune(b[:start])
	}
	if end < len(b) {
		after, _ = utf8.DecodeRune(b[end:])
	}
	r := delimRun{char: b[start], length: end - start, original: end - start}
	r.canOpen, r.canClose = flanking(before, after)
	if r.char == '~' && (r.length != 2 || before == '~') {
		r.inactive = true
	}
	return r
}

// matchDelimiters pairs the runs as CommonMark does: for each closing run the
// nearest opening one before it, of the same character. ok is false if
// delimiters are left over. The condition on multiples of 3 is the standard's:
// it keeps *a**b* from being read as two emphases.
func matchDelimiters(runs []delimRun) (pairs []delimPair, ok bool) {
	for c := 0; c < len(runs); {
		closer := &runs[c]
		if closer.inactive || !closer.canClose || closer.length == 0 {
			c++
			continue
		}
		o, consume := c-1, 0
		for ; o >= 0; o-- {
			opener := &runs[o]
			if opener.inactive || !opener.canOpen || opener.length == 0 || opener.char != closer.char {
				continue
			}
			if (opener.canClose || closer.canOpen) && (opener.original+closer.original)%3 == 0 && closer.original%3 != 0 {
				continue
			}
			consume = 1
			if opener.length >= 2 && closer.length >= 2 {
				consume = 2
			}
			break
		}
		if consume == 0 {
			c++
			continue
		}
		runs[o].length -= consume
		closer.length -= consume
		pairs = append(pairs, delimPair{o, c, consume})
		for i := o + 1; i < c; i++ {
			runs[i].inactive = runs[i].inactive || runs[i].length > 0
		}
	}
	for _, r := range runs {
		if r.length > 0 {
			return nil, false
		}
	}
	return pairs, true
}
