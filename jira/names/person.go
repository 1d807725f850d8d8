package names

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// accountIDPattern matches Atlassian account ids, old (24 hexadecimal digits)
// and new (a prefix, a colon and at least eight characters).
var accountIDPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[0-9a-f]{24}|[0-9A-Za-z]+:[0-9A-Za-z:-]{8,})$`)
})

// maxDisplayNames is the greatest number of people whose display names are kept.
const maxDisplayNames = 1000

// DisplayName returns the display name of a person whom [Names.User] found
// before. For others it returns the account id itself.
func (n *Names) DisplayName(accountID string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name := n.displayNames[accountID]; name != "" && n.displayOwner == n.jira.CredentialGeneration() {
		return name
	}
	return accountID
}

// IsAccountID reports whether a text has the form of an account id.
func IsAccountID(s string) bool { return accountIDPattern().MatchString(s) }

// User finds a person by name, e-mail address, account id or 'me'. With a
// project, it finds only people who can be assigned there. kind names the
// person's role in errors, such as "assignee". The display name is kept for
// [Names.DisplayName].
func (n *Names) User(ctx context.Context, kind, project, who string) (jira.User, error) {
	u, err := n.user(ctx, kind, project, who)
	if err == nil && u.DisplayName != u.AccountID {
		n.mu.Lock()
		defer n.mu.Unlock()
		if owner := n.jira.CredentialGeneration(); owner != n.displayOwner || len(n.displayNames) >= maxDisplayNames {
			clear(n.displayNames)
			n.displayOwner = owner
		}
		n.displayNames[u.AccountID] = u.DisplayName
	}
	return u, err
}

// user implements [Names.User]. One exact match wins over several partial ones,
// and a single partial match is accepted. Employees win over apps, customers
// and deactivated accounts. An account id is taken as it is, without a request.
// If nobody can be assigned in the project, user searches once more without it,
// to tell a missing permission from an unknown name.
func (n *Names) user(ctx context.Context, kind, project, who string) (jira.User, error) {
	who = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(who), "@"))
	if who == "" {
		return jira.User{}, errors.New("give a name, an e-mail address, an account id or \"me\"")
	}
	if strings.EqualFold(who, "me") {
		return n.jira.Myself(ctx)
	}
	if accountIDPattern().MatchString(who) {
		return jira.User{AccountID: who, DisplayName: who}, nil
	}
	found, _, err := n.findPeople(ctx, project, who, false)
	if err == nil && len(found) == 0 {
		found, err = n.similarPeople(ctx, project, who, isNamed)
	}
	if err != nil {
		return jira.User{}, err
	}
	exact, probable := exactPeople(found, who), employees(found)
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(exact) > 1:
		return jira.User{}, &UnknownError{Kind: kind, Given: who, Allowed: n.PeopleWithIDs(exact), Ambiguous: true}
	case len(probable) == 1:
		return probable[0], nil
	case len(found) == 0 && project != "":
		n.users.Delete([2]string{strings.ToUpper(project), strings.ToLower(who)}) // the person may be added at any moment
		if known, err := n.user(ctx, kind, "", who); err == nil {
			why := "this requires permission to be assigned there or to see the project"
			if is := map[string]string{"deactivated": "deactivated", "app": "that of an app", "customer": "that of a customer"}[known.Kind()]; is != "" {
				why = "the account is " + is
			}
			return jira.User{}, fmt.Errorf("%s cannot be %s in %s: %s. jira_lookup with kind user and the project lists who can", known.DisplayName, kind, strings.ToUpper(project), why)
		}
		return jira.User{}, fmt.Errorf("nobody called %q can be %s in %s; give a name, an e-mail address, an account id or \"me\"", who, kind, strings.ToUpper(project))
	case len(found) == 0:
		n.users.Delete([2]string{"", strings.ToLower(who)})
		return jira.User{}, fmt.Errorf("nobody called %q was found; give a name, an e-mail address, an account id or \"me\"", who)
	}
	return jira.User{}, &UnknownError{Kind: kind, Given: who, Allowed: n.PeopleWithIDs(probable), Ambiguous: true}
}
