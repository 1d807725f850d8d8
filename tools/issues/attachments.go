package issues

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// attachmentTools is the receiver of the tools that read and attach files. A
// file is held in memory as a whole, so slots limits how many files are read at
// the same time.
type attachmentTools struct {
	env.Env
	converter *imageConverter
	slots     chan struct{}
}

// maxFilesAtOnce is the maximum number of files held in memory at the same time.
const maxFilesAtOnce = 3

// newAttachmentTools returns the receiver of the attachment tools for one user.
func newAttachmentTools(e env.Env) *attachmentTools {
	return &attachmentTools{e, newImageConverter(), make(chan struct{}, maxFilesAtOnce)}
}

// defineAttachmentTools declares jira_get_attachment and jira_add_attachment.
func defineAttachmentTools() []kit.Tool {
	return kit.Group(newAttachmentTools,
		kit.Define(kit.Spec{
			Name: "jira_get_attachment", Title: "Get an attachment", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Get the content of an issue's attachment: images and text files.",
			Permissions: []string{"BROWSE_PROJECTS"},
			// The resource jira://attachment/{id} reads the metadata.
			Requires: operation.Keys(jira.OpGetIssue, jira.OpAttachmentContent), Optional: operation.Keys(jira.OpAttachment),
		}, (*attachmentTools).get),
		defineAddAttachment(),
	)
}

// attachmentInput holds the arguments of jira_get_attachment.
type attachmentInput struct {
	Issue string `json:"issue" doc:"key"`
	File  string `json:"file" doc:"name or id"`
	From  int    `json:"text_from,omitempty" min:"0" doc:"first character"`
}

// Describe implements [kit.Describer].
func (in attachmentInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// attachmentOutput is the result of jira_get_attachment: a file's metadata, and
// its content as text or as an image, or the reason why it cannot be shown.
type attachmentOutput struct {
	Issue  string `json:"issue"`
	File   string `json:"file"`
	ID     string `json:"id"`
	Type   string `json:"type"` // detected from the content, not from the name
	Size   int    `json:"size"` // bytes
	Author string `json:"author,omitempty"`
	Text   string `json:"text,omitempty" text:"lines"`
	From   int    `json:"text_from,omitempty"`
	Total  int    `json:"text_total,omitempty"` // characters
	Width  int    `json:"width,omitempty"`      // of the original image, in pixels
	Height int    `json:"height,omitempty"`
	Note   string `json:"note,omitempty"`
	// Resource is the URI of a file that is not shown, whose unchanged content
	// an MCP client can read as a resource.
	Resource string `json:"resource,omitempty"`

	picture kit.Image
}

// Markdown implements [kit.Output].
func (o *attachmentOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s: %s, %d bytes%s", o.File, o.Issue, o.Type, o.Size, text.PrefixIfSet(", by ", o.Author))
	if o.Width > 0 {
		fmt.Fprintf(&b, ", %d × %d pixels", o.Width, o.Height)
	}
	if o.Text != "" {
		b.WriteString("\n\n" + m.Block(o.Text))
	}
	if next := o.From + utf8.RuneCountInString(o.Text); o.Total > next {
		fmt.Fprintf(&b, "\n[characters %d to %d of %d; more: text_from %d]", o.From, next, o.Total, next)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note) + text.PrefixIfSet(". For the original file, read the resource ", o.Resource))
	return b.String()
}

// Describe implements [kit.Describer].
func (o *attachmentOutput) Describe() kit.Description {
	return kit.Description{Images: o.images(), Links: o.links()}
}

// images returns the image that the result has beside its text.
func (o *attachmentOutput) images() []kit.Image {
	if o.picture.Data == nil {
		return nil
	}
	return []kit.Image{o.picture}
}

// links returns the link to the file's resource, if there is one.
func (o *attachmentOutput) links() []kit.Link {
	if o.Resource == "" {
		return nil
	}
	return []kit.Link{{URI: o.Resource, Name: o.File, Type: o.Type}}
}

// Trim implements [kit.Trimmer]: it cuts the end of the text. text_from
// retrieves the rest.
func (o *attachmentOutput) Trim(room *kit.Room) bool {
	r := []rune(o.Text)
	if len(r) < 2 {
		return false
	}
	room.Keep(1, len(r)-1, func(n int) { o.Text = string(r[:n]) })
	return true
}

// attachment is an entry of an issue's attachment field. The uploader chose its
// media type, which therefore only tells a file from a web page in its place.
type attachment struct {
	ID     string    `json:"id"`
	Name   string    `json:"filename"`
	Size   int       `json:"size"`
	Type   string    `json:"mimeType"`
	Author jira.User `json:"author"`
}

// textPageSize is the maximum number of characters of a text in one answer.
const textPageSize = 16_000

// get reads a file of an issue. It shows text from an offset on, and images as
// a smaller copy. A larger file than maxFileSize is not downloaded; anything
// that is neither text nor an image is described, with a link to the resource
// if it has at most MaxResourceSize bytes.
func (a *attachmentTools) get(ctx context.Context, in attachmentInput) (*attachmentOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	issue, err := a.Jira.GetIssue(ctx, key, []string{"attachment"}, nil)
	if err != nil {
		return nil, err
	}
	file, err := findAttachment(issue, in.File)
	if err != nil {
		return nil, err
	}
	out := &attachmentOutput{Issue: issue.Key, File: file.Name, ID: file.ID, Size: file.Size, Author: file.Author.DisplayName}
	if file.Size > maxFileSize {
		out.Type, out.Note = "not downloaded", fmt.Sprintf("Files larger than %d MiB are not downloaded. People can open it at %s", maxFileSize>>20, a.Jira.BrowseURL(issue.Key))
		return out, nil
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	content, err := a.Jira.DownloadAttachment(ctx, file.ID, file.Size, file.Type)
	if err != nil {
		return nil, err
	}
	out.Size = len(content.Data)
	out.Type = DetectType(content.Data)
	switch text, guessed, ok := DecodeText(content.Data, out.Type); {
	case ok:
		if guessed != "" {
			out.Note = "The file is not in UTF-8; it was decoded as " + guessed + ", which is a guess."
		}
		out.setText(text, in.From)
	case strings.HasPrefix(out.Type, "image/"):
		a.converter.addImage(ctx, out, content.Data)
	default:
		out.Note = "It is neither an image nor text and cannot be shown here. People can open it at " + a.Jira.BrowseURL(issue.Key)
		if out.Size <= MaxResourceSize {
			out.Resource = "jira://attachment/" + file.ID
		}
	}
	return out, nil
}

// maxFileSize is the maximum size of a file to be downloaded or attached, in
// bytes.
const maxFileSize = 20 << 20

// findAttachment returns the file of an issue with a name (ignoring case), or
// else with an id. If no file or several files match, it returns an error with the
// candidates instead of guessing.
func findAttachment(issue jira.Issue, wanted string) (attachment, error) {
	files, _ := jira.Value[[]attachment](issue.Fields, "attachment")
	found := names.Match(files, wanted, func(f attachment) string { return f.Name }, func(f attachment) string { return f.ID })
	var all []string
	for _, f := range files {
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
	return attachment{}, fmt.Errorf("%s has several files with this name; give an id. Its files: %s", issue.Key, strings.Join(all, "; "))
}

// DetectType returns the media type of a file, detected from its content: its
// name and the type that Jira reports are chosen by the person who attached it.
// It returns "empty" for an empty file, and "image/svg+xml" for SVG without an
// XML declaration, which [http.DetectContentType] does not detect.
func DetectType(data []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	switch {
	case len(data) == 0:
		return "empty"
	case bytes.HasPrefix(bytes.TrimSpace(data[:min(len(data), 512)]), []byte("<svg")):
		return "image/svg+xml"
	}
	return kind
}

// setText sets the output to at most textPageSize characters of a text from a
// character on, or to a note if the text ends before. It finds the byte offsets
// in one pass over the text, without a copy of it as runes, which would take
// four times the memory of an ASCII text.
func (o *attachmentOutput) setText(text string, from int) {
	o.From, o.Total = from, utf8.RuneCountInString(text)
	if from >= o.Total {
		if o.Note = "The file is empty."; o.Total > 0 {
			o.Note = fmt.Sprintf("Character %d is past the end; the text has %d characters.", from, o.Total)
		}
		return
	}
	start, end, n := 0, len(text), 0
	for i := range text {
		if n == from {
			start = i
		}
		if n == from+textPageSize {
			end = i
			break
		}
		n++
	}
	o.Text = strings.Clone(text[start:end]) // a copy, so that the rest can be freed
}

// MaxResourceSize is the maximum size of a file that a resource returns
// unchanged, in bytes.
const MaxResourceSize = 4 << 20
