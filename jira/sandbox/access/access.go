// Package access decides who is calling the embedded site and what they may
// do: API tokens of each kind, and permissions on projects.
package access

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Kind is a kind of credential.
type Kind string

// The kinds. A classic token works at the site, one with scopes and an OAuth
// access token at the gateway; a revoked or expired one nowhere.
const (
	Classic Kind = "classic"
	Scoped  Kind = "scoped"
	OAuth   Kind = "oauth"
	Expired Kind = "expired"
	Revoked Kind = "revoked"
)

// Token is an API token of a user. Scopes matter for Scoped and OAuth.
type Token struct {
	Value  string
	User   *store.User
	Kind   Kind
	Scopes []string
}

// Caller is who a request comes from. User is nil for nobody; Failed says
// that a credential was given and not accepted.
type Caller struct {
	User   *store.User
	Token  *Token
	Failed bool
}

// Identify reads the Authorization header of a request that came to the site
// or, with gateway, to the gateway.
func Identify(tokens []Token, h http.Header, gateway bool) Caller {
	auth := h.Get("Authorization")
	if auth == "" {
		return Caller{}
	}
	scheme, rest, _ := strings.Cut(auth, " ")
	value, email := rest, ""
	basic := strings.EqualFold(scheme, "Basic")
	if basic {
		plain, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return Caller{Failed: true}
		}
		email, value, _ = strings.Cut(string(plain), ":")
	}
	for i := range tokens {
		t := &tokens[i]
		if t.Value != value || basic && !strings.EqualFold(t.User.Email, email) {
			continue
		}
		switch {
		case t.Kind == Classic && basic && !gateway,
			t.Kind == Scoped && basic && gateway,
			t.Kind == OAuth && !basic && gateway:
			return Caller{User: t.User, Token: t}
		}
	}
	return Caller{Failed: true}
}

// HasScopes reports whether the token may use an operation that needs all of
// classic or all of granular scopes. Classic tokens have every scope.
func (c Caller) HasScopes(classic, granular []string) bool {
	if c.Token == nil || c.Token.Kind == Classic || len(classic)+len(granular) == 0 {
		return true
	}
	all := func(need []string) bool {
		for _, s := range need {
			if !slices.Contains(c.Token.Scopes, s) {
				return false
			}
		}
		return len(need) > 0
	}
	return all(classic) || all(granular)
}

// CanBrowse reports whether the user may see a project.
func CanBrowse(u *store.User, p *store.Project) bool {
	if u == nil || p == nil {
		return false
	}
	return p.Browsers == nil || slices.Contains(p.Browsers, u)
}

// Can reports whether the user has a project permission, by Jira's key
// (BROWSE_PROJECTS, CREATE_ISSUES …). Customers only browse and comment.
func Can(u *store.User, p *store.Project, permission string) bool {
	if !CanBrowse(u, p) {
		return false
	}
	switch permission {
	case "BROWSE_PROJECTS":
		return true
	case "ADMINISTER_PROJECTS":
		return p.Lead == u
	case "DELETE_ISSUES": // service desks leave that to their lead
		return !p.ReadOnly && (p.Lead == u || p.Kind == "software" && u.AccountType == "atlassian")
	case "MANAGE_WATCHERS", "DELETE_ALL_COMMENTS", "EDIT_ALL_COMMENTS", "EDIT_ALL_WORKLOGS", "DELETE_ALL_WORKLOGS":
		return p.Lead == u
	case "SET_ISSUE_SECURITY":
		return p.Lead == u
	case "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "ASSIGN_ISSUES", "LINK_ISSUES", "CREATE_ATTACHMENTS", "WORK_ON_ISSUES", "SCHEDULE_ISSUES", "MANAGE_SPRINTS_PERMISSION", "MOVE_ISSUES",
		"EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS", "EDIT_OWN_WORKLOGS", "DELETE_OWN_WORKLOGS", "BULK_CHANGE":
		return !p.ReadOnly && u.AccountType == "atlassian"
	case "ASSIGNABLE_USER":
		return u.AccountType == "atlassian" && u.Active
	}
	return false
}

// Known lists the permissions that Can knows.
var Known = []string{"BROWSE_PROJECTS", "ADMINISTER_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES",
	"ASSIGN_ISSUES", "LINK_ISSUES", "CREATE_ATTACHMENTS", "WORK_ON_ISSUES", "SCHEDULE_ISSUES", "ASSIGNABLE_USER", "DELETE_ISSUES",
	"MOVE_ISSUES", "MANAGE_WATCHERS", "EDIT_OWN_COMMENTS", "EDIT_ALL_COMMENTS", "DELETE_OWN_COMMENTS", "DELETE_ALL_COMMENTS",
	"EDIT_OWN_WORKLOGS", "EDIT_ALL_WORKLOGS", "DELETE_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS", "SET_ISSUE_SECURITY", "BULK_CHANGE"}

// In reports whether somebody is among people.
func In(u *store.User, list []*store.User) bool { return u != nil && slices.Contains(list, u) }
