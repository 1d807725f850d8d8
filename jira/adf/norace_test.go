//go:build !race

package adf_test

// slower is the factor by which tests may take longer.
const slower = 1
