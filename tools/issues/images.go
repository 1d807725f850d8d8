package issues

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	"image/jpeg"
	"image/png"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

const (
	// maxPixels is how large a picture may be to be decoded.
	maxPixels = 40_000_000
	// maxEdge is what most formats can say; decoders hold rows beside the whole.
	maxEdge = 65_535
	// maxDecoded is how many bytes decoding one may take.
	maxDecoded = 4 * maxPixels
	// maxScans is how many times over a JPEG may be drawn: each takes as long as
	// the whole, whatever little it adds.
	maxScans = 32
	// longEdge is what pictures are scaled down to: more is scaled down by the
	// models that look at them.
	longEdge = 1568
	// maxPicture is how many bytes a picture may have that is sent.
	maxPicture = 1 << 20
	// pictureTime bounds decoding, and pictureWait the wait for one's turn.
	pictureTime = 5 * time.Second
	pictureWait = 15 * time.Second
)

// images makes files into pictures that a model can look at. They are decoded
// and written anew, so that nothing but what is seen goes on, and one at a
// time, since each takes much memory.
type images struct{ turn chan struct{} }

func newImages() *images { return &images{make(chan struct{}, 1)} }

// show decodes a picture into the output, or says why it cannot be shown.
func (p *images) show(ctx context.Context, out *attachmentOutput, data []byte) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		out.Note = "It cannot be shown: it is no picture that this server can read."
		return
	}
	out.Width, out.Height = config.Width, config.Height
	if why := tooMuch(config, format, data); why != "" {
		out.Note = "It cannot be shown: " + why + "."
		return
	}
	wait, cancel := context.WithTimeout(ctx, pictureWait)
	defer cancel()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-wait.Done():
		out.Note = "It could not be shown in time; other pictures were before it."
		return
	}
	work, stop := context.WithTimeout(ctx, pictureTime)
	defer stop()
	decoded, _, err := image.Decode(&boundedReader{ctx: work, r: bytes.NewReader(data)})
	if work.Err() != nil {
		out.Note = "It cannot be shown: it takes too long to read."
		return
	}
	if err != nil {
		out.Note = "It cannot be shown: the picture is broken."
		return
	}
	if out.picture, err = encoded(scaled(decoded), format); err != nil {
		out.Note = "It cannot be shown: " + err.Error()
	}
}

// tooMuch says why a picture is not decoded; "" when it is. Decoders take what
// a picture says of itself for granted.
func tooMuch(config image.Config, format string, data []byte) string {
	w, h := config.Width, config.Height
	if w > maxEdge || h > maxEdge {
		return fmt.Sprintf("it has more than %d pixels in a row", maxEdge)
	}
	if w <= 0 || h <= 0 || w > maxPixels/h {
		return fmt.Sprintf("it has more than %d million pixels", maxPixels/1_000_000)
	}
	each := 4 // bytes a pixel
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	case color.GrayModel:
		each = 1
	case color.Gray16Model:
		each = 2
	}
	if format == "webp" {
		each = 8 // the lossless form holds it twice
	}
	if format == "jpeg" {
		progressive, scans := jpegScans(data)
		if scans > maxScans {
			return fmt.Sprintf("it is drawn more than %d times over", maxScans)
		}
		parts := map[color.Model]int{color.GrayModel: 1, color.CMYKModel: 4}[config.ColorModel]
		if parts == 0 {
			parts = 3
		}
		if each = parts; progressive {
			each = parts * 5 // a coefficient of four bytes beside each sample
		}
		if config.ColorModel == color.CMYKModel {
			each += 4
		}
	}
	if format == "png" && len(data) > 28 && data[28] == 1 { // interlaced: a pass beside the whole
		each += each / 2
	}
	if w*h > maxDecoded/each {
		return fmt.Sprintf("reading it would take more than %d MB", maxDecoded/1_000_000)
	}
	return ""
}

// jpegScans reads a JPEG's markers: whether it is progressive, and how many
// scans it has (ITU-T T.81, B.1.1).
func jpegScans(data []byte) (progressive bool, scans int) {
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			i++ // a scan's own data
			continue
		}
		switch marker := data[i+1]; {
		case marker == 0xff:
			i++
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8:
			i += 2
		case marker == 0xd9:
			return progressive, scans
		default:
			progressive = progressive || marker == 0xc2
			if marker == 0xda {
				scans++
			}
			i += 2 + int(binary.BigEndian.Uint16(data[i+2:]))
		}
	}
	return progressive, scans
}

// boundedReader gives a decoder little at a time, and nothing when its time is over.
type boundedReader struct {
	ctx context.Context // of the decoding
	r   *bytes.Reader
}

// Read implements io.Reader.
func (s *boundedReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p[:min(len(p), 256)])
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

// encoded writes a picture: photographs as JPEG, all else as PNG, which keeps
// what is written in a screenshot sharp, unless it is too large so.
func encoded(img image.Image, format string) (kit.Image, error) {
	var b bytes.Buffer
	if format != "jpeg" {
		if err := png.Encode(&b, img); err != nil {
			return kit.Image{}, err
		}
		if b.Len() <= maxPicture {
			return kit.Image{Type: "image/png", Data: b.Bytes()}, nil
		}
		b.Reset()
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return kit.Image{}, err
	}
	return kit.Image{Type: "image/jpeg", Data: b.Bytes()}, nil
}
