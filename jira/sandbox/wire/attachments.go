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

// mediaPath is where the files are kept: another host in the real thing, to
// which the answer 303 of attachment/content leads with a signed address.
const mediaPath = "/_media/"

// file is an answer that is not JSON.
type file struct {
	mediaType string
	data      []byte
}

// moved is a redirect.
type moved struct{ to string }

// attachmentContent answers with the bytes, or sends the caller to where they
// are kept (contract, getAttachmentContent, parameter redirect).
func attachmentContent(r *request) (any, error) {
	a := r.attachment(r.PathValue("id"))
	if a == nil {
		return nil, fail(http.StatusNotFound, "The attachment with id '%s' does not exist", r.PathValue("id"))
	}
	switch r.URL.Query().Get("redirect") {
	case "", "true":
		media := r.server.Media
		if media == "" {
			media = r.baseURL
		}
		return moved{media + mediaPath + url.PathEscape(a.ID) + "?" + url.Values{"sig": {signature(a)}}.Encode()}, nil
	case "false":
		return file{a.MediaType, content(a)}, nil
	}
	return nil, fail(http.StatusBadRequest, "redirect is neither true nor false.")
}

// attachment finds a file that the caller may see.
func (r *request) attachment(id string) *store.Attachment {
	for _, i := range r.site.All() {
		for _, a := range i.Attachments {
			if a.ID == id && r.visible(i) {
				return a
			}
		}
	}
	return nil
}

// media answers a signed address. Like the stores behind such addresses it
// refuses a request that shows a credential as well.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
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
			writeFile(w, file{a.MediaType, content(a)})
			return
		}
	}
	http.Error(w, "Forbidden", http.StatusForbidden)
}

func writeFile(w http.ResponseWriter, f file) {
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(f.data)
}

// content makes up a file of the right size.
func content(a *store.Attachment) []byte {
	if a.Data != nil {
		return a.Data
	}
	if a.MediaType == "application/pdf" && a.Size > 16 {
		return append([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), bytes.Repeat([]byte("\n"), a.Size-15)...)
	}
	line := a.Name + "\n"
	return []byte(strings.Repeat(line, a.Size/len(line)+1)[:a.Size])
}

func signature(a *store.Attachment) string {
	sum := sha256.Sum256([]byte("media:" + a.ID))
	return hex.EncodeToString(sum[:8])
}
