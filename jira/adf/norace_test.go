//go:build !race

package adf_test

// slower is how much longer things may take.
const slower = 1
