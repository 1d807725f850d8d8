package kit_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// many is an input with several targets.
type many struct {
	Keys []string `json:"keys"`
	To   string   `json:"to,omitempty"`
}

func (m many) Describe() kit.Description { return kit.Description{Targets: m.Keys} }

// keys returns arguments with n targets.
func keys(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"K-%d"`, i))
	}
	return `{"keys":[` + strings.Join(list, ",") + `]}`
}

// TestBulkWritesAreConfirmed checks that calls with more than ten targets are
// confirmed in tools that can write to many, and that a code holds only once,
// for the same call, the same preview, five minutes and one process.
func TestBulkWritesAreConfirmed(t *testing.T) {
	now := time.Now()
	r := runner()
	r.Confirmer = kit.NewConfirmer(func() time.Time { return now })
	wrote, state := 0, "as it is"
	define := func(s kit.Spec) kit.Tool {
		return define(s, func(ctx context.Context, m many) (*out, error) {
			if kit.IsDryRun(ctx) {
				return &out{DryRunResult: kit.DryRunResult{DryRun: &kit.Preview{Summary: fmt.Sprintf("change %d of what is %s", len(m.Keys), state)}}}, nil
			}
			wrote++
			return &out{Text: "done"}, nil
		})
	}
	bulk := spec
	bulk.ManyTargets = true
	tool := define(bulk)
	if s := string(tool.InputSchema(nil)); !strings.Contains(s, `"confirm":`) || strings.Contains(string(define(spec).InputSchema(nil)), `"confirm":`) {
		t.Errorf("confirm is offered wrongly: %s", s)
	}
	if _, text := call(r, tool, keys(10)); text != "done" || wrote != 1 {
		t.Errorf("ten: %s", text)
	}
	code := func(args string) string {
		t.Helper()
		_, text := call(r, tool, args)
		m := regexp.MustCompile(`with confirm: (\S+)`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no code in %s", text)
		}
		return m[1]
	}
	with := func(args, code string) string { return strings.TrimSuffix(args, "}") + `,"confirm":"` + code + `"}` }
	first := code(keys(11))
	if wrote != 1 {
		t.Fatal("eleven are written without confirmation")
	}
	for name, args := range map[string]string{"others": with(keys(12), first), "more said": with(strings.TrimSuffix(keys(11), "}")+`,"to":"x"}`, first)} {
		if _, text := call(r, tool, args); wrote != 1 || !strings.Contains(text, "The confirm code is not valid") {
			t.Errorf("%s: %s", name, text)
		}
	}
	state = "something else"
	if _, text := call(r, tool, with(keys(11), first)); wrote != 1 || !strings.Contains(text, "something else") {
		t.Errorf("changed data: %s", text)
	}
	state = "as it is"
	if _, text := call(r, tool, with(keys(11), first)); wrote != 2 || text != "done" {
		t.Errorf("the code is used up by calls that it is not for: %s", text)
	}
	if _, text := call(r, tool, with(keys(11), first)); wrote != 2 || !strings.Contains(text, "The confirm code is not valid") {
		t.Errorf("a second time: %s", text)
	}
	late := code(keys(11))
	now = now.Add(kit.ConfirmationTTL)
	if _, text := call(r, tool, with(keys(11), late)); wrote != 2 || !strings.Contains(text, "The confirm code is not valid") {
		t.Errorf("late: %s", text)
	}
	other := runner()
	other.Confirmer = kit.NewConfirmer(func() time.Time { return now })
	if _, text := call(other, tool, with(keys(11), code(keys(11)))); wrote != 2 || !strings.Contains(text, "The confirm code is not valid") {
		t.Errorf("another process's: %s", text)
	}
}

// TestWriteToolNeedsDryRunResult checks that Define panics if the
// output of a tool that writes does not embed DryRunResult.
func TestWriteToolNeedsDryRunResult(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	define(spec, func(context.Context, in) (*outputWithoutDryRun, error) { return &outputWithoutDryRun{}, nil })
}

// outputWithoutDryRun is an output that does not embed DryRunResult.
type outputWithoutDryRun struct {
	Text string `json:"text"`
}

func (b *outputWithoutDryRun) Markdown(m kit.Mark) string { return b.Text }

// changed is an error of a call that changed something.
type changed struct{ error }

func (changed) NothingDone() bool { return false }

func (e changed) Unwrap() error { return e.error }

// TestConfirmationHoldsAgain checks after which errors a redeemed code holds
// again: only if every part of the error says that nothing was changed.
func TestConfirmationHoldsAgain(t *testing.T) {
	untouched, refused := kit.NothingChanged("no such status"), errors.New("refused")
	for _, c := range []struct {
		name  string
		err   error
		holds bool
	}{
		{"untouched", untouched, true},
		{"wrapped", fmt.Errorf("K-1: %w", untouched), true},
		{"all untouched", errors.Join(untouched, fmt.Errorf("K-2: %w", untouched)), true},
		{"not known", refused, false},
		{"one is not known", errors.Join(untouched, refused), false},
		{"the last one was changed", errors.Join(untouched, changed{refused}), false},
		{"changed, then untouched", changed{untouched}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runner()
			r.Confirmer = kit.NewConfirmer(time.Now)
			bulk := spec
			bulk.ManyTargets = true
			runs := 0
			tool := define(bulk, func(ctx context.Context, _ many) (*out, error) {
				if kit.IsDryRun(ctx) {
					return &out{DryRunResult: kit.DryRunResult{DryRun: &kit.Preview{Summary: "change them"}}}, nil
				}
				runs++
				return nil, c.err
			})
			_, text := call(r, tool, keys(11))
			code := regexp.MustCompile(`with confirm: (\S+)`).FindStringSubmatch(text)
			if code == nil {
				t.Fatal(text)
			}
			args := strings.TrimSuffix(keys(11), "}") + `,"confirm":"` + code[1] + `"}`
			call(r, tool, args)
			call(r, tool, args)
			if holds := runs == 2; holds != c.holds {
				t.Errorf("the tool ran %d times", runs)
			}
		})
	}
}
