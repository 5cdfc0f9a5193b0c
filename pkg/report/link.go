package report

import (
	"net/url"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// links shows an address from a document. It can be followed only when it is a
// plain http(s) address whose host is what it looks like: no user part, no
// characters beyond ASCII that resemble others. Everything else is text.
func links(address string) []span {
	if address == "" {
		return nil
	}
	host, ok := safeHost(address)
	if !ok {
		return []span{code(withoutUser(address))}
	}
	return []span{{Kind: spanLink, Text: shown(address), Href: address, Host: host}}
}

func safeHost(address string) (string, bool) {
	if len(address) > maxSpan || bom.Clean(address) != address {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-:[]", r)
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return !plain(r) }) || strings.ContainsAny(address, "\\ \"'<>`") {
		return "", false
	}
	return u.Host, true
}

// withoutUser leaves out a user and password, which are nobody's business.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}
