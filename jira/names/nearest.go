package names

import "strings"

// Nearest is the name closest to what was given, or "" when none is close.
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
		if d := distance(given, lower); d < limit {
			best, limit = name, d
		}
	}
	return best
}

// distance is the number of letters to change, insert or drop.
func distance(a, b string) int {
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
