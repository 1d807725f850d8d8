package search_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// textSite returns a site with issues that differ in their texts.
func textSite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) {
		i.Summary, i.Description, i.Environment = "Refund fails on full screen", text("The gateway answers a timeout."), text("Third floor, staging")
		i.Comments = []*store.Comment{{ID: "1", Author: ben, Body: text("Please see the screenshot")}, {ID: "2", Author: ana, Body: text("Retried with Zürich")}}
	})
	put(t, env, "PAY-2", func(i *store.Issue) { i.Summary, i.Description = "Screen stays dark", text("No refund yet") })
	put(t, env, "PAY-3", func(i *store.Issue) { i.Summary = "Plain" })
	return env
}

// TestText checks that ~ finds issues with all words of the operand, in any
// order and regardless of case, and that * stands for any end of a word
// (Atlassian support, "JQL operators" and "Search syntax for text fields").
func TestText(t *testing.T) {
	t.Parallel()
	expectFound(t, textSite(t), map[string]string{
		`summary ~ refund`: "PAY-1", `summary ~ REFUND`: "PAY-1", `summary ~ screen`: "PAY-1 PAY-2", `summary ~ "screen full"`: "PAY-1",
		`summary ~ "screen dark"`: "PAY-2", `summary ~ "refund dark"`: "", `summary ~ "ref*"`: "PAY-1",
		`summary ~ "\"full screen\""`: "PAY-1", `summary ~ gateway`: "", `description ~ gateway`: "PAY-1", `description ~ "timeout gateway"`: "PAY-1",
		`description ~ refund`: "PAY-2", `environment ~ staging`: "PAY-1",
		`comment ~ screenshot`: "PAY-1", `comment ~ zürich`: "PAY-1", `comment ~ gateway`: "", `comment ~ "please retried"`: "PAY-1",
		`text ~ refund`: "PAY-1 PAY-2", `text ~ screenshot`: "PAY-1", `text ~ "gateway screenshot"`: "PAY-1", `text ~ nothing`: "",
		`summary !~ screen`: "PAY-3", `summary !~ "screen dark"`: "PAY-1 PAY-3", `NOT summary ~ refund`: "PAY-2 PAY-3",
		`description IS EMPTY`: "PAY-3", `description IS NOT EMPTY`: "PAY-1 PAY-2", `environment IS EMPTY`: "PAY-2 PAY-3", `summary IS NOT EMPTY`: "PAY-1 PAY-2 PAY-3",
	})
}

// TestTextRefuses checks the operands that text searches do not take.
func TestTextRefuses(t *testing.T) {
	t.Parallel()
	expectErrors(t, textSite(t), map[string]string{
		`summary ~ "!"`: "text query '!' for field 'summary' is not allowed to start with character '!'", `text ~ "??"`: "is not allowed to start with character '?'",
		`summary ~ EMPTY`: "operator '~' needs a text for the field 'summary'", `description !~ currentUser()`: "operator '!~' needs a text",
	})
}
