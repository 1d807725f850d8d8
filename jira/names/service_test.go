package names_test

import (
	"encoding/json"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// Values of fields of apps, as Jira reads them.
const (
	teamValue    = `{"id":"3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1","name":"Falcon","title":"Falcon","isVisible":true,"isShared":true}`
	requestValue = `{"_links":{"self":"x"},"requestType":{"id":"12","name":"Get IT help"},"currentStatus":{"status":"Waiting for support"}}`
	assetValue   = `[{"workspaceId":"9aa1","id":"9aa1:24","objectId":"24"}]`
)

// TestFormatServiceObjects checks the readable form of request types, service
// level agreements, teams and objects of Assets.
func TestFormatServiceObjects(t *testing.T) {
	t.Parallel()
	cycle := func(more string) string {
		return `{"goalDuration":{"friendly":"8h"},"elapsedTime":{"friendly":"10h"},"remainingTime":{"friendly":"-2h"},"breachTime":{"iso8601":"2026-03-02T09:00:00+0100"}` + more + `}`
	}
	for raw, want := range map[string]string{
		requestValue: "Get IT help (Waiting for support)", `{"requestType":{"id":"12","name":"Get IT help"}}`: "Get IT help",
		teamValue:  "Falcon (3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1)",
		assetValue: "(9aa1:24)", `[{"id":"9aa1:24","objectId":"24","label":"db-1","objectKey":"IT-24"}]`: "db-1 IT-24 (9aa1:24)",
		`{"id":"2","name":"Time to resolution","completedCycles":[],"ongoingCycle":` + cycle(`,"breached":true`) + `}`:                    "breached, -2h remaining of 8h, due 2026-03-02T09:00:00+0100",
		`{"id":"2","name":"Time to resolution","completedCycles":[],"ongoingCycle":` + cycle(`,"paused":true`) + `}`:                      "paused, -2h remaining of 8h, due 2026-03-02T09:00:00+0100",
		`{"id":"2","name":"Time to resolution","completedCycles":[` + cycle(`,"breached":true`) + `,` + cycle(`,"breached":false`) + `]}`: "met after 10h of 8h",
		`{"id":"2","name":"Time to resolution","completedCycles":[` + cycle(`,"breached":true`) + `]}`:                                    "breached after 10h of 8h",
		`{"id":"2","name":"Time to resolution","completedCycles":[]}`:                                                                     "not started",
		`{"id":"10","name":"1.0","released":true}`:                                                                                        "1.0",
		`{"languageCode":"de","displayName":"Deutsch"}`:                                                                                   "Deutsch",
		`{"id":"3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1","name":"A workspace"}`:                                                              "A workspace",
	} {
		if got := names.Format(json.RawMessage(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// TestEqualByIdentity checks that a value which is written as its id, code or
// key equals the object that Jira reads.
func TestEqualByIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sent any
		held string
		want bool
	}{
		{"3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1", teamValue, true}, {"3F6D2A90-71C4-4E0B-8A55-1D90C2B7E6F1", teamValue, true}, {"0f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1", teamValue, false},
		{"12", requestValue, true}, {"13", requestValue, false}, {"de", `{"languageCode":"de","displayName":"Deutsch"}`, true}, {"en", `{"languageCode":"de","displayName":"Deutsch"}`, false},
		{[]string{"7", "8"}, `[{"id":"8","name":"B"},{"id":"7","name":"A"}]`, true}, {[]string{"7", "9"}, `[{"id":"8","name":"B"},{"id":"7","name":"A"}]`, false},
		{[]any{map[string]any{"workspaceId": "9aa1", "id": "9aa1:24", "objectId": "24"}}, assetValue, true}, {"", teamValue, false},
	} {
		if got := names.Equal(c.sent, json.RawMessage(c.held)); got != c.want {
			t.Errorf("%v, %s: %v", c.sent, c.held, got)
		}
	}
}

// TestValuesOfApps checks that values of unknown types are passed on as the
// caller gives them: JSON objects and arrays unbroken, everything else as text.
func TestValuesOfApps(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"search/jql": `{"issues":[],"isLast":true}`})
	one := func(kind string) jira.FieldMeta {
		return jira.FieldMeta{ID: "customfield_1", Name: "App", Schema: jira.Schema{Type: kind, Custom: "app:field"}}
	}
	list := jira.FieldMeta{ID: "customfield_2", Name: "Apps", Schema: jira.Schema{Type: "array", Items: "cmdb-object-field"}}
	other := jira.FieldMeta{ID: "customfield_2", Name: "Apps", Schema: jira.Schema{Type: "array", Items: "app-thing"}}
	for _, c := range []struct {
		field       jira.FieldMeta
		value, want string
		comparable  bool
	}{
		{one("sd-customerrequesttype"), "12", `"12"`, false}, {one("team"), "3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1", `"3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1"`, false}, {one("any"), "true", `"true"`, false},
		{one("any"), `{"a":[1,2]}`, `{"a":[1,2]}`, false}, {list, assetValue, `[{"id":"9aa1:24","objectId":"24","workspaceId":"9aa1"}]`, false}, {other, "a, b", `["a","b"]`, false},
		{one("number"), "12", "12", true},
	} {
		got, err := n.Encode(t.Context(), c.field, "PAY", c.value)
		if text, _ := json.Marshal(got); string(text) != c.want || err != nil {
			t.Errorf("%s %s: %s (%v), want %s", c.field.Schema.Type, c.value, text, err, c.want)
		}
		if names.IsComparable(c.field) != c.comparable {
			t.Errorf("%s: comparable %v", c.field.Schema.Type, !c.comparable)
		}
	}
}
