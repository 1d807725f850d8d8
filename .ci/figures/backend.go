package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// backend is a fake Jira Cloud site on the loopback interface. It encodes its
// large answers once, to keep its own share of the measured time small.
type backend struct {
	url      string
	requests atomic.Int64 // the number of requests received
	delay    atomic.Int64 // nanoseconds to wait before each answer

	server *http.Server
	served chan struct{} // closed when the server has stopped
	fields []byte        // the answer to GET field
	plain  []byte        // the issue PAY-1
	named  []byte        // the issue PAY-1 with the names of its fields
	pages  sync.Map      // search pages, by the sorted names of the requested fields

	waits waits // of the calls of many users

	mu         sync.Mutex
	requestLog []recordedRequest // requests received since recording began
	recording  bool              // requests are being recorded
}

// recordedRequest is a request that can be sent again.
type recordedRequest struct {
	method, path string
	header       http.Header
	body         []byte
}

// newBackend starts a fake Jira. The caller must call close on it.
func newBackend() (*backend, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &backend{
		url:    "http://" + l.Addr().String(),
		served: make(chan struct{}),
		fields: encode(fieldList()),
		plain:  encode(fullIssue(false)),
		named:  encode(fullIssue(true)),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rest/api/3/myself", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, encode(myself(r)))
	})
	mux.HandleFunc("GET /rest/api/3/mypermissions", func(w http.ResponseWriter, r *http.Request) {
		permissions := obj{}
		for _, key := range strings.Split(r.URL.Query().Get("permissions"), ",") {
			permissions[key] = obj{"id": "1", "key": key, "name": key, "type": "PROJECT", "description": "", "havePermission": true}
		}
		answer(w, http.StatusOK, encode(obj{"permissions": permissions}))
	})
	mux.HandleFunc("POST /rest/api/3/issue/{key}/comment", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusCreated, encode(comment(1)))
	})
	mux.HandleFunc("GET /rest/api/3/issue/{key}", b.issue)
	mux.HandleFunc("POST /rest/api/3/search/jql", b.search)
	mux.HandleFunc("GET /rest/api/3/field", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, b.fields)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, []byte(`{"errorMessages":["not here"],"errors":{}}`))
	})
	b.server = &http.Server{Handler: b.observe(mux), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(b.served)
		_ = b.server.Serve(l) // always ends with ErrServerClosed
	}()
	return b, nil
}

// close stops the fake Jira and waits for its end.
func (b *backend) close() {
	_ = b.server.Close()
	<-b.served
}

// setDelay makes every later answer wait for d.
func (b *backend) setDelay(d time.Duration) { b.delay.Store(int64(d)) }

// observe returns a handler that counts requests, records them during record,
// and delays their answers. It reads the body first, since a recorded request
// needs it.
func (b *backend) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		b.requests.Add(1)
		email, _, _ := r.BasicAuth()
		defer b.waits.request(email)()
		if strings.HasPrefix(email, "user") {
			w = &ownAccount{w, accountOf(r)}
		}
		b.mu.Lock()
		if b.recording {
			b.requestLog = append(b.requestLog, recordedRequest{r.Method, r.URL.RequestURI(), r.Header.Clone(), body})
		}
		b.mu.Unlock()
		if d := time.Duration(b.delay.Load()); d > 0 {
			select {
			case <-time.After(d):
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// record runs do, and returns the requests that arrived meanwhile.
func (b *backend) record(do func() error) ([]recordedRequest, error) {
	b.mu.Lock()
	b.requestLog, b.recording = nil, true
	b.mu.Unlock()
	err := do()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recording = false
	return b.requestLog, err
}

// issue answers a request for an issue. All issues are PAY-1 under another key.
func (b *backend) issue(w http.ResponseWriter, r *http.Request) {
	text := b.plain
	if strings.Contains(r.URL.Query().Get("expand"), "names") {
		text = b.named
	}
	if key := r.PathValue("key"); key != issueKey(1) {
		text = bytes.ReplaceAll(text, []byte(`"`+issueKey(1)+`"`), encode(key))
	}
	answer(w, http.StatusOK, text)
}

// search answers with a page of fifty issues that have the requested fields.
func (b *backend) search(w http.ResponseWriter, r *http.Request) {
	var query struct {
		Fields []string `json:"fields"`
	}
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
		answer(w, http.StatusBadRequest, []byte(`{"errorMessages":["no JSON"],"errors":{}}`))
		return
	}
	slices.Sort(query.Fields)
	key := strings.Join(query.Fields, ",")
	page, ok := b.pages.Load(key)
	if !ok {
		page, _ = b.pages.LoadOrStore(key, encode(searchPage(query.Fields)))
	}
	text, _ := page.([]byte)
	answer(w, http.StatusOK, text)
}

// ownAccount names the account of the request in the answer.
type ownAccount struct {
	http.ResponseWriter
	account string
}

// WriteHeader implements http.ResponseWriter.
func (w *ownAccount) WriteHeader(status int) {
	w.Header().Set("X-AAccountId", w.account)
	w.ResponseWriter.WriteHeader(status)
}

// answer writes a JSON answer with the headers of Jira Cloud.
func answer(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("X-AAccountId", accountID(1))
	w.WriteHeader(status)
	_, _ = w.Write(text) // fails only if the caller has gone
}

// encode returns v as JSON.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the fixtures are plain maps, slices and strings
	}
	return text
}
