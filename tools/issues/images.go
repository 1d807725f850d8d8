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

// The limits of decoding and sending images.
const (
	// maxPixels is the maximum number of pixels of an image to be decoded.
	maxPixels = 40_000_000
	// maxEdge is the maximum width and height of an image, in pixels. Most
	// formats cannot express more, and decoders allocate whole rows in addition
	// to the image.
	maxEdge = 65_535
	// maxDecodedBytes is the maximum number of bytes that decoding an image may
	// take.
	maxDecodedBytes = 4 * maxPixels
	// maxScans is the maximum number of scans of a JPEG: decoding each scan
	// takes as long as decoding the whole image, however little it adds.
	maxScans = 32
	// targetLongEdge is the length of the longer edge to which larger images are
	// scaled down, in pixels: models that read images would scale them down
	// anyway.
	targetLongEdge = 1568
	// maxImageBytes is the size, in bytes, up to which an image is sent as PNG.
	maxImageBytes = 1 << 20
	// decodeTimeout is the time limit for decoding an image, and decodeWait the
	// limit for waiting until other images are decoded.
	decodeTimeout = 5 * time.Second
	decodeWait    = 15 * time.Second
)

// imageConverter converts files to images that a model can read. It decodes
// each image and encodes it again, so that only its pixels reach the model:
// metadata, which could hold instructions, is lost. It converts one image at a
// time, since each takes much memory; slot is the semaphore for this.
type imageConverter struct{ slot chan struct{} }

// newImageConverter returns a converter with its semaphore free.
func newImageConverter() *imageConverter { return &imageConverter{make(chan struct{}, 1)} }

// addImage decodes an image and adds it to the output, or adds a note that says
// why the image cannot be shown.
//
// A file can claim any size and can be built to be slow to decode, so the order
// matters: the header is read and checked before memory is allocated for the
// pixels, and decoding has a time limit, which boundedReader enforces, because
// [image.Decode] takes no context.
func (p *imageConverter) addImage(ctx context.Context, out *attachmentOutput, data []byte) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		out.Note = "It cannot be shown: it is not an image that this server can read."
		return
	}
	out.Width, out.Height = config.Width, config.Height
	if why := decodeRefusal(config, format, data); why != "" {
		out.Note = "It cannot be shown: " + why + "."
		return
	}
	wait, cancel := context.WithTimeout(ctx, decodeWait)
	defer cancel()
	select {
	case p.slot <- struct{}{}:
		defer func() { <-p.slot }()
	case <-wait.Done():
		out.Note = "It could not be shown in time: the server was busy with other images."
		return
	}
	work, stop := context.WithTimeout(ctx, decodeTimeout)
	defer stop()
	decoded, _, err := image.Decode(&boundedReader{ctx: work, r: bytes.NewReader(data)})
	if work.Err() != nil {
		out.Note = "It cannot be shown: it takes too long to decode."
		return
	}
	if err != nil {
		out.Note = "It cannot be shown: the image is damaged."
		return
	}
	if out.picture, err = encodeImage(scaleDown(decoded), format); err != nil {
		out.Note = "It cannot be shown: " + err.Error()
	}
}

// decodeRefusal returns the reason why an image must not be decoded, or "".
// Decoders trust the header of an image and allocate what it claims, so the
// memory is estimated from the header first, as bytes for each pixel:
//
//   - 4 by default, 8 with 16 bits for each channel, 1 for 8-bit and 2 for
//     16-bit gray;
//   - WebP: 8, since its lossless form holds the image twice;
//   - JPEG: 1 for each component; if it is progressive, 4 more for the
//     coefficient of each sample; 4 more for CMYK, which is converted to an
//     image of its own;
//   - interlaced PNG: half as much again, for a pass beside the whole image.
//
// For example, a PNG of 5000 × 5000 pixels with 16 bits for each channel would
// take 200 MB, and the limit is 160 MB.
func decodeRefusal(config image.Config, format string, data []byte) string {
	w, h := config.Width, config.Height
	if w > maxEdge || h > maxEdge {
		return fmt.Sprintf("it is more than %d pixels wide or high", maxEdge)
	}
	if w <= 0 || h <= 0 || w > maxPixels/h {
		return fmt.Sprintf("it has more than %d million pixels", maxPixels/1_000_000)
	}
	each := 4 // bytes for each pixel
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	case color.GrayModel:
		each = 1
	case color.Gray16Model:
		each = 2
	}
	if format == "webp" {
		each = 8 // the lossless form holds the image twice
	}
	if format == "jpeg" {
		progressive, scans := jpegScans(data)
		if scans > maxScans {
			return fmt.Sprintf("it has more than %d JPEG scans", maxScans)
		}
		parts := map[color.Model]int{color.GrayModel: 1, color.CMYKModel: 4}[config.ColorModel]
		if parts == 0 {
			parts = 3
		}
		if each = parts; progressive {
			each = parts * 5 // each sample also has a coefficient of four bytes
		}
		if config.ColorModel == color.CMYKModel {
			each += 4
		}
	}
	if format == "png" && len(data) > 28 && data[28] == 1 { // interlaced: a pass beside the whole image
		each += each / 2
	}
	if w*h > maxDecodedBytes/each {
		return fmt.Sprintf("decoding it would take more than %d MB of memory", maxDecodedBytes/1_000_000)
	}
	return ""
}

// jpegScans reads the markers of a JPEG and returns whether it is progressive
// and how many scans it has (ITU-T T.81, B.1.1). A marker is a byte 0xFF and a
// code. Markers without a length are skipped: stuffing (0x00), TEM (0x01),
// restarts (0xD0–0xD7) and SOI (0xD8). All others except EOI (0xD9) begin a
// segment of the given length; SOF2 (0xC2) makes the image progressive, and
// each SOS (0xDA) starts a scan, whose data is searched byte by byte for the
// next marker.
func jpegScans(data []byte) (progressive bool, scans int) {
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			i++ // data of a scan
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

// boundedReader feeds a decoder at most 256 bytes at a time, and returns the
// context's error once the time is over. Small reads let the decoder notice the
// end soon.
type boundedReader struct {
	ctx context.Context // ends when the time for decoding is over
	r   *bytes.Reader
}

// Read implements [io.Reader].
func (s *boundedReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p[:min(len(p), 256)])
}

// scaleDown returns an image whose longer edge has at most targetLongEdge
// pixels, with the proportions kept.
func scaleDown(src image.Image) image.Image {
	b := src.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= targetLongEdge {
		return src
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*targetLongEdge/long), max(1, b.Dy()*targetLongEdge/long)))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, b, draw.Over, nil)
	return dst
}

// encodeImage encodes an image: photographs (JPEG) as JPEG, all others as PNG,
// which keeps the text of screenshots sharp, unless the PNG is larger than
// maxImageBytes; then as JPEG with quality 80.
func encodeImage(img image.Image, format string) (kit.Image, error) {
	var b bytes.Buffer
	if format != "jpeg" {
		if err := png.Encode(&b, img); err != nil {
			return kit.Image{}, err
		}
		if b.Len() <= maxImageBytes {
			return kit.Image{Type: "image/png", Data: b.Bytes()}, nil
		}
		b.Reset()
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return kit.Image{}, err
	}
	return kit.Image{Type: "image/jpeg", Data: b.Bytes()}, nil
}
