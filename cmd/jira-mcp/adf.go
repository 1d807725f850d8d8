package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// maxDocument bounds the size in bytes of one document or text.
const maxDocument = 64 << 20

// adfRecord is one line of --ndjson, in and out. Which members are set depends
// on the command. Without --ndjson the commands use it too, with one record.
type adfRecord struct {
	ID       json.RawMessage `json:"id,omitempty"` // copied from the input line to its output line
	Doc      json.RawMessage `json:"doc,omitempty"`
	Markdown *string         `json:"markdown,omitempty"` // nil if missing, since "" is a text
	Report   *adf.Report     `json:"report,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// conversion describes one of the commands below adf.
type conversion struct {
	use, short, long, example string
	// reads makes the input record from standard input and the arguments.
	reads func(in string, args []string) (adfRecord, error)
	// args is how many arguments the command takes, without --ndjson.
	args int
	// convert returns the output record for an input record, without the id.
	convert func(in adfRecord) (adfRecord, error)
}

// adfCommand returns the command adf with its subcommands.
func (a *app) adfCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adf",
		Short: "Convert between Markdown and Jira's rich text",
		Long: `Convert between Markdown and Atlassian Document Format (ADF), the JSON format of
rich text in Jira Cloud. Reads standard input and does not contact Jira.

With --ndjson, each line of input and output is a JSON object, in the same
order, so that one process can convert many documents. A line that fails yields
{"id","error"}, and the exit status is 1.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range conversions {
		cmd.AddCommand(a.conversionCommand(c))
	}
	return cmd
}

// conversions are the commands below adf.
var conversions = []conversion{
	{
		use: "to-markdown", short: "Convert an ADF document to Markdown",
		long: `Convert an ADF document to GitHub-flavoured Markdown. from-markdown restores
everything except content shown as a placeholder; apply keeps that too.

With --ndjson: {"id","doc"} in, {"id","markdown"} out.`,
		example: `  jira-mcp adf to-markdown < description.json`,
		reads:   func(in string, _ []string) (adfRecord, error) { return adfRecord{Doc: json.RawMessage(in)}, nil },
		convert: func(in adfRecord) (adfRecord, error) {
			doc, err := in.document()
			if err != nil {
				return adfRecord{}, err
			}
			md := adf.ToMarkdown(doc)
			return adfRecord{Markdown: &md}, nil
		},
	},
	{
		use: "from-markdown", short: "Convert Markdown to an ADF document",
		long: `Convert GitHub-flavoured Markdown to an ADF document. The result is always valid
in Jira's schema: nesting that ADF does not allow is restructured, and the text
is kept. The Markdown may have at most 128 KiB.

With --ndjson: {"id","markdown"} in, {"id","doc"} out.`,
		example: `  echo '> [!WARNING]
  > Not on **Friday**.' | jira-mcp adf from-markdown`,
		reads: func(in string, _ []string) (adfRecord, error) { return adfRecord{Markdown: &in}, nil },
		convert: func(in adfRecord) (adfRecord, error) {
			if in.Markdown == nil {
				return adfRecord{}, errors.New(`no "markdown"`)
			}
			doc, err := adf.FromMarkdown(*in.Markdown)
			if err != nil {
				return adfRecord{}, err
			}
			data, err := doc.MarshalJSON()
			return adfRecord{Doc: data}, err
		},
	},
	{
		use: "apply ORIGINAL", short: "Apply edited Markdown to an ADF document", args: 1,
		long: `Apply edited Markdown to the ADF document in the file ORIGINAL: read the edited
Markdown and print the edited document. Unedited parts stay as they are,
including everything that Markdown does not show. Rich content that the edit
removes, and edits of placeholders, are reported on standard error; with
--strict they are errors.

With --ndjson, without ORIGINAL: {"id","doc","markdown"} in,
{"id","doc","report"} out.`,
		example: `  jira-mcp adf to-markdown < old.json | sed 's/Friday/Monday/' | jira-mcp adf apply old.json > new.json`,
		reads: func(in string, args []string) (adfRecord, error) {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return adfRecord{}, usageError{err}
			}
			return adfRecord{Doc: data, Markdown: &in}, nil
		},
		convert: func(in adfRecord) (adfRecord, error) {
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
			data, err := edited.MarshalJSON()
			return adfRecord{Doc: data, Report: report}, err
		},
	},
}

// conversionCommand returns the command for a conversion.
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
				return usageError{fmt.Errorf("%w; the input is read from standard input. See jira-mcp adf %s --help", err, cmd.Name())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if ndjson {
				return a.convertLines(c, strict)
			}
			in, err := io.ReadAll(io.LimitReader(a.input("the document"), maxDocument+1))
			if err != nil {
				return err
			}
			if len(in) > maxDocument {
				return fmt.Errorf("the input is over %d MiB", maxDocument>>20)
			}
			record, err := c.reads(string(in), args)
			if err != nil {
				return err
			}
			out, err := c.convert(record)
			if err != nil {
				return err
			}
			return a.printConverted(out, strict)
		},
	}
	cmd.Flags().BoolVar(&ndjson, "ndjson", false, "read and write one JSON object per line")
	if c.args > 0 {
		cmd.Flags().BoolVar(&strict, "strict", false, "fail if the edit would remove rich content or cannot be made")
	}
	return cmd
}

// printConverted writes the document or text to stdout, and to stderr what the
// edit removed or could not do. With strict it fails in that case and writes
// nothing to stdout.
func (a *app) printConverted(r adfRecord, strict bool) error {
	lost := r.lost()
	for _, l := range lost {
		fmt.Fprintln(a.err, l)
	}
	if len(lost) > 0 && strict {
		return errors.New("nothing was written, because of --strict")
	}
	out := string(r.Doc)
	if r.Markdown != nil {
		out = *r.Markdown
	}
	_, err := fmt.Fprintln(a.out, out)
	return err
}

// lost describes what an edit removed or could not do, one message each.
func (r adfRecord) lost() []string {
	var out []string
	if r.Report != nil {
		for _, l := range r.Report.Lost {
			out = append(out, "removed: "+l.String())
		}
		for _, l := range r.Report.Ignored {
			out = append(out, "not edited, since only a placeholder is shown: "+l)
		}
	}
	return out
}

// convertLines converts standard input line by line. A line that fails gives a
// record with an error, and the rest is converted all the same; the returned
// error counts the failures.
func (a *app) convertLines(c conversion, strict bool) error {
	// Each line is written at once, since the reader may wait for it before it
	// sends the next.
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	lines := bufio.NewScanner(a.input("one JSON object a line"))
	lines.Buffer(make([]byte, 64<<10), maxDocument)
	failed, total := 0, 0
	for lines.Scan() {
		total++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		result := convertLine(c, total, lines.Bytes())
		if lost := result.lost(); strict && len(lost) > 0 {
			result = adfRecord{ID: result.ID, Error: strings.Join(lost, "; ")}
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

// convertLine converts one line. Its number is for the error message.
func convertLine(c conversion, number int, line []byte) adfRecord {
	var in adfRecord
	if err := json.Unmarshal(line, &in); err != nil {
		return adfRecord{ID: in.ID, Error: fmt.Sprintf("line %d is not a JSON object with id, doc and markdown: %v", number, err)}
	}
	out, err := c.convert(in)
	if err != nil {
		out = adfRecord{Error: err.Error()}
	}
	out.ID = in.ID
	return out
}

// document decodes the record's ADF document.
func (r adfRecord) document() (*adf.Node, error) {
	data := bytes.TrimSpace(r.Doc)
	switch {
	case len(data) == 0:
		return nil, errors.New(`no "doc": an ADF document is expected`)
	case data[0] == '"':
		return nil, errors.New("the document is a string; give the object itself")
	}
	doc, err := adf.Decode(data)
	switch {
	case err != nil:
		return nil, err
	case doc.Type != "doc":
		return nil, fmt.Errorf(`this is JSON, but not an ADF document: its type is %q, not "doc"`, doc.Type)
	}
	return doc, nil
}
