package toolstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// NewWithIssues returns a server whose site has this many more issues in PAY,
// in a sprint if one is given: see [AddIssues]. [Server.ServeSandbox] connects
// it. Its answers are not checked against the contract, which takes long for so
// many issues.
func NewWithIssues(t testing.TB, issues int, sprint int64) *Server {
	t.Helper()
	b := &Server{Clock: NewClock(), Schemas: map[string]*jsonschema.Schema{}}
	var err error
	if b.Sandbox, err = sandbox.New(sandbox.Options{Now: b.Clock.Now, Texts: &texts, Setup: func(s *store.Site) { AddIssues(s, issues, sprint) }}); err != nil {
		t.Fatal(err)
	}
	return b
}

// AddIssues adds issues to PAY, created evenly over the last 80 days. Each was
// begun a day after it was created, and every other one was done two days
// later. sprint is the id of their sprint; 0 for none.
func AddIssues(s *store.Site, issues int, sprint int64) {
	p := s.Project("PAY")
	for n := range issues {
		at := s.Now().AddDate(0, 0, -80).Add(time.Duration(n) * (80 * 24 * time.Hour / time.Duration(issues)))
		i := &store.Issue{Project: p, Type: p.Type("Story"), Summary: fmt.Sprintf("One of many, number %d", n), Creator: s.Users[0], Reporter: s.Users[0], Priority: s.Priorities[2],
			Created: at, Updated: at, StatusChanged: at, Status: s.Status("To Do"), Custom: map[string]any{}, Assignee: s.Users[n%len(s.Users)]}
		i.ID, i.Number = s.ReserveNumber(p)
		i.Key, i.Rank = fmt.Sprintf("PAY-%d", i.Number), float64(i.Number)
		if sprint != 0 {
			for _, one := range s.Sprints {
				if one.ID == sprint {
					i.Sprints = []*store.Sprint{one}
				}
			}
		}
		i.History, i.Status, i.Updated = StatusHistory(s, i, at, n%2 == 0)
		s.Put(i)
	}
}

// StatusHistory returns the status changes of an issue that was created at a
// time, with its last status and the time of the last change. Changes after now
// are left out.
func StatusHistory(s *store.Site, i *store.Issue, at time.Time, finished bool) ([]*store.Change, *store.Status, time.Time) {
	var out []*store.Change
	status := i.Status
	step := func(name string, days int) {
		to := s.Status(name)
		if at = at.AddDate(0, 0, days); at.After(s.Now()) {
			return
		}
		out = append(out, &store.Change{ID: s.Serial(), Author: s.Users[0], At: at, Items: []store.Item{{Field: "status", FieldID: "status", FieldType: "jira", From: status.ID, FromText: status.Name, To: to.ID, ToString: to.Name}}})
		status = to
	}
	step("In Progress", 1)
	if finished {
		step("Done", 2)
	}
	return out, status, at
}
