package adf_test

import (
	"encoding/json"
	"flag"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// documents is the number of random documents on which each property is tried.
var documents = flag.Int("documents", 1500, "random documents for each property")

// sample is a random valid document in the forms that tests need.
type sample struct {
	node  *adf.Node
	json  []byte
	plain any
}

// eachDocument calls property with random valid documents.
func eachDocument(t *testing.T, seed uint64, avoid []string, property func(i int, s sample)) {
	t.Helper()
	schema := contracttest.LoadFastADF(t)
	g := newGenerator(t, seed, avoid...)
	invalid := 0
	for i := range *documents {
		data, err := json.Marshal(g.doc())
		if err != nil {
			t.Fatal(err)
		}
		s := sample{json: data}
		if err := json.Unmarshal(data, &s.plain); err != nil {
			t.Fatal(err)
		}
		if schema.Check(s.plain) != nil {
			invalid++ // The schema has corners that the generator does not know.
			continue
		}
		if s.node, err = adf.Decode(data); err != nil {
			t.Fatal(err)
		}
		if property(i, s); t.Failed() {
			return
		}
	}
	if invalid*10 > *documents {
		t.Errorf("%d of %d documents were not valid to begin with", invalid, *documents)
	}
}

// plain converts a document to plain Go values.
func plain(t testing.TB, n *adf.Node) any {
	t.Helper()
	data, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRoundTrip checks that the Markdown of a document converts to a valid
// document with the same text and blocks.
func TestRoundTrip(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	eachDocument(t, 1, opaqueDefinitions, func(i int, s sample) {
		md := adf.ToMarkdown(s.node)
		back, err := adf.FromMarkdown(md)
		if err != nil {
			t.Errorf("%d: %v\n%s", i, err, s.json)
			return
		}
		got := plain(t, back)
		if err := schema.Check(got); err != nil {
			t.Errorf("%d: invalid: %v\n%s\n%s", i, err, s.json, md)
		}
		if a, b := shape(s.plain), shape(got); a != b {
			at := 0
			for at < min(len(a), len(b)) && a[at] == b[at] {
				at++
			}
			from := max(at-80, 0)
			t.Errorf("%d: want …%q\ngot …%q\nshown as\n%s\nfrom %s", i, a[from:min(at+80, len(a))], b[from:min(at+80, len(b))], md, s.json)
		}
	})
}

// sameJSON reports whether two JSON values are equal.
func sameJSON(t testing.TB, a, b any) bool {
	t.Helper()
	return reflect.DeepEqual(a, b)
}

// content returns the content of a node.
func content(v any) []any { return v.(map[string]any)["content"].([]any) }

// TestApplyKeeps checks that unchanged Markdown gives the document itself. With
// a new block at both ends, so that Apply has to parse and compare everything
// between them, it gives every block of the document.
func TestApplyKeeps(t *testing.T) {
	eachDocument(t, 2, nil, func(i int, s sample) {
		md := adf.ToMarkdown(s.node)
		got, report, err := adf.Apply(s.node, md)
		if err != nil || !sameJSON(t, plain(t, got), s.plain) || len(report.Lost) > 0 {
			t.Errorf("%d: not itself: %v %+v\n%s", i, err, report, s.json)
			return
		}
		got, report, err = adf.Apply(s.node, "first new\n\n"+md+"\n\nlast new")
		if err != nil {
			t.Errorf("%d: %v\n%s", i, err, s.json)
			return
		}
		all := content(plain(t, got))
		want := content(s.plain)
		if len(report.Lost) > 0 || report.Kept != len(want) || len(all) != len(want)+2 || !sameJSON(t, all[1:len(all)-1], want) {
			if len(all) == len(want)+2 {
				for k := range want {
					if !sameJSON(t, all[k+1], want[k]) {
						t.Errorf("block %d: %s", k, cmp.Diff(want[k], all[k+1]))
					}
				}
			}
			t.Errorf("%d: %d blocks of %d: %+v\n%s\n%s", i, len(all), len(want), report, md, s.json)
		}
		if !sameJSON(t, plain(t, s.node), s.plain) {
			t.Errorf("%d: the original was changed", i)
		}
	})
}

// TestDecodeKeepsEverything checks that any document is encoded to the value it
// was decoded from.
func TestDecodeKeepsEverything(t *testing.T) {
	eachDocument(t, 3, nil, func(i int, s sample) {
		if !sameJSON(t, plain(t, s.node), s.plain) {
			t.Errorf("%d: %s", i, s.json)
		}
	})
}
