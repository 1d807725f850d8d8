package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// mediaPath is the path of stored files. In a real site another host keeps
// them: attachment/content answers 303 with a signed URL on that host, which has
// the file's id in the media service:
//
//	https://api.media.atlassian.com/file/{uuid}/binary?token=…
const (
	mediaPath   = "/file/"
	mediaBinary = "/binary"
)

// mediaID returns the id of a file in the media service, which has nothing in
// common with the attachment's own.
func mediaID(a *store.Attachment) string {
	sum := hex.EncodeToString(sha256Of("media id:" + a.ID))
	return sum[:8] + "-" + sum[8:12] + "-4" + sum[13:16] + "-a" + sum[17:20] + "-" + sum[20:32]
}

// sha256Of returns the hash of a text.
func sha256Of(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// file is an answer that is not JSON: the bytes of an attachment.
type file struct {
	mediaType string
	data      []byte
}

// redirect is an answer with status 303 See Other and a Location.
type redirect struct{ to string }

// attachmentContent handles GET attachment/content/{id}. It returns the file's
// bytes with redirect=false, and otherwise a redirect to the signed URL of the
// file (contract, getAttachmentContent, parameter redirect).
func attachmentContent(r *request) (any, error) {
	a := r.findAttachment(r.PathValue("id"))
	if a == nil {
		return nil, fail(http.StatusNotFound, "The attachment with id '%s' does not exist", r.PathValue("id"))
	}
	switch r.URL.Query().Get("redirect") {
	case "", "true":
		media := r.server.MediaURL
		if media == "" {
			media = r.baseURL
		}
		return redirect{media + mediaPath + mediaID(a) + mediaBinary + "?" + url.Values{"token": {signature(a)}, "dl": {"true"}, "name": {a.Name}}.Encode()}, nil
	case "false":
		return file{a.MediaType, fileContent(a)}, nil
	}
	return nil, fail(http.StatusBadRequest, "redirect is neither true nor false.")
}

// findAttachment returns an attachment of an issue that the caller may see, or
// nil.
func (r *request) findAttachment(id string) *store.Attachment {
	for _, i := range r.site.All() {
		for _, a := range i.Attachments {
			if a.ID == id && r.visible(i) {
				return a
			}
		}
	}
	return nil
}

// serveMedia serves the file of a signed URL; a wrong signature answers 403.
// Like the file stores behind such URLs it refuses a request that also has a
// credential: a client must drop the Authorization header when it follows the
// redirect.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, mediaPath), mediaBinary)
	for _, i := range s.Site.All() {
		for _, a := range i.Attachments {
			if mediaID(a) != id || r.URL.Query().Get("token") != signature(a) {
				continue
			}
			if r.Header.Get("Authorization") != "" {
				http.Error(w, "Only one auth mechanism allowed", http.StatusBadRequest)
				return
			}
			writeFile(w, file{a.MediaType, fileContent(a)})
			return
		}
	}
	http.Error(w, "Forbidden", http.StatusForbidden)
}

// writeFile writes a file with its media type and length.
func writeFile(w http.ResponseWriter, f file) {
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
	// The error is ignored: the connection is gone, so no answer can report it.
	_, _ = w.Write(f.data)
}

// fileContent returns the bytes of an attachment. For a seeded one, which has no
// data, it generates a file of the recorded size: a PDF header with blank
// lines, or the file's name repeated.
func fileContent(a *store.Attachment) []byte {
	if a.Data != nil {
		return a.Data
	}
	if a.MediaType == "application/pdf" && a.Size > 16 {
		return append([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), bytes.Repeat([]byte("\n"), a.Size-15)...)
	}
	line := a.Name + "\n"
	return []byte(strings.Repeat(line, a.Size/len(line)+1)[:a.Size])
}

// signature returns the signature in the URL of an attachment's file. It only
// depends on the id and has no secret, which is enough for a sandbox.
func signature(a *store.Attachment) string {
	return hex.EncodeToString(sha256Of("media:" + a.ID)[:8])
}
