// Package adf turns Markdown into Atlassian Document Format and back. ADF is
// the JSON tree in which Jira Cloud keeps rich text (its schema:
// npm @atlaskit/adf-schema).
//
// Markdown is CommonMark with GFM's tables, strikethrough and autolinks. What
// it has in common with ADF goes both ways: paragraphs, headings, lists, code,
// links, emphasis, quotes, tables, rules, hard breaks, mentions. What Markdown
// lacks (panels, expands, status, dates, media …) is shown in a readable form.
// Text is never lost, in either direction.
//
// [FromMarkdown] always makes a document that the schema accepts. Where
// Markdown nests what ADF forbids (a heading or a table in a list item, a
// quote in a quote), it restructures and keeps the text.
//
// The package is pure: it knows no Jira and no HTTP.
package adf
