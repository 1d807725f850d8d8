package httpserver

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// TrustedProxies are the networks of proxies whose X-Forwarded-For is believed: the
// operator runs them. The header of anybody else may say anything.
type TrustedProxies []netip.Prefix

// ParseProxies reads addresses and networks in CIDR notation.
func ParseProxies(list []string) (TrustedProxies, error) {
	var out TrustedProxies
	for _, text := range list {
		text = strings.TrimSpace(text)
		if ip, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies: %q is neither an address nor a network such as 10.0.0.0/8", text)
		}
		out = append(out, network.Masked())
	}
	return out, nil
}

// has reports whether an address is that of a trusted proxy.
func (p TrustedProxies) has(ip netip.Addr) bool {
	for _, network := range p {
		if network.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// resolve replaces the address of a request that came through trusted proxies by that
// of its sender: the last address in X-Forwarded-For that is no trusted proxy. What is
// before it was written by the sender. Everything behind this uses r.RemoteAddr.
func (p TrustedProxies) resolve(r *http.Request) {
	host, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !p.has(ip) {
		return
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := len(hops) - 1; n >= 0; n-- {
		text := strings.TrimSpace(hops[n])
		if host, _, err := net.SplitHostPort(text); err == nil { // as Azure's gateways write it
			text = host
		}
		hop, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			return // what is before is not an address; the last proxy that was one stays
		}
		r.RemoteAddr = net.JoinHostPort(hop.Unmap().WithZone("").String(), port)
		if !p.has(hop) {
			return
		}
	}
}
