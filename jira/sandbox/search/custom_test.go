package search_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// The options of the test site's custom fields.
var (
	europe     = &store.Named{ID: "71", Name: "Europe"}
	asia       = &store.Named{ID: "72", Name: "Asia"}
	berlinCity = &store.Named{ID: "73", Name: "Berlin"}
)

// customTypes is the prefix of the types of Jira's own custom fields.
const customTypes = "com.atlassian.jira.plugin.system.customfieldtypes:"

// customFields are the fields of the test site: a system field and one custom
// field of each kind.
var customFields = []*store.Field{
	{ID: "summary", Name: "Summary", Type: "string", System: "summary", JQL: []string{"summary"}},
	{ID: "customfield_10016", CustomID: 10016, Name: "Story Points", Type: "number", Custom: customTypes + "float"},
	{ID: "customfield_10017", CustomID: 10017, Name: "Target date", Type: "date", Custom: customTypes + "datepicker"},
	{ID: "customfield_10018", CustomID: 10018, Name: "Window", Type: "datetime", Custom: customTypes + "datetime"},
	{ID: "customfield_10019", CustomID: 10019, Name: "Approver", Type: "user", Custom: customTypes + "userpicker"},
	{ID: "customfield_10020", CustomID: 10020, Name: "Reviewers", Type: "array", Items: "user", Custom: customTypes + "multiuserpicker"},
	{ID: "customfield_10021", CustomID: 10021, Name: "Systems", Type: "array", Items: "string", Custom: customTypes + "labels"},
	{ID: "customfield_10022", CustomID: 10022, Name: "Owning group", Type: "group", Custom: customTypes + "grouppicker"},
	{ID: "customfield_10023", CustomID: 10023, Name: "Runbook", Type: "string", Custom: customTypes + "url"},
	{ID: "customfield_10024", CustomID: 10024, Name: "Region", Type: "option", Custom: customTypes + "select", Options: []*store.Named{europe, asia}},
	{ID: "customfield_10025", CustomID: 10025, Name: "Regions", Type: "array", Items: "option", Custom: customTypes + "multiselect", Options: []*store.Named{europe, asia}},
	{ID: "customfield_10026", CustomID: 10026, Name: "Location", Type: "option-with-child", Custom: customTypes + "cascadingselect",
		Options: []*store.Named{europe, asia, berlinCity}},
	{ID: "customfield_10027", CustomID: 10027, Name: "Plan", Type: "string", Custom: customTypes + "textarea"},
	{ID: "customfield_10028", CustomID: 10028, Name: "Nickname", Type: "string", Custom: customTypes + "textfield"},
	{ID: "customfield_10029", CustomID: 10029, Name: "Sprint", Type: "array", Items: "json", Custom: store.SprintFieldType},
	{ID: "customfield_10030", CustomID: 10030, Name: "Rank", Type: "any", Custom: store.RankFieldType},
}

// withCustom returns a change that sets a custom field of an issue.
func withCustom(field string, value any) func(*store.Issue) {
	return func(i *store.Issue) { i.Custom = map[string]any{field: value} }
}

// customSite returns a site on which PAY-1 and PAY-2 have values of all custom
// fields, and PAY-3 of none.
func customSite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) {
		i.Sprints = []*store.Sprint{sprint1, sprint2}
		i.Custom = map[string]any{
			"customfield_10016": 3.0, "customfield_10017": "2026-03-05", "customfield_10018": "2026-03-05T10:00:00.000+0100", "customfield_10019": ana,
			"customfield_10020": []*store.User{ana, ben}, "customfield_10021": []string{"Ledger", "gateway"}, "customfield_10022": team,
			"customfield_10023": "https://example.com/Run", "customfield_10024": europe, "customfield_10025": []*store.Named{europe, asia},
			"customfield_10026": store.Cascade{Parent: europe, Child: berlinCity}, "customfield_10027": text("Switch the gateway off"), "customfield_10028": "Old faithful"}
	})
	put(t, env, "PAY-2", func(i *store.Issue) {
		i.Sprints = []*store.Sprint{sprint3}
		i.Custom = map[string]any{
			"customfield_10016": 0.5, "customfield_10017": "2026-04-01", "customfield_10018": "2026-03-05T11:00:00.000+0100", "customfield_10019": ben,
			"customfield_10020": []*store.User{chidi}, "customfield_10021": []string{"mail"}, "customfield_10022": &store.Group{ID: "group-9", Name: "ops"},
			"customfield_10023": "https://example.com/other", "customfield_10024": asia, "customfield_10025": []*store.Named{asia},
			"customfield_10026": store.Cascade{Parent: asia}, "customfield_10027": text("Call the bank"), "customfield_10028": "Rookie"}
	})
	put(t, env, "PAY-3", nil)
	return env
}

// TestCustomFields checks the operators of custom fields: "number and date
// fields" compare, "picker, select, checkbox" and URL fields match whole
// values, and "text fields" are searched by words (Atlassian support, "JQL
// fields", Custom field).
func TestCustomFields(t *testing.T) {
	t.Parallel()
	expectFound(t, customSite(t), map[string]string{
		`"Story Points" = 3`: "PAY-1", `cf[10016] = 3.0`: "PAY-1", `"story points" = "0.5"`: "PAY-2", `"Story Points" != 3`: "PAY-2",
		`"Story Points" IN (3, 0.5)`: "PAY-1 PAY-2",
		`"Story Points" > 0.5`:       "PAY-1", `"Story Points" >= 0.5`: "PAY-1 PAY-2", `"Story Points" < 3`: "PAY-2", `"Story Points" <= 0.4`: "", `"Story Points" IS EMPTY`: "PAY-3",
		`"Target date" = 2026-03-05`: "PAY-1", `"Target date" > "2026/03/05"`: "PAY-2", `"Target date" < 2026-03-06`: "PAY-1", `"Target date" IS NOT EMPTY`: "PAY-1 PAY-2",
		`Window < "2026-03-05 10:30"`: "PAY-1", `Window >= "2026-03-05 11:00"`: "PAY-2", `Window = "2026-03-05 10:00"`: "PAY-1", `Window IS EMPTY`: "PAY-3",
		`Approver = currentUser()`: "PAY-1", `Approver = "Ben Okafor"`: "PAY-2", `Approver != currentUser()`: "PAY-2", `Approver IN membersOf("payments-team")`: "PAY-1 PAY-2",
		`Reviewers = acc-ben`: "PAY-1", `Reviewers = "Chidi Eze"`: "PAY-2", `Reviewers NOT IN (acc-ben)`: "PAY-2", `Reviewers IS EMPTY`: "PAY-3",
		`Systems = gateway`: "PAY-1", `Systems IN (mail, unheard-of)`: "PAY-2", `Systems = ledger`: "PAY-1", `Systems != mail`: "PAY-1",
		`"Owning group" = payments-team`: "PAY-1", `"Owning group" != payments-team`: "PAY-2",
		`Runbook = "https://example.com/Run"`: "PAY-1", `Runbook = "https://example.com"`: "", `Runbook IS NOT EMPTY`: "PAY-1 PAY-2",
		`Region = Europe`: "PAY-1", `Region = 72`: "PAY-2", `cf[10024] IN (Europe, asia)`: "PAY-1 PAY-2", `Region NOT IN (Europe)`: "PAY-2", `Region IS EMPTY`: "PAY-3",
		`Regions = Asia`: "PAY-1 PAY-2", `Regions = Europe`: "PAY-1", `Regions != Europe`: "PAY-2",
		`Location = Berlin`: "PAY-1", `Location = Asia`: "PAY-2", `Location = Europe`: "PAY-1",
		`Plan ~ gateway`: "PAY-1", `Plan ~ "bank call"`: "PAY-2", `Plan IS EMPTY`: "PAY-3", `Nickname ~ faithful`: "PAY-1", `Nickname IS NOT EMPTY`: "PAY-1 PAY-2",
		`Sprint = "Sprint 1"`: "PAY-1", `cf[10029] IN futureSprints()`: "PAY-2",
	})
}

// TestCustomFieldsRefuse checks the operators and values that custom fields do
// not take (Atlassian support, "JQL fields", Custom field).
func TestCustomFieldsRefuse(t *testing.T) {
	t.Parallel()
	expectErrors(t, customSite(t), map[string]string{
		`"Story Points" ~ 3`: "operator '~' is not supported by the 'Story Points' field", `Region > Asia`: "operator '>'", `Region ~ Asia`: "operator '~'",
		`Approver < acc-ana`: "operator '<'", `Runbook ~ example`: "operator '~'", `Runbook >= x`: "operator '>='", `Plan = x`: "operator '='", `Plan IN (x)`: "operator 'in'",
		`Plan > x`: "operator '>'", `"Story Points" WAS 3`: "do not support the 'Story Points' field", `Region CHANGED`: "do not support the 'Region' field",
		`Region = Africa`: "'Africa' does not exist for the field 'Region'", `"Story Points" = many`: "'many'", `"Story Points" > many`: "'many'",
		`"Story Points" < now()`: "'Story Points'",
		`Approver = nobody`:      "'nobody' does not exist for the field 'Approver'", `cf[99999] = 1`: "'cf[99999]' does not exist",
		`"Target date" > soon`: "Date value 'soon' for field 'Target date' is invalid",
	})
}

// TestBuiltinBeforeCustomField checks that a name in a query means the system
// field rather than a custom field with the same name.
func TestBuiltinBeforeCustomField(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	env.Site.Fields = []*store.Field{{ID: "customfield_1", CustomID: 1, Name: "Status", Type: "number", Custom: customTypes + "float"}}
	put(t, env, "PAY-1", withCustom("customfield_1", 8.0))
	expectFound(t, env, map[string]string{`status = "To Do"`: "PAY-1", `cf[1] = 8`: "PAY-1"})
	expectErrors(t, env, map[string]string{`status = 8`: "'8' does not exist for the field 'status'"})
}
