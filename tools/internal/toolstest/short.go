package toolstest

import "testing"

// Sample returns the list, or every n-th element of it, beginning with the
// first, in a run with -short. The run with the race detector uses -short:
// tables of hundreds of calls would take minutes there and run the same code.
func Sample[T any](list []T, n int) []T {
	if !testing.Short() {
		return list
	}
	var out []T
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}

// SkipWhenShort skips a test in a run with -short. It is for tables that mean
// something only as a whole; see [Sample].
func SkipWhenShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a table of hundreds of calls; the run without -short has it")
	}
}
