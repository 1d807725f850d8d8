package jira_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// startSite starts a sandbox, which speaks Jira's protocol on the loopback
// interface, and returns it with its address and a function that stops it.
func startSite() (*sandbox.Sandbox, *url.URL, func()) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(site)
	base, err := url.Parse(server.URL)
	if err != nil {
		panic(err)
	}
	return site, base, server.Close
}

// A client needs the site's address and a credential. It finds out by itself
// whether the token works at the site or at Atlassian's gateway.
func ExampleNew() {
	_, base, stop := startSite() // base is https://example.atlassian.net for a real site
	defer stop()

	client, err := jira.New(jira.Options{
		Base:       base,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := client.Myself(context.Background())
	fmt.Println(me.DisplayName, err)
	// Output:
	// Ana Silva <nil>
}

// SearchIssues is an iterator over all pages.
func ExampleClient_SearchIssues() {
	_, base, stop := startSite()
	defer stop()
	client, err := jira.New(jira.Options{Base: base,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		fmt.Println(err)
		return
	}

	search := jira.Search{JQL: "project = PAY AND key <= PAY-2 ORDER BY key", Fields: []string{"summary"}}
	for issue, err := range client.SearchIssues(context.Background(), search) {
		if err != nil {
			fmt.Println(err)
			return
		}
		summary, _ := jira.Value[string](issue.Fields, "summary")
		fmt.Println(issue.Key, summary)
	}
	// Output:
	// PAY-1 Card payments fail with 3-D Secure timeout after redirect
	// PAY-2 Saved cards at checkout
}

// The outcome of an error says whether Jira may have done the request, which
// decides whether a write can be repeated.
func ExampleOutcomeOf() {
	site, base, stop := startSite()
	defer stop()
	client, err := jira.New(jira.Options{Base: base,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	_, err = client.GetIssue(ctx, "PAY-99999", nil, nil)
	fmt.Println(jira.OutcomeOf(err) == jira.Refused, err)

	// The server waits only as long as the call allows.
	site.Throttle(1, time.Hour, "jira-quota-global-based")
	_, err = client.GetIssue(ctx, "PAY-1", nil, nil)
	var refused *jira.Error
	if errors.As(err, &refused) {
		fmt.Println(jira.OutcomeOf(err) == jira.Refused, refused.Status, refused.RetryAfter)
	}
	// Output:
	// true Jira answered 404: Issue does not exist or you do not have permission to see it.
	// true 429 1h0m0s
}
