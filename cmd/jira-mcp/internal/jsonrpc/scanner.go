// Package jsonrpc reads the outside of a JSON-RPC message without decoding
// it: its id, its method, how deep it nests. It works on a stream, so that a
// message too long to be kept can still be answered with its own id.
package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Limits on what a client may send.
const (
	MaxMessage = 4 << 20
	MaxDepth   = 64
)

// JSON-RPC error codes.
const (
	ParseError     = -32700
	InvalidRequest = -32600
	InvalidParams  = -32602
)

// Scanner reads a message as it comes in. The zero Scanner is ready.
type Scanner struct {
	Depth int // the deepest nesting seen

	depth           int
	inString, slash bool
	keyNext         bool // the next string at the top is a key
	token           []byte
	key             string
	id              []byte
	method          string
	answer          bool // has result or error
	seen            map[string]bool
	malformed       bool // a key twice, or in another case than JSON-RPC's
}

// keys are JSON-RPC's. encoding/json, which reads the message later, takes
// them in any case and lets the last one win; a guard that read them
// differently could be led past.
var keys = []string{"jsonrpc", "id", "method", "params", "result", "error"}

// maxToken is how much of a top-level key or value is kept.
const maxToken = 256

// Write implements io.Writer; it never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	for _, c := range p {
		s.step(c)
	}
	return len(p), nil
}

// ScanResponse reads the beginning of an outgoing message: as far as it takes
// to tell what it is.
func (s *Scanner) ScanResponse(p []byte) {
	for _, c := range p {
		s.step(c)
		if s.id != nil && (s.answer || s.method != "") {
			return
		}
	}
}

func (s *Scanner) step(c byte) {
	if s.inString {
		switch {
		case s.slash:
			s.slash = false
		case c == '\\':
			s.slash = true
		case c == '"':
			s.inString = false
		}
		s.keep(c)
		return
	}
	switch c {
	case '"':
		s.inString = true
		s.keep(c)
	case '{', '[':
		s.depth++
		s.Depth = max(s.Depth, s.depth)
		if s.depth == 1 && c == '{' {
			s.keyNext = true
		}
	case '}', ']':
		if s.depth == 1 {
			s.endValue()
		}
		s.depth--
	case ':':
		if s.depth == 1 && s.keyNext {
			_ = json.Unmarshal(s.token, &s.key)
			s.checkKey()
			s.token, s.keyNext = s.token[:0], false
		}
	case ',':
		if s.depth == 1 {
			s.endValue()
			s.keyNext = true
		}
	case ' ', '\t', '\r', '\n':
	default:
		s.keep(c)
	}
}

// checkKey looks at a top-level key.
func (s *Scanner) checkKey() {
	for _, k := range keys {
		if strings.EqualFold(s.key, k) {
			if s.seen == nil {
				s.seen = map[string]bool{}
			}
			s.malformed = s.malformed || s.key != k || s.seen[k]
			s.seen[k] = true
		}
	}
	s.answer = s.answer || s.key == "result" || s.key == "error"
}

func (s *Scanner) keep(c byte) {
	if s.depth == 1 && len(s.token) < maxToken {
		s.token = append(s.token, c)
	}
}

func (s *Scanner) endValue() {
	switch {
	case s.keyNext:
	case s.key == "id" && s.id == nil && json.Valid(s.token) && string(s.token) != "null":
		s.id = bytes.Clone(s.token)
	case s.key == "method":
		_ = json.Unmarshal(s.token, &s.method)
	}
	s.token, s.key = s.token[:0], ""
}

// ID is the message's id as it was written; nil when there is none.
func (s *Scanner) ID() []byte { return s.id }

// Method is the message's method; "" when it is an answer.
func (s *Scanner) Method() string { return s.method }

// Request reports whether the message expects an answer.
func (s *Scanner) Request() bool { return s.method != "" && s.id != nil && !s.answer }

// Response reports whether the message is one.
func (s *Scanner) Response() bool { return s.method == "" && s.id != nil && s.answer }

// ErrorMessage is a JSON-RPC error answer with an id as it was written.
func ErrorMessage(id []byte, code int, message string) []byte {
	if id == nil {
		id = []byte("null")
	}
	text, _ := json.Marshal(message)
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, text)
}

// CanonicalID is an id as encoding/json writes it: 1.0 and 1 are one id.
func CanonicalID(id []byte) string {
	var v any
	if json.Unmarshal(id, &v) != nil {
		return string(id)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return string(id)
	}
	return string(data)
}

// Validate says why a complete message is refused; "" when it is not.
func Validate(size int, valid bool, s *Scanner) string {
	switch {
	case size > MaxMessage:
		return fmt.Sprintf("the message is longer than %d MiB", MaxMessage>>20)
	case !valid:
		return "the message is not valid UTF-8"
	case s.malformed:
		return "a key of the JSON-RPC message is written twice, or not in lower case"
	case s.Depth > MaxDepth:
		return fmt.Sprintf("the message is nested more than %d deep", MaxDepth)
	}
	return ""
}
