package prompts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// completions completes what people type into the arguments of prompts and
// resources. Each kind of completion is an internal tool, so it takes the same
// path as other calls. What cannot be found in time, or may not be read, is not
// offered.
type completions struct{ *Registry }

// completionTimeout is the time limit of a completion.
const completionTimeout = 3 * time.Second

// maxCompletions is the maximum number of values that the protocol allows
// (MCP, completion/complete).
const maxCompletions = 100

// CompletePromptArgument implements [server.PromptCompletionProvider]. It
// returns no values for an unknown prompt or argument.
func (c completions) CompletePromptArgument(ctx context.Context, name string, arg mcp.CompleteArgument, with mcp.CompleteContext) (_ *mcp.Completion, err error) {
	defer c.recoverPanic(ctx, "completion", &err)
	for _, p := range prompts() {
		if p.name == name && c.offers(p.uses) && c.visible(ctx, p.uses) && slices.ContainsFunc(p.args, func(a promptArg) bool { return a.name == arg.Name }) {
			return c.complete(ctx, arg.Name, completeInput{arg.Value, with.Arguments["project"], with.Arguments["board"]}), nil
		}
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// resourceArgKinds maps the variables of each URI template to their kinds of
// completion; see [finders].
var resourceArgKinds = map[string]map[string]string{
	"jira://issue/{key}": {"key": "key"}, "jira://project/{key}": {"key": "project"}, "jira://filter/{id}": {"id": "filter"},
	"jira://board/{id}/sprint/{sprint}": {"id": "board number", "sprint": "sprint"},
	"jira://attachment/{id}":            {"id": ""}, // Jira has no list of all attachments
}

// CompleteResourceArgument implements [server.ResourceCompletionProvider]. It
// returns no values for an unknown template or variable.
func (c completions) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, with mcp.CompleteContext) (_ *mcp.Completion, err error) {
	defer c.recoverPanic(ctx, "completion", &err)
	for _, r := range resources() {
		if kind := resourceArgKinds[r.uri][arg.Name]; r.uri == uri && kind != "" && c.offers(r.uses) && c.visible(ctx, r.uses) {
			return c.complete(ctx, kind, completeInput{Typed: arg.Value, Board: with.Arguments["id"]}), nil
		}
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// completeInput holds the arguments of the tools that complete: the typed text,
// and the values of other arguments that narrow the choice.
type completeInput struct {
	Typed   string `json:"typed,omitempty"`
	Project string `json:"project,omitempty"`
	Board   string `json:"board,omitempty"`
}

// completeOutput lists the values that complete the typed text, best first.
type completeOutput struct {
	Values []string `json:"values"`
}

// Markdown implements [kit.Output]. There is no text, since only the structured
// content is read.
func (o *completeOutput) Markdown(m kit.Mark) string { return "" }

// finder finds the names of one kind. tool is the tool of the catalogue whose
// reading it does.
type finder struct {
	kind, tool string
	find       func(*completer, context.Context, completeInput) ([]string, error)
}

// finders returns the finder of each kind of argument, which is the name of a
// prompt's argument or a value of resourceArgKinds. An argument without one is
// free text.
func finders() []finder {
	return []finder{{"project", "jira_list_projects", (*completer).projects}, {"board", "jira_list_boards", (*completer).boards}, {"board number", "jira_list_boards", (*completer).boardNumbers},
		{"sprint", "jira_list_sprints", (*completer).sprints}, {"version", "jira_lookup", (*completer).versions}, {"issue", "jira_search", (*completer).issues}, {"key", "jira_search", (*completer).keys},
		{"filter", "jira_find_filters", (*completer).filters}, {"person", "jira_lookup", (*completer).people}}
}

// defineCompletions declares the internal tools that complete, each with the
// specification of the tool of the catalogue whose reading it does.
func defineCompletions(catalog map[string]kit.Tool) []kit.Tool {
	var out []kit.Definition[*completer]
	for _, f := range finders() {
		spec := catalog[f.tool].Spec
		spec.Title, spec.Description = completionTitle+f.kind, "Complete a name."
		out = append(out, kit.Define(spec, func(c *completer, ctx context.Context, in completeInput) (*completeOutput, error) {
			found, err := f.find(c, ctx, in)
			return &completeOutput{uniqueLines(found)}, err
		}))
	}
	return kit.Group(newCompleter, out...)
}

// completer is the receiver of the internal tools that complete.
type completer struct{ env.Env }

func newCompleter(e env.Env) *completer { return &completer{e} }

// completionTitle begins the titles of the internal tools that complete.
const completionTitle = "Complete "

// complete calls the internal tool for a kind of argument and returns at most
// maxCompletions values. It returns none if there is no such tool, on an error,
// or after completionTimeout.
func (c completions) complete(ctx context.Context, kind string, in completeInput) *mcp.Completion {
	out := &mcp.Completion{Values: []string{}}
	n := slices.IndexFunc(finders(), func(f finder) bool { return f.kind == kind })
	if n < 0 {
		return out // free text
	}
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	in.Typed = strings.TrimSpace(in.Typed)
	res, err := c.callTool(ctx, finders()[n].tool+" "+completionTitle+kind, in)
	if err != nil {
		c.Log.DebugContext(ctx, "completion failed", "what", kind)
		return out
	}
	var found completeOutput
	if data, err := json.Marshal(res.StructuredContent); err != nil || json.Unmarshal(data, &found) != nil {
		return out
	}
	if out.Values = found.Values; out.Values == nil {
		out.Values = []string{}
	}
	out.Total = len(out.Values)
	if out.HasMore = out.Total > maxCompletions; out.HasMore {
		out.Values = out.Values[:maxCompletions]
	}
	return out
}

// uniqueLines returns names in one line each, without repeats and empty ones.
func uniqueLines(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = text.OneLine(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// matchTyped returns the names that begin with the typed text, then those that
// contain it, ignoring case:
//
//	"pay", ["Prepay", "Payments", "Ops"] → ["Payments", "Prepay"]
func matchTyped(typed string, all []string) []string {
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

// projects returns the keys of projects that match in key or name.
func (c *completer) projects(ctx context.Context, in completeInput) ([]string, error) {
	page, err := c.Jira.SearchProjects(ctx, in.Typed, 0, maxCompletions)
	var out []string
	for _, p := range page.Projects {
		out = append(out, p.Key)
	}
	return out, err
}

// projectKey returns the key of the project that another argument names, or ""
// if there is none or it is unknown.
func (c *completer) projectKey(ctx context.Context, in completeInput) string {
	key, err := agile.ProjectKey(ctx, c.Env, in.Project)
	if err != nil {
		return ""
	}
	return key
}

// boards returns the names of the boards of a project, or of all boards.
func (c *completer) boards(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.projectKey(ctx, in))
	var all []string
	for _, b := range list {
		all = append(all, b.Name)
	}
	return matchTyped(in.Typed, all), err
}

// boardNumbers returns the numbers of the boards whose number begins with the
// typed text or whose name contains it.
func (c *completer) boardNumbers(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.projectKey(ctx, in))
	var out []string
	for _, b := range list {
		if id := strconv.FormatInt(b.ID, 10); strings.HasPrefix(id, in.Typed) || strings.Contains(strings.ToLower(b.Name), strings.ToLower(in.Typed)) {
			out = append(out, id)
		}
	}
	return out, err
}

// sprints returns the words current, next and last, and the names of the
// board's sprints, newest first. Without a board it returns the words alone.
func (c *completer) sprints(ctx context.Context, in completeInput) ([]string, error) {
	all := []string{"current", "next", "last"}
	board, err := agile.FindBoard(ctx, c.Env, in.Board, in.Project)
	if err != nil {
		return matchTyped(in.Typed, all), nil //nolint:nilerr // no board is given yet: the words are valid for any
	}
	list, err := c.Jira.Sprints(ctx, board.ID, "active,future,closed")
	slices.Reverse(list) // newest first
	for _, s := range list {
		all = append(all, s.Name)
	}
	return matchTyped(in.Typed, all), err
}

// versions returns the word next and the names of the project's versions that
// are not archived, in reverse order of Jira's list. Without a project there
// are none.
func (c *completer) versions(ctx context.Context, in completeInput) ([]string, error) {
	project := c.projectKey(ctx, in)
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
	return matchTyped(in.Typed, all), err
}

// filters returns the names of the saved filters that match the typed text.
// While a number is typed, it returns all of them, since Jira searches by name
// only.
func (c *completer) filters(ctx context.Context, in completeInput) ([]string, error) {
	if strings.Trim(in.Typed, "0123456789") == "" && in.Typed != "" {
		in.Typed = "" // a number is being typed: offer all filters
	}
	list, err := c.Jira.FindFilters(ctx, in.Typed, maxCompletions)
	var out []string
	for _, f := range list {
		out = append(out, f.Name)
	}
	return out, err
}

// people returns the names of people that match the typed text: people who can
// be assigned in the project if one is given, otherwise all users. It returns
// none before anything is typed.
func (c *completer) people(ctx context.Context, in completeInput) ([]string, error) {
	if in.Typed == "" {
		return nil, nil
	}
	var list []jira.User
	var err error
	if project := c.projectKey(ctx, in); project != "" {
		list, err = c.Jira.FindAssignable(ctx, project, in.Typed, 20)
	} else {
		list, err = c.Jira.FindUsers(ctx, in.Typed, 20)
	}
	var out []string
	for _, u := range list {
		out = append(out, u.DisplayName)
	}
	return out, err
}

// keys returns the keys alone of the issues that [completer.issues] finds.
func (c *completer) keys(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.issues(ctx, in)
	for n, s := range list {
		list[n], _, _ = strings.Cut(s, " ")
	}
	return list, err
}

// projectOfPartialKey returns the project of an issue key whose last digits may
// still be missing, and whether the typed text is one: "PAY-1" → "PAY", true.
func projectOfPartialKey(typed string) (project string, ok bool) {
	project, digits, ok := strings.Cut(typed, "-")
	return project, ok && len(project) > 1 && key.IsProject(project) && strings.Trim(digits, "0123456789") == ""
}

// recentIssues is the number of a project's most recently updated issues among
// which a partly typed key is searched.
const recentIssues = 100

// issues returns issues as "key summary". What was typed decides how it finds
// them:
//
//  1. Nothing: the open issues of this server's user.
//  2. The beginning of a key: issues of its project whose key begins so, among
//     the most recently updated ones, because JQL cannot search for this. The
//     issue with exactly this key comes first, and is read if it was not
//     found. For example, "PAY-13" finds PAY-13, PAY-130 and PAY-131.
//  3. Anything else: issues with these words in the summary, of which the last
//     word may be incomplete.
func (c *completer) issues(ctx context.Context, in completeInput) ([]string, error) {
	query, begins := "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC", ""
	if project, ok := projectOfPartialKey(in.Typed); ok {
		begins = strings.ToUpper(in.Typed)
		query = "project = " + jql.Quote(strings.ToUpper(project)) + " ORDER BY updated DESC"
	} else if words := strings.Fields(strings.Map(blankOperators, in.Typed)); len(words) > 0 {
		words[len(words)-1] += "*" // the last word may be incomplete
		query = "summary ~ " + jql.Quote(strings.Join(words, " ")) + " ORDER BY updated DESC"
	}
	page, err := c.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary"}, Limit: recentIssues})
	if err != nil {
		return nil, err
	}
	var out []string
	exact := false
	for _, i := range page.Issues {
		if strings.HasPrefix(i.Key, begins) {
			one := fmt.Sprintf("%s %s", i.Key, text.OneLine(names.Format(i.Fields["summary"])))
			if i.Key == begins { // the exact key comes first
				exact, out = true, append([]string{one}, out...)
				continue
			}
			out = append(out, one)
		}
	}
	if begins != "" && !exact && !strings.HasSuffix(begins, "-") { // an older issue whose key is typed completely
		if issue, err := c.Jira.GetIssue(ctx, begins, []string{"summary"}, nil); err == nil {
			out = append([]string{fmt.Sprintf("%s %s", issue.Key, text.OneLine(names.Format(issue.Fields["summary"])))}, out...)
		}
	}
	return out, nil
}

// blankOperators replaces a character that JQL's text search treats as an
// operator or a quote with a space; it keeps all others.
func blankOperators(r rune) rune {
	if strings.ContainsRune(`+-&|!(){}[]^~*?:\/"'`, r) {
		return ' '
	}
	return r
}
