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

// String prints a query in canonical quoting, whatever its spelling was.
func ExampleQuery_String() {
	q, err := jql.Parse(`status in (Done,"In Review") and (priority=High or not labels is empty) order by updated desc`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q)
	// Output:
	// status IN (Done, "In Review") AND (priority = High OR NOT labels IS EMPTY) ORDER BY updated DESC
}

// Walk visits every comparison of a query, however deep it is nested.
func ExampleQuery_Walk() {
	q, err := jql.Parse(`project = PAY AND (status CHANGED FROM Open OR NOT assignee IN (ana, currentUser()))`)
	if err != nil {
		fmt.Println(err)
		return
	}
	q.Walk(func(t *jql.Term) { fmt.Println(t.Pos(), t.Field.Name, t.Op) })
	// Output:
	// 0 project =
	// 19 status changed
	// 51 assignee in
}
