package jira

import (
	"net/netip"
	"testing"
)

// TestPublicAddresses checks which addresses count as public.
func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"104.192.136.1": true, "8.8.8.8": true, "2606:4700::1111": true, "2600:1f18::1": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.5.4": false, "172.31.255.255": false, "192.168.1.1": false, "fd12::1": false, "fc00::1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:ec2::254": false, "100.100.100.200": false, "100.64.0.1": false,
		"::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "::127.0.0.1": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false, "2001:db8::1": false,
		"168.63.129.16": false, "192.88.99.1": false, "::ffff:0:10.0.0.1": false, "3fff::1": false, "5f00::1": false,
		"172.32.0.1": true, "100.128.0.1": true, "11.0.0.1": true,
	} {
		if got := isPublic(netip.MustParseAddr(address).Unmap()); got != want {
			t.Errorf("%s: public %v", address, got)
		}
	}
}
