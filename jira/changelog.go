package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpChangelog reads the changes of an issue.
var OpChangelog = operation.Operation{
	ID: "getChangeLogs", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/changelog",
	Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"}},
	Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerParts,
}

// OpBulkChangelogs reads the changes of many issues.
var OpBulkChangelogs = operation.Operation{
	ID: "getBulkChangelogs", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/changelog/bulkfetch",
	Scopes:   operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"}},
	ReadOnly: true, Names: []operation.Reference{{Kind: operation.KindIssue, At: "body:issueIdsOrKeys"}}, Answers: operation.AnswerParts,
}

// Changelog is a page of the changes of an issue. As part of an issue it holds
// the newest changes, newest first; Total counts all.
type Changelog struct {
	Histories []Change `json:"histories"`
	Total     int      `json:"total"`
}

// Change is one person's change at one moment. Jira does not count comments and
// the values that an issue was created with as changes.
type Change struct {
	ID      string       `json:"id"`
	Author  *User        `json:"author"`
	Created string       `json:"created"`
	Items   []ChangeItem `json:"items"`
}

// ChangeItem is the change of one field. From and To are the values that people
// see.
type ChangeItem struct {
	Field   string `json:"field"`
	FieldID string `json:"fieldId"` // empty for a change of something else, a link for example
	From    string `json:"fromString"`
	To      string `json:"toString"`
	FromID  string `json:"from"` // an id or several; empty for numbers and texts
	ToID    string `json:"to"`
}

// changePage is a page of the changes of one issue.
type changePage struct {
	Changes []Change `json:"values"`
	startEnd
}

func (p *changePage) isEmpty() bool { return len(p.Changes) == 0 }

// Changes returns the changes of an issue, oldest first.
func (c *Client) Changes(ctx context.Context, keyOrID string) iter.Seq2[Change, error] {
	return itemsByStart(ctx, func(c Change) string { return c.ID }, func(ctx context.Context, start int) ([]Change, startEnd, error) {
		page, err := c.changePage(ctx, keyOrID, start)
		return page.Changes, page.startEnd, err
	})
}

// changePageSize is the number of changes that one request asks for (contract,
// getChangeLogs: 100).
const changePageSize = 100

// History is what was read of the changes of an issue, oldest first.
type History struct {
	Changes []Change
	Older   int  // number of changes before Changes that were not read
	Newer   bool // changes after Changes may not have been read
	Gaps    int  // number of changes that Jira counts and did not return
}

// maxHistoryPages is the greatest number of pages of a history that are read.
const maxHistoryPages = 100

// NewestChanges returns the last changes of an issue, about as many as most. Jira
// counts from the oldest, so the first page says how many there are. If there are
// several further pages, the operation for many issues returns them at once; where
// it does not, the pages that are needed are read at the same time. A site that
// does not say how many there are is read from the oldest on.
func (c *Client) NewestChanges(ctx context.Context, keyOrID string, most int) (History, error) {
	first, err := c.changePage(ctx, keyOrID, 0)
	size := len(first.Changes)
	if err == nil && size == 0 && first.promises(0) {
		warnBrokenOff(ctx, "Jira reports changes, but returned none", 0)
	}
	if err != nil || size == 0 || first.isAtEnd(size) {
		return History{Changes: sortChanges(first.Changes)}, err
	}
	if first.Total == nil || *first.Total <= size {
		return c.oldestChanges(ctx, keyOrID, most)
	}
	total := *first.Total
	if total > 2*size && total <= maxWholeHistory {
		if all, ok := c.wholeHistory(ctx, keyOrID, total); ok {
			older := max(len(all)-most, 0)
			return History{Changes: all[older:], Older: older}, nil
		}
	}
	out := History{Older: max(total-min(most, size*maxHistoryPages), 0)}
	from := out.Older
	if out.Older < size {
		out.Older, from = 0, size
	}
	var parts [][2]int
	for ; from < total; from += size {
		parts = append(parts, [2]int{from, min(from+size, total)})
	}
	pages := make([][]Change, len(parts))
	ask := make([]func(context.Context) error, len(parts))
	for n, part := range parts {
		ask[n] = func(ctx context.Context) (err error) {
			pages[n], err = c.changesBetween(ctx, keyOrID, part[0], part[1], n == len(parts)-1)
			return err
		}
	}
	if err := InParallel(ctx, ask...); err != nil {
		return History{}, err
	}
	if out.Older == 0 {
		pages = append([][]Change{first.Changes}, pages...)
	}
	seen := map[string]bool{}
	for _, change := range slices.Concat(pages...) {
		if change.ID == "" && change.Created == "" || change.ID != "" && seen[change.ID] {
			continue
		}
		seen[change.ID] = true
		out.Changes = append(out.Changes, change)
	}
	if len(out.Changes) == 0 { // the total is far too high
		return c.oldestChanges(ctx, keyOrID, most)
	}
	out.Changes = sortChanges(out.Changes)
	out.Gaps = max(total-out.Older-len(out.Changes), 0)
	return out, nil
}

// maxWholeHistory is the number of changes up to which [Client.NewestChanges] reads
// all of them at once: two answers of [Client.ChangesOf].
const maxWholeHistory = 2 * maxBulkChanges

// wholeHistory returns all changes of an issue, oldest first. ok is false if it
// does not get as many as there are.
func (c *Client) wholeHistory(ctx context.Context, keyOrID string, total int) (all []Change, ok bool) {
	found, err := c.ChangesOf(ctx, []string{keyOrID}, nil)
	if err != nil || len(found) != 1 {
		return nil, false
	}
	for _, changes := range found {
		all = sortChanges(changes)
	}
	return all, len(all) >= total
}

// oldestChanges returns the first changes of an issue, at most most.
func (c *Client) oldestChanges(ctx context.Context, keyOrID string, most int) (History, error) {
	list, err := Collect(c.Changes(ctx, keyOrID), most)
	return History{Changes: sortChanges(list), Newer: len(list) >= most}, err
}

// sortChanges sorts changes by their time, since a server can return the newest
// first. Changes whose time cannot be read stay where they are.
func sortChanges(list []Change) []Change {
	at := make(map[string]time.Time, len(list))
	for _, c := range list {
		t, err := time.Parse(TimeLayout, c.Created)
		if err != nil {
			return list
		}
		at[c.Created] = t
	}
	slices.SortStableFunc(list, func(a, b Change) int { return at[a.Created].Compare(at[b.Created]) })
	return list
}

// changesBetween returns the changes from one place to another, and with toEnd
// those added since. Jira may return fewer at once than were asked for.
func (c *Client) changesBetween(ctx context.Context, keyOrID string, from, to int, toEnd bool) ([]Change, error) {
	var out []Change
	for after := 0; after < maxIdlePages; {
		page, err := c.changePage(ctx, keyOrID, from+len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, page.Changes...)
		past := from+len(out) >= to
		if len(page.Changes) == 0 || past && (!toEnd || page.IsLast != nil && *page.IsLast) {
			break
		}
		if past {
			after++
		}
	}
	return out, nil
}

// changePage returns the changes of an issue from a place on.
func (c *Client) changePage(ctx context.Context, keyOrID string, start int) (changePage, error) {
	return do[changePage](ctx, c, request{op: OpChangelog, path: []string{keyOrID},
		query: url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(changePageSize)}}})
}

// Limits of one request for the changes of many issues (contract,
// BulkChangelogRequestBean).
const (
	MaxBulkChangelogs = 1000 // issues
	maxBulkChanges    = 10000
	MaxChangeFields   = 10
)

// bulkChangelogs is a page of the changes of many issues.
type bulkChangelogs struct {
	Issues []struct {
		ID      string       `json:"issueId"`
		Changes []bulkChange `json:"changeHistories"`
	} `json:"issueChangeLogs"`
	Next string `json:"nextPageToken"`
}

func (b *bulkChangelogs) isEmpty() bool { return len(b.Issues) == 0 }

// bulkChange is a [Change] whose time may be a number. Atlassian's schema
// declares a date-time, but its example has seconds since 1970.
type bulkChange struct {
	Change
	Created json.RawMessage `json:"created"`
}

// isComplete reports whether a change has a time and items.
func (b *bulkChange) isComplete() bool {
	return b.Items != nil && len(b.Created) > 0 && (b.Created[0] == '"' || b.Created[0] >= '0' && b.Created[0] <= '9')
}

// toChange returns the change with its time in Jira's usual form. A number above
// 1e11 is in milliseconds: as seconds it would lie beyond the year 5000.
func (b *bulkChange) toChange() Change {
	out := b.Change
	text := strings.Trim(string(b.Created), `"`)
	out.Created = text
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		at := time.Unix(n, 0)
		if n > 1e11 {
			at = time.UnixMilli(n)
		}
		out.Created = at.UTC().Format(TimeLayout)
	}
	return out
}

// ChangesOf returns the changes of up to [MaxBulkChangelogs] issues, oldest
// first, by issue id. It returns only changes of the given fields, at most
// [MaxChangeFields], or of all fields if there are none.
func (c *Client) ChangesOf(ctx context.Context, issues, fields []string) (map[string][]Change, error) {
	out := map[string][]Change{}
	body := map[string]any{"issueIdsOrKeys": issues, "maxResults": maxBulkChanges}
	if len(fields) > 0 {
		body["fieldIds"] = fields
	}
	seen, lost := map[[2]string]bool{}, 0
	defer func() {
		if lost > 0 {
			Warn(ctx, fmt.Sprintf("Jira's answer lacks the time or the content of %d changes of issues, which are left out.", lost))
		}
	}()
	for idle := 0; idle < maxIdlePages; idle++ {
		page, err := do[bulkChangelogs](ctx, c, request{op: OpBulkChangelogs, body: body})
		if err != nil {
			return nil, err
		}
		for _, i := range page.Issues { // an issue can be on several pages
			for _, change := range i.Changes {
				id := [2]string{i.ID, change.ID}
				if change.ID != "" && seen[id] {
					continue
				}
				if !change.isComplete() {
					lost++
					continue
				}
				seen[id], idle = true, -1
				out[i.ID] = append(out[i.ID], change.toChange())
			}
		}
		if page.Next == "" {
			return out, nil
		}
		body["nextPageToken"] = page.Next
	}
	Warn(ctx, "The histories of issues may be incomplete: Jira's pages stopped bringing new changes.")
	return out, nil
}
