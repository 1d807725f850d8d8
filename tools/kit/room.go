package kit

import "unicode/utf8"

// Room measures an output against the budget of an answer, while the output
// trims itself: see [Trimmer]. The text and, if it is sent, the structured
// content have the budget each, in characters.
type Room struct {
	out        Output
	mark       Mark
	structured bool // the structured content is sent as well
	advice     func(string) string
	budget     int
	text, data string // the output as last measured
}

// Over returns by how many characters the output as it is now exceeds the budget.
// A negative number is what is free.
func (r *Room) Over() int {
	r.text = textOf(r.out, r.mark)
	size := utf8.RuneCountInString(r.text)
	if r.structured {
		r.data = encode(r.out, len(r.text))
		size = max(size, utf8.RuneCountInString(r.data))
	}
	return size - r.budget
}

// Advice returns a sentence of the server's own without the parts that name a tool
// that is not offered.
func (r *Room) Advice(sentence string) string { return r.advice(sentence) }

// HasStructured reports whether structured content is sent, so that what is not in
// the text counts.
func (r *Room) HasStructured() bool { return r.structured }

// Fits reports whether the output as it is now is within the budget.
func (r *Room) Fits() bool { return r.Over() <= 0 }

// roomy is the part of the budget, in per cent, that an answer may leave unused
// while there is more to show.
const roomy = 15

// IsRoomy reports whether so much is free that a part of the next item should be
// shown.
func (r *Room) IsRoomy() bool { return -r.Over() > r.budget*roomy/100 }

// Keep leaves the output with as many items as fit, and returns their number.
// keep has to give the output a number of items from least to most, in any order
// of calls. If not even the least fits, the output has that.
func (r *Room) Keep(least, most int, keep func(n int)) int {
	// Of an answer with many large parts, the first are kept at their least: that
	// takes one measurement, and not one for each step of the search.
	if keep(least); least >= most || !r.Fits() {
		return least
	}
	for least < most {
		n := (least + most + 1) / 2
		if keep(n); r.Fits() {
			least = n
		} else {
			most = n - 1
		}
	}
	keep(least)
	return least
}
