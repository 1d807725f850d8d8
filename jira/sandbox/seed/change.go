package seed

import (
	"fmt"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// The issue type Change of OPS has a create screen of the size that large
// companies use: 50 fields of every kind, three of them required.
const (
	ChangeRisk        = "customfield_30100"
	ChangeWindow      = "customfield_30101"
	ChangeEnvironment = "customfield_30102"

	firstChangeField = 30100
	changeFieldCount = 38 // with the 12 system fields of the screen that makes 50
)

// changeFieldIDs returns the ids of the custom fields of a change, in order.
func changeFieldIDs() []string {
	var out []string
	for n := range changeFieldCount {
		out = append(out, fmt.Sprintf("customfield_%d", firstChangeField+n))
	}
	return out
}

// changeFields returns the custom fields of a change, in the order of their
// ids: first one field of each kind, then simple checks. custom builds a field.
func changeFields(custom func(id, name, kind, items, key string, options ...string) *store.Field) []*store.Field {
	const std = "com.atlassian.jira.plugin.system.customfieldtypes:"
	var regions []string
	for n := range 60 {
		regions = append(regions, fmt.Sprintf("Region %02d", n+1))
	}
	ids := changeFieldIDs()
	where := custom(ids[2], "Environment affected", "option-with-child", "", std+"cascadingselect", "Production", "Staging")
	where.Children = map[string][]*store.Named{where.Options[0].ID: named(3010210, "Frankfurt", "Dublin"), where.Options[1].ID: named(3010220, "Frankfurt")}
	out := []*store.Field{
		custom(ids[0], "Change risk", "option", "", std+"radiobuttons", "Low", "Medium", "High"),
		custom(ids[1], "Change window", "datetime", "", std+"datetime"),
		where,
		custom(ids[3], "Rollback plan", "string", "", std+"textarea"),
		custom(ids[4], "Runbook", "string", "", std+"url"),
		custom(ids[5], "Approver", "user", "", std+"userpicker"),
		custom(ids[6], "Approving group", "group", "", std+"grouppicker"),
		custom(ids[7], "Systems", "array", "string", std+"labels"),
		custom(ids[8], "Regions", "array", "option", std+"multiselect", regions...),
		custom(ids[9], "Expected downtime", "number", "", std+"float"),
	}
	for n := len(out); n < changeFieldCount; n++ {
		name := fmt.Sprintf("Check %02d", n-9)
		if n%2 == 0 {
			out = append(out, custom(ids[n], name, "option", "", std+"select", "Yes", "No", "Not applicable"))
		} else {
			out = append(out, custom(ids[n], name, "string", "", std+"textfield"))
		}
	}
	return out
}

// addTimeTracking gives a few issues estimates, worklogs and watchers.
func (b *builder) addTimeTracking() {
	for n, key := range []string{"PAY-3", "PAY-8", "PAY-9"} {
		i := b.s.Issue(key)
		if i == nil {
			continue
		}
		c := i.Clone()
		original, left := int64((n+1)*7*3600), int64((n+1)*3600)
		c.Original, c.Remaining = &original, &left
		who := b.s.Users[[]int{ana, ben, ana}[n]]
		for k := range n + 1 {
			at := minTime(c.Created.Add(time.Duration(26+k*24)*time.Hour), b.now.Add(-time.Hour)).Truncate(time.Minute)
			c.Worklogs = append(c.Worklogs, &store.Worklog{ID: b.s.Serial(), Author: who, Updater: who, Started: at, Created: at, Updated: at, Seconds: int64(5400 + 1800*k)})
		}
		c.Watchers = []*store.User{c.Reporter, b.s.Users[ben]}
		b.s.Put(c)
	}
}
