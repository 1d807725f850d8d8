package prompts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Clients differ in what they pass on of a prompt's arguments. Some do not ask
// for required ones, and Claude Code splits what a person types at blanks, also
// inside quotes, so that "PAY-1 say that it is fixed" arrives as the issue PAY-1
// and the intent "say". An error would end there; the prompts below let the model
// go on.

// ownLine follows a task of which a free text is a single word.
const ownLine = "\n\nMy client may have passed on only the first word of %s. Where the message in which I called this prompt says more, the message counts."

// freeTexts are the arguments that nearly always have several words.
var freeTexts = map[string]string{"intent": "what the comment should say", "summary": "the summary", "person": "the person's name", "board": "the board's name", "sprint": "the sprint's name", "version": "the version's name"}

// withOwnLine returns a task with the hint that the person's own message counts, if
// an argument may have been cut to its first word.
func withOwnLine(task string, p prompt, args map[string]string) string {
	for _, a := range p.args {
		if value := args[a.name]; freeTexts[a.name] != "" && value != "" && !strings.ContainsAny(value, " \t") && !isKeyword(value) {
			return task + fmt.Sprintf(ownLine, freeTexts[a.name])
		}
	}
	return task
}

// isKeyword reports whether a value is complete as one word: a number, or a word
// that stands for a sprint or a version.
func isKeyword(value string) bool {
	return slices.Contains([]string{"current", "next", "last", "me"}, strings.ToLower(value)) || strings.Trim(value, "0123456789.") == ""
}

// chosen are the kinds of arguments that have a list to choose from, in the order
// in which they are asked for.
var chosen = []string{"board", "version", "project", "issue"}

// askFor returns a prompt that lets the model ask the person for an argument, with
// the values to choose from. It returns nil if there are none to choose from. The
// problem says why the argument is needed.
func (reg *Registry) askFor(ctx context.Context, p prompt, kind string, args map[string]string, problem string) *mcp.GetPromptResult {
	found := completions{reg}.complete(ctx, kind, completeInput{Project: args["project"]})
	if len(found.Values) == 0 {
		return nil
	}
	task := fmt.Sprintf(`%s

This needs to know which %s, and %s. Ask me, in one short message, with the choices below. If my message names one of them, do not ask. Then get the data with %s and go on.`, p.description, kind, problem, strings.Join(p.uses, " and "))
	list := ""
	for _, value := range found.Values {
		list += "\n- " + kit.Line(value)
	}
	return &mcp.GetPromptResult{Description: p.description, Messages: []mcp.PromptMessage{
		{Role: mcp.RoleUser, Content: mcp.NewTextContent(task)},
		{Role: mcp.RoleUser, Content: mcp.NewTextContent(dataNotice + strings.TrimSpace(list))},
	}}
}

// askInstead returns a prompt that asks for what a failed one lacked: the first
// of its arguments with a list to choose from that was not given, or did
// not work. It returns nil if another choice would not help.
func (reg *Registry) askInstead(ctx context.Context, p prompt, args map[string]string, err error) *mcp.GetPromptResult {
	for _, kind := range chosen {
		if !slices.ContainsFunc(p.args, func(a promptArg) bool { return a.name == kind }) || kind == "issue" {
			continue
		}
		problem := "it was not given"
		if args[kind] != "" {
			problem = fmt.Sprintf("%q did not work", args[kind])
		}
		if res := reg.askFor(ctx, p, kind, args, problem); res != nil {
			res.Messages[1].Content = mcp.NewTextContent(textOfMessage(res.Messages[1]) + "\n\nThe answer to the first try: " + reg.sanitizeError(err).Error())
			return res
		}
	}
	return nil
}

// textOfMessage returns the text of a message.
func textOfMessage(m mcp.PromptMessage) string {
	if t, ok := m.Content.(mcp.TextContent); ok {
		return t.Text
	}
	return ""
}
