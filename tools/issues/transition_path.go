package issues

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// An issue is taken through several statuses.

// transitionVia moves one issue through the statuses in between. Each hop is looked at
// when it is made; where the next is not offered it stops there.
func (m *transitionTools) transitionVia(ctx context.Context, key string, in transitionInput) (*transitionedIssue, error) {
	in, err := m.checkPath(ctx, key, in)
	if err != nil {
		return nil, err
	}
	var passed []string
	for n, status := range in.Via {
		hop, err := m.step(ctx, key, transitionInput{Issue: in.Issue, To: status})
		if err != nil {
			return nil, stopped(key, passed, in.Via[n:], in, err)
		}
		if hop.preview != nil { // what is open from there nobody knows before
			hop.preview.Also = append(hop.preview.Also, fmt.Sprintf("Whether it goes on from there to %s is seen on the way.", strings.Join(append(in.Via[1:], in.To), ", ")))
			return hop, nil
		}
		passed = append(passed, hop.Status)
		key = hop.Issue
		if !strings.EqualFold(hop.Status, status) && !strings.EqualFold(hop.Move, status) {
			return nil, stopped(key, passed, in.Via[n+1:], in, fmt.Errorf("it should be in %s", status))
		}
	}
	out, err := m.step(ctx, key, in)
	if err != nil {
		return nil, stopped(key, passed, nil, in, err)
	}
	out.Via = passed
	return out, nil
}

// checkPath looks along the way before the first step: a misspelt status is better
// refused now than half way, and of a way that was begun only the rest is made.
func (m *transitionTools) checkPath(ctx context.Context, key string, in transitionInput) (transitionInput, error) {
	if len(in.Via) == 0 {
		return in, nil
	}
	in.Via = slices.Clone(in.Via)
	known, err := m.statuses(ctx)
	if err != nil {
		return in, err
	}
	for n, status := range in.Via {
		in.Via[n] = strings.TrimSpace(status)
		if known != nil && !slices.ContainsFunc(known, func(s string) bool { return strings.EqualFold(s, in.Via[n]) }) {
			return in, kit.NothingChanged("%w", &names.UnknownError{Kind: "status called", Given: status, Allowed: known})
		}
	}
	issue, err := m.Jira.GetIssue(ctx, key, []string{"status"}, nil)
	if err != nil {
		return in, err
	}
	now := names.Format(issue.Fields["status"])
	if strings.EqualFold(now, strings.TrimSpace(in.To)) {
		return in, kit.NothingChanged("%s is already in %s", issue.Key, now)
	}
	for n, status := range in.Via {
		if strings.EqualFold(now, status) {
			in.Via = in.Via[n+1:]
			break
		}
	}
	return in, nil
}

// statuses are the names of the site's statuses; nil where they may not be read,
// and a way is then made as far as it goes.
func (m *transitionTools) statuses(ctx context.Context) ([]string, error) {
	list, err := m.Names.Statuses(ctx)
	if jira.IsMissingScope(err) || jira.IsStatus(err, http.StatusForbidden) {
		kit.AddNote(ctx, "The names in via were not checked before the first move: "+err.Error())
		return nil, nil
	}
	var out []string
	for _, s := range list {
		out = append(out, s.Name)
	}
	return names.Unique(out), err
}

// stopped says where an issue now is that was moved only some of the way, and
// which call makes the rest.
func stopped(key string, passed, left []string, in transitionInput, err error) error {
	if len(passed) == 0 {
		return err
	}
	rest, _ := json.Marshal(struct {
		Issue string   `json:"issue"`
		To    string   `json:"to"`
		Via   []string `json:"via,omitempty"`
	}{key, in.To, left})
	return &write.StoppedError{Text: fmt.Sprintf("%s was moved via %s and stopped there: it is in %s now", key, strings.Join(passed, ", "), passed[len(passed)-1]), Rest: string(rest), Err: err}
}
