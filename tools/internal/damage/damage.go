// Package damage changes the answers of a Jira site as faults on the way could:
// a proxy, a bug, a version of Jira that is not known yet. A [Damage] says which
// answers and how; [Proxy] applies it:
//
//	proxy := &damage.Proxy{Site: sandbox, Damage: &damage.Damage{Operation: "GET /rest/api/3/field", Kind: damage.Drop, Path: "/0/name"}}
//
// [Plan] draws damages at random for the answers that a call got without damage,
// the same ones for the same seed.
package damage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Kind is a way in which an answer is damaged.
type Kind string

// The kinds. The first group changes one value in the JSON of an answer.
const (
	Drop      Kind = "drop"      // the member is missing
	Null      Kind = "null"      // the value is null
	Retype    Kind = "type"      // the value has another type
	Duplicate Kind = "duplicate" // the element of a list comes twice
	Empty     Kind = "empty"     // the list or object is empty

	Body   Kind = "body"   // the whole body is Text
	Status Kind = "status" // the status is Text, with Jira's error as the body
	Cut    Kind = "cut"    // the body ends in the middle
	Wire   Kind = "wire"   // the connection breaks in the middle of the body
	Paging Kind = "paging" // a member about pages is wrong
)

// Damage is one damage. For example, {GET /rest/api/3/field, Nth 0, drop,
// /3/name} removes the name of the fourth field from the first such answer.
type Damage struct {
	Operation string // method and path, as in [operation.Operation.Key]
	Nth       int    // which answer of the operation, from 0; -1 for all
	Kind      Kind
	Path      string // of the value in the answer, a JSON pointer
	Text      string
}

// String returns the damage as one line.
func (d Damage) String() string {
	nth := "all"
	if d.Nth >= 0 {
		nth = "#" + strconv.Itoa(d.Nth)
	}
	return fmt.Sprintf("%s %s: %s %s%s", d.Operation, nth, d.Kind, d.Path, d.Text)
}

// Exchange is one request with its answer, before the damage.
type Exchange struct {
	Operation, Method, Path string
	Sent                    string
	Status                  int
	Body                    []byte
}

// Proxy is a site whose answers are damaged. It records the exchanges.
type Proxy struct {
	Site   http.Handler
	Damage *Damage // none if nil

	mu     sync.Mutex
	seen   []Exchange
	count  map[string]int
	struck bool
}

// Seen returns the exchanges so far.
func (p *Proxy) Seen() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[:len(p.seen):len(p.seen)]
}

// HasStruck reports whether an answer was damaged.
func (p *Proxy) HasStruck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(sent))
	rec := httptest.NewRecorder()
	p.Site.ServeHTTP(rec, r)
	op := operationOf(r)
	hits := p.record(Exchange{op, r.Method, r.URL.RequestURI(), string(sent), rec.Code, rec.Body.Bytes()})
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	if !hits {
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
		return
	}
	p.Damage.answer(w, rec)
}

// record adds an exchange, and reports whether its answer is to be damaged.
func (p *Proxy) record(e Exchange) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, e)
	if p.count == nil {
		p.count = map[string]int{}
	}
	n := p.count[e.Operation]
	p.count[e.Operation]++
	hits := p.Damage != nil && p.Damage.Operation == e.Operation && (p.Damage.Nth < 0 || p.Damage.Nth == n)
	p.struck = p.struck || hits
	return hits
}

// answer writes a damaged answer.
func (d *Damage) answer(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	body, status := rec.Body.Bytes(), rec.Code
	switch d.Kind {
	case Body:
		body = []byte(d.Text)
		if strings.HasPrefix(d.Text, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
	case Status:
		status, _ = strconv.Atoi(d.Text)
		body = []byte(`{"errorMessages":["It is not known why."],"errors":{}}`)
		w.Header().Set("Content-Type", "application/json")
		if status == http.StatusNoContent {
			body = nil
		}
	case Cut:
		body = body[:len(body)/2]
	case Wire:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+10))
	default:
		body = d.change(body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// change returns a body with the damaged value.
func (d *Damage) change(body []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return body
	}
	v = d.apply(v, split(d.Path))
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// split returns the parts of a JSON pointer.
func split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(pointer[1:], "/")
	for n := range parts {
		parts[n] = strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[n])
	}
	return parts
}

// apply returns v with the damage at a path.
func (d *Damage) apply(v any, path []string) any {
	if len(path) == 0 {
		return d.damaged(v)
	}
	switch v := v.(type) {
	case map[string]any:
		sub, ok := v[path[0]]
		if len(path) == 1 && d.Kind == Drop {
			delete(v, path[0])
		} else if ok {
			v[path[0]] = d.apply(sub, path[1:])
		}
	case []any:
		n, err := strconv.Atoi(path[0])
		switch {
		case err != nil || n >= len(v):
		case len(path) == 1 && d.Kind == Drop:
			return append(v[:n:n], v[n+1:]...)
		case len(path) == 1 && d.Kind == Duplicate:
			return append(v[:n+1:n+1], v[n:]...)
		default:
			v[n] = d.apply(v[n], path[1:])
		}
	}
	return v
}

// damaged returns a damaged value.
func (d *Damage) damaged(v any) any {
	switch d.Kind {
	case Null:
		return nil
	case Empty:
		if _, isList := v.([]any); isList {
			return []any{}
		}
		return map[string]any{}
	case Paging:
		var to any
		_ = json.Unmarshal([]byte(d.Text), &to)
		return to
	case Retype:
		switch v := v.(type) {
		case string:
			return map[string]any{"value": v}
		case json.Number, bool:
			return []any{v}
		case map[string]any:
			return []any{v}
		case []any:
			return map[string]any{"0": v}
		}
		return 7
	}
	return v
}

// operationOf returns the operation of a request.
func operationOf(r *http.Request) string {
	path := r.URL.Path
	for _, op := range jira.Operations() {
		if op.Method == r.Method && matches(op.Path, path) {
			return op.Key()
		}
	}
	return r.Method + " " + path
}

// matches reports whether a path has the form of a template.
func matches(template, path string) bool {
	t, p := strings.Split(template, "/"), strings.Split(path, "/")
	if len(t) != len(p) {
		return false
	}
	for n := range t {
		if !strings.HasPrefix(t[n], "{") && t[n] != p[n] {
			return false
		}
	}
	return true
}
