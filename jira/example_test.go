package jira_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// The site is the sandbox, which speaks Jira's protocol on the loopback
// interface.
func ExampleClient() {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(site)
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := jira.New(jira.Options{Base: base,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	for issue, err := range client.SearchIssues(ctx, jira.Search{JQL: "project = PAY AND key <= PAY-2 ORDER BY key", Fields: []string{"summary"}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s\n", issue.Key, issue.Fields["summary"])
	}

	_, err = client.GetIssue(ctx, "PAY-99999", nil, nil)
	fmt.Println(jira.OutcomeOf(err) == jira.Refused, err)
	// Output:
	// PAY-1 "Card payments fail with 3-D Secure timeout after redirect"
	// PAY-2 "Saved cards at checkout"
	// true Jira answered 404: Issue does not exist or you do not have permission to see it.
}
