// Package odd makes a Jira site answer as odd sites do, on request: with pages
// that repeat or contradict themselves, with histories that lack members, and with
// statuses that were renamed or deleted since. It wraps the handler of any site:
//
//	site := odd.Wrap(sandbox, odd.Options{RepeatItems: true})
//
// Each option stands for something that users of real sites reported, or that
// Atlassian's documents allow. The options change answers on their way out; the
// site behind them stays as it is.
package odd

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Options say how the answers of a site differ.
type Options struct {
	// PageSize is the greatest number of issues on a page of a search, whatever the
	// request asks for; 0 for no limit.
	PageSize int
	// RepeatItems puts the last issue of the page before at the head of each page
	// of a search, as an issue that moves between two requests is on both (skara
	// 1575, tap-jira 110).
	RepeatItems bool
	// NoNextToken breaks a search off: isLast is false, and there is no token.
	NoNextToken bool
	// EndlessPages answers every page of a search after the first without issues
	// and with the same token.
	EndlessPages bool
	// LastWithToken says isLast on every page of a search, and names the next one.
	LastWithToken bool

	// NoFieldID, NoIDs and NoTexts leave members out of the items of histories,
	// none of which is required (contract, ChangeDetails; jirametrics 72, jf_agent
	// 110): fieldId; from and to; fromString and toString.
	NoFieldID, NoIDs, NoTexts bool
	// OldStatusNames maps the names of statuses to those that histories have for
	// them, as after a renaming.
	OldStatusNames map[string]string
	// DeletedStatuses maps the names of statuses to ids that histories have for
	// them and that the site does not have.
	DeletedStatuses map[string]string
}

// Wrap returns a handler that answers as site does, apart from the options.
func Wrap(site http.Handler, o Options) http.Handler {
	w := &wrapper{site: site, o: o, last: map[string]any{}}
	return http.HandlerFunc(w.serve)
}

// wrapper is a site with options.
type wrapper struct {
	site http.Handler
	o    Options

	mu   sync.Mutex
	last map[string]any // the last issue before the page that a token names
}

// endless is the token of the pages that do not end.
const endless = "again"

// serve passes a request on and changes the answer.
func (x *wrapper) serve(w http.ResponseWriter, r *http.Request) {
	isSearch := strings.HasSuffix(r.URL.Path, "/search/jql")
	if !isSearch && !strings.Contains(r.URL.Path, "/changelog") {
		x.site.ServeHTTP(w, r)
		return
	}
	sent, _ := io.ReadAll(r.Body)
	var search struct {
		Token string `json:"nextPageToken"`
	}
	_ = json.Unmarshal(sent, &search) // none: a request without a token
	if isSearch && x.o.EndlessPages && search.Token != "" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"issues":[],"nextPageToken":"`+endless+`","isLast":false}`)
		return
	}
	if isSearch && x.o.PageSize > 0 {
		sent = limitPage(sent, x.o.PageSize)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	rec := httptest.NewRecorder()
	x.site.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	var answer map[string]any
	if rec.Code == http.StatusOK && json.Unmarshal(body, &answer) == nil {
		if isSearch {
			x.bendSearch(search.Token, answer)
		} else {
			eachItem(answer, x.bendItem)
		}
		body, _ = json.Marshal(answer)
	}
	for name, values := range rec.Header() {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

// limitPage limits the number of issues that a search asks for.
func limitPage(body []byte, size int) []byte {
	var search map[string]any
	if json.Unmarshal(body, &search) != nil {
		return body
	}
	if asked, ok := search["maxResults"].(float64); !ok || int(asked) > size {
		search["maxResults"] = size
	}
	out, _ := json.Marshal(search)
	return out
}

// bendSearch changes the page of a search that a token names.
func (x *wrapper) bendSearch(token string, page map[string]any) {
	issues, _ := page["issues"].([]any)
	next, more := page["nextPageToken"].(string)
	switch {
	case x.o.RepeatItems:
		x.mu.Lock()
		defer x.mu.Unlock()
		if more && len(issues) > 0 {
			x.last[next] = issues[len(issues)-1]
		}
		if before, ok := x.last[token]; ok {
			page["issues"] = append([]any{before}, issues...)
		}
	case x.o.NoNextToken && more:
		delete(page, "nextPageToken")
		page["isLast"] = false
	case x.o.LastWithToken && more:
		page["isLast"] = true
	case x.o.EndlessPages:
		page["nextPageToken"], page["isLast"] = endless, false
	}
}

// bendItem changes an item of a history.
func (x *wrapper) bendItem(item map[string]any) {
	if item["field"] == "status" {
		for _, side := range [][2]string{{"from", "fromString"}, {"to", "toString"}} {
			name, _ := item[side[1]].(string)
			if old := x.o.OldStatusNames[name]; old != "" {
				item[side[1]] = old
			}
			if id := x.o.DeletedStatuses[name]; id != "" {
				item[side[0]] = id
			}
		}
	}
	for _, leave := range []struct {
		out     bool
		members []string
	}{{x.o.NoFieldID, []string{"fieldId"}}, {x.o.NoIDs, []string{"from", "to"}}, {x.o.NoTexts, []string{"fromString", "toString"}}} {
		if leave.out {
			for _, member := range leave.members {
				delete(item, member)
			}
		}
	}
}

// eachItem calls bend for every item of every history in an answer.
func eachItem(v any, bend func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			eachItem(one, bend)
		}
	case map[string]any:
		if items, ok := v["items"].([]any); ok {
			for _, item := range items {
				if o, ok := item.(map[string]any); ok {
					bend(o)
				}
			}
			return
		}
		for _, one := range v {
			eachItem(one, bend)
		}
	}
}
