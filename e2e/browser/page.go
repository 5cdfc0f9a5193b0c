package browser

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Page is one tab, and what happened in it.
type Page struct {
	b       *Browser
	session string

	mu     sync.Mutex
	loaded chan struct{} // has room for one
	// requests are the addresses that the page asked for, itself included.
	requests []string
	// complaints are console messages, refused loads, exceptions and dialogs.
	complaints []string
}

// watch runs before anything of a page does. It is exempt from the page's
// policy, so it sees what the policy refuses. What the attacks of package
// documents call when they succeed is pwned.
const watch = `window.violations = [];
window.pwned = what => window.violations.push("executed " + what);
document.addEventListener("securitypolicyviolation", e => window.violations.push(e.effectiveDirective + " " + e.blockedURI));`

// NewPage opens a tab.
func (b *Browser) NewPage() (*Page, error) {
	var target struct{ TargetID string }
	if err := b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var session struct{ SessionID string }
	if err := b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session); err != nil {
		return nil, err
	}
	p := &Page{b: b, session: session.SessionID, loaded: make(chan struct{}, 1)}
	b.mu.Lock()
	b.pages[p.session] = p
	b.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network", "DOM"} {
		if err := p.call(domain+".enable", nil, nil); err != nil {
			return nil, err
		}
	}
	return p, p.call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": watch}, nil)
}

func (p *Page) call(method string, params, result any) error {
	return p.b.call(p.session, method, params, result)
}

// event keeps what a test wants to know. It must not wait.
func (p *Page) event(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case p.loaded <- struct{}{}:
		default:
		}
	case "Network.requestWillBeSent":
		var e struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &e) == nil {
			p.requests = append(p.requests, e.Request.URL)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
		p.complaints = append(p.complaints, m.Method+" "+string(m.Params))
	}
}

// maxLoad is how long a page may take to load.
const maxLoad = time.Minute

// Open loads a page and forgets what happened before.
func (p *Page) Open(address string) error {
	p.mu.Lock()
	p.requests, p.complaints = nil, nil
	p.mu.Unlock()
	select {
	case <-p.loaded:
	default:
	}
	var r struct{ ErrorText string }
	if err := p.call("Page.navigate", map[string]any{"url": address}, &r); err != nil {
		return err
	}
	if r.ErrorText != "" {
		return fmt.Errorf("open %s: %s", address, r.ErrorText)
	}
	select {
	case <-p.loaded:
		return nil
	case <-time.After(maxLoad):
		return fmt.Errorf("open %s: it does not load within %s", address, maxLoad)
	}
}

// Screen makes the page so wide, in the light or in the dark.
func (p *Page) Screen(width, height int, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	media := map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}
	if err := p.call("Emulation.setEmulatedMedia", media, nil); err != nil {
		return err
	}
	return p.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
}

// Evaluate runs an expression in the page, waits for it if it is a promise, and
// reads its value.
func (p *Page) Evaluate(expression string, value any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if err := p.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r); err != nil {
		return err
	}
	if e := r.ExceptionDetails; e != nil {
		return fmt.Errorf("evaluate: %s %s", e.Text, e.Exception.Description)
	}
	if value == nil || len(r.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(r.Result.Value, value)
}

// Requests are the addresses that were asked for since Open.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// Complaints are what the console showed since Open, exceptions and dialogs,
// what the page's policy refused, and attacks that succeeded.
func (p *Page) Complaints() ([]string, error) {
	var refused []string
	if err := p.Evaluate("window.violations", &refused); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(refused, p.complaints...), nil
}

// Screenshot is a PNG of the page from its top to its end.
func (p *Page) Screenshot() ([]byte, error) {
	return p.data("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "format": "png"})
}

// PDF is the page as it prints on A4.
func (p *Page) PDF() ([]byte, error) {
	return p.data("Page.printToPDF", map[string]any{"preferCSSPageSize": true, "printBackground": false})
}

func (p *Page) data(method string, params any) ([]byte, error) {
	var r struct{ Data string }
	if err := p.call(method, params, &r); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(strings.TrimSpace(r.Data))
}
