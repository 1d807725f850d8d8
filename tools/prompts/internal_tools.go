package prompts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/issues"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// readersInput names the issue of the comment.
type readersInput struct {
	Issue string `json:"issue"`
}

// Describe implements [kit.Describer].
func (in readersInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// readersOutput lists the people who may be notified of a new comment on an
// issue, and whether customers may see it (a service desk).
type readersOutput struct {
	Assignee    string   `json:"assignee,omitempty"`
	Reporter    string   `json:"reporter,omitempty"`
	Watchers    []string `json:"watchers"`
	ServiceDesk bool     `json:"service_desk"`
	Note        string   `json:"note,omitempty"`
}

// Markdown implements [kit.Output].
func (o *readersOutput) Markdown(m kit.Mark) string {
	var parts []string
	for _, p := range []struct{ role, who string }{{"assignee", o.Assignee}, {"reporter", o.Reporter}, {"watchers", strings.Join(o.Watchers, ", ")}} {
		if p.who != "" {
			parts = append(parts, p.role+" "+p.who)
		}
	}
	s := "May be notified of a comment: " + text.ValueOrNone(strings.Join(parts, "; ")) + ", and anyone mentioned in it."
	if o.ServiceDesk {
		return s + " This is a service desk: customers see public comments; without public: true a comment is internal." + text.PrefixIfSet(" ", o.Note)
	}
	return s + " Customers do not see it: this is not a service desk." + text.PrefixIfSet(" ", o.Note)
}

// commentReaders returns who may be notified of a comment. If the watchers may
// not be read, the result says so. An issue whose project type is unknown
// counts as one of a service desk, to be on the safe side.
func (r *internalTools) commentReaders(ctx context.Context, in readersInput) (*readersOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	issue, err := r.Jira.GetIssue(ctx, key, []string{"assignee", "reporter", "project", "watches"}, nil)
	if err != nil {
		return nil, err
	}
	out := &readersOutput{Assignee: names.Format(issue.Fields["assignee"]), Reporter: names.Format(issue.Fields["reporter"]), Watchers: []string{}, ServiceDesk: issues.AudienceOf(issue.Fields) != issues.AudienceTeam}
	var watchers jira.Watchers
	out.Note, err = env.Secondary(ctx, "the watchers", func(ctx context.Context) (err error) {
		watchers, err = r.Jira.Watchers(ctx, issue.Key)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, w := range watchers.People {
		out.Watchers = append(out.Watchers, text.OneLine(w.DisplayName))
	}
	return out, nil
}

// similarInput holds the project to search and the summary to compare.
type similarInput struct {
	Project string `json:"project"`
	Summary string `json:"summary"`
}

// similarOutput lists issues that may be about the same.
type similarOutput struct {
	Issues []issues.Similar `json:"issues"`
}

// Markdown implements [kit.Output].
func (o *similarOutput) Markdown(m kit.Mark) string {
	if len(o.Issues) == 0 {
		return "No similar issue was found."
	}
	text := "Similar issues:"
	for _, i := range o.Issues {
		text += "\n" + i.String()
	}
	return text
}

func (r *internalTools) similarIssues(ctx context.Context, in similarInput) (*similarOutput, error) {
	project, err := r.Names.Project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	found, err := issues.FindSimilar(ctx, r.Env, issues.SimilarQuery{Project: project, Summary: in.Summary})
	return &similarOutput{append([]issues.Similar{}, found...)}, err
}

// fileInput holds the id of an attachment.
type fileInput struct {
	ID string `json:"id"`
}

// fileOutput is a file: its text, or its unchanged bytes if it is not text.
type fileOutput struct {
	Type string `json:"type"`
	Text string `json:"text,omitempty" text:"lines"`

	data []byte
}

// Markdown implements [kit.Output].
func (o *fileOutput) Markdown(m kit.Mark) string { return o.Text }

// Describe implements [kit.Describer].
func (o *fileOutput) Describe() kit.Description {
	return kit.Description{Images: o.images()}
}

// images returns the bytes of a file that is not text, whatever its type: a
// tool's result has no other content for binary data.
func (o *fileOutput) images() []kit.Image {
	if o.data == nil {
		return nil
	}
	return []kit.Image{{Type: o.Type, Data: o.data}}
}

// file reads an attachment by its id. It returns text as text/plain, whatever
// its markup, and other files unchanged, up to issues.MaxResourceSize.
func (r *internalTools) file(ctx context.Context, in fileInput) (*fileOutput, error) {
	if strings.Trim(in.ID, "0123456789") != "" || in.ID == "" {
		return nil, errors.New("give the file's number, such as jira://attachment/10200. jira_get_attachment accepts an issue and the file's name")
	}
	content, err := r.download(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &fileOutput{Type: issues.DetectType(content.Data)}
	switch text, _, ok := issues.DecodeText(content.Data, out.Type); {
	case ok:
		out.Type, out.Text = "text/plain", text
	case len(content.Data) > issues.MaxResourceSize:
		return nil, fmt.Errorf("the file has %d bytes; the limit is %d MiB. jira_get_attachment returns images at a reduced size", len(content.Data), issues.MaxResourceSize>>20)
	default:
		out.data = content.Data
	}
	return out, nil
}

// download reads an attachment, and compares it with its metadata if the token
// may read that: it needs more scopes than the content.
func (r *internalTools) download(ctx context.Context, id string) (jira.Content, error) {
	meta, err := r.Jira.AttachmentMeta(ctx, id)
	switch {
	case jira.IsMissingScope(err):
		return r.Jira.AttachmentContent(ctx, id)
	case err != nil:
		return jira.Content{}, err
	}
	return r.Jira.DownloadAttachment(ctx, id, meta.Size, meta.Type)
}
