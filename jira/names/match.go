package names

import (
	"slices"
	"strings"
)

// Match returns the items of a list that a name or an id refers to: those with
// that name, or, if no item has the name, the one with that id. Names come first
// over the whole list, because people give names, and a name can look like the id
// of another item: an option called 10 beside one with the id 10.
//
// Of several items, those in exactly that spelling are meant, then those that
// differ in case only, then those that differ in accents as well ([Fold]).
func Match[T any](list []T, given string, name, id func(T) string) []T {
	return MatchNames(list, given, func(item T) []string { return []string{name(item)} }, id)
}

// MatchNames is [Match] for items with several names. A name of any item counts
// before the further names of all: on a site in German, "Done" is the status of
// that name, and only if there is none, that whose original name it is.
func MatchNames[T any](list []T, given string, names func(T) []string, id func(T) string) []T {
	given = strings.TrimSpace(given)
	named := unique(matchSpelling(list, given, names), id)
	spelt := slices.DeleteFunc(slices.Clone(named), func(item T) bool {
		return !slices.ContainsFunc(names(item), func(own string) bool { return strings.TrimSpace(own) == given })
	})
	switch {
	case len(spelt) == 1:
		return spelt
	case len(named) > 0:
		return named
	}
	for _, item := range list {
		if given != "" && id(item) == given {
			return []T{item}
		}
	}
	return nil
}

// matchSpelling is [MatchNames] without ids, and without preferring one case of
// letters: fields can differ in nothing else.
func matchSpelling[T any](list []T, given string, names func(T) []string) []T {
	// Answers show a vertical bar in a name escaped.
	if given = strings.ReplaceAll(strings.TrimSpace(given), `\|`, "|"); given == "" {
		return nil
	}
	folded := Fold(given)
	same := []func(own string) bool{
		func(own string) bool { return strings.EqualFold(own, given) },
		func(own string) bool { return Fold(own) == folded },
	}
	rank := 0
	for more := true; more; rank++ {
		more = false
		for _, fits := range same {
			var found []T
			for _, item := range list {
				own := names(item)
				more = more || len(own) > rank+1
				if len(own) > rank && own[rank] != "" && fits(strings.TrimSpace(own[rank])) {
					found = append(found, item)
				}
			}
			if len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

// SplitNames splits a list of names that is a JSON array or
// comma-separated text. A name may contain commas if it is known: the whole
// text is compared with the known names first, and then the longest names from
// the left. With the known names "Ops: build, test and release" and "Web",
//
//	Web, Ops: build, test and release
//
// is two names. Blanks and empty items are removed.
func SplitNames(text string, known []string) []string {
	parts := SplitList(text)
	if len(parts) < 2 || isJSON(text) {
		return parts
	}
	return slices.DeleteFunc(mergeNames(strings.Split(text, ","), known, false), func(name string) bool { return name == "" })
}

// MergeNames joins neighbouring parts of a list that are a known name together,
// the longest names from the left first: a client can split a text at its commas
// before anybody knows which names there are. Parts that are all known names by
// themselves stay apart. The parts are trimmed.
func MergeNames(parts, known []string) []string { return mergeNames(parts, known, true) }

// mergeNames joins neighbouring parts. With keepKnown, those that are known
// names by themselves stay apart.
func mergeNames(parts, known []string, keepKnown bool) []string {
	isOwn := map[string]bool{}
	for _, name := range known {
		isOwn[withoutBlanks(strings.TrimSpace(name))] = keepKnown
	}
	isKnown := map[string]bool{}
	for _, name := range known {
		if strings.Contains(name, ",") {
			isKnown[withoutBlanks(name)] = true
		}
	}
	var out []string
	for at := 0; at < len(parts); {
		name, next := strings.TrimSpace(parts[at]), at+1
		for end := len(parts); end > at+1 && len(isKnown) > 0; end-- {
			apart := !slices.ContainsFunc(parts[at:end], func(part string) bool { return !isOwn[withoutBlanks(part)] })
			if joined := strings.Join(parts[at:end], ", "); isKnown[withoutBlanks(joined)] && !apart {
				name, next = joined, end
				break
			}
		}
		out = append(out, nameOf(known, name))
		at = next
	}
	return out
}

// withoutBlanks returns a name in lower case without blanks around its commas.
func withoutBlanks(name string) string {
	parts := strings.Split(strings.ToLower(name), ",")
	for n := range parts {
		parts[n] = strings.TrimSpace(parts[n])
	}
	return strings.Join(parts, ",")
}

// nameOf returns the known name that differs from a name only in the blanks
// around its commas, or the name itself.
func nameOf(known []string, name string) string {
	if strings.Contains(name, ",") {
		same := slices.DeleteFunc(slices.Clone(known), func(one string) bool { return withoutBlanks(one) != withoutBlanks(name) })
		for _, one := range same { // the spelling decides between names that differ in case only
			if strings.Join(strings.Fields(one), " ") == strings.Join(strings.Fields(name), " ") {
				return strings.TrimSpace(one)
			}
		}
		if len(same) > 0 {
			return strings.TrimSpace(same[0])
		}
	}
	return name
}
