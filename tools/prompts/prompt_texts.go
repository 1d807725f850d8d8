package prompts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/tools/issues"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/reports"
)

// This file has the tasks of the prompts and the data that they contain. Each
// function builds one prompt: it returns the task, and texts from Jira. A prompt
// asks for a draft; every write to Jira needs the person's agreement.

// fileBug builds the prompt file_bug: the fields of the project's type Bug, and
// the open issues that look like the summary.
func fileBug(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	fields, err := m.callText(ctx, "jira_get_fields", map[string]any{"project": args["project"], "type": "Bug", "all": true})
	if err != nil { // the project has no type Bug: list the types that it has
		if fields, err = m.callText(ctx, "jira_get_fields", map[string]any{"project": args["project"]}); err != nil {
			return "", nil, err
		}
	}
	data := []string{fields}
	about := "a bug"
	if args["summary"] != "" {
		about = fmt.Sprintf("this bug: %q", args["summary"])
		alike, err := m.callText(ctx, "jira_search "+titleSimilar, similarInput{args["project"], args["summary"]})
		if err != nil {
			return "", nil, err
		}
		data = append(data, alike)
	}
	return fmt.Sprintf(`Help me file %s in the project %q.

1. If an open issue below is probably the same, say so first: a comment there may be better than a new issue.
2. Ask me, in one message, for any of these that are missing: actual behaviour, expected behaviour, steps to reproduce, where (version, environment), severity, and the required fields below.
3. Show a draft: a summary that names the symptom, a description in Markdown with those parts, and the fields.
4. File it with jira_create_issue only after I agree, and give me the key and the link.`, about, args["project"]), data, nil
}

// sprintSummary builds the prompt sprint_summary: the sprint report, and a list
// of the sprint's issues.
func sprintSummary(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	res, err := m.callTool(ctx, "jira_sprint_report", givenArgs(args, "project", "board", "sprint"))
	if err != nil {
		return "", nil, err
	}
	issues, err := sprintLines(res)
	return `Summarise this sprint for the team and its stakeholders, in at most 150 words.

Begin with whether the goal will be met, and why: actual pace against needed pace, scope changes, remaining work. Then say what was completed, what is stuck and whose help it needs, and what changed since yesterday. Use the figures as given, do not calculate others, and refer to issues by key. End with one to three decisions to make. If the figures do not answer something, say so.`, []string{textOf(res), issues}, err
}

// sprintLines returns the issues of a sprint report, one line each. The text of
// the report has their keys alone.
func sprintLines(res *mcp.CallToolResult) (string, error) {
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return "", err
	}
	var report struct{ Issues []reports.SprintIssue }
	if err := json.Unmarshal(data, &report); err != nil {
		return "", err
	}
	text := "Its issues:"
	for _, i := range report.Issues {
		text += fmt.Sprintf("\n%s | %s | %s | %s | %s | %s", i.Key, kit.Line(i.Type), kit.Line(i.Status), i.Outcome, kit.Line(reports.OrNobody(i.Assignee)), kit.Line(i.Summary))
	}
	return text, nil
}

// dailyStandup builds the prompt daily_standup: the stand-up report.
func dailyStandup(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	text, err := m.callText(ctx, "jira_standup", givenArgs(args, "project", "board", "person"))
	return `Prepare the stand-up from this. Write one short paragraph for each person: what they finished, what they are working on, what they are waiting for. Put first any work that is blocked, in progress for unusually long, or unassigned. Judge nobody: little activity in Jira says little about work. End with at most three points for the team to discuss.`, []string{text}, err
}

// draftComment builds the prompt draft_comment: the issue with all its
// comments, and the people who may be notified of a new one.
func draftComment(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	issue, err := m.callText(ctx, "jira_get_issue", map[string]any{"issues": []string{args["issue"]}, "include": []string{"comments"}})
	if err != nil {
		return "", nil, err
	}
	readers, err := m.callText(ctx, "jira_get_issue "+titleReaders, readersInput{args["issue"]})
	if err != nil {
		return "", nil, err
	}
	intent := "If it is not clear what it should say, ask me."
	if args["intent"] != "" {
		intent = fmt.Sprintf("It should say: %q.", args["intent"])
	}
	return fmt.Sprintf(`Draft a comment on %s. %s

Answer the latest question, in the language and tone of the issue, briefly, in Markdown. State as fact only what is below or comes from me. Then show under the draft:
- May be notified: people mentioned in the draft, and the others below
- Seen by customers: yes or no
Do not post it. When I agree, post it with jira_add_comment exactly as shown; set public: true only if I said that customers should see it.`, args["issue"], intent), []string{issue, readers}, nil
}

// triageLimit is the number of issues that a triage examines.
const triageLimit = 40

// triageBacklog builds the prompt triage_backlog: the issues to do.
func triageBacklog(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	project, err := m.Env.Names.Project(ctx, args["project"])
	if err != nil {
		return "", nil, err
	}
	text, err := m.callText(ctx, "jira_search", issues.SearchInput{JQL: "project = " + jql.Quote(project) + ` AND statusCategory = "To Do" ORDER BY priority DESC, created ASC`, Limit: triageLimit, Count: true,
		Fields: []string{"status", "priority", "assignee", "created", "labels", "summary"}})
	return fmt.Sprintf(`Triage the backlog of %s; its first %d issues are below. Group them: do soon, needs a question answered, can wait, probably a duplicate or outdated. For each issue in the first two groups give the key, the reason and a suggested priority; for questions, also the question and whom to ask. Read an issue with jira_get_issue only if its summary is not enough. Change nothing yet: list the changes, and make them with jira_update_issue once I agree.`, project, triageLimit), []string{text}, err
}

// refineStory builds the prompt refine_story: the issue with all its comments.
func refineStory(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	res, err := m.callText(ctx, "jira_get_issue", map[string]any{"issues": []string{args["issue"]}, "include": []string{"comments"}})
	return fmt.Sprintf(`Refine %s. Give:
1. its purpose, in one sentence, as you understand it
2. open or contradictory points, as questions, each with whom to ask, if known
3. testable acceptance criteria, in the form given / when / then
4. if it is too large for a few days, a split into slices that are each useful
5. risks and dependencies, as far as the issue shows them
Mark your assumptions. Change nothing: after I agree, write the result into the description with jira_update_issue, keeping its present content.`, args["issue"]), []string{res}, err
}

// releaseNotes builds the prompt release_notes: the issues of a version, of the
// next one if none is given.
func releaseNotes(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	if args["version"] == "" {
		args["version"] = "next"
	}
	text, err := m.callText(ctx, "jira_release_notes", givenArgs(args, "project", "version"))
	return `Write release notes for the version below, using only these facts. Write for users, not for developers: what they can do now, what works again, what they must do themselves. Group by what it means to them, most important first; leave out what they cannot notice, and say how many issues you left out. One line each, key in brackets. Invent nothing: if a summary does not say what changed, list it under "please check" instead. If nothing is done yet, say so and write no notes.`, []string{text}, err
}

// weeklyStatus builds the prompt weekly_status: the issues completed in the
// last seven days, the sprint report since then, and the flow report. If the
// project has no sprint, or several, the reason stands in place of the sprint
// report.
func weeklyStatus(ctx context.Context, m *Registry, args map[string]string) (string, []string, error) {
	project, err := m.Env.Names.Project(ctx, args["project"])
	if err != nil {
		return "", nil, err
	}
	flow, err := m.callText(ctx, "jira_flow_report", map[string]any{"project": project})
	if err != nil {
		return "", nil, err
	}
	done, err := m.callText(ctx, "jira_search", issues.SearchInput{JQL: "project = " + jql.Quote(project) + " AND statusCategory = Done AND statusCategoryChangedDate >= -7d ORDER BY type, key", Limit: 60, Count: true, Fields: []string{"resolution", "summary", "parent"}})
	if err != nil {
		return "", nil, err
	}
	zone, err := m.Env.Zone(ctx)
	if err != nil {
		return "", nil, err
	}
	since := m.Env.Now().In(zone).AddDate(0, 0, -7).Format("2006-01-02")
	sprint, err := m.callText(ctx, "jira_sprint_report", map[string]any{"project": project, "since": since})
	if err != nil { // the project has no sprint, or several: the other data is enough
		sprint = "No sprint report: " + err.Error()
	}
	return fmt.Sprintf(`Write a status report of the last seven days in %s for people outside the team, in at most 200 words: the overall status in one sentence, what was finished and its benefit, what is in progress and when it will be done (use the forecast as given, with its probability), risks, and what we need. Group finished work by epic or theme instead of listing issues; work whose resolution says that it was abandoned is not finished. Use the figures as given.`, project), []string{"Finished in the last seven days:\n" + done, strings.TrimSpace(sprint), flow}, nil
}
