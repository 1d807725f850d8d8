package kit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mark3labs/mcp-go/server"
)

// Caller identifies where a call comes from, as far as that is known. Limits,
// confirmations and the audit all use [CallerOf], the one place that finds it
// out.
type Caller struct {
	Client  string // the client's name and version, which the client chooses
	Session string // the MCP session's id, which is a secret
	Address string // the network address; "" on stdio
}

// Network returns the network that the caller's limits are counted for: an IPv4
// address, the /64 of an IPv6 address, which one subscriber has, or "loopback" for
// all addresses of the own machine; "" on stdio.
func (c Caller) Network() string {
	ip, err := netip.ParseAddr(c.Address)
	if err != nil {
		return c.Address
	}
	ip = ip.Unmap().WithZone("")
	switch {
	case ip.IsLoopback():
		return "loopback"
	case ip.Is6():
		net, _ := ip.Prefix(64) // 64 is valid for every IPv6 address
		return net.String()
	}
	return ip.String()
}

// WithAddress returns a context whose caller is at a network address.
func WithAddress(ctx context.Context, address string) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.caller.Address = address })
}

// CallerOf returns the caller of a call.
func CallerOf(ctx context.Context) Caller {
	c := callOptionsOf(ctx).caller
	session := server.ClientSessionFromContext(ctx)
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientInfo != nil {
		c.Client = info.ClientInfo.Name + "/" + info.ClientInfo.Version
	} else if client, ok := session.(server.SessionWithClientInfo); ok {
		c.Client = client.GetClientInfo().Name + "/" + client.GetClientInfo().Version
	}
	if session != nil {
		c.Session = session.SessionID()
	}
	return c
}

// maxClientName is how many bytes of a client's name logs hold.
const maxClientName = 80

// Name returns the caller's name for logs and seals: the client's name, and a
// part of the hash of its session, whose id is a secret. clean is
// [Hooks.Clean].
func (c Caller) Name(clean func(string) string) string {
	name := strings.Trim(c.Client, "/")
	if len(name) > maxClientName {
		name = name[:maxClientName]
	}
	if c.Session != "" {
		sum := sha256.Sum256([]byte(c.Session))
		name += fmt.Sprintf("#%x", sum[:4])
	}
	return strings.ToValidUTF8(Plain(clean(name)), "")
}
