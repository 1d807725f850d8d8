// Package jira is Jira Cloud as Go: a [Client] with one method for each
// operation it uses, over one request path.
//
// What every call guarantees:
//
//   - path elements are escaped, dot segments refused;
//   - the place that takes the credential, the site or Atlassian's gateway, is
//     found by asking /myself before the first real call (place.go), and the
//     credential goes to that place and to no other host;
//   - when Jira does not accept the credential any more, its source is asked
//     for another, and a call that did nothing is made with that; a
//     confirmed refusal rests for 30 s (refusal.go);
//   - an answer is read up to 32 MiB, within a deadline, and cancelling the
//     context aborts the request on the wire;
//   - Jira's rate limits are waited for, and a read is sent again where its
//     answer got lost (patience.go); a write is sent once, unless Jira refused
//     it, and net/http repeats none by itself (transport.go);
//   - a failure is an [*Error] that carries Jira's words, when to try again
//     and what is known about the effect ([Outcome]);
//   - an empty answer, a 404, a 400 and a 403 are believed only when the
//     caller's identity is known (identity.go), since Jira Cloud answers some
//     calls anonymously when the credential is bad;
//   - connections to other hosts, where a file's content may be, are made to
//     public addresses only (dial.go).
//
// Endpoints are [Operation] values next to the methods that call them;
// [Operations] lists them all. The package knows nothing of MCP, of the
// environment or of flags.
package jira
