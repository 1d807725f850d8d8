package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// oddValues are values that arguments of any type may be given.
var oddValues = []string{`99999999999999999999`, `"99999999999999999999"`, `1e400`, `-1`, `0.5`, `"0x10"`, `""`, `" "`, `"\u0000"`, `"\ud800"`, `"%zz"`, `"2026-13-45"`, `"1w 99999999999999d"`,
	`[]`, `[[]]`, `[null]`, `{}`, `{"a":{"b":[1]}}`, `null`, `true`, `"[1,2"`, `"{\"a\":"`, `"data:image/png;base64,!!"`, `"((("`, `"PAY-99999999999999999999"`, `"a\nb"`}

// oddValuesEach is how many of them each argument is given: all of them would take
// half a minute.
const oddValuesEach = 2

// TestNoGoErrorText checks that no text of an error of Go's packages or of mcp-go
// reaches a model, whatever a tool is given.
func TestNoGoErrorText(t *testing.T) {
	toolstest.SkipWhenShort(t)
	b := toolstest.New(t, toolstest.Everything)
	calls := 0
	for _, tool := range b.Tools.Tools {
		base := map[string]json.RawMessage{}
		if list := branchCalls[tool.Name]; len(list) > 0 {
			if err := json.Unmarshal([]byte(fillBranchIDs(b, list[0])), &base); err != nil {
				t.Fatal(err)
			}
		}
		var schema struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if err := json.Unmarshal(tool.InputSchema(nil), &schema); err != nil {
			t.Fatal(err)
		}
		for n, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			for k := range oddValuesEach {
				odd := oddValues[(n*oddValuesEach+k)%len(oddValues)]
				args := maps.Clone(base)
				args[name] = json.RawMessage(odd)
				if tool.Effect.Writes() {
					args["dry_run"] = json.RawMessage("true")
				}
				var parts []string
				for _, member := range slices.Sorted(maps.Keys(args)) {
					parts = append(parts, fmt.Sprintf("%q:%s", member, args[member]))
				}
				sent := "{" + strings.Join(parts, ",") + "}"
				res := b.Tools.Runner.Call(t.Context(), tool, toolstest.CallRequest(tool.Name, sent))
				calls++
				if text := toolstest.ResultText(res); goErrors.MatchString(text) {
					t.Errorf("%s %s: %.300s", tool.Name, sent, text)
				}
			}
		}
	}
	for _, uri := range []string{"jira://attachment/99999999999999999999", "jira://attachment/%zz", "jira://board/x/sprint/99999999999999999999", "jira://board/99999999999999999999/sprint/current", "jira://filter/99999999999999999999", "jira://issue/%00", "jira://project/a%2Fb", "jira://nothing/1"} {
		if _, _, _, err := b.Resource(t.Context(), uri); err != nil && goErrors.MatchString(err.Error()) {
			t.Errorf("%s: %v", uri, err)
		}
	}
	t.Logf("%d calls", calls)
}
