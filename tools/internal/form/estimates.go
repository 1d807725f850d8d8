package form

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// setEstimate sets the original or the remaining estimate, which are the parts of
// the field for time tracking. name is the one that the caller used for it.
func (f *Form) setEstimate(ctx context.Context, meta jira.FieldMeta, name, value string) {
	part, label := "originalEstimate", meta.Name
	if names.IsRemainingEstimate(meta, name) {
		part, label = "remainingEstimate", "Remaining Estimate"
	}
	seconds, err := f.names.Duration(ctx, value)
	both, _ := f.Values[meta.ID].(map[string]string)
	switch {
	case err != nil:
		f.reject(meta, &names.ValueError{Field: label, Problem: err.Error()})
		return
	case both[part] != "":
		f.reject(meta, &names.ValueError{Field: label, Problem: "is given twice"})
		return
	case both == nil:
		both = map[string]string{}
	}
	both[part] = names.FormatMinutes(seconds)
	f.Values[meta.ID] = both
	if part == "remainingEstimate" {
		value += " remaining"
	}
	if before := f.Requested[meta.ID]; before != "" {
		value = before + ", " + value
	}
	f.Requested[meta.ID] = value
}
