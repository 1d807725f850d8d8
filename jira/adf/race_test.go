//go:build race

package adf_test

// slower is the factor by which tests may take longer under the race detector.
const slower = 10
