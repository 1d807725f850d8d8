package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// maxDocument bounds what is read as one document or text.
const maxDocument = 64 << 20

// adfRecord is a line of --ndjson, in and out.
type adfRecord struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Doc      json.RawMessage `json:"doc,omitempty"`
	Markdown *string         `json:"markdown,omitempty"`
	Report   *adf.Report     `json:"report,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// conversion is one of the adf commands.
type conversion struct {
	use, short, long, example string
	// record converts one line. What it returns is written with the line's id.
	record func(in adfRecord) (adfRecord, error)
	// plain converts one text. What it left undone is named with the text.
	plain func(in string, args []string) (out string, lost []string, _ error)
	args  int
}

func (a *app) adfCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adf",
		Short: "Convert between Markdown and Jira's rich text",
		Long: `Convert between Markdown and Atlassian Document Format (ADF), the JSON in which
Jira Cloud keeps rich text. Reads standard input and needs no Jira.

With --ndjson each line of the input is a JSON object, and so is each line of
the output, in the same order: a corpus runs in one process. A line that fails
gives {"id","error"}, and the exit status is 1.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range conversions {
		cmd.AddCommand(a.conversionCommand(c))
	}
	return cmd
}

var conversions = []conversion{
	{
		use: "to-markdown", short: "Show an ADF document as Markdown",
		long: `Show an ADF document as GitHub-flavoured Markdown. Everything in it comes back
with from-markdown, but for what is shown as a placeholder: apply keeps that.

With --ndjson: {"id","doc"} in, {"id","markdown"} out.`,
		example: `  jira-mcp adf to-markdown < description.json`,
		record: func(in adfRecord) (adfRecord, error) {
			doc, err := in.document()
			if err != nil {
				return adfRecord{}, err
			}
			md := adf.ToMarkdown(doc)
			return adfRecord{Markdown: &md}, nil
		},
		plain: func(in string, _ []string) (string, []string, error) {
			doc, err := decodeDocument([]byte(in))
			if err != nil {
				return "", nil, err
			}
			return adf.ToMarkdown(doc), nil, nil
		},
	},
	{
		use: "from-markdown", short: "Make an ADF document of Markdown",
		long: `Make an ADF document of GitHub-flavoured Markdown. It is always one that Jira's
schema allows: what Markdown nests and ADF does not is restructured, and the
text is kept. At most 128 KiB.

With --ndjson: {"id","markdown"} in, {"id","doc"} out.`,
		example: `  echo '> [!WARNING]
  > Not on **Friday**.' | jira-mcp adf from-markdown`,
		record: func(in adfRecord) (adfRecord, error) {
			if in.Markdown == nil {
				return adfRecord{}, errors.New(`no "markdown"`)
			}
			doc, err := adf.FromMarkdown(*in.Markdown)
			if err != nil {
				return adfRecord{}, err
			}
			return documentRecord(doc)
		},
		plain: func(in string, _ []string) (string, []string, error) {
			doc, err := adf.FromMarkdown(in)
			if err != nil {
				return "", nil, err
			}
			data, err := doc.MarshalJSON()
			return string(data), nil, err
		},
	},
	{
		use: "apply ORIGINAL", short: "Change an ADF document as its Markdown was changed", args: 1,
		long: `Change the ADF document in the file ORIGINAL as its Markdown was changed: read
the edited Markdown and print the edited document. What was not edited stays as
it is, with all that Markdown does not show. Rich content that the edit removes,
and edits of what is only a placeholder in the Markdown, are named on standard
error; with --strict they fail.

With --ndjson, which takes no ORIGINAL: {"id","doc","markdown"} in,
{"id","doc","report"} out.`,
		example: `  jira-mcp adf to-markdown < old.json | sed 's/Friday/Monday/' | jira-mcp adf apply old.json > new.json`,
		record: func(in adfRecord) (adfRecord, error) {
			doc, err := in.document()
			if err != nil {
				return adfRecord{}, err
			}
			if in.Markdown == nil {
				return adfRecord{}, errors.New(`no "markdown"`)
			}
			edited, report, err := adf.Apply(doc, *in.Markdown)
			if err != nil {
				return adfRecord{}, err
			}
			out, err := documentRecord(edited)
			out.Report = report
			return out, err
		},
		plain: func(in string, args []string) (string, []string, error) {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return "", nil, usageError{err}
			}
			doc, err := decodeDocument(data)
			if err != nil {
				return "", nil, fmt.Errorf("%s: %w", args[0], err)
			}
			edited, report, err := adf.Apply(doc, in)
			if err != nil {
				return "", nil, err
			}
			var lost []string
			for _, l := range report.Lost {
				lost = append(lost, "removed: "+l.String())
			}
			for _, l := range report.Ignored {
				lost = append(lost, "not edited, since only a placeholder is shown: "+l)
			}
			out, err := edited.MarshalJSON()
			return string(out), lost, err
		},
	},
}

func (a *app) conversionCommand(c conversion) *cobra.Command {
	ndjson, strict := false, false
	cmd := &cobra.Command{
		Use: c.use, Short: c.short, Long: c.long, Example: c.example,
		Args: func(cmd *cobra.Command, args []string) error {
			want := c.args
			if ndjson {
				want = 0
			}
			if err := cobra.ExactArgs(want)(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; what is converted is read from standard input. See jira-mcp adf %s --help", err, cmd.Name())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if ndjson {
				return a.convertLines(c, strict)
			}
			in, err := io.ReadAll(io.LimitReader(a.in, maxDocument+1))
			if err != nil {
				return err
			}
			if len(in) > maxDocument {
				return fmt.Errorf("the input is over %d MiB", maxDocument>>20)
			}
			out, lost, err := c.plain(string(in), args)
			if err != nil {
				return err
			}
			for _, l := range lost {
				fmt.Fprintln(a.err, l)
			}
			if len(lost) > 0 && strict {
				return errors.New("nothing was written, because of --strict")
			}
			_, err = fmt.Fprintln(a.out, out)
			return err
		},
	}
	cmd.Flags().BoolVar(&ndjson, "ndjson", false, "one JSON object a line")
	if c.args > 0 {
		cmd.Flags().BoolVar(&strict, "strict", false, "fail where rich content would be removed, or an edit cannot be made")
	}
	return cmd
}

// convertLines converts line by line.
func (a *app) convertLines(c conversion, strict bool) error {
	enc := json.NewEncoder(a.out) // a line is written at once: somebody may wait for it
	enc.SetEscapeHTML(false)
	lines := bufio.NewScanner(a.in)
	lines.Buffer(make([]byte, 64<<10), maxDocument)
	failed, total := 0, 0
	for lines.Scan() {
		total++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		result := convertLine(c, total, lines.Bytes())
		if r := result.Report; r != nil && strict && len(r.Lost)+len(r.Ignored) > 0 {
			result = adfRecord{ID: result.ID, Report: r, Error: "rich content would be removed, or an edit cannot be made"}
		}
		if result.Error != "" {
			failed++
		}
		if err := enc.Encode(result); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", total+1, err)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d lines failed; see their \"error\"", failed, total)
	}
	return nil
}

func convertLine(c conversion, number int, line []byte) adfRecord {
	var in adfRecord
	if err := json.Unmarshal(line, &in); err != nil {
		return adfRecord{ID: in.ID, Error: fmt.Sprintf("line %d is no JSON object with id, doc and markdown: %v", number, err)}
	}
	out, err := c.record(in)
	if err != nil {
		out = adfRecord{Error: err.Error()}
	}
	out.ID = in.ID
	return out
}

func (r adfRecord) document() (*adf.Node, error) {
	switch {
	case len(r.Doc) == 0:
		return nil, errors.New(`no "doc"`)
	case r.Doc[0] == '"':
		return nil, errors.New(`"doc" is a string; give the object itself`)
	}
	return decodeDocument(r.Doc)
}

func decodeDocument(data []byte) (*adf.Node, error) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, errors.New("the input is empty; an ADF document is expected")
	}
	doc, err := adf.Decode(data)
	switch {
	case err != nil:
		return nil, err
	case doc.Type != "doc":
		return nil, fmt.Errorf(`this is JSON, but no ADF document: its type is %q and not "doc"`, doc.Type)
	}
	return doc, nil
}

func documentRecord(doc *adf.Node) (adfRecord, error) {
	data, err := doc.MarshalJSON()
	return adfRecord{Doc: data}, err
}
