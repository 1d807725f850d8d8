// Package access decides who calls the embedded site and what the caller may
// do. [Identify] maps the Authorization header of a request to a [Caller],
// [Caller.HasScopes] checks the scopes of the caller's token, and [Can] checks
// permissions on projects. The rules are fixed; Jira's permission schemes are
// not implemented.
package access

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Kind represents a kind of credential.
type Kind string

// The kinds of credentials. A classic API token works at the site's own address
// only; a token with scopes, one of a service account and an OAuth access token
// work at the gateway only, the last two as Bearer.
// A revoked or expired token works nowhere.
const (
	Classic Kind = "classic"
	Scoped  Kind = "scoped"
	Service Kind = "service account"
	OAuth   Kind = "oauth"
	Expired Kind = "expired"
	Revoked Kind = "revoked"
)

// Token represents an API token or OAuth access token of a user. Scopes count
// for Scoped, Service and OAuth only.
type Token struct {
	Value  string
	User   *store.User
	Kind   Kind
	Scopes []string
}

// Caller represents the sender of a request. User is nil for an anonymous
// request. Failed reports that the request had a credential that was not
// accepted.
type Caller struct {
	User   *store.User
	Token  *Token
	Failed bool
}

// Identify returns the caller of a request from its Authorization header.
// gateway reports whether the request came to the gateway rather than to the
// site.
//
// HTTP Basic carries the account's e-mail address and an API token, and both
// have to match; Bearer carries an OAuth access token or one of a service account. A token that is sent
// with the wrong scheme or to the wrong address fails like an unknown one.
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
			(t.Kind == OAuth || t.Kind == Service) && !basic && gateway:
			return Caller{User: t.User, Token: t}
		}
	}
	return Caller{Failed: true}
}

// HasScopes reports whether the caller's token may use an operation with the
// given scopes. It needs all of the classic or all of the granular ones.
// Classic tokens and anonymous callers pass, and so does an operation without
// scopes.
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

// Can reports whether the user has a project permission, named by Jira's key
// (BROWSE_PROJECTS, CREATE_ISSUES …). A user who may not see a project has no
// permission on it. Customers of a service desk have BROWSE_PROJECTS alone.
func Can(u *store.User, p *store.Project, permission string) bool {
	if !CanBrowse(u, p) {
		return false
	}
	switch permission {
	case "BROWSE_PROJECTS":
		return true
	case "ADMINISTER_PROJECTS":
		return p.Lead == u
	case "DELETE_ISSUES": // in other projects than software only the lead may delete issues
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

// Permissions lists the permissions that Can checks and that a client can ask
// for.
var Permissions = []string{"BROWSE_PROJECTS", "ADMINISTER_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES",
	"ASSIGN_ISSUES", "LINK_ISSUES", "CREATE_ATTACHMENTS", "WORK_ON_ISSUES", "SCHEDULE_ISSUES", "ASSIGNABLE_USER", "DELETE_ISSUES",
	"MOVE_ISSUES", "MANAGE_WATCHERS", "EDIT_OWN_COMMENTS", "EDIT_ALL_COMMENTS", "DELETE_OWN_COMMENTS", "DELETE_ALL_COMMENTS",
	"EDIT_OWN_WORKLOGS", "EDIT_ALL_WORKLOGS", "DELETE_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS", "SET_ISSUE_SECURITY", "BULK_CHANGE"}

// IsMember reports whether u is in the list. It is false if u is nil.
func IsMember(u *store.User, list []*store.User) bool { return u != nil && slices.Contains(list, u) }
