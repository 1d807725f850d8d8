package search_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// thursday is the time of the site's clock: 16:30 in Berlin.
var thursday = time.Date(2026, 3, 12, 15, 30, 0, 0, time.UTC)

// berlin returns the time zone of the caller.
func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// at parses a time in Berlin.
func at(t *testing.T, s string) time.Time {
	t.Helper()
	out, err := time.ParseInLocation("2006-01-02 15:04", s, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The people, types and statuses of the test site.
var (
	ana   = &store.User{ID: "acc-ana", Name: "Ana Silva", Email: "ana@example.com", ShowEmail: true, Active: true}
	ben   = &store.User{ID: "acc-ben", Name: "Ben Okafor", Email: "ben@example.com", Active: true}
	chidi = &store.User{ID: "acc-chidi", Name: "Chidi Eze", Active: true}

	epic    = &store.IssueType{ID: "10", Name: "Epic", Level: 1}
	bug     = &store.IssueType{ID: "11", Name: "Bug"}
	subtask = &store.IssueType{ID: "12", Name: "Sub-task", Level: -1}

	toDo       = &store.Status{ID: "1", Name: "To Do", Category: store.CategoryToDo}
	inProgress = &store.Status{ID: "3", Name: "In Progress", Category: store.CategoryInProgress}
	inReview   = &store.Status{ID: "5", Name: "In Review", Category: store.CategoryInProgress}
	done       = &store.Status{ID: "6", Name: "Done", Category: store.CategoryDone}

	high   = &store.Named{ID: "2", Name: "High"}
	medium = &store.Named{ID: "3", Name: "Medium"}
	low    = &store.Named{ID: "4", Name: "Low"}

	fixed   = &store.Named{ID: "21", Name: "Fixed"}
	wontFix = &store.Named{ID: "22", Name: "Won't Fix"}

	ledger    = &store.Named{ID: "31", Name: "Ledger"}
	api       = &store.Named{ID: "32", Name: "API"}
	opsLedger = &store.Named{ID: "33", Name: "Ledger"}

	payOne = &store.Version{ID: "41", Name: "1.0", Released: true}
	payTwo = &store.Version{ID: "42", Name: "2.0"}
	opsOne = &store.Version{ID: "43", Name: "1.0", Released: true}

	sprint1 = &store.Sprint{ID: 51, Name: "Sprint 1", State: "closed"}
	sprint2 = &store.Sprint{ID: 52, Name: "Sprint 2", State: "active"}
	sprint3 = &store.Sprint{ID: 53, Name: "Sprint 3", State: "future"}

	blocking = &store.LinkType{ID: "61", Name: "Blocking", Inward: "is blocked by", Outward: "blocks"}
	incident = &store.LinkType{ID: "62", Name: "Problem/Incident", Inward: "is caused by", Outward: "causes"}

	team = &store.Group{ID: "group-1", Name: "payments-team", Members: []*store.User{ana, ben}}
)

// newSite returns a site without issues at a time, and the environment of Ana,
// who sees the projects PAY and OPS but not HID.
func newSite(t *testing.T, now time.Time) search.Env {
	t.Helper()
	s := store.New(func() time.Time { return now }, 0)
	s.Users = []*store.User{ana, ben, chidi}
	s.Groups = []*store.Group{team, {ID: "group-2", Name: "nobody-yet"}}
	s.Types = []*store.IssueType{epic, bug, subtask}
	s.Statuses = []*store.Status{toDo, inProgress, inReview, done}
	s.Priorities = []*store.Named{high, medium, low}
	s.Resolutions = []*store.Named{fixed, wontFix}
	s.LinkTypes = []*store.LinkType{blocking, incident}
	s.Sprints = []*store.Sprint{sprint1, sprint2, sprint3}
	s.Projects = []*store.Project{
		{ID: "100", Key: "PAY", Name: "Payments", Types: s.Types, Components: []*store.Named{ledger, api}, Versions: []*store.Version{payOne, payTwo}},
		{ID: "200", Key: "OPS", Name: "Operations", Types: s.Types, Components: []*store.Named{opsLedger}, Versions: []*store.Version{opsOne}},
		{ID: "300", Key: "HID", Name: "Hidden", Types: s.Types, Components: []*store.Named{{ID: "39", Name: "Vault"}}, Browsers: []*store.User{ben},
			Versions: []*store.Version{{ID: "49", Name: "secret", Released: true}}},
	}
	s.Fields = customFields
	return as(ana, search.Env{Site: s, Zone: berlin(t)})
}

// as returns the environment of another caller, who sees the issues of the
// projects that the caller may browse.
func as(u *store.User, env search.Env) search.Env {
	env.User = u
	env.Visible = func(i *store.Issue) bool { return i.Project.Browsers == nil || slices.Contains(i.Project.Browsers, u) }
	return env
}

// put stores an issue with a key, a Bug in To Do of ten days ago unless change
// says otherwise, and makes it visible to search.
func put(t *testing.T, env search.Env, key string, change func(*store.Issue)) *store.Issue {
	t.Helper()
	p := env.Site.Project(key[:3])
	id, _ := env.Site.ReserveNumber(p)
	i := &store.Issue{ID: id, Key: key, Project: p, Type: bug, Status: toDo, Priority: medium, Summary: "Issue " + key, Creator: chidi, Reporter: chidi,
		Created: thursday.AddDate(0, 0, -10), Updated: thursday.AddDate(0, 0, -10)}
	if err := json.Unmarshal([]byte(key[4:]), &i.Number); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(i)
	}
	env.Site.Put(i)
	env.Site.Reindex()
	return i
}

// text returns an ADF document with one paragraph.
func text(s string) json.RawMessage {
	doc, _ := json.Marshal(map[string]any{"type": "doc", "version": 1, "content": []any{
		map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": s}}}}})
	return doc
}

// found returns the keys of the issues that a query finds, in its order and
// separated by spaces.
func found(t *testing.T, env search.Env, query string) string {
	t.Helper()
	issues, err := search.Run(env, query, nil)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return "error"
	}
	return strings.Join(keys(issues), " ")
}

// keys returns the keys of issues.
func keys(issues []*store.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, i.Key)
	}
	return out
}

// expectFound checks which issues a set of queries finds, each by the key, of
// the lowest number first.
func expectFound(t *testing.T, env search.Env, queries map[string]string) {
	t.Helper()
	for query, want := range queries {
		if got := found(t, env, query+" ORDER BY key ASC"); got != want {
			t.Errorf("%s: found %q, want %q", query, got, want)
		}
	}
}

// expectErrors checks that each query is rejected with a message that contains
// the given words.
func expectErrors(t *testing.T, env search.Env, queries map[string]string) {
	t.Helper()
	for query, words := range queries {
		issues, err := search.Run(env, query, nil)
		var rejected *search.Error
		switch {
		case !errors.As(err, &rejected):
			t.Errorf("%s: found %v and error %v, want a search.Error", query, keys(issues), err)
		case len(rejected.Messages) != 1 || !strings.Contains(rejected.Messages[0], words):
			t.Errorf("%s: %q, want %q", query, rejected.Messages, words)
		}
	}
}
