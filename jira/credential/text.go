package credential

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// DecodeText returns the content of a text file as UTF-8 without a byte order
// mark. Windows writes such files: Notepad UTF-8 with a mark, PowerShell's > and
// Out-File UTF-16 with one. Text without a mark is returned as it is.
func DecodeText(text []byte) []byte {
	decoded, _, err := transform.Bytes(unicode.BOMOverride(encoding.Nop.NewDecoder()), text)
	if err != nil {
		return text
	}
	return decoded
}
