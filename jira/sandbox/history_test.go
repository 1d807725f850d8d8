package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// issueHistory is the history of an issue, read from the JSON of the issue
// alone. It shares nothing with the search, so the tests can compare the search
// with it.
type issueHistory struct {
	key, creator, assignee string
	created                time.Time
	status                 string
	changes                []change
	comments               []activity
	links                  []string // "phrase key"
}

// change is a changelog item with its entry's author and time.
type change struct {
	field, from, to, by string
	at                  time.Time
}

// activity is a comment's author and time.
type activity struct {
	by string
	at time.Time
}

// readHistories reads the histories of the issues that a query finds.
func readHistories(c *caller, jql string) []issueHistory {
	c.t.Helper()
	type person struct{ DisplayName string }
	type linked struct{ Key string }
	var page struct {
		Issues []struct {
			Key    string
			Fields struct {
				Created           string
				Creator, Assignee *person
				Status            struct{ Name string }
				Comment           struct {
					Comments []struct {
						Author  *person
						Created string
					}
				}
				IssueLinks []struct {
					Type                      struct{ Inward, Outward string }
					InwardIssue, OutwardIssue *linked
				}
			}
			Changelog struct {
				Histories []struct {
					Author  *person
					Created string
					Items   []struct{ Field, FromString, ToString string }
				}
			}
		}
	}
	when := func(s string) time.Time {
		at, err := time.Parse("2006-01-02T15:04:05.000-0700", s)
		if err != nil {
			c.t.Fatal(err)
		}
		return at
	}
	name := func(p *person) string {
		if p == nil {
			return ""
		}
		return p.DisplayName
	}
	var out []issueHistory
	for _, key := range c.search(jql) {
		status, got := c.do("GET", "/rest/api/3/issue/"+key+"?expand=changelog", "")
		if status != 200 {
			c.t.Fatal(got)
		}
		data, _ := json.Marshal(map[string]any{"issues": []any{got}})
		page.Issues = nil
		if err := json.Unmarshal(data, &page); err != nil {
			c.t.Fatal(err)
		}
		i := page.Issues[0]
		p := issueHistory{key: i.Key, creator: name(i.Fields.Creator), assignee: name(i.Fields.Assignee), created: when(i.Fields.Created), status: i.Fields.Status.Name}
		for _, h := range i.Changelog.Histories {
			for _, it := range h.Items {
				p.changes = append(p.changes, change{it.Field, it.FromString, it.ToString, name(h.Author), when(h.Created)})
			}
		}
		slices.SortStableFunc(p.changes, func(a, b change) int { return a.at.Compare(b.at) })
		for _, cm := range i.Fields.Comment.Comments {
			p.comments = append(p.comments, activity{name(cm.Author), when(cm.Created)})
		}
		for _, l := range i.Fields.IssueLinks {
			if l.OutwardIssue != nil {
				p.links = append(p.links, l.Type.Outward+" "+l.OutwardIssue.Key)
			} else {
				p.links = append(p.links, l.Type.Inward+" "+l.InwardIssue.Key)
			}
		}
		out = append(out, p)
	}
	return out
}

// hadStatus reports whether the status had a value at some moment of a period.
// The first status is the "from" of the first change, since creation writes no
// changelog entry.
func (p issueHistory) hadStatus(status string, from, until time.Time) bool {
	now, at := p.status, p.created
	for _, c := range p.changes {
		if c.field == "status" {
			now = c.from
			break
		}
	}
	for _, c := range p.changes {
		if c.field != "status" {
			continue
		}
		if now == status && at.Before(until) && c.at.After(from) {
			return true
		}
		now, at = c.to, c.at
	}
	return now == status && at.Before(until)
}

// changed reports whether a field changed in a period, which includes its
// start. Empty values and an empty author match any.
func (p issueHistory) changed(field, from, to, by string, after, before time.Time) bool {
	return slices.ContainsFunc(p.changes, func(c change) bool {
		return c.field == field && (from == "" || c.from == from) && (to == "" || c.to == to) && (by == "" || c.by == by) && !c.at.Before(after) && c.at.Before(before)
	})
}

// TestHistoryQueries checks that WAS, CHANGED and the functions membersOf,
// updatedBy and linkedIssues find the same issues as a walk through the
// histories.
func TestHistoryQueries(t *testing.T) {
	c := start(t)
	ever, never := time.Time{}, c.now.AddDate(1, 0, 0)
	ago := func(days int) time.Time { return c.now.AddDate(0, 0, -days) }
	zone, err := time.LoadLocation("Europe/Berlin") // Ana's time zone.
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	all := readHistories(c, "project = PAY")
	sprintDay := day("2026-03-02")
	for jql, want := range map[string]func(issueHistory) bool{
		`status WAS "In Review"`:     func(p issueHistory) bool { return p.hadStatus("In Review", ever, never) },
		`status WAS NOT "In Review"`: func(p issueHistory) bool { return !p.hadStatus("In Review", ever, never) },
		`status WAS IN ("In Review", Done)`: func(p issueHistory) bool {
			return p.hadStatus("In Review", ever, never) || p.hadStatus("Done", ever, never)
		},
		`status WAS NOT IN ("In Review", Done)`: func(p issueHistory) bool {
			return !p.hadStatus("In Review", ever, never) && !p.hadStatus("Done", ever, never)
		},
		`status WAS "In Progress" BEFORE -10d`:               func(p issueHistory) bool { return p.hadStatus("In Progress", ever, ago(10)) },
		`status WAS "In Progress" AFTER -3d`:                 func(p issueHistory) bool { return p.hadStatus("In Progress", ago(3), never) },
		`status WAS "In Progress" ON 2026-03-02`:             func(p issueHistory) bool { return p.hadStatus("In Progress", sprintDay, sprintDay.AddDate(0, 0, 1)) },
		`status WAS "To Do" DURING (2026-02-01, 2026-02-10)`: func(p issueHistory) bool { return p.hadStatus("To Do", day("2026-02-01"), day("2026-02-10")) },
		`status CHANGED`:         func(p issueHistory) bool { return p.changed("status", "", "", "", ever, never) },
		`status CHANGED TO Done`: func(p issueHistory) bool { return p.changed("status", "", "Done", "", ever, never) },
		`status CHANGED FROM "In Progress" TO "In Review"`: func(p issueHistory) bool { return p.changed("status", "In Progress", "In Review", "", ever, never) },
		`status CHANGED TO Done AFTER -7d`:                 func(p issueHistory) bool { return p.changed("status", "", "Done", "", ago(7), never) },
		`status CHANGED BEFORE -30d`:                       func(p issueHistory) bool { return p.changed("status", "", "", "", ever, ago(30)) },
		`status CHANGED BY "Ben Okafor"`:                   func(p issueHistory) bool { return p.changed("status", "", "", "Ben Okafor", ever, never) },
		`status CHANGED BY currentUser() AFTER startOfWeek(-4)`: func(p issueHistory) bool {
			return p.changed("status", "", "", "Ana Silva", day("2026-02-09"), never)
		},
		`assignee CHANGED TO currentUser()`: func(p issueHistory) bool { return p.changed("assignee", "", "Ana Silva", "", ever, never) },
		`assignee in membersOf("payments-team")`: func(p issueHistory) bool {
			return slices.Contains([]string{"Ana Silva", "Ben Okafor", "Chidi Eze"}, p.assignee)
		},
		`assignee not in membersOf("nobody-yet")`: func(p issueHistory) bool { return p.assignee != "" },
		`issue in updatedBy("Ben Okafor")`: func(p issueHistory) bool {
			return p.creator == "Ben Okafor" || slices.ContainsFunc(p.changes, func(c change) bool { return c.by == "Ben Okafor" }) ||
				slices.ContainsFunc(p.comments, func(a activity) bool { return a.by == "Ben Okafor" })
		},
		`issue in updatedBy("Ben Okafor", "-7d")`: func(p issueHistory) bool {
			late := func(by string, at time.Time) bool { return by == "Ben Okafor" && !at.Before(ago(7)) }
			return late(p.creator, p.created) || slices.ContainsFunc(p.changes, func(c change) bool { return late(c.by, c.at) }) ||
				slices.ContainsFunc(p.comments, func(a activity) bool { return late(a.by, a.at) })
		},
	} {
		var expected []string
		for _, p := range all {
			if want(p) {
				expected = append(expected, p.key)
			}
		}
		got := c.search("project = PAY AND " + jql)
		slices.Sort(got)
		slices.Sort(expected)
		if !slices.Equal(got, expected) {
			t.Errorf("%s: %d issues, the histories say %d", jql, len(got), len(expected))
		}
		if negative := strings.Contains(jql, "NOT"); !negative && (len(expected) == 0 || len(expected) == len(all)) {
			t.Logf("%s: %d of %d issues, which tells little", jql, len(expected), len(all))
		}
	}
	for _, p := range all {
		if len(p.links) == 0 {
			continue
		}
		phrase, other, _ := strings.Cut(p.links[0][:strings.LastIndex(p.links[0], " ")]+"|"+p.links[0][strings.LastIndex(p.links[0], " ")+1:], "|")
		if got := c.search(fmt.Sprintf("issue in linkedIssues(%q, %q)", p.key, phrase)); !slices.Contains(got, other) {
			t.Errorf("%s %s %s: found %v", p.key, phrase, other, got)
		}
		if got := c.search(fmt.Sprintf("issue in linkedIssues(%q)", p.key)); len(got) == 0 || len(got) > len(p.links) {
			t.Errorf("%s has %d links, found %v", p.key, len(p.links), got)
		}
		break
	}
}

// TestQueriesThatAreRefused checks the status and the message of each refusal.
func TestQueriesThatAreRefused(t *testing.T) {
	c := start(t)
	for jql, words := range map[string]string{
		`labels WAS x`:                            "History searches do not support the 'labels' field",
		`status WAS "No such"`:                    "does not exist for the field 'status'",
		`status CHANGED DURING (-1d)`:             "needs a start and an end",
		`assignee in membersOf("no such group")`:  "the group does not exist",
		`issue in linkedIssues("SECRET-1")`:       "could not be found",
		`issue in linkedIssues("PAY-1", "likes")`: "link type 'likes' could not be found",
		`issue in updatedBy("Nobody Atall")`:      "could not be found",
		`issue in issueHistory()`:                 "Unable to find JQL function",
		`status in membersOf("payments-team")`:    "Unable to find JQL function",
		`nofield = 1`:                             "does not exist or you do not have permission",
	} {
		body, _ := json.Marshal(map[string]any{"jql": jql})
		status, out := c.do("POST", "/rest/api/3/search/jql", string(body))
		if status != 400 || !strings.Contains(fmt.Sprint(out["errorMessages"]), words) {
			t.Errorf("%s: %d %v", jql, status, out)
		}
	}
}
