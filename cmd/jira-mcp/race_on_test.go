//go:build race

package main

// isRace reports whether the race detector is on, with which times mean nothing.
const isRace = true
