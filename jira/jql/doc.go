// Package jql reads and writes the query language of Jira Cloud.
//
// [Parse] turns a query into a tree with positions, [Query.String] prints the
// tree in canonical quoting, [Quote] makes a literal of any text. The grammar
// is the one of Atlassian's own front end (npm: @atlaskit/jql-parser); its
// verdicts and trees on some thousand queries are in testdata, so that this
// parser is not its own witness.
//
// The package is pure: it knows no site, no fields and no HTTP. Whether a
// field exists or takes an operator is for Jira to say.
package jql
