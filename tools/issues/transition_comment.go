package issues

import (
	"context"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Jira takes a comment as part of a transition if its screen has one. In a
// service desk that is not used: Atlassian does not document whether Jira
// honours the property that makes a comment internal inside a transition, so
// the comment follows as a request of its own.

// newComment returns the comment of a call, or nil if it has none.
func (tt *transitionTools) newComment(ctx context.Context, key string, in transitionInput) (*jira.NewComment, error) {
	if strings.TrimSpace(in.Comment) == "" {
		return nil, nil
	}
	body, err := tt.Names.Document(ctx, "Comment", in.Comment, names.Place{Issue: key})
	if err != nil {
		return nil, err
	}
	return &jira.NewComment{Body: body}, nil
}

// commentToSend returns the comment if it is sent with the transition; nil if
// it follows, because the screen has none or customers could see it. A screen
// that requires a comment in a service desk is an error.
func (tt *transitionTools) commentToSend(ctx context.Context, issue *subject, step jira.Transition, comment *jira.NewComment) (*jira.NewComment, error) {
	field, onScreen := step.Fields["comment"]
	if comment == nil || !onScreen {
		return nil, nil
	}
	read, err := issue.read(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case AudienceOf(read.Fields) == AudienceTeam:
		return comment, nil
	case field.Required:
		return nil, kit.NothingChanged("%q requires a comment on its screen, and in a service desk customers could see it there; make this transition in Jira", step.Name)
	}
	return nil, nil
}
