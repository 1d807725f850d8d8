package fence

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestIssuesInValues checks that every issue named by a value of a write is
// found.
func TestIssuesInValues(t *testing.T) {
	for id, c := range map[string]struct {
		value any
		want  string
	}{
		"parent":            {map[string]any{"key": "10150"}, "10150"},
		"customfield_2":     {" OPS-3 ", "OPS-3"},
		"customfield_3":     {map[string]any{"type": "doc", "key": "OPS-4"}, "OPS-4"},
		"customfield_10014": {"OPS-7", "OPS-7"},
		"issuelinks":        {[]any{map[string]any{"add": map[string]any{"type": map[string]any{"name": "Blocks"}, "inwardIssue": map[string]any{"key": "OPS-3"}, "outwardIssue": map[string]any{"id": "77"}}}}, "OPS-3 77"},
		"labels":            {[]any{"a", "covid-19"}, ""},
		"customfield_1":     {map[string]any{"value": "UTF-8"}, ""},
		"description":       {map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"text": "OPS-1"}}}, ""},
		"summary":           {"see OPS-1", ""},
	} {
		got := issuesIn(id, c.value)
		if len(got) == 2 && got[0] == "77" {
			got[0], got[1] = got[1], got[0]
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", id, got, c.want)
		}
	}
	if got := issuesIn("parent", map[string]any{"id": json.Number("10150")}); len(got) != 1 || got[0] != "10150" {
		t.Errorf("a parent by id: %v", got)
	}
}
