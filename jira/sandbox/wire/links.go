package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// emptyAnswer is an answer with the route's status and an empty body.
type emptyAnswer struct{}

// linkRequest is a link between two issues. The issue in inwardIssue performs
// the type's outward phrase, which is easily confused: "inwardIssue: the issue
// to link from" (pycontribs/jira, create_issue_link; sooperset/mcp-atlassian
// issue 1274). With the type Blocks, the inwardIssue blocks the outwardIssue.
type linkRequest struct {
	Type    ref             `json:"type"`
	Inward  *ref            `json:"inwardIssue"`
	Outward *ref            `json:"outwardIssue"`
	Comment json.RawMessage `json:"comment"`
}

// linkIssues handles POST issueLink. The answer has no body, not even the new
// link's id, and is the same if the link exists already (contract, linkIssues).
func linkIssues(r *request) (any, error) {
	var in linkRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	kind := r.site.LinkType(in.Type.ID, in.Type.Name)
	if kind == nil {
		return nil, fail(http.StatusNotFound, "No issue link type with name '%s' found.", in.Type.Name+in.Type.ID)
	}
	var ends [2]*store.Issue
	for n, given := range []*ref{in.Inward, in.Outward} {
		if given == nil {
			return nil, fail(http.StatusBadRequest, "inwardIssue and outwardIssue must be specified.")
		}
		ends[n] = r.site.Issue(given.Key + given.ID)
		if !r.visible(ends[n]) {
			return nil, fail(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
		}
	}
	// "Link issues project permission on the project containing the from
	// (outward) issue" (contract, linkIssues).
	if !access.Can(r.user, ends[0].Project, "LINK_ISSUES") {
		return nil, fail(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", ends[0].Key)
	}
	r.createLink(kind, ends[0], ends[1])
	return emptyAnswer{}, nil
}

// createLink creates a link between two issues unless it exists. Both issues
// store the link with the same id and get a changelog entry.
func (r *request) createLink(kind *store.LinkType, from, to *store.Issue) {
	if from.ID == to.ID || slices.ContainsFunc(from.Links, func(l store.Link) bool { return l.Type == kind && l.Other == to.ID && l.Outward }) {
		return
	}
	id, now := r.site.Serial(), r.site.Now()
	for _, end := range []struct {
		issue, other *store.Issue
		outward      bool
		phrase       string
	}{{from, to, true, kind.Outward}, {to, from, false, kind.Inward}} {
		_, _ = r.site.Update(end.issue.ID, func(d *store.Issue) error {
			d.Links = append(d.Links, store.Link{ID: id, Type: kind, Other: end.other.ID, Outward: end.outward})
			d.History = append(d.History, &store.Change{ID: r.site.NextSerial(), Author: r.user, At: now, Items: []store.Item{
				{Field: "Link", FieldType: "jira", To: end.other.Key, ToString: "This work item " + end.phrase + " " + end.other.Key}}})
			d.Updated = now
			return nil
		})
	}
}

// deleteLink handles DELETE issueLink/{link}. The caller must see both issues
// and needs the permission Link Issues in one of their projects.
func deleteLink(r *request) (any, error) {
	id := r.PathValue("link")
	var ends []*store.Issue
	for _, i := range r.site.All() {
		if slices.ContainsFunc(i.Links, func(l store.Link) bool { return l.ID == id }) {
			ends = append(ends, i)
		}
	}
	if len(ends) == 0 || slices.ContainsFunc(ends, func(i *store.Issue) bool { return !r.visible(i) }) {
		return nil, fail(http.StatusNotFound, "No issue link with id '%s' exists.", id)
	}
	if !slices.ContainsFunc(ends, func(i *store.Issue) bool { return access.Can(r.user, i.Project, "LINK_ISSUES") }) {
		return nil, fail(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", ends[0].Key)
	}
	for _, i := range ends {
		_, _ = r.site.Update(i.ID, func(d *store.Issue) error {
			d.Links = slices.DeleteFunc(slices.Clone(d.Links), func(l store.Link) bool { return l.ID == id })
			d.Updated = r.site.Now()
			return nil
		})
	}
	return nil, nil
}

// remoteLink renders a link of an issue to a web page.
func (r *request) remoteLink(i *store.Issue, l store.RemoteLink) any {
	o := object{"id": l.ID, "self": r.selfURL("issue/%s/remotelink/%d", i.Key, l.ID), "application": object{},
		"object": object{"url": l.URL, "title": l.Title, "icon": object{}, "status": object{"icon": object{}}}}
	if l.GlobalID != "" {
		o["globalId"] = l.GlobalID
	}
	if l.Relationship != "" {
		o["relationship"] = l.Relationship
	}
	return o
}

// remoteLinks handles GET issue/{key}/remotelink.
func remoteLinks(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	return renderEach(i.RemoteLinks, func(l store.RemoteLink) any { return r.remoteLink(i, l) }), nil
}

// addRemoteLink handles POST issue/{key}/remotelink. It creates a link, or
// replaces the one with the same global id and keeps its id.
func addRemoteLink(r *request) (any, error) {
	var in struct {
		GlobalID     string          `json:"globalId"`
		Relationship string          `json:"relationship"`
		Application  json.RawMessage `json:"application"`
		Object       struct {
			URL     string          `json:"url"`
			Title   string          `json:"title"`
			Summary string          `json:"summary"`
			Icon    json.RawMessage `json:"icon"`
			Status  json.RawMessage `json:"status"`
		} `json:"object"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	u, badURL := url.Parse(in.Object.URL)
	switch {
	case !access.Can(r.user, i.Project, "LINK_ISSUES"):
		return nil, fail(http.StatusForbidden, "No Link Issue Permission for issue '%s'", i.Key)
	case in.Object.Title == "":
		return nil, failField("title", "'title' is required.")
	case badURL != nil || u.Host == "":
		return nil, failField("url", "The URL '%s' is not valid.", in.Object.URL)
	}
	n, _ := strconv.ParseInt(r.site.Serial(), 10, 64)
	l := store.RemoteLink{ID: n, GlobalID: in.GlobalID, URL: in.Object.URL, Title: in.Object.Title, Relationship: in.Relationship}
	i, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Updated = r.site.Now()
		for n, held := range d.RemoteLinks {
			if in.GlobalID != "" && held.GlobalID == in.GlobalID {
				l.ID = held.ID
				d.RemoteLinks = slices.Clone(d.RemoteLinks)
				d.RemoteLinks[n] = l
				return nil
			}
		}
		d.RemoteLinks = append(d.RemoteLinks, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return object{"id": l.ID, "self": r.selfURL("issue/%s/remotelink/%d", i.Key, l.ID)}, nil
}

// deleteRemoteLink handles DELETE issue/{key}/remotelink/{link}.
func deleteRemoteLink(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("link")
	has := func(l store.RemoteLink) bool { return strconv.FormatInt(l.ID, 10) == id }
	switch {
	case !access.Can(r.user, i.Project, "LINK_ISSUES"):
		return nil, fail(http.StatusForbidden, "No Link Issue Permission for issue '%s'", i.Key)
	case !slices.ContainsFunc(i.RemoteLinks, has):
		return nil, fail(http.StatusNotFound, "The remote link with id '%s' does not exist.", id)
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.RemoteLinks = slices.DeleteFunc(slices.Clone(d.RemoteLinks), has)
		d.Updated = r.site.Now()
		return nil
	})
	return nil, err
}
