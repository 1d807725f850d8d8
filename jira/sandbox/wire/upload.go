package wire

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// maxUpload is the largest file that the site accepts: 10 MiB.
const maxUpload = 10 << 20

// renderAttachment renders the metadata of an attachment.
func (r *request) renderAttachment(a *store.Attachment) any {
	return object{"self": r.selfURL("attachment/%s", a.ID), "id": a.ID, "filename": a.Name, "mimeType": a.MediaType, "size": a.Size,
		"author": r.person(a.Author), "created": r.formatTime(a.Created), "content": r.selfURL("attachment/content/%s", a.ID)}
}

// addAttachments handles POST issue/{key}/attachments. The files come as
// multipart/form-data under the name "file". The request needs the header
// X-Atlassian-Token: no-check, which protects against cross-site request
// forgery, since no web page can send it (contract, addAttachment).
//
// The stored name has no path, and "_" in place of each of \/:*?"<>|%$. If one
// file is refused, none is stored.
func addAttachments(r *request) (any, error) {
	if r.Header.Get("X-Atlassian-Token") != "no-check" {
		return nil, fail(http.StatusForbidden, "XSRF check failed")
	}
	i, err := r.findIssue()
	if err != nil {
		return nil, err
	}
	if !access.Can(r.user, i.Project, "CREATE_ATTACHMENTS") {
		return nil, fail(http.StatusForbidden, "You do not have permission to create attachments for this issue.")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fail(http.StatusBadRequest, "The request is not multipart: %v", err)
	}
	var added []*store.Attachment
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fail(http.StatusBadRequest, "The request is not multipart: %v", err)
		}
		name, err := uploadName(part)
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(part, maxUpload+1))
		if err != nil || len(data) > maxUpload {
			return nil, fail(http.StatusRequestEntityTooLarge, "The file is larger than %d bytes.", maxUpload)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if kind == "" {
			kind = "application/octet-stream"
		}
		name = strings.Map(func(c rune) rune {
			if strings.ContainsRune(`\/:*?"<>|%$`, c) {
				return '_'
			}
			return c
		}, path.Base(name))
		added = append(added, &store.Attachment{ID: r.site.Serial(), Name: name, MediaType: kind, Size: len(data), Data: data, Author: r.user, Created: r.site.Now()})
	}
	if len(added) == 0 {
		return nil, fail(http.StatusBadRequest, "No files were sent under the name 'file'.")
	}
	_, err = r.site.Update(i.ID, func(d *store.Issue) error {
		d.Attachments = append(d.Attachments, added...)
		d.Updated = r.site.Now()
		return nil
	})
	return renderEach(added, r.renderAttachment), err
}

// uploadName returns the name of an uploaded file. It is in UTF-8, with quotes
// as %22; the form filename*= is not allowed (RFC 7578, section 4.2), and Jira
// answers it with an internal error.
func uploadName(part *multipart.Part) (string, error) {
	disposition := part.Header.Get("Content-Disposition")
	if strings.Contains(disposition, "filename*") {
		return "", fail(http.StatusInternalServerError, "Internal server error")
	}
	if part.FormName() != "file" || part.FileName() == "" {
		return "", fail(http.StatusBadRequest, "No files were sent under the name 'file'.")
	}
	return strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(part.FileName()), nil
}
