package adf_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// TestValidatorsAgree compares the fast validator, on which the property tests
// depend, with a general JSON schema validator, on valid documents and on
// documents with an error. It uses only flat documents, since the general
// validator takes time exponential in their depth.
func TestValidatorsAgree(t *testing.T) {
	general, fast := contracttest.LoadADF(t), contracttest.LoadFastADF(t)
	g := newGenerator(t, 5)
	rnd := rand.New(rand.NewPCG(5, 5))
	verdicts := map[bool]int{}
	for range 1500 {
		data, err := json.Marshal(g.doc())
		if err != nil || len(data) > 4000 {
			continue
		}
		var doc any
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		if depth(doc) > 11 {
			continue
		}
		if rnd.IntN(3) > 0 {
			spoil(rnd, doc)
		}
		want, got := general.Check(doc), fast.Check(doc)
		if (want == nil) != (got == nil) {
			data, _ = json.Marshal(doc)
			t.Fatalf("general: %v\nfast: %v\n%s", want, got, data)
		}
		verdicts[want == nil]++
	}
	if verdicts[true] < 100 || verdicts[false] < 100 {
		t.Errorf("too few documents of one kind: %v", verdicts)
	}
}

// depth returns how deep objects and arrays are nested in a value.
func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			deepest = max(deepest, depth(x))
		}
	case []any:
		for _, x := range v {
			deepest = max(deepest, depth(x))
		}
	default:
		return 0
	}
	return deepest + 1
}

// spoil changes one thing in a document, often so that it is no longer valid.
func spoil(rnd *rand.Rand, doc any) {
	var nodes []map[string]any
	var collect func(any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			nodes = append(nodes, v)
			for _, k := range sortedKeys(v) {
				collect(v[k])
			}
		case []any:
			for _, x := range v {
				collect(x)
			}
		}
	}
	collect(doc)
	n := nodes[rnd.IntN(len(nodes))]
	keys := sortedKeys(n)
	if len(keys) == 0 {
		n["new"] = "x"
		return
	}
	key := keys[rnd.IntN(len(keys))]
	switch rnd.IntN(5) {
	case 0:
		delete(n, key)
	case 1:
		n["new"] = 1.0
	case 2:
		n[key] = []any{n[key], true, "x", 3.0, map[string]any{}, []any{}}[rnd.IntN(6)]
	case 3:
		if list, ok := n[key].([]any); ok && len(list) > 0 {
			n[key] = append(list, list[rnd.IntN(len(list))])
		}
	case 4:
		other := nodes[rnd.IntN(len(nodes))]
		if kind, ok := other["type"]; ok && n["type"] != nil {
			n["type"] = kind
		}
	}
}
