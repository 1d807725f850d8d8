package write_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

func TestEachGoesOnAfterAFailure(t *testing.T) {
	refused := errors.New("refused")
	var ran []string
	results, errs := write.Each(t.Context(), []string{"PAY-1", "PAY-2", "PAY-3"}, "editing",
		func(_ context.Context, key string) (*string, error) {
			ran = append(ran, key)
			if key == "PAY-2" {
				return nil, refused
			}
			done := key + " done"
			return &done, nil
		},
		func(key string, err error, uncertain bool) string {
			if uncertain {
				t.Errorf("%s: a refusal counts as uncertain", key)
			}
			return key + " " + err.Error()
		})
	if want := []string{"PAY-1", "PAY-2", "PAY-3"}; !cmp.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	if want := []string{"PAY-1 done", "PAY-2 refused", "PAY-3 done"}; !cmp.Equal(results, want) {
		t.Errorf("results %q, want %q", results, want)
	}
	if len(errs) != 1 || !errors.Is(errs[0], refused) {
		t.Errorf("errors %v, want the one of PAY-2", errs)
	}
}

// An answer lists its results; a call without issues has an empty list, not
// null.
func TestEachOfNothing(t *testing.T) {
	results, errs := write.Each[string](t.Context(), nil, "editing", nil, nil)
	if results == nil || len(results) != 0 || errs != nil {
		t.Errorf("got %#v and %v", results, errs)
	}
}

func TestJoinPreviews(t *testing.T) {
	got := write.JoinPreviews("edit", []write.IssuePreview{
		{Key: "PAY-1", Preview: &kit.Preview{Changes: []kit.Change{{Field: "Summary", Before: "a", After: "b"}}, Notes: []string{"the sprint is closed"}, MayNotify: []string{"Ada", "Bob"}}},
		{Key: "PAY-2", Failure: "PAY-2: not found"},
		{Key: "PAY-3", Preview: &kit.Preview{Changes: []kit.Change{{Field: "Summary", Before: "c", After: "b"}}, MayNotify: []string{"Bob", "Cyd"}}},
	})
	want := &kit.Preview{
		Summary:   "edit PAY-1, PAY-2, PAY-3",
		Changes:   []kit.Change{{Field: "PAY-1 Summary", Before: "a", After: "b"}, {Field: "PAY-3 Summary", Before: "c", After: "b"}},
		Notes:     []string{"PAY-1: the sprint is closed", "PAY-2: not found"},
		MayNotify: []string{"Ada", "Bob", "Cyd"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
