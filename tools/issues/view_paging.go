package issues

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// description is the key under which the view keeps the description. The other
// texts go by the display names of their fields, which the site defines.
const description = "description"

// richText is a rich text of an issue that the view may show in part. raw is
// the document as Jira returned it.
type richText struct {
	raw         json.RawMessage
	firstBlock  int  // index of the first shown block
	withinBlock bool // whether the shown part starts or ends within a block
}

// skipChars returns the text without its first characters; "" if it has no more.
func skipChars(s string, character int) string {
	r := []rune(s)
	return string(r[min(character, len(r)):])
}

// maxWholeBlock is the size, in characters, up to which a block is always shown
// whole: the smallest size that a text is cut to.
var maxWholeBlock = slices.Min(names.CutBudgets)

// textFromOffset returns a text from v.textFrom on, a character offset into its
// Markdown.
//
// A rich text is shown from the start of the block that contains that
// character, with a marker line for the blocks before it (see [names.Cut]), so
// that the caller can edit this part and send it back. For example, if the
// second block consists of characters 100 to 400, text_from 150 shows the text
// from character 100 on, and v.textFrom becomes 100.
//
// If the character is in the middle of a block that is too large to be shown
// whole, the text starts at the character itself, below the line
// [names.CutInside], which asks the caller to edit it with find and replace.
// Plain text is simply shown from the character on.
func (v *issueView) textFromOffset(name, text string) string {
	if size := len([]rune(text)); v.textFrom >= size && size > 0 {
		v.setNote(name+" has", fmt.Sprintf("%s has %d characters; text_from is past its end", name, size))
	}
	t := v.richTexts[name]
	if doc := names.DecodeRichText(t.raw); doc != nil {
		block, begins := names.BlockAt(doc, v.textFrom)
		if block < len(doc.Content) && (begins || len([]rune(names.BlockMarkdown(doc, block))) <= maxWholeBlock) {
			t.firstBlock = block
			v.richTexts[name], v.textFrom = t, names.Cut(doc, block, 0).Next
			return names.Cut(doc, block, math.MaxInt).Markdown
		}
		t.withinBlock = true
		v.richTexts[name] = t
		return names.CutInside + "\n\n" + skipChars(text, v.textFrom)
	}
	return skipChars(text, v.textFrom)
}

// cutText shortens a text by at least over characters and notes how to read on:
// argument is the part of the call that retrieves the rest, before the number.
//
// A rich text is cut between blocks, at the largest of the sizes
// [names.CutBudgets] that fits, with a marker line for the rest. The sizes are
// few so that an edit without the marker can be told from a deletion of the
// rest. For example, a text of 21,000 characters that must lose 2,000 has room
// for 18,800; the first budget that fits is 18,000.
//
//  1. If an earlier cut or text_from already starts within a block, the text
//     is cut as plain text below its first line.
//  2. Otherwise the budgets are tried from the largest to the smallest. A
//     budget is skipped if it exceeds the room, or if its result does, because
//     [names.Cut] always shows at least one block.
//  3. The last budget is 0, which leaves only the marker line. It is skipped if
//     the call selects this text alone: an answer without it would be useless.
//  4. If nothing fits, the first block by itself is too long, and the text is
//     cut within it.
//
// The room is 200 characters smaller than it has to be, for the marker and the
// note.
func (v *issueView) cutText(name, text string, over int, argument string) string {
	t := v.richTexts[name]
	doc := names.DecodeRichText(t.raw)
	switch {
	case doc == nil:
		return v.cutPlainText(name, text, over, argument)
	case t.withinBlock:
		_, text, _ = strings.Cut(text, "\n\n") // remove the line that says so
		return names.CutInside + "\n\n" + v.cutPlainText(name, text, over+len(names.CutInside), argument)
	}
	room := len([]rune(text)) - over - 200
	for _, budget := range slices.Concat(names.CutBudgets, []int{0}) {
		if budget > room && budget > 0 || budget == 0 && v.singleText {
			continue
		}
		part := names.Cut(doc, t.firstBlock, budget)
		if budget > 0 && len([]rune(part.Markdown)) > room {
			continue // the first block alone is too long
		}
		switch {
		case budget == 0 && name == description:
			v.setNote(name+" is", name+` is left out; to read it: fields ["description"]`)
		case budget == 0:
			v.setNote(name+" is", name+" is left out; to read it: "+strings.TrimSuffix(argument, " with text_from"))
		default:
			v.setNote(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, part.Next, argument, part.Next))
		}
		return part.Markdown
	}
	// The first block by itself is too long.
	if t.firstBlock > 0 {
		_, text, _ = strings.Cut(text, "\n\n") // remove the marker line of the blocks before it
	}
	t.withinBlock = true
	v.richTexts[name] = t
	return names.CutInside + "\n\n" + v.cutPlainText(name, text, over+len(names.CutInside), argument)
}

// cutPlainText shortens a plain text, or a rich text within a block, by at
// least over characters but not below 500, and notes the argument and the
// offset of the rest. It cuts at the end of a paragraph if there is one in the
// second half of what remains.
func (v *issueView) cutPlainText(name, text string, over int, argument string) string {
	runes := []rune(text)
	short := string(runes[:min(max(len(runes)-over-200, 500), len(runes))])
	if at := strings.LastIndex(short, "\n\n"); at > len(short)/2 {
		short = short[:at]
	}
	next := v.textFrom + len([]rune(short))
	v.setNote(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, next, argument, next))
	return short
}
