package upload

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// An Error is an upload that did not succeed, in words for people. Nothing in
// it is secret.
type Error struct {
	// Request is the method and the address, without its query.
	Request string
	// Status is the answer's status, 0 when there was no answer.
	Status int
	// Text says what happened; what the server said is in it, as it said it.
	Text string
	// Hint says what helps; it may be empty.
	Hint string

	err error // for errors.Is
}

func (e *Error) Error() string {
	text := e.Text
	if e.Status != 0 {
		text = strings.TrimRight(fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), text), ": ")
	}
	if e.Request == "" {
		return text
	}
	return e.Request + ": " + text
}

func (e *Error) Unwrap() error { return e.err }

// Reasons that errors.Is finds.
var (
	// ErrNotImported: the server took a document, ended its work and imported
	// nothing.
	ErrNotImported = errors.New("the document was not imported")
	// ErrUncertain: whether the document arrived cannot be known.
	ErrUncertain = errors.New("whether the document was imported is not known")
	// ErrRedirect: the server sent the request elsewhere.
	ErrRedirect = errors.New("redirect")
)

// broken makes an error of a connection that gave no answer.
func (c *Client) broken(request string, err error) *Error {
	e := &Error{Request: request, Text: c.secrets.hide(plainCause(err)), err: causeOf(err)}
	var (
		authority   x509.UnknownAuthorityError
		host        x509.HostnameError
		certificate x509.CertificateInvalidError
		record      tls.RecordHeaderError
		dns         *net.DNSError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Text, e.Hint = "no answer in the time that was given", "--timeout sets the time, such as --timeout 30m"
	case errors.As(err, &authority):
		e.Hint = "if the server's certificate is by an authority of your own, name it: --ca-file FILE"
	case errors.As(err, &host):
		e.Hint = "--url has to name the server as its certificate does"
	case errors.As(err, &certificate):
		e.Hint = "the server's certificate has to be renewed, or the clock of this machine set"
	case errors.As(err, &record), notTLS(err):
		e.Hint = "the server does not speak TLS there: http:// instead of https://?"
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Hint = "no host has that name: check --url"
	default:
		e.Hint = "check that the server runs and that --url names it; a proxy is taken from HTTPS_PROXY and NO_PROXY"
	}
	return e
}

// plainCause is the innermost text of a network error: the outer ones repeat
// the address, with its query, and temporary port numbers.
func plainCause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		if op.Op == "proxyconnect" || op.Op == "socks connect" {
			return "the proxy cannot be reached"
		}
		if op.Err != nil {
			return op.Op + ": " + op.Err.Error()
		}
	}
	if strings.Contains(err.Error(), "invalid proxy address") { // repeats it, with its password
		return "HTTPS_PROXY or HTTP_PROXY holds no usable address"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	if text := err.Error(); text != "EOF" && text != "unexpected EOF" {
		return text
	}
	return "the server closed the connection"
}

// causeOf keeps of an error only what a caller may ask for.
func causeOf(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

// lasting reports whether a connection will not get better by trying again.
func lasting(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		dns          *net.DNSError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &dns) && dns.IsNotFound ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) ||
		strings.Contains(err.Error(), "invalid proxy address") || notTLS(err)
}

// notTLS reports the library's error for a server without TLS, which has no type.
func notTLS(err error) bool {
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// isTimeout tells the limit of one exchange from that of the whole upload.
func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
