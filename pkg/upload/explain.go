package upload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxProblems bounds the complaints of a server that are listed, maxProblem each
// of them in characters.
const (
	maxProblems = 20
	maxProblem  = 300
)

// explain makes an error of an answer, in the server's words.
func (c *Client) explain(r request, a *answer) *Error {
	e := &Error{Request: r.String(), Status: a.status, Text: c.said(a)}
	switch a.status {
	case http.StatusUnauthorized:
		e.Hint = "the server does not know this key: check MODELBOM_API_KEY or --api-key-file"
	case http.StatusForbidden:
		e.Hint = "the key is known and may not do this"
	case http.StatusRequestEntityTooLarge:
		e.Hint = fmt.Sprintf("the document has %d bytes: raise the limit of the proxy in front of the server (nginx: client_max_body_size)", r.size())
	case http.StatusTooManyRequests:
		e.Hint = "the server asks for fewer requests: try again later"
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		e.Hint = hintAPI
	case http.StatusProxyAuthRequired:
		e.Hint = "the proxy wants a name and a password; they belong into HTTPS_PROXY"
	}
	if a.kind() == "text/html" && e.Hint == "" {
		e.Hint = hintAPI
	}
	return e
}

// said is what the server said, made fit for a terminal: the fields of a
// problem (RFC 9457), the title of a page, else the text itself.
func (c *Client) said(a *answer) string {
	text := ""
	switch kind := a.kind(); {
	case strings.HasSuffix(kind, "json"):
		text = c.problem(a.body)
	case kind == "text/html" || looksLikePage(a.body):
		return "an HTML page" + c.title(a.body)
	}
	if text == "" {
		text = string(a.body)
	}
	return c.clean(strings.TrimSpace(text))
}

// maxSaid bounds what is repeated of an answer, in characters.
const maxSaid = maxProblems*maxProblem + bom.MaxText

func (c *Client) clean(text string) string {
	return bom.Cut(bom.Clean(c.secrets.hide(text)), maxSaid)
}

func (c *Client) problem(body []byte) string {
	var p struct {
		Title, Detail, Message, Error string
		Errors                        []json.RawMessage
	}
	if json.Unmarshal(body, &p) != nil {
		return ""
	}
	var parts []string
	for _, s := range []string{p.Title, p.Detail, p.Message, p.Error} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	text := strings.Join(parts, ": ")
	for i, raw := range p.Errors {
		if i == maxProblems {
			text += fmt.Sprintf("; and %d more", len(p.Errors)-i)
			break
		}
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		separator := "; "
		if i == 0 {
			separator = ": "
		}
		text += separator + bom.Cut(s, maxProblem)
	}
	return strings.TrimPrefix(text, ": ")
}

func looksLikePage(body []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 512)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// title is the title of a page, in quotation marks.
func (c *Client) title(body []byte) string {
	m := regexp.MustCompile(`(?is)<title[^>]*>(.{0,200}?)</title>`).FindSubmatch(body)
	if m == nil {
		return ""
	}
	return fmt.Sprintf(" titled %q", c.clean(strings.TrimSpace(string(m[1]))))
}

// object reads an answer that has to be a JSON object. what names it.
func (c *Client) object(r request, a *answer, what string, into any) *Error {
	e := &Error{Request: r.String(), Hint: hintAPI}
	switch {
	case a.kind() == "text/html" || looksLikePage(a.body):
		e.Text = fmt.Sprintf("the answer is an HTML page%s, not %s", c.title(a.body), what)
	case json.Unmarshal(a.body, into) != nil:
		e.Text = fmt.Sprintf("the answer is not %s: %q", what, bom.Cut(c.clean(string(a.body)), 100))
	default:
		return nil
	}
	return e
}
