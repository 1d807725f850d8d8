package jql_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

func TestQuoteReserved(t *testing.T) {
	for src, want := range map[string]string{
		`project = IF AND text ~ "x"`:      `project = "IF" AND text ~ "x"`,
		"project in (IN, PAY, DO)":         `project in ("IN", PAY, "DO")`,
		"project != if":                    `project != "if"`,
		"project = PAY":                    "project = PAY",
		"resolution = EMPTY":               "resolution = EMPTY",
		"status = In Progress":             "status = In Progress", // quotes do not make it valid
		"assignee = and priority = High":   "assignee = and priority = High",
		"project = order by created":       "project = order by created",
		"project =":                        "project =",
		"if = 1":                           "if = 1",
		`project = PAY AND (summary ~ "a"`: `project = PAY AND (summary ~ "a"`,
		"":                                 "",
	} {
		if got := jql.QuoteReserved(src); got != want {
			t.Errorf("%s becomes %s", src, got)
		}
	}
}
