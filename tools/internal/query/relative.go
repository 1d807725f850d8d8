package query

import (
	"regexp"
	"sync"
)

// relativeDate matches the parts of a query whose meaning depends on the present
// moment: -7d, "2w", startOfDay(), now().
var relativeDate = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[\s=<>,("'])[-+]?\d+[mhdwy](?:$|[\s,)"'])|\b(?:startof|endof)(?:day|week|month|year)\s*\(|\b(?:now|currentlogin|lastlogin)\s*\(`)
})

// IsRelative reports whether a query has dates that depend on the present moment.
func IsRelative(jql string) bool { return relativeDate().MatchString(jql) }
