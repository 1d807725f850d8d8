package adf

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var inlineTypes = map[string]bool{"text": true, "hardBreak": true, "mention": true, "emoji": true, "date": true, "status": true,
	"inlineCard": true, "inlineExtension": true, "placeholder": true, "mediaInline": true, "media": true}

func isInline(n *Node) bool { return inlineTypes[n.Type] }

// spanMarks are the marks that Markdown has, outermost first; others decorate
// text that is shown without them.
var spanMarks = []struct{ mark, open, close string }{
	{"strong", "**", "**"}, {"em", "*", "*"}, {"strike", "~~", "~~"},
}

// inlineMarkdown renders a run of inline nodes, opening and closing emphasis
// where it starts and ends, so that neighbours share it.
func inlineMarkdown(nodes []*Node) string {
	var b strings.Builder
	var open []int // indexes into spanMarks, outermost first
	href := ""
	closeTo := func(keep int) {
		// Emphasis may not end on a space: move it behind the marker.
		s := b.String()
		trimmed := strings.TrimRight(s, " \n")
		space := s[len(trimmed):]
		if len(open) > keep && space != "" {
			b.Reset()
			b.WriteString(trimmed)
		} else {
			space = ""
		}
		for len(open) > keep {
			b.WriteString(spanMarks[open[len(open)-1]].close)
			open = open[:len(open)-1]
		}
		b.WriteString(space)
	}
	endLink := func() {
		if href != "" {
			closeTo(0)
			b.WriteString("](" + linkTarget(href) + ")")
			href = ""
		}
	}
	for _, n := range nodes {
		if h := hrefOf(n); h != href {
			endLink()
			if h != "" {
				closeTo(0)
				b.WriteByte('[')
				href = h
			}
		}
		want := wanted(n)
		keep := 0
		for keep < len(open) && keep < len(want) && open[keep] == want[keep] {
			keep++
		}
		closeTo(keep)
		s := nodeMarkdown(n)
		if len(want) > keep {
			lead := s[:len(s)-len(strings.TrimLeft(s, " \n"))]
			b.WriteString(lead)
			s = s[len(lead):]
			for _, i := range want[keep:] {
				b.WriteString(spanMarks[i].open)
				open = append(open, i)
			}
		}
		b.WriteString(s)
	}
	endLink()
	closeTo(0)
	return b.String()
}

func hrefOf(n *Node) string {
	for _, m := range n.Marks {
		if m.Type == "link" {
			h, _ := m.Attrs["href"].(string)
			return h
		}
	}
	return ""
}

// wanted returns the emphasis of a text; code and blank text take none.
func wanted(n *Node) []int {
	if n.Type != "text" || strings.TrimSpace(n.Text) == "" || hasMark(n, "code") {
		return nil
	}
	var out []int
	for i, s := range spanMarks {
		if hasMark(n, s.mark) {
			out = append(out, i)
		}
	}
	return out
}

func hasMark(n *Node, mark string) bool {
	for _, m := range n.Marks {
		if m.Type == mark {
			return true
		}
	}
	return false
}

func nodeMarkdown(n *Node) string {
	switch n.Type {
	case "text":
		if hasMark(n, "code") {
			return codeSpan(n.Text)
		}
		return escapeText(n.Text)
	case "hardBreak":
		return "\\\n"
	case "mention":
		return "[" + escapeText(inlineText(n)) + "](accountid:" + n.attr("id") + ")"
	case "inlineCard":
		if u := n.attr("url"); u != "" {
			return "<" + u + ">"
		}
	case "media", "mediaInline":
		return "![" + escapeText(n.attr("alt")) + "](attachment:" + linkTarget(inlineText(n)) + ")"
	}
	return escapeText(inlineText(n))
}

// inlineText is the plain text of a node that has no text of its own.
func inlineText(n *Node) string {
	switch n.Type {
	case "mention":
		return "@" + strings.TrimPrefix(first(n.attr("text"), n.attr("id")), "@")
	case "emoji":
		return first(n.attr("text"), n.attr("shortName"))
	case "status":
		return n.attr("text")
	case "date":
		if ms, err := strconv.ParseInt(n.attr("timestamp"), 10, 64); err == nil {
			return time.UnixMilli(ms).UTC().Format(time.DateOnly)
		}
		return n.attr("timestamp")
	case "inlineCard", "blockCard", "embedCard":
		return n.attr("url")
	case "media", "mediaInline":
		return first(n.attr("alt"), n.attr("id"), n.attr("url"))
	case "extension", "inlineExtension", "bodiedExtension":
		return strings.TrimSpace("[" + n.Type + ": " + first(n.attr("extensionKey"), "?") + "] " + n.attr("text"))
	case "placeholder":
		return n.attr("text")
	}
	return n.Text
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func codeSpan(s string) string {
	mark := "`"
	for strings.Contains(s, mark) {
		mark += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return mark + strings.ReplaceAll(s, "\n", " ") + mark
}

// linkTarget writes a destination so that spaces and parentheses survive.
func linkTarget(href string) string {
	if strings.ContainsAny(href, " \t\n()<>") {
		return "<" + strings.NewReplacer("\n", "%0A", "<", "%3C", ">", "%3E").Replace(href) + ">"
	}
	return href
}

var entity = regexp.MustCompile(`^&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);`)

// escapeText puts a backslash before what Markdown would read as markup. It
// escapes as little as possible: a model reads the text, and pays for it.
func escapeText(s string) string {
	if !strings.ContainsAny(s, "\\`*_[<~&") {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next, _ := utf8.DecodeRuneInString(rest)
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		escape := false
		switch r {
		case '\\':
			escape = rest == "" || next < 128 && unicode.IsPunct(next) || next < 128 && unicode.IsSymbol(next) || next == '\n'
		case '`':
			escape = true
		case '*':
			escape = !(isSpaceOrEnd(prev, i == 0) && isSpaceOrEnd(next, rest == ""))
		case '_':
			escape = !(isWord(prev) && isWord(next))
		case '[':
			escape = strings.Contains(rest, "](")
		case '<':
			escape = unicode.IsLetter(next) || next == '/' || next == '!' || next == '?'
		case '~':
			escape = next == '~' || prev == '~'
		case '&':
			escape = entity.MatchString(s[i:])
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isSpaceOrEnd(r rune, end bool) bool { return end || unicode.IsSpace(r) }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

var lineStart = regexp.MustCompile(`(?m)^([ \t]*)(#{1,6}(?:[ \t]|$)|[-+*](?:[ \t]|$)|>|=+[ \t]*$|-{2,}[ \t]*$|~~~|\|)`)

var numberStart = regexp.MustCompile(`(?m)^([ \t]*\d{1,9})([.)])([ \t]|$)`)

// escapeLineStarts keeps a paragraph's lines from turning into blocks.
func escapeLineStarts(s string) string {
	if !startsLikeBlock(s) {
		return s
	}
	s = lineStart.ReplaceAllString(s, `$1\$2`)
	return numberStart.ReplaceAllString(s, `$1\$2$3`)
}

// startsLikeBlock reports whether a line begins with a character that can
// start a block: most text has none, and is spared the expressions above.
func startsLikeBlock(s string) bool {
	for start := true; s != ""; s = s[1:] {
		switch c := s[0]; {
		case c == '\n':
			start = true
		case c == ' ' || c == '\t':
		case start && (strings.IndexByte("#-+*>=~|", c) >= 0 || c >= '0' && c <= '9'):
			return true
		default:
			start = false
		}
	}
	return false
}
