// Package names translates between the names that people use and the ids and
// values that Jira's API uses: for fields, issue types, people, priorities,
// components, statuses, sprints, boards, epics and links. It is the only
// package that does.
//
// [New] returns a [Names] for a client. Its methods look things up and cache
// the answers. A name that is not known is never guessed: the error is an
// [*UnknownError], which lists the nearest name and the allowed values.
//
//	n := names.New(client, time.Now)
//	user, err := n.User(ctx, "assignee", "PAY", "Ana Silva")
//
// Start with this file and cache.go. From names to Jira: values.go encodes
// field values, duration.go reads times, richtext.go and mentions.go turn
// Markdown into Jira's rich text, and links.go, transitions.go, board.go,
// sprint.go and epics.go find the things after which they are named. From Jira
// to names: [Format] (format.go) renders any field value. [Equal] (equal.go)
// compares a value that was sent with the one that Jira stored.
package names

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/cache"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/key"
)

// Names translates names for one client. It caches for a few minutes what rarely
// changes, and is safe for concurrent use.
type Names struct {
	jira          *jira.Client
	now           func() time.Time
	fields        *cache.TTL[string, []jira.Field]
	statuses      *cache.TTL[string, []jira.Status]
	workflows     *cache.TTL[string, []jira.TypeStatuses]
	resolutions   *cache.TTL[string, []string]
	projects      *cache.TTL[string, []jira.Project]
	types         *cache.TTL[string, []jira.IssueType]
	createScreens *cache.TTL[[2]string, []jira.FieldMeta]
	editScreens   *cache.TTL[[2]string, []jira.FieldMeta]
	users         *cache.TTL[[2]string, []jira.User]
	needs         *cache.TTL[string, map[string][]Need]
	desks         *cache.TTL[string, bool]
	apps          *cache.TTL[[2]string, map[string]any]
	reference     *cache.TTL[string, jira.JQLReference]

	linkTypes    *cache.TTL[string, []jira.LinkType]
	sprints      *cache.TTL[string, Sprints]
	boards       *cache.TTL[string, []jira.Board]
	boardConfigs *cache.TTL[int64, jira.BoardConfiguration]
	epics        *cache.TTL[[2]string, []jira.Issue]
	siteConfig   *cache.TTL[string, jira.Configuration]

	mu           sync.Mutex
	displayNames map[string]string // by account id
	displayOwner uint64            // the generation of the credential that found displayNames
}

// cacheTTL is the lifetime of a cached answer.
const cacheTTL = 5 * time.Minute

// New returns a translator for a client. now is the clock of the caches and of
// dates such as "tomorrow".
func New(c *jira.Client, now func() time.Time) *Names {
	remember := func(size int) cache.Options {
		return cache.Options{TTL: cacheTTL, Size: size, Now: now, Owner: c.CredentialGeneration}
	}
	return &Names{
		jira:          c,
		now:           now,
		fields:        cache.New[string, []jira.Field](remember(1)),
		statuses:      cache.New[string, []jira.Status](remember(1)),
		workflows:     cache.New[string, []jira.TypeStatuses](remember(200)),
		resolutions:   cache.New[string, []string](remember(1)),
		projects:      cache.New[string, []jira.Project](remember(200)),
		types:         cache.New[string, []jira.IssueType](remember(200)),
		createScreens: cache.New[[2]string, []jira.FieldMeta](remember(200)),
		editScreens:   cache.New[[2]string, []jira.FieldMeta](remember(200)),
		users:         cache.New[[2]string, []jira.User](remember(500)),
		desks:         cache.New[string, bool](remember(200)),
		needs:         cache.New[string, map[string][]Need](remember(200)),
		apps:          cache.New[[2]string, map[string]any](remember(100)),
		reference:     cache.New[string, jira.JQLReference](remember(1)),

		linkTypes:    cache.New[string, []jira.LinkType](remember(1)),
		sprints:      cache.New[string, Sprints](remember(100)),
		boards:       cache.New[string, []jira.Board](remember(100)),
		boardConfigs: cache.New[int64, jira.BoardConfiguration](remember(100)),
		epics:        cache.New[[2]string, []jira.Issue](remember(200)),
		siteConfig:   cache.New[string, jira.Configuration](remember(1)),
		displayNames: map[string]string{},
	}
}

// minRefreshAge is the age below which a cached answer still counts as current,
// so that [Names.Refresh] keeps it.
const minRefreshAge = 5 * time.Second

// Refresh drops cached answers of five seconds and older. Call it after a name
// was not found or Jira rejected a value: somebody may have created or renamed
// the thing since. It reports whether it dropped anything; only then can a
// second attempt have another result.
func (n *Names) Refresh() bool {
	dropped := false
	for _, forget := range []func(time.Duration) bool{n.fields.DeleteOlder, n.statuses.DeleteOlder, n.workflows.DeleteOlder, n.resolutions.DeleteOlder, n.projects.DeleteOlder, n.types.DeleteOlder, n.createScreens.DeleteOlder, n.editScreens.DeleteOlder, n.users.DeleteOlder, n.apps.DeleteOlder, n.needs.DeleteOlder, n.reference.DeleteOlder,
		n.linkTypes.DeleteOlder, n.sprints.DeleteOlder, n.boards.DeleteOlder, n.boardConfigs.DeleteOlder, n.epics.DeleteOlder, n.siteConfig.DeleteOlder} {
		dropped = forget(minRefreshAge) || dropped
	}
	return dropped
}

// ForgetSprints drops the cached sprints. Call it after a sprint was created or
// changed, so that the next call knows it.
func (n *Names) ForgetSprints() {
	n.sprints.DeleteFunc(func(string, Sprints) bool { return true })
}

// ForgetScreens drops the cached screens. Call it after the values of a field, such
// as versions, were changed.
func (n *Names) ForgetScreens() {
	for _, screens := range []*cache.TTL[[2]string, []jira.FieldMeta]{n.createScreens, n.editScreens} {
		screens.DeleteFunc(func([2]string, []jira.FieldMeta) bool { return true })
	}
}

// UnknownError reports a name that refers to nothing, or to several things.
type UnknownError struct {
	Kind       string   // what the name should refer to: "issue type", "assignee" …
	Given      string   // the name
	Of         string   // the field whose value it should be; "" for other names
	Allowed    []string // the names that exist
	Ambiguous  bool     // Allowed lists the several things that the name could mean
	Suggestion string   // the name that was probably meant; if empty, Error looks for it in Allowed
	exact      bool     // Error does not look for a suggestion
}

// QuoteCommas puts the names that contain a comma in quotes.
func QuoteCommas(list []string) []string {
	var out []string
	for _, name := range list {
		if strings.Contains(name, ",") {
			name = strconv.Quote(name)
		}
		out = append(out, name)
	}
	return out
}

// maxListed is the greatest number of names in an error's text.
const maxListed = 25

// Error implements error. With a probable name and more than 25 allowed ones it
// leaves the list out, because the suggestion helps more than the first 25.
func (e *UnknownError) Error() string {
	if e.Ambiguous {
		return fmt.Sprintf("%s %q could be any of: %s.", e.Kind, e.Given, anyOf(e.Allowed, "; "))
	}
	text := fmt.Sprintf("No %s %q", e.Kind, e.Given)
	if e.Of != "" {
		text += " for " + e.Of
	}
	text += "."
	near := e.Suggestion
	if near == "" && !e.exact {
		near = Nearest(e.Given, e.Allowed)
	}
	if near != "" {
		text += fmt.Sprintf(" Did you mean %q?", near)
		if len(e.Allowed) > maxListed {
			return text
		}
	}
	if n := len(e.Allowed); n > 0 {
		list := e.Allowed[:min(n, maxListed)]
		if e.Of != "" {
			list = QuoteCommas(list)
		}
		text += " Allowed: " + strings.Join(list, ", ")
		if n > maxListed {
			text += fmt.Sprintf(" and %d more", n-maxListed)
		}
		text += "."
	}
	return text
}

// Fields returns the site's fields.
func (n *Names) Fields(ctx context.Context) ([]jira.Field, error) {
	return n.fields.Get(ctx, "", n.jira.Fields)
}

// QueryReference returns the fields, operators and functions that JQL has on
// the site.
func (n *Names) QueryReference(ctx context.Context) (jira.JQLReference, error) {
	return n.reference.Get(ctx, "", n.jira.JQLReference)
}

// Statuses returns the site's statuses.
func (n *Names) Statuses(ctx context.Context) ([]jira.Status, error) {
	return n.statuses.Get(ctx, "", n.jira.Statuses)
}

// IsServiceDesk reports whether the project of an issue is a service desk, whose
// customers read public comments. It is remembered by the project in the key.
func (n *Names) IsServiceDesk(ctx context.Context, issue string) (bool, error) {
	project, _, _ := strings.Cut(issue, "-")
	return n.desks.Get(ctx, project, func(ctx context.Context) (bool, error) {
		i, err := n.jira.GetIssue(ctx, issue, []string{"project"}, nil)
		p, _ := jira.Value[jira.ProjectRef](i.Fields, "project")
		return p.IsServiceDesk(), err
	})
}

// Project converts a project's key or name to its key. A key wins over the name
// of another project. Text in the form of a key in capitals is returned as it
// is, without a request; Jira rejects it later if there is no such project.
func (n *Names) Project(ctx context.Context, who string) (string, error) {
	who = strings.TrimSpace(who)
	if len(who) > 1 && key.IsProject(who) && strings.ToUpper(who) == who {
		return who, nil
	}
	found, err := n.projects.Get(ctx, strings.ToLower(who), func(ctx context.Context) ([]jira.Project, error) {
		page, err := n.jira.SearchProjects(ctx, who, 0, 50)
		return page.Projects, err
	})
	if err != nil {
		return "", err
	}
	var exact, named []string
	for _, p := range found {
		if strings.EqualFold(p.Key, who) {
			return p.Key, nil
		}
		if strings.EqualFold(p.Name, who) {
			exact = append(exact, p.Key)
		}
		named = append(named, p.Name+" ("+p.Key+")")
	}
	if len(exact) == 1 {
		return exact[0], nil
	}
	if len(named) > 0 {
		return "", &UnknownError{Kind: "project", Given: who, Allowed: named, Ambiguous: true}
	}
	n.projects.Delete(strings.ToLower(who)) // the project may exist or become visible at any moment
	return "", fmt.Errorf("no project %q is visible to this server's user; jira_list_projects lists the visible ones", who)
}

// Types returns the issue types that this server's user can create in a project.
func (n *Names) Types(ctx context.Context, project string) ([]jira.IssueType, error) {
	return n.types.Get(ctx, strings.ToUpper(project), func(ctx context.Context) ([]jira.IssueType, error) {
		return jira.Collect(n.jira.CreatableIssueTypes(ctx, project), 500)
	})
}

// Type returns the issue type with a name or id, among those that can be
// created in a project.
func (n *Names) Type(ctx context.Context, project, name string) (jira.IssueType, error) {
	types, err := n.Types(ctx, project)
	if err != nil {
		return jira.IssueType{}, err
	}
	var names []string
	found := MatchNames(types, name, jira.IssueType.Names, func(t jira.IssueType) string { return t.ID })
	if len(found) == 1 {
		return found[0], nil
	}
	for _, t := range found {
		names = append(names, fmt.Sprintf("%s (id %s)", t.Name, t.ID))
	}
	if len(found) > 1 {
		return jira.IssueType{}, &UnknownError{Kind: "issue type", Given: name, Allowed: names, Ambiguous: true}
	}
	for _, t := range types {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		n.types.Delete(strings.ToUpper(project))
		return jira.IssueType{}, fmt.Errorf("this server's user may not create issues in %s (no issue type is offered there); jira_list_projects shows where it may", strings.ToUpper(project))
	}
	return jira.IssueType{}, &UnknownError{Kind: "issue type", Given: name, Allowed: names}
}

// CreateScreen returns the fields of the create screen of an issue type in a
// project.
func (n *Names) CreateScreen(ctx context.Context, project, typeID string) ([]jira.FieldMeta, error) {
	return n.createScreens.Get(ctx, [2]string{strings.ToUpper(project), typeID}, func(ctx context.Context) ([]jira.FieldMeta, error) {
		return jira.Collect(n.jira.CreateScreenFields(ctx, project, typeID), 1000)
	})
}

// EditScreen returns the fields of the edit screen of an issue type in a project,
// from the newest issue of that type: Jira reports edit screens of issues only. It
// returns nil if there is no such issue, if this server's user may not edit it, or
// if Jira answers with an error.
func (n *Names) EditScreen(ctx context.Context, project, typeID string) []jira.FieldMeta {
	screen, err := n.editScreens.Get(ctx, [2]string{strings.ToUpper(project), typeID}, func(ctx context.Context) ([]jira.FieldMeta, error) {
		query := fmt.Sprintf("project = %s AND issuetype = %s ORDER BY created DESC", jql.Quote(project), typeID)
		page, err := n.jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary"}, Expand: "editmeta", Limit: 1})
		if err != nil || len(page.Issues) == 0 {
			return nil, errors.Join(err, errNoIssue)
		}
		if screen := page.Issues[0].EditMeta.SortedFields(); len(screen) > 0 {
			return screen, nil
		}
		return nil, errNoIssue
	})
	if err != nil {
		return nil
	}
	return screen
}

// errNoIssue keeps the cache from remembering that a screen is not known.
var errNoIssue = errors.New("no issue shows the screen")

// Unique returns a list without repeats, in the same order.
func Unique(in []string) []string {
	var out []string
	for _, s := range in {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
