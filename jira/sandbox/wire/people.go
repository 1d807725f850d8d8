package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// serverInfo handles GET serverInfo.
func serverInfo(r *request) (any, error) {
	return object{"baseUrl": r.baseURL, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud",
		"buildNumber": 100300, "buildDate": "2026-01-05T00:00:00.000+0000", "serverTime": r.formatTime(r.site.Now()), "serverTitle": r.site.Title}, nil
}

// myself handles GET myself: the caller.
func myself(r *request) (any, error) {
	o := r.person(r.user).(object)
	o["locale"] = "en_GB"
	if slices.Contains(strings.Split(r.URL.Query().Get("expand"), ","), "groups") {
		o["groups"] = groupsOf(r)
	}
	return o, nil
}

// groupsOf returns the groups of the caller.
func groupsOf(r *request) object {
	items := []any{}
	for _, g := range r.site.Groups {
		if slices.Contains(g.Members, r.user) {
			items = append(items, object{"name": g.Name, "groupId": g.ID, "self": r.selfURL("group?groupId=%s", g.ID)})
		}
	}
	return object{"size": len(items), "items": items}
}

// myPermissions handles GET mypermissions: whether the caller has each of the
// named permissions in a project, in the project of an issue, or, if neither is
// named, in any project.
func myPermissions(r *request) (any, error) {
	asked := r.listParam("permissions")
	if len(asked) == 0 {
		return nil, fail(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	q := r.URL.Query()
	var p *store.Project
	if id := q.Get("projectKey") + q.Get("projectId"); id != "" {
		p = r.site.Project(id)
		if !access.CanBrowse(r.user, p) {
			return nil, fail(http.StatusNotFound, "No project could be found with id or key '%s'.", id)
		}
	}
	if id := q.Get("issueKey") + q.Get("issueId"); id != "" {
		i := r.site.Issue(id)
		if !r.visible(i) {
			return nil, fail(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
		}
		p = i.Project
	}
	out := object{}
	for n, key := range asked {
		if !slices.Contains(access.Permissions, key) {
			return nil, fail(http.StatusBadRequest, "Unrecognized permission: %s", key)
		}
		have := p != nil && access.Can(r.user, p, key)
		if p == nil {
			have = slices.ContainsFunc(r.site.Projects, func(p *store.Project) bool { return access.Can(r.user, p, key) })
		}
		out[key] = object{"id": strconv.Itoa(n + 1), "key": key, "name": key, "type": "PROJECT", "description": "", "havePermission": have}
	}
	return object{"permissions": out}, nil
}

// checkPermissions handles POST permissions/check: for each permission the
// projects, among the given ones, in which the caller has it. Grants by issue
// and global permissions are not supported; those lists stay empty.
func checkPermissions(r *request) (any, error) {
	var in struct {
		AccountID string   `json:"accountId"`
		Global    []string `json:"globalPermissions"`
		Project   []struct {
			Issues      []int64  `json:"issues"`
			Permissions []string `json:"permissions"`
			Projects    []int64  `json:"projects"`
		} `json:"projectPermissions"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	grants := []any{}
	for _, ask := range in.Project {
		for _, key := range ask.Permissions {
			if !slices.Contains(access.Permissions, key) {
				return nil, fail(http.StatusBadRequest, "Unrecognized permission: %s", key)
			}
			projects := []int64{}
			for _, id := range ask.Projects {
				if p := r.site.Project(strconv.FormatInt(id, 10)); access.Can(r.user, p, key) {
					projects = append(projects, id)
				}
			}
			grants = append(grants, object{"permission": key, "projects": projects, "issues": []int64{}})
		}
	}
	return object{"projectPermissions": grants, "globalPermissions": []string{}}, nil
}

// matchesUser reports whether a query finds a user: it must be the beginning of
// the name or of a word in it, or of the e-mail address if the user shows it.
// Case does not matter.
func matchesUser(u *store.User, query string) bool {
	query = strings.ToLower(strings.TrimSpace(query))
	name := strings.ToLower(u.Name)
	if strings.HasPrefix(name, query) || u.ShowEmail && strings.HasPrefix(strings.ToLower(u.Email), query) {
		return true
	}
	for _, word := range strings.Fields(name) {
		if strings.HasPrefix(word, query) {
			return true
		}
	}
	return false
}

// userPage renders a page of the users for which match reports true.
func (r *request) userPage(match func(*store.User) bool) (any, error) {
	var list []*store.User
	for _, u := range r.site.Users {
		if match(u) {
			list = append(list, u)
		}
	}
	part, _, _, err := page(r, list, 50, 1000)
	return renderEach(part, r.person), err
}

// findUsers handles GET user/search. Anonymous callers find nobody.
func findUsers(r *request) (any, error) {
	q := r.URL.Query()
	if q.Get("query") == "" && q.Get("accountId") == "" && q.Get("property") == "" {
		return nil, fail(http.StatusBadRequest, "Either the 'query', 'accountId' or 'property' query parameter needs to be provided.")
	}
	return r.userPage(func(u *store.User) bool {
		return r.user != nil && (q.Get("accountId") == u.ID || q.Get("accountId") == "" && matchesUser(u, q.Get("query")))
	})
}

// findAssignable handles GET user/assignable/search: users who can be assigned
// to issues of a project, or to an issue.
func findAssignable(r *request) (any, error) {
	q := r.URL.Query()
	p := r.site.Project(q.Get("project"))
	if id := q.Get("issueKey") + q.Get("issueId"); id != "" {
		i := r.site.Issue(id)
		if !r.visible(i) {
			return nil, fail(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
		}
		p = i.Project
	}
	if p == nil {
		return nil, fail(http.StatusBadRequest, "Either the 'project' or the 'issueKey' query parameter needs to be provided.")
	}
	if !access.CanBrowse(r.user, p) {
		return nil, fail(http.StatusNotFound, "No project could be found with key '%s'.", q.Get("project"))
	}
	return r.assignablePage(func(u *store.User) bool { return access.Can(u, p, "ASSIGNABLE_USER") })
}

// assignablePage renders one page of the users that match the request, without
// those who cannot be assigned: "takes the users in the range defined by
// startAt and maxResults, up to the thousandth user, and then returns only the
// users from that range that can be assigned" (contract).
func (r *request) assignablePage(canBeAssigned func(*store.User) bool) (any, error) {
	q := r.URL.Query()
	var list []*store.User
	for _, u := range r.site.Users {
		if (q.Get("accountId") == "" || q.Get("accountId") == u.ID) && matchesUser(u, q.Get("query")) {
			list = append(list, u)
		}
	}
	part, _, _, err := page(r, list, 50, 1000)
	part = slices.DeleteFunc(slices.Clone(part), func(u *store.User) bool { return !canBeAssigned(u) })
	return renderEach(part, r.person), err
}

// findAssignableInProjects handles GET user/assignable/multiProjectSearch:
// users who can be assigned in at least one of the projects.
func findAssignableInProjects(r *request) (any, error) {
	keys := r.listParam("projectKeys")
	if len(keys) == 0 {
		return nil, fail(http.StatusBadRequest, "The 'projectKeys' query parameter is required.")
	}
	var projects []*store.Project
	for _, key := range keys {
		p := r.site.Project(key)
		if !access.CanBrowse(r.user, p) {
			return nil, fail(http.StatusNotFound, "No project could be found with key '%s'.", key)
		}
		projects = append(projects, p)
	}
	return r.assignablePage(func(u *store.User) bool {
		return slices.ContainsFunc(projects, func(p *store.Project) bool { return access.Can(u, p, "ASSIGNABLE_USER") })
	})
}

// projectDetails renders a project as a result of the project search.
func (r *request) projectDetails(p *store.Project) object {
	return object{"self": r.selfURL("project/%s", p.ID), "id": p.ID, "key": p.Key, "name": p.Name, "projectTypeKey": p.Kind, "simplified": p.TeamManaged,
		"style": "classic", "isPrivate": p.Browsers != nil, "avatarUrls": object{"48x48": r.baseURL + "/avatar/project/" + p.ID},
		"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"}
}

// searchProjects handles GET project/search: the projects that match and in
// which the caller has the permission for action, sorted by key. A query
// matches a part of the key or of the name. More than 50 keys fail with 400.
func searchProjects(r *request) (any, error) {
	q := r.URL.Query()
	query := strings.ToLower(q.Get("query"))
	permission := map[string]string{"": "BROWSE_PROJECTS", "view": "BROWSE_PROJECTS", "browse": "BROWSE_PROJECTS", "create": "CREATE_ISSUES", "edit": "ADMINISTER_PROJECTS"}[q.Get("action")]
	if permission == "" {
		return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for 'action'.", q.Get("action"))
	}
	keys, types := r.listParam("keys"), r.listParam("typeKey")
	if len(keys) > 50 {
		return nil, fail(http.StatusBadRequest, "Up to 50 project keys can be provided.")
	}
	var list []*store.Project
	for _, p := range r.site.Projects {
		if access.Can(r.user, p, permission) &&
			(query == "" || strings.Contains(strings.ToLower(p.Key), query) || strings.Contains(strings.ToLower(p.Name), query)) &&
			(len(keys) == 0 || slices.Contains(keys, p.Key)) && (len(types) == 0 || slices.Contains(types, p.Kind)) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *store.Project) int { return strings.Compare(a.Key, b.Key) })
	part, start, limit, err := page(r, list, 50, 50)
	if err != nil {
		return nil, err
	}
	return object{"self": r.selfURL("project/search"), "startAt": start, "maxResults": limit, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderEach(part, func(p *store.Project) any { return r.projectDetails(p) })}, nil
}

// getProject handles GET project/{project}. Unlike a result of the search it
// includes the lead, the issue types, the components and the versions.
func getProject(r *request) (any, error) {
	p, err := r.findProject()
	if err != nil {
		return nil, err
	}
	o := r.projectDetails(p)
	o["lead"] = r.person(p.Lead)
	o["issueTypes"] = renderEach(p.Types, func(t *store.IssueType) any { return r.issueType(t) })
	o["components"] = renderEach(p.Components, func(n *store.Named) any { return r.named("component", n) })
	o["versions"] = renderEach(p.Versions, func(v *store.Version) any { return r.version(v) })
	return o, nil
}
