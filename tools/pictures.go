package tools

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif" // the formats that are looked at
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

const (
	// maxPixels is how large a picture may be to be decoded: it takes four
	// bytes a pixel then.
	maxPixels = 40_000_000
	// longEdge is what pictures are scaled down to: more is scaled down by the
	// models that look at them.
	longEdge = 1568
	// maxPicture is how many bytes a picture may have that is sent.
	maxPicture = 1 << 20
)

// pictures makes files into pictures that a model can look at. They are decoded
// and written anew, so that nothing but what is seen goes on, and one at a
// time, since each takes much memory.
type pictures struct{ turn chan struct{} }

func newPictures() *pictures { return &pictures{make(chan struct{}, 1)} }

// show decodes a picture into the output, or says why it cannot be shown.
func (p *pictures) show(ctx context.Context, out *AttachmentOut, data []byte) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		out.Note = "It cannot be shown: it is no picture that this server can read."
		return
	}
	out.Width, out.Height = config.Width, config.Height
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		out.Note = fmt.Sprintf("It cannot be shown: it has more than %d million pixels.", maxPixels/1_000_000)
		return
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		out.Note = "It could not be shown in time."
		return
	}
	decoded, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		out.Note = "It cannot be shown: the picture is broken."
		return
	}
	if out.picture, err = encoded(scaled(decoded), format); err != nil {
		out.Note = "It cannot be shown: " + err.Error()
	}
}

// scaled makes a large picture smaller.
func scaled(src image.Image) image.Image {
	b := src.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= longEdge {
		return src
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*longEdge/long), max(1, b.Dy()*longEdge/long)))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, b, draw.Over, nil)
	return dst
}

// encoded encodes a picture: photographs as JPEG, all else as PNG, which keeps
// what is written in a screenshot sharp, unless it is too large so.
func encoded(img image.Image, format string) (kit.Picture, error) {
	var b bytes.Buffer
	if format != "jpeg" {
		if err := png.Encode(&b, img); err != nil {
			return kit.Picture{}, err
		}
		if b.Len() <= maxPicture {
			return kit.Picture{Type: "image/png", Data: b.Bytes()}, nil
		}
		b.Reset()
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return kit.Picture{}, err
	}
	return kit.Picture{Type: "image/jpeg", Data: b.Bytes()}, nil
}
