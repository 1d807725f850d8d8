package issues

import (
	"context"
	"net/http"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// An issue that was moved to another project answers to its old keys as well.

// oldKeyNote says that a call named an issue by an old key; "" if it did not.
func oldKeyNote(given string, issue jira.Issue) string {
	if given == issue.Key || given == issue.ID || issue.Key == "" {
		return ""
	}
	return given + " is an old key of " + issue.Key + "."
}

// matchKeys returns, for each issue of an answer, the given key that it answers
// to, and the keys without an issue. Jira answers a list of keys with the present
// keys only, so an old one is looked up if there is an issue that no key matches.
func (r *readTools) matchKeys(ctx context.Context, issues []jira.Issue, keys []string) (given map[string]string, missing []string, _ error) {
	given = map[string]string{}
	var unknown []string
	for _, k := range keys {
		n := slices.IndexFunc(issues, func(i jira.Issue) bool { return i.Key == k || i.ID == k })
		if n < 0 {
			unknown = append(unknown, k)
			continue
		}
		given[issues[n].ID] = k
	}
	unmatched := len(issues) - len(given)
	if unmatched == 1 && len(unknown) == 1 {
		n := slices.IndexFunc(issues, func(i jira.Issue) bool { return given[i.ID] == "" })
		given[issues[n].ID] = unknown[0]
		return given, nil, nil
	}
	for _, k := range unknown {
		if unmatched == 0 {
			missing = append(missing, k)
			continue
		}
		issue, err := r.Jira.GetIssue(ctx, k, []string{"summary"}, nil)
		switch {
		case jira.IsStatus(err, http.StatusNotFound):
			missing = append(missing, k)
		case err != nil:
			return nil, nil, err
		default: // an old key, or one more name of an issue that another key matches
			if given[issue.ID] == "" {
				given[issue.ID] = k
				unmatched--
			}
		}
	}
	return given, missing, nil
}
