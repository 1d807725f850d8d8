package adf_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// within panics if nobody calls the returned function before the limit.
func within(limit time.Duration, what any) func() {
	timer := time.AfterFunc(limit, func() { panic(fmt.Sprintf("hangs on %q", what)) })
	return func() { timer.Stop() }
}

// FuzzFromMarkdown checks that any Markdown makes a valid document or a clear
// error, and that the Markdown of the document makes the same blocks and text
// again.
func FuzzFromMarkdown(f *testing.F) {
	for _, md := range samples {
		f.Add(md)
	}
	for _, md := range hostile {
		if len(md) < 2000 {
			f.Add(md)
		}
	}
	schema := contracttest.LoadFastADF(f)
	f.Fuzz(func(t *testing.T, md string) {
		defer within(5*time.Second, md)()
		n, err := adf.FromMarkdown(md)
		if err != nil {
			return
		}
		v := plain(t, n)
		if err := schema.Check(v); err != nil {
			t.Fatalf("%q: %v", md, err)
		}
		shown := adf.ToMarkdown(n)
		back, err := adf.FromMarkdown(shown)
		if err != nil {
			return // Escapes may bring a text over a limit.
		}
		if a, b := shape(v), shape(plain(t, back)); a != b {
			t.Fatalf("%q shown as %q:\n%s\n%s", md, shown, a, b)
		}
	})
}

// fuzzDocument decodes a document. It skips JSON on which JSON readers
// disagree.
func fuzzDocument(data []byte) (n *adf.Node, v any, ok bool) {
	n, err := adf.Decode(data)
	if err != nil || json.Unmarshal(data, &v) != nil || v == nil {
		return nil, nil, false
	}
	return n, v, true
}

// FuzzToMarkdown checks that any JSON object is encoded to the value it was
// decoded from, and can be shown, and that a valid document without opaque
// nodes gets its blocks and text back.
func FuzzToMarkdown(f *testing.F) {
	schema := contracttest.LoadFastADF(f)
	g := newGenerator(f, 11, opaqueDefinitions...)
	for range 100 {
		data, _ := json.Marshal(g.doc())
		f.Add(data)
	}
	for _, form := range forms {
		f.Add([]byte(formDocument(form.block, form.inline)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer within(5*time.Second, data)()
		n, v, ok := fuzzDocument(data)
		if !ok {
			return
		}
		if again := plain(t, n); !reflect.DeepEqual(again, v) {
			t.Fatalf("%s became %v", data, again)
		}
		md := adf.ToMarkdown(n)
		back, err := adf.FromMarkdown(md)
		if err != nil || schema.Check(v) != nil || !readableShape(v) {
			return
		}
		got := plain(t, back)
		if err := schema.Check(got); err != nil {
			t.Fatalf("%s: %v", md, err)
		}
		if a, b := shape(v), shape(got); a != b {
			t.Fatalf("%s shown as %q:\n%s\n%s", data, md, a, b)
		}
	})
}

// readableShape reports whether all nodes of a document have a readable form.
func readableShape(v any) bool {
	n, ok := v.(map[string]any)
	if !ok {
		return false
	}
	switch n["type"] {
	case "extension", "bodiedExtension", "inlineExtension", "syncBlock", "bodiedSyncBlock", "layoutSection":
		return false
	}
	if a, ok := n["attrs"].(map[string]any); ok {
		for _, span := range []string{"colspan", "rowspan"} {
			if s, ok := a[span]; ok && s != 1.0 {
				return false
			}
		}
		if n["type"] == "heading" && a["level"] != float64(int(a["level"].(float64))) {
			return false
		}
	}
	content, _ := n["content"].([]any)
	for _, c := range content {
		if !readableShape(c) {
			return false
		}
	}
	return true
}

// FuzzApply checks that an edit only fails at a limit, that unchanged Markdown
// gives the document itself, and that an edit of a valid document is valid.
func FuzzApply(f *testing.F) {
	schema := contracttest.LoadFastADF(f)
	g := newGenerator(f, 12)
	for i := range 100 {
		data, _ := json.Marshal(g.doc())
		f.Add(data, samples[i%len(samples)], uint16(i*7), uint16(i*3))
	}
	f.Fuzz(func(t *testing.T, data []byte, insert string, at, cut uint16) {
		defer within(10*time.Second, data)()
		n, v, ok := fuzzDocument(data)
		if !ok {
			return
		}
		md := adf.ToMarkdown(n)
		got, _, err := adf.Apply(n, md)
		if err != nil || !reflect.DeepEqual(plain(t, got), v) {
			t.Fatalf("%s is not itself: %v", data, err)
		}
		from := int(at) % (len(md) + 1)
		to := min(from+int(cut)%50, len(md))
		edited := md[:from] + insert + md[to:]
		got, _, err = adf.Apply(n, edited)
		if err != nil {
			return
		}
		if after := plain(t, n); !reflect.DeepEqual(after, v) {
			t.Fatalf("the original was changed: %s", data)
		}
		if schema.Check(v) == nil {
			if err := schema.Check(plain(t, got)); err != nil {
				t.Fatalf("%v\n%s\nedited to\n%s", err, data, edited)
			}
		}
	})
}
