package issues

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// description is what the view calls the description, as against fields, whose
// display names are given by the site.
const description = "description"

// longText is a rich text of an issue, of which a part may be shown.
type longText struct {
	raw    json.RawMessage
	block  int  // the first that is shown
	inside bool // it is shown from a character within it, or up to one
}

// from is a text from a character on.
func from(s string, character int) string {
	r := []rune(s)
	return string(r[min(character, len(r)):])
}

// largestWhole is the size up to which a block is always shown whole: the
// least that a text is cut to.
var largestWhole = slices.Min(names.CutBudgets)

// rest shows a text from the character on that was asked for. It starts with
// the block that the character is in, and a line that stands for what is
// before, so that the part can be edited; within a block only where that is
// too large to be shown whole.
func (v *issueView) rest(name, text string) string {
	if size := len([]rune(text)); v.textFrom >= size && size > 0 {
		v.note(name+" has", fmt.Sprintf("%s has %d characters; text_from is past its end", name, size))
	}
	t := v.texts[name]
	if doc := names.DecodeRichText(t.raw); doc != nil {
		block, begins := names.BlockAt(doc, v.textFrom)
		if block < len(doc.Content) && (begins || len([]rune(names.BlockMarkdown(doc, block))) <= largestWhole) {
			t.block = block
			v.texts[name], v.textFrom = t, names.Cut(doc, block, 0).Next
			return names.Cut(doc, block, math.MaxInt).Markdown
		}
		t.inside = true
		v.texts[name] = t
		return names.CutInside + "\n\n" + from(text, v.textFrom)
	}
	return from(text, v.textFrom)
}

// cutText shortens a text by at least over characters. A rich text is cut
// between blocks, to one of few sizes, with a line that stands for the rest.
// Only where a block by itself is too long is it cut within.
func (v *issueView) cutText(name, text string, over int, argument string) string {
	t := v.texts[name]
	doc := names.DecodeRichText(t.raw)
	switch {
	case doc == nil:
		return v.cut(name, text, over, argument)
	case t.inside:
		_, text, _ = strings.Cut(text, "\n\n") // its first line says so
		return names.CutInside + "\n\n" + v.cut(name, text, over+len(names.CutInside), argument)
	}
	room := len([]rune(text)) - over - 200
	for _, budget := range slices.Concat(names.CutBudgets, []int{0}) {
		if budget > room && budget > 0 || budget == 0 && v.alone {
			continue
		}
		part := names.Cut(doc, t.block, budget)
		if budget > 0 && len([]rune(part.Markdown)) > room {
			continue // its first block alone is too long
		}
		switch {
		case budget == 0 && name == description:
			v.note(name+" is", name+` is left out; for it: fields ["description"]`)
		case budget == 0:
			v.note(name+" is", name+" is left out; for it: "+strings.TrimSuffix(argument, " with text_from"))
		default:
			v.note(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, part.Next, argument, part.Next))
		}
		return part.Markdown
	}
	// Its first block is too long.
	if t.block > 0 {
		_, text, _ = strings.Cut(text, "\n\n") // the line for what is before
	}
	t.inside = true
	v.texts[name] = t
	return names.CutInside + "\n\n" + v.cut(name, text, over+len(names.CutInside), argument)
}

// cut shortens a text, at a paragraph's end where there is one, and says with
// which argument it goes on.
func (v *issueView) cut(name, text string, over int, argument string) string {
	runes := []rune(text)
	short := string(runes[:min(max(len(runes)-over-200, 500), len(runes))])
	if at := strings.LastIndex(short, "\n\n"); at > len(short)/2 {
		short = short[:at]
	}
	next := v.textFrom + len([]rune(short))
	v.note(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, next, argument, next))
	return short
}
