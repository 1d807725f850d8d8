package names

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// Equal reports whether the value that Jira stored is the value that was sent.
// Jira's form carries much more than the sent one, so Equal compares only the
// members that identify a value (id, account id, key, text). Of rich text it
// compares the text, the nodes and the marks. Two lists are equal if they have
// the same items in any order.
//
// For example, the sent {"id": "3"} equals the stored {"id": "3", "name":
// "High"}.
func Equal(sent any, held json.RawMessage) bool {
	data, err := json.Marshal(sent)
	if err != nil {
		return false
	}
	return equalJSON(data, held)
}

// ListContains reports whether a list that Jira stored contains an item that
// was sent.
func ListContains(held json.RawMessage, item any) bool {
	data, err := json.Marshal(item)
	if err != nil {
		return false
	}
	var have []json.RawMessage
	_ = json.Unmarshal(held, &have) // anything but a list contains nothing
	return slices.ContainsFunc(have, func(h json.RawMessage) bool { return equalJSON(data, h) })
}

// equalJSON compares a sent value with the stored one by the form of the sent
// one:
//
//  1. A list needs a stored list of the same length with an item for each sent
//     one. An empty list equals null.
//  2. A rich text is compared by its canonical text. Of any other object, each
//     sent member has to equal the stored one; further stored members do not
//     matter, except for the child of a cascading option.
//  3. A scalar is compared by its display form, or as a moment. A number also
//     equals a list of sprints that contains the sprint with that id.
func equalJSON(sent, held json.RawMessage) bool {
	var list []json.RawMessage
	if json.Unmarshal(sent, &list) == nil && string(sent) != "null" {
		var have []json.RawMessage
		if json.Unmarshal(held, &have) != nil || len(have) != len(list) {
			return len(list) == 0 && isNull(held)
		}
		for _, want := range list {
			at := slices.IndexFunc(have, func(h json.RawMessage) bool { return equalJSON(want, h) })
			if at < 0 {
				return false
			}
			have = slices.Delete(have, at, at+1) // each stored item stands for one sent item
		}
		return true
	}
	var want, have map[string]any
	if json.Unmarshal(sent, &want) == nil && want != nil {
		if want["type"] == "doc" {
			return equalRichText(sent, held)
		}
		if json.Unmarshal(held, &have) != nil {
			return false
		}
		for key, v := range want {
			if !equalMember(key, v, have) {
				return false
			}
		}
		_, hasChild := have["child"].(map[string]any)
		return !hasChild || want["child"] != nil
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
	a, b := strings.TrimSpace(Format(sent)), strings.TrimSpace(Format(held))
	return a == b || equalTime(a, b) || identifies(a, held)
}

// identifies reports whether a text is one of the members by which an object is
// written, such as a team by its id and a language by its code.
func identifies(text string, object json.RawMessage) bool {
	var held map[string]json.RawMessage
	if text == "" || json.Unmarshal(object, &held) != nil {
		return false
	}
	for _, key := range []string{"id", "key", "value", "name", "accountId", "groupId", "languageCode", "objectId"} {
		if value := held[key]; len(value) > 0 && value[0] != '{' && value[0] != '[' && strings.EqualFold(Format(value), text) {
			return true
		}
	}
	var request struct {
		Type struct {
			ID string `json:"id"`
		} `json:"requestType"`
	}
	return json.Unmarshal(object, &request) == nil && request.Type.ID == text
}

// HasOtherID reports whether a value that was sent by its id, such as a team, is
// stored as an object with another id of the same form: it is then certain that
// Jira did not keep it.
func HasOtherID(sent any, held json.RawMessage) bool {
	id, ok := sent.(string)
	var stored struct{ ID string }
	return ok && json.Unmarshal(held, &stored) == nil && isTeamID(id) && isTeamID(stored.ID) && !strings.EqualFold(id, stored.ID)
}

// equalMember compares one member of a sent object with the stored object.
func equalMember(key string, v any, have map[string]any) bool {
	switch v := v.(type) {
	case map[string]any: // the child of a cascading option, or the end of a link
		data, _ := json.Marshal(v)
		other, _ := json.Marshal(have[key])
		return equalJSON(data, other)
	case string:
		switch key {
		case "originalEstimate", "remainingEstimate": // sent in minutes, stored in seconds too
			held, ok := have[key+"Seconds"].(float64)
			return ok && v == FormatMinutes(int64(held))
		case "accountId":
			return v == automaticAssignee || strings.EqualFold(v, asText(have[key])) // the automatic assignee can be anybody
		}
		return strings.EqualFold(v, asText(have[key]))
	}
	return false
}

// equalTime reports whether two texts are the same moment in Jira's layout.
// They may have different offsets, because Jira displays moments in the user's
// zone.
func equalTime(a, b string) bool {
	x, errX := time.Parse(jira.TimeLayout, a)
	y, errY := time.Parse(jira.TimeLayout, b)
	return errX == nil && errY == nil && x.Equal(y)
}

// isNull reports whether a value is absent or null.
func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// asText returns a string value, or "" for any other.
func asText(v any) string {
	s, _ := v.(string)
	return s
}

// equalRichText reports whether two rich texts have the same canonical text. A
// text that cannot be read equals nothing.
func equalRichText(a, b json.RawMessage) bool {
	x, errX := adf.Decode(a)
	y, errY := adf.Decode(b)
	if errX != nil || errY != nil {
		return false
	}
	return canonicalText(x) == canonicalText(y)
}

// canonicalText returns a document as text with its nodes and the kinds of its
// marks, in which two documents can be compared. It leaves out what Jira may
// change on saving: white space is folded, and attributes such as local ids are
// omitted. Neighbouring text nodes with the same marks are joined. A paragraph
// "hi" gives <doc > <paragraph > <text > hi </> </>.
func canonicalText(n *adf.Node) string {
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
