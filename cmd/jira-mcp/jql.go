package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// jqlRecord is the result for one query, one a line with --ndjson.
type jqlRecord struct {
	ID       json.RawMessage `json:"id,omitempty"`
	OK       bool            `json:"ok"` // the query parses
	Tree     *jql.Query      `json:"tree,omitempty"`
	Printed  string          `json:"printed,omitempty"`  // the query in canonical form
	Confined string          `json:"confined,omitempty"` // with --confine
	Refused  string          `json:"refused,omitempty"`  // with --confine: why a server with such a fence would reject the query
	Asks     []string        `json:"asks,omitempty"`     // with --confine: what that server would look up in Jira first: issue PAY-1, version 24.12 …
	Error    string          `json:"error,omitempty"`
	At       *int            `json:"at,omitempty"`       // the offset in bytes at which parsing failed
	Expected string          `json:"expected,omitempty"` // what the parser expected there
}

// maxQuery bounds the size in bytes of a query, and of a line of --ndjson.
const maxQuery = 1 << 20

// jqlCommand returns the command jql.
func (a *app) jqlCommand() *cobra.Command {
	var confine []string
	var ndjson bool
	cmd := &cobra.Command{
		Use:   "jql [QUERY|-]",
		Short: "Parse a JQL query, and confine it to projects",
		Long: `Parse a JQL query and print, as JSON, its tree and canonical form, or the
position of the error and what was expected there. With --confine, also print
the query restricted to the projects; why a server confined to them would refuse
it, if it would; and the names that such a server would first look up in Jira.
Without QUERY it is read from standard input. Jira is not contacted: fields and
values are not checked.

With --ndjson, each line of the input is {"id","jql"}, and each line of the
output its result, in the same order. The exit status is 1 if a query does not
parse.`,
		Example: `  jira-mcp jql 'assignee = currentUser() AND status WAS "In Review" ORDER BY rank'
  jira-mcp jql --confine PAY,OPS 'created >= -1d OR project = HR'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MaximumNArgs(1)(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; put the query in quotes", err)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("confine") && len(confine) == 0 {
				return usageError{errors.New("--confine names no project")}
			}
			for _, project := range confine {
				if !key.IsProject(project) {
					return usageError{fmt.Errorf("--confine: %q is not a project's key like PAY", project)}
				}
			}
			if ndjson {
				return a.jqlLines(cmd.Context(), confine)
			}
			text, err := a.query(args)
			if err != nil {
				return err
			}
			r := examineQuery(cmd.Context(), text, confine)
			if err := writeJSON(a.out, r); err != nil {
				return err
			}
			if !r.OK {
				return reportedError{errors.New(r.Error)}
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&confine, "confine", nil, "project keys, comma-separated")
	cmd.Flags().BoolVar(&ndjson, "ndjson", false, "read and write one JSON object per line")
	return cmd
}

// query returns the argument, or standard input without its final newline.
func (a *app) query(args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		return args[0], nil
	}
	data, err := io.ReadAll(io.LimitReader(a.input("the query"), maxQuery))
	return strings.TrimRight(string(data), "\r\n"), err
}

// examineQuery parses a query and, if confine names projects, confines it to
// them.
func examineQuery(ctx context.Context, text string, confine []string) jqlRecord {
	q, err := jql.Parse(text)
	var wrong *jql.Error
	if errors.As(err, &wrong) {
		return jqlRecord{Error: wrong.Error(), At: &wrong.At, Expected: wrong.Expected}
	}
	if err != nil {
		return jqlRecord{Error: err.Error()}
	}
	r := jqlRecord{OK: true, Tree: q, Printed: q.String()}
	if len(confine) > 0 {
		r.Confined = q.Confine(confine).String()
		r.check(ctx, text, confine)
	}
	return r
}

// check sets Refused and Asks: whether a server confined to the projects would
// send the query, and what it would look up first.
func (r *jqlRecord) check(ctx context.Context, text string, projects []string) {
	f, err := fence.New(projects, nil)
	if err == nil {
		_, err = f.ConfineQuery(ctx, text, &offlineSite{f, r})
	}
	if err != nil {
		r.Refused = err.Error()
	}
}

// offlineSite is a [fence.NameChecker] without a Jira. It decides about project
// keys by the fence; it takes everything else to be inside, and notes that the
// fence asked for it.
type offlineSite struct {
	fence *fence.Fence
	r     *jqlRecord
}

// Inside implements [fence.NameChecker].
func (u *offlineSite) Inside(_ context.Context, kind operation.Kind, name string) (bool, error) {
	if kind == operation.KindProject {
		if _, err := strconv.Atoi(name); err != nil && key.IsProject(name) {
			return u.fence.IsProjectInside(name), nil
		}
	}
	u.r.Asks = append(u.r.Asks, string(kind)+" "+name)
	return true, nil
}

// InsideNames implements [fence.NameChecker].
func (u *offlineSite) InsideNames(context.Context, operation.Kind) []string { return nil }

// Filters implements [fence.NameChecker]. It returns an empty query for each
// saved filter.
func (u *offlineSite) Filters(_ context.Context, who string) ([]string, error) {
	u.r.Asks = append(u.r.Asks, "filter "+who)
	return []string{""}, nil
}

// FieldKind implements [fence.NameChecker].
func (u *offlineSite) FieldKind(context.Context, string) (operation.Kind, error) { return "", nil }

// jqlLines examines standard input line by line, {"id","jql"} each. A query
// that does not parse gives a record with an error; the rest is examined all
// the same.
func (a *app) jqlLines(ctx context.Context, confine []string) error {
	lines := bufio.NewScanner(a.input("one JSON object a line"))
	lines.Buffer(nil, maxQuery)
	out := bufio.NewWriter(a.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	failed := 0
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var in struct {
			ID  json.RawMessage `json:"id"`
			JQL *string         `json:"jql"`
		}
		r := jqlRecord{Error: `not a JSON object like {"id": 1, "jql": "project = PAY"}`}
		if err := json.Unmarshal(lines.Bytes(), &in); err == nil && in.JQL != nil {
			r = examineQuery(ctx, *in.JQL, confine)
		}
		if r.ID = in.ID; !r.OK {
			failed++
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	if err := errors.Join(lines.Err(), out.Flush()); err != nil {
		return err
	}
	if failed > 0 {
		return reportedError{fmt.Errorf("%d queries do not parse", failed)}
	}
	return nil
}
