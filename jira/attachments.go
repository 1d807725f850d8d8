package jira

import (
	"bytes"
	"cmp"
	"context"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpAttachmentContent downloads a file by its id. The address in an issue is of
// no use: it points at the site, even through the gateway, and the site does
// not accept a token with scopes.
var OpAttachmentContent = operation.Operation{
	ID: "getAttachmentContent", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/attachment/content/{id}",
	Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:attachment:jira"}},
	Names:  []operation.Reference{{Kind: operation.KindAttachment, At: "path:id"}}, Answers: operation.AnswerFile,
}

// OpAddAttachment attaches files to an issue.
var OpAddAttachment = operation.Operation{
	ID: "addAttachment", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/attachments",
	Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"read:user:jira", "write:attachment:jira", "read:attachment:jira", "read:avatar:jira"}},
	Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
}

// Attachment is a file attached to an issue.
type Attachment struct {
	ID     string `json:"id"`
	Name   string `json:"filename"`
	Size   int    `json:"size"`
	Type   string `json:"mimeType"` // according to the person or app that attached it
	Author User   `json:"author"`
}

// attachments is the answer to an upload, with one item for each file.
type attachments []Attachment

func (a *attachments) missingField() string {
	if len(*a) == 0 || (*a)[0].ID == "" {
		return "id"
	}
	return ""
}

// AddAttachment attaches a file to an issue. The request is sent once, as
// multipart/form-data with the header X-Atlassian-Token: no-check (contract).
func (c *Client) AddAttachment(ctx context.Context, keyOrID, name string, content Content) (Attachment, error) {
	out, err := do[attachments](ctx, c, request{op: OpAddAttachment, path: []string{keyOrID}, upload: &upload{name, content}})
	if err != nil {
		return Attachment{}, err
	}
	return out[0], nil
}

// upload is a file to send.
type upload struct {
	name string
	Content
}

// formFileName escapes a file name for a form. Other characters are sent as they
// are, in UTF-8: RFC 7578 forbids the form filename*=, and servers answer it
// with an error. Browsers escape the same three (WHATWG HTML, multipart form
// data).
var formFileName = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// encode returns the file as a form, with the content type of the form.
func (u *upload) encode() (body *bytes.Buffer, contentType string, err error) {
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", `form-data; name="file"; filename="`+formFileName.Replace(u.name)+`"`)
	head.Set("Content-Type", cmp.Or(u.Type, "application/octet-stream"))
	part, err := form.CreatePart(head)
	if err == nil {
		_, err = part.Write(u.Data)
	}
	if err == nil {
		err = form.Close()
	}
	return body, form.FormDataContentType(), err
}

// Content is the content of a file.
type Content struct {
	Type string // as Jira reports it, for example image/png
	Data []byte
}

// read implements rawAnswer.
func (f *Content) read(ans answer) { f.Type, f.Data = ans.header.Get("Content-Type"), ans.body }

// AttachmentContent returns the content of an attachment, at most 32 MiB. It
// asks Jira for the bytes themselves (redirect=false); if Jira redirects to the
// host that keeps the file, the request to that host has no credential.
func (c *Client) AttachmentContent(ctx context.Context, id string) (Content, error) {
	return do[Content](ctx, c, request{op: OpAttachmentContent, path: []string{id}, query: url.Values{"redirect": {"false"}}, file: true})
}
