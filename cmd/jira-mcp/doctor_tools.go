package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// tools lists the tools that the server would offer and, by reason, those that
// it withholds, and those that the user can use in no project. Then it checks
// the scopes and permissions that the offered ones need.
func (d *doctor) tools(ctx context.Context) bool {
	policy := policyOf(d.cfg)
	var offered []kit.Tool
	var names, order []string
	withheld := map[string][]string{} // tool names, by reason
	for _, t := range tools.NewCatalog() {
		why := policy.WithheldReason(t.Spec)
		if why == "" {
			offered, names = append(offered, t), append(names, t.Name)
			continue
		}
		if withheld[why] == nil {
			order = append(order, why)
		}
		withheld[why] = append(withheld[why], t.Name)
	}
	text := fmt.Sprintf("%d offered: %s", len(names), strings.Join(names, ", "))
	for _, why := range order {
		text += fmt.Sprintf("\nnot offered, since %s: %s", why, strings.Join(withheld[why], ", "))
	}
	if len(names) == 0 {
		d.add("tools", stateFail, text, "Change the settings named above: no tool is left.")
		return true
	}
	left, _ := tools.UnavailableTools(ctx, d.client, offered) // none if they cannot be checked: a server lists all then
	byReason := map[string][]string{}
	for name, why := range left {
		byReason[why] = append(byReason[why], name)
	}
	for _, why := range slices.Sorted(maps.Keys(byReason)) {
		slices.Sort(byReason[why])
		text += fmt.Sprintf("\noffered, but not listed for this user, because %s: %s", why, strings.Join(byReason[why], ", "))
	}
	d.add("tools", stateOK, text)
	d.scopes(ctx, offered)
	d.permissions(ctx, offered)
	return true
}

// missingID is the number of a board or a sprint that cannot exist.
const missingID = 0

// missingIssueID is the id of an issue that cannot exist, since ids begin at 1.
// A write to it shows whether the token has the scope, and changes nothing.
const missingIssueID = "0"

// scopeProbe is a call that shows whether the token has the scopes of an
// operation.
type scopeProbe struct {
	op  operation.Operation
	try func() error
}

// scopeProbes returns the operations that can be tried without changing
// anything: reads, and writes to an issue or a sprint that does not exist.
// Creating an issue cannot be tried so.
func (d *doctor) scopeProbes(ctx context.Context) []scopeProbe {
	c := d.client
	comment := jira.NewComment{Body: map[string]any{"type": "doc", "version": 1, "content": []any{}}}
	return []scopeProbe{
		{jira.OpMyself, func() error { return c.Ping(ctx) }},
		{jira.OpFields, func() error { _, err := c.Fields(ctx); return err }},
		{jira.OpStatuses, func() error { _, err := c.Statuses(ctx); return err }},
		{jira.OpSearchProjects, func() error { _, err := c.SearchProjects(ctx, "", 0, 1); return err }},
		{jira.OpSearch, func() error {
			_, err := c.SearchPage(ctx, jira.Search{JQL: "created >= -1d", Fields: []string{"summary"}, Limit: 1})
			return err
		}},
		{jira.OpCount, func() error { _, err := c.CountIssues(ctx, "created >= -1d"); return err }},
		{jira.OpGetIssue, func() error { _, err := c.GetIssue(ctx, missingIssueID, []string{"summary"}, nil); return err }},
		{jira.OpBulkFetch, func() error {
			_, err := c.FetchIssues(ctx, []string{missingIssueID}, []string{"summary"}, nil)
			return err
		}},
		{jira.OpGetComments, func() error { _, err := c.Comments(ctx, missingIssueID, 0, 1, false); return err }},
		{jira.OpGetTransitions, func() error { _, err := c.Transitions(ctx, missingIssueID); return err }},
		{jira.OpCreatableIssueTypes, func() error { _, err := jira.Collect(c.CreatableIssueTypes(ctx, missingIssueID), 1); return err }},
		{jira.OpFindUsers, func() error { _, err := c.FindUsers(ctx, "a", 1); return err }},
		{jira.OpFindAssignable, func() error { _, err := c.FindAssignable(ctx, missingIssueID, "a", 1); return err }},
		{jira.OpCheckPermissions, func() error { _, err := c.CheckPermissions(ctx, []string{"CREATE_ISSUES"}, []int64{1}); return err }},
		{jira.OpWatchers, func() error { _, err := c.Watchers(ctx, missingIssueID); return err }},
		{jira.OpVersions, func() error { _, err := c.Versions(ctx, missingIssueID); return err }},
		{jira.OpLinkTypes, func() error { _, err := c.LinkTypes(ctx); return err }},
		{jira.OpFilters, func() error { _, err := c.FindFilters(ctx, "", 1); return err }},
		{jira.OpJQLReference, func() error { _, err := c.JQLReference(ctx); return err }},
		{jira.OpBoard, func() error { _, err := c.Board(ctx, missingID); return err }},
		{jira.OpBoards, func() error { _, err := c.Boards(ctx, "", ""); return err }},
		{jira.OpBoardConfiguration, func() error { _, err := c.BoardConfiguration(ctx, missingID); return err }},
		{jira.OpSprints, func() error { _, err := c.Sprints(ctx, missingID, "active"); return err }},
		{jira.OpSprint, func() error { _, err := c.Sprint(ctx, missingID); return err }},
		{jira.OpAllSprintIssues, func() error {
			_, err := jira.Collect(c.AllSprintIssues(ctx, missingID, []string{"summary"}), 1)
			return err
		}},
		{jira.OpMoveToSprint, func() error { return c.MoveToSprint(ctx, missingID, []string{missingIssueID}) }},
		{jira.OpEditIssue, func() error { _, err := c.EditIssue(ctx, missingIssueID, jira.Edit{}); return err }},
		{jira.OpAddComment, func() error { _, err := c.AddComment(ctx, missingIssueID, comment); return err }},
		{jira.OpTransition, func() error { return c.Transition(ctx, missingIssueID, jira.TransitionRequest{TransitionID: "0"}) }},
	}
}

// scopes tries the operations that the offered tools need, and lists the scopes
// that are missing with the tools that need them. Classic tokens have no
// scopes. Jira's API does not expose the scopes of a token, so that trying is
// the only way.
//
// A status 403, 404 or 400 without Jira's message about scopes counts as
// success: the request got past the check of scopes. Any other error means that
// the operation could not be tried.
func (d *doctor) scopes(ctx context.Context, offered []kit.Tool) {
	if strings.Contains(d.endpoint.Kind, "classic") {
		return
	}
	held, lacking, untried := d.tryScopes(ctx, offered)
	without := map[string][]string{} // the tools that do not work, by their missing scopes
	var order []string
	addMissing := func(op operation.Operation, tools ...string) {
		scopes := missingScopes(op.Scopes, held)
		if !slices.Contains(order, scopes) {
			order = append(order, scopes)
		}
		without[scopes] = names.Unique(append(without[scopes], tools...))
	}
	for _, l := range lacking {
		addMissing(l.op, l.needs...)
	}
	for _, tool := range offered { // creating needs the same scopes as the writes that were tried
		if slices.Contains(tool.Requires, jira.OpCreateIssue.Key()) && len(without[missingScopes(jira.OpCreateIssue.Scopes, held)]) > 0 {
			addMissing(jira.OpCreateIssue, tool.Name)
		}
	}
	if untried > 0 {
		d.add("scopes", stateWarn, fmt.Sprintf("%d operations could not be tried: Jira did not answer as expected", untried), "Run jira-mcp doctor again.")
	} else if len(order) == 0 {
		d.add("scopes", stateOK, "sufficient, as far as can be checked without changing anything")
	}
	if len(order) == 0 {
		return
	}
	var lines []string
	for _, scopes := range order {
		list := without[scopes]
		// A tool that does not work at all is not listed with its parts as
		// well.
		list = slices.DeleteFunc(list, func(name string) bool {
			whole, part := strings.CutPrefix(name, "parts of ")
			return part && slices.Contains(list, whole)
		})
		slices.Sort(list)
		lines = append(lines, fmt.Sprintf("the token lacks %s: without it %s will not work", scopes, strings.Join(list, ", ")))
	}
	fewer := ", or offer fewer tools with JIRA_MCP_TOOLS."
	if !d.cfg.ReadOnly {
		fewer = ", or offer fewer tools with JIRA_MCP_TOOLS or JIRA_MCP_READ_ONLY=true."
	}
	d.add("scopes", stateWarn, strings.Join(lines, "\n"), "Make a token with the missing scopes ("+credential.TokenPage+")"+fewer)
}

// lackingScope is an operation for which the token lacks a scope.
type lackingScope struct {
	op    operation.Operation
	needs []string // the tools that need it
}

// tryScopes tries each operation that an offered tool needs, once. It returns
// the scopes that the token has, the operations for which it lacks one, and the
// number of operations that could not be tried. A project fence refuses some of
// them before they are sent; they are not counted.
func (d *doctor) tryScopes(ctx context.Context, offered []kit.Tool) (held map[string]bool, lacking []lackingScope, untried int) {
	held = map[string]bool{}
	for _, a := range d.scopeProbes(ctx) {
		needs := toolsThatNeed(offered, a.op)
		if len(needs) == 0 {
			continue
		}
		err := a.try()
		var refused *fence.Error
		switch {
		case errors.As(err, &refused):
		case jira.IsMissingScope(err):
			lacking = append(lacking, lackingScope{a.op, needs})
		// These statuses mean that the request got past the check of scopes: an
		// issue with the id 0 does not exist, its body is incomplete, or the
		// user lacks a permission, which is checked elsewhere.
		case err == nil, jira.IsStatus(err, http.StatusNotFound), jira.IsStatus(err, http.StatusBadRequest), jira.IsStatus(err, http.StatusForbidden):
			for _, scope := range preferredScopes(a.op.Scopes) {
				held[scope] = true
			}
		default:
			untried++
		}
	}
	return held, lacking, untried
}

// toolsThatNeed returns the names of the offered tools that need an operation.
// Tools that only do less without it are "parts of" their names.
func toolsThatNeed(offered []kit.Tool, op operation.Operation) []string {
	var out []string
	for _, tool := range offered {
		switch {
		case slices.Contains(tool.Requires, op.Key()):
			out = append(out, tool.Name)
		case slices.Contains(tool.Optional, op.Key()):
			out = append(out, "parts of "+tool.Name)
		}
	}
	return out
}

// missingScopes returns those scopes of an operation in words that the token
// may lack: the preferred ones without those that other operations have shown
// to be there, or all if that leaves none.
func missingScopes(s operation.Scopes, held map[string]bool) string {
	all := preferredScopes(s)
	missing := slices.DeleteFunc(slices.Clone(all), func(scope string) bool { return held[scope] })
	if len(missing) == 0 {
		missing = all
	}
	return strings.Join(missing, " and ")
}

// preferredScopes returns the scopes that people choose for a token: the
// classic ones if there are any, otherwise the granular ones.
func preferredScopes(s operation.Scopes) []string {
	if len(s.Classic) > 0 {
		return s.Classic
	}
	return s.Granular
}

// permissions counts the projects in which the user has the permissions that
// the offered tools need, in the first 50 projects. It also names configured
// projects that do not exist or that the user cannot see.
func (d *doctor) permissions(ctx context.Context, offered []kit.Tool) {
	page, err := d.client.SearchProjects(ctx, "", 0, 50)
	if err != nil {
		d.add("projects", stateWarn, "could not be listed: "+err.Error(), hint(err))
		return
	}
	if _, unseen, err := d.client.VisibleProjects(ctx); err == nil && len(unseen) > 0 {
		d.add("projects", stateWarn, fmt.Sprintf("these projects in %s do not exist, or the user cannot see them: %s", d.from("JIRA_MCP_PROJECTS"), strings.Join(unseen, ", ")),
			fmt.Sprintf("Correct %s, or grant the user Browse Projects there.", d.from("JIRA_MCP_PROJECTS")))
	}
	if len(page.Projects) == 0 {
		d.add("projects", stateWarn, "the user can see no project", "Grant the user Browse Projects in the projects to use.")
		return
	}
	needs := map[kit.Effect]string{kit.Create: "CREATE_ISSUES", kit.Edit: "EDIT_ISSUES", kit.Comment: "ADD_COMMENTS", kit.Transition: "TRANSITION_ISSUES"}
	var asked []string
	for _, t := range offered {
		if p := needs[t.Effect]; p != "" && !slices.Contains(asked, p) {
			asked = append(asked, p)
		}
	}
	text := fmt.Sprintf("the user can see %d", max(page.Total, len(page.Projects)))
	if len(asked) == 0 {
		d.add("projects", stateOK, text)
		return
	}
	var ids []int64
	for _, p := range page.Projects {
		if id, err := strconv.ParseInt(p.ID, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	grants, err := d.client.CheckPermissions(ctx, asked, ids)
	if err != nil {
		d.add("projects", stateOK, text+"; the permissions there could not be checked")
		return
	}
	count := map[string]int{}
	for _, g := range grants {
		count[g.Permission] = len(g.Projects)
	}
	state, advice := stateOK, ""
	for _, p := range asked {
		if _, answered := count[p]; !answered {
			text += fmt.Sprintf(", %s: Jira does not say", strings.ToLower(strings.ReplaceAll(p, "_", " ")))
			continue
		}
		text += fmt.Sprintf(", %s in %d", strings.ToLower(strings.ReplaceAll(p, "_", " ")), count[p])
		if count[p] == 0 {
			state = stateWarn
			advice = fmt.Sprintf("The user can %s in no project; grant the permission in one, or set JIRA_MCP_READ_ONLY=true.", strings.ToLower(strings.ReplaceAll(p, "_", " ")))
		}
	}
	if len(ids) < page.Total {
		text += fmt.Sprintf(" (of the first %d)", len(ids))
	}
	d.add("projects", state, text, advice)
}
