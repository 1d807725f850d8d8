package issues

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// DecodeText returns a file as text, and whether it is text. kind is its type as
// DetectType returns it. It accepts UTF-8, UTF-16 with a byte order mark, and
// text in Shift_JIS and Windows-1252, which logs and exports of older Windows
// programs have; guessed names the last two. HTML, XML and SVG count as text:
// their source is shown, and nothing in it is executed or rendered.
func DecodeText(data []byte, kind string) (text, guessed string, ok bool) {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if bytes.HasPrefix(data, []byte(mark)) && len(data)%2 == 0 {
			units := make([]uint16, 0, len(data)/2)
			for i := 2; i < len(data); i += 2 {
				units = append(units, order.Uint16(data[i:]))
			}
			return string(utf16.Decode(units)), "", true
		}
	}
	isText := strings.HasPrefix(kind, "text/") || kind == "image/svg+xml"
	switch {
	case !isText && kind != "application/octet-stream" && kind != "empty", bytes.IndexByte(data, 0) >= 0:
		return "", "", false
	case utf8.Valid(data):
		return strings.TrimPrefix(string(data), "\ufeff"), "", true
	case !isText: // control characters: no text in any encoding
		return "", "", false
	}
	if text, ok := decodeJapanese(data); ok {
		return text, "Shift_JIS", true
	}
	if text, ok := decodeWestern(data); ok {
		return text, "Windows-1252", true
	}
	return "", "", false
}

// decodeJapanese decodes Shift_JIS. It accepts only text in which every byte has a
// meaning and most characters beyond ASCII are kana or kanji: almost any
// bytes are valid Windows-1252, so this is tried before.
func decodeJapanese(data []byte) (string, bool) {
	decoded, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	if err != nil {
		return "", false
	}
	own, others, loose := 0, 0, 0
	for n, b := range data {
		// An accented letter before an ASCII letter in Windows-1252 reads as a kanji.
		if b >= 0x80 && n+1 < len(data) && data[n+1] < utf8.RuneSelf && (n == 0 || data[n-1] < utf8.RuneSelf) {
			loose++
		}
	}
	for _, r := range string(decoded) {
		switch {
		case r == utf8.RuneError:
			return "", false
		case r < utf8.RuneSelf:
		case r >= 0xff61 && r <= 0xff9f: // half-width kana: one byte each, so that accented letters become them
			others++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) || r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff5e:
			own++
		default:
			others++
		}
	}
	return string(decoded), own > loose && own >= 4*others
}

// decodeWestern decodes Windows-1252. The five bytes that it does not define mean
// that the file is no such text.
func decodeWestern(data []byte) (string, bool) {
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) || bytes.ContainsFunc(decoded, func(r rune) bool { return r >= 0x80 && r < 0xa0 }) {
		return "", false
	}
	return string(decoded), true
}

// decodeDataAddress returns the content of a data: address (RFC 2397), and
// whether the text is one. Programs hand over pictures and files in that form.
func decodeDataAddress(text string) (content string, isBase64, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "data:")
	if !ok {
		return "", false, false
	}
	head, content, ok := strings.Cut(rest, ",")
	return content, strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64"), ok
}
