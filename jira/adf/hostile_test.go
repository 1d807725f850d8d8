package adf_test

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// hostileLimit is the time that hostile input may take on an idle machine.
// Since tests run beside other work, they allow twice as much.
const hostileLimit = 250 * time.Millisecond

// hostile holds Markdown that is expensive to parse.
var hostile = map[string]string{
	"quotes": strings.Repeat("> ", 50_000), "100,000 quotes": strings.Repeat(">", 100_000), "lists": strings.Repeat("- ", 50_000), "100,000 lists": strings.Repeat("- ", 100_000),
	"numbered": strings.Repeat("1. ", 30_000), "links": strings.Repeat("[a](", 30_000), "more links": strings.Repeat("[a](", 300_000), "stars": strings.Repeat("*", 120_000), "10 MB of stars": strings.Repeat("*", 10<<20),
	"backticks": strings.Repeat("`", 120_000), "backticks of all lengths": ticks(480), "bars": strings.Repeat("|", 120_000), "underscores": strings.Repeat("a_", 60_000), "brackets": strings.Repeat("[", 120_000),
	"wide table": strings.Repeat("|a", 3000) + "\n" + strings.Repeat("|-", 3000) + "\n" + strings.Repeat("a\n", 12_000), "long table": "a|b\n-|-\n" + strings.Repeat("x\n", 30_000),
	"million cells": strings.Repeat(strings.Repeat("|a", 1000)+"\n", 2) + strings.Repeat("|-", 1000) + "\n" + strings.Repeat(strings.Repeat("|a", 1000)+"\n", 1000),
	"letters":       strings.Repeat("x", 200_000), "angles": strings.Repeat("<", 120_000), "indent": strings.Repeat(" ", 10_000) + "- x", "stairs": stairs(300),
	"tags": strings.Repeat("<u>", 6000), "tags shut": strings.Repeat("<u>", 3000) + strings.Repeat("</sub>", 3000), "details": strings.Repeat("<details>\n", 12_000), "more details": strings.Repeat("<details>\n\n", 99),
	"entities": strings.Repeat("&amp;", 25_000), "emphasis": strings.Repeat("*a **b ", 2500), "emphasis shut": strings.Repeat("*a", 6000) + strings.Repeat("a*", 6000), "struck": strings.Repeat("~~a ", 6000), "mixed": strings.Repeat("*~~_a", 4000),
	"bangs": strings.Repeat("![", 9000), "definitions": strings.Repeat("[a]: b\n", 18_000), "used definitions": strings.Repeat("[a]: b\n", 5000) + "\n" + strings.Repeat("[a]", 5000), "many definitions": definitions(6000),
	"blank lines": strings.Repeat("\n", 130_000), "list of blanks": strings.Repeat("-\n", 60_000), "cells": "|a|\n|-|\n" + strings.Repeat("|x<br>- y<br>|\n", 6000), "addresses": strings.Repeat("a@b.cc ", 18_000), "www": strings.Repeat("www.a.bc ", 14_000),
	"links well formed": strings.Repeat("[a](b)", 20_000), "nested brackets": strings.Repeat("[", 900) + strings.Repeat("]", 900), "quotes and lists": strings.Repeat("> - ", 50) + "x", "lazy": strings.Repeat("> ", 90) + "a\n" + strings.Repeat("b\n", 50_000),
	"lazy lists": strings.Repeat("- ", 90) + "a\n" + strings.Repeat("b\n", 50_000), "fences": strings.Repeat("```\n", 30_000), "setext": strings.Repeat("a\n=\n", 30_000), "NUL": strings.Repeat("\x00", 120_000), "not UTF-8": strings.Repeat("\xff", 60_000),
}

// ticks returns runs of backticks of all lengths below n.
func ticks(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		b.WriteString(strings.Repeat("`", i) + " ")
	}
	return b.String()
}

// stairs returns a list in which every item is one level deeper.
func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- x\n")
	}
	return b.String()
}

// definitions returns n link definitions.
func definitions(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("[x" + strings.Repeat("y", i%7) + string(rune('a'+i%26)) + "]: u\n")
	}
	return b.String()
}

// best returns the shortest time of up to three runs, since other work on the
// machine makes single runs slow. It stops below hostileLimit.
func best(run func()) time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for range 3 {
		started := time.Now()
		run()
		if shortest = min(shortest, time.Since(started)); shortest < hostileLimit {
			break
		}
	}
	return shortest
}

// TestHostileMarkdown limits the time and memory of hostile Markdown.
func TestHostileMarkdown(t *testing.T) {
	for name, md := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			var err error
			took := best(func() {
				var n *adf.Node
				runtime.ReadMemStats(&before)
				if n, err = adf.FromMarkdown(md); err == nil {
					adf.ToMarkdown(n)
				}
				runtime.ReadMemStats(&after)
			})
			t.Logf("with ToMarkdown %v, %d MB, error %v", took, (after.TotalAlloc-before.TotalAlloc)>>20, err)
			if took > 2*hostileLimit*slower {
				t.Errorf("took %v", took)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 300*slower {
				t.Errorf("allocated %d MB", mb)
			}
		})
	}
}

// TestHostileDocuments limits the time of hostile documents.
func TestHostileDocuments(t *testing.T) {
	nested := func(open, inner, shut string, n int) string {
		return `{"type":"doc","version":1,"content":[` + strings.Repeat(open, n) + inner + strings.Repeat(shut, n) + `]}`
	}
	p := `{"type":"paragraph","content":[{"type":"text","text":"x"}]}`
	many := strings.Repeat(`{"type":"text","text":"*a","marks":[{"type":"strong"}]},{"type":"text","text":"b "},`, 20_000)
	for name, data := range map[string]string{
		"deep quotes":     nested(`{"type":"blockquote","content":[`, p, `]}`, 4000),
		"deep lists":      nested(`{"type":"bulletList","content":[{"type":"listItem","content":[`, p, `]}]}`, 2400),
		"deep tasks":      nested(`{"type":"taskList","attrs":{"localId":"a"},"content":[`, `{"type":"taskItem","attrs":{"localId":"a","state":"TODO"}}`, `]}`, 4000),
		"too deep":        nested(`{"type":"blockquote","content":[`, p, `]}`, 200_000),
		"deep attributes": `{"type":"doc","version":1,"content":[{"type":"extension","attrs":{"parameters":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}]}`,
		"many texts":      `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[` + strings.TrimSuffix(many, ",") + `]}]}`,
		"stars":           `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + strings.Repeat("*", 1<<20) + `"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			took := best(func() {
				var n *adf.Node
				if n, err = adf.Decode([]byte(data)); err == nil {
					md := adf.ToMarkdown(n)
					if _, _, err = adf.Apply(n, md); err == nil {
						_, _, err = adf.Apply(n, md+"\n\nx")
					}
				}
			})
			t.Logf("%v, error %v", took, err)
			if took > 2*hostileLimit*slower {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestOrdinaryTextIsRead checks that the limits do not affect ordinary text.
func TestOrdinaryTextIsRead(t *testing.T) {
	border := "+" + strings.Repeat("-", 121) + "+\n"
	table := "| a | b | c | d | e | f | g | h | i | j |\n|" + strings.Repeat("---|", 10) + "\n" + strings.Repeat("| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 0 |\n", 50)
	for name, md := range map[string]string{
		"a rule of dashes":       strings.Repeat("-", 300),
		"a rule in code":         "```\n" + strings.Repeat("-", 120) + "\n```",
		"a comment's rule":       "```\n/" + strings.Repeat("*", 120) + "\n```\n\n" + strings.Repeat("*", 120) + " x",
		"a database's table":     "```\n" + border + "| id |\n" + border + "```\n\n" + border,
		"dashes and a word":      strings.Repeat("-", 110) + " BEGIN",
		"a table and a long log": table + "\n```\n" + strings.Repeat("2026-03-01 ok\n", 2100) + "```",
		"versions":               strings.Repeat("1.2.3\n", 500),
		"a long list":            strings.Repeat("- item\n", 5000),
	} {
		n, err := adf.FromMarkdown(md)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := adf.FromMarkdown(adf.ToMarkdown(n)); err != nil {
			t.Errorf("%s, as it is shown: %v", name, err)
		}
	}
}

// TestHostileEdits limits the time of edits that change all words, signs or
// marks of a long paragraph.
func TestHostileEdits(t *testing.T) {
	for name, c := range map[string][2]string{
		"words": {strings.Repeat("one two ", 8000), strings.Repeat("six ten ", 8000)},
		"signs": {strings.Repeat("a.", 30_000), strings.Repeat("b,", 30_000)},
		"marks": {strings.Repeat("**a** b ", 2400), strings.Repeat("a **b** ", 2400)},
	} {
		n, err := adf.FromMarkdown(c[0])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		took := best(func() { _, _, err = adf.Apply(n, c[1]) })
		t.Logf("%s: %v, error %v", name, took, err)
		if took > 2*hostileLimit*slower {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// knowsAll is a resolver that knows every name that begins with an a.
type knowsAll struct{}

// Mention implements [adf.Resolver].
func (knowsAll) Mention(text string) (accountID, name string, ok bool) {
	return "1", "a", strings.HasPrefix(text, "a")
}

// Attachment implements [adf.Resolver].
func (knowsAll) Attachment(string) (adf.File, bool) { return adf.File{}, false }

// TestManyMentions limits the time for texts full of signs that may be mentions,
// and for documents that are one long word of mentions.
func TestManyMentions(t *testing.T) {
	for _, unit := range []string{"@", "@a", "@a ", "x@", "(@", `\@`} {
		md := strings.Repeat(unit, 130_000/len(unit))
		var err error
		if took := best(func() { _, err = adf.FromMarkdown(md, adf.Resolve(knowsAll{})) }); took > 2*hostileLimit || err != nil {
			t.Errorf("%q: %s, %v", unit, took, err)
		}
	}
	var mentions []*adf.Node
	for range 20_000 {
		m := &adf.Node{Type: "mention"}
		m.SetAttr("id", "1")
		m.SetAttr("text", "@Ana")
		mentions = append(mentions, m)
	}
	for name, doc := range map[string]*adf.Node{
		"mentions": adf.NewDoc(adf.NewParagraph(mentions...)),
		"signs":    adf.NewDoc(adf.NewParagraph(adf.NewText(strings.Repeat("@", 130_000)))),
		"a word":   adf.NewDoc(adf.NewParagraph(adf.NewText(strings.Repeat("*@", 65_000)))),
	} {
		if took := best(func() { _ = adf.ToMarkdown(doc) }); took > 2*hostileLimit {
			t.Errorf("%s: %s", name, took)
		}
	}
}
