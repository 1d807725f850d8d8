package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// versionRequest is a version in a request; absent keys leave a value
// unchanged.
type versionRequest struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	ProjectID   int64   `json:"projectId"`
	Start       *string `json:"startDate"`
	Release     *string `json:"releaseDate"`
	Released    *bool   `json:"released"`
	Archived    *bool   `json:"archived"`
	MoveTo      string  `json:"moveUnfixedIssuesTo"`
}

// apply returns a copy of a version with the changes of the request. The name
// must be unique in the project, in any case, and the start date not after the
// release date.
func (in *versionRequest) apply(p *store.Project, was store.Version) (store.Version, error) {
	v := was
	if in.Name != nil {
		v.Name = strings.TrimSpace(*in.Name)
	}
	if v.Name == "" {
		return v, failField("name", "You must specify a valid version name")
	}
	if other := store.FindVersion(p.Versions, "", v.Name); other != nil && other.ID != was.ID {
		return v, failField("name", "A version with this name already exists in this project.")
	}
	for _, date := range []struct {
		given *string
		into  *string
		field string
	}{{in.Start, &v.StartDate, "startDate"}, {in.Release, &v.ReleaseDate, "releaseDate"}} {
		if date.given == nil {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *date.given); err != nil && *date.given != "" {
			return v, failField(date.field, "The date must be in the format yyyy-MM-dd.")
		}
		*date.into = *date.given
	}
	if v.StartDate != "" && v.ReleaseDate != "" && v.StartDate > v.ReleaseDate {
		return v, failField("startDate", "The start date must be before the release date.")
	}
	if in.Description != nil {
		v.Description = *in.Description
	}
	if in.Released != nil {
		v.Released = *in.Released
	}
	if in.Archived != nil {
		v.Archived = *in.Archived
	}
	return v, nil
}

// createVersion handles POST version. It needs the permission Administer
// Projects, without which the answer is 404.
func createVersion(r *request) (any, error) {
	var in versionRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	p := r.site.Project(strconv.FormatInt(in.ProjectID, 10))
	if !access.CanBrowse(r.user, p) {
		return nil, fail(http.StatusNotFound, "Project with id '%d' does not exist.", in.ProjectID)
	}
	if !access.Can(r.user, p, "ADMINISTER_PROJECTS") {
		return nil, fail(http.StatusNotFound, "You must be an administrator of project %s to manage versions.", p.Key)
	}
	v, err := in.apply(p, store.Version{ID: r.site.Serial()})
	if err != nil {
		return nil, err
	}
	r.site.Configure(func() { p.Versions = append(slices.Clone(p.Versions), &v) })
	return r.versionWithProject(p, &v), nil
}

// versionWithProject renders a version with the id of its project.
func (r *request) versionWithProject(p *store.Project, v *store.Version) object {
	o := r.version(v)
	o["projectId"], _ = strconv.ParseInt(p.ID, 10, 64)
	return o
}

// updateVersion handles PUT version/{version}. It changes the stored version in
// place, since issues refer to it. moveUnfixedIssuesTo is the URL of another
// version, or its id; the open issues move there.
func updateVersion(r *request) (any, error) {
	var in versionRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	p, v := r.site.Version(r.PathValue("version"))
	if v == nil || !access.CanBrowse(r.user, p) {
		return nil, fail(http.StatusNotFound, "Could not find version for id '%s'", r.PathValue("version"))
	}
	if !access.Can(r.user, p, "ADMINISTER_PROJECTS") {
		return nil, fail(http.StatusNotFound, "You must be an administrator of project %s to manage versions.", p.Key)
	}
	changed, err := in.apply(p, *v)
	if err != nil {
		return nil, err
	}
	if in.MoveTo != "" {
		to := store.FindVersion(p.Versions, in.MoveTo[strings.LastIndex(in.MoveTo, "/")+1:], "")
		if to == nil || to == v {
			return nil, failField("moveUnfixedIssuesTo", "The version to move issues to is not valid.")
		}
		r.moveUnfixedIssues(p, v, to)
	}
	r.site.Configure(func() { *v = changed })
	return r.versionWithProject(p, v), nil
}

// moveUnfixedIssues replaces a version by another in the fixVersions of the
// project's unresolved issues.
func (r *request) moveUnfixedIssues(p *store.Project, from, to *store.Version) {
	for _, i := range r.site.All() {
		if i.Project != p || i.Resolution != nil || !slices.Contains(i.FixVersions, from) {
			continue
		}
		_, _ = r.site.Update(i.ID, func(d *store.Issue) error {
			d.FixVersions = slices.DeleteFunc(slices.Clone(d.FixVersions), func(v *store.Version) bool { return v == from })
			if !slices.Contains(d.FixVersions, to) {
				d.FixVersions = append(d.FixVersions, to)
			}
			d.Updated = r.site.Now()
			return nil
		})
	}
}
