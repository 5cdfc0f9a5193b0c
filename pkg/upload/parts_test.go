package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestKey(t *testing.T) {
	for _, bad := range []string{"", " \n", "two words", "two\nlines", "schlüssel", strings.Repeat("k", maxKey+1), "nul\x00"} {
		_, err := NewKey(bad)
		if !errors.Is(err, ErrKey) || len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("NewKey(%q) gives %v", bad, err)
		}
	}
	k, err := NewKey(" " + secret + "\r\n")
	if err != nil || k.secret != secret {
		t.Fatalf("%v", err)
	}
	j, _ := json.Marshal(map[string]any{"k": k, "list": []Key{k}})
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%s %q %v %+v %#v %x %d", k, k, k, k, k, k, k), fmt.Sprintf("%+v %#v", &Options{Key: k}, Options{Key: k}), string(j)} {
		if strings.Contains(s, "S3cr3t") || strings.Contains(s, fmt.Sprintf("%x", secret)) || !strings.Contains(s, hidden) {
			t.Errorf("printed %q", s)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://dt.example.com":             "https://dt.example.com",
		" https://dt.example.com/ ":          "https://dt.example.com",
		"https://dt.example.com/api":         "https://dt.example.com",
		"https://dt.example.com/api/v1/bom/": "https://dt.example.com",
		"http://[::1]:8080/dtrack/api/v1":    "http://[::1]:8080/dtrack",
	} {
		u, err := baseAddress(in)
		if err != nil || u.String() != want {
			t.Errorf("baseAddress(%q) = %v, %v; want %s", in, u, err, want)
		}
	}
	for _, in := range []string{"", "dt.example.com", "ftp://x", "https://", "https://me:S3cr3t@x", "https://x/?key=S3cr3t", "https://x/#S3cr3t", "https://%zz", "://S3cr3t"} {
		if _, err := baseAddress(in); !errors.Is(err, ErrAddress) || strings.Contains(err.Error(), "S3cr3t") {
			t.Errorf("baseAddress(%q): %v", in, err)
		}
	}
	for in, want := range map[string]bool{"http://dt.example.com": true, "https://dt.example.com": false, "http://localhost:1": false, "http://127.0.0.1": false, "http://10.0.0.1": true} {
		if Plaintext(in) != want {
			t.Errorf("Plaintext(%q) is %t", in, !want)
		}
	}
}

func TestCheck(t *testing.T) {
	good := Upload{URL: "https://x", Project: Project{Name: "n", Version: "1"}, AutoCreate: true, Tags: []string{"a"}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Upload){
		"no project": func(u *Upload) { u.Project = Project{} },
		"both":       func(u *Upload) { u.Project.UUID = "0d2d0b6e-0000-4000-8000-000000000000" },
		"no UUID":    func(u *Upload) { u.Project = Project{UUID: "0d2d0b6e_0000-4000-8000-000000000000"} },
		"make UUID":  func(u *Upload) { u.Project = Project{UUID: "0d2d0b6e-0000-4000-8000-000000000000"} },
		"long":       func(u *Upload) { u.Project.Name = strings.Repeat("n", 256) },
		"tag":        func(u *Upload) { u.Tags = []string{"a,b"} },
		"empty tag":  func(u *Upload) { u.Tags = []string{" "} },
		"parent":     func(u *Upload) { u.Parent = Project{Version: "1"} },
		"URL":        func(u *Upload) { u.URL = "x" },
	} {
		u := good
		spoil(&u)
		if u.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999999999999999": 0, "Tue, 24 Nov 2026 12:01:00 GMT": time.Minute, "Tue, 24 Nov 2020 12:01:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", in, got, want)
		}
	}
}

func FuzzParseHeaders(f *testing.F) {
	f.Add("# mine\nX-One: 1\n\nAuthorization: Bearer t\r\nx-one: 2\n")
	f.Add("Host: evil")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHeaders(text)
		if (h == nil) == (err == nil) {
			t.Fatalf("%v, %v", h, err)
		}
		for name, values := range h {
			if !token(name) || strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("%q: %q", name, values)
			}
		}
	})
}

func TestParseHeaders(t *testing.T) {
	h, err := ParseHeaders("# mine\nX-One: 1\n\nAuthorization: Bearer t: u\r\nx-one: 2\n")
	if err != nil || len(h) != 2 || strings.Join(h["X-One"], ",") != "1,2" || h.Get("Authorization") != "Bearer t: u" {
		t.Errorf("%v, %v", h, err)
	}
	for _, bad := range []string{"S3cr3t", "X Y: S3cr3t", ": S3cr3t", "Host: S3cr3t", "content-length: 3", "X: S3cr\x013t", strings.Repeat("a: b\n", MaxHeaders)} {
		if _, err := ParseHeaders(bad); err == nil || strings.Contains(err.Error(), "S3cr") {
			t.Errorf("%v", err)
		}
	}
}

// TestPlain: what goes to an address that is no platform, and when it goes twice.
func TestPlain(t *testing.T) {
	for name, c := range map[string]struct {
		method   string
		statuses []int // 0 closes the connection
		tries    int
		err      string
	}{
		"taken":                {"", []int{201}, 1, ""},
		"put again":            {"PUT", []int{0, 500, 200}, 3, ""},
		"post not again":       {"POST", []int{0, 200}, 1, "not known"},
		"post not again, 500":  {"POST", []int{500, 200}, 1, "500 Internal Server Error"},
		"post again after 503": {"POST", []int{503, 429, 200}, 3, ""},
		"refused":              {"", []int{403}, 1, "403 Forbidden"},
		"redirected":           {"", []int{307}, 1, "another host"},
		"page":                 {"", []int{299}, 1, "an HTML page"},
		"never":                {"PUT", []int{502, 502, 502, 502, 502, 502}, maxTries, "502"},
	} {
		t.Run(name, func(t *testing.T) {
			var count atomic.Int32
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				status := c.statuses[count.Add(1)-1]
				if r.Header.Get("Authorization") != "Bearer "+secret || r.Header.Get("X-Team") != "t34m-s3cret" || string(body) != small || r.Header.Get("Content-Type") != "application/x" || r.URL.RawQuery != "q=1" {
					t.Errorf("%s %s %v %d bytes", r.Method, r.URL, r.Header, len(body))
				}
				switch status {
				case 0:
					conn, _, _ := w.(http.Hijacker).Hijack()
					conn.Close()
					return
				case 299:
					w.Header().Set("Content-Type", "text/html")
				}
				w.Header().Set("Location", "https://other.example.com/?t=t34m-s3cret")
				w.WriteHeader(status)
				fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"), " and t34m-s3cret")
			}))
			defer web.Close()
			key, _ := NewKey(secret)
			client := NewClient(Options{Key: key})
			client.sleep = func(context.Context, time.Duration) error { return nil }
			said, err := client.Plain(t.Context(), Plain{URL: web.URL + "/in?q=1", Method: c.method, ContentType: "application/x", Header: http.Header{"X-Team": {"t34m-s3cret"}}, Document: []byte(small)})
			tries := int(count.Load())
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || tries != c.tries {
				t.Errorf("%q, %v after %d tries", said, err, tries)
			}
			if text := said + fmt.Sprint(err); strings.Contains(text, "S3cr3t") || strings.Contains(text, "t34m") || strings.Contains(text, "q=1") {
				t.Errorf("%q tells a secret", text)
			}
			if c.err == "" && !strings.Contains(said, "you sent Bearer [key] and [key]") {
				t.Errorf("said %q", said)
			}
		})
	}
}

// TestProxy: the password of a proxy is in no error.
func TestProxy(t *testing.T) {
	err := errors.New(`proxyconnect tcp: invalid proxy address "http://me:pa ss@proxy": parse`)
	if got := plainCause(err); strings.Contains(got, "pa ss") {
		t.Error(got)
	}
}

func TestPieces(t *testing.T) {
	for _, s := range []string{"", "a", strings.Repeat("😀모a", 700), "bad\xff\xfeutf8"} {
		for _, n := range []int{2, 3, 1000} {
			got := pieces(s, n)
			if strings.Join(got, "") != s {
				t.Errorf("the pieces of %q are %q", s, got)
			}
			for _, p := range got {
				if units(p) > n {
					t.Errorf("a piece has %d units, not %d", units(p), n)
				}
			}
		}
	}
	a, b := shorten(strings.Repeat("x", 400)+"a", 254), shorten(strings.Repeat("x", 400)+"b", 254)
	if a == b || units(a) > 254 || !strings.HasSuffix(a, "xa") || !strings.HasPrefix(a, "xxx") {
		t.Errorf("shortened to %q and %q", a, b)
	}
}
