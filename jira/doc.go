// Package jira is Jira Cloud as Go: a [Client] with one method for each
// operation it uses, over one request path.
//
// What every call guarantees:
//
//   - path elements are escaped, dot segments refused;
//   - the credential goes to the configured site and to no other host;
//   - an answer is read up to 32 MiB, within a deadline, and cancelling the
//     context aborts the request on the wire;
//   - a failure is an [*Error] that carries Jira's words, when to try again
//     and what is known about the effect ([Outcome]);
//   - an empty answer or a 404 is believed only when the caller's identity is
//     known (see identity.go), since Jira Cloud answers some calls
//     anonymously when the credential is bad;
//   - nothing is sent twice.
//
// Endpoints are [Operation] values next to the methods that call them;
// [Operations] lists them all. The package knows nothing of MCP, of the
// environment or of flags.
package jira
