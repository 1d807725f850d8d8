package names

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// MaxRichText is the greatest number of characters of ADF that Jira stores in a
// field or comment (JRACLOUD-78553).
const MaxRichText = 32_767

// IsRichText reports whether a field takes rich text: the description, the
// environment, and custom fields for text of several lines.
func IsRichText(f jira.FieldMeta) bool {
	return f.ID == "description" || f.ID == "environment" || strings.HasSuffix(f.Schema.Custom, ":textarea")
}

// viewOptions are the options with which rich text is rendered. Reading an edit
// of that text needs the same ones.
var viewOptions = []adf.Option{adf.HideInvisible()}

// Markdown renders a rich text as Markdown.
func Markdown(n *adf.Node) string { return adf.ToMarkdown(n, viewOptions...) }

// CutBudgets are the sizes, in characters, to which a rich text is cut if the
// whole does not fit into an answer, largest first. They are few, so that an
// edit without the cut marker can be told from a deletion of the rest.
var CutBudgets = []int{22_000, 20_000, 18_000, 16_000, 14_000, 12_000, 10_000, 8_000, 6_000, 4_000}

// Cut renders a part of a rich text: see [adf.Cut].
func Cut(n *adf.Node, from, budget int) adf.View { return adf.Cut(n, from, budget, viewOptions...) }

// BlockAt returns the block that contains a character of the text that
// [Markdown] returns, and whether the block begins there. Both are counted from
// 0.
func BlockAt(n *adf.Node, character int) (block int, begins bool) {
	return adf.BlockAt(n, character, viewOptions...)
}

// CutInside is the line above a part of a text that starts or ends within a
// block.
const CutInside = adf.CutInside

// BlockMarkdown renders one block of the text that [Markdown] returns.
func BlockMarkdown(n *adf.Node, block int) string {
	one := *n
	one.Content = n.Content[block : block+1]
	return Markdown(&one)
}

// DecodeRichText decodes a field's value as rich text. It returns nil if the
// value is none.
func DecodeRichText(raw json.RawMessage) *adf.Node {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	n, err := adf.Decode(raw)
	if err != nil || n.Type != "doc" {
		return nil
	}
	return n
}

// DecodeStoredText is like [DecodeRichText] for a text that is about to be
// edited. A stored value that cannot be read is an error, since the edit would
// overwrite it. For an empty value it returns nil.
func DecodeStoredText(field string, raw json.RawMessage) (*adf.Node, error) {
	n := DecodeRichText(raw)
	if n == nil && !isNull(raw) {
		return nil, &ValueError{field, "the value in Jira cannot be read as rich text; edit it in Jira"}
	}
	return n, nil
}

// Document converts Markdown to rich text and checks it against Jira's limits.
// @Ana Silva mentions the person with that name. A text that is an ADF document
// is taken as it is, and unmistakable parts in other notations are converted,
// with a warning. Names and pictures are looked up in the place of the text.
func (n *Names) Document(ctx context.Context, field, markdown string, at Place) (*adf.Node, error) {
	if err := checkMarkdown(field, markdown); err != nil {
		return nil, err
	}
	if doc, ok := asDocument(markdown); ok {
		jira.Warn(ctx, field+" was given as an ADF document and sent as it is.")
		return doc, checkSize(ctx, field, doc, at)
	}
	markdown = readForeign(ctx, field, markdown)
	doc, err := adf.FromMarkdown(markdown, adf.Resolve(n.mentionResolver(ctx, at)))
	if err != nil {
		return nil, &ValueError{field, err.Error()}
	}
	if adf.PlainText(doc) == "" && len(doc.Content) <= 1 {
		return nil, &ValueError{field, "is empty"}
	}
	return doc, checkSize(ctx, field, doc, at)
}

// TextEdit is an edit of a rich text. Exactly one of its parts is set: Whole,
// or Find with Replace, or Append.
type TextEdit struct {
	Whole         string // the whole text, as Markdown or Cut rendered it, with changes
	Find, Replace string
	Append        string
}

// Edit returns the edited document and a report of what the edit loses. held is
// the text that Jira stores; nil is an empty text. Names that the edit adds are
// resolved as by [Names.Document].
func (n *Names) Edit(ctx context.Context, field string, held *adf.Node, e TextEdit, at Place) (*adf.Node, *adf.Report, error) {
	if held == nil {
		held, _ = adf.Decode(nil) // an empty document
	}
	old := Markdown(held)
	for _, md := range []string{e.Whole, e.Replace, e.Append} {
		fresh := strings.Map(func(r rune) rune {
			if isControl(r) && strings.ContainsRune(old, r) {
				return -1 // the stored text contains it already
			}
			return r
		}, md)
		if err := checkMarkdown(field, fresh); err != nil {
			return nil, nil, err
		}
	}
	opts := append([]adf.Option{adf.Resolve(n.mentionResolver(ctx, at))}, viewOptions...)
	var doc *adf.Node
	var err error
	report := &adf.Report{}
	switch {
	case e.Append != "":
		doc, err = adf.Append(held, readForeign(ctx, field, e.Append), opts...)
	case e.Find != "":
		doc, report, err = adf.ReplaceText(held, e.Find, readForeign(ctx, field, e.Replace), opts...)
	default:
		doc, report, err = adf.Apply(held, e.Whole, append(opts, adf.CutAt(CutBudgets...))...)
	}
	if err != nil {
		return nil, nil, &ValueError{field, err.Error()}
	}
	return doc, report, checkSize(ctx, field, doc, at)
}

// readForeign converts the unmistakable parts of a text that is not Markdown,
// and warns of what it converted.
func readForeign(ctx context.Context, field, text string) string {
	markdown, done := asMarkdown(text)
	if len(done) > 0 {
		jira.Warn(ctx, fmt.Sprintf("%s: converted to Markdown: %s.", field, strings.Join(done, ", ")))
	}
	isWiki := slices.ContainsFunc(done, func(kind string) bool { return strings.HasPrefix(kind, "wiki markup") })
	if left := literal(markdown, text, isWiki); len(left) > 0 {
		jira.Warn(ctx, fmt.Sprintf("%s: taken literally, since it is not Markdown: %s. Use Markdown instead.", field, strings.Join(left, ", ")))
	}
	if n := strings.Count(markdown, `\n`); n > 0 && !strings.Contains(markdown, "\n") {
		jira.Warn(ctx, fmt.Sprintf(`%s: \n was taken literally; send real line breaks if they were meant.`, field))
	}
	return markdown
}

// checkMarkdown rejects Markdown with control characters other than line breaks
// and tabs.
func checkMarkdown(field, markdown string) error {
	if i := strings.IndexFunc(markdown, isControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(markdown[i:])
		return &ValueError{field, fmt.Sprintf("has the control character %U; remove control characters", r)}
	}
	return nil
}

// checkSize rejects a document that Jira is sure to refuse: one whose text alone
// is too long. Atlassian does not document whether markup counts as well, and
// reports show longer documents that were accepted, so that one whose JSON is
// too long is sent with a warning. A create that Jira refuses for that uses up
// the number of the issue (JRACLOUD-78553).
func checkSize(ctx context.Context, field string, doc *adf.Node, at Place) error {
	if size := utf8.RuneCountInString(adf.PlainText(doc)); size > MaxRichText {
		return &ValueError{field, fmt.Sprintf("the text is too long: %d characters, at most %d. Shorten or split it", size, MaxRichText)}
	}
	if size := doc.Size(); size > MaxRichText {
		text := fmt.Sprintf("%s has %d characters including markup; Jira may refuse more than %d.", field, size, MaxRichText)
		if at.Issue == "" {
			text += " A refused create uses up an issue number."
		}
		jira.Warn(ctx, text)
	}
	return nil
}
