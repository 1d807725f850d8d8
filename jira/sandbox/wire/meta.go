package wire

import (
	"net/http"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/workflow"
)

// fieldSchema renders the schema of a field: its type, the type of its items,
// and the system or custom field behind it.
func fieldSchema(f *store.Field) object {
	o := object{"type": f.Type}
	if f.Items != "" {
		o["items"] = f.Items
	}
	if f.System != "" {
		o["system"] = f.System
	}
	if f.Custom != "" {
		o["custom"], o["customId"] = f.Custom, f.CustomID
	}
	return o
}

// fieldOperations returns the operations that a field supports in an update.
// Lists can be set or changed by item, comments and links only added. The
// sprint field, whose items are "json", is a list but takes one sprint.
func fieldOperations(f *store.Field) []string {
	if f.Type == "array" && f.ID != "issuelinks" && f.ID != "worklog" && f.Items != "json" {
		return []string{"add", "set", "remove"}
	}
	if slices.Contains([]string{"comment", "issuelinks", "worklog"}, f.ID) {
		return []string{"add"}
	}
	return []string{"set"}
}

// allowedValues returns the values that a field allows in a project and issue
// type, rendered, or nil if it has no fixed values.
func (r *request) allowedValues(p *store.Project, t *store.IssueType, f *store.Field) []any {
	switch f.ID {
	case "priority":
		return renderEach(r.site.Priorities, func(n *store.Named) any { return r.named("priority", n) })
	case "resolution":
		return renderEach(r.site.Resolutions, func(n *store.Named) any { return r.named("resolution", n) })
	case "components":
		return renderEach(p.Components, func(n *store.Named) any { return r.named("component", n) })
	case "fixVersions", "versions":
		return renderEach(p.Versions, func(v *store.Version) any { return r.version(v) })
	case "issuetype":
		return []any{r.issueType(t)}
	case "project":
		return []any{r.projectRef(p)}
	}
	switch {
	case f.ID == "security":
		return renderEach(p.Levels, func(l *store.SecurityLevel) any {
			return object{"self": r.selfURL("securitylevel/%s", l.ID), "id": l.ID, "name": l.Name}
		})
	case f.Type == "version":
		return renderEach(p.Versions, func(v *store.Version) any { return r.version(v) })
	case f.Type == "project":
		var seen []*store.Project
		for _, other := range r.site.Projects {
			if access.CanBrowse(r.user, other) {
				seen = append(seen, other)
			}
		}
		return renderEach(seen, func(other *store.Project) any { return r.projectRef(other) })
	case f.Options != nil:
		return renderEach(f.Options, func(n *store.Named) any {
			o := option(n)
			if children := f.Children[n.ID]; children != nil {
				o["children"] = renderEach(children, func(c *store.Named) any { return option(c) })
			}
			return o
		})
	}
	return nil
}

// fieldMeta renders the metadata of a field on a screen. Only the create
// metadata has the key fieldId.
func (r *request) fieldMeta(p *store.Project, t *store.IssueType, f *store.Field, required, create bool) object {
	o := object{"required": required, "schema": fieldSchema(f), "name": f.Name, "key": f.ID, "operations": fieldOperations(f)}
	translated(f.Untranslated, o)
	if create {
		o["fieldId"] = f.ID
	}
	o["hasDefaultValue"] = f.ID == "priority" || f.ID == "reporter"
	if a := r.allowedValues(p, t, f); a != nil {
		o["allowedValues"] = a
	}
	if f.Type == "user" {
		o["autoCompleteUrl"] = r.selfURL("user/assignable/search?project=%s&query=", p.Key)
	}
	return o
}

// page returns one page of a list, as the endpoints with startAt and maxResults
// cut it. def is the default page size and most the largest. A start beyond the
// end gives an empty page.
func page[T any](r *request, list []T, def, most int) (part []T, start, limit int, err error) {
	if start, err = r.intParam("startAt", 0, 1<<30); err != nil {
		return nil, 0, 0, err
	}
	if limit, err = r.intParam("maxResults", def, most); err != nil {
		return nil, 0, 0, err
	}
	return list[min(start, len(list)):min(start+limit, len(list))], start, limit, nil
}

// findProject returns the project of the path's {project}, a key or id, or 404
// if the caller cannot browse it.
func (r *request) findProject() (*store.Project, error) {
	p := r.site.Project(r.PathValue("project"))
	if !access.CanBrowse(r.user, p) {
		return nil, fail(http.StatusNotFound, "No project could be found with key '%s'.", r.PathValue("project"))
	}
	return p, nil
}

// createMetaTypes handles GET issue/createmeta/{project}/issuetypes. Without the
// permission Create Issues the list is empty.
func createMetaTypes(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	types := p.Types
	if !access.Can(r.user, p, "CREATE_ISSUES") {
		types = nil
	}
	part, start, limit, err := page(r, types, 50, 200)
	if err != nil {
		return nil, err
	}
	return object{"issueTypes": renderEach(part, func(t *store.IssueType) any { return r.issueType(t) }), "startAt": start, "maxResults": limit, "total": len(types)}, nil
}

// createMetaFields handles GET issue/createmeta/{project}/issuetypes/{type}: the
// fields of the create screen.
func createMetaFields(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	var t *store.IssueType
	for _, known := range p.Types {
		if known.ID == r.PathValue("type") {
			t = known
		}
	}
	if t == nil || !access.Can(r.user, p, "CREATE_ISSUES") {
		return nil, fail(http.StatusNotFound, "Issue type with id '%s' does not exist.", r.PathValue("type"))
	}
	screen := p.Screens[t.ID]
	fields := r.settableFields(p, screen)
	part, start, limit, err := page(r, fields, 50, 200)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(fields), "fields": renderEach(part, func(id string) any {
		return r.fieldMeta(p, t, r.site.Field(id), screen.Requires(id), true)
	})}, nil
}

// settableFields returns the ids of the fields of a screen that the caller may
// set: the security level is only among them with the permission for it.
func (r *request) settableFields(p *store.Project, screen store.Screen) []string {
	return slices.DeleteFunc(slices.Clone(screen.Fields), func(id string) bool {
		return id == "security" && (len(p.Levels) == 0 || !access.Can(r.user, p, "SET_ISSUE_SECURITY"))
	})
}

// createOnlyFields lists the fields of the create screen that cannot be edited
// later.
var createOnlyFields = []string{"project", "issuetype"}

// editMeta handles GET issue/{key}/editmeta.
func editMeta(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	return r.editMeta(i), nil
}

// editMeta renders the metadata of the fields that the caller can edit; without
// the permission Edit Issues there are none. The field comment is on every edit
// screen.
func (r *request) editMeta(i *store.Issue) object {
	if !access.Can(r.user, i.Project, "EDIT_ISSUES") {
		return object{"fields": object{}}
	}
	screen, fields := i.Project.EditScreen(i.Type.ID), object{}
	for _, id := range append(r.settableFields(i.Project, screen), "comment") {
		if !slices.Contains(createOnlyFields, id) {
			fields[id] = r.fieldMeta(i.Project, i.Type, r.site.Field(id), screen.Requires(id), false)
		}
	}
	return object{"fields": fields}
}

// transitions renders the transitions available to the caller, with the fields
// of their screens if withFields is set.
func (r *request) transitions(i *store.Issue, withFields bool) []any {
	out := []any{}
	if !access.Can(r.user, i.Project, "TRANSITION_ISSUES") {
		return out
	}
	for _, t := range workflow.Available(i) {
		to := r.site.Status(t.To)
		if t.IsLoop() {
			to = i.Status
		}
		// The contract calls the last member looped; sites send isLooped.
		o := object{"id": t.ID, "name": t.Name, "to": r.status(to), "hasScreen": len(t.Screen) > 0, "isGlobal": len(t.From) == 0,
			"isInitial": false, "isAvailable": true, "isConditional": false, "looped": t.IsLoop(), "isLooped": t.IsLoop()}
		if withFields {
			fields := object{}
			for _, id := range t.Screen {
				fields[id] = r.fieldMeta(i.Project, i.Type, r.site.Field(id), t.Requires(id), false)
			}
			o["fields"] = fields
		}
		out = append(out, o)
	}
	return out
}

// getTransitions handles GET issue/{key}/transitions.
func getTransitions(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	all := r.transitions(i, slices.Contains(r.listParam("expand"), "transitions.fields"))
	if id := r.URL.Query().Get("transitionId"); id != "" {
		all = slices.DeleteFunc(all, func(t any) bool { return t.(object)["id"] != id })
	}
	return object{"expand": "transitions", "transitions": all}, nil
}

// getFields handles GET field. Anonymous callers only see system fields.
func getFields(r *request) (any, error) {
	out := []any{}
	for _, f := range r.site.Fields {
		if r.user == nil && f.Custom != "" {
			continue
		}
		o := object{"id": f.ID, "key": f.ID, "name": f.Name, "custom": f.Custom != "", "orderable": true, "navigable": !slices.Contains(detailFields, f.ID),
			"searchable": len(f.JQL) > 0, "clauseNames": append([]string{}, f.JQL...)}
		if f.Type != "" {
			o["schema"] = fieldSchema(f)
		}
		out = append(out, translated(f.Untranslated, o))
	}
	return out, nil
}

// getStatuses handles GET status.
func getStatuses(r *request) (any, error) {
	return renderEach(r.site.Statuses, func(s *store.Status) any { return r.status(s) }), nil
}

// searchResolutions handles GET resolution/search. The filters id and onlyDefault
// are not supported here.
func searchResolutions(r *request) (any, error) {
	part, start, limit, err := page(r, r.site.Resolutions, 50, 200)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(r.site.Resolutions), "isLast": start+len(part) >= len(r.site.Resolutions),
		"values": renderEach(part, func(n *store.Named) any {
			return object{"self": r.selfURL("resolution/%s", n.ID), "id": n.ID, "name": n.Name, "description": ""}
		})}, nil
}

// projectStatuses handles GET project/{project}/statuses. The statuses are
// those of the project's workflow, the same for all of its issue types.
func projectStatuses(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	names := []string{workflow.All[p.Workflow].InitialStatus}
	for _, t := range workflow.All[p.Workflow].Transitions {
		if !t.IsLoop() && !slices.Contains(names, t.To) {
			names = append(names, t.To)
		}
	}
	return renderEach(p.Types, func(t *store.IssueType) any {
		return object{"self": r.selfURL("issuetype/%s", t.ID), "id": t.ID, "name": t.Name, "subtask": t.IsSubtask(),
			"statuses": renderEach(names, func(n string) any { return r.status(r.site.Status(n)) })}
	}), nil
}

// linkTypes handles GET issueLinkType.
func linkTypes(r *request) (any, error) {
	return object{"issueLinkTypes": renderEach(r.site.LinkTypes, func(t *store.LinkType) any {
		return object{"id": t.ID, "name": t.Name, "inward": t.Inward, "outward": t.Outward, "self": r.selfURL("issueLinkType/%s", t.ID)}
	})}, nil
}
