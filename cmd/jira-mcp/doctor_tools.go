package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	for _, t := range d.catalog() {
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
