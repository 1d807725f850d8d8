package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// object is a JSON object of an answer. Handlers build maps rather than
// structs, since Jira omits some keys and renders others as null.
type object = map[string]any

// maxInlineComments is the largest number of comments, and of worklogs, within
// an issue. The total there counts all of them.
const maxInlineComments = 20

// selfURL returns the URL of a resource of the platform API, for "self" keys.
func (r *request) selfURL(path string, args ...any) string {
	return r.baseURL + "/rest/api/3/" + fmt.Sprintf(path, args...)
}

// person renders a user, or null for nil. Other users' e-mail addresses are
// present only if their owners show them, and the time zone only for the
// caller.
func (r *request) person(u *store.User) any {
	if u == nil {
		return nil
	}
	o := object{
		"self": r.selfURL("user?accountId=%s", u.ID), "accountId": u.ID, "displayName": u.Name, "active": u.Active, "accountType": u.AccountType,
		"avatarUrls": object{"48x48": r.baseURL + "/avatar/" + u.ID + "?size=48", "24x24": r.baseURL + "/avatar/" + u.ID + "?size=24"},
	}
	if u.ShowEmail || u == r.user {
		o["emailAddress"] = u.Email
	}
	if u == r.user {
		o["timeZone"] = u.TimeZone
	}
	return o
}

// status renders a status with its category.
func (r *request) status(s *store.Status) object {
	return translated(s.Untranslated, object{
		"self": r.selfURL("status/%s", s.ID), "id": s.ID, "name": s.Name, "description": "", "iconUrl": r.baseURL + "/images/icons/status.png",
		"statusCategory": object{"self": r.selfURL("statuscategory/%d", s.Category.ID), "id": s.Category.ID, "key": s.Category.Key,
			"colorName": s.Category.Color, "name": s.Category.Name},
	})
}

// translated adds the original name to an object whose name is in another
// language. Atlassian's document does not have it; sites do.
func translated(original string, o object) object {
	if original != "" {
		o["untranslatedName"] = original
	}
	return o
}

// named renders a priority, a resolution or a component, or null for nil. kind
// is the resource in the path of its self URL.
func (r *request) named(kind string, n *store.Named) any {
	if n == nil {
		return nil
	}
	return object{"self": r.selfURL("%s/%s", kind, n.ID), "id": n.ID, "name": n.Name}
}

// issueType renders an issue type.
func (r *request) issueType(t *store.IssueType) object {
	return translated(t.Untranslated, object{"self": r.selfURL("issuetype/%s", t.ID), "id": t.ID, "name": t.Name, "description": "", "subtask": t.IsSubtask(),
		"hierarchyLevel": t.Level, "iconUrl": r.baseURL + "/images/icons/issuetype.png"})
}

// version renders a version. It omits a description or date that is not set.
func (r *request) version(v *store.Version) object {
	o := object{"self": r.selfURL("version/%s", v.ID), "id": v.ID, "name": v.Name, "archived": v.Archived, "released": v.Released}
	if v.Description != "" {
		o["description"] = v.Description
	}
	if v.StartDate != "" {
		o["startDate"] = v.StartDate
	}
	if v.ReleaseDate != "" {
		o["releaseDate"] = v.ReleaseDate
	}
	return o
}

// projectRef renders a project as it appears within an issue.
func (r *request) projectRef(p *store.Project) object {
	return object{"self": r.selfURL("project/%s", p.ID), "id": p.ID, "key": p.Key, "name": p.Name, "projectTypeKey": p.Kind, "simplified": p.TeamManaged,
		"avatarUrls": object{"48x48": r.baseURL + "/avatar/project/" + p.ID}}
}

// option renders an option of a select field.
func option(n *store.Named) object { return object{"id": n.ID, "value": n.Name} }

// sprint renders a sprint as the value of an issue's sprint field. Dates are in
// UTC and omitted if not set.
func (r *request) sprint(s *store.Sprint) object {
	o := object{"id": s.ID, "name": s.Name, "state": s.State, "boardId": s.Board, "goal": s.Goal}
	for name, at := range map[string]time.Time{"startDate": s.Start, "endDate": s.End, "completeDate": s.Complete} {
		if !at.IsZero() {
			o[name] = at.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	return o
}

// issueRef renders an issue as it appears within another: as a parent, a
// sub-task or a linked issue.
func (r *request) issueRef(i *store.Issue) object {
	return object{"id": strconv.FormatInt(i.ID, 10), "key": i.Key, "self": r.selfURL("issue/%d", i.ID), "fields": object{
		"summary": i.Summary, "status": r.status(i.Status), "priority": r.named("priority", i.Priority), "issuetype": r.issueType(i.Type)}}
}

// visible reports whether the issue exists and the caller may see it: the
// project must be visible, and the caller must be a member of the issue's
// security level if it has one.
func (r *request) visible(i *store.Issue) bool {
	return i != nil && access.CanBrowse(r.user, i.Project) && (i.Security == nil || access.IsMember(r.user, i.Security.Members))
}

// links renders the links of an issue to other issues that the caller may see.
func (r *request) links(i *store.Issue) []any {
	out := []any{}
	for _, l := range i.Links {
		other := r.site.ByID(l.Other)
		if !r.visible(other) {
			continue
		}
		side := "inwardIssue"
		if l.Outward {
			side = "outwardIssue"
		}
		out = append(out, object{"id": l.ID, "self": r.selfURL("issueLink/%s", l.ID), side: r.issueRef(other),
			"type": object{"id": l.Type.ID, "name": l.Type.Name, "inward": l.Type.Inward, "outward": l.Type.Outward, "self": r.selfURL("issueLinkType/%s", l.Type.ID)}})
	}
	return out
}

// comment renders a comment of an issue.
func (r *request) comment(i *store.Issue, c *store.Comment) object {
	o := object{"self": r.selfURL("issue/%d/comment/%s", i.ID, c.ID), "id": c.ID, "author": r.author(c.Author), "updateAuthor": r.author(c.Author),
		"body": c.Body, "created": r.formatTime(c.Created), "updated": r.formatTime(c.Updated), "jsdPublic": !c.Internal}
	if len(c.Visibility) > 0 {
		o["visibility"] = c.Visibility
	}
	return o
}

// author renders a user as the author of a comment or a worklog.
func (r *request) author(u *store.User) any { return r.person(u) }

// inlineComments renders the field "comment": the first comments of the issue
// that the caller may read.
func (r *request) inlineComments(i *store.Issue) object {
	all, list := []any{}, r.visibleComments(i)
	for _, c := range list[:min(len(list), maxInlineComments)] {
		all = append(all, r.comment(i, c))
	}
	return object{"comments": all, "maxResults": len(all), "total": len(list), "startAt": 0, "self": r.selfURL("issue/%d/comment", i.ID)}
}

// fieldValue renders one field of an issue. It returns [absent] if Jira omits
// the field.
func (r *request) fieldValue(i *store.Issue, f *store.Field) any {
	switch f.ID {
	case "summary":
		return i.Summary
	case "description":
		return orNull(i.Description)
	case "environment":
		return orNull(i.Environment)
	case "issuetype":
		return r.issueType(i.Type)
	case "project":
		return r.projectRef(i.Project)
	case "status":
		return r.status(i.Status)
	case "statuscategorychangedate":
		return r.formatTime(i.StatusChanged)
	case "priority":
		return r.named("priority", i.Priority)
	case "resolution":
		return r.named("resolution", i.Resolution)
	case "assignee":
		return r.person(i.Assignee)
	case "reporter":
		return r.person(i.Reporter)
	case "creator":
		return r.person(i.Creator)
	case "labels":
		return append([]string{}, i.Labels...)
	case "components":
		return renderEach(i.Components, func(n *store.Named) any { return r.named("component", n) })
	case "fixVersions":
		return renderEach(i.FixVersions, func(v *store.Version) any { return r.version(v) })
	case "versions":
		return renderEach(i.Versions, func(v *store.Version) any { return r.version(v) })
	case "parent":
		if p := r.site.ByID(i.Parent); r.visible(p) {
			return r.issueRef(p)
		}
		return absent
	case "subtasks":
		var out []*store.Issue
		for _, c := range r.site.Children(i.ID) {
			if c.Type.IsSubtask() {
				out = append(out, c)
			}
		}
		return renderEach(out, func(c *store.Issue) any { return r.issueRef(c) })
	case "duedate":
		if i.DueDate == "" {
			return nil
		}
		return i.DueDate
	case "created":
		return r.formatTime(i.Created)
	case "updated":
		return r.formatTime(i.Updated)
	case "resolutiondate":
		return r.formatTime(i.Resolved)
	case "comment":
		return r.inlineComments(i)
	case "issuelinks":
		return r.links(i)
	case "attachment":
		return renderEach(i.Attachments, r.renderAttachment)
	case "watches":
		return object{"self": r.selfURL("issue/%s/watchers", i.Key), "watchCount": len(i.EffectiveWatchers()), "isWatching": access.IsMember(r.user, i.EffectiveWatchers())}
	case "votes":
		return object{"self": r.selfURL("issue/%s/votes", i.Key), "votes": len(i.Voters), "hasVoted": access.IsMember(r.user, i.Voters)}
	case "timetracking":
		return r.timetracking(i)
	case "worklog":
		newest := i.Worklogs[:min(len(i.Worklogs), maxInlineComments)]
		return object{"startAt": 0, "maxResults": maxInlineComments, "total": len(i.Worklogs), "worklogs": renderEach(newest, func(w *store.Worklog) any { return r.worklog(i, w) })}
	case "security":
		if i.Security == nil {
			return nil
		}
		return object{"self": r.selfURL("securitylevel/%s", i.Security.ID), "id": i.Security.ID, "name": i.Security.Name}
	}
	if f.Custom == store.SprintFieldType {
		if len(i.Sprints) == 0 {
			return nil
		}
		return renderEach(i.Sprints, func(s *store.Sprint) any { return r.sprint(s) })
	}
	if f.Custom == store.RankFieldType {
		return fmt.Sprintf("0|i%010.4f:", i.Rank)
	}
	if v, ok := i.Custom[f.ID].(store.Request); ok {
		return object{"requestType": object{"id": v.Type.ID, "name": v.Type.Name, "description": "", "serviceDeskId": "3", "portalId": "3"},
			"currentStatus": object{"status": i.Status.Name, "statusCategory": "INDETERMINATE"}}
	}
	return r.customValue(i.Custom[f.ID])
}

// absent is a sentinel for a field that Jira omits rather than rendering as
// null: the parent, if there is none or the caller cannot see it.
var absent = new(int)

// customValue renders the value of a custom field by its Go type. Numbers,
// texts, dates and rich text are JSON values already.
func (r *request) customValue(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case *store.Named:
		return option(v)
	case []*store.Named:
		return renderEach(v, func(n *store.Named) any { return option(n) })
	case store.Cascade:
		o := option(v.Parent)
		if v.Child != nil {
			o["child"] = option(v.Child)
		}
		return o
	case *store.Group:
		return object{"name": v.Name, "groupId": v.ID, "self": r.selfURL("group?groupId=%s", v.ID)}
	case *store.Team:
		return object{"id": v.ID, "name": v.Name, "title": v.Name, "avatarUrl": "", "isVisible": true, "isVerified": false, "isShared": true}
	case *store.Version:
		return r.version(v)
	case *store.Project:
		return r.projectRef(v)
	case store.App:
		return json.RawMessage(v)
	case []*store.Group:
		return renderEach(v, func(g *store.Group) any { return r.customValue(g) })
	case []*store.User:
		return renderEach(v, func(u *store.User) any { return r.person(u) })
	case *store.User:
		return r.person(v)
	}
	return v
}

// orNull returns a rich text, or nil (JSON null) if it is empty.
func orNull(doc json.RawMessage) any {
	if len(doc) == 0 {
		return nil
	}
	return doc
}

// renderEach renders every item of a list. The result is never nil, so that an
// empty list is [] in JSON and not null.
func renderEach[T any](list []T, render func(T) any) []any {
	out := make([]any, 0, len(list))
	for _, v := range list {
		out = append(out, render(v))
	}
	return out
}

// detailFields lists the fields that *navigable leaves out.
var detailFields = []string{"comment", "attachment", "worklog", "timetracking"}

// selectFields returns the fields that a request's list of names selects, in the
// site's order. As in Jira, the names are field ids, *all, *navigable, or an id
// with a minus, which removes a field. A list that starts with a minus starts
// from all fields: "-comment" means all but comments.
func (r *request) selectFields(wanted []string) []*store.Field {
	in := map[string]bool{}
	for n, w := range wanted {
		if name, minus := strings.CutPrefix(w, "-"); minus {
			if n == 0 {
				for _, f := range r.site.Fields {
					in[f.ID] = true
				}
			}
			delete(in, name)
			continue
		}
		for _, f := range r.site.Fields {
			if w == "*all" || w == f.ID || w == "*navigable" && !slices.Contains(detailFields, f.ID) {
				in[f.ID] = true
			}
		}
	}
	var out []*store.Field
	for _, f := range r.site.Fields {
		if in[f.ID] {
			out = append(out, f)
		}
	}
	return out
}

// issue renders an issue with the given fields, and with the parts that expand
// names: names, transitions, editmeta or changelog. Other values of expand have
// no effect.
func (r *request) issue(i *store.Issue, fields []*store.Field, expand []string) object {
	values, names := object{}, object{}
	for _, f := range fields {
		v := r.fieldValue(i, f)
		if v == any(absent) {
			continue
		}
		values[f.ID] = v
		names[f.ID] = f.Name
	}
	o := object{"id": strconv.FormatInt(i.ID, 10), "key": i.Key, "self": r.selfURL("issue/%d", i.ID), "fields": values,
		"expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"}
	if slices.Contains(expand, "names") {
		o["names"] = names
	}
	if slices.Contains(expand, "transitions") {
		o["transitions"] = r.transitions(i, false)
	}
	if slices.Contains(expand, "editmeta") {
		o["editmeta"] = r.editMeta(i)
	}
	if slices.Contains(expand, "changelog") {
		o["changelog"] = r.recentChanges(i)
	}
	return o
}
