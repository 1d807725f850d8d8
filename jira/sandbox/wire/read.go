package wire

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// findIssue returns the issue of the path's {key}, which may be a key or an id.
// An issue that the caller may not see fails with the same 404 as one that does
// not exist.
func (r *request) findIssue() (*store.Issue, error) {
	i := r.site.Issue(r.PathValue("key"))
	if !r.visible(i) {
		return nil, fail(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
	}
	return i, nil
}

// getIssue handles GET issue/{key}. Without the parameter fields it returns all
// fields.
func getIssue(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	fields := r.listParam("fields")
	if len(fields) == 0 {
		fields = []string{"*all"}
	}
	return r.issue(i, r.selectFields(fields), r.listParam("expand")), nil
}

// bulkFetchIssues handles POST issue/bulkfetch for up to 100 issues. It leaves
// out issues that the caller cannot see and returns repeated ones once. Without
// fields it returns the navigable ones.
func bulkFetchIssues(r *request) (any, error) {
	var in struct {
		Expand       []string `json:"expand"`
		Fields       []string `json:"fields"`
		FieldsByKeys bool     `json:"fieldsByKeys"`
		Issues       []string `json:"issueIdsOrKeys"`
		Properties   []string `json:"properties"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Issues) == 0 || len(in.Issues) > 100 {
		return nil, fail(http.StatusBadRequest, "issueIdsOrKeys must name between 1 and 100 issues.")
	}
	if len(in.Fields) == 0 {
		in.Fields = []string{"*navigable"}
	}
	issues, seen := []any{}, map[int64]bool{}
	for _, k := range in.Issues {
		if i := r.site.Issue(k); r.visible(i) && !seen[i.ID] {
			seen[i.ID] = true
			issues = append(issues, r.issue(i, r.selectFields(in.Fields), in.Expand))
		}
	}
	return object{"issues": issues, "issueErrors": []any{}}, nil
}

// runJQL returns the issues that match a JQL query and are visible to the
// caller, in the query's order. fresh lists issue ids that the search reads
// from the store instead of from the index, which lags behind.
func (r *request) runJQL(jql string, fresh []int64) ([]*store.Issue, error) {
	return search.Run(search.Env{Site: r.site, User: r.user, Zone: r.zone, Visible: r.visible}, jql, fresh)
}

// Limits of the search. Jira returns fewer than maxPage issues where the fields
// are many.
const (
	// defaultPage is the page size if the request names none.
	defaultPage = 50
	// maxPage is the largest page of issues with fields.
	maxPage = 100
	// maxIDPage is the largest page of issues with their ids or keys alone.
	maxIDPage = 5000
	// maxReconcile is the largest number of reconcileIssues.
	maxReconcile = 50
)

// searchIssues handles POST search/jql. Anonymous callers find nothing. The ids
// in reconcileIssues are read fresh, so that a client can find its own writes
// before the index shows them. Without fields an issue is its id alone.
func searchIssues(r *request) (any, error) {
	var in searchRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	return r.searchPage(in)
}

// searchRequest is the body of a search.
type searchRequest struct {
	JQL          string   `json:"jql"`
	Fields       []string `json:"fields"`
	Expand       string   `json:"expand"`
	FieldsByKeys bool     `json:"fieldsByKeys"`
	MaxResults   *int     `json:"maxResults"`
	Token        *string  `json:"nextPageToken"`
	Properties   []string `json:"properties"`
	Reconcile    []int64  `json:"reconcileIssues"`
}

// searchPage returns the page of a search that a request asks for.
func (r *request) searchPage(in searchRequest) (any, error) {
	if len(in.Reconcile) > maxReconcile {
		return nil, fail(http.StatusBadRequest, "The number of issues to reconcile must not exceed %d.", maxReconcile)
	}
	if r.user == nil {
		return object{"issues": []any{}, "isLast": true}, nil
	}
	found, err := r.runJQL(in.JQL, in.Reconcile)
	if err != nil {
		return nil, err
	}
	limit, most := defaultPage, maxPage
	if len(in.Fields) == 0 || !slices.ContainsFunc(in.Fields, func(f string) bool { return f != "id" && f != "key" }) {
		most = maxIDPage
	}
	if in.MaxResults != nil {
		if *in.MaxResults < 0 {
			return nil, fail(http.StatusBadRequest, "maxResults must not be negative.")
		}
		limit = min(*in.MaxResults, most)
	}
	start := 0
	if in.Token != nil && *in.Token != "" {
		if start, err = decodePageToken(*in.Token, in.JQL); err != nil {
			return nil, err
		}
	}
	end := min(start+limit, len(found))
	issues := []any{}
	for _, i := range found[min(start, len(found)):end] {
		if len(in.Fields) == 0 {
			issues = append(issues, object{"id": strconv.FormatInt(i.ID, 10)})
			continue
		}
		issues = append(issues, r.issue(i, r.selectFields(in.Fields), strings.Split(in.Expand, ",")))
	}
	out := object{"issues": issues, "isLast": end >= len(found)}
	if end < len(found) {
		out["nextPageToken"] = encodePageToken(end, in.JQL)
	}
	return out, nil
}

// encodePageToken returns the page token for a position in the results of a
// query. The token contains a hash of the query, so that it is valid for that
// query only: position 50 of "project = PAY" becomes the base64 of
// "page:50:<hash>".
func encodePageToken(start int, jql string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "page:%d:%x", start, digest(jql)))
}

// decodePageToken returns the position in a page token. A malformed token, or
// one of another query, fails with 400.
func decodePageToken(token, jql string) (int, error) {
	plain, err := base64.RawURLEncoding.DecodeString(token)
	var start int
	var sum uint64
	if err == nil {
		_, err = fmt.Sscanf(string(plain), "page:%d:%x", &start, &sum)
	}
	if err != nil || sum != digest(jql) || start < 0 {
		return 0, fail(http.StatusBadRequest, "The provided next page token is invalid or expired.")
	}
	return start, nil
}

// digest returns the FNV-1a hash of a query.
func digest(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// countIssues handles POST search/approximate-count. The count is exact here.
func countIssues(r *request) (any, error) {
	var in struct {
		JQL string `json:"jql"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if r.user == nil {
		return object{"count": 0}, nil
	}
	found, err := r.runJQL(in.JQL, nil)
	return object{"count": len(found)}, err
}

// removedSearch answers 410 Gone, with Jira's text, for the old search API.
func removedSearch(*request) (any, error) {
	return nil, fail(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
}

// getComments handles GET issue/{key}/comment: the comments that the caller may
// read, in the order of creation or, with orderBy=-created, the latest first.
func getComments(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	list := r.visibleComments(i)
	switch r.URL.Query().Get("orderBy") {
	case "", "created", "+created":
	case "-created":
		slices.Reverse(list)
	default:
		return nil, fail(http.StatusBadRequest, "orderBy '%s' is not supported.", r.URL.Query().Get("orderBy"))
	}
	part, start, limit, err := page(r, list, 100, 100)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(list),
		"comments": renderEach(part, func(c *store.Comment) any { return r.comment(i, c) })}, nil
}

// getComment handles GET issue/{key}/comment/{id}.
func getComment(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	for _, c := range r.visibleComments(i) {
		if c.ID == r.PathValue("id") {
			return r.comment(i, c), nil
		}
	}
	return nil, fail(http.StatusNotFound, "Can not find a comment for the id: %s.", r.PathValue("id"))
}

// changelogEntry renders one changelog entry. Values that were or became empty
// are null.
func (r *request) changelogEntry(c *store.Change) any {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return object{"id": c.ID, "author": r.person(c.Author), "created": r.formatTime(c.At), "items": renderEach(c.Items, func(it store.Item) any {
		return object{"field": it.Field, "fieldId": it.FieldID, "fieldtype": it.FieldType, "from": null(it.From), "fromString": null(it.FromText),
			"to": null(it.To), "toString": null(it.ToString)}
	})}
}

// maxRecentChanges is the number of changelog entries within an issue.
// Atlassian's document has no number ("a list of recent updates to an issue");
// that they are the newest 100 is users' experience (pycontribs/jira issue
// 911).
const maxRecentChanges = 100

// recentChanges renders the changelog within an issue, "sorted by date,
// starting from the most recent" (getIssue, expand). The total counts older
// entries as well.
func (r *request) recentChanges(i *store.Issue) object {
	newest := slices.Clone(i.History)
	slices.Reverse(newest)
	newest = newest[:min(len(newest), maxRecentChanges)]
	return object{"startAt": 0, "maxResults": len(newest), "total": len(i.History), "histories": renderEach(newest, r.changelogEntry)}
}

// getChangelog handles GET issue/{key}/changelog, which starts from the oldest
// entry.
func getChangelog(r *request) (any, error) {
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	part, start, limit, err := page(r, i.History, 100, 100)
	if err != nil {
		return nil, err
	}
	return object{"self": r.selfURL("issue/%s/changelog", i.Key), "startAt": start, "maxResults": limit, "total": len(i.History),
		"isLast": start+len(part) >= len(i.History), "values": renderEach(part, r.changelogEntry)}, nil
}

// issueChange is a changelog entry with the id of its issue.
type issueChange struct {
	issue  int64
	change *store.Change
}

// issueChanges returns the changelog entries of the issues that the caller can
// see, "sorted by changelog date and issue IDs" (contract, getBulkChangelogs).
// Because of this order the entries of one issue may spread over several pages.
//
// If fields is not empty, the entries keep only the items of those field ids,
// and entries without such an item are left out.
func (r *request) issueChanges(keys, fields []string) []issueChange {
	var out []issueChange
	for _, key := range keys {
		i := r.site.Issue(key)
		if !r.visible(i) {
			continue
		}
		for _, c := range i.History {
			kept := *c
			if len(fields) > 0 {
				kept.Items = slices.DeleteFunc(slices.Clone(c.Items), func(it store.Item) bool { return !slices.Contains(fields, it.FieldID) })
			}
			if len(kept.Items) > 0 {
				out = append(out, issueChange{i.ID, &kept})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b issueChange) int {
		if c := a.change.At.Compare(b.change.At); c != 0 {
			return c
		}
		return cmp.Compare(a.issue, b.issue)
	})
	return out
}

// bulkChangelog handles POST changelog/bulkfetch for up to 1,000 issues and 10
// fields. A page holds up to 1,000 entries by default, grouped by issue.
func bulkChangelog(r *request) (any, error) {
	var in struct {
		Fields     []string `json:"fieldIds"`
		Issues     []string `json:"issueIdsOrKeys"`
		MaxResults int      `json:"maxResults"`
		Token      string   `json:"nextPageToken"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Issues) == 0 || len(in.Issues) > 1000 || len(in.Fields) > 10 {
		return nil, fail(http.StatusBadRequest, "Between 1 and 1000 issues and at most 10 fields may be named.")
	}
	start, limit, err := 0, in.MaxResults, error(nil)
	if limit <= 0 {
		limit = 1000
	}
	if in.Token != "" {
		if start, err = decodePageToken(in.Token, strings.Join(in.Issues, ",")); err != nil {
			return nil, err
		}
	}
	entries := r.issueChanges(in.Issues, in.Fields)
	end := min(start+limit, len(entries))
	logs, place := []object{}, map[int64]int{}
	for _, e := range entries[min(start, len(entries)):end] {
		at, known := place[e.issue]
		if !known {
			at = len(logs)
			place[e.issue], logs = at, append(logs, object{"issueId": strconv.FormatInt(e.issue, 10), "changeHistories": []any{}})
		}
		logs[at]["changeHistories"] = append(logs[at]["changeHistories"].([]any), r.changelogEntry(e.change))
	}
	out := object{"issueChangeLogs": logs}
	if end < len(entries) {
		out["nextPageToken"] = encodePageToken(end, strings.Join(in.Issues, ","))
	}
	return out, nil
}
