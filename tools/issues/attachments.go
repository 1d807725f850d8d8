package issues

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// attachmentTools reads the files of issues, a few at a time: a file is held whole.
type attachmentTools struct {
	env.Env
	pictures *images
	slots    chan struct{}
}

// filesAtATime is how many files are held at a time.
const filesAtATime = 3

func newAttachmentTools(e env.Env) *attachmentTools {
	return &attachmentTools{e, newImages(), make(chan struct{}, filesAtATime)}
}

func defineAttachmentTools() []kit.Tool {
	return kit.Group(newAttachmentTools,
		kit.Define(kit.Spec{
			Name: "jira_get_attachment", Title: "Read a file of an issue", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Look at a file of an issue: pictures and texts.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpAttachmentContent),
		}, (*attachmentTools).get),
		defineAddAttachment(),
	)
}

// attachmentInput are the arguments of jira_get_attachment.
type attachmentInput struct {
	Issue string `json:"issue" doc:"key"`
	File  string `json:"file" doc:"name or id"`
	From  int    `json:"text_from,omitempty" min:"0" doc:"first character"`
}

// Describe implements [kit.Describer].
func (in attachmentInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// attachmentOutput is the result of jira_get_attachment.
type attachmentOutput struct {
	Issue  string `json:"issue"`
	File   string `json:"file"`
	ID     string `json:"id"`
	Type   string `json:"type"` // by what is in it, not by its name
	Size   int    `json:"size"` // bytes
	Author string `json:"author,omitempty"`
	Text   string `json:"text,omitempty"`
	From   int    `json:"text_from,omitempty"`
	Total  int    `json:"text_total,omitempty"` // characters
	Width  int    `json:"width,omitempty"`      // of the picture as it is, in pixels
	Height int    `json:"height,omitempty"`
	Note   string `json:"note,omitempty"`
	// Resource is the address of a file that is not shown, as it is.
	Resource string `json:"resource,omitempty"`

	picture kit.Image
}

// Markdown implements [kit.Output].
func (o *attachmentOutput) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s: %s, %d bytes%s", o.File, o.Issue, o.Type, o.Size, text.Prefixed(", by ", o.Author))
	if o.Width > 0 {
		fmt.Fprintf(&b, ", %d × %d pixels", o.Width, o.Height)
	}
	if o.Text != "" {
		b.WriteString("\n\n" + o.Text)
	}
	if next := o.From + utf8.RuneCountInString(o.Text); o.Total > next {
		fmt.Fprintf(&b, "\n[characters %d to %d of %d; more: text_from %d]", o.From, next, o.Total, next)
	}
	b.WriteString(text.Prefixed("\n", o.Note) + text.Prefixed(". As it is, it is the resource ", o.Resource))
	return b.String()
}

// Describe implements [kit.Describer].
func (o *attachmentOutput) Describe() kit.Description {
	return kit.Description{Images: o.images(), Links: o.links()}
}

// images returns what is shown beside the text.
func (o *attachmentOutput) images() []kit.Image {
	if o.picture.Data == nil {
		return nil
	}
	return []kit.Image{o.picture}
}

// links returns what the result points at.
func (o *attachmentOutput) links() []kit.Link {
	if o.Resource == "" {
		return nil
	}
	return []kit.Link{{URI: o.Resource, Name: o.File, Type: o.Type}}
}

// Trim implements [kit.Trimmer]: what is left out comes with text_from.
func (o *attachmentOutput) Trim(over int) bool {
	r := []rune(o.Text)
	if len(r) < 2 {
		return false
	}
	o.Text = string(r[:max(1, min(len(r)-over, len(r)*9/10))])
	return true
}

// attachment is a file as an issue lists it.
type attachment struct {
	ID     string    `json:"id"`
	Name   string    `json:"filename"`
	Size   int       `json:"size"`
	Author jira.User `json:"author"`
}

// textShown is how many characters of a text are shown at once.
const textShown = 16_000

func (a *attachmentTools) get(ctx context.Context, in attachmentInput) (*attachmentOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	issue, err := a.Jira.GetIssue(ctx, key, []string{"attachment"}, nil)
	if err != nil {
		return nil, err
	}
	file, err := choose(issue, in.File)
	if err != nil {
		return nil, err
	}
	out := &attachmentOutput{Issue: issue.Key, File: file.Name, ID: file.ID, Size: file.Size, Author: file.Author.DisplayName}
	if file.Size > maxFile {
		out.Type, out.Note = "not looked at", fmt.Sprintf("Files of more than %d MiB are not fetched. People see it at %s", maxFile>>20, a.Jira.BrowseURL(issue.Key))
		return out, nil
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	content, err := a.Jira.AttachmentContent(ctx, file.ID)
	if err != nil {
		return nil, err
	}
	out.Size = len(content.Data)
	out.Type = Sniff(content.Data)
	switch text, ok := AsText(content.Data, out.Type); {
	case ok:
		out.show(text, in.From)
	case strings.HasPrefix(out.Type, "image/"):
		a.pictures.show(ctx, out, content.Data)
	default:
		out.Note = "It is neither a picture nor text, and cannot be shown here. People see it at " + a.Jira.BrowseURL(issue.Key)
		if out.Size <= MaxResource {
			out.Resource = "jira://attachment/" + file.ID
		}
	}
	return out, nil
}

// maxFile is how large a file may be to be fetched, in bytes.
const maxFile = 20 << 20

// choose finds a file by name or id. Of several with one name none is guessed.
func choose(issue jira.Issue, wanted string) (attachment, error) {
	files, _ := jira.Value[[]attachment](issue.Fields, "attachment")
	var found []attachment
	var all []string
	for _, f := range files {
		if f.ID == strings.TrimSpace(wanted) || strings.EqualFold(f.Name, strings.TrimSpace(wanted)) {
			found = append(found, f)
		}
		all = append(all, fmt.Sprintf("%s (id %s, %d bytes)", f.Name, f.ID, f.Size))
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(files) == 0:
		return attachment{}, fmt.Errorf("%s has no files", issue.Key)
	case len(found) == 0:
		return attachment{}, fmt.Errorf("%s has no file %q. Its files: %s", issue.Key, text.Shorten(wanted, 80), strings.Join(all, "; "))
	}
	return attachment{}, fmt.Errorf("%s has several files called so; name one by its id. Its files: %s", issue.Key, strings.Join(all, "; "))
}

// Sniff tells what a file is by its content. Its name and the type that was
// claimed for it are whoever's who attached it.
func Sniff(data []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	switch {
	case len(data) == 0:
		return "empty"
	case bytes.HasPrefix(bytes.TrimSpace(data[:min(len(data), 512)]), []byte("<svg")):
		return "image/svg+xml"
	}
	return kind
}

// AsText gives a file as text where it is one. HTML, XML and SVG are text here:
// what is in them is shown, and nothing of it is carried out.
func AsText(data []byte, kind string) (string, bool) {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if bytes.HasPrefix(data, []byte(mark)) && len(data)%2 == 0 {
			units := make([]uint16, 0, len(data)/2)
			for i := 2; i < len(data); i += 2 {
				units = append(units, order.Uint16(data[i:]))
			}
			return string(utf16.Decode(units)), true
		}
	}
	if !strings.HasPrefix(kind, "text/") && kind != "image/svg+xml" && kind != "application/octet-stream" && kind != "empty" {
		return "", false
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", false
	}
	return strings.TrimPrefix(string(data), "\ufeff"), true
}

// show puts a page of a text into the output.
func (o *attachmentOutput) show(text string, from int) {
	o.From, o.Total = from, utf8.RuneCountInString(text)
	if from >= o.Total {
		if o.Note = "The file is empty."; o.Total > 0 {
			o.Note = fmt.Sprintf("There is nothing from character %d on; it has %d.", from, o.Total)
		}
		return
	}
	start, end, n := 0, len(text), 0
	for i := range text {
		if n == from {
			start = i
		}
		if n == from+textShown {
			end = i
			break
		}
		n++
	}
	o.Text = strings.Clone(text[start:end]) // the rest is let go
}

// MaxResource is how large a file may be that is handed on as it is.
const MaxResource = 4 << 20
