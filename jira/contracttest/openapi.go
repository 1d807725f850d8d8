package contracttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// exceptions lists the places where Atlassian's document itself is wrong, or
// where the validator is stricter than OpenAPI: the operation ("" for all), a
// part of the validator's message, and the reason.
var exceptions = []struct{ op, has, reason string }{
	{"", "Value is not nullable\nSchema:\n  {}\n", "a schema without a type allows null (OpenAPI 3.0.3, 'nullable'), which kin-openapi refuses"},
	{"getChangeLogs", "Value is not nullable", "a changelog's from and to are null where a field was empty; the document has no null"},
	{"getBulkChangelogs", "Value is not nullable", "as for getChangeLogs"},
	{"getIssue", nullChange, "as for getChangeLogs"},
	{"editIssue", nullChange, "as for getChangeLogs"},
	{"", `format "date-time"`, "Jira writes time zones as +0000, without the colon that RFC 3339 asks for"},
	{"", `property "untranslatedName" is unsupported`, "sites in another language than English send it (DefectDojo 11507, php-jira-rest-client 323); the document does not have it"},
	{"getBulkOperationProgress", `Error at "/created": value must be a string`, "the document's own example has milliseconds"},
	{"getBulkOperationProgress", `Error at "/started": value must be a string`, "the document's own example has milliseconds"},
	{"getBulkOperationProgress", `Error at "/updated": value must be a string`, "the document's own example has milliseconds"},
	{"submitBulkMove", `property "issueIdOrKeys" is missing`, "required, and there is none: the document's property and example are issueIdsOrKeys"},
	{"submitBulkMove", `property "targetToMultipleSourceMapping" is missing`, "required, and there is none: the document's property and example are targetToSourcesMapping"},
	{"submitBulkMove", `discriminator property "type" has invalid value`, "the document's example, and its enum, have adf and raw; its discriminator has other names"},
	{"getBoardIssuesForSprintJSIS", "schema has non primitive type object", "the document calls the names of fields objects, which no query can hold"},
	{"getIssuesForBacklogJSIS", "schema has non primitive type object", "as for getBoardIssuesForSprintJSIS"},
	{"getIssuesForBoardJSIS", "schema has non primitive type object", "as for getBoardIssuesForSprintJSIS"},
	{"getIssuesForSprintJSIS", "schema has non primitive type object", "as for getBoardIssuesForSprintJSIS"},
	{"getIssuesForBoard", "schema has non primitive type object", "as for getBoardIssuesForSprintJSIS"},
	{"getIssuesForSprint", "schema has non primitive type object", "as for getBoardIssuesForSprintJSIS"},
	{"parseJqlQueries", `/structure/where"`, "the document's JqlQueryClause forbids every property, and lists clauses that have some"},
	{"addWatcher", "response header Content-Type has unexpected value", "the document describes a JSON body for 204 No Content"},
	{"addVote", "response header Content-Type has unexpected value", "the document describes a JSON body for 204 No Content"},
	{"doTransition", "response header Content-Type has unexpected value", "the document describes a JSON body for 204 No Content"},
	{"editIssue", "response header Content-Type has unexpected value", "the document describes a JSON body for 204 No Content"},
}

// Document represents one OpenAPI document, with a router that matches requests
// to its operations.
type Document struct {
	Doc    *openapi3.T
	router routers.Router
}

// Contract represents Atlassian's two OpenAPI documents and the ADF schema.
type Contract struct {
	Documents map[string]*Document // by file name without .json
	adf       *ADF
}

var (
	// The loaded contract, which all tests of a process share; loadMu guards
	// it.
	loadMu sync.Mutex
	loaded *Contract
)

// Load returns the contract, and reads the documents on the first call in a
// process. It skips or fails the test if they are missing (see [Dir]).
func Load(t testing.TB) *Contract {
	t.Helper()
	dir := Dir(t)
	adf := LoadADF(t)
	loadMu.Lock()
	defer loadMu.Unlock()
	if loaded != nil {
		return loaded
	}
	c := &Contract{Documents: map[string]*Document{}, adf: adf}
	for _, name := range []string{"jira-platform-v3", "jira-agile-1.0"} {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		doc.Servers = nil
		router, err := gorillamux.NewRouter(doc)
		if err != nil {
			t.Fatal(err)
		}
		c.Documents[name] = &Document{doc, router}
	}
	loaded = c
	return c
}

// Wrap returns a handler that passes requests on to next, checks every request
// and answer against the documents, and reports each violation as a test error.
// It sends answers on in one piece, so next cannot stream.
func (c *Contract) Wrap(t testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for _, problem := range c.Check(r, body, rec.Code, rec.Header(), rec.Body.Bytes()) {
			t.Errorf("%s %s: %s", r.Method, r.URL, problem)
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// Check checks one exchange against the documents and returns the violations,
// one sentence each. The steps are:
//
//  1. Remove the gateway's prefix (/ex/jira/CLOUDID), which the documents do
//     not have, and find the operation.
//  2. Check the request, unless Jira rejected it: parameters and body by the
//     validator, then unknown query parameters, unknown keys and rich text,
//     which the validator does not check.
//  3. Check the answer, and its rich text.
//  4. Leave out violations that are listed as exceptions.
func (c *Contract) Check(r *http.Request, body []byte, status int, header http.Header, answer []byte) []string {
	if r.URL.Path == "/_edge/tenant_info" {
		return nil // documented in Atlassian's knowledge base, not in OpenAPI
	}
	probe := r.Clone(context.Background())
	if rest, ok := strings.CutPrefix(probe.URL.Path, "/ex/jira/"); ok {
		if status == http.StatusUnauthorized {
			return nil // the gateway's own text; the documents describe Jira's
		}
		_, rest, _ = strings.Cut(rest, "/")
		probe.URL.Path, probe.URL.RawPath = "/"+rest, ""
	}
	probe.URL.Host, probe.URL.Scheme, probe.Host = "", "", ""
	probe.Body = io.NopCloser(bytes.NewReader(body))
	route, params := c.findRoute(probe)
	if route == nil {
		return []string{"is in neither of Atlassian's documents"}
	}
	var out []string
	op := route.Operation.OperationID
	add := func(what string, err error) {
		for _, leaf := range leafErrors(err) {
			if !isException(op, leaf.Error()) {
				out = append(out, fmt.Sprintf("%s (%s): %.600s", what, op, leaf))
			}
		}
	}
	input := &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true}}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		// The validator does not support the document's schema of a file, a
		// list of objects. The check that the document declares the media type
		// remains.
		input.Options.ExcludeRequestBody = true
		if route.Operation.RequestBody.Value.Content.Get(kind) == nil {
			add("request", errors.New("the document takes no multipart/form-data"))
		}
	}
	// A test that sends a wrong request does so on purpose.
	if status < 400 {
		add("request", openapi3filter.ValidateRequest(context.Background(), input))
		add("request", checkQuery(route, probe))
		add("request body", c.checkBody(route, body))
	}
	if status != http.StatusNotFound || header.Get("Content-Type") != "" {
		add("answer", openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(answer)),
			Options: &openapi3filter.Options{MultiError: true, ExcludeResponseBody: len(answer) == 0 && hasNoSchema(route, status)}}))
	}
	add("answer", c.checkRichText(answer))
	return out
}

// hasNoSchema reports whether the document names a media type for an answer but
// no schema. Jira sends an empty body then, for instance after creating a link.
func hasNoSchema(route *routers.Route, status int) bool {
	answer := route.Operation.Responses.Status(status)
	if answer == nil || answer.Value == nil {
		return false
	}
	media := answer.Value.Content.Get("application/json")
	return media != nil && (media.Schema == nil || media.Schema.Value == nil || media.Schema.Value.IsEmpty())
}

// leafErrors returns the innermost errors of the validator's nested ones, so
// that an exception for one of them cannot hide another.
func leafErrors(err error) []error {
	var many openapi3.MultiError
	var request *openapi3filter.RequestError
	var response *openapi3filter.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []error
		for _, e := range many {
			out = append(out, leafErrors(e)...)
		}
		return out
	case errors.As(err, &request) && request.Err != nil:
		return leafErrors(request.Err)
	case errors.As(err, &response) && response.Err != nil:
		return leafErrors(response.Err)
	}
	return []error{err}
}

// nullChange is the message for a null in the changelog of an issue, as
// isException normalises it: an ellipsis replaces the position in the list.
const nullChange = "/changelog/histories/…: Value is not nullable"

// isException reports whether a violation is one of the exceptions.
func isException(op, text string) bool {
	before, after, _ := strings.Cut(text, "/changelog/histories/")
	if _, problem, ok := strings.Cut(after, `": `); ok {
		text = before + "/changelog/histories/…: " + problem
	}
	for _, e := range exceptions {
		if (e.op == "" || e.op == op) && strings.Contains(text, e.has) {
			return true
		}
	}
	return false
}

// findRoute returns the operation that a request matches, with its path
// parameters, or nil if neither document has one.
func (c *Contract) findRoute(r *http.Request) (*routers.Route, map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(c.Documents)) {
		if route, params, err := c.Documents[name].router.FindRoute(r); err == nil {
			return route, params
		}
	}
	return nil, nil
}

// Operation returns the operation with an id, its method and its path; op is
// nil if the document has no such operation.
func (d *Document) Operation(id string) (method, path string, op *openapi3.Operation) {
	for p, item := range d.Doc.Paths.Map() {
		for m, o := range item.Operations() {
			if o.OperationID == id {
				return m, p, o
			}
		}
	}
	return "", "", nil
}

// Examples returns the document's examples of the answers of an operation that
// have a status 2xx and are JSON.
func (d *Document) Examples(id string) []json.RawMessage {
	_, _, op := d.Operation(id)
	if op == nil {
		return nil
	}
	var out []json.RawMessage
	for status, response := range op.Responses.Map() {
		media := response.Value.Content.Get("application/json")
		if text, ok := exampleOf(media); ok && strings.HasPrefix(status, "2") && json.Valid([]byte(text)) {
			out = append(out, json.RawMessage(text))
		}
	}
	return out
}

// exampleOf returns the example of an answer, which the documents keep as text.
func exampleOf(media *openapi3.MediaType) (string, bool) {
	if media == nil {
		return "", false
	}
	text, ok := media.Example.(string)
	return text, ok
}

// checkQuery returns an error if the request has a query parameter that the
// document does not list. The validator accepts unknown parameters.
func checkQuery(route *routers.Route, r *http.Request) error {
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("query parameter %q is not in the document", name)
		}
	}
	return nil
}

// checkBody checks what kin-openapi does not: unknown keys at the top level of a
// body, and rich text.
func (c *Contract) checkBody(route *routers.Route, body []byte) error {
	if len(body) == 0 || route.Operation.RequestBody == nil {
		return nil
	}
	media := route.Operation.RequestBody.Value.Content.Get("application/json")
	var keys map[string]json.RawMessage
	if media != nil && media.Schema != nil && json.Unmarshal(body, &keys) == nil {
		for key := range keys {
			if media.Schema.Value.Properties[key] == nil {
				return fmt.Errorf("body key %q is not in the document", key)
			}
		}
	}
	return c.checkRichText(body)
}

// checkRichText checks every ADF document in a JSON text against Atlassian's
// schema. It also reports plain strings in fields that take ADF. Other texts
// than JSON pass.
func (c *Contract) checkRichText(data []byte) error {
	var v any
	if !json.Valid(data) {
		return nil
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	return c.walkRichText(v, "")
}

// richKeys are the fields of issues and comments that hold ADF. "description"
// is one too, but only below "fields": many other objects have a plain
// description.
var richKeys = []string{"body", "environment"}

// walkRichText checks the rich text in a decoded JSON value; at is the key that
// holds the value. An ADF document is recognised by its type, doc, and its
// version.
func (c *Contract) walkRichText(v any, at string) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := c.walkRichText(e, at); err != nil {
				return err
			}
		}
	case map[string]any:
		if _, versioned := v["version"].(float64); versioned && v["type"] == "doc" {
			if err := c.adf.Check(v); err != nil {
				return fmt.Errorf("%s is not valid ADF: %w", at, err)
			}
			return nil
		}
		for key, e := range v {
			if key == "names" {
				continue // field id → display name
			}
			if s, plain := e.(string); plain && (slices.Contains(richKeys, key) || key == "description" && at == "fields") {
				return fmt.Errorf("%s.%s is the string %q, not ADF", at, key, s)
			}
			if err := c.walkRichText(e, key); err != nil {
				return err
			}
		}
	}
	return nil
}
