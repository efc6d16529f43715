package crm

import (
	"context"
	"net/netip"
)

// Origin is where a request comes from.
type Origin struct {
	Address   string // of the client, behind trusted proxies
	UserAgent string // as the client describes itself
	ClientID  string // as the client calls itself
}

// maxUserAgent is how much of a client's description is kept: enough to tell browser and system.
const maxUserAgent = 120

type originKey struct{}

// WithOrigin returns a context of a request from there.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	origin.UserAgent = cut(printable(origin.UserAgent), maxUserAgent)
	return context.WithValue(ctx, originKey{}, origin)
}

func originFrom(ctx context.Context) Origin {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return origin
}

// NeighbourhoodFrom is what requests from where the context's comes from are counted under.
func NeighbourhoodFrom(ctx context.Context) string { return originFrom(ctx).neighbourhood() }

// neighbourhood is what attempts from an address are counted under: the address, or of IPv6 its network,
// because whoever has one address of a network there has 2^64 of them.
func (o Origin) neighbourhood() string {
	address, err := netip.ParseAddr(o.Address)
	if err != nil || address.Unmap().Is4() {
		return o.Address
	}
	network, _ := address.WithZone("").Prefix(64)
	return network.String()
}

// printable drops what is no visible character of ASCII: the text comes from outside, and is shown to people.
func printable(text string) string {
	plain := make([]rune, 0, len(text))
	for _, r := range text {
		if r >= ' ' && r <= '~' {
			plain = append(plain, r)
		}
	}
	return string(plain)
}

// textOf is a text to store, or nothing.
func textOf(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
