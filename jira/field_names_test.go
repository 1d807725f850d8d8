package jira_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// TestFieldNames checks that the names of fields are read as encoding/json reads
// them, without the members that are no text.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]jira.FieldNames{
		`{}`:   {},
		`null`: nil,
		`{ "summary" : "Summary" , "customfield_10016":"Story\u0020Points","a\"b":"Größe \"x\"","number":7,"none":null,"list":["x"],"":"" }`: {"summary": "Summary", "customfield_10016": "Story Points", `a"b`: `Größe "x"`, "": ""},
	} {
		var got struct{ Names jira.FieldNames }
		if err := json.Unmarshal([]byte(`{"x":1,"names":`+text+`,"y":2}`), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if want == nil && len(got.Names) == 0 {
			continue
		}
		if diff := cmp.Diff(want, got.Names); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
