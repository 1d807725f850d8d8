package names_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestHasOtherID checks when a stored object is certainly not the one that was
// sent.
func TestHasOtherID(t *testing.T) {
	t.Parallel()
	const one, other = "3f6d2a90-71c4-4e0b-8a55-1d90c2b7e6f1", "99999999-1111-4e0b-8a55-1d90c2b7e6f1"
	for _, c := range []struct {
		sent any
		held string
		want bool
	}{
		{one, `{"id":"` + other + `","name":"Other"}`, true},
		{one, `{"id":"` + one + `"}`, false},
		{one, `{"id":"7"}`, false},
		{one, `"` + other + `"`, false},
		{"12", `{"id":"13"}`, false},
		{nil, `{"id":"` + other + `"}`, false},
	} {
		if got := names.HasOtherID(c.sent, json.RawMessage(c.held)); got != c.want {
			t.Errorf("%v, %s: %v", c.sent, c.held, got)
		}
	}
}

// TestEqual checks that a value that was sent equals Jira's own form of it.
func TestEqual(t *testing.T) {
	t.Parallel()
	formatted := func(text, mark string) string {
		return `{"type":"doc","version":1,"content":[{"type":"paragraph","attrs":{"localId":"x"},"content":[{"type":"text","text":"pay "},{"type":"text","text":"` + text + `"` + mark + `}]}]}`
	}
	strong, em := `,"marks":[{"type":"strong"}]`, `,"marks":[{"type":"em"}]`
	for name, c := range map[string]struct {
		sent, held string
		want       bool
	}{
		"an id among other members":    {`{"id":"3"}`, `{"id":"3","name":"High","self":"https://x"}`, true},
		"another id":                   {`{"id":"3"}`, `{"id":"4","name":"High"}`, false},
		"a member that is not there":   {`{"id":"3"}`, `{"name":"High"}`, false},
		"an object and nothing":        {`{"id":"3"}`, `null`, false},
		"an object and a list":         {`{"id":"3"}`, `[{"id":"3"}]`, false},
		"a key in another case":        {`{"key":"pay-7"}`, `{"id":"1","key":"PAY-7"}`, true},
		"a number as a member":         {`{"id":3}`, `{"id":"3"}`, false},
		"lists in another order":       {`[{"id":"1"},{"id":"2"}]`, `[{"id":"2","name":"b"},{"id":"1","name":"a"}]`, true},
		"an item twice":                {`["a","a"]`, `["a","b"]`, false},
		"an item twice, stored so":     {`["a","a"]`, `["a","a"]`, true},
		"a parent without its child":   {`{"id":"20"}`, `{"id":"20","value":"EU","child":{"id":"21","value":"Dublin"}}`, false},
		"a parent with its child":      {`{"id":"20","child":{"id":"21"}}`, `{"id":"20","value":"EU","child":{"id":"21","value":"Dublin"}}`, true},
		"a shorter list":               {`["a"]`, `["a","b"]`, false},
		"a longer list":                {`["a","b"]`, `["a"]`, false},
		"a list with another item":     {`["a","b"]`, `["a","c"]`, false},
		"an empty list and nothing":    {`[]`, `null`, true},
		"an empty list and some":       {`[]`, `["a"]`, false},
		"a list and nothing":           {`["a"]`, `null`, false},
		"a list and no value":          {`[]`, ``, true},
		"a number":                     {`5`, `5.0`, true},
		"another number":               {`5`, `5.5`, false},
		"a text":                       {`"Pay by card"`, `" Pay by card "`, true},
		"another text":                 {`"Pay by card"`, `"pay by card"`, false},
		"nothing and nothing":          {`null`, `null`, true},
		"nothing and an empty list":    {`null`, `[]`, true},
		"nothing and a person":         {`null`, `{"accountId":"1","displayName":"Ana"}`, false},
		"nothing and a list":           {`null`, `[{"id":"1"}]`, false},
		"a date":                       {`"2026-01-31"`, `"2026-01-31"`, true},
		"a moment in another zone":     {`"2026-07-01T09:30:00.000+0200"`, `"2026-07-01T03:30:00.000-0400"`, true},
		"another moment":               {`"2026-07-01T09:30:00.000+0200"`, `"2026-07-01T09:30:00.000-0400"`, false},
		"a sprint among the issue's":   {`32`, `[{"id":31,"name":"S1","state":"closed"},{"id":32,"name":"S2"}]`, true},
		"a sprint that it is not in":   {`33`, `[{"id":31,"name":"S1"},{"id":32,"name":"S2"}]`, false},
		"a sprint of an issue in none": {`33`, `null`, false},
		"a person":                     {`{"accountId":"712020:ABC"}`, `{"accountId":"712020:abc","displayName":"Ana"}`, true},
		"another person":               {`{"accountId":"712020:abc"}`, `{"accountId":"712020:abd"}`, false},
		"nobody":                       {`{"accountId":"712020:abc"}`, `null`, false},
		"the automatic assignee":       {`{"accountId":"-1"}`, `null`, true},
		"a remaining estimate":         {`{"remainingEstimate":"60m"}`, `{"remainingEstimate":"1h","remainingEstimateSeconds":3600}`, true},
		"no estimate":                  {`{"originalEstimate":"60m"}`, `{}`, false},
		"the same rich text":           {formatted("now", strong), formatted("now", strong), true},
		"text nodes that Jira joined":  {`{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"text","text":"b"}]}]}`, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"a  b"}]}]}`, true},
		"rich text with another word":  {formatted("now", strong), formatted("later", strong), false},
		"rich text with another mark":  {formatted("now", strong), formatted("now", em), false},
		"rich text without the mark":   {formatted("now", strong), formatted("now", ""), false},
		"rich text in another block":   {`{"type":"doc","content":[{"type":"heading","content":[{"type":"text","text":"a"}]}]}`, string(document("a")), false},
		"one paragraph and two":        {string(document("a b")), string(document("a", "b")), false},
		"rich text and a broken one":   {string(document("a")), `"a"`, false},
	} {
		if got := names.Equal(json.RawMessage(c.sent), json.RawMessage(c.held)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if names.Equal(math.NaN(), json.RawMessage(`null`)) {
		t.Error("a value that is no JSON equals nothing")
	}
}

// TestListContains checks that an item is found in a list by what identifies
// it.
func TestListContains(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held string
		item any
		want bool
	}{
		"a label":           {`["a","b"]`, "b", true},
		"another label":     {`["a","b"]`, "c", false},
		"a version":         {`[{"id":"1","name":"24.12"}]`, map[string]string{"id": "1"}, true},
		"another version":   {`[{"id":"1","name":"24.12"}]`, map[string]string{"id": "2"}, false},
		"an empty list":     {`[]`, "a", false},
		"nothing":           {`null`, "a", false},
		"a value, no list":  {`"a"`, "a", false},
		"an item, not JSON": {`["a"]`, math.Inf(1), false},
	} {
		if got := names.ListContains(json.RawMessage(c.held), c.item); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestFormatSpecialObjects checks the text of objects without a name of their
// own, in the forms of the contract (IssueLink, TimeTrackingDetails, Votes,
// Watchers, PageOfComments).
func TestFormatSpecialObjects(t *testing.T) {
	t.Parallel()
	link := func(end string) string {
		return `{"id":"9","self":"https://x","type":{"id":"1","name":"Blocks","inward":"is blocked by","outward":"blocks"},"` + end + `":{"id":"5","key":"PAY-2","fields":{"summary":"x"}}}`
	}
	for name, c := range map[string]struct{ raw, want string }{
		"an outward link":       {link("outwardIssue"), "blocks PAY-2"},
		"an inward link":        {link("inwardIssue"), "is blocked by PAY-2"},
		"links":                 {"[" + link("outwardIssue") + "," + link("inwardIssue") + "]", "blocks PAY-2, is blocked by PAY-2"},
		"a link without a type": {`{"outwardIssue":{"key":"PAY-2"}}`, "PAY-2"},
		"time tracking":         {`{"originalEstimate":"2d","remainingEstimate":"1d 4h","timeSpent":"4h","originalEstimateSeconds":57600}`, "2d estimated, 1d 4h left, 4h logged"},
		"logged time alone":     {`{"timeSpent":"4h","timeSpentSeconds":14400}`, "4h logged"},
		"no time tracking":      {`{}`, ""},
		"comments":              {`{"comments":[{"id":"1"},{"id":"2"}],"maxResults":2,"total":2,"startAt":0}`, "2 comments"},
		"no comments":           {`{"comments":[],"maxResults":0,"total":0,"startAt":0}`, ""},
		"votes":                 {`{"self":"https://x","votes":3,"hasVoted":false}`, "3"},
		"no votes":              {`{"self":"https://x","votes":0,"hasVoted":false}`, ""},
		"watchers":              {`{"self":"https://x","watchCount":2,"isWatching":true}`, "2"},
		"a file":                {`{"id":"1","filename":"a.png","size":5}`, "a.png"},
		"a large number":        {`100000000000`, "100000000000"},
		"a small number":        {`0.000001`, "0.000001"},
		"false":                 {`false`, "false"},
		"invalid UTF-8":         {"\"a\xffb\"", "a\ufffdb"},
		"a list with nothing":   {`["a",null,"",{"name":"b"}]`, "a, b"},
		"a child alone":         {`{"id":"1","child":{"value":"Berlin"}}`, ""},
	} {
		if got := names.Format(json.RawMessage(c.raw)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
