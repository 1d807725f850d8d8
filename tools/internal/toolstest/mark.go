package toolstest

import "encoding/binary"

// Mark is the mark around Jira's texts in the answers of tests' servers.
const Mark = "482913077"

// Open and Close are the lines around a text of Jira's.
const (
	Open  = "<<" + Mark + "\n"
	Close = "\n" + Mark + ">>"
)

// Random is a random source that always gives [Mark].
type Random struct{}

// Read implements io.Reader. p has room for a whole number of eight bytes.
func (Random) Read(p []byte) (int, error) {
	for n := 0; n+8 <= len(p); n += 8 {
		binary.BigEndian.PutUint64(p[n:], 482_913_077)
	}
	return len(p), nil
}
