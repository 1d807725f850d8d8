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

// Scopes an API token with scopes needs for an operation: either all of
// Classic or all of Granular, as Atlassian's document lists them. An
// operation with neither needs no scope.
type Scopes struct {
	Classic  []string
	Granular []string
}

// String names the scopes in words.
func (s Scopes) String() string {
	classic, granular := strings.Join(s.Classic, ", "), strings.Join(s.Granular, ", ")
	switch {
	case classic == "" && granular == "":
		return "no scope is needed"
	case classic == "" || granular == "":
		return classic + granular
	}
	return classic + ", or instead " + granular
}

// Kind is a kind of thing that a request can name.
type Kind string

// The kinds of names a request can carry.
const (
	KindIssue   Kind = "issue"   // an issue's key or id
	KindProject Kind = "project" // a project's key or id
	// KindProjectList is a list of projects that a fence fills in with its own:
	// the operation lists projects.
	KindProjectList Kind = "projects"
	KindJQL         Kind = "jql"    // a query, whose names are names as well
	KindFields      Kind = "fields" // issue fields, whose values can name projects, parents, versions …
	// KindNewFields are the fields of an issue to be created: its project must be
	// among them.
	KindNewFields Kind = "new fields"
	KindUsers     Kind = "users"  // a search for people
	KindValues    Kind = "values" // a field whose values of the whole site are answered
	KindSite      Kind = "site"   // a thing of the site, which belongs to no project
	// KindAttachment is an attachment's id, which says nothing of its issue.
	KindAttachment Kind = "attachment"
	KindLink       Kind = "link"      // a link's id, which says nothing of its issues
	KindPart       Kind = "part"      // a part of the issue that is named beside it
	KindComponent  Kind = "component" // a component's name or id, in queries
	KindVersion    Kind = "version"   // a version's id, or an address that ends with it
	KindBoard      Kind = "board"     // a board's id
	KindSprint     Kind = "sprint"    // a sprint's id
	KindTask       Kind = "task"      // a bulk operation's id
	KindUpdates    Kind = "updates"   // several issues to be, each with its fields
	KindBulkMove   Kind = "move"      // issues by the project and type they move to
)

// Naming says that an operation names something, and where: "path:NAME",
// "query:NAME" or "body:NAME".
type Naming struct {
	Kind Kind
	At   string
}

// Answer says what an operation's answer speaks about, and so how a fence
// around projects has to look at it.
type Answer string

// The kinds of answers.
const (
	AnswerSite        Answer = "site"        // the site or its user; nothing of a project
	AnswerNothing     Answer = "nothing"     // a write's receipt
	AnswerIssue       Answer = "issue"       // one issue
	AnswerIssues      Answer = "issues"      // a list of issues
	AnswerComments    Answer = "comments"    // comments of a named issue
	AnswerTransitions Answer = "transitions" // moves of a named issue
	AnswerMeta        Answer = "meta"        // screens of a named project or issue
	AnswerProjects    Answer = "projects"    // a list of projects
	AnswerUsers       Answer = "users"       // a list of people
	AnswerCount       Answer = "count"       // a number of issues
	AnswerFile        Answer = "file"        // an attachment's bytes
	AnswerParts       Answer = "parts"       // parts of a named issue: worklogs, watchers, changes, pages
	AnswerBoards      Answer = "boards"      // a list of boards
	AnswerTask        Answer = "task"        // a bulk operation's id
)

// Operation is one endpoint of Jira Cloud as data: what Atlassian's document
// says of it and what this program has to know before calling it. The tests
// hold every Operation against that document.
type Operation struct {
	ID       string   // operationId in Document
	Document Document // where it is described
	Method   string   // HTTP method
	Path     string   // path template, with {placeholders}
	Scopes   Scopes   // what a token with scopes needs
	// Repeatable: sending it twice does no harm.
	Repeatable bool
	// Receipt is the status of a success without a body, where it is not 204.
	SuccessStatus int
	Names         []Naming
	Answers       Answer
	// Identifies: the answer names the caller. It is how the client checks who it
	// is, and is not checked itself.
	Identifies bool
}

// Key identifies the operation: method and path.
func (o Operation) Key() string { return o.Method + " " + o.Path }

// Writes reports whether the operation changes something in Jira. Reads that
// travel as POST (search, bulk fetch) are Repeatable and do not write.
func (o Operation) Writes() bool { return o.Method != http.MethodGet && !o.Repeatable }

// Placeholders are the names in the path, in order.
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

// Resolve fills the path's placeholders in order. Every element is escaped;
// an empty element or a dot segment is refused, since both would name another
// resource than the caller meant.
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
		return "", fmt.Errorf("jira: %s: %d path elements given, %d needed", o.ID, len(args), used)
	}
	return b.String(), nil
}

// HasKind reports an operation that names things of a kind.
func (op Operation) HasKind(kind Kind) bool {
	return slices.ContainsFunc(op.Names, func(n Naming) bool { return n.Kind == kind })
}

// ReturnsProject reports an operation whose answer says where the issues are that it
// names: a list of issues, or the one that is read.
func (op Operation) ReturnsProject() bool {
	return !op.Writes() && (op.Answers == AnswerIssues || op.Answers == AnswerIssue)
}

// Keys lists operations as a tool declares them.
func Keys(ops ...Operation) []string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Key())
	}
	return out
}
