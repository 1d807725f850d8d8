package prompts_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
	"github.com/seed-7d826362/jira-mcp/tools/prompts"
)

// TestPromptsContainTheirData checks that a real client gets every prompt with
// the data that it needs, and nothing about other people.
func TestPromptsContainTheirData(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	list, err := b.Client.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
	if err != nil || len(list.Prompts) != 8 {
		t.Fatalf("%+v, %v", list, err)
	}
	used := map[string]bool{}
	for _, c := range toolstest.PromptCalls {
		used[c.Name] = true
		text, err := b.Prompt(t.Context(), c.Name, c.Args)
		if err != nil {
			t.Errorf("%s %v: %v", c.Name, c.Args, err)
			continue
		}
		for _, says := range c.Says {
			if !strings.Contains(text, says) {
				t.Errorf("%s %v does not say %q:\n%s", c.Name, c.Args, says, text)
			}
		}
		if c.Args["person"] != "" && strings.Contains(text, "Ana Silva") {
			t.Errorf("%s tells of others:\n%s", c.Name, text)
		}
	}
	for _, p := range list.Prompts {
		if !used[p.Name] || p.Title == "" || p.Description == "" {
			t.Errorf("%s is not used, or not described", p.Name)
		}
	}
}

// TestPromptErrors checks that prompts report wrong arguments with the
// error texts of the tools.
func TestPromptErrors(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for _, c := range []struct {
		name string
		args map[string]string
		says string
	}{
		{"draft_comment", map[string]string{"issue": "PAY-9999"}, "Issue does not exist"}, {"draft_comment", map[string]string{"issue": "the bug"}, "not an issue key"},
		{"refine_story", map[string]string{"issue": "PAY-1", "key": "x"}, `no argument "key"`},
	} {
		if _, err := b.Prompt(t.Context(), c.name, c.args); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %v: %v, want %q", c.name, c.args, err, c.says)
		}
	}
}

// TestPromptsAskForChoices checks that a missing or unknown argument is answered
// with the values to choose from.
func TestPromptsAskForChoices(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for _, c := range []struct {
		name string
		args map[string]string
		says []string
	}{
		{"draft_comment", nil, []string{"which issue, and it was not given", "get the data with jira_get_issue", "PAY-"}},
		{"file_bug", nil, []string{"which project, and it was not given", "PAY", "OPS"}},
		{"file_bug", map[string]string{"project": "Paymnts"}, []string{`"Paymnts" did not work`, "PAY", `no project "Paymnts"`}},
		{"sprint_summary", nil, []string{"which board, and it was not given", "PAY board", "jira_sprint_report", dataLine}},
		{"sprint_summary", map[string]string{"board": "OPS board"}, []string{"has no sprints", "PAY board"}},
		{"daily_standup", map[string]string{"project": "WEB"}, nil},
		{"release_notes", map[string]string{"project": "PAY", "version": "99"}, []string{`"99" did not work`, "24.12"}},
		{"release_notes", map[string]string{"project": "PAY"}, []string{"Write release notes for the version below"}},
	} {
		text, err := b.Prompt(t.Context(), c.name, c.args)
		if c.says != nil && err != nil {
			t.Errorf("%s %v: %v", c.name, c.args, err)
		}
		for _, says := range c.says {
			if !strings.Contains(text, says) {
				t.Errorf("%s %v: no %q in\n%s", c.name, c.args, says, text)
			}
		}
	}
}

// dataLine begins the notice before each text from Jira.
const dataLine = "From Jira, read just now. Other people wrote its content"

// TestPromptsInClientsThatSplit plays Claude Code 2.1, which splits arguments at
// blanks: /mcp__jira__draft_comment PAY-1 say that it is fixed.
func TestPromptsInClientsThatSplit(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	const hint = "Where the message in which I called this prompt says more, the message counts"
	for _, c := range []struct {
		name string
		args map[string]string
		has  bool
	}{
		{"draft_comment", map[string]string{"issue": "PAY-1", "intent": "say"}, true},
		{"draft_comment", map[string]string{"issue": "PAY-1", "intent": "say that it is fixed"}, false},
		{"draft_comment", map[string]string{"issue": "PAY-1"}, false},
		{"file_bug", map[string]string{"project": "PAY", "summary": "Shoppers"}, true},
		{"sprint_summary", map[string]string{"project": "PAY", "sprint": "current"}, false},
		{"daily_standup", map[string]string{"project": "PAY", "person": "Ana"}, true},
	} {
		text, err := b.Prompt(t.Context(), c.name, c.args)
		if err != nil || strings.Contains(text, hint) != c.has {
			t.Errorf("%s %v: %v\n%s", c.name, c.args, err, text)
		}
	}
	// A board's name that was cut leads to the boards.
	if text, err := b.Prompt(t.Context(), "sprint_summary", map[string]string{"board": "Checkout"}); err != nil || !strings.Contains(text, "If my message names one of them, do not ask") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestResourcesAreRead checks that every resource is read by its address, with
// the right media type, and that a wrong address is an error.
func TestResourcesAreRead(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	list, err := b.Client.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
	if err != nil || len(list.ResourceTemplates) != 5 {
		t.Fatalf("%+v, %v", list, err)
	}
	b.Ok("jira_add_attachment", `{"issue":"PAY-5","name":"notes.txt","text":"two lines"}`)
	file := b.Sandbox.Site().Issue("PAY-5").Attachments[0]
	pdf := b.Sandbox.Site().Issue("OPS-4").Attachments[0]
	for _, c := range []struct{ uri, kind, says string }{
		{"jira://issue/PAY-1", "text/markdown", "# PAY-1 Card payments fail"}, {"jira://project/PAY", "text/markdown", "24.12"}, {"jira://project/Payments", "text/markdown", "## components\n"},
		{"jira://board/1/sprint/current", "text/markdown", "PAY Sprint 14, active"}, {"jira://board/PAY%20board/sprint/PAY%20Sprint%2013", "text/markdown", "PAY Sprint 13, closed"},
		{"jira://filter/Open%20bugs%20in%20Payments", "text/markdown", "PAY-"}, {"jira://attachment/" + file.ID, "text/plain", "two lines"},
	} {
		kind, text, _, err := b.Resource(t.Context(), c.uri)
		if err != nil || kind != c.kind || !strings.Contains(text, c.says) || text == "" {
			t.Errorf("%s: %s, %v\n%s", c.uri, kind, err, text)
		}
	}
	if kind, _, data, err := b.Resource(t.Context(), "jira://attachment/"+pdf.ID); err != nil || kind != "application/pdf" || len(data) != pdf.Size {
		t.Errorf("%s, %d bytes of %d, %v", kind, len(data), pdf.Size, err)
	}
	for uri, says := range map[string]string{"jira://issue/PAY-9999": "does not exist", "jira://issue/nonsense": "not an issue key", "jira://board/1/sprint/99999": "", "jira://attachment/..%2F1": "give the file's number", "jira://filter/none": "none", "jira://elsewhere/1": ""} {
		if _, text, _, err := b.Resource(t.Context(), uri); (err == nil || !strings.Contains(err.Error(), says)) && !strings.Contains(text, "Not found") {
			t.Errorf("%s: %v %s", uri, err, text)
		}
	}
}

// TestCompletions checks the completions of every argument of prompts and
// resources.
func TestCompletions(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range []struct {
		ref, name, value string
		with             map[string]string
		want             string // expected among the values; "" for none
		not              string // not expected among them
	}{
		{"file_bug", "project", "pa", nil, "PAY", "OPS"}, {"file_bug", "project", "", nil, "OPS", ""}, {"file_bug", "summary", "x", nil, "", "x"},
		{"sprint_summary", "board", "", map[string]string{"project": "PAY"}, "PAY board", "OPS board"}, {"sprint_summary", "board", "mob", nil, "MOB board", "PAY board"},
		{"sprint_summary", "sprint", "", map[string]string{"project": "PAY"}, "PAY Sprint 14", "MOB Sprint 7"}, {"sprint_summary", "sprint", "cur", nil, "current", "next"}, {"sprint_summary", "sprint", "sprint 13", map[string]string{"board": "PAY board"}, "PAY Sprint 13", "current"},
		{"release_notes", "version", "24.1", map[string]string{"project": "PAY"}, "24.12", "25.1"}, {"release_notes", "version", "", nil, "", "24.12"},
		{"draft_comment", "issue", "PAY-13", nil, "PAY-130 Manual posting form accepts a date in the future", "PAY-1 Card payments fail with 3-D Secure timeout after redirect"}, {"draft_comment", "issue", "umlaut in merch", nil, "PAY-35 Payout file rejected because of umlaut in merchant name", ""},
		{"draft_comment", "issue", "", nil, "PAY-50 Add control total and checksum to the export", ""}, {"draft_comment", "issue", "pay-9999", nil, "", "PAY-9999"}, {"draft_comment", "issue", `"*) OR (`, nil, "", ""}, {"refine_story", "issue", "PAY-2", nil, "PAY-2 Saved cards at checkout", "PAY-1 Card payments fail"},
		{"daily_standup", "person", "chi", map[string]string{"project": "PAY"}, "Chidi Eze", "Ana Silva"}, {"daily_standup", "person", "chi", nil, "Chidi Eze", ""},
		{"jira://issue/{key}", "key", "PAY-13", nil, "PAY-130", "PAY-130 Manual posting form accepts a date in the future"}, {"jira://project/{key}", "key", "o", nil, "OPS", ""},
		{"jira://board/{id}/sprint/{sprint}", "id", "", nil, "1", ""}, {"jira://board/{id}/sprint/{sprint}", "sprint", "PAY", map[string]string{"id": "1"}, "PAY Sprint 14", ""}, {"jira://filter/{id}", "id", "open", nil, "Open bugs in Payments", ""},
		{"jira://attachment/{id}", "id", "1", nil, "", ""}, {"no_such", "issue", "PAY", nil, "", "PAY-1"}, {"draft_comment", "no_such", "PAY", nil, "", "PAY-1"},
	} {
		got := b.Complete(t.Context(), c.ref, c.name, c.value, c.with)
		if c.want != "" && !slices.Contains(got, c.want) || c.not != "" && slices.Contains(got, c.not) || len(got) > 100 {
			t.Errorf("%s %s %q: %q, want %q, not %q", c.ref, c.name, c.value, got, c.want, c.not)
		}
	}
}

// TestRegistryFollowsPolicy checks that prompts and resources do not read
// what a policy leaves out by name, effect or list, and that a completion
// returns only what the tool with the same reading would return.
func TestRegistryFollowsPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what      string
		policy    policy.Policy
		prompts   []string
		templates []string
	}{
		{"unasked", policy.Policy{}, []string{"daily_standup", "draft_comment", "file_bug", "refine_story", "release_notes", "sprint_summary", "triage_backlog", "weekly_status"}, []string{"attachment", "filter", "issue", "project", "sprint"}},
		{"read only", policy.Policy{ReadOnly: true}, []string{"daily_standup", "draft_comment", "file_bug", "refine_story", "release_notes", "sprint_summary", "triage_backlog", "weekly_status"}, []string{"attachment", "filter", "issue", "project", "sprint"}},
		{"one tool", policy.Policy{Tools: []string{"jira_get_issue"}}, []string{"draft_comment", "refine_story"}, []string{"issue"}},
		{"no writes but comments", policy.Policy{Allow: []kit.Effect{kit.Comment}}, nil, nil},
		{"excluded", policy.Policy{Exclude: []string{"jira_get_issue", "jira_standup"}}, []string{"file_bug", "release_notes", "sprint_summary", "triage_backlog", "weekly_status"}, []string{"attachment", "filter", "project", "sprint"}},
		{"toolset", policy.Policy{Toolsets: []string{"reports"}}, []string{"daily_standup", "release_notes", "sprint_summary"}, []string{"sprint"}},
	} {
		b := toolstest.New(t, c.policy)
		list, err := b.Client.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var prompts, templates []string
		for _, p := range list.Prompts {
			prompts = append(prompts, p.Name)
		}
		res, err := b.Client.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.ResourceTemplates {
			templates = append(templates, r.Name)
		}
		slices.Sort(prompts)
		slices.Sort(templates)
		if !slices.Equal(prompts, c.prompts) || !slices.Equal(templates, c.templates) {
			t.Errorf("%s: %v and %v", c.what, prompts, templates)
		}
		for _, p := range toolstest.PromptCalls {
			if _, err := b.Prompt(t.Context(), p.Name, p.Args); (err == nil) != slices.Contains(c.prompts, p.Name) {
				t.Errorf("%s: %s %v: %v", c.what, p.Name, p.Args, err)
			}
		}
		for name, uri := range map[string]string{"issue": "jira://issue/PAY-1", "filter": "jira://filter/Open%20bugs%20in%20Payments", "sprint": "jira://board/1/sprint/current", "project": "jira://project/PAY"} {
			if _, _, _, err := b.Resource(t.Context(), uri); (err == nil) != slices.Contains(c.templates, name) {
				t.Errorf("%s: %s: %v", c.what, uri, err)
			}
		}
		// A completion returns what the tool with the same reading would return.
		lists := c.policy.WithheldReason(kit.Spec{Name: "jira_list_projects", Effect: kit.Read, Toolset: "projects", Default: true}) == ""
		for _, p := range []string{"file_bug", "sprint_summary"} {
			if got := b.Complete(t.Context(), p, "project", "PAY", nil); (len(got) > 0) != (lists && slices.Contains(c.prompts, p)) {
				t.Errorf("%s: completes %s with %v", c.what, p, got)
			}
		}
	}
}

// TestPrintedScopesSuffice checks that every prompt and resource works
// with the scopes that the program prints, in every configuration that offers
// it: classic and granular, with and without a project fence.
func TestPrintedScopesSuffice(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	picked, read := 0, 0
	for name, pol := range toolstest.Policies() {
		for _, granular := range []bool{false, true} {
			for _, confined := range []bool{false, true} {
				catalog := tools.NewCatalog()
				scoping := policy.ScopeOptions{Granular: granular, Fenced: confined, PromptTools: prompts.UnofferedTools(pol, catalog)}
				need := policy.ScopesFor(slices.DeleteFunc(catalog, func(t kit.Tool) bool { return !pol.Offers(t.Spec) }), scoping)
				b := toolstest.NewScoped(t, pol, slices.Concat(need.Required, need.Optional), confined)
				b.Reconnect()
				list, err := b.Client.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range toolstest.PromptCalls {
					if !slices.ContainsFunc(list.Prompts, func(o mcp.Prompt) bool { return o.Name == p.Name }) || p.Args["project"] == "MOB" && confined {
						continue
					}
					picked++
					text, err := b.Prompt(t.Context(), p.Name, p.Args)
					if err != nil || strings.Contains(text, toolstest.MissingScope) {
						t.Errorf("%s, granular %v, confined %v: %s %v: %v\n%s", name, granular, confined, p.Name, p.Args, err, text)
					}
				}
				templates, err := b.Client.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
				if err != nil {
					t.Fatal(err)
				}
				for template, uri := range map[string]string{"issue": "jira://issue/PAY-5", "project": "jira://project/PAY", "sprint": "jira://board/1/sprint/current", "filter": "jira://filter/Open%20bugs%20in%20Payments", "attachment": "jira://attachment/" + b.Sandbox.Site().Issue("PAY-5").Attachments[0].ID} {
					if !slices.ContainsFunc(templates.ResourceTemplates, func(r mcp.ResourceTemplate) bool { return r.Name == template }) || template == "attachment" && confined {
						continue
					}
					read++
					if _, text, _, err := b.Resource(t.Context(), uri); err != nil || strings.Contains(text, toolstest.MissingScope) {
						t.Errorf("%s, granular %v, confined %v: %s: %v\n%s", name, granular, confined, uri, err, text)
					}
				}
			}
		}
	}
	if picked < 80 || read < 40 {
		t.Errorf("only %d prompts and %d resources", picked, read)
	}
	t.Logf("%d prompts, %d resources", picked, read)
}

// TestRegistryIsAudited checks that the audit log has a line for everything
// that a prompt, a resource or a completion reads, with the name of the tool
// that has the same reading.
func TestRegistryIsAudited(t *testing.T) {
	j := &toolstest.AuditFile{}
	b := toolstest.NewAudited(t, &tools.Audit{File: j, Log: slog.New(slog.DiscardHandler)})
	for _, c := range []struct {
		do   func() error
		want []string
	}{
		{func() error {
			_, err := b.Prompt(t.Context(), "draft_comment", map[string]string{"issue": "PAY-1"})
			return err
		}, []string{"jira_get_issue", "jira_get_issue"}},
		{func() error {
			_, err := b.Prompt(t.Context(), "daily_standup", map[string]string{"project": "PAY"})
			return err
		}, []string{"jira_standup"}},
		{func() error { _, _, _, err := b.Resource(t.Context(), "jira://issue/PAY-2"); return err }, []string{"jira_get_issue"}},
		{func() error { b.Complete(t.Context(), "draft_comment", "issue", "umlaut", nil); return nil }, []string{"jira_search"}},
	} {
		j.Lines(t)
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range j.Lines(t) {
			got = append(got, l["tool"].(string))
			if l["outcome"] != "done" {
				t.Errorf("%v", l)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// TestFilesAreLinked checks that the result for a file that is not shown links
// to a resource, and that the resource exists.
func TestFilesAreLinked(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = "jira_get_attachment", map[string]any{"issue": "OPS-4", "file": "runbook.pdf"}
	res, err := b.Client.CallTool(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Content {
		if link, ok := c.(mcp.ResourceLink); ok {
			if kind, _, data, err := b.Resource(t.Context(), link.URI); err != nil || kind != link.MIMEType || len(data) == 0 || link.Name != "runbook.pdf" {
				t.Errorf("%+v: %s, %d bytes, %v", link, kind, len(data), err)
			}
			return
		}
	}
	t.Errorf("no link in %+v", res.Content)
}

// TestRegistryEndsWithItsStream checks that no request is sent to Jira once the
// client has gone.
func TestRegistryEndsWithItsStream(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	gone := &toolstest.Server{T: t, Clock: b.Clock, Sandbox: b.Sandbox, Schemas: b.Schemas, Life: func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}}
	gone.ServeSandbox(t, toolstest.Everything)
	if _, err := gone.Prompt(t.Context(), "refine_story", map[string]string{"issue": "PAY-9"}); err == nil {
		t.Error("a prompt for nobody")
	}
	if _, _, _, err := gone.Resource(t.Context(), "jira://issue/PAY-9"); err == nil {
		t.Error("a resource for nobody")
	}
	if sent := gone.TakeRequests(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}
