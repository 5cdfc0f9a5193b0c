package upload

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Repeating: up to maxTries times, after 1, 2, 4 and 8 seconds, each shortened
// by chance to between half and all of it, so that the runs of a pipeline that
// failed together do not come back together.
const (
	maxTries  = 5
	firstWait = time.Second
	// maxWait bounds one wait, and also what a server may ask for with
	// Retry-After: beyond it, an error now helps more.
	maxWait = 2 * time.Minute
)

// pause waits before try number n (from 1) is repeated, at least as long as the
// server asked for.
func (c *Client) pause(ctx context.Context, n int, asked time.Duration, why string) error {
	d := min(firstWait<<min(n-1, 10), maxWait)
	d = d/2 + time.Duration(c.random()*float64(d/2))
	d = max(d, asked)
	c.tell(PhaseRetry, "%s; trying again in %s", why, d.Round(100*time.Millisecond))
	return c.sleep(ctx, d)
}

// passing reports whether a status is one that gets better by itself.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 529 // of content delivery networks, for a server that they cannot reach
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := h.Get("Retry-After")
	if n, err := strconv.Atoi(s); err == nil {
		if n < 0 || n > int(24*time.Hour/time.Second) {
			return 0
		}
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}
