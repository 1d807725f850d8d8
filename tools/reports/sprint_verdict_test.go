package reports_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestSprintFiguresAgree checks that the figures of a sprint report add up, that
// its people sum up to them, and that the lists have as many issues as the
// figures say.
func TestSprintFiguresAgree(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for _, sprint := range []string{"PAY Sprint 11", "PAY Sprint 12", "PAY Sprint 13", "PAY Sprint 14", "PAY Sprint 15"} {
		args := `{"project":"PAY","sprint":"` + sprint + `","list":["committed","added","removed","completed","open","cancelled","carried_in","carried_over","completed_outside"]}`
		text, out := b.Ok("jira_sprint_report", args)
		data, _ := json.Marshal(out)
		type amount struct {
			Issues int
			Points float64
		}
		var r struct {
			Committed, Added, Removed, Completed, Open, Cancelled amount
			NotDone                                               amount `json:"not_done"`
			Outside                                               amount `json:"completed_outside"`
			CarriedIn                                             amount `json:"carried_in"`
			Reestimated                                           float64
			ByAssignee                                            []struct {
				Done, Left int
			} `json:"by_assignee"`
			Lists []struct {
				Name   string
				Issues []struct{ Key, Summary string }
			}
		}
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		if r.Open.Issues+r.Cancelled.Issues != r.NotDone.Issues || r.Open.Points+r.Cancelled.Points != r.NotDone.Points {
			t.Errorf("%s: open %v, cancelled %v, not done %v", sprint, r.Open, r.Cancelled, r.NotDone)
		}
		if r.Committed.Issues+r.Added.Issues-r.Removed.Issues != r.Completed.Issues+r.NotDone.Issues ||
			r.Committed.Points+r.Added.Points-r.Removed.Points+r.Reestimated != r.Completed.Points+r.NotDone.Points {
			t.Errorf("%s: the figures do not add up: %+v", sprint, r)
		}
		done, left := 0, 0
		for _, p := range r.ByAssignee {
			done, left = done+p.Done, left+p.Left
		}
		if done != r.Completed.Issues || left != r.Open.Issues {
			t.Errorf("%s: people have done %d and have %d left, the sprint %d and %d", sprint, done, left, r.Completed.Issues, r.Open.Issues)
		}
		want := map[string]int{"committed": r.Committed.Issues, "added": r.Added.Issues, "removed": r.Removed.Issues, "completed": r.Completed.Issues, "open": r.Open.Issues, "cancelled": r.Cancelled.Issues,
			"carried_in": r.CarriedIn.Issues, "carried_over": r.Open.Issues, "completed_outside": r.Outside.Issues}
		for _, l := range r.Lists {
			if len(l.Issues) != want[l.Name] {
				t.Errorf("%s: %s has %d issues and lists %d", sprint, l.Name, want[l.Name], len(l.Issues))
			}
			for _, i := range l.Issues {
				if !strings.Contains(text, "\n  "+i.Key+" "+i.Summary+" | ") {
					t.Errorf("%s: the text does not list %s", sprint, i.Key)
				}
			}
		}
		if len(r.Lists) != len(want) {
			t.Errorf("%s: %d lists", sprint, len(r.Lists))
		}
	}
}

// TestSprintVerdicts checks the first sentence of sprints in different states.
func TestSprintVerdicts(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for sprint, want := range map[string]string{
		"current": "PAY Sprint 14, active. Behind: 24 of 63 Story Points are done after 52 % of the time; 8.2 a working day are needed, 4.6 were reached. At this pace about 17 stay open. 9 of the 20 open issues have no estimate, so more is left than the points show.\n",
		"last":    "PAY Sprint 13, closed. Completed 50 of 55 Story Points (91 %), carried over 1 issue (5 Story Points).\n",
		"next":    "PAY Sprint 15, future. Not started: 8 issues (16 Story Points) planned.\n",
	} {
		text, out := b.Ok("jira_sprint_report", `{"project":"PAY","sprint":"`+sprint+`"}`)
		if !strings.HasPrefix(text, want) || !strings.Contains(want, out["verdict"].(string)) {
			t.Errorf("%s: %.300s", sprint, text)
		}
		if !strings.HasSuffix(text, "\nNow 2026-03-11 15:30 Europe/Berlin") {
			t.Errorf("%s does not end with the present moment", sprint)
		}
	}
	text, _ := b.Ok("jira_sprint_report", `{"project":"PAY","list":"events, scope, epics, attention"}`)
	if strings.Contains(text, "(list: ") {
		t.Errorf("parts that are asked for are cut:\n%s", text)
	}
}
