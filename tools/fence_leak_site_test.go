package tools_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// outsideProjects are the projects whose contents carry marker texts: all but
// PAY.
var outsideProjects = []string{"OPS", "HELP", "DOCS", "SECRET", "MOB"}

// leakSite changes a site so that everything outside PAY carries a marker text
// in its key, name, id, summary and number, and nothing inside does.
type leakSite struct {
	markers []string
	issues  int // changed ones
}

// addName returns a new marker text for a name.
func (a *leakSite) addName(what string) string {
	c := fmt.Sprintf("canary-%s-%d", what, 900+len(a.markers))
	a.markers = append(a.markers, c)
	return c
}

// addID returns a new marker for an id.
func (a *leakSite) addID() string {
	c := strconv.Itoa(77000000 + len(a.markers))
	a.markers = append(a.markers, c)
	return c
}

// addMarkers writes the markers. What issues inside refer to (a link to OPS-3, a
// parent) stays for the fence to remove.
func (a *leakSite) addMarkers(s *store.Site) {
	ops := s.Project("OPS")
	for _, key := range outsideProjects {
		p := s.Project(key)
		p.Name, p.ID = a.addName("project"), a.addID()
		p.Components = []*store.Named{{ID: a.addID(), Name: a.addName("component")}}
		p.Versions = []*store.Version{{ID: a.addID(), Name: a.addName("version")}, {ID: a.addID(), Name: a.addName("release"), Released: true}}
	}
	board := &store.Board{ID: 77110011, Name: a.addName("board"), Kind: "scrum", Projects: []*store.Project{ops}, Columns: s.Boards[1].Columns}
	s.Boards = append(s.Boards[:1:1], board)
	sprint := &store.Sprint{ID: 77220022, Name: a.addName("sprint"), State: "active", Board: board.ID, Goal: a.addName("goal")}
	for _, other := range s.Sprints {
		if other.Board != 1 {
			other.Name, other.Goal = a.addName("sprint"), a.addName("goal")
		}
	}
	s.Sprints = append(s.Sprints, sprint)
	a.markers = append(a.markers, "77110011", "77220022")
	for _, f := range s.Filters {
		if slices.Contains([]string{"All of OPS", "Behind operations", "Nightjar"}, f.Name) {
			f.Name, f.ID = a.addName("filter"), a.addID()
		}
	}
	for _, i := range s.Searchable(nil) {
		if i.Project.Key == "PAY" {
			continue
		}
		_, _ = s.Update(i.ID, func(i *store.Issue) error {
			i.Summary = a.addName("summary") + " " + i.Summary
			if i.Key == "OPS-3" {
				words := []byte(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + a.addName("comment") + `"}]}]}`)
				i.Comments = []*store.Comment{{ID: a.addID(), Author: s.Users[0], Body: words, Created: i.Created, Updated: i.Created}}
				i.Worklogs = []*store.Worklog{{ID: a.addID(), Author: s.Users[0], Updater: s.Users[0], Comment: words, Started: i.Created, Created: i.Created, Updated: i.Created, Seconds: 3600}}
				content := []byte(a.addName("content"))
				i.Attachments = []*store.Attachment{{ID: a.addID(), Name: a.addName("file"), MediaType: "text/plain", Size: len(content), Author: i.Creator, Created: i.Created, Data: content}}
			}
			i.Components, i.FixVersions = i.Project.Components, i.Project.Versions[:1]
			if i.Project == ops {
				i.Sprints = []*store.Sprint{sprint}
			}
			return nil
		})
		a.markers = append(a.markers, i.Key, strconv.FormatInt(i.ID, 10))
		a.issues++
	}
}

// markerFinder finds marker texts that are whole words. A regular expression
// with hundreds of alternatives takes seconds for long texts.
type markerFinder []string

// newMarkers returns a finder of marker texts.
func newMarkers(names []string) markerFinder { return names }

// find returns a marker in a text that the caller did not give itself.
func (c markerFinder) find(text, said string) string {
	for _, name := range c {
		if isWordIn(name, text) && !regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(name)+`\b`).MatchString(said) {
			return name
		}
	}
	return ""
}

// isWordIn reports whether a text contains a name as a whole word.
func isWordIn(name, text string) bool {
	isLetter := func(b byte) bool {
		return b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
	}
	for from := 0; ; {
		n := strings.Index(text[from:], name)
		if n < 0 {
			return false
		}
		begin, end := from+n, from+n+len(name)
		if (begin == 0 || !isLetter(text[begin-1]) && text[begin-1] != '-') && (end == len(text) || !isLetter(text[end])) {
			return true
		}
		from = begin + 1
	}
}

func TestMarkersAreFound(t *testing.T) {
	c := newMarkers([]string{"OPS-3", "77000001"})
	for text, want := range map[string]string{"a OPS-3 b": "OPS-3", "XOPS-3": "", "OPS-31": "", `{"id":"77000001"}`: "77000001", "[OPS-3]": "OPS-3", "said OPS-9": "", "OPS-31 and OPS-3": "OPS-3"} {
		if got := c.find(text, "x"); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
	if c.find("as you said: OPS-3", `{"key":"ops-3"}`) != "" {
		t.Error("the caller's own word is taken for a canary")
	}
}
