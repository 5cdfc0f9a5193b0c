package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// A Plain is a document for any address that takes one by HTTP: as the whole
// body, byte for byte.
type Plain struct {
	URL string
	// Method is POST when it is empty, else POST or PUT.
	Method string
	// ContentType of the document.
	ContentType string
	// Header holds more lines, which may be secret. The key goes with them as a
	// bearer token, unless they hold an Authorization.
	Header http.Header
	// Document is what is sent.
	Document []byte
}

// Check reports what is wrong with the request, before anything is sent.
func (p Plain) Check() error {
	if _, err := parseAddress(p.URL); err != nil {
		return err
	}
	if p.Method != "" && p.Method != http.MethodPost && p.Method != http.MethodPut {
		return fmt.Errorf("documents are sent by POST or PUT, not by %q", p.Method)
	}
	return nil
}

// Address is where the document goes, for people. It needs a checked Plain.
func (p Plain) Address() string {
	u, err := parseAddress(p.URL)
	if err != nil {
		return ""
	}
	return shown(u)
}

// Plain sends a document and returns what the server said, shortened, if it
// took it. A PUT is repeated when the connection breaks, since it puts the same
// thing to the same place. A POST is repeated only when the server says that it
// did nothing, or when it never had the request.
func (c *Client) Plain(ctx context.Context, p Plain) (string, error) {
	if err := p.Check(); err != nil {
		return "", err
	}
	u, err := parseAddress(p.URL)
	if err != nil {
		return "", err
	}
	r := request{method: p.Method, url: u, header: p.Header.Clone(), body: [][]byte{p.Document}}
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.header == nil {
		r.header = http.Header{}
	}
	if p.ContentType != "" && r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", p.ContentType)
	}
	if !c.options.Key.Empty() && r.header.Get("Authorization") == "" {
		r.header.Set("Authorization", "Bearer "+c.options.Key.secret)
	}
	for _, values := range p.Header {
		c.secrets = append(c.secrets, newSecrets(values...)...)
		for _, v := range values {
			if _, token, ok := strings.Cut(v, " "); ok { // "Bearer ..."
				c.secrets = append(c.secrets, newSecrets(token)...)
			}
		}
	}
	return c.deliver(ctx, r)
}

func (c *Client) deliver(ctx context.Context, r request) (string, error) {
	arrived := false
	for n := 1; ; n++ {
		c.tell(PhaseSend, "sending %d bytes to %s", r.size(), shown(r.url))
		a, f := c.do(ctx, r)
		if f == nil {
			if a.status < 200 || a.status > 299 {
				return "", c.explain(r, a)
			}
			if a.kind() == "text/html" || looksLikePage(a.body) {
				return "", uncertainPage(c, r, a)
			}
			return c.said(a), nil
		}
		untouched := !f.arrived || f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable
		arrived = arrived || !untouched
		if !f.passing || n == maxTries || f.after > maxWait || r.method != http.MethodPut && !untouched {
			if arrived && !errors.Is(f.Error, ErrRedirect) {
				f.Text += "; " + ErrUncertain.Error()
			}
			return "", f.Error
		}
		if err := c.pause(ctx, n, f.after, f.Text); err != nil {
			return "", c.broken(r.String(), err)
		}
	}
}

// uncertainPage: interfaces for documents do not answer with pages; log-in
// forms do.
func uncertainPage(c *Client, r request, a *answer) *Error {
	return &Error{Request: r.String(), Text: "the answer is " + c.said(a), Hint: "--url has to name the interface for documents, and the key has to be one that it knows"}
}

// MaxHeaders is how large a file of header lines may be, in bytes; servers take
// 8 KiB.
const MaxHeaders = 64 << 10

// ParseHeaders reads lines of "Name: value", as they stand in a request. Empty
// lines, and those that begin with "#", are left out. No error holds a value.
func ParseHeaders(text string) (http.Header, error) {
	if len(text) > MaxHeaders {
		return nil, fmt.Errorf("longer than %d bytes", MaxHeaders)
	}
	h := http.Header{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !token(name) || strings.IndexFunc(value, control) >= 0 {
			return nil, fmt.Errorf("line %d is not of the form \"Name: value\"", n)
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		if slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"}, name) {
			return nil, fmt.Errorf("line %d: %s is made from the request itself", n, name)
		}
		h.Add(name, value)
	}
	return h, nil
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// token reports whether s is a token of RFC 9110, section 5.6.2.
func token(s string) bool {
	for _, r := range s {
		if r > '~' || r <= ' ' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) {
			return false
		}
	}
	return s != ""
}
