package issues_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestAwkwardNames sets every kind of field of LAB by names that hold commas,
// " > " and blanks, or that look like ids of other values.
func TestAwkwardNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, value, id, stored, shown string }{
		{"Lab size", "10", seed.LabSize, `"id":"11"`, "Lab size: 10"},
		{"Lab size", "13", seed.LabSize, `"id":"13"`, "Lab size: large"}, // no name: an id, shown by its name
		{"Lab size", "large", seed.LabSize, `"id":"13"`, "Lab size: large"},
		{"Work category", "Ops: build, test and release", seed.LabCategory, `[{"id":"302020"`, "Work category: Ops: build, test and release"},
		{"Work category", "Other, Ops: build, test and release", seed.LabCategory, `"id":"302022"`, "Ops: build, test and release"},
		{"Work category", `["Ops: lessons"]`, seed.LabCategory, `"id":"302021"`, "Work category: Ops: lessons"},
		{"Audience", "Age > 18 > A > B", seed.LabAudience, `"child":{"id":"3020310"`, "Audience: Age > 18 > A > B"},
		{"Audience", "R&D > Compilers > Backend", seed.LabAudience, `"child":{"id":"3020320"`, "Audience: R&D > Compilers > Backend"},
		{"Team", "falcon", seed.LabTeam, `"id":"3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1"`, "Team: Falcon (3f6d2a90"},
		{"Team", "b81e55c2-09aa-4d1f-9b7e-6c0d5a4f2e33", seed.LabTeam, `"name":"Heron"`, "Team: Heron (b81e55c2"},
		{"Affected assets", `[{"workspaceId":"9aa1","id":"9aa1:24","objectId":"24"}]`, seed.LabAssets, `"objectId":"24"`, "Affected assets: (9aa1:24)"},
		{"Target version", "10230", seed.LabVersion, `"id":"10231"`, "Target version: 10230"},
		{"Target version", "2.0, beta", seed.LabVersion, `"id":"10230"`, "Target version: 2.0, beta"},
		{"Other project", "PAY", seed.LabProject, `"key":"PAY"`, "Other project: Payments"},
		{"Other project", "Lab, Field Trials", seed.LabProject, `"key":"LAB"`, "Other project: Lab, Field Trials"},
		{"Groups", "payments-team, nobody-yet", seed.LabGroups, `"name":"nobody-yet"`, "Groups: payments-team, nobody-yet"},
		{"Tags (app)", "a, b", seed.LabTags, `["a","b"]`, "Tags (app): a, b"},
		{"Fix versions", "2.0, beta, 10230", "fixVersions", `"id":"10231"`, "Fix versions: 2.0, beta, 10230"},
		{"Components", "Sensors, API, public", "components", `"id":"10130"`, "Components: "},
		{"Assignee", "Lindqvist, Karin", "assignee", `"displayName":"Lindqvist, Karin"`, "Assignee: Lindqvist, Karin"},
		{"Sprint", "61", seed.Sprint, `"id":62`, "Sprint: 61"},
		{"Sprint", "LAB, week 1", seed.Sprint, `"id":61`, "Sprint: LAB, week 1"},
		{"Due date", " 2026-12-24 ", "duedate", `"2026-12-24"`, "Due date: 2026-12-24"},
	} {
		t.Run(c.field+" "+c.value, func(t *testing.T) {
			t.Parallel()
			b := toolstest.New(t, toolstest.Everything)
			text, _ := b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "LAB-5", "fields", []map[string]string{{"name": c.field, "value": c.value}}))
			stored, _ := json.Marshal(b.Field("LAB-5", c.id))
			compact := strings.NewReplacer("\\u003e", ">", "\\u0026", "&").Replace(string(stored))
			if !strings.Contains(strings.ReplaceAll(compact, `, "`, `,"`), c.stored) && !strings.Contains(sortedJSON(t, stored), c.stored) {
				t.Errorf("stored %s, want %s", compact, c.stored)
			}
			if !strings.Contains(text, strings.TrimPrefix(c.shown, c.field+": ")) || !strings.Contains(text, c.field+": ") || strings.Contains(text, "Not kept") {
				t.Errorf("%s\ndoes not say %q", text, c.shown)
			}
			text, _ = b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "LAB-5", "fields", []map[string]string{{"name": c.field, "op": "clear"}}))
			if !strings.Contains(text, "→ empty") {
				t.Errorf("clearing: %s", text)
			}
		})
	}
}

// sortedJSON returns JSON with the id first in every object.
func sortedJSON(t *testing.T, data []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(any) string
	walk = func(v any) string {
		switch v := v.(type) {
		case []any:
			var parts []string
			for _, one := range v {
				parts = append(parts, walk(one))
			}
			return "[" + strings.Join(parts, ",") + "]"
		case map[string]any:
			out := "{"
			if id, ok := v["id"]; ok {
				text, _ := json.Marshal(id)
				out += `"id":` + string(text) + ","
			}
			for k, one := range v {
				if k != "id" {
					out += `"` + k + `":` + walk(one) + ","
				}
			}
			return strings.TrimSuffix(out, ",") + "}"
		}
		text, _ := json.Marshal(v)
		return string(text)
	}
	return walk(v)
}

// TestServiceDeskFields sets the fields of a service desk by names that other
// issues show, and reads them.
func TestServiceDeskFields(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	text, _ := b.Ok("jira_create_issue", `{"project":"HELP","type":"Incident","summary":"The terminal is dark","fields":[{"name":"Impact","value":"Minor"},{"name":"Request Type","value":"report an outage"},
		{"name":"Organizations","value":"Kestrel, Hobbs and Sons"},{"name":"Request participants","value":"Ben Okafor, Chidi Eze"},{"name":"Request language","value":"German"}]}`)
	for _, want := range []string{"Organizations: Kestrel, Hobbs and Sons", "Request Type: Report an outage", "Request language: German", "Request participants: Ben Okafor, Chidi Eze"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	if strings.Contains(text, "Not kept") {
		t.Error(text)
	}
	b.Refused("jira_create_issue", `{"project":"HELP","type":"Incident","summary":"x","fields":[{"name":"Impact","value":"Minor"},{"name":"Request Type","value":"Get a car"}]}`,
		`none of the issues of HELP that changed last has the request type "Get a car"; known: Get IT help, Report an outage`, "or its id, such as 12")
	text, _ = b.Ok("jira_get_issue", `{"issues":["HELP-25","HELP-1"],"fields":["Time to resolution","Request Type"]}`)
	for _, want := range []string{"breached", "Time to resolution: none", "Request Type: Get IT help"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
}

// TestRemoveNameWithComma removes a text with a comma from a list for which Jira
// lists no values.
func TestRemoveNameWithComma(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Ok("jira_update_issue", `{"issue":"LAB-3","fields":[{"name":"Tags (app)","value":"[\"a, b\",\"c\",\"d\"]"}]}`)
	text, _ := b.Ok("jira_update_issue", `{"issue":"LAB-3","fields":[{"name":"Tags (app)","op":"remove","value":"c, a, b"}]}`)
	if !strings.Contains(text, "a, b, c, d → d") || strings.Contains(text, "Already so") {
		t.Error(text)
	}
}
