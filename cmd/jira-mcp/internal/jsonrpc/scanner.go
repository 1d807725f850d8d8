// Package jsonrpc reads the envelope of a JSON-RPC message without decoding the
// message: its id, its method and its nesting depth. [Scanner] works on a
// stream, so that a message that is too long to be kept in memory can still be
// answered with its own id.
//
// Both transports, stdioserver and httpserver, feed each incoming message
// through a Scanner, check it with [Validate] and answer a bad one with
// [ErrorMessage]:
//
//	var s jsonrpc.Scanner
//	_, _ = s.Write([]byte(`{"jsonrpc":"2.0","id":7,"method":"ping"}`))
//	s.ID()        // 7
//	s.Method()    // "ping"
//	s.IsRequest() // true
package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// MaxMessage and MaxDepth limit what a client may send: a message's length in
// bytes, and how deep its JSON nests.
const (
	MaxMessage = 4 << 20
	MaxDepth   = 64
)

// JSON-RPC error codes.
const (
	ParseError     = -32700
	InternalError  = -32603
	InvalidRequest = -32600
	InvalidParams  = -32602
)

// Scanner reads one message byte by byte and keeps the parts of its envelope.
// The zero Scanner is ready for use. It reads one message only: use a new
// Scanner for the next one.
//
// It is a state machine over the bytes. It tracks the nesting depth, and
// collects a token only at depth 1, that is, the keys of the top-level object
// and their scalar values. A value that is an object or an array leaves an
// empty token. Scanner does not validate JSON; the caller does that with the
// whole message.
type Scanner struct {
	Depth int // the deepest nesting seen so far

	depth             int
	inString, escaped bool
	keyNext           bool // the next string at depth 1 is a key
	token             []byte
	key               string
	id                []byte
	method            string
	hasResult         bool // a top-level key is result or error
	seen              map[string]bool
	isBatch           bool // the outermost value is an array
	malformed         bool // a key occurs twice, or in other letter case than JSON-RPC's
}

// reservedKeys are the keys of the JSON-RPC envelope. encoding/json, which
// decodes the message later, accepts them in any letter case and lets the last
// one win. A check that read them differently could be bypassed: in
// {"method":"ping","Method":"notifications/cancelled"} this package would see
// the method "ping" and mcp-go the other one. Therefore such a message is
// malformed.
var reservedKeys = []string{"jsonrpc", "id", "method", "params", "result", "error"}

// maxToken is how many bytes of a top-level key or value are kept.
const maxToken = 256

// Write implements io.Writer. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	for _, c := range p {
		s.step(c)
	}
	return len(p), nil
}

// ScanResponse reads the beginning of an outgoing message. It stops as soon as
// the message is known to be a response or a request with an id, so that a long
// result is not read to its end.
func (s *Scanner) ScanResponse(p []byte) {
	for _, c := range p {
		s.step(c)
		if s.id != nil && (s.hasResult || s.method != "") {
			return
		}
	}
}

// step advances the state machine by one byte.
//
// Inside a string only an unescaped quote matters. Outside of strings, a colon
// at depth 1 ends a key, and a comma or the closing bracket ends a value. The
// key is decoded as JSON, since it may be written with escapes: "i\u0064" is
// the key "id".
func (s *Scanner) step(c byte) {
	if s.inString {
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			s.inString = false
		}
		s.keepByte(c)
		return
	}
	switch c {
	case '"':
		s.inString = true
		s.keepByte(c)
	case '{', '[':
		s.depth++
		s.Depth = max(s.Depth, s.depth)
		if s.depth == 1 {
			s.keyNext, s.isBatch = c == '{', c == '['
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
		s.keepByte(c)
	}
}

// checkKey records a top-level key, and marks the message as malformed if the
// key is one of reservedKeys in other letter case or for the second time.
func (s *Scanner) checkKey() {
	for _, k := range reservedKeys {
		if strings.EqualFold(s.key, k) {
			if s.seen == nil {
				s.seen = map[string]bool{}
			}
			s.malformed = s.malformed || s.key != k || s.seen[k]
			s.seen[k] = true
		}
	}
	s.hasResult = s.hasResult || s.key == "result" || s.key == "error"
}

// keepByte appends a byte to the current token, at depth 1 and up to maxToken
// bytes.
func (s *Scanner) keepByte(c byte) {
	if s.depth == 1 && len(s.token) < maxToken {
		s.token = append(s.token, c)
	}
}

// endValue takes the id or the method from the token at the end of a top-level
// value. An id of null counts as none, since JSON-RPC uses it for errors
// without a request.
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

// ID returns the message's id as it was written, or nil if there is none.
func (s *Scanner) ID() []byte { return s.id }

// Method returns the message's method, or "" if the message is a response.
func (s *Scanner) Method() string { return s.method }

// IsRequest reports whether the message expects an answer: it has a method and
// an id. A notification has no id.
func (s *Scanner) IsRequest() bool { return s.method != "" && s.id != nil && !s.hasResult }

// IsResponse reports whether the message is a response: it has an id, and a
// result or an error, but no method.
func (s *Scanner) IsResponse() bool { return s.method == "" && s.id != nil && s.hasResult }

// ErrorMessage returns a JSON-RPC error response. The id is copied as it was
// written; nil becomes null.
func ErrorMessage(id []byte, code int, message string) []byte {
	if id == nil {
		id = []byte("null")
	}
	text, _ := json.Marshal(message)
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, text)
}

// CanonicalID returns an id as encoding/json writes it, so that ids can be
// compared: 1.0 and 1 are the same id.
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

// RestoreID returns a response with the id of its request in its original form.
// mcp-go v1.2.1 reads numbers as float64, so that it answers the request
// 9007199254740993 with the id 9007199254740992, and 1.0 with 1. The response is one
// that mcp-go wrote; a prefix such as "data: " may precede it. Other messages are
// returned as they are.
func RestoreID(response, id []byte) []byte {
	if len(id) == 0 || id[0] == '"' || id[0] != '0' && len(id) < 16 && len(bytes.Trim(id, "0123456789")) == 0 {
		return response // a text, or a number that float64 holds
	}
	canonical := CanonicalID(id)
	if string(id) == canonical {
		return response
	}
	const before = `{"jsonrpc":"2.0","id":`
	at := bytes.Index(response, []byte(before+canonical+","))
	if at < 0 || at > maxEventHead {
		return response
	}
	var s Scanner
	if s.ScanResponse(response[at:]); !s.IsResponse() {
		return response // a request of the server, which has ids of its own
	}
	at += len(before)
	return slices.Concat(response[:at], id, response[at+len(canonical):])
}

// maxEventHead is the length of what may precede a message in an event.
const maxEventHead = 64

// CancelledID returns the canonical id of the request that the message
// notifications/cancelled names; "" for other messages, and without an id.
func (s *Scanner) CancelledID(message []byte) string {
	var m struct {
		Params struct {
			ID json.RawMessage `json:"requestId"`
		} `json:"params"`
	}
	if s.Method() != "notifications/cancelled" || json.Unmarshal(message, &m) != nil || m.Params.ID == nil {
		return ""
	}
	return CanonicalID(m.Params.ID)
}

// RedactError returns an error message without secrets and without the texts of Go's
// errors, and any other message as it is. mcp-go v1.2.1 repeats in its errors what the
// caller sent, such as the name of a tool that does not exist, and errors of
// encoding/json. Results are redacted where they are made. Remove when mcp-go's errors
// contain neither.
func RedactError(message []byte, redact func([]byte) []byte) []byte {
	if !bytes.Contains(message, []byte(`"error":{`)) {
		return message
	}
	for _, own := range libraryErrors() {
		message = own.pattern.ReplaceAll(message, own.better)
	}
	if redact == nil {
		return message
	}
	return redact(message)
}

// libraryError is a text of mcp-go's errors, with a better one.
type libraryError struct {
	pattern *regexp.Regexp
	better  []byte
}

// libraryErrors returns the texts of errors of mcp-go v1.2.1 in which errors of Go's
// packages, or the names of its own, reach the client. In JSON, quotes within a text
// have a backslash.
var libraryErrors = sync.OnceValue(func() []libraryError {
	var out []libraryError
	for pattern, better := range map[string]string{
		`: (tool|prompt|resource) not found"`:                      `"`, // "tool 'x' not found: tool not found"
		`"unparsable (\S+) request: (?:[^"\\]|\\.)*"`:              `"the params of $1 do not have the form that MCP defines"`,
		`"illegal base64 data at input byte \d+"`:                  `"the cursor is not one that this server has given"`,
		`"message":"(?:json|strconv|jsontext)[.:](?:[^"\\]|\\.)*"`: `"message":"the request is not valid"`,
	} {
		out = append(out, libraryError{regexp.MustCompile(pattern), []byte(better)})
	}
	return out
})

// IsBatch reports whether the message is an array.
func (s *Scanner) IsBatch() bool { return s.isBatch }

// Validate returns the reason why a complete message of size bytes is rejected,
// or "" if it is accepted. The argument valid reports whether the message is
// UTF-8.
//
// These checks make up for mcp-go v1.2.1, which sets no limit: it answers a
// request nested 10,000 deep with the id null, so that the caller waits for
// ever; it replaces invalid UTF-8 by U+FFFD before a handler sees the text; and
// a line of 40 MB takes 421 MB of resident memory. Remove when mcp-go limits
// size and depth, checks UTF-8 and answers with the request's id.
func Validate(size int, valid bool, s *Scanner) string {
	switch {
	case size > MaxMessage:
		return fmt.Sprintf("the message is longer than %d MiB", MaxMessage>>20)
	case !valid:
		return "the message is not valid UTF-8"
	case s.malformed:
		return "a key of the JSON-RPC message is repeated or not in lower case"
	case s.Depth > MaxDepth:
		return fmt.Sprintf("the message is nested more than %d levels deep", MaxDepth)
	case s.isBatch: // of MCP 2025-03-26; no other version has batches
		return "send one message at a time: batches are not supported"
	}
	return ""
}
