package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestSiteInGerman checks that both the German and the English names work on a
// site whose user reads German, in calls, look-ups and hints, without accents as
// well.
func TestSiteInGerman(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tool, args, want string }{
		{"jira_transition_issue", `{"issue":"PAY-1","to":"In Review","dry_run":true}`, "Status: In Arbeit → In Prüfung"},
		{"jira_transition_issue", `{"issue":"PAY-1","to":"in prufung","dry_run":true}`, "Status: In Arbeit → In Prüfung"},
		{"jira_transition_issue", `{"issue":"PAY-11","to":"Done","via":["In Progress","In Prüfung"],"resolution":"Wird nicht erledigt","dry_run":true}`, "Zu erledigen → In Arbeit"},
		{"jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Fall","priority":"Hoch","fields":[{"name":"Due date","value":"2026-12-24"},{"name":"Komponenten","value":"Ledger"}],"dry_run":true}`, "It would file a Fehler in PAY.\nKomponenten: Ledger\nFälligkeitsdatum: 2026-12-24\nPriorität: Hoch"},
		{"jira_create_issue", `{"project":"PAY","type":"Sub-task","summary":"Fall","parent":"PAY-1","fields":[{"name":"Prioritat","value":"hochste"}],"dry_run":true}`, "Priorität: Höchste"},
		{"jira_update_issue", `{"issue":"PAY-1","fields":[{"name":"Affects versions","op":"clear"}],"dry_run":true}`, "Betrifft Versionen: 24.11 → empty"},
		{"jira_search", `{"jql":"project = PAY AND status = Done AND issuetype = Bug","limit":1,"fields":["Summary","Fix versions"]}`, "key | summary | Lösungsversionen"},
		{"jira_search", `{"jql":"project = PAY AND status = Fertig AND issuetype = Fehler","limit":1,"fields":["Zusammenfassung"]}`, "key | summary\nPAY-"},
		{"jira_lookup", `{"kind":"status","query":"Done"}`, "Fertig | category Fertig"},
		{"jira_lookup", `{"kind":"status","query":"prufung"}`, "In Prüfung"},
		{"jira_lookup", `{"kind":"field","query":"due date"}`, "Fälligkeitsdatum | in JQL due"},
		{"jira_get_fields", `{"project":"PAY","type":"Bug","query":"Priority"}`, "Priorität"},
		{"jira_get_history", `{"issue":"PAY-1","fields":["status"]}`, "In Arbeit "},
	} {
		t.Run(c.tool+c.args, func(t *testing.T) {
			t.Parallel()
			b := toolstest.NewWith(t, toolstest.Everything, seed.German)
			if text, _ := b.Ok(c.tool, c.args); !strings.Contains(text, c.want) {
				t.Errorf("does not say %q:\n%.900s", c.want, text)
			}
		})
	}
	b := toolstest.NewWith(t, toolstest.Everything, seed.German)
	b.Refused("jira_transition_issue", `{"issue":"PAY-1","to":"In Progress"}`, "already has the status In Arbeit")
	b.Refused("jira_search", `{"jql":"project = PAY AND status = Fertg"}`, `Did you mean "Fertig"`)
	b.Refused("jira_search", `{"jql":"\"Fix versions\" = 24.12"}`, "is written fixVersion")
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Boog","summary":"x"}`, "Fehler")
}
