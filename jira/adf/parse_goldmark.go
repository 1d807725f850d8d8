package adf

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown returns the Markdown parser. It is built on first use, so that a
// process without rich text does not pay for it. There is no parser for raw
// HTML: it is text, except for this package's tags.
var markdown = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(listParser{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(detailsParser{}, 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(tagParser{}, 250),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(emphasisParser{}, 500),
			util.Prioritized(strikeParser{}, 500),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(alertTransformer{}, 50),
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
})

// parse returns goldmark's tree of a text.
func parse(src []byte) ast.Node { return markdown().Parse(text.NewReader(src)) }

// listParser is goldmark's, with a correction for an item that begins on the
// line below its marker. There goldmark reads a list of another kind as the
// next item ("1.\n   - a"), while CommonMark nests it (0.31.2, 5.2, rule 3).
type listParser struct{ parser.BlockParser }

// emptyItem is the key of the empty item that a blank line followed. Nothing
// more belongs to that item.
var emptyItem = parser.NewContextKey()

// Continue implements [parser.BlockParser].
func (p listParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	item, ok := node.LastChild().(*ast.ListItem)
	if ok && item.ChildCount() == 0 {
		line, _ := reader.PeekLine()
		indent, _ := util.IndentWidth(line, reader.LineOffset())
		switch {
		case util.IsBlank(line):
			pc.Set(emptyItem, item)
		case indent >= item.Offset && pc.Get(emptyItem) != item:
			return parser.Continue | parser.HasChildren
		}
	}
	return p.BlockParser.Continue(node, reader, pc)
}

// emphasisParser is goldmark's, with the rule of flanking for asterisks.
type emphasisParser struct{}

// Trigger implements [parser.InlineParser].
func (emphasisParser) Trigger() []byte { return parser.NewEmphasisParser().Trigger() }

// Parse implements [parser.InlineParser].
func (emphasisParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	node := parser.NewEmphasisParser().Parse(parent, block, pc)
	if d, ok := node.(*parser.Delimiter); ok && d.Char == '*' {
		d.CanOpen, d.CanClose = flankingHere(before, block)
	}
	return node
}

// flankingHere reports whether the run that the reader has just passed can open
// and close emphasis.
func flankingHere(before rune, block text.Reader) (opens, closes bool) {
	after := ' '
	if line, _ := block.PeekLine(); len(line) > 0 {
		after, _ = utf8.DecodeRune(line)
	}
	return flanking(before, after)
}

// strikeParser reads ~~struck~~. A single tilde is text, as in Atlassian's
// transformer: H~2~O is not struck.
type strikeParser struct{}

// Trigger implements [parser.InlineParser].
func (strikeParser) Trigger() []byte { return []byte{'~'} }

// Parse implements [parser.InlineParser].
func (strikeParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 2, strikeProcessor{})
	if d == nil || d.OriginalLength > 2 || before == '~' {
		return nil
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	d.CanOpen, d.CanClose = flankingHere(before, block)
	pc.PushDelimiter(d)
	return d
}

// strikeProcessor makes the nodes for pairs of tildes.
type strikeProcessor struct{}

// IsDelimiter implements [parser.DelimiterProcessor].
func (strikeProcessor) IsDelimiter(b byte) bool { return b == '~' }

// CanOpenCloser implements [parser.DelimiterProcessor].
func (strikeProcessor) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch implements [parser.DelimiterProcessor].
func (strikeProcessor) OnMatch(int) ast.Node { return east.NewStrikethrough() }

// tagNode is one of this package's tags in a line of text.
type tagNode struct {
	ast.BaseInline
	tag
	source []byte
	raw    string // The text between <tt> and </tt>, or <codeblock> and </codeblock>.
}

// kindTag is goldmark's kind of a tagNode.
var kindTag = ast.NewNodeKind("Tag")

// Kind and Dump implement [ast.Node].
func (*tagNode) Kind() ast.NodeKind   { return kindTag }
func (*tagNode) Dump(_ []byte, _ int) {}

// tagParser reads the tags of grammar.go. It reads <tt> and <codeblock>
// together with their text, in which there is no markup.
type tagParser struct{}

// Trigger implements [parser.InlineParser].
func (tagParser) Trigger() []byte { return []byte{'<'} }

// Parse implements [parser.InlineParser].
func (tagParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	t, n := scanTag(line)
	if n == 0 {
		return nil
	}
	node := &tagNode{tag: t, source: line[:n]}
	if (t.name == "tt" || t.name == "codeblock") && !t.closing {
		end := bytes.Index(line[n:], []byte("</"+t.written+">"))
		if end < 0 {
			return nil
		}
		node.raw = unescapeEntities(line[n : n+end])
		n += end + len(t.written) + 3
		node.source = line[:n]
	}
	block.Advance(n)
	return node
}

// alertTransformer removes the line [!NOTE] from a quote and records the panel
// type as an attribute of the quote.
type alertTransformer struct{}

// alertAttribute is the name of that attribute.
const alertAttribute = "alert"

// Transform implements [parser.ParagraphTransformer].
func (alertTransformer) Transform(node *ast.Paragraph, reader text.Reader, _ parser.Context) {
	quote, ok := node.Parent().(*ast.Blockquote)
	if !ok || quote.FirstChild() != ast.Node(node) || node.Lines().Len() == 0 {
		return
	}
	line := node.Lines().At(0)
	word := strings.TrimSpace(string(line.Value(reader.Source())))
	if len(word) < 4 || word[0] != '[' || word[1] != '!' || word[len(word)-1] != ']' {
		return
	}
	panel, ok := panelOfAlert[strings.ToUpper(word[2:len(word)-1])]
	if !ok {
		return
	}
	if _, done := quote.AttributeString(alertAttribute); done {
		return
	}
	quote.SetAttributeString(alertAttribute, panel)
	if node.Lines().Len() == 1 {
		quote.RemoveChild(quote, node)
		return
	}
	node.Lines().SetSliced(1, node.Lines().Len())
}

// panelOfAlert maps the words of alerts to panel types. It knows more words
// than the renderer writes.
var panelOfAlert = map[string]string{"NOTE": "info", "INFO": "info", "IMPORTANT": "note", "TIP": "tip", "WARNING": "warning", "CAUTION": "error",
	"ERROR": "error", "DANGER": "error", "SUCCESS": "success", "CUSTOM": "custom"}

// detailsNode is <details>.
type detailsNode struct {
	ast.BaseBlock
	title    string
	hasTitle bool
	closed   bool // It ends on the line on which it begins.
}

// kindDetails is goldmark's kind of a detailsNode.
var kindDetails = ast.NewNodeKind("Details")

// Kind and Dump implement [ast.Node].
func (*detailsNode) Kind() ast.NodeKind   { return kindDetails }
func (*detailsNode) Dump(_ []byte, _ int) {}

// detailsParser reads <details>, with <summary>…</summary> on the same line or
// the next one, up to a line </details>.
type detailsParser struct{}

// Trigger implements [parser.BlockParser].
func (detailsParser) Trigger() []byte { return []byte{'<'} }

// Open implements [parser.BlockParser].
func (detailsParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 {
		return nil, parser.NoChildren
	}
	rest, ok := afterOpeningTag(line[at:], "details")
	if !ok {
		return nil, parser.NoChildren
	}
	node := &detailsNode{}
	if node.readLine(reader, line, rest) {
		reader.AdvanceToEOL()
		return node, parser.NoChildren
	}
	if rest = bytes.TrimSpace(rest); len(rest) > 0 {
		if node.title, ok = parseSummary(rest); !ok {
			return nil, parser.NoChildren
		}
		node.hasTitle = true
	}
	reader.AdvanceToEOL()
	return node, parser.HasChildren
}

// readLine reads <details><summary>title</summary>text</details> on one line, and
// reports whether the line is that. rest is the line after its opening tag.
func (d *detailsNode) readLine(reader text.Reader, line, rest []byte) bool {
	const shut, end = "</summary>", "</details>"
	body := bytes.TrimSpace(rest)
	if len(body) < len(end) || !strings.EqualFold(string(body[len(body)-len(end):]), end) {
		return false
	}
	at := bytes.Index(bytes.ToLower(rest), []byte(shut))
	if at < 0 || bytes.Count(bytes.ToLower(rest), []byte(end)) != 1 {
		return false
	}
	title, ok := parseSummary(bytes.TrimSpace(rest[:at+len(shut)]))
	if !ok {
		return false
	}
	d.title, d.hasTitle, d.closed = title, true, true
	_, segment := reader.PeekLine()
	from := segment.Start - segment.Padding + len(line) - len(rest) + at + len(shut)
	to := from + bytes.Index(bytes.ToLower(rest[at+len(shut):]), []byte(end))
	for source := reader.Source(); from < to && isBlank(source[from]); {
		from++
	}
	if from < to {
		p := ast.NewParagraph()
		p.Lines().Append(text.NewSegment(from, to))
		d.AppendChild(d, p)
	}
	return true
}

// afterOpeningTag returns the text after an opening tag. It ignores attributes.
func afterOpeningTag(s []byte, name string) (rest []byte, ok bool) {
	if len(s) < len(name)+2 || s[0] != '<' || !strings.EqualFold(string(s[1:len(name)+1]), name) {
		return nil, false
	}
	if c := s[len(name)+1]; c != '>' && c != ' ' && c != '\t' {
		return nil, false
	}
	end := bytes.IndexByte(s, '>')
	if end < 0 {
		return nil, false
	}
	return s[end+1:], true
}

// parseSummary returns the title in <summary>…</summary>.
func parseSummary(s []byte) (title string, ok bool) {
	rest, ok := afterOpeningTag(s, "summary")
	if !ok {
		return "", false
	}
	const shut = "</summary>"
	if len(rest) < len(shut) || !strings.EqualFold(string(rest[len(rest)-len(shut):]), shut) {
		return "", false
	}
	body := rest[:len(rest)-len(shut)]
	if bytes.Contains(body, []byte("</summary>")) {
		return "", false
	}
	return unescapeEntities(body), true
}

// Continue implements [parser.BlockParser].
func (detailsParser) Continue(n ast.Node, reader text.Reader, pc parser.Context) parser.State {
	node := n.(*detailsNode)
	if node.closed {
		return parser.Close
	}
	line, _ := reader.PeekLine()
	trimmed := bytes.TrimSpace(line)
	switch {
	case strings.EqualFold(string(trimmed), "</details>") && !hasOpenInner(node, pc):
		reader.AdvanceToEOL()
		return parser.Close
	case !node.hasTitle && node.ChildCount() == 0 && len(trimmed) > 0:
		if title, ok := parseSummary(trimmed); ok {
			node.title, node.hasTitle = title, true
			reader.AdvanceToEOL()
		}
	}
	return parser.Continue | parser.HasChildren
}

// hasOpenInner reports whether an open block in this one takes the line
// </details>: an inner <details>, or code.
func hasOpenInner(node *detailsNode, pc parser.Context) bool {
	inner := false
	for _, b := range pc.OpenedBlocks() {
		if inner {
			switch b.Node.(type) {
			case *detailsNode, *ast.FencedCodeBlock:
				return true
			}
		}
		inner = inner || b.Node == ast.Node(node)
	}
	return false
}

// Close, CanInterruptParagraph and CanAcceptIndentedLine implement
// [parser.BlockParser].
func (detailsParser) Close(ast.Node, text.Reader, parser.Context) {}
func (detailsParser) CanInterruptParagraph() bool                 { return true }
func (detailsParser) CanAcceptIndentedLine() bool                 { return false }
