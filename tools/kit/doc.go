// Package kit turns an ordinary Go method into an MCP tool. It knows nothing of
// Jira.
//
// A tool is declared once, with [Define]: its description, its effect, and a
// method func(ctx, In) (Out, error) of a receiver that belongs to one user.
//
//	kit.Group(newReadTools, kit.Define(kit.Spec{Name: "jira_get_issue", …}, (*readTools).get))
//
// From that one declaration come the input and output schemas, the argument
// checks, the four MCP hints, the result as text and as structured content, and
// the points at which policy, audit, dry runs and confirmations act:
//
//   - unknown, missing or mistyped arguments are refused in plain words, all of
//     them at once; null counts as absent; "42" is accepted for 42;
//   - any error becomes a tool result that a model can act on: the error's own
//     text, followed by its Hint() if it has one;
//   - a panic becomes a tool result and a logged stack;
//   - text and structured content each stay within a budget;
//   - a tool that writes takes dry_run: its handler runs up to the point of
//     sending, and returns what it would have sent ([DryRunResult]);
//   - calls that cannot be undone, or that write to many targets, are
//     confirmed, by the person or with a code ([Confirmer]);
//   - all outgoing text passes one function ([Hooks.Clean]), every call one
//     audit hook.
//
// A mistake of the programmer (a type that the schema cannot express, a missing
// description) panics, in Define or when the schema is first built. A mistake
// of the caller is answered in the result.
//
// Read tool.go and define.go first, then schema.go and decode.go (structs,
// schemas and arguments), runner.go (the path of one call), confirm.go, and
// render.go, truncate.go and sanitize.go (from an output to a result).
package kit
