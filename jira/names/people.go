package names

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Users finds several people, each once, as [Names.User] does. A name can contain
// a comma, such as "Silva, Ana", and clients split lists at their commas: parts
// that are nobody's whole name are joined with their neighbours, the longest
// name first, if the result is somebody's. The error has the problems of all
// parts.
func (n *Names) Users(ctx context.Context, kind string, parts []string) ([]jira.User, error) {
	parts = slices.Clone(parts)
	for at, part := range parts {
		parts[at] = strings.TrimSpace(part)
	}
	var out []jira.User
	var problems []error
	for at := 0; at < len(parts); {
		u, used, err := n.userAt(ctx, kind, parts[at:])
		at += used
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if !slices.ContainsFunc(out, func(other jira.User) bool { return other.AccountID == u.AccountID }) {
			out = append(out, u)
		}
	}
	return out, errors.Join(problems...)
}

// maxNameParts is the greatest number of parts between commas in a name, as in
// "King, Martin, Jr.".
const maxNameParts = 3

// userAt finds the person with whose name a list of parts begins, and returns the
// number of parts that the name has.
func (n *Names) userAt(ctx context.Context, kind string, parts []string) (_ jira.User, used int, _ error) {
	first, err := n.User(ctx, kind, "", parts[0])
	if IsAccountID(parts[0]) || err == nil && isCalled(first, parts[0]) {
		return first, 1, err
	}
	if e := (*jira.Error)(nil); errors.As(err, &e) {
		return first, 1, err
	}
	for end := min(len(parts), maxNameParts); end > 1; end-- {
		name := strings.Join(parts[:end], ", ")
		if u, err := n.User(ctx, kind, "", name); err == nil && isCalled(u, name) {
			return u, end, nil
		}
	}
	return first, 1, err
}

// isCalled reports whether a text is the whole name, the address or another exact
// designation of a person.
func isCalled(u jira.User, who string) bool {
	who = strings.TrimPrefix(who, "@")
	return strings.EqualFold(who, "me") || u.Email != "" && strings.EqualFold(u.Email, who) || withoutBlanks(Fold(u.DisplayName)) == withoutBlanks(Fold(who)) || isNamed(u.DisplayName, who)
}

// FieldValue returns what a field of an issue holds.
func (n *Names) FieldValue(ctx context.Context, issue, field string) (json.RawMessage, error) {
	found, err := n.jira.GetIssue(ctx, issue, []string{field}, nil)
	return found.Fields[field], err
}
