package jsonrpc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

func TestScanner(t *testing.T) {
	for _, c := range []struct {
		message, id, method string
		request, response   bool
		depth               int
	}{
		{`{"jsonrpc":"2.0","id":1,"method":"ping"}`, "1", "ping", true, false, 1},
		{`{"method":"tools/call","params":{"id":5,"x":[{"id":6}],"s":"}\"{"},"jsonrpc":"2.0","id":"a\"b"}`, `"a\"b"`, "tools/call", true, false, 4},
		{`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "", "notifications/cancelled", false, false, 2},
		{` { "id" : -3.5 , "result" : { } } `, "-3.5", "", false, true, 2},
		{`{"id":null,"error":{}}`, "", "", false, false, 2},
		{`[{"id":1}]`, "", "", false, false, 2},
		{`{"i\u0064":7,"method":"m"}`, "7", "m", true, false, 1},
		{`not json`, "", "", false, false, 0},
	} {
		var s jsonrpc.Scanner
		for _, b := range []byte(c.message) { // byte by byte, since the scanner must not look ahead
			_, _ = s.Write([]byte{b})
		}
		if string(s.ID()) != c.id || s.Method() != c.method || s.IsRequest() != c.request || s.IsResponse() != c.response || s.Depth != c.depth {
			t.Errorf("%s: id %s, method %q, request %v, response %v, depth %d", c.message, s.ID(), s.Method(), s.IsRequest(), s.IsResponse(), s.Depth)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	f.Add(`{"id":"x","params":[[[{}]]],"method":"\u0061"}`)
	f.Fuzz(func(t *testing.T, message string) {
		var s jsonrpc.Scanner
		_, _ = s.Write([]byte(message))
		var v struct {
			Method *string `json:"method"`
		}
		if strings.Count(message, "method") == 1 && json.Unmarshal([]byte(message), &v) == nil && v.Method != nil && len(*v.Method) < 100 &&
			strings.Contains(message, `"method"`) && *v.Method != s.Method() && s.Depth == 1 {
			t.Errorf("%q: method %q, want %q", message, s.Method(), *v.Method)
		}
	})
}

// TestRestoreID checks that only responses with the id of the request are changed.
func TestRestoreID(t *testing.T) {
	for _, c := range []struct{ id, message, want string }{
		{"1.0", `{"jsonrpc":"2.0","id":1,"result":{}}`, `{"jsonrpc":"2.0","id":1.0,"result":{}}`},
		{"9007199254740993", "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":9007199254740992,\"error\":{}}\n\n", "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"error\":{}}\n\n"},
		{"1.0", `{"jsonrpc":"2.0","id":1,"method":"elicitation/create"}`, `{"jsonrpc":"2.0","id":1,"method":"elicitation/create"}`},
		{"1.0", `{"jsonrpc":"2.0","id":10,"result":{}}`, `{"jsonrpc":"2.0","id":10,"result":{}}`},
		{"1", `{"jsonrpc":"2.0","id":1,"result":{}}`, `{"jsonrpc":"2.0","id":1,"result":{}}`},
	} {
		if got := string(jsonrpc.RestoreID([]byte(c.message), []byte(c.id))); got != c.want {
			t.Errorf("%s: %s", c.id, got)
		}
	}
}
