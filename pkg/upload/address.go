package upload

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ErrAddress reports an address that nothing can be sent to.
var ErrAddress = errors.New("not a usable address")

// parseAddress reads the address of a server. Credentials in it are refused:
// addresses are printed.
func parseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil: // the library's error repeats the text
		return nil, fmt.Errorf("%w: it does not parse", ErrAddress)
	case u.User != nil:
		return nil, fmt.Errorf("%w: it holds a user name; the key goes into MODELBOM_API_KEY", ErrAddress)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%w: it does not begin with https:// or http://", ErrAddress)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%w: it names no host", ErrAddress)
	case u.Fragment != "":
		return nil, fmt.Errorf("%w: it has a fragment", ErrAddress)
	}
	return u, nil
}

// baseAddress is the address of a Dependency-Track server, which people give
// with and without the path of its interface.
func baseAddress(s string) (*url.URL, error) {
	u, err := parseAddress(s)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		return nil, fmt.Errorf("%w: it has a query", ErrAddress)
	}
	path := strings.TrimRight(u.Path, "/")
	for _, end := range []string{"/bom", "/v1", "/api"} {
		path = strings.TrimSuffix(path, end)
	}
	u.Path, u.RawPath = path, ""
	return u, nil
}

// Plaintext reports whether a key sent to the address can be read on the way:
// no TLS, and not this machine.
func Plaintext(address string) bool {
	u, err := parseAddress(address)
	if err != nil || u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// shown is an address without what may be secret in it.
func shown(u *url.URL) string {
	short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.RawQuery != "" {
		short.RawQuery = "..."
	}
	return short.String()
}
