package adf

import (
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// link converts a link, or the atom that is written as one. A mention,
// placeholder or opaque reference that cannot be made is its label; other links
// that ADF cannot have are the text that they were.
func (w *inlineReader) link(n *ast.Link, marks []Mark) {
	dest := unescapeText(n.Destination)
	if n.Reference != nil && isFootnote(n.Reference.Value) {
		w.linkAsText(n, "[", "]", marks)
		return
	}
	if hasAtomScheme(dest) {
		if atom := w.c.atom(n, dest); atom != nil {
			w.out = append(w.out, atom)
			return
		}
		if dest == schemePlaceholder || strings.HasPrefix(dest, schemeMention) || strings.HasPrefix(dest, schemeOpaque) {
			w.siblings(n.FirstChild(), marks)
			return
		}
	}
	if hasUnsafeScheme(dest) || hasAtomScheme(dest) {
		w.linkAsText(n, "[", "]("+string(n.Destination)+")", marks)
		return
	}
	mark := linkMark(escapeURL(dest), unescapeText(n.Title))
	before := len(w.out)
	w.siblings(n.FirstChild(), addMark(marks, mark))
	if len(w.out) == before {
		w.text(dest, addMark(marks, mark))
	}
}

// linkAsText appends a link as the text that it was written as.
func (w *inlineReader) linkAsText(n ast.Node, open, end string, marks []Mark) {
	w.text(open, marks)
	w.siblings(n.FirstChild(), marks)
	w.text(end, marks)
}

// atom returns the inline node for [label](scheme:value), or nil if something
// is missing.
func (c *converter) atom(n *ast.Link, dest string) *Node {
	label := c.rawText(n)
	scheme, value, _ := strings.Cut(dest, ":")
	switch scheme + ":" {
	case schemeMention:
		if value == "" {
			return c.namedMention(label)
		}
		if label == lineFeeds("@"+value) || label == "" {
			return &Node{Type: "mention", Attrs: newAttrs("id", value)}
		}
		return &Node{Type: "mention", Attrs: newAttrs("id", value, "text", label)}
	case schemeStatus:
		if label == "" {
			return nil
		}
		if !isColor(value) && !statusColors[value] {
			value = "neutral"
		}
		return &Node{Type: "status", Attrs: newAttrs("text", label, "color", value)}
	case schemeEmoji:
		short := emojiShortName(value)
		if label == "" {
			return &Node{Type: "emoji", Attrs: newAttrs("shortName", short)}
		}
		return &Node{Type: "emoji", Attrs: newAttrs("shortName", short, "text", label)}
	case schemePlaceholder:
		return &Node{Type: "placeholder", Attrs: newAttrs("text", label)}
	case schemeAttachment:
		name, f := c.attachment(value)
		switch {
		case f.MediaID != "":
			return &Node{Type: "mediaInline", Attrs: mediaAttrs(f.MediaID, firstNonBlank(name, altUnless(label, f.MediaID)))}
		case f.URL != "":
			return textNode(firstNonBlank(label, name), linkMark(escapeURL(f.URL), ""))
		}
		return nil
	case schemeOpaque:
		return c.opaqueInline(value)
	}
	return nil
}

// statusColors holds the named colours of a status.
var statusColors = map[string]bool{"neutral": true, "purple": true, "blue": true, "red": true, "yellow": true, "green": true}

// altUnless returns the label, or "" if it is only the id.
func altUnless(label, id string) string {
	if label == id {
		return ""
	}
	return label
}

// namedMention returns the mention for [@name](accountid:), or nil if the
// resolver does not know exactly this name.
func (c *converter) namedMention(label string) *Node {
	name := strings.TrimPrefix(label, "@")
	if c.o.resolver == nil {
		return nil
	}
	id, found, ok := c.o.resolver.Mention(name)
	if !ok || id == "" || found != name {
		return nil
	}
	return &Node{Type: "mention", Attrs: newAttrs("id", id, "text", "@"+name)}
}

// attachment splits NAME#ID. For a name without an id it asks the resolver.
func (c *converter) attachment(value string) (name string, f File) {
	name, id, found := strings.Cut(value, "#")
	name = unescapeFileName.Replace(name)
	if !found {
		return name, c.file(name)
	}
	return name, File{MediaID: id}
}

// file returns the file that the resolver knows under a name.
func (c *converter) file(name string) File {
	if c.o.resolver == nil || name == "" {
		return File{}
	}
	if f, ok := c.o.resolver.Attachment(name); ok {
		return f
	}
	return File{}
}

// mediaAttrs returns the attributes of a medium that Jira stores.
func mediaAttrs(id, alt string) []byte {
	if alt == "" {
		return newAttrs("type", "file", "id", id, "collection", "")
	}
	return newAttrs("type", "file", "id", id, "collection", "", "alt", alt)
}

// image converts a picture to a medium in a block of its own. A link around it
// becomes its mark.
func (w *inlineReader) image(n *ast.Image, marks []Mark) {
	if !w.picture(unescapeText(n.Destination), w.c.rawText(n), marks) {
		w.linkAsText(n, "![", "]("+string(n.Destination)+")", marks)
	}
}

// picture appends the picture at a destination: a web address, attachment:NAME#ID,
// or the name of a file that the resolver knows. A file whose media id is not
// known becomes a link. It reports false if there is no such picture.
func (w *inlineReader) picture(dest, alt string, marks []Mark) bool {
	media := &Node{Type: "media"}
	value, isAttachment := strings.CutPrefix(dest, schemeAttachment)
	switch {
	case isAttachment && value == "#":
		media.Attrs = externalAttrs("", alt)
	case isWebAddress(dest):
		media.Attrs = externalAttrs(escapeURL(dest), alt)
	case !isAttachment && (dest == "" || hasUnsafeScheme(dest) || hasAtomScheme(dest)):
		return false
	default:
		var f File
		if isAttachment {
			_, f = w.c.attachment(value)
		} else {
			f = w.c.file(fileName(dest))
		}
		if f.MediaID == "" && f.URL == "" {
			return false
		}
		if f.MediaID == "" {
			w.text(firstNonBlank(alt, fileName(dest)), addMark(marks, linkMark(escapeURL(f.URL), "")))
			return true
		}
		media.Attrs = mediaAttrs(f.MediaID, alt)
	}
	for _, m := range marks {
		if m.Type == "link" {
			media.Marks = []Mark{m}
		}
	}
	w.out = append(w.out, mediaSingle(media))
	return true
}

// fileName returns the name of the file at a path, as Markdown that was written
// for a repository gives it: "usage chart.png" for "./img/usage%20chart.png".
func fileName(dest string) string {
	dest, _, _ = strings.Cut(dest, "?")
	name := path.Base(dest)
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// externalAttrs returns the attributes of a medium at an address.
func externalAttrs(url, alt string) []byte {
	if alt == "" {
		return newAttrs("type", "external", "url", url)
	}
	return newAttrs("type", "external", "url", url, "alt", alt)
}

// mediaSingle returns a medium in a block of its own.
func mediaSingle(media *Node) *Node {
	return &Node{Type: "mediaSingle", Attrs: []byte(`{"layout":"center"}`), Content: []*Node{media}}
}
