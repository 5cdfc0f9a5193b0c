package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"sync"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

//go:embed html/*.tmpl html/*.css
var htmlFiles embed.FS

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

// An htmlPage is what the template needs besides the page.
type htmlPage struct {
	*page
	Style template.CSS
	// Policy is the content security policy: nothing but the page's own style.
	Policy string
}

// pages is the parsed template and the style, at first use.
var pages = sync.OnceValues(func() (*template.Template, template.CSS) {
	t := template.Must(template.ParseFS(htmlFiles, "html/*.tmpl"))
	style, err := htmlFiles.ReadFile("html/style.css")
	if err != nil {
		panic(err) // embedded above
	}
	return t, template.CSS(style)
})

func writeHTML(w io.Writer, p *page) error {
	t, style := pages()
	digest := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	b := bufio.NewWriterSize(w, 64<<10)
	if err := t.ExecuteTemplate(b, "page.tmpl", htmlPage{p, style, policy}); err != nil {
		return err
	}
	return b.Flush()
}
