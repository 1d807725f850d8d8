package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// The tools word their errors and notes for models: they name other tools and
// arguments. On the command line, call has tools and report has flags.

// toolNames matches the names of tools.
var toolNames = regexp.MustCompile(`\bjira_[a-z]+(?:_[a-z]+)*\b`)

// adviceForCall names the command in place of a tool:
//
//	jira_list_boards lists the boards → jira-mcp call jira_list_boards lists the boards
func adviceForCall(text string) string {
	return toolNames.ReplaceAllStringFunc(text, func(name string) string { return "jira-mcp call " + name })
}

// argumentsLine matches the sentence with all arguments of a tool.
var argumentsLine = regexp.MustCompile(`Arguments of jira_[a-z_]+: `)

// adviceForReport returns a function that names flags in place of a tool's
// arguments:
//
//	give jql, project or board → give --jql, --project or --board
//	"version" is missing       → --version is missing
func adviceForReport(tool kit.Tool) func(string) string {
	flags := argumentNames(tool)
	word := regexp.MustCompile(`"?\b(` + strings.Join(flags, "|") + `)\b"?`)
	asFlags := func(text string) string {
		return word.ReplaceAllStringFunc(text, func(name string) string { return "--" + strings.ReplaceAll(strings.Trim(name, `"`), "_", "-") })
	}
	return func(text string) string {
		lines := strings.Split(text, "\n")
		for n, line := range lines {
			switch {
			case argumentsLine.MatchString(line):
				lines[n] = asFlags(argumentsLine.ReplaceAllString(line, "Flags: "))
			case strings.Contains(line, " is missing"):
				lines[n] = strings.TrimSuffix(asFlags(line), " Nothing was done.")
			case strings.HasPrefix(line, "give ") || strings.HasPrefix(line, "More with "):
				lines[n] = asFlags(line)
			default:
				if name, rest, ok := strings.Cut(line, ": "); ok && slices.Contains(flags, name) {
					lines[n] = asFlags(name) + ": " + rest
				}
			}
		}
		return strings.Join(lines, "\n")
	}
}

// argumentNames returns the names of a tool's arguments.
func argumentNames(tool kit.Tool) []string {
	var names []string
	for _, m := range members(member(tool.InputSchema(nil), "properties")) {
		names = append(names, m.name)
	}
	return names
}

// asMarkdown returns a report as Markdown that keeps its lines: a heading, and
// list items for the lines below it that are no list items yet.
func asMarkdown(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var b strings.Builder
	b.WriteString("## " + escapeMarkdown(lines[0]) + "\n\n")
	for _, line := range lines[1:] {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			b.WriteString("\n")
		case strings.HasPrefix(line, "  "):
			b.WriteString("  - " + escapeMarkdown(strings.TrimPrefix(trimmed, "- ")) + "\n")
		default:
			b.WriteString("- " + escapeMarkdown(strings.TrimPrefix(trimmed, "- ")) + "\n")
		}
	}
	return b.String()
}

// markdownSigns are the characters that Markdown could take for its own. The text
// contains names that people gave.
var markdownSigns = strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "[", "\\[", "]", "\\]", "|", "\\|", "#", "\\#")

// escapeMarkdown returns text that Markdown shows as it is.
func escapeMarkdown(text string) string { return markdownSigns.Replace(text) }
