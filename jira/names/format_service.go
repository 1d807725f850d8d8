package names

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"
)

// formatServiceObject formats the objects of Jira Service Management and of
// teams, which have no label at their top level or need more than it. It is
// called for each member, like formatSpecial, and returns "" for other objects.
func formatServiceObject(key string, whole json.RawMessage) string {
	switch key {
	case "requestType": // a customer request: its type and its status for the customer
		var request struct {
			Type struct {
				Name string `json:"name"`
			} `json:"requestType"`
			Status struct {
				Status string `json:"status"`
			} `json:"currentStatus"`
		}
		if jsonv2.Unmarshal(whole, &request, lenient) == nil && request.Type.Name != "" {
			if request.Status.Status == "" {
				return request.Type.Name
			}
			return request.Type.Name + " (" + request.Status.Status + ")"
		}
	case "ongoingCycle", "completedCycles":
		return formatSLA(whole)
	case "isVisible", "isShared", "isVerified": // a team, which is written by its id
		var team struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		}
		if jsonv2.Unmarshal(whole, &team, lenient) == nil && team.Name != "" && isUUID(team.ID) {
			return team.Name + " (" + team.ID + ")"
		}
	case "objectId": // an object of Assets, which is written by these members
		var asset struct {
			ID    string `json:"id"`
			Label string `json:"label"`
			Key   string `json:"objectKey"`
		}
		if jsonv2.Unmarshal(whole, &asset, lenient) == nil && asset.ID != "" {
			return strings.Join(strings.Fields(asset.Label+" "+asset.Key+" ("+asset.ID+")"), " ")
		}
	}
	return ""
}

// slaCycle is one run of a service level agreement.
type slaCycle struct {
	Breached  bool        `json:"breached"`
	Paused    bool        `json:"paused"`
	Goal      slaDuration `json:"goalDuration"`
	Elapsed   slaDuration `json:"elapsedTime"`
	Remaining slaDuration `json:"remainingTime"`
	Due       struct {
		ISO string `json:"iso8601"`
	} `json:"breachTime"`
}

// slaDuration is a duration in Jira's words, such as 2h 30m.
type slaDuration struct {
	Friendly string `json:"friendly"`
}

// formatSLA formats a service level agreement: the ongoing cycle, otherwise the
// last completed one.
func formatSLA(whole json.RawMessage) string {
	var sla struct {
		Ongoing   *slaCycle  `json:"ongoingCycle"`
		Completed []slaCycle `json:"completedCycles"`
	}
	if jsonv2.Unmarshal(whole, &sla, lenient) != nil {
		return ""
	}
	if c := sla.Ongoing; c != nil {
		state := "running"
		switch {
		case c.Breached:
			state = "breached"
		case c.Paused:
			state = "paused"
		}
		text := state + ", " + c.Remaining.Friendly + " remaining of " + c.Goal.Friendly
		if c.Due.ISO != "" {
			text += ", due " + c.Due.ISO
		}
		return text
	}
	if n := len(sla.Completed); n > 0 {
		c := sla.Completed[n-1]
		state := "met"
		if c.Breached {
			state = "breached"
		}
		return state + " after " + c.Elapsed.Friendly + " of " + c.Goal.Friendly
	}
	return "not started"
}

// uuid matches a UUID in its usual form.
var uuid = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
})

// isUUID reports whether a text is a UUID, as the id of a team is.
func isUUID(s string) bool { return uuid().MatchString(s) }
