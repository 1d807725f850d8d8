package adf

import (
	"slices"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// delim is a delimiter that was written: of emphasis, or a link's bracket.
type delim struct {
	at     int // in the text
	char   byte
	length int
	opens  bool
	opener int // of a closing one: the index of its opening one
}

// delimRun is a run of equal delimiter characters, as CommonMark sees them.
type delimRun struct {
	char             byte
	length, original int
	canOpen, canShut bool
	dead             bool
}

type delimPair struct{ open, shut, length int }

// delimitersHold reports whether CommonMark reads the delimiters in a text as
// they were meant: https://spec.commonmark.org/0.31.2/#phase-2-inline-structure
// The text within a link is read by itself, before what is around it.
func delimitersHold(b []byte, list []delim) bool {
	if len(list) == 0 {
		return true
	}
	var room [16]delim
	var places [32]int
	outer := room[:0]
	index := append(places[:0], make([]int, len(list))...) // where a delimiter went within its own list
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
		if !pairsHold(b, inner, index) {
			return false
		}
	}
	return pairsHold(b, outer, index)
}

func pairsHold(b []byte, list []delim, index []int) bool {
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
	got, ok := match(runs)
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

func newRun(b []byte, start, end int) delimRun {
	before, after := '\n', ' '
	if start > 0 {
		before, _ = utf8.DecodeLastRune(b[:start])
	}
	if end < len(b) {
		after, _ = utf8.DecodeRune(b[end:])
	}
	r := delimRun{char: b[start], length: end - start, original: end - start}
	blankBefore, blankAfter := util.IsSpaceRune(before), util.IsSpaceRune(after)
	punctBefore, punctAfter := util.IsPunctRune(before), util.IsPunctRune(after)
	r.canOpen = !blankAfter && (!punctAfter || blankBefore || punctBefore)
	r.canShut = !blankBefore && (!punctBefore || blankAfter || punctAfter)
	if r.char == '~' && (r.length != 2 || before == '~') {
		r.dead = true
	}
	return r
}

// match pairs delimiters as CommonMark does; ok is false where one is left.
func match(runs []delimRun) (pairs []delimPair, ok bool) {
	for c := 0; c < len(runs); {
		closer := &runs[c]
		if closer.dead || !closer.canShut || closer.length == 0 {
			c++
			continue
		}
		o, consume := c-1, 0
		for ; o >= 0; o-- {
			opener := &runs[o]
			if opener.dead || !opener.canOpen || opener.length == 0 || opener.char != closer.char {
				continue
			}
			if (opener.canShut || closer.canOpen) && (opener.original+closer.original)%3 == 0 && closer.original%3 != 0 {
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
			runs[i].dead = runs[i].dead || runs[i].length > 0
		}
	}
	for _, r := range runs {
		if r.length > 0 {
			return nil, false
		}
	}
	return pairs, true
}
