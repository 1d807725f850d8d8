package issues

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// defineAddAttachment declares jira_add_attachment.
func defineAddAttachment() kit.Definition[*attachmentTools] {
	return kit.Define(kit.Spec{
		Name: "jira_add_attachment", Title: "Attach a file", Effect: kit.Edit, Toolset: "attachments",
		Description: "Attach a file to an issue, given as text or base64, or from the server's files directory.",
		Permissions: []string{"CREATE_ATTACHMENTS"},
		Requires:    operation.Keys(jira.OpAddAttachment), Optional: operation.Keys(jira.OpGetIssue, jira.OpMyPermissions),
	}, (*attachmentTools).add)
}

// uploadInput holds the arguments of jira_add_attachment. The content is given
// in exactly one of Text, Base64 and File.
type uploadInput struct {
	Issue  string `json:"issue" doc:"key"`
	Name   string `json:"name,omitempty" doc:"file name; required with text and base64"`
	Text   string `json:"text,omitempty"`
	Base64 string `json:"base64,omitempty"`
	File   string `json:"file,omitempty" doc:"path in the server's files directory"`
}

// Describe implements [kit.Describer].
func (in uploadInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// uploadOutput is the result of jira_add_attachment.
type uploadOutput struct {
	Issue string `json:"issue"`
	File  string `json:"file"`
	ID    string `json:"id,omitempty"`
	Size  int    `json:"size"` // bytes
	Note  string `json:"note,omitempty"`
	kit.DryRunResult
}

// Markdown implements [kit.Output].
func (o *uploadOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	return fmt.Sprintf("Attached %s (%d bytes%s) to %s.", o.File, o.Size, text.PrefixIfSet(", id ", o.ID), o.Issue) + text.PrefixIfSet("\n", o.Note)
}

// add attaches a file to an issue. Everything about the file is checked before
// anything is sent. A dry run checks that the issue exists. The output reports
// the name that Jira stored, if it differs.
func (a *attachmentTools) add(ctx context.Context, in uploadInput) (*uploadOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	name, data, err := a.uploadContent(in)
	if err != nil {
		return nil, kit.NothingSent("%w", err)
	}
	if err := write.CheckPermission(ctx, a.Env, key, "CREATE_ATTACHMENTS", "attach files to"); err != nil {
		return nil, err
	}
	out := &uploadOutput{Issue: key, File: name, Size: len(data)}
	added, err := a.Jira.AddAttachment(ctx, key, name, jira.Content{Type: uploadType(data), Data: data})
	if write.IsDryRun(err) {
		if _, err := a.Jira.GetIssue(ctx, key, []string{"summary"}, nil); err != nil {
			return nil, err
		}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("attach %s (%d bytes) to %s", name, len(data), key)}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The upload", fmt.Sprintf(`jira_get_issue {"issues":[%q]} lists the files`, key))
	if err != nil {
		return nil, err
	}
	if lost {
		out.Note = "Jira accepted it; its answer was lost."
		return out, nil
	}
	out.ID = added.ID
	if added.Name != "" && added.Name != name {
		out.File, out.Note = added.Name, "Jira renamed it from "+name+"."
	}
	if added.Size != out.Size {
		out.Note = strings.TrimSpace(out.Note + fmt.Sprintf(" Jira reports %d bytes for it, which is not the size of the file; check it with jira_get_attachment.", added.Size))
	}
	return out, nil
}

// uploadType returns the media type that a file is sent with: the detected type,
// with UTF-8 as the character set of text, or application/octet-stream for an
// empty file.
func uploadType(data []byte) string {
	kind := DetectType(data)
	if strings.HasPrefix(kind, "text/") {
		return kind + "; charset=utf-8"
	}
	if kind == "empty" {
		return "application/octet-stream"
	}
	return kind
}

// uploadContent returns the name and the bytes of the file to attach. It
// requires exactly one source, and a name that is a plain file name without
// directories or control characters, of at most 255 bytes. The name of a file
// from the directory defaults to its own. Empty files, and files larger than
// maxFileSize, are refused.
func (a *attachmentTools) uploadContent(in uploadInput) (name string, data []byte, err error) {
	ways := 0
	for _, given := range []string{in.Text, in.Base64, in.File} {
		if given != "" {
			ways++
		}
	}
	if ways != 1 {
		return "", nil, errors.New("give one of text, base64 and file")
	}
	name = strings.TrimSpace(in.Name)
	switch {
	case in.File != "":
		if data, err = a.readFile(in.File); err != nil {
			return "", nil, err
		}
		if name == "" {
			name = path.Base(strings.ReplaceAll(in.File, `\`, "/"))
		}
	case in.Base64 != "":
		if data, err = decodeBase64(in.Base64); err != nil {
			return "", nil, err
		}
	default:
		data = []byte(in.Text)
	}
	switch {
	case name == "":
		return "", nil, errors.New("name is required, such as log.txt")
	case strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(name) || len(name) > 255:
		return "", nil, errors.New("name must be a plain file name without a path, at most 255 bytes")
	case len(data) == 0:
		return "", nil, errors.New("the file is empty")
	case len(data) > maxFileSize:
		return "", nil, fmt.Errorf("the file has %d bytes; the limit is %d MiB", len(data), maxFileSize>>20)
	}
	return name, data, nil
}

// decodeBase64 returns the bytes of base64, in either alphabet, with or without
// padding and line breaks. A data: address is accepted as well.
func decodeBase64(given string) ([]byte, error) {
	if content, isBase64, ok := decodeDataAddress(given); ok {
		plain, err := url.PathUnescape(content)
		if err != nil {
			return nil, errors.New("the data: URL in base64 cannot be decoded")
		}
		if !isBase64 {
			return []byte(plain), nil
		}
		given = plain
	}
	given = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.Join(strings.Fields(given), ""), "="))
	data, err := base64.RawStdEncoding.DecodeString(given)
	if err != nil {
		return nil, errors.New("base64 is not valid base64")
	}
	return data, nil
}

// readFile reads a file below the directory that the server's settings allow
// (JIRA_MCP_FILES_DIR). The path comes from a model, which may follow
// instructions in a text from Jira, so the checks are strict:
//
//  1. The path must be relative and must not leave the directory; "\" counts
//     as "/". [os.Root] enforces this too.
//  2. No symbolic link is followed, not even one that stays inside: every
//     component of the path is checked with Lstat.
//  3. Only regular files are read. Opening a named pipe would block until
//     somebody writes to it, so the type is checked before opening, and the
//     file is opened with O_NONBLOCK in case it is replaced in between.
//  4. The opened file must be the one that was checked, or the call fails.
//  5. It has one name: a hard link would be a way to a file from elsewhere.
//
// It reads one byte more than maxFileSize at most, so that the caller notices a
// file that is too large.
func (a *attachmentTools) readFile(name string) ([]byte, error) {
	if a.Files == nil {
		return nil, errors.New("this server has no files directory (JIRA_MCP_FILES_DIR); give text or base64")
	}
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if !fs.ValidPath(clean) || clean == "." {
		return nil, fmt.Errorf("%q is not a relative path inside the files directory", text.Shorten(name, 120))
	}
	parts := strings.Split(clean, "/")
	var seen os.FileInfo
	for n := range parts {
		info, err := a.Files.Lstat(strings.Join(parts[:n+1], "/"))
		if err != nil {
			return nil, fmt.Errorf("no file %q in the files directory", text.Shorten(clean, 120))
		}
		if info.Mode()&os.ModeSymlink != 0 {
			return nil, fmt.Errorf("%q contains a symbolic link, which is not followed", text.Shorten(clean, 120))
		}
		seen = info
	}
	if !seen.Mode().IsRegular() { // opening another kind of file may block forever
		return nil, fmt.Errorf("%q is not a regular file", text.Shorten(clean, 120))
	}
	f, err := a.Files.OpenFile(clean, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read", text.Shorten(clean, 120))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || !os.SameFile(seen, info):
		return nil, fmt.Errorf("%q changed while it was being opened", text.Shorten(clean, 120))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file", text.Shorten(clean, 120))
	case linkCount(f, info) > 1:
		return nil, fmt.Errorf("%q has several hard links, so it may be a file from outside the files directory; use a copy", text.Shorten(clean, 120))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read", text.Shorten(clean, 120))
	}
	return data, nil
}
