package httpserver

import (
	"net/http"
	"testing"
)

// TestForwardedAddresses checks that X-Forwarded-For counts from named proxies alone.
func TestForwardedAddresses(t *testing.T) {
	trusted, err := ParseProxies([]string{"127.0.0.1", "10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"127.0.0.1:1", []string{"203.0.113.7"}, "203.0.113.7:1"},
		{"127.0.0.1:1", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7:1"},
		{"127.0.0.1:1", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7:1"},
		{"127.0.0.1:1", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7:1"},
		{"127.0.0.1:1", []string{"203.0.113.7:4711"}, "203.0.113.7:1"},
		{"127.0.0.1:1", []string{"2001:db8::7"}, "[2001:db8::7]:1"},
		{"127.0.0.1:1", []string{"unknown"}, "127.0.0.1:1"},
		{"127.0.0.1:1", nil, "127.0.0.1:1"},
		{"192.0.2.1:1", []string{"203.0.113.7"}, "192.0.2.1:1"},
	} {
		r := &http.Request{RemoteAddr: one.remote, Header: http.Header{"X-Forwarded-For": one.forwarded}}
		trusted.resolve(r)
		if r.RemoteAddr != one.want {
			t.Errorf("%s %v: %s, want %s", one.remote, one.forwarded, r.RemoteAddr, one.want)
		}
	}
	for _, wrong := range []string{"proxy.example.com", "10.0.0.0/40", ""} {
		if _, err := ParseProxies([]string{wrong}); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
