// Package jira is a client of Jira Cloud's REST API: a [Client] with one method
// for each operation that the program uses, over one request path.
//
// Every call guarantees:
//
//   - Path elements are escaped, and dot segments refused.
//   - The endpoint for the credential, which is the site or Atlassian's gateway, is
//     found with a request to /myself before the first real call (auth_locate.go,
//     auth_probe.go). The credential is sent to that endpoint and to no other host.
//   - If Jira stops accepting the credential, the client asks the credential's
//     source for another and repeats a call that had no effect. A credential whose
//     rejection was confirmed is not tried again for 30 s (auth_refresh.go).
//   - An answer is read up to 32 MiB, within a deadline. Cancelling the context
//     aborts the request on the wire.
//   - The client waits for Jira's rate limits, and repeats a read whose answer
//     was lost (retry.go). It sends a write once, unless Jira refused it, and
//     net/http repeats none by itself (transport.go).
//   - A failure is an [*Error] with Jira's own messages, the time to wait
//     before another try, and what is known about the effect ([Outcome]).
//   - An empty answer and the statuses 400, 403 and 404 are trusted only if the
//     identity of the caller is known (auth_identity.go): with a bad
//     credential, Jira Cloud answers some calls anonymously.
//   - Connections to other hosts, which may serve the content of files, go to
//     public addresses only (dial.go).
//   - A client with a fence passes every request and answer through it
//     (fence_gate.go, package jira/fence).
//
// Each endpoint is an [operation.Operation] value (OpGetIssue) next to the
// method that calls it ([Client.GetIssue]); [Operations] lists them all. The
// request path calls two methods of an answer's type: missingField returns the
// name of a member that Jira's answers always have, if the answer lacks it,
// since then something other than Jira may have answered; isEmpty reports
// whether the answer says that there is nothing.
//
// The package knows nothing of MCP, environment variables or flags. Read client.go
// for the request path, then issues.go and search.go for typical operations.
package jira
