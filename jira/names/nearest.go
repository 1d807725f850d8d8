package names

import (
	"strings"
)

// Nearest returns the name closest to the given one, or "" if none is close: at
// most a third of the given letters may differ. Longer texts than 64 bytes are
// ignored, because the comparison takes quadratic time.
func Nearest(given string, names []string) string {
	given = strings.ToLower(given)
	if given == "" || len(given) > 64 {
		return ""
	}
	best, limit := "", len([]rune(given))/3+1
	for _, name := range names {
		lower := strings.ToLower(name)
		if len(lower) > 64 {
			continue
		}
		if d := Distance(given, lower); d < limit {
			best, limit = name, d
		}
	}
	return best
}

// Distance returns the Levenshtein distance of two texts: the number of
// letters to change, insert or remove. It keeps one row of the usual table, in
// which row[j] is the distance of the read part of a to the first j letters of
// b; diagonal is the value that row[j] had for the previous letter of a. For
// "storys" and "story" the distance is 1.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
