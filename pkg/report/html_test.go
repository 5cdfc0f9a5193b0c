package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
)

func htmlOf(t testing.TB, d *bom.Document, o HTMLOptions) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A tree is what the tests look at of a page.
type tree struct {
	elements map[string]int
	ids      map[string]int
	anchors  []string // of links within the page
	links    []string // of links out of it
	texts    []string
	cells    map[int]int // rows by number of cells, of all tables together
	events   []string    // attributes that run something or carry style
	pictures []string    // svg elements without title, desc or role
	style    string
	policy   string
	levels   []string
}

// parse reads a page. The template writes every end tag but those of void
// elements, so that the decoder of XML can be told to read it.
func parse(t testing.TB, page string) *tree {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	tr := &tree{elements: map[string]int{}, ids: map[string]int{}, cells: map[int]int{}}
	var open []string
	cells := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page cannot be read: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			tr.element(e)
			switch e.Name.Local {
			case "tr":
				cells = 0
			case "th", "td":
				cells++
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> closes %q", e.Name.Local, open)
			}
			open = open[:len(open)-1]
			if e.Name.Local == "tr" {
				tr.cells[cells]++
			}
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "style" {
				tr.style += string(e)
			} else if s := strings.TrimSpace(string(e)); s != "" {
				tr.texts = append(tr.texts, s)
			}
		}
	}
	if len(open) > 0 {
		t.Fatalf("never closed: %q", open)
	}
	return tr
}

func (tr *tree) element(e xml.StartElement) {
	tr.elements[e.Name.Local]++
	if len(e.Name.Local) == 2 && e.Name.Local[0] == 'h' && e.Name.Local[1] <= '6' {
		tr.levels = append(tr.levels, e.Name.Local[1:])
	}
	attributes := map[string]string{}
	for _, a := range e.Attr {
		attributes[a.Name.Local] = a.Value
		if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "style" || a.Name.Local == "src" || a.Name.Local == "srcset" || a.Name.Local == "xlink" {
			tr.events = append(tr.events, e.Name.Local+" "+a.Name.Local)
		}
	}
	if id := attributes["id"]; id != "" {
		tr.ids[id]++
	}
	if href := attributes["href"]; e.Name.Local == "a" && strings.HasPrefix(href, "#") {
		tr.anchors = append(tr.anchors, href[1:])
	} else if e.Name.Local == "a" {
		tr.links = append(tr.links, href)
		if !strings.Contains(attributes["rel"], "noopener") || !strings.Contains(attributes["rel"], "noreferrer") {
			tr.events = append(tr.events, "a link out without rel: "+href)
		}
	}
	if e.Name.Local == "svg" && (attributes["role"] != "img" || attributes["aria-labelledby"] == "") {
		tr.pictures = append(tr.pictures, fmt.Sprint(attributes))
	}
	if attributes["http-equiv"] == "Content-Security-Policy" {
		tr.policy = attributes["content"]
	}
}

// ownElements are all elements that the templates write.
var ownElements = strings.Fields(`a article b bdi blockquote body br caption circle code dd desc details div dl dt figcaption figure
footer h1 h2 h3 h4 head header html li link main meta nav ol p path rect section span strong style summary svg table tbody td text
th thead title tr ul`)

// TestHTML checks what every page must keep, however strange its document.
func TestHTML(t *testing.T) {
	for name, d := range map[string]*bom.Document{
		"showcase": documents.Showcase(), "hostile": documents.Hostile(), "one part": documents.OnePart(), "many parts": documents.ManyParts(300),
		"foreign": documents.Foreign(), "files": documents.ManyFiles(700), "nothing": {}, "no subject": {Subject: "gone", Gaps: []bom.Gap{{Kind: "x", Ref: "gone too"}}},
	} {
		t.Run(name, func(t *testing.T) {
			page := htmlOf(t, d, HTMLOptions{})
			checkHTML(t, page)
		})
	}
}

// checkHTML checks one page.
func checkHTML(t *testing.T, page string) {
	t.Helper()
	tr := parse(t, page)
	for e := range tr.elements {
		if !slices.Contains(ownElements, e) {
			t.Errorf("the page has an element %q", e)
		}
	}
	if len(tr.events) > 0 || len(tr.pictures) > 0 {
		t.Errorf("attributes %.300q, pictures without words %.300q", tr.events, tr.pictures)
	}
	if tr.elements["svg"] != tr.elements["desc"] || tr.elements["h1"] != 1 || tr.elements["main"] != 1 || tr.elements["style"] != 1 {
		t.Errorf("elements: %v", tr.elements)
	}
	for id, n := range tr.ids {
		if n > 1 {
			t.Errorf("identifier %q is used %d times", id, n)
		}
	}
	for _, a := range tr.anchors {
		if tr.ids[a] == 0 {
			t.Errorf("a link leads to %q, which is not there", a)
		}
	}
	for i := 1; i < len(tr.levels); i++ {
		if tr.levels[i][0] > tr.levels[i-1][0]+1 {
			t.Errorf("a heading h%s follows an h%s", tr.levels[i], tr.levels[i-1])
		}
	}
	checkPolicy(t, tr)
	checkTexts(t, tr.texts)
}

// checkPolicy checks that the policy allows the page's own style and nothing else.
func checkPolicy(t *testing.T, tr *tree) {
	t.Helper()
	digest := sha256.Sum256([]byte(tr.style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	if tr.policy != want {
		t.Errorf("the policy is %q, want %q", tr.policy, want)
	}
	if strings.Contains(tr.style, "url(") || strings.Contains(tr.style, "@import") || len(tr.style) < 1000 {
		t.Error("the style loads something, or is not there")
	}
}

func checkTexts(t *testing.T, texts []string) {
	t.Helper()
	for _, s := range texts {
		if c := strings.Map(func(r rune) rune {
			if r == '\n' {
				return ' '
			}
			return r
		}, s); bom.Clean(c) != c {
			t.Errorf("text of the page is not clean: %.100q", s)
		}
	}
}

// TestHTMLSays checks the facts of a page, each as a reader meets it.
func TestHTMLSays(t *testing.T) {
	page := htmlOf(t, documents.Showcase(), HTMLOptions{})
	tr := parse(t, page)
	all := strings.Join(tr.texts, "\n")
	for _, want := range []string{
		"national-ai/haneul-vlm-32b", "Of its 9 parts with weights, 1 is byte for byte that of a known model, 1 has a known model's values in another form",
		"1 origin that the bytes show is not declared in the repository.", "1 declared origin is contradicted by the weights.", "1 weight file was not seen",
		"32.6 B parameters in 1,127 tensors, 65.2 GB, BF16", "the built-in catalogue 2026-11-24, index", "(KR)", "(at example.kr)",
		"trained from acme/base-32b (language model). 448 of 448 matrices were compared", "What this does not show", "no upstream named",
		"layer 63: layer 63 of the upstream, agreement 0.897", "8 to 15", "62 to 63", "no counterpart", "unchanged: 12.5 %; covered: 99.9 % of the part",
		"LicenseRef-llama3.1", "community-with-conditions", "section 1.b.i", `names of derivatives begin with "Llama"`, "LICENSE is the text of LicenseRef-llama3.1",
		"origin-contradicted", "adapter-00002-of-00002.safetensors", "weights that are not there", "공공데이터/한국어-이미지-캡션", "trained on",
		"import transformers.training_args TrainingArguments at byte 27", "stated by somebody else, not computed", "javascript:alert(1)",
		"complete: all of them", "unknown: there may be more", "2026-11-24T09:00:00Z", "KMMLU", "another form of a part beside it",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	wantLinks := []string{"https://data.example.kr/captions", "https://example.kr", "https://example.kr/ai", "https://huggingface.co/acme/base-32b", "https://huggingface.co/national-ai/haneul-vlm-32b"}
	links := map[string]bool{}
	for _, l := range tr.links {
		links[l] = true
	}
	if diff := cmp.Diff(wantLinks, slices.Sorted(maps.Keys(links))); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if tr.elements["svg"] != 4 { // the lineage, and three parts compared layer by layer
		t.Errorf("%d pictures", tr.elements["svg"])
	}
}

func TestLinks(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.com/a?b=c#d":  "example.com",
		"http://[2001:db8::1]:8080/":   "[2001:db8::1]:8080",
		"HTTPS://EXAMPLE.COM":          "EXAMPLE.COM",
		"javascript:alert(1)":          "",
		"https:example.com":            "",
		"//example.com":                "",
		"https://user@example.com/":    "",
		"https://аpple.example/":       "", // Cyrillic а
		"https://example.com/\u202egp": "",
		`https://example.com\@x.org/`:  "",
		"https://example.com/ x":       "",
		"data:text/html,x":             "",
		"file:///etc/passwd":           "",
		"https://":                     "",
	} {
		s := links(address)
		if len(s) != 1 || s[0].Host != want || (s[0].Kind == spanLink) != (want != "") {
			t.Errorf("links(%q) = %+v, want the host %q", address, s, want)
		}
	}
	if s := links("https://user:secret@example.com/x"); s[0].Text != "https://example.com/x" || s[0].Kind != spanCode {
		t.Errorf("a password is shown: %+v", s)
	}
	if links("") != nil {
		t.Error("no address is shown as something")
	}
}

// TestHTMLSame checks that equal documents give equal pages.
func TestHTMLSame(t *testing.T) {
	first, second := htmlOf(t, documents.Showcase(), HTMLOptions{}), htmlOf(t, documents.Showcase(), HTMLOptions{})
	if first != second {
		t.Error("two pages of one document differ")
	}
}

// TestHTMLKeeps checks that making a page leaves the document as it was.
func TestHTMLKeeps(t *testing.T) {
	d := documents.Showcase()
	htmlOf(t, d, HTMLOptions{})
	if diff := cmp.Diff(documents.Showcase(), d); diff != "" {
		t.Errorf("the document was changed (-want +got):\n%s", diff)
	}
}

// TestHTMLLarge checks that a page is bounded, says what it leaves out, and is
// made in memory that grows no faster than the document.
func TestHTMLLarge(t *testing.T) {
	page := htmlOf(t, documents.ManyFiles(20000), HTMLOptions{})
	if n := len(page); n > 1<<20 {
		t.Errorf("the page has %d bytes", n)
	}
	if !strings.Contains(page, "19,500 more are left out here. The document that this page was made from has the whole list.") {
		t.Error("the page does not say what it leaves out")
	}
	if rows := parse(t, page).cells[5]; rows != defaultHTMLRows+1 {
		t.Errorf("%d rows of files", rows)
	}
	small, large := cost(t, 20000), cost(t, 80000)
	if ratio := float64(large) / float64(small); ratio > 8 {
		t.Errorf("four times the files take %.1f times the memory (%d and %d bytes)", ratio, small, large)
	}
}

// TestHTMLBounded checks that a page of many parts, findings and everything else
// is no longer than one of a few hundred.
func TestHTMLBounded(t *testing.T) {
	size := func(n int) int {
		d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Model: &bom.Model{}}}}
		for i := range n {
			part, up, data := bom.Ref(fmt.Sprint("part:other:", i)), bom.Ref(fmt.Sprint("upstream:", i)), bom.Ref(fmt.Sprint("dataset:", i))
			d.Components = append(d.Components,
				bom.Component{Ref: part, Kind: bom.KindModel, Role: bom.RoleOther, Licenses: []bom.License{{Name: fmt.Sprint(i)}},
					Properties: []bom.Property{{Name: propLicenceTerm, Value: fmt.Sprint(i, " | a | b | c")}, {Name: "modelbom:code", Value: "import os"}},
					Origins:    []bom.Origin{{Reference: up, Verdict: bom.VerdictIdentical}, {Reference: "upstream:0", Verdict: bom.VerdictDeclaredOnly}}},
				bom.Component{Ref: up, Kind: bom.KindModel, Name: "u"}, bom.Component{Ref: data, Kind: bom.KindData, Role: bom.RoleDataset},
				bom.Component{Ref: bom.Ref(fmt.Sprint("library:", i)), Kind: bom.KindLibrary}, bom.Component{Ref: bom.Ref(fmt.Sprint("part:head:", i)), Kind: bom.KindModel, Role: bom.RoleHead})
			d.Findings = append(d.Findings, bom.Finding{Ref: part, Message: "m"})
			d.Gaps = append(d.Gaps, bom.Gap{Ref: part, Reason: "r"})
			d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.TrainedOn, To: data})
			d.Inputs, d.Tools, d.Authors = append(d.Inputs, bom.Input{Kind: "index"}), append(d.Tools, bom.Tool{Name: "t"}), append(d.Authors, bom.Organization{Name: "a"})
			m := d.Components[0].Model
			m.Metrics = append(m.Metrics, bom.Metric{Type: "m"})
			c := &d.Components[0]
			c.Links, c.Licenses = append(c.Links, bom.Link{URL: "https://example.com"}), append(c.Licenses, bom.License{Name: fmt.Sprint(i)})
			c.Origins = append(c.Origins, bom.Origin{Reference: up, Verdict: bom.VerdictPartial})
		}
		return len(htmlOf(t, d, HTMLOptions{}))
	}
	few, many := size(600), size(6000)
	if float64(many) > 1.05*float64(few) { // numbers are longer
		t.Errorf("ten times the content makes a page of %d bytes one of %d", few, many)
	}
}

// cost is how many bytes a page allocates, which no other program changes.
func cost(t *testing.T, files int) uint64 {
	d := documents.ManyFiles(files)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := HTML(io.Discard, d, HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestRows checks that the option bounds tables and that a small number leaves
// nothing unsaid.
func TestRows(t *testing.T) {
	page := htmlOf(t, documents.ManyFiles(20), HTMLOptions{MaxRows: 3})
	if n := len(regexp.MustCompile(`17 more are left out here`).FindAllString(page, -1)); n != 2 { // files and gaps
		t.Errorf("%d tables say that 17 rows are left out", n)
	}
}

func BenchmarkHTML(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		d := documents.ManyFiles(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := HTML(io.Discard, d, HTMLOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
