package jql_test

import (
	"errors"
	"fmt"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// Whatever the text contains, the result finds issues of PAY only.
func ExampleQuery_Confine() {
	q, err := jql.Parse(`status = Done OR assignee = currentUser() ORDER BY updated DESC`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Confine([]string{"PAY"}))
	// Output:
	// project IN ("PAY") AND (status = Done OR assignee = currentUser()) ORDER BY updated DESC
}

// An error says where the query is wrong.
func ExampleParse_error() {
	_, err := jql.Parse(`project = PAY AND status = `)
	var bad *jql.Error
	fmt.Println(errors.As(err, &bad))
	fmt.Println(err)
	// Output:
	// true
	// JQL, character 28: the query ends where a value, a function or EMPTY was expected
}

func ExampleQuote() {
	fmt.Println("summary ~ " + jql.Quote(`He said "no"`))
	// Output: summary ~ "He said \"no\""
}
