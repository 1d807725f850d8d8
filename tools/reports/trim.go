package reports

import "github.com/seed-7d826362/jira-mcp/tools/kit"

// keepFirst shortens a list at its end, to as many items as fit and at least
// least. It reports whether the list was longer than that.
func keepFirst[T any](room *kit.Room, list *[]T, least int) bool {
	all := *list
	if len(all) <= least {
		return false
	}
	room.Keep(least, len(all)-1, func(n int) { *list = all[:n] })
	return true
}

// issuesQuery returns the line of an answer that names the query for the issues
// behind a list that was cut; "" if none was.
func issuesQuery(isCut bool, query string) string {
	if !isCut {
		return ""
	}
	return "\nAll of them, by JQL: " + query
}

// keepLast is keepFirst for a list that is shortened at its beginning.
func keepLast[T any](room *kit.Room, list *[]T, least int) bool {
	all := *list
	if len(all) <= least {
		return false
	}
	room.Keep(least, len(all)-1, func(n int) { *list = all[len(all)-n:] })
	return true
}
