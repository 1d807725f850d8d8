package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// summary requests an issue as the sandbox's user and prints its summary, or
// the status and the Retry-After header of another answer.
func summary(site, key string) {
	req, err := http.NewRequest(http.MethodGet, site+"/rest/api/3/issue/"+key+"?fields=summary", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		fmt.Println(resp.Status, "Retry-After:", resp.Header.Get("Retry-After"))
		return
	}
	var issue struct{ Fields struct{ Summary string } }
	if err := json.NewDecoder(resp.Body).Decode(&issue); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issue.Fields.Summary)
}

// A site is an http.Handler. In a test, sandboxtest.Start does all of this in
// one line.
func ExampleNew() {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(site)
	defer server.Close()
	summary(server.URL, "PAY-1")
	// Output:
	// Card payments fail with 3-D Secure timeout after redirect
}

// Setup changes the site before the first request.
func ExampleOptions() {
	site, err := sandbox.New(sandbox.Options{
		Now:         func() time.Time { return time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC) },
		SearchDelay: -1, // search sees every write at once
		Setup:       func(s *store.Site) { s.Issue("PAY-1").Summary = "Umlauts: äöü" },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(site)
	defer server.Close()
	summary(server.URL, "PAY-1")
	// Output:
	// Umlauts: äöü
}

// Throttle makes a site refuse requests as Jira's rate limits do.
func ExampleSandbox_Throttle() {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(site)
	defer server.Close()
	site.Throttle(1, 7*time.Second, "jira-burst-based")
	summary(server.URL, "PAY-1")
	summary(server.URL, "PAY-1")
	// Output:
	// 429 Too Many Requests Retry-After: 7
	// Card payments fail with 3-D Secure timeout after redirect
}
