package report

import (
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"io"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

//go:embed html/style.css
var htmlStyle literal

// Most rows of one table, so that a page of a repository with many thousands of
// files still opens. What is left out is counted in the page, and the document
// has all of it.
const (
	defaultHTMLRows     = 500
	defaultMarkdownRows = 100
)

// HTMLOptions steer HTML; the zero value works.
type HTMLOptions struct {
	// MaxRows is how many rows a table has at most; 0 means 500.
	MaxRows int
	// Results are those of policies that the document was checked against. Each
	// has a chapter of its own.
	Results []*policy.Result
}

// HTML writes a document as one self-contained page. It needs no network and no
// script, and it has none: a policy in the page lets it load and run nothing,
// whatever the document holds. It works on paper, in the dark, and on a narrow
// screen; every picture is repeated in words.
//
// Equal documents give equal pages. Time and memory grow with the document, the
// page itself is bounded by MaxRows.
func HTML(w io.Writer, d *bom.Document, o HTMLOptions) error {
	rows := o.MaxRows
	if rows <= 0 {
		rows = defaultHTMLRows
	}
	return writeHTML(w, pageOf(d, rows, true, o.Results...))
}

// writeHTML writes a page whose policy lets it use nothing but its own style.
func writeHTML(w io.Writer, p *page) error {
	digest := sha256.Sum256([]byte(htmlStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	h := newHTMLWriter(w)
	h.page(p, htmlStyle, policy)
	return h.flush()
}
