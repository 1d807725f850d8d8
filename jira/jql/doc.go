// Package jql parses and prints JQL, the query language of Jira Cloud.
//
// [Parse] turns a query into a tree with positions, [Query.String] prints a
// tree in canonical quoting, and [Quote] turns any text into a literal.
// [Query.Confine] restricts a query to projects in a way that no text in the
// query can undo:
//
//	q, _ := jql.Parse(`status = Done OR assignee = me`)
//	q.Confine([]string{"PAY"}).String()
//	// project IN ("PAY") AND (status = Done OR assignee = me)
//
// The grammar is that of Atlassian's own front end (npm: @atlaskit/jql-parser).
// The verdicts and trees of that parser for some thousand queries are in
// testdata, so that the tests compare with an independent source.
//
// Read ast.go for the tree, then token.go and parse.go for the way in, and
// print.go for the way out; confine.go and replace.go change trees.
//
// The package is pure: it knows no site, no fields and no HTTP. Only Jira can
// say whether a field exists or accepts an operator.
package jql
