package jira

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"sync"

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

// OpAttachment reads the metadata of a file.
var OpAttachment = operation.Operation{
	ID: "getAttachment", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/attachment/{id}",
	Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
		Granular: []string{"read:attachment:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
	Names: []operation.Reference{{Kind: operation.KindAttachment, At: "path:id"}}, Answers: operation.AnswerParts,
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
	// Created is when it was attached, in Jira's form of a time.
	Created string `json:"created"`
}

// attachments is the answer to an upload, with one item for each file.
type attachments []Attachment

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

// AttachmentMeta is the data about an attachment that getAttachment returns. It
// has a number as id, where other answers have text (contract,
// AttachmentMetadata).
type AttachmentMeta struct {
	ID   int64  `json:"id"`
	Name string `json:"filename"`
	Size int    `json:"size"`
	Type string `json:"mimeType"`
}

// AttachmentMeta returns the metadata of an attachment.
func (c *Client) AttachmentMeta(ctx context.Context, id string) (AttachmentMeta, error) {
	return do[AttachmentMeta](ctx, c, request{op: OpAttachment, path: []string{id}})
}

// DownloadAttachment is [Client.AttachmentContent] for a file whose size and type
// in Jira are known. It fails if the content cannot be that file: it has another
// length, or is a web page where the file is none, such as a proxy's login page.
func (c *Client) DownloadAttachment(ctx context.Context, id string, size int, mediaType string) (Content, error) {
	content, err := c.AttachmentContent(ctx, id)
	if err != nil {
		return Content{}, err
	}
	e := &Error{Op: OpAttachmentContent, Status: http.StatusOK, Outcome: Refused, Advice: adviceNotJira, Err: errIncomplete}
	switch {
	case len(content.Data) != size:
		e.Messages = []string{fmt.Sprintf("the answer has %d bytes, but the file has %d", len(content.Data), size)}
	case isWebPage(content.Type) && !isWebPage(mediaType):
		e.Messages = []string{fmt.Sprintf("the answer is a web page, but the file is %s", cmp.Or(mediaType, "of unknown type"))}
	default:
		return content, nil
	}
	return Content{}, e
}

// isWebPage reports whether a media type is that of HTML.
func isWebPage(mediaType string) bool {
	return strings.HasPrefix(strings.ToLower(mediaType), "text/html")
}

// location is the target of a redirect.
type location struct{ target string }

// read implements rawAnswer.
func (l *location) read(ans answer) { l.target = ans.header.Get("Location") }

// MediaID returns the id under which Atlassian's media service keeps an
// attachment. Rich text refers to pictures by it, and the REST API reports it
// nowhere. The redirect of the content has it:
//
//	https://api.media.atlassian.com/file/{uuid}/binary?token=…
//
// The redirect is not followed, so no file is fetched. A redirect of another
// form gives "".
func (c *Client) MediaID(ctx context.Context, id string) (string, error) {
	to, err := do[location](ctx, c, request{op: OpAttachmentContent, path: []string{id}, locate: true})
	if err != nil {
		return "", err
	}
	return c.mediaIDOf(to.target), nil
}

// mediaPath is the path of a file of the media service.
var mediaPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/file/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/binary$`)
})

// mediaIDOf returns the media id in an address, or "". The address has to be of
// the media service.
func (c *Client) mediaIDOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	if !c.isMediaHost(u) {
		return ""
	}
	if m := mediaPath().FindStringSubmatch(u.Path); m != nil {
		return m[1]
	}
	return ""
}

// isLoopbackHost reports whether a host is the own machine.
func isLoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
