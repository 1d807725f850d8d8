package adf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// description returns a long description of about 32 KB, as people write them.
func description() string {
	var b strings.Builder
	for i := 0; b.Len() < 32<<10; i++ {
		fmt.Fprintf(&b, "## Step %d\n\nThe **checkout** fails with `ERR_%d` when the cart holds more than *three* items, see [the log](https://example.com/log/%d) and ask [@Ana Silva](accountid:5b10a%d). It was seen on staging_2 and, once, in production; nobody could say why it happened there.\n\n", i, i, i, i)
		fmt.Fprintf(&b, "- open the page\n- add items\n  1. a book\n  2. a pen\n- pay\n\n")
		fmt.Fprintf(&b, "| browser | version | result |\n|---|--:|---|\n| Firefox | %d | ok |\n| Safari | 17 | **fails** |\n\n", i)
		fmt.Fprintf(&b, "> [!WARNING]\n> Do not try this with real cards.\n\n```go\nif err := pay(%d); err != nil {\n\treturn err\n}\n```\n\n", i)
	}
	return strings.TrimSpace(b.String())
}

// BenchmarkGoldmarkHTML measures goldmark's own conversion to HTML, for
// comparison.
func BenchmarkGoldmarkHTML(b *testing.B) {
	md := []byte(description())
	gm := goldmark.New(goldmark.WithExtensions(extension.GFM))
	var out bytes.Buffer
	b.SetBytes(int64(len(md)))
	for b.Loop() {
		out.Reset()
		if err := gm.Convert(md, &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromMarkdown(b *testing.B) {
	md := description()
	b.SetBytes(int64(len(md)))
	for b.Loop() {
		if _, err := adf.FromMarkdown(md); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToMarkdown(b *testing.B) {
	n := from(b, description())
	b.SetBytes(int64(len(adf.ToMarkdown(n))))
	for b.Loop() {
		adf.ToMarkdown(n)
	}
}

// BenchmarkApply changes one word in the middle of the text.
func BenchmarkApply(b *testing.B) {
	n := from(b, description())
	edited := strings.Replace(adf.ToMarkdown(n), "ERR_20", "ERR_twenty", 1)
	for b.Loop() {
		if _, _, err := adf.Apply(n, edited); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApplyAll changes a word in every block, so that Apply has to parse
// and compare all of them.
func BenchmarkApplyAll(b *testing.B) {
	n := from(b, description())
	edited := strings.ReplaceAll(adf.ToMarkdown(n), "the", "a")
	for b.Loop() {
		if _, _, err := adf.Apply(n, edited); err != nil {
			b.Fatal(err)
		}
	}
}
