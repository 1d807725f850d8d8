package issues

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
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

// cutText shows as much of a text as fits, with set, and notes how to read on:
// argument is the part of the call that retrieves the rest, before the number.
//
// A rich text is cut between blocks, at the largest of the sizes
// [names.CutBudgets] with which the answer fits, with a marker line for the rest.
// The sizes are few so that an edit without the marker can be told from a
// deletion of the rest.
//
//  1. If an earlier cut or text_from already starts within a block, the text
//     is cut as plain text below its first line.
//  2. Otherwise the budgets are tried from the largest to the smallest. A budget
//     is skipped if its result exceeds it, because [names.Cut] always shows at
//     least one block.
//  3. The last budget is 0, which leaves only the marker line. It is skipped if
//     the call selects this text alone: an answer without it would be useless.
//  4. If nothing fits, the first block by itself is too long, and the text is
//     cut within it.
func (v *issueView) cutText(room *kit.Room, name, text, argument string, set func(string)) {
	t := v.richTexts[name]
	doc := names.DecodeRichText(t.raw)
	within := func(part string) { set(names.CutInside + "\n\n" + part) }
	switch {
	case doc == nil:
		v.cutPlainText(room, name, text, argument, set)
		return
	case t.withinBlock:
		_, text, _ = strings.Cut(text, "\n\n") // remove the line that says so
		v.cutPlainText(room, name, text, argument, within)
		return
	}
	for _, budget := range slices.Concat(names.CutBudgets, []int{0}) {
		part := names.Cut(doc, t.firstBlock, budget)
		switch {
		case budget == 0 && v.singleText:
			continue
		case budget > 0 && len([]rune(part.Markdown)) > budget+maxMarkers:
			continue // the first block alone is too long
		case budget == 0 && name == description:
			v.setNote(name+" is", name+` is left out; to read it: fields ["description"]`)
		case budget == 0:
			v.setNote(name+" is", name+" is left out; to read it: "+strings.TrimSuffix(argument, " with text_from"))
		default:
			v.setNote(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, part.Next, argument, part.Next))
		}
		if set(part.Markdown); budget == 0 || room.Fits() {
			return
		}
	}
	// The first block by itself is too long.
	if t.firstBlock > 0 {
		_, text, _ = strings.Cut(text, "\n\n") // remove the marker line of the blocks before it
	}
	t.withinBlock = true
	v.richTexts[name] = t
	v.cutPlainText(room, name, text, argument, within)
}

// maxMarkers is the most that the marker lines of a cut add to its size, in
// characters.
const maxMarkers = 200

// minPlainText is the number of characters of a text that an answer shows at
// least, if it shows it.
const minPlainText = 500

// cutPlainText shows as much of a plain text, or of a rich text within a block,
// as fits, but at least minPlainText, and notes the argument and the offset of
// the rest. It cuts at the end of a paragraph if there is one near the end.
func (v *issueView) cutPlainText(room *kit.Room, name, text, argument string, set func(string)) {
	runes := []rune(text)
	if len(runes) <= minPlainText {
		set(text) // whole
		return
	}
	room.Keep(minPlainText, len(runes)-1, func(n int) {
		short := endOfParagraph(string(runes[:n]))
		next := v.textFrom + len([]rune(short))
		v.setNote(name+" is", fmt.Sprintf("%s is cut at character %d; for the rest: %s %d", name, next, argument, next))
		set(short)
	})
}

// endOfParagraph returns a text without the last, incomplete paragraph if that
// is less than a tenth of it.
func endOfParagraph(text string) string {
	if at := strings.LastIndex(text, "\n\n"); at > len(text)*9/10 {
		return text[:at]
	}
	return text
}

// trimComments shows as many comments as fit, at least one, and a part of the
// next one if much room is left. If the newest comments are shown by default,
// the older ones of them are left out; if the call asks for comments, the later
// ones, with a note where to continue.
func (v *issueView) trimComments(room *kit.Room) {
	all, first, newest := v.Comments, v.CommentsFrom, v.commentsHint != ""
	show := func(n, cut int) {
		v.removeNote("comment ")
		v.removeNote("comments from")
		if newest {
			v.Comments, v.CommentsFrom = all[len(all)-n:], first+len(all)-n
			if cut > 0 {
				v.Comments, v.CommentsFrom = all[len(all)-n-1:], v.CommentsFrom-1
				v.Comments = v.cutComment(v.Comments, 0, cut)
			}
			return
		}
		if v.Comments = all[:n]; cut > 0 {
			v.Comments = v.cutComment(all[:n+1], n, cut)
		}
		if next := first + len(v.Comments); next <= v.CommentsTotal {
			v.setNote("comments from", fmt.Sprintf("comments from %d on did not fit; to read them: comments_from %d", next, next))
		}
	}
	n := room.Keep(1, len(all)-1, func(n int) { show(n, 0) })
	if !room.Fits() || !room.IsRoomy() {
		return
	}
	next := all[n]
	if newest {
		next = all[len(all)-n-1]
	}
	room.Keep(0, len([]rune(next.Body))-1, func(cut int) { show(n, cut) })
}

// cutComment returns comments of which one has only the first characters of its
// body, with a note where to read on.
func (v *issueView) cutComment(list []commentView, place, characters int) []commentView {
	list = slices.Clone(list)
	list[place].Body = endOfParagraph(string([]rune(list[place].Body)[:characters]))
	number, next := v.CommentsFrom+place, len([]rune(list[place].Body))
	v.setNote("comment ", fmt.Sprintf("comment %d is cut at character %d; for the rest: comments_from %d with text_from %d", number, next, number, next))
	return list
}
