package adf

import (
	"unicode"

	"github.com/yuin/goldmark/util"
)

// flanking reports whether a run of delimiters between two characters can open
// and close emphasis: CommonMark 0.31.2, 6.2, with one change for Chinese,
// Japanese and Korean. These languages write no spaces, so CommonMark reads the
// second run of
//
//	**注意：**请先停止
//
// as an opening one and leaves the asterisks in the text. Here a character of
// these languages allows what a space or a punctuation mark allows, and their
// punctuation marks count as letters. Without such a character nothing changes.
// The rule is that of the proposal for CommonMark, "CJK-friendly emphasis"
// (https://github.com/tats-u/markdown-cjk-friendly).
func flanking(before, after rune) (opens, closes bool) {
	blankBefore, blankAfter := util.IsSpaceRune(before), util.IsSpaceRune(after)
	eastBefore, eastAfter := isEastAsian(before), isEastAsian(after)
	punctBefore, punctAfter := util.IsPunctRune(before) && !eastBefore, util.IsPunctRune(after) && !eastAfter
	opens = !blankAfter && (!punctAfter || blankBefore || punctBefore || eastBefore)
	closes = !blankBefore && (!punctBefore || blankAfter || punctAfter || eastAfter)
	return opens, closes
}

// isEastAsian reports whether a character belongs to the writing of Chinese,
// Japanese or Korean, punctuation and full-width forms included.
func isEastAsian(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi, eastAsianMarks)
}

// eastAsianMarks are the blocks of punctuation and of forms that these languages
// share.
var eastAsianMarks = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x2e80, Hi: 0x2fff, Stride: 1}, // radicals, description characters
	{Lo: 0x3000, Hi: 0x303f, Stride: 1}, // symbols and punctuation
	{Lo: 0x30fb, Hi: 0x30fc, Stride: 1}, // the middle dot and the sound mark
	{Lo: 0x3190, Hi: 0x33ff, Stride: 1}, // annotations, enclosed letters
	{Lo: 0xfe10, Hi: 0xfe1f, Stride: 1}, // vertical forms
	{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, // compatibility and small forms
	{Lo: 0xff00, Hi: 0xffef, Stride: 1}, // half-width and full-width forms
}}
