//go:build man

package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// addManCommand adds the hidden command man, which writes the manual pages of
// all commands into a directory. Only builds with the tag man have it, so that
// releases do not contain the libraries that render the pages.
func addManCommand(a *app, root *cobra.Command) {
	root.AddCommand(&cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages into a directory",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			commands := a.root([]string{"report"}) // with the subcommands of report, which are added when needed
			commands.DisableAutoGenTag = true      // the date of a build would make it differ from the next one
			commands.Long += "\n\n" + strings.ReplaceAll("  "+settingsHelp(), "\n", "\n  ") + "\n\n" + exitHelp
			return doc.GenManTree(commands, &doc.GenManHeader{Title: "JIRA-MCP", Section: "1", Source: "jira-mcp " + version(), Manual: "jira-mcp"}, args[0])
		},
	})
}
