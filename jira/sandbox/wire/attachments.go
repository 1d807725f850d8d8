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
// them: attachment/content answers 303 with a signed URL on that host.
const mediaPath = "/_media/"

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
		return redirect{media + mediaPath + url.PathEscape(a.ID) + "?" + url.Values{"sig": {signature(a)}}.Encode()}, nil
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
	id := strings.TrimPrefix(r.URL.Path, mediaPath)
	for _, i := range s.Site.All() {
		for _, a := range i.Attachments {
			if a.ID != id || r.URL.Query().Get("sig") != signature(a) {
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
	sum := sha256.Sum256([]byte("media:" + a.ID))
	return hex.EncodeToString(sum[:8])
}
