package damage

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// bodies are the whole bodies that other programs answer with.
var bodies = []string{"null", "{}", "[]", "", " \n ", `{"error":"session expired"}`, "<html><body>Log in</body></html>", `"ok"`, `{"errorMessages":[],"errors":{}}`}

// statuses are statuses that a proxy or an outage causes.
var statuses = []string{"204", "302", "400", "401", "403", "404", "429", "500", "502", "503"}

// Plan draws n damages for the exchanges of a call.
func Plan(r *rand.Rand, seen []Exchange, n int) []Damage {
	var out []Damage
	if len(seen) == 0 {
		return nil
	}
	count := map[string]int{}
	for _, e := range seen {
		count[e.Operation]++
	}
	for len(out) < n {
		at := r.IntN(len(seen))
		e := seen[at]
		nth := -1
		if count[e.Operation] > 1 && r.IntN(2) == 0 {
			nth = 0
			for _, before := range seen[:at] {
				if before.Operation == e.Operation {
					nth++
				}
			}
		}
		d := draw(r, e)
		d.Operation, d.Nth = e.Operation, nth
		out = append(out, d)
	}
	return out
}

// draw draws a damage for one answer.
func draw(r *rand.Rand, e Exchange) Damage {
	dec := json.NewDecoder(bytes.NewReader(e.Body))
	dec.UseNumber()
	var v any
	isJSON := dec.Decode(&v) == nil
	switch p := r.IntN(100); {
	case p < 15 || !isJSON && p < 60:
		return Damage{Kind: Body, Text: bodies[r.IntN(len(bodies))]}
	case p < 25 || !isJSON && p < 80:
		return Damage{Kind: Status, Text: statuses[r.IntN(len(statuses))]}
	case p < 30 || !isJSON && p < 90:
		return Damage{Kind: Cut}
	case p < 33 || !isJSON:
		return Damage{Kind: Wire}
	case p < 45:
		if d, ok := drawPaging(r, v); ok {
			return d
		}
	}
	path, kind := walk(r, v)
	return Damage{Kind: kind, Path: path}
}

// pagingValues are wrong values of the members about pages.
var pagingValues = map[string][]string{
	"isLast": {"true", "false", "null"}, "nextPageToken": {"null", `""`, `"again"`},
	"total": {"0", "1", "5000", "-1", "null"}, "maxResults": {"0", "1", "null"}, "startAt": {"1", "7"},
}

// drawPaging draws a damage of a member about pages.
func drawPaging(r *rand.Rand, v any) (Damage, bool) {
	page, _ := v.(map[string]any)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(page)), func(name string) bool { return pagingValues[name] == nil })
	if len(names) == 0 {
		return Damage{}, false
	}
	name := names[r.IntN(len(names))]
	values := pagingValues[name]
	return Damage{Kind: Paging, Path: "/" + name, Text: values[r.IntN(len(values))]}, true
}

// walk walks down a random path of a value, and returns where it ended and a kind
// that fits there.
func walk(r *rand.Rand, v any) (path string, kind Kind) {
	var at strings.Builder
	inList := false
	for {
		var next any
		switch x := v.(type) {
		case map[string]any:
			if names := slices.Sorted(maps.Keys(x)); len(names) > 0 {
				name := names[r.IntN(len(names))]
				next = x[name]
				at.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
				inList = false
				break
			}
			return at.String(), pick(r, at.Len() > 0, inList, v)
		case []any:
			if len(x) > 0 {
				n := r.IntN(len(x))
				next = x[n]
				at.WriteString("/" + strconv.Itoa(n))
				inList = true
				break
			}
			return at.String(), pick(r, at.Len() > 0, inList, v)
		default:
			return at.String(), pick(r, at.Len() > 0, inList, v)
		}
		v = next
		if r.IntN(3) == 0 {
			return at.String(), pick(r, true, inList, v)
		}
	}
}

// pick draws a kind for a value.
func pick(r *rand.Rand, hasParent, inList bool, v any) Kind {
	kinds := []Kind{Null, Retype}
	if hasParent {
		kinds = append(kinds, Drop)
	}
	if inList {
		kinds = append(kinds, Duplicate)
	}
	switch v.(type) {
	case []any, map[string]any:
		kinds = append(kinds, Empty)
	}
	return kinds[r.IntN(len(kinds))]
}
