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

// completions finish what people type into the arguments of prompts and
// resources. Each kind of them is a tool of the menu's own, and so on the way that
// calls take; what cannot be found out in time, or may not be, is not offered.
type completions struct{ *Registry }

// completeWithin is how long a person waits for one.
const completeWithin = 3 * time.Second

// mostCompletions is what the protocol allows (MCP, completion/complete).
const mostCompletions = 100

// CompletePromptArgument implements [server.PromptCompletionProvider].
func (c completions) CompletePromptArgument(ctx context.Context, name string, arg mcp.CompleteArgument, with mcp.CompleteContext) (_ *mcp.Completion, err error) {
	defer c.recoverPanic(ctx, "completion", &err)
	for _, p := range prompts() {
		if p.name == name && c.offers(p.uses) && c.visible(ctx, p.uses) && slices.ContainsFunc(p.args, func(a promptArg) bool { return a.name == arg.Name }) {
			return c.complete(ctx, arg.Name, completeInput{arg.Value, with.Arguments["project"], with.Arguments["board"]}), nil
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
	defer c.recoverPanic(ctx, "completion", &err)
	for _, r := range resources() {
		if kind := resourceKinds[r.uri][arg.Name]; r.uri == uri && kind != "" && c.offers(r.uses) && c.visible(ctx, r.uses) {
			return c.complete(ctx, kind, completeInput{Typed: arg.Value, Board: with.Arguments["id"]}), nil
		}
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// completeInput is what was typed, and what other arguments say.
type completeInput struct {
	Typed   string `json:"typed,omitempty"`
	Project string `json:"project,omitempty"`
	Board   string `json:"board,omitempty"`
}

// completeOutput is what it can be finished to.
type completeOutput struct {
	Values []string `json:"values"`
}

// Markdown implements [kit.Output].
func (o *completeOutput) Markdown() string { return "" }

// finder finds one kind of names, on behalf of a tool of the catalogue.
type finder struct {
	kind, tool string
	find       func(*completer, context.Context, completeInput) ([]string, error)
}

func finders() []finder {
	return []finder{{"project", "jira_list_projects", (*completer).projects}, {"board", "jira_list_boards", (*completer).boards}, {"board number", "jira_list_boards", (*completer).boardNumbers},
		{"sprint", "jira_list_sprints", (*completer).sprints}, {"version", "jira_lookup", (*completer).versions}, {"issue", "jira_search", (*completer).issues}, {"key", "jira_search", (*completer).keys},
		{"filter", "jira_find_filters", (*completer).filters}, {"person", "jira_lookup", (*completer).people}}
}

// defineCompletions declares the tools that complete, each under the name of the
// one in the catalogue whose reading it does.
func defineCompletions(catalog map[string]kit.Tool) []kit.Tool {
	var out []kit.Definition[*completer]
	for _, f := range finders() {
		spec := catalog[f.tool].Spec
		spec.Title, spec.Description = completing+f.kind, "Complete a name."
		out = append(out, kit.Define(spec, func(c *completer, ctx context.Context, in completeInput) (*completeOutput, error) {
			found, err := f.find(c, ctx, in)
			return &completeOutput{unique(found)}, err
		}))
	}
	return kit.Group(newCompleter, out...)
}

// completer finds the names that complete an argument.
type completer struct{ env.Env }

func newCompleter(e env.Env) *completer { return &completer{e} }

const completing = "Complete "

func (c completions) complete(ctx context.Context, kind string, in completeInput) *mcp.Completion {
	out := &mcp.Completion{Values: []string{}}
	n := slices.IndexFunc(finders(), func(f finder) bool { return f.kind == kind })
	if n < 0 {
		return out // free text
	}
	ctx, cancel := context.WithTimeout(ctx, completeWithin)
	defer cancel()
	in.Typed = strings.TrimSpace(in.Typed)
	res, err := c.call(ctx, finders()[n].tool+" "+completing+kind, in)
	if err != nil {
		c.Log.DebugContext(ctx, "nothing to complete with", "what", kind)
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
	if out.HasMore = out.Total > mostCompletions; out.HasMore {
		out.Values = out.Values[:mostCompletions]
	}
	return out
}

// unique are names, each once and in one line.
func unique(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = text.OneLine(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
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

func (c *completer) projects(ctx context.Context, in completeInput) ([]string, error) {
	page, err := c.Jira.SearchProjects(ctx, in.Typed, 0, mostCompletions)
	var out []string
	for _, p := range page.Projects {
		out = append(out, p.Key)
	}
	return out, err
}

// inProject is the key of the project that another argument names; "" for none.
func (c *completer) inProject(ctx context.Context, in completeInput) string {
	key, err := agile.ProjectKey(ctx, c.Env, in.Project)
	if err != nil {
		return ""
	}
	return key
}

func (c *completer) boards(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.inProject(ctx, in))
	var all []string
	for _, b := range list {
		all = append(all, b.Name)
	}
	return beginning(in.Typed, all), err
}

func (c *completer) boardNumbers(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.Names.Boards(ctx, c.inProject(ctx, in))
	var out []string
	for _, b := range list {
		if id := strconv.FormatInt(b.ID, 10); strings.HasPrefix(id, in.Typed) || strings.Contains(strings.ToLower(b.Name), strings.ToLower(in.Typed)) {
			out = append(out, id)
		}
	}
	return out, err
}

func (c *completer) sprints(ctx context.Context, in completeInput) ([]string, error) {
	all := []string{"current", "next", "last"}
	board, err := agile.FindBoard(ctx, c.Env, in.Board, in.Project)
	if err != nil {
		return beginning(in.Typed, all), nil //nolint:nilerr // no board is named yet: the words fit any
	}
	list, err := c.Jira.Sprints(ctx, board.ID, "active,future,closed")
	slices.Reverse(list) // the newest first
	for _, s := range list {
		all = append(all, s.Name)
	}
	return beginning(in.Typed, all), err
}

func (c *completer) versions(ctx context.Context, in completeInput) ([]string, error) {
	project := c.inProject(ctx, in)
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
	return beginning(in.Typed, all), err
}

func (c *completer) filters(ctx context.Context, in completeInput) ([]string, error) {
	if strings.Trim(in.Typed, "0123456789") == "" && in.Typed != "" {
		in.Typed = "" // a number is being typed: all are offered
	}
	list, err := c.Jira.FindFilters(ctx, in.Typed, mostCompletions)
	var out []string
	for _, f := range list {
		out = append(out, f.Name)
	}
	return out, err
}

func (c *completer) people(ctx context.Context, in completeInput) ([]string, error) {
	if in.Typed == "" {
		return nil, nil
	}
	var list []jira.User
	var err error
	if project := c.inProject(ctx, in); project != "" {
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

// keys are issues' keys alone; issues have their summaries behind them.
func (c *completer) keys(ctx context.Context, in completeInput) ([]string, error) {
	list, err := c.issues(ctx, in)
	for n, s := range list {
		list[n], _, _ = strings.Cut(s, " ")
	}
	return list, err
}

// startedKey returns the project of an issue key whose last digits may still be
// missing, as in "PAY-1".
func startedKey(typed string) (project string, ok bool) {
	project, digits, ok := strings.Cut(typed, "-")
	return project, ok && len(project) > 1 && key.IsProject(project) && strings.Trim(digits, "0123456789") == ""
}

// recently is among how many issues of a project, those that were written last, a key
// is looked for.
const recently = 100

// issues are found by how their key begins, among those that were written lately,
// or by words of the summary. JQL has no way to ask for keys that begin so.
func (c *completer) issues(ctx context.Context, in completeInput) ([]string, error) {
	query, begins := "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC", ""
	if project, ok := startedKey(in.Typed); ok {
		begins = strings.ToUpper(in.Typed)
		query = "project = " + jql.Quote(strings.ToUpper(project)) + " ORDER BY updated DESC"
	} else if words := strings.Fields(strings.Map(letters, in.Typed)); len(words) > 0 {
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
			one := fmt.Sprintf("%s %s", i.Key, text.OneLine(names.Format(i.Fields["summary"])))
			if i.Key == begins { // what was typed comes first
				exact, out = true, append([]string{one}, out...)
				continue
			}
			out = append(out, one)
		}
	}
	if begins != "" && !exact && !strings.HasSuffix(begins, "-") { // an older one, named whole
		if issue, err := c.Jira.GetIssue(ctx, begins, []string{"summary"}, nil); err == nil {
			out = append([]string{fmt.Sprintf("%s %s", issue.Key, text.OneLine(names.Format(issue.Fields["summary"])))}, out...)
		}
	}
	return out, nil
}

// letters leaves of what was in.Typed what JQL takes for words.
func letters(r rune) rune {
	if strings.ContainsRune(`+-&|!(){}[]^~*?:\/"'`, r) {
		return ' '
	}
	return r
}
