// Package kit turns an ordinary Go function into an MCP tool. It knows nothing
// of Jira.
//
// A tool is declared once, with [Define]: its words, its effect, and a
// function (ctx, In) (Out, error). From that one declaration come the input
// and output schemas, the argument checks, the four MCP hints, the result as
// text and as structured content, and the places where policy, audit, dry
// runs and confirmations take hold.
//
// What every tool gets:
//
//   - unknown, missing or mistyped arguments are refused in plain words, all
//     of them at once; null counts as absent; "42" is taken for 42;
//   - any error becomes a tool result that a model can act on: the error's own
//     words, and behind them its Hint() if it has one;
//   - a panic becomes a tool result and a logged stack;
//   - text and structured content each stay within a budget;
//   - a tool that writes takes dry_run: its handler runs up to the point of
//     sending, and shows what it would have sent ([DryRunResult]);
//   - a grave act is confirmed, by the person or with a code ([Confirmer]);
//   - everything that leaves passes one function ([Hooks.Clean]) and every
//     call one audit hook.
//
// A mistake of the programmer (a type the schema cannot say, a missing
// description) panics in Define, at start. A mistake of the caller is answered
// in the result.
package kit
