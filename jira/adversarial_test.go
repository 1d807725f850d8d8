package jira_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// serveTLS starts a server that accepts TLS connections, and passes each to
// serve.
func serveTLS(t *testing.T, protocol string, serve func(raw net.Conn, c *tls.Conn)) (base string, o jira.TransportOptions) {
	t.Helper()
	cert, pool := newCertificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer raw.Close()
				serve(raw, tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{protocol}}))
			}()
		}
	}()
	return "https://" + ln.Addr().String(), jira.TransportOptions{Roots: pool}
}

// resetStreams returns a server that speaks just enough HTTP/2 to read each
// request fully and to reset its stream instead of an answer (RFC 9113,
// frames).
func resetStreams(code uint32, taken *atomic.Int32) func(net.Conn, *tls.Conn) {
	frame := func(kind, flags byte, stream uint32, payload []byte) []byte {
		b := []byte{0, 0, byte(len(payload)), kind, flags}
		return append(binary.BigEndian.AppendUint32(b, stream), payload...)
	}
	const data, headers, reset, settings, endStream, ack = 0, 1, 3, 4, 1, 1
	return func(_ net.Conn, c *tls.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
			return
		}
		_, _ = c.Write(frame(settings, 0, 0, nil))
		for h := make([]byte, 9); ; {
			if _, err := io.ReadFull(c, h); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, c, int64(h[0])<<16|int64(h[1])<<8|int64(h[2])); err != nil {
				return
			}
			switch {
			case h[3] == settings && h[4]&ack == 0:
				_, _ = c.Write(frame(settings, ack, 0, nil))
			case (h[3] == data || h[3] == headers) && h[4]&endStream != 0:
				taken.Add(1)
				_, _ = c.Write(frame(reset, 0, binary.BigEndian.Uint32(h[5:]), binary.BigEndian.AppendUint32(nil, code)))
			}
		}
	}
}

// TestHTTP2DoesNotRepeatWrites checks that a write is sent once, although
// net/http itself repeats a request whose stream is reset with PROTOCOL_ERROR
// or REFUSED_STREAM.
func TestHTTP2DoesNotRepeatWrites(t *testing.T) {
	for name, code := range map[string]uint32{"PROTOCOL_ERROR": 1, "INTERNAL_ERROR": 2, "REFUSED_STREAM": 7, "CANCEL": 8} {
		var taken atomic.Int32
		base, o := serveTLS(t, "h2", resetStreams(code, &taken))
		_, err := newTransportClient(t, base, o).AddComment(t.Context(), "PAY-1", jira.NewComment{Body: doc("once")})
		if e := asError(t, err); taken.Load() != 1 || e.Outcome != jira.Unknown {
			t.Errorf("%s: sent %d times, outcome %v: %v", name, taken.Load(), e.Outcome, err)
		}
	}
}

// TestHTTP2ReadsAreRepeated checks that a read is sent again if its stream is
// reset.
func TestHTTP2ReadsAreRepeated(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cert, pool := newCertificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	var came atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("not HTTP/2 but %s", r.Proto)
		}
		if came.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		s.ServeHTTP(w, r)
	}))
	srv.EnableHTTP2, srv.TLS = true, &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	defer srv.Close()
	u := parseURL(t, srv.URL)
	c, err := jira.New(jira.Options{Base: u, Transport: jira.NewTransport(jira.TransportOptions{Trusted: []*url.URL{u}, Roots: pool}), MaxWait: 15 * time.Second,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fields(t.Context()); err != nil || came.Load() != 2 {
		t.Errorf("%d requests, %v", came.Load(), err)
	}
}

// TestPlainBytesAfterTheRequest checks that plain bytes on a TLS connection
// after a write do not count as a failed handshake: the write may have been
// done.
func TestPlainBytesAfterTheRequest(t *testing.T) {
	var done atomic.Int32
	base, o := serveTLS(t, "http/1.1", func(raw net.Conn, c *tls.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		done.Add(1)
		_, _ = io.WriteString(raw, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	_, err := newTransportClient(t, base, o).AddComment(t.Context(), "PAY-1", jira.NewComment{Body: doc("x")})
	if e := asError(t, err); done.Load() != 1 || e.Outcome != jira.Unknown {
		t.Errorf("done %d times, outcome %v: %v", done.Load(), e.Outcome, err)
	}
}

// TestFileRedirectCannotReachGateway checks that a file's host gets no
// credential, and cannot redirect to the gateway, where the credential would be
// sent.
func TestFileRedirectCannotReachGateway(t *testing.T) {
	var asked atomic.Int32
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, "another site's secret")
	}))
	defer gateway.Close()
	media := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Authorization", "X-Way", "Referer"} {
			if r.Header.Get(name) != "" {
				t.Errorf("the file's host is shown %s", name)
			}
		}
		http.Redirect(w, r, gateway.URL+"/ex/jira/other/rest/api/3/myself", http.StatusFound)
	}))
	defer media.Close()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Way") != "in" {
			t.Error("the configured header is missing")
		}
		if strings.HasSuffix(r.URL.Path, "/myself") {
			writeJSON(w, 200, `{"accountId":"a1"}`)
			return
		}
		http.Redirect(w, r, media.URL+"/file", http.StatusSeeOther)
	}))
	defer site.Close()
	o := jira.TransportOptions{Trusted: []*url.URL{parseURL(t, site.URL), parseURL(t, media.URL), parseURL(t, gateway.URL)}}
	c, err := jira.New(jira.Options{Base: parseURL(t, site.URL), Gateway: parseURL(t, gateway.URL), Auth: jira.AuthAuto, Transport: jira.NewTransport(o), Headers: http.Header{"X-Way": {"in"}},
		Credential: credential.Static{Email: "a@b.c", Token: credential.NewSecret("the-token")}})
	if err != nil {
		t.Fatal(err)
	}
	if content, err := c.AttachmentContent(t.Context(), "1"); err == nil || asked.Load() > 0 {
		t.Errorf("the gateway was asked %d times: %q, %v", asked.Load(), content.Data, err)
	}
}

// TestIdentityAge checks that an identity which /myself confirmed during the
// search for the endpoint does not make a later empty answer believable.
func TestIdentityAge(t *testing.T) {
	clk := newClock()
	good := true
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/myself") && good:
			writeJSON(w, 200, `{"accountId":"a1","displayName":"Ana"}`)
		case strings.HasSuffix(r.URL.Path, "/myself"):
			writeJSON(w, 401, `{"errorMessages":["no"]}`)
		case strings.HasSuffix(r.URL.Path, "/comment"):
			writeJSON(w, 200, `{"comments":[],"total":0}`)
		default:
			writeJSON(w, 200, `{"id":"1","key":"PAY-1","fields":{}}`)
		}
	}), &changingSource{"t"}, clk.Now, nil)
	if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
		t.Fatal(err)
	}
	good = false
	clk.now = clk.now.Add(9 * time.Minute)
	if me, err := client.Myself(t.Context()); err != nil || me.DisplayName != "Ana" {
		t.Errorf("within ten minutes: %v, %v", me, err)
	}
	clk.now = clk.now.Add(30 * time.Second)
	if page, err := client.Comments(t.Context(), "PAY-1", 0, 10, false); !jira.IsStatus(err, 401) {
		t.Errorf("anonymous comments: %v, %v", page, err)
	}
	clk.now = clk.now.Add(2 * time.Minute)
	if me, err := client.Myself(t.Context()); err == nil {
		t.Errorf("after eleven minutes: %v", me)
	}
}

// TestWriteNeedsItsConfirmation checks that JSON without the expected members
// does not confirm a write, since it may not be Jira's.
func TestWriteNeedsItsConfirmation(t *testing.T) {
	for _, body := range []string{`{}`, `null`, `{"error":"session expired, please log in"}`, `{"errorMessages":["no"],"errors":{}}`} {
		c, _ := startFake(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, body) })
		_, comment := c.AddComment(t.Context(), "PAY-1", jira.NewComment{Body: doc("x")})
		_, create := c.CreateIssue(t.Context(), jira.NewIssue{Fields: map[string]any{"summary": "x"}})
		move := c.Transition(t.Context(), "PAY-1", jira.TransitionRequest{TransitionID: "1"})
		for what, err := range map[string]error{"comment": comment, "create": create, "move": move} {
			if jira.OutcomeOf(err) != jira.Unknown {
				t.Errorf("%s answered %s: %v, %v", what, body, jira.OutcomeOf(err), err)
			}
		}
	}
}

// TestRetryAfterIsCapped checks that a huge Retry-After neither overflows nor
// blocks the client for more than an hour.
func TestRetryAfterIsCapped(t *testing.T) {
	for _, value := range []string{"9223372037", "18446744073", "9000000000", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		var came atomic.Int32
		at := time.Now()
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if came.Add(1) > 20 {
				writeJSON(w, 400, `{}`)
				return
			}
			w.Header().Set("Retry-After", value)
			w.Header().Set("RateLimit-Reason", "jira-quota-global-based")
			writeJSON(w, 429, `{}`)
		}))
		c, err := jira.New(jira.Options{Base: parseURL(t, srv.URL), MaxWait: 15 * time.Second, Now: func() time.Time { return at }, Credential: credential.Static{Token: credential.NewSecret("t")}})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := c.AddComment(t.Context(), "PAY-1", jira.NewComment{}); !jira.IsStatus(err, 429) {
				t.Errorf("%s: %v", value, err)
			}
		}
		if n := came.Load(); n > 3 {
			t.Errorf("%s: %d requests for 3 calls", value, n)
		}
		before := came.Load()
		at = at.Add(61 * time.Minute)
		_, _ = c.AddComment(t.Context(), "PAY-1", jira.NewComment{})
		if came.Load() == before {
			t.Errorf("%s: not asked again after an hour", value)
		}
		srv.Close()
	}
}

// TestNextTokenWithoutGateway checks that the second token is used if
// a firewall allows the site only. The client cannot know then whether the
// first token is one with scopes.
func TestNextTokenWithoutGateway(t *testing.T) {
	for name, gateway := range map[string]http.HandlerFunc{
		"dead": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"403":  func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", 403) },
		"500":  func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 500, `{}`) },
	} {
		for _, both := range []bool{true, false} {
			s, err := sandbox.New(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			door := &tokenProxy{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/ex/jira/") {
					gateway(w, r)
					return
				}
				s.ServeHTTP(w, r)
			})}
			log := slog.New(slog.DiscardHandler)
			source := &credential.Rotation{Email: sandbox.Email, Log: log, Now: time.Now, Origins: []credential.Origin{credential.Variable{Name: "FIRST", Value: credential.NewSecret("old-token")}}}
			if both {
				door.allow("next-token", sandbox.ClassicToken)
				source.Origins = append(source.Origins, credential.Variable{Name: "NEXT", Value: credential.NewSecret("next-token")})
			}
			client, _ := newResolvingClient(t, door, source, time.Now, nil)
			for range 20 {
				_, err = client.GetIssue(t.Context(), "PAY-1", nil, nil)
				if (err == nil) != both {
					t.Errorf("%s, a next token %v: %v", name, both, err)
				}
			}
			if !both && !strings.Contains(err.Error(), "the site does not accept the credential") {
				t.Errorf("%s: %v", name, err)
			}
			if refused, _, _ := door.takeCounts(); refused > 3 {
				t.Errorf("%s, a next token %v: %d requests with the refused token for 20 calls", name, both, refused)
			}
		}
	}
}

// TestHangingProbeFailsOneCall checks that one /myself without an
// answer fails at most its own call, although all others wait for the search.
func TestHangingProbeFailsOneCall(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var first atomic.Bool
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/myself") && first.CompareAndSwap(false, true) {
			<-r.Context().Done()
			return
		}
		s.ServeHTTP(w, r)
	}), &changingSource{sandbox.ClassicToken}, time.Now, func(o *jira.Options) { o.Timeout = 2 * time.Second })
	if failed := callConcurrently(t, client, 20, 1, func() {}); failed > 1 {
		t.Errorf("%d of 20 calls fail with the one that hangs", failed)
	}
}
