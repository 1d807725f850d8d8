package names

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// Models and scripts sometimes send text that is not Markdown: line breaks typed
// as \n, Jira's old wiki markup, or a whole ADF document. What is unmistakable
// is converted, and the answer says so; everything else stays as it is.

// asMarkdown converts the unmistakable parts of a text that is not Markdown. done
// lists the conversions in words.
func asMarkdown(text string) (markdown string, done []string) {
	if converted, ok := typedLineBreaks(text); ok {
		text, done = converted, append(done, `line breaks typed as \n`)
	}
	converted, kinds := wikiMarkup(text)
	return converted, append(done, kinds...)
}

// asDocument returns the document of a text that is an ADF document in JSON.
func asDocument(text string) (*adf.Node, bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return nil, false
	}
	var head struct {
		Type    string `json:"type"`
		Version int    `json:"version"`
		Content []any  `json:"content"`
	}
	if json.Unmarshal([]byte(text), &head) != nil || head.Type != "doc" || head.Version != 1 || head.Content == nil {
		return nil, false
	}
	d, err := adf.Decode([]byte(text))
	return d, err == nil
}

// typedBreak matches a typed line break that begins a block of Markdown, or two
// of them.
var typedBreak = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\\n(?:\\r)?\\n|\\n(?:[-*+] |#{1,6} |\d+[.)] |> |\|)|[.!?;)]\\n(?:\p{Lu}|\s|$)|(?:^|\\n)` + "```" + `[\w+#-]*\\n`)
})

// typedFence matches a code block whose line breaks are typed.
var typedFence = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("(?:^|\\\\n)```[\\w+#-]*\\\\n.*?\\\\n```(?:\\\\n|$)")
})

// typedLineBreaks converts line breaks typed as \n, and tabs typed as \t, if the
// text has no real line break and some of the typed ones are unmistakable: two in
// a row, one before a list, a heading, a quote or a table, one between two
// sentences, or one after the beginning of a code block. Code spans are not
// changed, and a path such as C:\new alone is none. In a code block every \n is a
// line break, since its lines have no other.
func typedLineBreaks(text string) (string, bool) {
	if strings.ContainsAny(text, "\n\r") || !typedBreak().MatchString(text) {
		return text, false
	}
	var out strings.Builder
	at := 0
	for _, fence := range typedFence().FindAllStringIndex(text, -1) {
		out.WriteString(breakOutsideSpans(text[at:fence[0]]))
		out.WriteString(breakLines(text[fence[0]:fence[1]]))
		at = fence[1]
	}
	out.WriteString(breakOutsideSpans(text[at:]))
	return out.String(), true
}

// breakOutsideSpans converts typed line breaks and tabs outside of code spans.
func breakOutsideSpans(text string) string {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // an open code span: where it ends is not known
		parts = []string{text}
	}
	for n := 0; n < len(parts); n += 2 {
		parts[n] = breakLines(parts[n])
	}
	return strings.Join(parts, "`")
}

// breakLines converts all typed line breaks and tabs of a text.
func breakLines(text string) string {
	return strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", `\t`, "\t").Replace(text)
}

// Wiki markup that is unmistakable because it takes a whole line.
var (
	wikiHeading = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^h([1-6])\. +(\S.*)$`) })
	wikiCode    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\{(code|noformat)(?::([^}]*))?\}$`) })
	wikiHeader  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\|\|.+\|\|\s*$`) })
	wikiRow     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\|[^|].*\|\s*$`) })
	wikiBox     = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\{(quote|panel|info|tip|note|warning)(?::([^}]*))?\}$`)
	})
	wikiMention = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[~accountid:([0-9A-Za-z:-]+)\]`) })
)

// wikiMarkup converts headings, code blocks, tables with a header row and
// mentions of wiki markup, outside of Markdown's own code. kinds lists what it
// converted.
func wikiMarkup(text string) (markdown string, kinds []string) {
	note := func(kind string) { kinds = Unique(append(kinds, "wiki markup ("+kind+")")) }
	lines := strings.Split(text, "\n")
	var out []string
	var code fences
	for at := 0; at < len(lines); at++ {
		line := strings.TrimRight(lines[at], "\r")
		switch trimmed := strings.TrimSpace(line); {
		case code.contain(trimmed):
			out = append(out, line)
		case strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t"): // indented code, or a list
			out = append(out, line)
		case wikiHeading().MatchString(line):
			m := wikiHeading().FindStringSubmatch(line)
			out = append(out, strings.Repeat("#", int(m[1][0]-'0'))+" "+m[2])
			note("headings")
		case wikiCode().MatchString(trimmed):
			block, end := wikiCodeBlock(lines, at)
			if end < 0 {
				out = append(out, line)
				continue
			}
			out, at = append(out, block...), end
			note("code")
		case wikiBox().MatchString(trimmed):
			block, end := wikiBoxBlock(lines, at)
			if end < 0 {
				out = append(out, line)
				continue
			}
			out, at = append(out, block...), end
			note("quotes and panels")
		case strings.HasPrefix(line, "bq. ") && len(line) > 4:
			out = append(out, "> "+line[4:])
			note("quotes and panels")
		case wikiHeader().MatchString(line):
			table, end := wikiTable(lines, at)
			out, at = append(out, table...), end
			note("tables")
		default:
			converted := outsideCode(line, func(s string) string { return wikiMention().ReplaceAllString(s, "[](accountid:$1)") })
			if converted != line {
				note("mentions")
			}
			other := outsideCode(converted, otherMentions)
			if other != converted {
				kinds = Unique(append(kinds, "mentions"))
			}
			out = append(out, other)
		}
	}
	if len(kinds) == 0 {
		return text, nil
	}
	return strings.Join(out, "\n"), kinds
}

// fences follows the fenced code blocks of a Markdown text, line by line. Its value
// is the fence of the open block.
type fences string

// contain reports whether the next line, without blanks around it, belongs to a
// fenced code block. The fences belong to it.
func (f *fences) contain(line string) bool {
	open := string(*f)
	switch {
	case open != "":
		if strings.HasPrefix(line, open) && strings.Trim(line, open[:1]) == "" {
			*f = ""
		}
		return true
	case strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~"):
		*f = fences(line[:len(line)-len(strings.TrimLeft(line, line[:1]))])
		return true
	}
	return false
}

// wikiCodeBlock returns the fenced block of a {code} or {noformat} block that
// begins at a line, and the index of its last line; -1 if the block has no end.
func wikiCodeBlock(lines []string, at int) (block []string, end int) {
	m := wikiCode().FindStringSubmatch(strings.TrimSpace(lines[at]))
	language := ""
	for _, option := range strings.Split(m[2], "|") {
		if name, value, ok := strings.Cut(option, "="); !ok {
			language = strings.ToLower(strings.TrimSpace(option))
		} else if strings.TrimSpace(name) == "language" {
			language = strings.TrimSpace(value)
		}
	}
	for end = at + 1; end < len(lines); end++ {
		if strings.TrimSpace(lines[end]) != "{"+m[1]+"}" {
			continue
		}
		mark := "```"
		for strings.Contains(strings.Join(lines[at+1:end], "\n"), mark) {
			mark += "`"
		}
		if title := wikiOption(m[2], "title"); title != "" {
			block = append(block, "**"+title+"**", "")
		}
		block = append(block, mark+language)
		block = append(block, lines[at+1:end]...)
		return append(block, mark), end
	}
	return nil, -1
}

// wikiOption returns the value of an option such as title=Careful, or "". Options
// are separated by |.
func wikiOption(options, name string) string {
	for _, option := range strings.Split(options, "|") {
		if own, value, ok := strings.Cut(option, "="); ok && strings.TrimSpace(own) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// wikiBoxBlock returns the quote or panel of a block such as {info} that begins at
// a line, and the index of its last line; -1 if the block has no end.
func wikiBoxBlock(lines []string, at int) (block []string, end int) {
	m := wikiBox().FindStringSubmatch(strings.TrimSpace(lines[at]))
	name := m[1]
	switch name {
	case "panel", "info":
		block = append(block, "> [!NOTE]")
	case "tip", "warning":
		block = append(block, "> [!"+strings.ToUpper(name)+"]")
	case "note":
		block = append(block, "> [!IMPORTANT]")
	}
	if title := wikiOption(m[2], "title"); title != "" {
		block = append(block, "> **"+title+"**", ">")
	}
	for end = at + 1; end < len(lines); end++ {
		if strings.TrimSpace(lines[end]) == "{"+name+"}" {
			return append(block, ""), end
		}
		block = append(block, "> "+strings.TrimRight(lines[end], "\r"))
	}
	return nil, -1
}

// accountMention matches mentions that other programs write with an account id:
// <@ID>, @accountid:ID, @[ID] and @ID.
var accountMention = sync.OnceValue(func() *regexp.Regexp {
	const id = `(?:[0-9a-f]{24}|[0-9]{6}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`
	return regexp.MustCompile(`<@(` + id + `)>|@\[(` + id + `)\]|@(?:accountid:)?(` + id + `)\b`)
})

// bracketMention matches @[Ana Silva], which is no link.
var bracketMention = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`@\[(\p{L}[\p{L}\p{N} .,'’-]*)\]([^(]|$)`)
})

// otherMentions converts mentions in the forms of other programs.
func otherMentions(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	text = accountMention().ReplaceAllString(text, "[](accountid:$1$2$3)")
	return bracketMention().ReplaceAllString(text, "@$1$2")
}

// wikiTable returns the Markdown of a table whose header row is at a line, and
// the index of its last line.
func wikiTable(lines []string, at int) (table []string, end int) {
	header := strings.Split(strings.Trim(wikiCells(strings.TrimSpace(lines[at])), "|"), "||")
	table = append(table, "| "+strings.Join(header, " | ")+" |", "|"+strings.Repeat(" --- |", len(header)))
	for end = at; end+1 < len(lines) && wikiRow().MatchString(lines[end+1]); end++ {
		table = append(table, wikiCells(strings.TrimSpace(lines[end+1])))
	}
	return table, end
}

// wikiLink matches a link of wiki markup, whose bar does not separate cells.
var wikiLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[([^\]|\n]+)\|([^\]|\s]+)\]`) })

// wikiCells returns a row of a table. Links in it become those of Markdown.
func wikiCells(row string) string {
	return outsideCode(row, func(s string) string { return wikiLink().ReplaceAllString(s, "[$1]($2)") })
}

// outsideCode applies change to the parts of a line outside of code spans.
func outsideCode(line string, change func(string) string) string {
	parts := strings.Split(line, "`")
	if len(parts)%2 == 0 {
		return line
	}
	for n := 0; n < len(parts); n += 2 {
		parts[n] = change(parts[n])
	}
	return strings.Join(parts, "`")
}
