package issues

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Audience says who reads the comments of the issues of a project.
type Audience int

// The audiences.
const (
	AudienceTeam        Audience = iota // people of the site, no customers
	AudienceServiceDesk                 // customers of a service desk as well
	AudienceUnknown                     // Jira does not report it: treated as a service desk
)

// marksInternal reports whether a comment has to be marked as internal.
func (a Audience) marksInternal(public bool) bool { return a != AudienceTeam && !public }

// seenBy returns in words who reads a comment without a restriction.
func (a Audience) seenBy(public bool) string {
	switch {
	case a == AudienceTeam:
		return seenByAll
	case a == AudienceUnknown && !public:
		return seenByAll + "; in a service desk, agents only"
	case public:
		return seenByCustomer
	}
	return seenByAgents
}

// issueAudience returns the present key of an issue, the audience of its
// project, and the fields that were read; in a dry run those are also the
// fields of the people whom Jira notifies. The project is read from the issue
// and not derived from the key, since issues move between projects and keep
// answering to old keys: PAY-31 may be in a service desk now.
func issueAudience(ctx context.Context, d env.Env, key string) (now string, who Audience, fields jira.Fields, err error) {
	ask := []string{"project"}
	if kit.IsDryRun(ctx) {
		ask = append(ask, write.NotifyFields...)
	}
	issue, err := d.Jira.GetIssue(ctx, key, ask, nil)
	if err != nil {
		return "", AudienceUnknown, nil, err
	}
	fields = issue.Fields
	if issue.Key != "" {
		key = issue.Key
	}
	return key, AudienceOf(fields), fields, nil
}

// AudienceOf returns the audience from the type of the project of an issue;
// audienceUnknown if the fields do not have it.
func AudienceOf(fields jira.Fields) Audience {
	p, ok := jira.Value[jira.ProjectRef](fields, "project")
	switch {
	case !ok || p.Type == "":
		return AudienceUnknown
	case p.IsServiceDesk():
		return AudienceServiceDesk
	}
	return AudienceTeam
}
