// Package operation describes the endpoints of Jira Cloud as data: for each
// one, what Atlassian's documents say about it (method, path, scopes) and what
// this program has to know before a call: whether it can be repeated, what its
// request names and what its answer is about. A fence checks requests and
// answers by the last two (package jira/fence).
//
// The [Operation] values themselves are next to the methods that call them, in
// package jira.
package operation

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Document names one of Atlassian's two OpenAPI documents. Operation ids are
// unique only within a document: getIssue is in both.
type Document string

// The documents.
const (
	Platform Document = "jira-platform-v3" // Jira Cloud platform REST API v3
	Software Document = "jira-agile-1.0"   // Jira Software Cloud REST API
)

// Scopes are the scopes that an API token with scopes needs for an operation:
// either all of Classic or all of Granular, as Atlassian's document lists them.
// An operation with neither needs no scope.
type Scopes struct {
	Classic  []string
	Granular []string
}

// String returns the scopes in words: "read:jira-work, or instead
// read:issue:jira".
func (s Scopes) String() string {
	classic, granular := strings.Join(s.Classic, ", "), strings.Join(s.Granular, ", ")
	switch {
	case classic == "" && granular == "":
		return "no scope is required"
	case classic == "" || granular == "":
		return classic + granular
	}
	return classic + ", or instead " + granular
}

// Kind is the kind of a thing that a request can name.
type Kind string

// The kinds of names a request can carry.
const (
	KindIssue   Kind = "issue"   // an issue, by key or id
	KindProject Kind = "project" // a project, by key or id
	// KindProjectList is the parameter of an operation that lists projects; a
	// fence sets it to its own.
	KindProjectList Kind = "projects"
	KindJQL         Kind = "jql"    // a query; the names in it count as well
	KindFields      Kind = "fields" // issue fields, whose values can name projects, parents, versions …
	// KindNewFields are the fields of an issue to create; its project has to be
	// among them.
	KindNewFields   Kind = "new fields"
	KindUsers       Kind = "users"  // a search for users
	KindFieldValues Kind = "values" // a field whose values on the whole site the answer lists
	KindSite        Kind = "site"   // a thing of the site, which belongs to no project
	// KindAttachment is an attachment's id, which does not tell its issue.
	KindAttachment Kind = "attachment"
	KindLink       Kind = "link"      // a link's id, which does not tell its issues
	KindPart       Kind = "part"      // a part of an issue; the request names the issue as well
	KindComponent  Kind = "component" // a component's name or id, in queries
	KindVersion    Kind = "version"   // a version's id, or an address that ends with it
	KindBoard      Kind = "board"     // a board's id
	KindSprint     Kind = "sprint"    // a sprint's id
	KindTask       Kind = "task"      // a bulk operation's id
	KindNewIssues  Kind = "updates"   // several issues to create, each with its fields
	KindBulkMove   Kind = "move"      // issues to move, by target project and type
)

// Reference is one thing that an operation's request names, with its position
// there: "path:NAME", "query:NAME" or "body:NAME". For example {KindIssue,
// "path:issueIdOrKey"}.
type Reference struct {
	Kind Kind
	At   string
}

// AnswerKind tells what an operation's answer is about, and so how a fence
// filters it.
type AnswerKind string

// The kinds of answers.
const (
	AnswerSite        AnswerKind = "site"        // the site or its user; nothing in a project
	AnswerNothing     AnswerKind = "nothing"     // the confirmation of a write
	AnswerIssue       AnswerKind = "issue"       // one issue
	AnswerIssues      AnswerKind = "issues"      // a list of issues
	AnswerComments    AnswerKind = "comments"    // comments of a named issue
	AnswerTransitions AnswerKind = "transitions" // transitions of a named issue
	AnswerMeta        AnswerKind = "meta"        // screens of a named project or issue
	AnswerProjects    AnswerKind = "projects"    // a list of projects
	AnswerUsers       AnswerKind = "users"       // a list of users
	AnswerCount       AnswerKind = "count"       // a number of issues
	AnswerFile        AnswerKind = "file"        // an attachment's bytes
	AnswerParts       AnswerKind = "parts"       // parts of a named issue: worklogs, watchers, changes, remote links
	AnswerBoards      AnswerKind = "boards"      // a list of boards
	AnswerTask        AnswerKind = "task"        // a bulk operation's id
)

// Operation is one endpoint of Jira Cloud. The tests compare every Operation
// with Atlassian's document.
type Operation struct {
	ID       string   // operationId in Document
	Document Document // that describes it
	Method   string   // HTTP method
	Path     string   // template with {placeholders}
	Scopes   Scopes   // for a token with scopes
	// ReadOnly marks a read that is sent as POST; every GET is one without it.
	// A write must not set it, not even one that may be sent twice: Writes
	// would treat it as a read.
	ReadOnly bool
	// SuccessStatus is the status of a success without a body, if it is not 204.
	SuccessStatus int
	Names         []Reference // the things that a request names
	Answers       AnswerKind  // the thing that the answer is about
	// ReturnsCaller reports whether the answer names the caller. The client checks
	// its identity with such an operation, and does not check the operation
	// itself.
	ReturnsCaller bool
}

// Key returns the method and the path, which identify the operation.
func (o Operation) Key() string { return o.Method + " " + o.Path }

// Writes reports whether the operation changes something in Jira. Reads that
// are sent as POST (search, bulk fetch) are marked ReadOnly and do not write.
func (o Operation) Writes() bool { return o.Method != http.MethodGet && !o.ReadOnly }

// Placeholders returns the names in the path, in order.
func (o Operation) Placeholders() []string {
	var names []string
	for rest := o.Path; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return names
		}
		name, tail, _ := strings.Cut(after, "}")
		names, rest = append(names, name), tail
	}
}

// Resolve returns the path with its placeholders replaced by args, in order. It
// escapes every element. It fails for an empty element and a dot segment, since
// both would address another resource than the caller meant, and for a wrong
// number of args.
func (o Operation) Resolve(args []string) (string, error) {
	var b strings.Builder
	rest, used := o.Path, 0
	for {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || used >= len(args) {
			return "", fmt.Errorf("jira: %s: no value for path element %q", o.ID, name)
		}
		value := args[used]
		used++
		if value == "" || value == "." || value == ".." {
			return "", fmt.Errorf("jira: %s: %q cannot be a path element (%s)", o.ID, value, name)
		}
		b.WriteString(url.PathEscape(value))
		rest = tail
	}
	if used != len(args) {
		return "", fmt.Errorf("jira: %s: %d path elements given, %d required", o.ID, len(args), used)
	}
	return b.String(), nil
}

// HasKind reports whether the operation's request can name things of a kind.
func (o Operation) HasKind(kind Kind) bool {
	return slices.ContainsFunc(o.Names, func(n Reference) bool { return n.Kind == kind })
}

// ReturnsProject reports whether the answer contains the projects of the issues
// that the request names: it is a list of issues, or the one issue that is read.
func (o Operation) ReturnsProject() bool {
	return !o.Writes() && (o.Answers == AnswerIssues || o.Answers == AnswerIssue)
}

// Keys returns the keys of operations, the form in which tools declare them.
func Keys(ops ...Operation) []string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Key())
	}
	return out
}
