package wire

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// getWatchers handles GET issue/{key}/watchers.
func getWatchers(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	list := i.EffectiveWatchers()
	return object{"self": r.selfURL("issue/%s/watchers", i.Key), "isWatching": access.IsMember(r.user, list), "watchCount": len(list), "watchers": renderEach(list, r.person)}, nil
}

// watcher returns the user whom a request adds or removes as a watcher: the
// caller if id is empty. Another user needs the permission Manage Watcher List.
func (r *request) watcher(i *store.Issue, id string) (*store.User, error) {
	u := r.site.User(id)
	switch {
	case id == "":
		return r.user, nil
	case u == nil:
		return nil, fail(http.StatusNotFound, "The user '%s' does not exist.", id)
	case u != r.user && !access.Can(r.user, i.Project, "MANAGE_WATCHERS"):
		return nil, fail(http.StatusForbidden, "User '%s' is not allowed to manage watchers of this issue.", r.user.Name)
	}
	return u, nil
}

// addWatcher handles POST issue/{key}/watchers. The body is an account id as a
// bare JSON string; an empty body adds the caller.
func addWatcher(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	id := ""
	if len(r.body) > 0 && json.Unmarshal(r.body, &id) != nil {
		return nil, fail(http.StatusBadRequest, "The body is not an account id.")
	}
	u, err := r.watcher(i, id)
	if err != nil {
		return nil, err
	}
	if !access.CanBrowse(u, i.Project) {
		return nil, fail(http.StatusBadRequest, "The user \"%s\" does not have permission to view this issue. This user will not be added to the watch list.", u.Name)
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		if list := d.EffectiveWatchers(); !access.IsMember(u, list) {
			d.Watchers = append(slices.Clone(list), u)
		}
		return nil
	})
	return nil, err
}

// removeWatcher handles DELETE issue/{key}/watchers. Unlike for adding, the
// account id is a required query parameter.
func removeWatcher(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("accountId") == "" {
		return nil, fail(http.StatusBadRequest, "accountId is required.")
	}
	u, err := r.watcher(i, r.URL.Query().Get("accountId"))
	if err != nil {
		return nil, err
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		// The list is never nil: nil would make the reporter a watcher.
		d.Watchers = slices.DeleteFunc(append([]*store.User{}, d.EffectiveWatchers()...), func(x *store.User) bool { return x == u })
		return nil
	})
	return nil, err
}

// vote handles POST issue/{key}/votes. Reporters cannot vote for their own
// issues, and nobody for resolved ones.
func vote(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	switch {
	case i.Reporter == r.user:
		return nil, fail(http.StatusNotFound, "You cannot vote for an issue you have reported.")
	case i.Resolution != nil:
		return nil, fail(http.StatusNotFound, "You cannot vote for a resolved issue.")
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		if !access.IsMember(r.user, d.Voters) {
			d.Voters = append(d.Voters, r.user)
		}
		return nil
	})
	return nil, err
}

// unvote handles DELETE issue/{key}/votes.
func unvote(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if !access.IsMember(r.user, i.Voters) {
		return nil, fail(http.StatusNotFound, "You cannot remove a vote you have not made.")
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Voters = slices.DeleteFunc(slices.Clone(d.Voters), func(x *store.User) bool { return x == r.user })
		return nil
	})
	return nil, err
}
