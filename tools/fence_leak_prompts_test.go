package tools_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// promptAttempts are attempts to reach things outside the fence through
// prompts. A value like %project stands for each name of that kind in
// outsideNames.
var promptAttempts = map[string][]map[string]string{
	"file_bug":       {{"project": "%project"}, {"project": "OPS", "summary": "canary"}, {"project": "PAY", "summary": "canary disk kernel"}},
	"sprint_summary": {{"project": "%project"}, {"board": "%board"}, {"project": "OPS"}, {"board": "1", "sprint": "%sprint"}},
	"daily_standup":  {{"project": "%project"}, {"board": "%board"}, {"project": "OPS"}, {"project": "PAY", "person": "canary"}},
	"draft_comment":  {{"issue": "%issue"}, {"issue": "%id"}, {"issue": "PAY-1"}, {"issue": "PAY-12"}},
	"triage_backlog": {{"project": "%project"}, {"project": "OPS"}},
	"refine_story":   {{"issue": "%issue"}, {"issue": "%id"}, {"issue": "PAY-12"}},
	"release_notes":  {{"project": "OPS", "version": "next"}, {"project": "%project", "version": "next"}, {"project": "PAY", "version": "%version"}},
	"weekly_status":  {{"project": "%project"}, {"project": "OPS"}},
}

// resourceAttempts are such attempts through resources, by the template's name.
var resourceAttempts = map[string][]string{
	"issue": {"jira://issue/%issue", "jira://issue/%id", "jira://issue/PAY-12"}, "project": {"jira://project/%project", "jira://project/OPS"},
	"sprint": {"jira://board/%board/sprint/current", "jira://board/1/sprint/%sprint", "jira://board/2/sprint/last"}, "filter": {"jira://filter/%filter"}, "attachment": {"jira://attachment/%attachment"},
}

// completionAttempts are such attempts through completions.
var completionAttempts = []struct {
	ref, name string
	with      map[string]string
}{
	{"file_bug", "project", nil}, {"sprint_summary", "board", nil}, {"sprint_summary", "board", map[string]string{"project": "%project"}}, {"sprint_summary", "sprint", map[string]string{"board": "%board"}}, {"sprint_summary", "sprint", map[string]string{"project": "OPS"}},
	{"release_notes", "version", map[string]string{"project": "OPS"}}, {"release_notes", "version", map[string]string{"project": "%project"}}, {"draft_comment", "issue", nil}, {"daily_standup", "person", map[string]string{"project": "%project"}}, {"daily_standup", "person", nil},
	{"jira://issue/{key}", "key", nil}, {"jira://project/{key}", "key", nil}, {"jira://board/{id}/sprint/{sprint}", "id", nil}, {"jira://board/{id}/sprint/{sprint}", "sprint", map[string]string{"id": "%board"}}, {"jira://filter/{id}", "id", nil},
}

// typedValues are texts for which completions are asked.
var typedValues = []string{"", "canary", "OPS-", "OPS-3", "o", "77", "Hiro"}

// promptAttempt is one attempt. open makes it and returns the answer, errors
// included.
type promptAttempt struct {
	entry, args string
	open        func(context.Context) string
}

// expandPromptAttempts returns all attempts with the placeholders filled in.
func expandPromptAttempts(y *toolstest.FencedServer, named map[string][]string) []promptAttempt {
	named = map[string][]string{"%attachment": {y.Sandbox.Site().Issue("OPS-3").Attachments[0].ID, y.Sandbox.Site().Issue("OPS-4").Attachments[0].ID, "1"}, "%issue": named["%issue"], "%id": named["%id"], "%project": named["%project"],
		"%version": named["%version"], "%sprint": named["%sprint"], "%board": named["%board"], "%filter": named["%filter"]}
	var out []promptAttempt
	for name, list := range promptAttempts {
		for _, args := range list {
			for _, args := range expandArgs(args, named) {
				out = append(out, promptAttempt{"prompt " + name, fmt.Sprint(args), func(ctx context.Context) string {
					text, err := y.Prompt(ctx, name, args)
					return text + fmt.Sprint(err)
				}})
			}
		}
	}
	for name, list := range resourceAttempts {
		for _, uri := range list {
			for _, uri := range fillPlaceholders(uri, named) {
				uri = strings.ReplaceAll(uri, " ", "%20")
				out = append(out, promptAttempt{"resource " + name, uri, func(ctx context.Context) string {
					_, text, data, err := y.Resource(ctx, uri)
					if len(data) > 0 {
						text += leakMark
					}
					return text + fmt.Sprint(err)
				}})
			}
		}
	}
	for _, c := range completionAttempts {
		for _, with := range expandArgs(c.with, named) {
			for _, value := range typedValues {
				out = append(out, promptAttempt{"completion " + c.ref + " " + c.name, fmt.Sprint(value, with), func(ctx context.Context) string {
					return markOutside(y.Complete(ctx, c.ref, c.name, value, with))
				}})
			}
		}
	}
	return out
}

// markOutside joins completions and adds leakMark if one is of a project
// outside, or is a person who works only outside.
func markOutside(values []string) string {
	for _, v := range values {
		if strings.HasPrefix(v, "OPS") || strings.HasPrefix(v, "HELP") || strings.HasPrefix(v, "DOCS") || strings.HasPrefix(v, "Hiro") {
			values = append(values, leakMark)
			break
		}
	}
	return strings.Join(values, "\n")
}

// leakMark marks a leak that is no marker text: a file's content, or a
// completion.
const leakMark = "\u2690"

// expandArgs returns the arguments once for each name that their placeholder
// stands for.
func expandArgs(args map[string]string, named map[string][]string) []map[string]string {
	for key, value := range args {
		if !strings.HasPrefix(value, "%") {
			continue
		}
		var out []map[string]string
		for _, name := range named[value] {
			one := map[string]string{}
			for k, v := range args {
				one[k] = v
			}
			one[key] = name
			out = append(out, one)
		}
		return out
	}
	return []map[string]string{args}
}

// checkNoMarkers fails the test if the answer to an attempt holds a marker
// text, or if an unconfined query was sent.
func checkNoMarkers(y *toolstest.FencedServer, entry, args, text string, markers markerFinder) {
	y.T.Helper()
	if c := markers.find(text, args); c != "" {
		y.T.Errorf("%s %s: %q comes out:\n%s", entry, args, c, text)
	}
	if strings.Contains(text, leakMark) {
		y.T.Errorf("%s %s: something comes out:\n%s", entry, args, text)
	}
	checkRequestsConfined(y, entry, args)
}

// checkEveryEntryTried fails the test for each prompt and resource without an
// attempt.
func checkEveryEntryTried(y *toolstest.FencedServer, table map[string]int) {
	y.T.Helper()
	ctx := y.T.Context()
	list, err := y.Client.ListPrompts(ctx, mcp.ListPromptsRequest{})
	if err != nil {
		y.T.Fatal(err)
	}
	templates, err := y.Client.ListResourceTemplates(ctx, mcp.ListResourceTemplatesRequest{})
	if err != nil {
		y.T.Fatal(err)
	}
	var entries []string
	for _, p := range list.Prompts {
		entries = append(entries, "prompt "+p.Name)
	}
	for _, r := range templates.ResourceTemplates {
		entries = append(entries, "resource "+r.Name)
	}
	for _, e := range entries {
		if table[e] == 0 {
			y.T.Errorf("%s: no attempts in the tables of this file", e)
		}
	}
}
