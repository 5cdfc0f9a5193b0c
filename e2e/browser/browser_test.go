package browser

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The variables that name what the tests need. With $MODELBOM_BROWSER=required
// the tests fail where they would be skipped.
const (
	envChromium    = "MODELBOM_CHROMIUM"
	envAxe         = "MODELBOM_AXE"
	envRequired    = "MODELBOM_BROWSER"
	envScreenshots = "MODELBOM_SCREENSHOTS"
)

// need returns the value of a variable, or skips the test.
func need(t *testing.T, variable, what string) string {
	t.Helper()
	if v := os.Getenv(variable); v != "" {
		return v
	}
	if os.Getenv(envRequired) == "required" {
		t.Fatalf("$%s names no %s, and it is required", variable, what)
	}
	t.Skipf("$%s names no %s; .ci/browser DIR prints one", variable, what)
	return ""
}

func start(t *testing.T) *Page {
	t.Helper()
	path := need(t, envChromium, "Chromium")
	b, err := Start(t.Context(), path, filepath.Join(t.TempDir(), "profile"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	p, err := b.NewPage()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// save writes a page and returns its address.
func save(t *testing.T, s sample) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), s.name+".html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// screens are what pages are looked at on.
var screens = []struct {
	name          string
	width, height int
	dark          bool
	every         bool // for every page, not only for those that show everything
}{
	{"desktop", 1280, 900, false, true},
	{"dark", 1280, 900, true, false},
	{"phone", 390, 844, false, true},
	{"phone-dark", 390, 844, true, false},
}

// TestPages opens pages of documents and changes of many kinds on every screen.
func TestPages(t *testing.T) {
	p := start(t)
	axe, err := os.ReadFile(need(t, envAxe, "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples(t) {
		address := save(t, s)
		for _, screen := range screens {
			if !screen.every && !s.every {
				continue
			}
			t.Run(s.name+"/"+screen.name, func(t *testing.T) {
				if err := p.Screen(screen.width, screen.height, screen.dark); err != nil {
					t.Fatal(err)
				}
				if err := p.Open(address); err != nil {
					t.Fatal(err)
				}
				checkQuiet(t, p, address)
				checkPage(t, p, s, screen.width)
				checkAccessible(t, p, string(axe))
				picture(t, p, s.name+"-"+screen.name)
			})
		}
		t.Run(s.name+"/print", func(t *testing.T) { checkPrint(t, p, s.name) })
	}
}

// checkQuiet checks that the page asked for itself only, and that neither the
// console nor the page's policy had anything to say.
func checkQuiet(t *testing.T, p *Page, address string) {
	t.Helper()
	for _, r := range p.Requests() {
		if r != address && r != "data:," { // the empty icon
			t.Errorf("the page asks for %.200q", r)
		}
	}
	complaints, err := p.Complaints()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range complaints {
		t.Errorf("the browser complains: %.500s", c)
	}
}

// look is what a script finds in a page.
type look struct {
	Scripts, Handlers, Frames, Pictures, Charts, Forms int
	Links                                              []string
	H1, Main                                           int
	Levels                                             []int
	Wide                                               int
	Title, Lang                                        string
	Dangling                                           []string
	Twice                                              []string
}

const lookScript = `(() => {
const all = [...document.querySelectorAll("*")];
const ids = all.map(e => e.id).filter(Boolean);
const links = [...document.querySelectorAll("a[href]")];
return {
  Scripts: document.scripts.length,
  Handlers: all.filter(e => [...e.attributes].some(a => a.name.toLowerCase().startsWith("on"))).length,
  Frames: document.querySelectorAll("iframe,object,embed,frame,base,portal").length,
  Pictures: document.querySelectorAll("img,image,video,audio,source,use,foreignObject").length,
  Forms: document.querySelectorAll("form,input,button").length,
  Charts: [...document.querySelectorAll("svg[role=img]")].filter(s => s.getBBox().width > 50 && s.querySelector("rect,path")).length,
  Links: links.map(a => a.getAttribute("href")).filter(h => !h.startsWith("#")),
  Dangling: links.map(a => a.getAttribute("href")).filter(h => h.startsWith("#") && !document.getElementById(h.slice(1))),
  Twice: ids.filter((id, i) => ids.indexOf(id) !== i),
  H1: document.querySelectorAll("h1").length, Main: document.querySelectorAll("main").length,
  Levels: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map(h => Number(h.tagName[1])),
  Wide: document.documentElement.scrollWidth,
  Title: document.title, Lang: document.documentElement.lang,
}})()`

// checkPage checks what the page is made of.
func checkPage(t *testing.T, p *Page, s sample, width int) {
	t.Helper()
	var l look
	if err := p.Evaluate(lookScript, &l); err != nil {
		t.Fatal(err)
	}
	if l.Scripts+l.Handlers+l.Frames+l.Pictures+l.Forms > 0 {
		t.Errorf("the page has %d scripts, %d event handlers, %d frames, %d pictures, %d forms", l.Scripts, l.Handlers, l.Frames, l.Pictures, l.Forms)
	}
	if l.Charts < s.charts {
		t.Errorf("the page has %d charts, want at least %d", l.Charts, s.charts)
	}
	for _, link := range l.Links {
		if u, err := url.Parse(link); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Host == "" {
			t.Errorf("the page links to %.200q", link)
		}
	}
	if l.H1 != 1 || l.Main != 1 || l.Lang != "en" || !strings.HasSuffix(l.Title, s.title) {
		t.Errorf("%d headings of the first level, %d main parts, language %q, title %.200q", l.H1, l.Main, l.Lang, l.Title)
	}
	for i := 1; i < len(l.Levels); i++ {
		if l.Levels[i] > l.Levels[i-1]+1 {
			t.Errorf("a heading of level %d follows one of level %d", l.Levels[i], l.Levels[i-1])
		}
	}
	if len(l.Dangling) > 0 || len(l.Twice) > 0 {
		t.Errorf("links lead nowhere: %.300q; identifiers are used twice: %.300q", l.Dangling, l.Twice)
	}
	if l.Wide > width {
		t.Errorf("the page is %d wide on a screen of %d", l.Wide, width)
	}
}

// checkAccessible runs axe-core over the page as it is shown now.
func checkAccessible(t *testing.T, p *Page, axe string) {
	t.Helper()
	if err := p.Evaluate(axe, nil); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Passes     int
		Violations []struct {
			ID, Impact, Help string
			Nodes            []struct{ HTML, FailureSummary string }
		}
	}
	if err := p.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then(r => ({Passes: r.passes.length, Violations: r.violations}))`, &r); err != nil {
		t.Fatal(err)
	}
	if r.Passes < 10 {
		t.Errorf("only %d rules of axe-core pass: it did not see the page", r.Passes)
	}
	for _, v := range r.Violations {
		say := t.Logf
		if v.Impact == "serious" || v.Impact == "critical" {
			say = t.Errorf
		}
		say("axe-core: %s (%s): %s: %d places, such as %.300s: %s", v.ID, v.Impact, v.Help, len(v.Nodes), v.Nodes[0].HTML, v.Nodes[0].FailureSummary)
	}
}

// picture keeps a picture of the page where that is asked for.
func picture(t *testing.T, p *Page, name string) {
	t.Helper()
	dir := os.Getenv(envScreenshots)
	if dir == "" {
		return
	}
	data, err := p.Screenshot()
	if err != nil { // pictures have a largest size
		t.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		t.Error(err)
	}
}

// closedScript waits until the page has been laid out for paper, and finds
// details whose content is not shown.
const closedScript = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(
  [...document.querySelectorAll("details")].filter(d => [...d.children].some(c => c.tagName !== "SUMMARY" && !c.checkVisibility())).map(d => d.textContent.slice(0, 80))))))`

// checkPrint prints the page and checks that details which are closed on the
// screen are open on paper.
func checkPrint(t *testing.T, p *Page, name string) {
	t.Helper()
	if err := p.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil); err != nil {
		t.Fatal(err)
	}
	defer p.call("Emulation.setEmulatedMedia", map[string]any{"media": ""}, nil)
	var closed []string
	if err := p.Evaluate(closedScript, &closed); err != nil {
		t.Fatal(err)
	}
	if len(closed) > 0 {
		t.Errorf("%d details stay closed on paper, such as %q", len(closed), closed[0])
	}
	data, err := p.PDF()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		t.Errorf("no PDF: %.20q", data)
	}
	if dir := os.Getenv(envScreenshots); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), data, 0o644); err != nil {
			t.Error(err)
		}
	}
}

// TestWatch checks that the tests above can fail: a page that does what a report
// must not do is seen doing it.
func TestWatch(t *testing.T) {
	p := start(t)
	const bad = `<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="img-src 'none'"><title>x</title></head>
<body><img src="other.png"><script>pwned("here"); console.log("hello"); fetch("nowhere").catch(() => {}); throw new Error("thrown")</script></body></html>`
	path := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Open("file://" + filepath.ToSlash(path)); err != nil {
		t.Fatal(err)
	}
	complaints, err := p.Complaints()
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprint(complaints)
	for _, want := range []string{"img-src", "executed here", "hello", "thrown"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing was seen of %q: %s", want, all)
		}
	}
	if len(p.Requests()) < 2 {
		t.Errorf("only these requests were seen: %q", p.Requests())
	}
}
