package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A request is one exchange that can be repeated.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   [][]byte // sent one after the other, nil for none
}

func (r request) String() string { return r.method + " " + shown(r.url) }

func (r request) size() (n int64) {
	for _, b := range r.body {
		n += int64(len(b))
	}
	return n
}

// An answer is what a server said, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// kind is the media type without parameters.
func (a *answer) kind() string {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// A failure is an exchange without a usable answer.
type failure struct {
	*Error
	passing bool // worth another try
	// arrived: the server had the whole request, so it may have acted on it.
	arrived bool
	after   time.Duration // how long the server asked to wait
}

// expectFrom is the size in bytes from which a body waits for the server to
// agree: a refusal by size or by key then arrives before the connection is
// closed on us.
const expectFrom = 64 << 10

// do makes one exchange. It returns the answer of status 2xx and 4xx, and a
// failure for everything that is no final answer. A redirect is one too.
func (c *Client) do(ctx context.Context, r request) (*answer, *failure) {
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		if i.Err == nil {
			wrote.Store(true)
		}
	}})
	req, err := c.build(traced, r)
	if err != nil {
		return nil, &failure{Error: &Error{Request: r.String(), Text: c.secrets.hide(err.Error())}}
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, &failure{Error: c.broken(r.String(), err), passing: !lasting(err) && ctx.Err() == nil, arrived: wrote.Load()}
	}
	defer res.Body.Close()
	if f := c.refused(r, res); f != nil {
		return nil, f
	}
	a := &answer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1)); err != nil {
		f := &failure{Error: c.broken(r.String(), err), passing: ctx.Err() == nil, arrived: true}
		f.Text = fmt.Sprintf("the answer (%d %s) breaks off: %s", a.status, http.StatusText(a.status), f.Text)
		return nil, f
	}
	if len(a.body) > maxAnswer {
		return nil, &failure{Error: &Error{Request: r.String(), Status: a.status, Text: fmt.Sprintf("the answer is longer than %d bytes", maxAnswer), Hint: hintAPI}, arrived: true}
	}
	if passing(a.status) {
		return nil, &failure{Error: c.explain(r, a), passing: true, arrived: true, after: retryAfter(a.header, time.Now())}
	}
	return a, nil
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	body := func() (io.ReadCloser, error) {
		var parts []io.Reader
		for _, b := range r.body {
			parts = append(parts, bytes.NewReader(b))
		}
		return io.NopCloser(io.MultiReader(parts...)), nil
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), nil)
	if err != nil {
		return nil, errors.New("the request cannot be built")
	}
	if r.body != nil {
		req.Body, _ = body()
		req.GetBody, req.ContentLength = body, r.size()
	}
	for name, values := range r.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if c.options.Agent != "" {
		req.Header.Set("User-Agent", c.options.Agent)
	}
	if r.size() >= expectFrom {
		req.Header.Set("Expect", "100-continue")
	}
	return req, nil
}

// refused turns redirects into failures. None is followed, not even to the same
// host: that of a POST is sent again as a GET, and one from http to https comes
// after the key has been sent in the clear. The address has to be put right.
func (c *Client) refused(r request, res *http.Response) *failure {
	if res.StatusCode < 300 || res.StatusCode > 399 {
		return nil
	}
	e := &Error{Request: r.String(), Status: res.StatusCode, err: ErrRedirect}
	to, err := res.Location()
	switch {
	case err != nil:
		e.Text, e.Hint = "the server redirects and does not say where to", hintAPI
	case to.Hostname() != r.url.Hostname():
		e.Text = fmt.Sprintf("the server redirects to another host, %q; nothing was sent there", to.Hostname())
		e.Hint = "if that host may have the key and the document, name it in --url; a login page means that a proxy in front of the server does not know this key"
	case to.Scheme != r.url.Scheme:
		e.Text = fmt.Sprintf("the server redirects to %s", c.secrets.hide(shown(to)))
		e.Hint = fmt.Sprintf("begin --url with %s://", to.Scheme)
	default:
		e.Text = fmt.Sprintf("the server redirects to %s", c.secrets.hide(shown(to)))
		e.Hint = "--url has to be the address that the server itself uses"
	}
	return &failure{Error: e, arrived: true}
}

// hintAPI helps where something answers that is not the interface.
const hintAPI = "--url has to name the API server, such as https://dtrack.example.com: the web page that people open can be another host or port"

// number reads a header that holds a count, -1 when it does not.
func (a *answer) number(header string) int {
	n, err := strconv.Atoi(a.header.Get(header))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func dialer() func(context.Context, string, string) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
}
