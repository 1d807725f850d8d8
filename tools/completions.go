package tools

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// completions finish what people type into the arguments of prompts and
// resources. They come from the same client as everything else, and so from inside
// the fence; what cannot be found out in time is not offered.
type completions struct{ *menu }

// completeWithin is how long a person waits for one.
const completeWithin = 3 * time.Second

// mostCompletions is what the protocol allows (MCP, completion/complete).
const mostCompletions = 100

// CompletePromptArgument implements [server.PromptCompletionProvider].
func (c completions) CompletePromptArgument(ctx context.Context, name string, arg mcp.CompleteArgument, with mcp.CompleteContext) (_ *mcp.Completion, err error) {
	defer c.guard(ctx, "completion", &err)
	for _, p := range prompts() {
		if p.name == name && c.offers(p.uses) && c.shown(ctx, p.uses) && slices.ContainsFunc(p.args, func(a promptArg) bool { return a.name == arg.Name }) {
			return c.complete(ctx, arg.Name, arg.Value, with.Arguments), nil
		}
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// resourceKinds is what the arguments of the resources are, by their address.
var resourceKinds = map[string]map[string]string{
	"jira://issue/{key}": {"key": "key"}, "jira://project/{key}": {"key": "project"}, "jira://filter/{id}": {"id": "filter"},
	"jira://board/{id}/sprint/{sprint}": {"id": "board number", "sprint": "sprint"},
	"jira://attachment/{id}":            {"id": ""}, // Jira has no list of files
}

// CompleteResourceArgument implements [server.ResourceCompletionProvider].
func (c completions) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, with mcp.CompleteContext) (_ *mcp.Completion, err error) {
	defer c.guard(ctx, "completion", &err)
	for _, r := range resources() {
		if kind := resourceKinds[r.uri][arg.Name]; r.uri == uri && kind != "" && c.offers(r.uses) && c.shown(ctx, r.uses) {
			args := map[string]string{"board": with.Arguments["id"]}
			return c.complete(ctx, kind, arg.Value, args), nil
		}
	}
	return &mcp.Completion{Values: []string{}}, nil
}

func (c completions) complete(ctx context.Context, kind, typed string, with map[string]string) *mcp.Completion {
	ctx, cancel := context.WithTimeout(jiraContext(ctx), completeWithin)
	defer cancel()
	typed = strings.TrimSpace(kit.Plain(kit.Clean(typed)))
	finders := map[string]func(context.Context, string, map[string]string) ([]string, error){"project": c.projects, "board": c.boards, "board number": c.boardNumbers, "sprint": c.sprints,
		"version": c.versions, "issue": c.issues, "key": c.keys, "filter": c.filters, "person": c.people}
	out := &mcp.Completion{Values: []string{}}
	find := finders[kind]
	if find == nil {
		return out // free text
	}
	found, err := find(ctx, typed, with)
	if err != nil {
		c.log.DebugContext(ctx, "nothing to complete with", "what", kind, "error", err)
		return out
	}
	for _, v := range found {
		if v = kit.Plain(c.runner.Hooks.Clean(oneLine(v))); v != "" && !slices.Contains(out.Values, v) {
			out.Values = append(out.Values, v)
		}
	}
	out.Total = len(out.Values)
	if out.HasMore = out.Total > mostCompletions; out.HasMore {
		out.Values = out.Values[:mostCompletions]
	}
	return out
}

// beginning are those that begin with what was typed, then those that contain it.
func beginning(typed string, all []string) []string {
	typed = strings.ToLower(typed)
	var first, then []string
	for _, s := range all {
		switch low := strings.ToLower(s); {
		case strings.HasPrefix(low, typed):
			first = append(first, s)
		case strings.Contains(low, typed):
			then = append(then, s)
		}
	}
	return append(first, then...)
}

func (c completions) projects(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	page, err := c.Jira.SearchProjects(ctx, typed, 0, mostCompletions)
	var out []string
	for _, p := range page.Projects {
		out = append(out, p.Key)
	}
	return out, err
}

// inProject is the key of the project that another argument names; "" for none.
func (c completions) inProject(ctx context.Context, with map[string]string) string {
	key, err := c.projectKey(ctx, with["project"])
	if err != nil {
		return ""
	}
	return key
}

func (c completions) boards(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.inProject(ctx, with))
	var all []string
	for _, b := range list {
		all = append(all, b.Name)
	}
	return beginning(typed, all), err
}

func (c completions) boardNumbers(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.inProject(ctx, with))
	var out []string
	for _, b := range list {
		if id := strconv.FormatInt(b.ID, 10); strings.HasPrefix(id, typed) || strings.Contains(strings.ToLower(b.Name), strings.ToLower(typed)) {
			out = append(out, id)
		}
	}
	return out, err
}

func (c completions) sprints(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	all := []string{"current", "next", "last"}
	board, err := c.board(ctx, with["board"], with["project"])
	if err != nil {
		return beginning(typed, all), nil //nolint:nilerr // no board is named yet: the words fit any
	}
	list, err := c.Jira.Sprints(ctx, board.ID, "active,future,closed")
	slices.Reverse(list) // the newest first
	for _, s := range list {
		all = append(all, s.Name)
	}
	return beginning(typed, all), err
}

func (c completions) versions(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	project := c.inProject(ctx, with)
	if project == "" {
		return nil, nil
	}
	list, err := c.Jira.Versions(ctx, project)
	all := []string{"next"}
	slices.Reverse(list)
	for _, v := range list {
		if !v.Archived {
			all = append(all, v.Name)
		}
	}
	return beginning(typed, all), err
}

func (c completions) filters(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	if strings.Trim(typed, "0123456789") == "" && typed != "" {
		typed = "" // a number is being typed: all are offered
	}
	list, err := c.Jira.FindFilters(ctx, typed, mostCompletions)
	var out []string
	for _, f := range list {
		out = append(out, f.Name)
	}
	return out, err
}

func (c completions) people(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	if typed == "" {
		return nil, nil
	}
	var list []jira.User
	var err error
	if project := c.inProject(ctx, with); project != "" {
		list, err = c.Jira.FindAssignable(ctx, project, typed, 20)
	} else {
		list, err = c.Jira.FindUsers(ctx, typed, 20)
	}
	var out []string
	for _, u := range list {
		out = append(out, u.DisplayName)
	}
	return out, err
}

// keys are issues' keys alone; issues have their summaries behind them.
func (c completions) keys(ctx context.Context, typed string, with map[string]string) ([]string, error) {
	list, err := c.issues(ctx, typed, with)
	for n, s := range list {
		list[n], _, _ = strings.Cut(s, " ")
	}
	return list, err
}

// keyBegun is a key of which the end may be missing.
var keyBegun = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]+)-(\d*)$`) })

// recently is among how many issues of a project, those that were written last, a key
// is looked for.
const recently = 100

// issues are found by how their key begins, among those that were written lately,
// or by words of the summary. JQL has no way to ask for keys that begin so.
func (c completions) issues(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	query, begins := "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC", ""
	if m := keyBegun().FindStringSubmatch(typed); m != nil {
		begins = strings.ToUpper(typed)
		query = "project = " + jql.Quote(strings.ToUpper(m[1])) + " ORDER BY updated DESC"
	} else if words := strings.Fields(strings.Map(letters, typed)); len(words) > 0 {
		words[len(words)-1] += "*" // it may not be finished
		query = "summary ~ " + jql.Quote(strings.Join(words, " ")) + " ORDER BY updated DESC"
	}
	page, err := c.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary"}, Limit: recently})
	if err != nil {
		return nil, err
	}
	var out []string
	exact := false
	for _, i := range page.Issues {
		if strings.HasPrefix(i.Key, begins) {
			out = append(out, fmt.Sprintf("%s %s", i.Key, oneLine(names.Show(i.Fields["summary"]))))
			exact = exact || i.Key == begins
		}
	}
	if begins != "" && !exact && !strings.HasSuffix(begins, "-") { // an older one, named whole
		if issue, err := c.Jira.GetIssue(ctx, begins, []string{"summary"}, nil); err == nil {
			out = append([]string{fmt.Sprintf("%s %s", issue.Key, oneLine(names.Show(issue.Fields["summary"])))}, out...)
		}
	}
	return out, nil
}

// letters leaves of what was typed what JQL takes for words.
func letters(r rune) rune {
	if strings.ContainsRune(`+-&|!(){}[]^~*?:\/"'`, r) {
		return ' '
	}
	return r
}
