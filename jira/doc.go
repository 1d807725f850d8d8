// Package jira is a client of Jira Cloud's REST API: a [Client] with one method
// for each operation that the program uses, over one request path.
//
//	client, err := jira.New(jira.Options{
//		Base:       &url.URL{Scheme: "https", Host: "example.atlassian.net"},
//		Credential: credential.Static{Email: "ana@example.com", Token: credential.NewSecret(token)},
//		Auth:       jira.AuthAuto,    // find out which kind of token it is
//		MaxWait:    15 * time.Second, // wait for rate limits, repeat lost reads
//	})
//	…
//	search := jira.Search{JQL: "project = PAY", Fields: []string{"summary"}}
//	for issue, err := range client.SearchIssues(ctx, search) {
//		…
//	}
//	if _, err := client.AddComment(ctx, "PAY-1", jira.NewComment{Body: body}); err != nil {
//		switch jira.OutcomeOf(err) {
//		case jira.NotSent, jira.Refused: // no comment was added
//		case jira.Unknown: // perhaps: look before sending it again
//		case jira.Done: // it was added, but the answer is lost
//		}
//	}
//
// # Guarantees
//
// Every call guarantees:
//
//   - Path elements are escaped, and dot segments refused.
//   - The client finds the endpoint for the credential, which is the site or
//     Atlassian's gateway, with requests to /myself before the first real call.
//     It sends the credential to no other host.
//   - If Jira no longer accepts the credential, the client asks the credential's
//     source for another and repeats the call. It does not try a credential
//     again for 30 s after its rejection was confirmed.
//   - An answer is read up to 32 MiB, within a deadline. Cancelling the context
//     aborts the request on the wire.
//   - The client waits for Jira's rate limits, and repeats a read whose answer
//     was lost. It sends a write again only after Jira refused it without effect
//     (429, or a rejected credential).
//   - A failure is an [*Error] with Jira's own messages, the time to wait
//     before another try, and what is known about the effect ([Outcome]).
//   - An empty answer and the statuses 400, 403 and 404 are believed only if the
//     identity of the caller is known: with a bad credential, Jira Cloud answers
//     some calls anonymously, which looks as if there were no such issues.
//   - Connections to other hosts, which may serve the content of files, go to
//     public addresses only.
//   - A client with a fence passes every request and answer through it (package
//     jira/fence).
//
// Each endpoint of Jira is an [operation.Operation] value (OpGetIssue) next to
// the method that calls it ([Client.GetIssue]); [Operations] lists them all. The
// table in answer_rules.go has the members that Jira's answers always have: without
// them, something other than Jira may have answered. The type of an answer can
// have a method isEmpty, which reports whether the answer says that there is
// nothing.
//
// # Reading order
//
//  1. client.go: [Options], [Client] and do, which every operation passes.
//  2. issues.go, search.go: typical operations; page.go: sequences of pages.
//  3. exchange.go: one request and its answer; response.go, errors.go and
//     errors_network.go: from an answer to a value or an [Error].
//  4. retry.go: what is sent again, and when.
//  5. transport.go: redirects, and which host gets the credential; dial.go:
//     connections, proxies and private addresses.
//  6. auth_locate.go, auth_probe.go: the endpoint for a credential;
//     auth_refresh.go: its replacement; auth_identity.go: anonymous answers.
//  7. context.go: what the requests of one tool call share ([WithCall]).
//  8. fence_gate.go, fence_lookup.go: the client's part of the fence.
//
// reconcile.go makes searches see the client's own writes, and siteinfo.go asks
// a site without a credential. The other files contain one group of operations
// each. The package knows nothing of MCP, environment variables or flags.
package jira
