package adf_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// windowsText is a document as it is stored after somebody pasted from Windows.
const windowsText = `{"type":"doc","version":1,"content":[` +
	`{"type":"paragraph","content":[{"type":"text","text":"one\r\ntwo three\r\nfour"}]},` +
	`{"type":"codeBlock","attrs":{"language":"bat"},"content":[{"type":"text","text":"@echo off\r\ndir"}]},` +
	`{"type":"paragraph","content":[{"type":"text","text":"old\rMac"}]}]}`

// TestLineEndsOfOtherSystems checks that \r\n and \r are shown as line ends, that
// text to find may extend over them, and that an edit keeps those that it does
// not touch.
func TestLineEndsOfOtherSystems(t *testing.T) {
	t.Parallel()
	d, err := adf.Decode([]byte(windowsText))
	if err != nil {
		t.Fatal(err)
	}
	const shown = "one\ntwo three\nfour\n\n```bat\n@echo off\ndir\n```\n\nold\nMac"
	if md := adf.ToMarkdown(d); md != shown {
		t.Fatalf("shown as %q, want %q", md, shown)
	}
	same, _, err := adf.Apply(d, shown)
	if data, _ := json.Marshal(same); err != nil || string(data) != mustCompact(t, windowsText) {
		t.Errorf("no edit gives %s (%v)", data, err)
	}
	edited, _, err := adf.ReplaceText(d, "one\r\ntwo three", "one\ntwo 3")
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(edited)
	for _, want := range []string{"two 3", `"@echo off\r\ndir"`, `"old\rMac"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the edit lost %s: %s", want, data)
		}
	}
}

// mustCompact returns JSON as this package encodes it.
func mustCompact(t *testing.T, text string) string {
	t.Helper()
	d, err := adf.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestEastAsianEmphasis checks emphasis next to the writing of languages without
// spaces, and that each text comes back.
func TestEastAsianEmphasis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ md, mark, text string }{
		{"**回滚步骤：**先停止网关", "strong", "回滚步骤："},
		{"请先看**《值班手册》**的第三章", "strong", "《值班手册》"},
		{"~~旧的设置（30 秒）。~~现在改为十秒。", "strike", "旧的设置（30 秒）。"},
		{"これは*「重要」*です", "em", "「重要」"},
		{"**API.**は使えません", "strong", "API."},
		{"그는 **“좋아요.”**라고 말했다", "strong", "“좋아요.”"},
		{"(**注意。**)を読む", "strong", "注意。"},
	} {
		d, err := adf.FromMarkdown(c.md)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for n := range d.All() {
			if n.Type == "text" && n.Text == c.text && n.Mark(c.mark) != nil {
				found = true
			}
		}
		if data, _ := json.Marshal(d); !found {
			t.Errorf("%s: no %s %q in %s", c.md, c.mark, c.text, data)
		}
		if md := adf.ToMarkdown(d); md != c.md {
			t.Errorf("%q comes back as %q", c.md, md)
		}
	}
	for _, md := range []string{"foo**.bar**", "2 * 3 * 4", "a*“b”*c"} { // other languages stay as CommonMark reads them
		d, err := adf.FromMarkdown(md)
		if err != nil {
			t.Fatal(err)
		}
		for n := range d.All() {
			if n.Type == "text" && len(n.Marks) > 0 {
				t.Errorf("%q: %q has marks", md, n.Text)
			}
		}
	}
}
