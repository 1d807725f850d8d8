package kit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// loosely is an input with the arguments that models write in several ways.
type loosely struct {
	Issue   string   `json:"issue,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	Fields  []named  `json:"fields,omitempty"`
	Links   []pair   `json:"links,omitempty"`
	Limit   int      `json:"limit,omitempty" min:"1" max:"100" default:"25"`
	Skip    int      `json:"skip,omitempty" min:"0"`
	Board   string   `json:"board_name,omitempty" loose:"true" min:"1"`
	Kind    string   `json:"kind,omitempty" enum:"user,status,link type" also:"person=user"`
	Count   bool     `json:"count,omitempty"`
	Replace *string  `json:"replace,omitempty" literal:"true"`
	Body    string   `json:"body,omitempty"`
	Updated string   `json:"if_updated,omitempty" alias:"updated,version"`
}

type named struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty" loose:"true"`
}

// TestLenientArguments checks how arguments are read that are not written as the
// schema says. The right side is the input as JSON, without the default limit.
func TestLenientArguments(t *testing.T) {
	for args, want := range map[string]string{
		// JSON in a text, before anything is split on commas.
		`{"labels":"[\"a\",\"b, c\"]"}`:                                     `{"labels":["a","b, c"]}`,
		`{"labels":"\"[\\\"a\\\"]\""}`:                                      `{"labels":["a"]}`,
		`{"labels":"['a', 'b']"}`:                                           `{"labels":["a","b"]}`,
		`{"labels":"[a, b]"}`:                                               `{"labels":["a","b"]}`,
		`{"labels":"a, b"}`:                                                 `{"labels":["a","b"]}`,
		`{"labels":[1,"b"]}`:                                                `{"labels":["1","b"]}`,
		`{"fields":"[{\"name\":\"Story Points\",\"value\":3}]"}`:            `{"fields":[{"name":"Story Points","value":"3"}]}`,
		`{"fields":{"Story Points":3,"Severity":"High","Teams":["a","b"]}}`: `{"fields":[{"name":"Story Points","value":"3"},{"name":"Severity","value":"High"},{"name":"Teams","value":"[\"a\",\"b\"]"}]}`,
		`{"fields":"{\"Story Points\": 3}"}`:                                `{"fields":[{"name":"Story Points","value":"3"}]}`,
		`{"fields":{"name":"Story Points","value":3}}`:                      `{"fields":[{"name":"Story Points","value":"3"}]}`,
		`{"fields":["{\"name\":\"Story Points\",\"value\":3}"]}`:            `{"fields":[{"name":"Story Points","value":"3"}]}`,
		`{"links":{"key":"PAY-1"}}`:                                         `{"links":[{"key":"PAY-1"}]}`,
		`{"issue":["PAY-1"]}`:                                               `{"issue":"PAY-1"}`,
		// Empty is not given.
		`{"issue":"","labels":[],"fields":{},"links":null,"limit":null,"board_name":"null","kind":"","count":"","body":"undefined"}`: `{}`,
		`{"labels":[""],"fields":[{"name":"","value":""}],"links":[{}],"limit":0,"skip":0,"board_name":0,"kind":"null"}`:             `{}`,
		`{"labels":"","fields":"[]","links":"{}","board_name":"0","limit":"0","unknown":"","other":[]}`:                              `{}`,
		`{"labels":["a","","null"]}`:           `{"labels":["a"]}`,
		`{"fields":{"Story Points":""}}`:       `{"fields":[{"name":"Story Points"}]}`,
		`{"fields":[{"name":"Story Points"}]}`: `{"fields":[{"name":"Story Points"}]}`,
		`{"replace":""}`:                       `{"replace":""}`,
		`{"replace":"null"}`:                   `{"replace":"null"}`,
		`{"replace":null}`:                     `{}`,
		// Other spellings.
		`{"kind":"User"}`:                    `{"kind":"user"}`,
		`{"kind":"users"}`:                   `{"kind":"user"}`,
		`{"kind":"Person"}`:                  `{"kind":"user"}`,
		`{"kind":"statuses"}`:                `{"kind":"status"}`,
		`{"kind":"LINK_TYPE"}`:               `{"kind":"link type"}`,
		`{"count":"True"}`:                   `{"count":true}`,
		`{"count":"FALSE"}`:                  `{}`,
		`{"issues":"PAY-1"}`:                 `{"issue":"PAY-1"}`,
		`{"issueKey":"PAY-1"}`:               `{"issue":"PAY-1"}`,
		`{"issue_id":"PAY-1","Issue_Id":""}`: `{"issue":"PAY-1"}`,
		`{"comment":"hi"}`:                   `{"body":"hi"}`,
		`{"boardName":"B","ifUpdated":"x"}`:  `{"board_name":"B","if_updated":"x"}`,
		`{"version":"x"}`:                    `{"if_updated":"x"}`,
		`{"body":"","comment":"hi"}`:         `{"body":"hi"}`,
		`{"maxResults":3}`:                   `{"limit":3}`,
		`{"max_results":"500"}`:              `{"limit":100}`,
	} {
		var got loosely
		tool := define(spec, func(_ context.Context, i loosely) (*out, error) { got = i; return &out{Text: "ok"}, nil })
		r := runner()
		r.Synonyms = [][]string{{"issue", "issues"}, {"body", "comment"}, {"limit", "maxResults"}}
		res, text := call(r, tool, args)
		if got.Limit == 25 {
			got.Limit = 0
		}
		if data, _ := json.Marshal(got); res.IsError || string(data) != want {
			t.Errorf("%s:\n%s\nwant\n%s\n%s", args, data, want, text)
		}
		if cut := strings.Contains(text, "limit 500 is above the maximum; 100 was used."); cut != strings.Contains(args, "500") {
			t.Errorf("%s: %s", args, text)
		}
	}
}

// TestStrictArguments checks what is still an error.
func TestStrictArguments(t *testing.T) {
	for args, want := range map[string]string{
		`{"issue":["PAY-1","PAY-2"]}`:        `"issue" must be text, not a list`,
		`{"issue":"PAY-1","issues":"PAY-2"}`: `unknown argument "issues"`,
		`{"isue":"PAY-1"}`:                   `unknown argument "isue"`,
		`{"limit":-1}`:                       `"limit" must be at least 1`,
		`{"skip":-1}`:                        `"skip" must be at least 0`,
		`{"kind":"colour"}`:                  `"kind" must be one of user, status, link type, not "colour"`,
		`{"count":"perhaps"}`:                `"count" must be true or false`,
		`{"labels":[["a","b"]]}`:             `"labels[0]" must be text, not a list`,
		`{"fields":"a"}`:                     `"fields" must be a list like [{"name": …, "value": …}], not text`,
	} {
		tool := define(spec, func(context.Context, loosely) (*out, error) { return &out{Text: "ok"}, nil })
		r := runner()
		r.Synonyms = [][]string{{"issue", "issues"}}
		if res, text := call(r, tool, args); !res.IsError || !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
}

// TestRemarksAreInPreviews checks that a remark also reaches the answer of a dry
// run.
func TestRemarksAreInPreviews(t *testing.T) {
	tool := define(spec, func(ctx context.Context, i loosely) (*out, error) {
		return &out{DryRunResult: kit.DryRunResult{DryRun: &kit.Preview{Summary: fmt.Sprint("read ", i.Limit)}}}, nil
	})
	if _, text := call(runner(), tool, `{"limit":"101","dry_run":"TRUE"}`); !strings.Contains(text, "read 100.\nlimit 101 is above the maximum") {
		t.Error(text)
	}
}
