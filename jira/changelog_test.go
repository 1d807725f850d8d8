package jira_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// historySite answers for an issue with many changes, which have the ids 1, 2 and
// so on.
type historySite struct {
	changes  int
	total    func(changes int) string // the member total of an answer
	most     int                      // the greatest number of changes in an answer
	noLast   bool                     // answers have no isLast
	endless  bool                     // answers behind the end have the last change again
	empty    int                      // the page that begins here is empty
	isLast   bool                     // every answer says that it is the last
	ignores  bool                     // every answer is the first page
	reversed bool                     // answers have the newest change first
	whole    int                      // changes that the operation for many issues returns; 0 if it is refused
	mu       sync.Mutex
	starts   []int // of the answers; -1 for the operation for many issues
}

func (h *historySite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-AAccountId", "a")
	if strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch") {
		h.serveWhole(w)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/changelog") {
		_, _ = w.Write([]byte(`{"accountId":"a"}`))
		return
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("maxResults"))
	h.mu.Lock()
	h.starts = append(h.starts, start)
	h.mu.Unlock()
	if h.ignores {
		start = 0
	}
	list := changesInJSON(start, min(start+min(limit, h.most), h.changes))
	if h.reversed {
		slices.Reverse(list)
	}
	if h.empty > 0 && start == h.empty {
		list = nil
	}
	if h.endless && start >= h.changes {
		list = []string{fmt.Sprintf(`{"id":"%d","created":"2026-12-31T00:00:00.000+0000","items":[]}`, h.changes)}
	}
	last := fmt.Sprintf(`,"isLast":%t`, start+len(list) >= h.changes && !h.endless)
	switch {
	case h.noLast:
		last = ""
	case h.isLast:
		last = `,"isLast":true`
	}
	_, _ = fmt.Fprintf(w, `{"startAt":%d,"values":[%s]%s%s}`, start, strings.Join(list, ","), h.total(h.changes), last)
}

// serveWhole answers the operation for many issues.
func (h *historySite) serveWhole(w http.ResponseWriter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts = append(h.starts, -1)
	if h.whole == 0 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errorMessages":["No."]}`))
		return
	}
	_, _ = fmt.Fprintf(w, `{"issueChangeLogs":[{"issueId":"1","changeHistories":[%s]}]}`, strings.Join(changesInJSON(0, h.whole), ","))
}

// changesInJSON returns the changes from one place to another.
func changesInJSON(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprintf(`{"id":"%d","created":"%s","items":[]}`, n+1, time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC).Format(jira.TimeLayout)))
	}
	return list
}

// newTestClient returns a client for a site.
func newTestClient(t *testing.T, site http.Handler) *jira.Client {
	t.Helper()
	srv := httptest.NewServer(site)
	t.Cleanup(srv.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, base, "token", time.Now)
}

// TestNewestChanges checks that the last changes of an issue are read, each once
// and in order, whatever a site says about their number.
func TestNewestChanges(t *testing.T) {
	t.Parallel()
	said := func(n int) string { return fmt.Sprintf(`,"total":%d`, n) }
	for name, c := range map[string]struct {
		site        *historySite
		most        int
		first, last int // ids of what is read
		older       int
		newer       bool
		gaps        int // changes that Jira counts and does not return
		requests    int // at most
	}{
		"one page":                 {&historySite{changes: 70, total: said, most: 100}, 5000, 1, 70, 0, false, 0, 1},
		"none":                     {&historySite{changes: 0, total: said, most: 100}, 5000, 1, 0, 0, false, 0, 1},
		"several pages":            {&historySite{changes: 730, total: said, most: 100}, 5000, 1, 730, 0, false, 0, 9},
		"more than are wanted":     {&historySite{changes: 12_345, total: said, most: 100}, 5000, 7346, 12_345, 7345, false, 0, 52},
		"a few more than wanted":   {&historySite{changes: 5020, total: said, most: 100}, 5000, 1, 5020, 0, false, 0, 52},
		"all at once":              {&historySite{changes: 730, total: said, most: 100, whole: 730}, 5000, 1, 730, 0, false, 0, 2},
		"all at once, too many":    {&historySite{changes: 9999, total: said, most: 100, whole: 9999}, 5000, 5000, 9999, 4999, false, 0, 2},
		"not all at once":          {&historySite{changes: 730, total: said, most: 100, whole: 700}, 5000, 1, 730, 0, false, 0, 9},
		"small pages":              {&historySite{changes: 730, total: said, most: 50}, 5000, 1, 730, 0, false, 0, 16},
		"no total":                 {&historySite{changes: 730, total: func(int) string { return "" }, most: 100}, 5000, 1, 730, 0, false, 0, 9},
		"no total, too many":       {&historySite{changes: 730, total: func(int) string { return "" }, most: 100}, 300, 1, 300, 0, true, 0, 4},
		"a total that is too low":  {&historySite{changes: 730, total: func(int) string { return `,"total":650` }, most: 100}, 5000, 1, 730, 0, false, 0, 10},
		"a total that is too high": {&historySite{changes: 730, total: func(int) string { return `,"total":900` }, most: 100}, 5000, 1, 730, 0, false, 170, 11},
		"no isLast":                {&historySite{changes: 730, total: said, most: 100, noLast: true}, 5000, 1, 730, 0, false, 0, 10},
		"no end":                   {&historySite{changes: 730, total: said, most: 100, endless: true}, 5000, 1, 730, 0, false, 0, 15},
		"a page that is empty":     {&historySite{changes: 730, total: said, most: 100, empty: 400}, 5000, 1, 730, 0, false, 100, 10},
		"the last page, at once":   {&historySite{changes: 730, total: said, most: 100, isLast: true}, 5000, 1, 730, 0, false, 0, 10},
		"startAt ignored":          {&historySite{changes: 730, total: said, most: 100, ignores: true, noLast: true}, 5000, 1, 100, 0, false, 630, 21},
		"a total of another world": {&historySite{changes: 450, total: func(int) string { return `,"total":100000` }, most: 100}, 5000, 1, 450, 0, false, 0, 60},
		"the newest first":         {&historySite{changes: 70, total: said, most: 100, reversed: true}, 5000, 1, 70, 0, false, 0, 1},
		"one change a page":        {&historySite{changes: 4000, total: said, most: 1}, 5000, 3901, 4000, 3900, false, 0, 103},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newTestClient(t, c.site).NewestChanges(t.Context(), "PAY-1", c.most)
			if err != nil {
				t.Fatal(err)
			}
			want := c.first
			for _, change := range got.Changes {
				if c.site.empty > 0 && change.ID == strconv.Itoa(want+c.gaps) {
					want += c.gaps // the empty page
				}
				if change.ID != strconv.Itoa(want) {
					t.Fatalf("change %s follows %d", change.ID, want-1)
				}
				want++
			}
			if got.Gaps != c.gaps {
				t.Errorf("%d changes are missing, want %d", got.Gaps, c.gaps)
			}
			if want != c.last+1 || got.Older != c.older || got.Newer != c.newer {
				t.Errorf("read to %d (%d older, newer %t), want %d (%d, %t)", want-1, got.Older, got.Newer, c.last, c.older, c.newer)
			}
			if len(c.site.starts) > c.requests {
				t.Errorf("%d requests, at most %d: %v", len(c.site.starts), c.requests, c.site.starts)
			}
		})
	}
}

// TestNewestChangesFail checks that the failure of one page is the failure of all.
func TestNewestChangesFail(t *testing.T) {
	t.Parallel()
	site := &historySite{changes: 900, total: func(n int) string { return fmt.Sprintf(`,"total":%d`, n) }, most: 100}
	client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("startAt") == "500" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		site.ServeHTTP(w, r)
	}))
	if got, err := client.NewestChanges(t.Context(), "PAY-1", 5000); !jira.IsStatus(err, http.StatusForbidden) || len(got.Changes) > 0 {
		t.Errorf("%d changes, error %v", len(got.Changes), err)
	}
}
