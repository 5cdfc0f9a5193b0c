package report

import (
	"encoding/xml"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/policy"
)

// TestLiterals reads the source of this package: what is written unescaped is
// constant, every value has its place, and that place is between tags or in an
// attribute in quotes that is neither an address, a style nor a script.
func TestLiterals(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.SelectorExpr); ok && f.Sel.Name == "w" && name != "html_writer.go" {
				if x, ok := f.X.(*ast.Ident); ok && x.Name == "h" {
					t.Errorf("%s writes past put", name)
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				if f.Name == "literal" {
					t.Errorf("%s converts something into a literal", name)
				}
			case *ast.SelectorExpr:
				if f.Sel.Name == "put" {
					found++
					checkPut(t, name, call)
				}
				if f.Sel.Name == "link" {
					if form, ok := constant(call.Args[1]); !ok || strings.Contains(form, "%") {
						t.Errorf("%s: the attributes %q of a link", name, form)
					}
				}
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d calls of put are found", found)
	}
}

// checkPut checks one call of put.
func checkPut(t *testing.T, name string, call *ast.CallExpr) {
	t.Helper()
	form, ok := constant(call.Args[0])
	if !ok {
		// The style of the page, and the attributes of a link: parameters that are literals.
		id, isName := call.Args[0].(*ast.Ident)
		if !isName || len(call.Args) > 1 || id.Name != "style" && id.Name != "attributes" {
			t.Errorf("%s: a literal is not constant", name)
		}
		return
	}
	if n := strings.Count(form, "%"); n != len(call.Args)-1 || call.Ellipsis.IsValid() {
		t.Errorf("%s: %q has places for %d values and gets %d", name, form, n, len(call.Args)-1)
	}
	if form == `<a href="%"` { // followable checks what stands there
		return
	}
	for at, c := range []byte(form) {
		if c == '%' && !placeOfValue(form[:at], form[at+1:]) {
			t.Errorf("%s: a value stands in a bad place of %q", name, form)
		}
	}
	if bad := regexp.MustCompile(`(?i)<script|\son[a-z]+=|\s(style|src|srcset|srcdoc|action|xlink:href)=|=[^"\s]*%`).FindString(strings.ReplaceAll(form, `="`, "\x00")); bad != "" {
		t.Errorf("%s: %q has %q", name, form, bad)
	}
}

// inAttribute is what stands before a value in an attribute in quotes.
var inAttribute = regexp.MustCompile(`\s([a-z-]+|viewBox)="[^"<>]*$`)

func placeOfValue(before, after string) bool {
	if m := inAttribute.FindStringSubmatch(before); m != nil {
		return m[1] != "href" && strings.Contains(after, `"`)
	}
	return before == "" || strings.LastIndex(before, ">") > strings.LastIndex(before, "<") && !strings.HasSuffix(before, "<style>")
}

// constant is the value of string constants that are added up.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		x, okX := constant(e.X)
		y, okY := constant(e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}

// FuzzHTMLText puts a text into every place of pages that a text can have. The
// page keeps the elements and attributes it had, leads nowhere else, and says
// the text as it is.
func FuzzHTMLText(f *testing.F) {
	for _, s := range []string{
		"plain", `"><script>alert(1)</script>`, `' onclick='alert(1)`, "</title><img src=x onerror=alert(1)>", "</style><svg/onload=alert(1)>",
		"<!--", "]]>", "&lt;&amp;&#34;", "% %s %% ", "javascript:alert(1)", "+ADw-script+AD4-", "`a`=b", "\u202e\u2066", "<bdi>", "</td></tr></table>", "a\nb\tc",
	} {
		f.Add(s)
	}
	pages := samplePages(f)
	shapes := make([][]string, len(pages))
	for i, page := range pages {
		p := page()
		if fill(reflect.ValueOf(p), "x") < 100 {
			f.Fatal("the page has hardly a text")
		}
		shapes[i], _ = shapeOf(f, p)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff }) || len(s) > 1000 {
			return // an empty text is left out; bom.Clean leaves none of the others in a document
		}
		for i, page := range pages {
			p := page()
			fill(reflect.ValueOf(p), s)
			shape, said := shapeOf(t, p)
			if diff := cmp.Diff(shapes[i], shape); diff != "" {
				t.Fatalf("%q changes the page (-want +got):\n%.2000s", s, diff)
			}
			if !strings.Contains(said, s) {
				t.Fatalf("the page does not say %q", s)
			}
		}
	})
}

// samplePages are makers of pages that have every kind of block.
func samplePages(t testing.TB) []func() *page {
	t.Helper()
	var results []*policy.Result
	for _, p := range policy.Builtin() {
		r, err := p.Check(documents.Showcase(), policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	changes := diff.Documents(documents.Showcase(), documents.Hostile(), diff.Options{})
	return []func() *page{
		func() *page { return pageOf(documents.Showcase(), 20, true) },
		func() *page { return checkPage(documents.Showcase(), results, CheckOptions{}, 20, true) },
		func() *page { return changesPage(changes, 20, true) },
	}
}

// kept are the fields of a page that no text of a document reaches: they decide
// what is written, or name places.
var kept = []string{"Kind", "Href", "ID"}

// fill sets every text of a page that is not empty, and counts them.
func fill(v reflect.Value, s string) int {
	n := 0
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			n += fill(v.Elem(), s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += fill(v.Index(i), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !slices.Contains(kept, v.Type().Field(i).Name) {
				n += fill(v.Field(i), s)
			}
		}
	case reflect.String:
		if v.Len() > 0 {
			v.SetString(s)
			n++
		}
	}
	return n
}

// shapeOf writes a page and returns its elements with their attributes, with the
// values of those that lead somewhere or name something, and all it says.
func shapeOf(t testing.TB, p *page) (shape []string, said string) {
	t.Helper()
	var b strings.Builder
	if err := writeHTML(&b, p); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all strings.Builder
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return shape, all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			s := "<" + e.Name.Local
			for _, a := range e.Attr {
				s += " " + a.Name.Local
				if a.Name.Local == "href" || a.Name.Local == "id" || a.Name.Local == "rel" {
					s += "=" + a.Value
				}
			}
			shape = append(shape, s)
		case xml.EndElement:
			shape = append(shape, "</"+e.Name.Local)
		case xml.CharData:
			all.Write(e)
		default:
			shape = append(shape, reflect.TypeOf(token).String())
		}
	}
}

// TestFollowable gives addresses to a link. A link that makers of spans would
// never make leads nowhere.
func TestFollowable(t *testing.T) {
	for address, want := range map[string]string{
		"#part-1":                     "#part-1",
		"https://example.com/a?b=c&d": "https://example.com/a?b=c&d",
		"HTTP://EXAMPLE.COM/%41%zz":   "HTTP://EXAMPLE.COM/%41%25zz",
		`https://x/"><b>'`:            "https://x/%22%3e%3cb%3e%27",
		"https://x/\n ü":              "https://x/%0a%20%c3%bc",
		"javascript:alert(1)":         nowhere,
		"JaVaScRiPt:alert(1)":         nowhere,
		"java\nscript:alert(1)":       nowhere,
		"\x01javascript:alert(1)":     nowhere,
		" https://x":                  nowhere,
		"data:text/html,x":            nowhere,
		"vbscript:x":                  nowhere,
		"//example.com":               nowhere,
		"mailto:a@example.com":        nowhere,
		"path/file":                   nowhere,
		"":                            nowhere,
	} {
		if got := followable(address); got != want {
			t.Errorf("followable(%q) = %q, want %q", address, got, want)
		}
	}
}

// FuzzEscape compares with the standard library's templates: a text, an attribute
// and an address are written as they would write them, if the address may be
// followed at all.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"plain", `<a href="x">'&+`, "\x00\xff\ufffe", "https://example.com/?a=b&c=%20%zz#ü", "javascript:x", "#a b", "http:x"} {
		f.Add(s)
	}
	texts := template.Must(template.New("").Parse(`<p title="{{.}}">{{.}}</p>`))
	links := template.Must(template.New("").Parse(`<a href="{{.}}"></a>`))
	execute := func(t *testing.T, of *template.Template, s string) string {
		var b strings.Builder
		if err := of.Execute(&b, s); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		h := newHTMLWriter(&b)
		h.put(`<p title="%">%</p>`, s, s)
		if err := h.flush(); err != nil || b.String() != execute(t, texts, s) {
			t.Errorf("%q is written as %q, %v; a template writes %q", s, b.String(), err, execute(t, texts, s))
		}
		b.Reset()
		h.link(s, "")
		h.put(`</a>`)
		if strings.HasPrefix(s, "#") && strings.Contains(s, ":") {
			return // a template takes it for a scheme
		}
		if err := h.flush(); err != nil || followable(s) != nowhere && b.String() != execute(t, links, s) {
			t.Errorf("a link to %q is written as %q, %v; a template writes %q", s, b.String(), err, execute(t, links, s))
		}
	})
}

// TestHTMLFails checks that an error of the receiver is told.
func TestHTMLFails(t *testing.T) {
	if err := HTML(failing{}, documents.Showcase(), HTMLOptions{}); err == nil {
		t.Error("a page that cannot be written gives no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }
