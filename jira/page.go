package jira

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
)

// Sequences of pages go wrong on real sites: an issue that moves while the pages
// are read is on two of them (skara 1575, tap-jira 110), a page repeats, pages
// come empty without end, or the end contradicts itself. So an item counts once,
// and a sequence that makes no progress is broken off, with a warning that the
// list is not complete.
const (
	maxPages     = 1000
	maxIdlePages = 5 // pages one after the other without a new item
)

// errEndless reports a sequence of pages that does not end.
var errEndless = errors.New("jira: the pages do not end")

// warnBrokenOff adds the warning about an incomplete list to the answer.
func warnBrokenOff(ctx context.Context, what string, found int) {
	Warn(ctx, fmt.Sprintf("The list may be incomplete: it ended after %d items (%s).", found, what))
}

// pageEnd is what a page with tokens says about the next one.
type pageEnd struct {
	Token  string `json:"nextPageToken"` // empty on the last page
	IsLast *bool  `json:"isLast"`        // nil: not said
}

// isBrokenOff reports whether a page says that there is more, but not where.
func (e pageEnd) isBrokenOff() bool { return e.Token == "" && e.IsLast != nil && !*e.IsLast }

// isDoubtful reports whether a page says that it is the last and names another
// one. The client requests the other one: if Jira refuses it, the list ends.
func (e pageEnd) isDoubtful() bool { return e.Token != "" && e.IsLast != nil && *e.IsLast }

// itemsByToken returns the items of pages that name the next page with a token,
// each id once. fetch gets an empty token for the first page.
func itemsByToken[T any](ctx context.Context, id func(T) string, fetch func(ctx context.Context, token string) ([]T, pageEnd, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		p := progress[T]{seen: map[string]bool{}, id: id}
		var end pageEnd
		for range maxPages {
			doubtful := end.isDoubtful()
			var items []T
			var err error
			items, end, err = fetch(ctx, end.Token)
			if err != nil && !(doubtful && IsStatus(err, http.StatusBadRequest)) {
				yield(zero, err)
				return
			}
			if err != nil || !p.yieldNew(items, yield) {
				return
			}
			switch {
			case end.isBrokenOff():
				warnBrokenOff(ctx, "Jira reports more items, but no next page", len(p.seen))
				return
			case end.Token == "":
				return
			case p.idle >= maxIdlePages:
				warnBrokenOff(ctx, "Jira's pages stopped bringing new items", len(p.seen))
				return
			}
		}
		yield(zero, errEndless)
	}
}

// startEnd is what a page that is addressed with startAt says about the end. Both
// members may be missing.
type startEnd struct {
	IsLast *bool `json:"isLast"`
	Total  *int  `json:"total"`
}

// endAt returns the end of a page that has only a total. A total of 0 can mean
// that the server does not report it.
func endAt(total int) startEnd {
	if total <= 0 {
		return startEnd{}
	}
	return startEnd{Total: &total}
}

// isAtEnd reports whether nothing follows the items before a place, as far as the
// page says: isLast and total have to agree if both are there. A total that was
// passed already is wrong and says nothing.
func (e startEnd) isAtEnd(place int) bool {
	if e.IsLast != nil {
		return *e.IsLast && (e.Total == nil || place >= *e.Total)
	}
	return e.Total != nil && place == *e.Total
}

// promises reports whether a page says that something follows a place.
func (e startEnd) promises(place int) bool {
	return e.IsLast != nil && !*e.IsLast || e.Total != nil && place < *e.Total
}

// itemsByStart returns the items of pages that are addressed with startAt, each id
// once. A page without items ends the sequence, with a warning if the page says
// that there is more: the totals of other servers are not always right.
func itemsByStart[T any](ctx context.Context, id func(T) string, fetch func(ctx context.Context, startAt int) ([]T, startEnd, error)) iter.Seq2[T, error] {
	return itemsFrom(ctx, 0, 1, id, fetch)
}

// itemsFrom is [itemsByStart] from a place on. It fetches several pages at the
// same time, at most as many as atOnce.
func itemsFrom[T any](ctx context.Context, start, atOnce int, id func(T) string, fetch func(ctx context.Context, startAt int) ([]T, startEnd, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		p := progress[T]{seen: map[string]bool{}, id: id}
		ahead := pagesAhead[T]{fetch: fetch, atOnce: atOnce}
		first := start
		for range maxPages {
			items, end, err := ahead.next(ctx, start)
			if err != nil {
				yield(zero, err)
				return
			}
			if !p.yieldNew(items, yield) {
				return
			}
			start += len(items)
			switch {
			case len(items) == 0 && end.promises(start):
				warnBrokenOff(ctx, "Jira reports more items, but returned none", len(p.seen))
				return
			case len(items) == 0 || end.isAtEnd(start):
				if end.Total != nil && first+p.found < *end.Total {
					warnBrokenOff(ctx, fmt.Sprintf("Jira reports %d", *end.Total), first+p.found)
				}
				return
			case p.idle >= maxIdlePages:
				warnBrokenOff(ctx, "Jira's pages stopped bringing new items", len(p.seen))
				return
			}
		}
		yield(zero, errEndless)
	}
}

// pagesAhead fetches pages that are addressed with startAt. Once a page has told
// how many items there are, it fetches several pages at the same time, first
// three and then more, so that a consumer that stops early has caused few requests
// that it did not need. After a page of another size the places of the pages
// behind it are wrong; they are fetched again.
type pagesAhead[T any] struct {
	fetch   func(ctx context.Context, startAt int) ([]T, startEnd, error)
	atOnce  int             // the largest width
	width   int             // of the last fetch; 0 before the first
	size    int             // of the last page
	total   int             // of all items; 0 while unknown
	fetched map[int]page[T] // by their places
}

// page is one page of a list.
type page[T any] struct {
	items []T
	end   startEnd
}

// next returns the page at a place.
func (a *pagesAhead[T]) next(ctx context.Context, start int) ([]T, startEnd, error) {
	if p, ok := a.fetched[start]; ok {
		delete(a.fetched, start)
		a.note(p.end, len(p.items))
		return p.items, p.end, nil
	}
	a.fetched = map[int]page[T]{} // what is left has wrong places
	places := []int{start}
	if a.size > 0 {
		a.width = min(3*a.width, a.atOnce)
		for place := start + a.size; place < a.total && len(places) < a.width; place += a.size {
			places = append(places, place)
		}
	}
	pages := make([]page[T], len(places))
	ask := make([]func(context.Context) error, len(places))
	for n, place := range places {
		ask[n] = func(ctx context.Context) (err error) {
			pages[n].items, pages[n].end, err = a.fetch(ctx, place)
			return err
		}
	}
	if err := InParallel(ctx, ask...); err != nil {
		return nil, startEnd{}, err
	}
	for n, place := range places[1:] {
		a.fetched[place] = pages[n+1]
	}
	a.width = max(a.width, 1)
	a.note(pages[0].end, len(pages[0].items))
	return pages[0].items, pages[0].end, nil
}

// note remembers what a page of a size says about the others.
func (a *pagesAhead[T]) note(end startEnd, size int) {
	a.size, a.total = size, 0
	if end.Total != nil {
		a.total = *end.Total
	}
}

// progress is what a sequence of pages has brought so far.
type progress[T any] struct {
	id    func(T) string
	seen  map[string]bool
	idle  int // the last pages without a new item
	found int // items that were passed on
}

// yieldNew passes on the items of a page that were on none before. It reports
// whether the consumer wants more. An item without an id is always new, and one
// without any content (null) is left out.
func (p *progress[T]) yieldNew(items []T, yield func(T, error) bool) bool {
	p.idle++
	for _, item := range items {
		id := p.id(item)
		if id != "" && p.seen[id] || id == "" && reflect.ValueOf(item).IsZero() {
			continue
		}
		p.seen[id], p.idle = true, 0
		p.found++
		if !yield(item, nil) {
			return false
		}
	}
	return true
}

// Collect returns the items of a sequence, at most max. After an error it
// returns the items before it as well.
func Collect[T any](seq iter.Seq2[T, error], max int) ([]T, error) {
	var out []T
	for item, err := range seq {
		if err != nil {
			return out, err
		}
		if out = append(out, item); len(out) >= max {
			break
		}
	}
	return out, nil
}
