// Package upload sends bills of materials to the servers where they are looked
// at every day: Dependency-Track, and any address that takes a document by HTTP.
//
// It promises three things. A key leaves the process in one header, for one
// host, and is in no error, no message and no log: redirects are never
// followed, and whatever a server or a library says is searched for the key
// before it is handed on. An upload that is reported as done was imported, as
// far as the key may see that: a server that lost a document in the middle says
// that it has nothing left to do, so the project is asked afterwards. And what
// is repeated is repeated safely: before a document is sent a second time, the
// project is looked up, since the first one may have created it.
//
// [DependencyTrack] is the upload to one project, [Plain] the one to any
// address. [Prepare] makes of a document the one that Dependency-Track does not
// damage, and says what its import drops, merges and cuts.
//
// The package reads no environment but the proxy settings that every HTTP
// client honours, no clock beyond waiting, and no file.
package upload

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// Options are what all targets have in common. The zero value works.
type Options struct {
	// Key goes with every request, in the way the target wants it.
	Key Key
	// Authorities are the certificates that servers are trusted by; nil for
	// those of the system.
	Authorities *x509.CertPool
	// Agent names the program and its version to the server.
	Agent string
	// Progress is told what is going on; it may be nil. It is called by the
	// goroutine that called the upload.
	Progress func(Progress)
}

// A Progress is one thing that goes on.
type Progress struct {
	Phase Phase
	// Text says it to people, in one line without an end.
	Text string
}

// A Phase is a step of an upload.
type Phase string

// The phases.
const (
	PhaseLookUp Phase = "look up"
	PhaseSend   Phase = "send"
	PhaseWait   Phase = "wait" // for the server to process the document
	PhaseRetry  Phase = "retry"
	PhaseVerify Phase = "verify"
)

// A Client sends documents. It is safe for one upload at a time.
type Client struct {
	http    *http.Client
	options Options
	secrets secrets
	sleep   func(context.Context, time.Duration) error
	random  func() float64 // between 0 and 1
}

// Limits of one exchange. An upload as a whole is limited by its context.
const (
	dialTimeout = 15 * time.Second
	// answerTimeout is how long a server may think before its first byte: it
	// checks a document against a schema before it answers, at several
	// megabytes a second.
	answerTimeout = 2 * time.Minute
	// maxAnswer bounds what is read of an answer, in bytes. The longest that
	// means anything is a list of schema errors.
	maxAnswer = 1 << 20
)

// NewClient makes a client.
func NewClient(o Options) *Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer(),
		TLSClientConfig:       &tls.Config{RootCAs: o.Authorities, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: answerTimeout,
		ExpectContinueTimeout: 2 * time.Second,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	return &Client{
		http: &http.Client{Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		options: o, secrets: newSecrets(o.Key.secret), sleep: sleep, random: rand.Float64,
	}
}

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Authorities reads PEM certificates that are trusted beside those of the
// system: a company's own authority, usually.
func Authorities(pem []byte) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil { // a system without any
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM form in it")
	}
	return pool, nil
}

func (c *Client) tell(phase Phase, format string, args ...any) {
	if c.options.Progress != nil {
		c.options.Progress(Progress{phase, c.secrets.hide(fmt.Sprintf(format, args...))})
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
