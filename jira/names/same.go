package names

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// Same reports whether what Jira holds is what was sent. It compares what
// identifies a value (id, account id, key, text), since Jira's own form of it
// carries much more; of a rich text the text, the nodes and the marks. A list is
// the same when neither side has more.
func Same(sent any, held json.RawMessage) bool {
	data, err := json.Marshal(sent)
	if err != nil {
		return false
	}
	return sameJSON(data, held)
}

// Has reports whether a list that Jira holds has an item that was sent.
func Has(held json.RawMessage, item any) bool {
	data, err := json.Marshal(item)
	if err != nil {
		return false
	}
	var have []json.RawMessage
	_ = json.Unmarshal(held, &have) // no list has nothing
	return slices.ContainsFunc(have, func(h json.RawMessage) bool { return sameJSON(data, h) })
}

func sameJSON(sent, held json.RawMessage) bool {
	var list []json.RawMessage
	if json.Unmarshal(sent, &list) == nil && string(sent) != "null" {
		var have []json.RawMessage
		if json.Unmarshal(held, &have) != nil || len(have) != len(list) {
			return len(list) == 0 && isNull(held)
		}
		for _, want := range list {
			found := false
			for _, h := range have {
				found = found || sameJSON(want, h)
			}
			if !found {
				return false
			}
		}
		return true
	}
	var want, have map[string]any
	if json.Unmarshal(sent, &want) == nil && want != nil {
		if want["type"] == "doc" {
			return sameText(sent, held)
		}
		if json.Unmarshal(held, &have) != nil {
			return false
		}
		for key, v := range want {
			if !samePart(key, v, have) {
				return false
			}
		}
		return true
	}
	// A sprint is sent as a number and read as a list of sprints.
	var sprints []struct {
		ID json.Number `json:"id"`
	}
	if json.Unmarshal(held, &sprints) == nil && len(sprints) > 0 {
		for _, s := range sprints {
			if s.ID.String() == string(sent) {
				return true
			}
		}
		return false
	}
	a, b := strings.TrimSpace(Show(sent)), strings.TrimSpace(Show(held))
	return a == b || sameMoment(a, b)
}

// samePart compares one member of an object that was sent with what Jira holds of
// the object.
func samePart(key string, v any, have map[string]any) bool {
	switch v := v.(type) {
	case map[string]any: // below an option, at the end of a link
		data, _ := json.Marshal(v)
		other, _ := json.Marshal(have[key])
		return sameJSON(data, other)
	case string:
		switch key {
		case "originalEstimate", "remainingEstimate": // in minutes
			held, ok := have[key+"Seconds"].(float64)
			return ok && v == Minutes(int64(held))
		case "accountId":
			return v == automatic || strings.EqualFold(v, asText(have[key])) // automatic: whoever that is
		}
		return strings.EqualFold(v, asText(have[key]))
	}
	return false
}

// sameMoment compares moments as such: Jira shows them in the user's zone.
func sameMoment(a, b string) bool {
	const jiraTime = "2006-01-02T15:04:05.000-0700"
	x, errX := time.Parse(jiraTime, a)
	y, errY := time.Parse(jiraTime, b)
	return errX == nil && errY == nil && x.Equal(y)
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func asText(v any) string {
	s, _ := v.(string)
	return s
}

func sameText(a, b json.RawMessage) bool {
	x, errX := adf.Decode(a)
	y, errY := adf.Decode(b)
	if errX != nil || errY != nil {
		return false
	}
	return formOf(x) == formOf(y)
}

// formOf is a document's text with its nodes and the kinds of its marks. White
// space is folded, and local ids and the like are left out: Jira may change
// those.
func formOf(n *adf.Node) string {
	var b strings.Builder
	var write func(n *adf.Node)
	last := ""
	write = func(n *adf.Node) {
		var marks []string
		for _, m := range n.Marks {
			marks = append(marks, m.Type)
		}
		slices.Sort(marks)
		if kind := n.Type + " " + strings.Join(marks, " "); n.Type != "text" || kind != last {
			b.WriteString(" <" + kind + "> ")
			last = kind
		}
		b.WriteString(n.Text)
		for _, c := range n.Content {
			write(c)
		}
		if n.Type != "text" {
			b.WriteString(" </> ")
			last = ""
		}
	}
	write(n)
	return strings.Join(strings.Fields(b.String()), " ")
}
