package jira

import (
	"bytes"
	"cmp"
	"context"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpAttachmentContent downloads a file. It is addressed by its id, never by
// the address in an issue: that one points at the site, also through the
// gateway, where a token with scopes is not accepted.
var OpAttachmentContent = operation.Operation{
	ID: "getAttachmentContent", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/attachment/content/{id}",
	Scopes:     operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:attachment:jira"}},
	Repeatable: true, Names: []operation.Naming{{Kind: operation.KindAttachment, At: "path:id"}}, Answers: operation.AnswerFile,
}

// OpAddAttachment puts files on an issue.
var OpAddAttachment = operation.Operation{
	ID: "addAttachment", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/attachments",
	Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"read:user:jira", "write:attachment:jira", "read:attachment:jira", "read:avatar:jira"}},
	Names:  []operation.Naming{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
}

// Attachment is a file of an issue.
type Attachment struct {
	ID     string `json:"id"`
	Name   string `json:"filename"`
	Size   int    `json:"size"`
	Type   string `json:"mimeType"` // as whoever attached it says
	Author User   `json:"author"`
}

type attachments []Attachment

func (a *attachments) missingField() string {
	if len(*a) == 0 || (*a)[0].ID == "" {
		return "id"
	}
	return ""
}

// AddAttachment puts a file on an issue. It is sent once, as multipart/form-data
// with the header X-Atlassian-Token: no-check (contract).
func (c *Client) AddAttachment(ctx context.Context, keyOrID, name string, content Content) (Attachment, error) {
	out, err := do[attachments](ctx, c, request{op: OpAddAttachment, path: []string{keyOrID}, upload: &upload{name, content}})
	if err != nil {
		return Attachment{}, err
	}
	return out[0], nil
}

// upload is a file that a call sends.
type upload struct {
	name string
	Content
}

// encode writes the file as a form.
func (u *upload) encode() (body *bytes.Buffer, contentType string, err error) {
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": u.name}))
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

// Content is a file.
type Content struct {
	Type string // as Jira tells it, for example image/png
	Data []byte
}

// read implements rawAnswer.
func (f *Content) read(ans answer) { f.Type, f.Data = ans.header.Get("Content-Type"), ans.body }

// AttachmentContent downloads an attachment, at most 32 MiB. Jira is asked for
// the bytes themselves (redirect=false); if it answers with the address of the
// host that keeps the file, that host is asked without the credential.
func (c *Client) AttachmentContent(ctx context.Context, id string) (Content, error) {
	return do[Content](ctx, c, request{op: OpAttachmentContent, path: []string{id}, query: url.Values{"redirect": {"false"}}, file: true})
}
