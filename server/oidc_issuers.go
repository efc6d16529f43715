package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/oauth2"
)

// How long what an issuer says of itself is believed, and how long it is left alone when it says nothing.
const (
	discoveryLasts  = time.Hour
	discoveryFailed = 10 * time.Second
)

// issuers are the identity providers that this server has to do with, by what they say of themselves.
type issuers struct {
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]*issuer
}

// issuer is one of them.
type issuer struct {
	mu      sync.Mutex
	found   *discovered
	fault   error
	settled time.Time
}

// discovered is what an issuer says of itself (OpenID Connect Discovery 1.0).
type discovered struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Keys          string `json:"jwks_uri"`
	Person        string `json:"userinfo_endpoint"`    // none where tokens tell all
	EndSession    string `json:"end_session_endpoint"` // none where signing out here is all
	// NamesItself tells that answers to browsers say whose they are (RFC 9207).
	NamesItself bool `json:"authorization_response_iss_parameter_supported"`

	keys *keySet
}

func newIssuers(config Config) *issuers {
	dialer := &net.Dialer{Timeout: askingLasts, Control: func(_, address string, _ syscall.RawConn) error { return config.mayAsk(address) }}
	return &issuers{now: time.Now, known: map[string]*issuer{}, client: &http.Client{
		Timeout: askingLasts,
		Transport: boundedAnswers{&http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: askingLasts, MaxResponseHeaderBytes: 64 << 10}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// errNetwork says that an identity provider is where none may be.
var errNetwork = errors.New("this network is not among --sso-networks")

// mayAsk says that an administrator of an office cannot have the server call at doors that are behind the
// operator's. It looks at the address that is dialled, whatever name it had.
func (c *Config) mayAsk(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(c.ssoNetworks, func(network netip.Prefix) bool { return network.Contains(ip) }) {
		return nil
	}
	shared := netip.MustParsePrefix("100.64.0.0/10")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
		return errNetwork
	}
	return nil
}

// boundedAnswers reads no more of an answer than a document of an identity provider can have.
type boundedAnswers struct{ http.RoundTripper }

// RoundTrip asks.
func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// find gives what an issuer says of itself. Those who want it at once ask once.
func (s *issuers) find(ctx context.Context, name string) (*discovered, error) {
	s.mu.Lock()
	one := s.known[name]
	if one == nil {
		one = &issuer{}
		s.known[name] = one
	}
	s.mu.Unlock()
	one.mu.Lock()
	defer one.mu.Unlock()
	lasts := discoveryLasts
	if one.fault != nil || one.found == nil {
		lasts = discoveryFailed
	}
	if s.now().Sub(one.settled) < lasts {
		if one.found != nil {
			return one.found, nil
		}
		return nil, one.fault
	}
	found, err := s.discover(ctx, name)
	one.fault, one.settled = err, s.now()
	if err != nil {
		if one.found != nil { // it said so before
			return one.found, nil
		}
		return nil, err
	}
	if one.found != nil && one.found.Keys == found.Keys {
		found.keys = one.found.keys
	}
	one.found = found
	return found, nil
}

func (s *issuers) discover(ctx context.Context, name string) (*discovered, error) {
	found := &discovered{}
	if err := fetchJSON(ctx, s.client, strings.TrimSuffix(name, "/")+"/.well-known/openid-configuration", found); err != nil {
		return nil, fmt.Errorf("discover %s: %w", name, err)
	}
	if found.Issuer != name {
		return nil, fmt.Errorf("discover %s: it calls itself otherwise", name)
	}
	endpoints := []string{found.Authorization, found.Token, found.Keys}
	for _, optional := range []string{found.Person, found.EndSession} {
		if optional != "" {
			endpoints = append(endpoints, optional)
		}
	}
	for _, address := range endpoints {
		if !sameSecurity(name, address) {
			return nil, fmt.Errorf("discover %s: an endpoint is not over https", name)
		}
	}
	found.keys = &keySet{client: s.client, address: found.Keys, now: s.now}
	return found, nil
}

// sameSecurity tells whether an endpoint is over https, as its issuer is; an issuer on this machine may do without.
func sameSecurity(name, endpoint string) bool {
	address, err := url.Parse(endpoint)
	return err == nil && address.Host != "" &&
		(address.Scheme == "https" || (address.Scheme == "http" && strings.HasPrefix(name, "http://")))
}

func (d *discovered) endpoint() oauth2.Endpoint {
	return oauth2.Endpoint{AuthURL: d.Authorization, TokenURL: d.Token}
}
