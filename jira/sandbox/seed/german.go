package seed

import "github.com/seed-7d826362/jira-mcp/jira/sandbox/store"

// German shows the names of the site in German, as Jira does for a user with that
// language: those of statuses and their categories, types, priorities, resolutions
// and fields. Histories keep the names of their time, and custom fields and the
// names of transitions are not translated. It is for sandbox.Options.Setup.
func German(s *store.Site) {
	words := map[string]string{
		"To Do": "Zu erledigen", "In Progress": "In Arbeit", "In Review": "In Prüfung", "Done": "Fertig", "Cancelled": "Abgebrochen",
		"Task": "Aufgabe", "Bug": "Fehler", "Sub-task": "Unteraufgabe",
		"Highest": "Höchste", "High": "Hoch", "Medium": "Mittel", "Low": "Niedrig", "Lowest": "Niedrigste",
		"Won't Do": "Wird nicht erledigt", "Duplicate": "Duplikat",
		"Summary": "Zusammenfassung", "Priority": "Priorität", "Assignee": "Zugewiesene Person", "Reporter": "Berichterstatter", "Issue Type": "Vorgangstyp",
		"Description": "Beschreibung", "Labels": "Stichwörter", "Components": "Komponenten", "Fix versions": "Lösungsversionen", "Affects versions": "Betrifft Versionen",
		"Due date": "Fälligkeitsdatum", "Resolution": "Lösung", "Environment": "Umgebung", "Parent": "Übergeordnet", "Linked Issues": "Verknüpfte Vorgänge",
	}
	translate := func(name, original *string) {
		if word, ok := words[*name]; ok {
			*original, *name = *name, word
		}
	}
	for _, status := range s.Statuses {
		translate(&status.Name, &status.Untranslated)
		status.Category.Name = map[string]string{"To Do": "Zu erledigen", "In Progress": "In Arbeit", "Done": "Fertig"}[status.Category.Name]
	}
	for _, t := range s.Types {
		translate(&t.Name, &t.Untranslated)
	}
	for _, list := range [][]*store.Named{s.Priorities, s.Resolutions} {
		for _, n := range list {
			translate(&n.Name, &n.Untranslated)
		}
	}
	for _, f := range s.Fields {
		if f.Custom == "" {
			translate(&f.Name, &f.Untranslated)
		}
	}
}
