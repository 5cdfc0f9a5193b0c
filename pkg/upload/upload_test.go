package upload

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/e2e/upload/dtrack"
)

const secret = "odt_S3cr3t+K3y/0123456789abcdef" // no key of anybody's

const small = `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"bom-ref":"s","type":"machine-learning-model","name":"m"}},
"components":[{"bom-ref":"a","type":"machine-learning-model","name":"m"},{"bom-ref":"b","type":"file","name":"f"}],
"dependencies":[{"ref":"s","dependsOn":["a"]},{"ref":"a","dependsOn":["b"]}]}`

// all are the permissions of a key that may do everything an upload can want.
func all() *dtrack.Team {
	return &dtrack.Team{Permissions: []string{dtrack.BOMUpload, dtrack.ViewPortfolio, dtrack.ProjectCreationUpload}}
}

// A rig is a server, a client for it, and everything that the client said.
type rig struct {
	*dtrack.Server
	http   *httptest.Server
	client *Client
	waits  []time.Duration
	hurry  time.Duration // a second of the client takes this part of a second
	said   strings.Builder
}

func newRig(t *testing.T, s *dtrack.Server) *rig {
	t.Helper()
	if s.Teams == nil {
		s.Teams = map[string]*dtrack.Team{secret: all()}
	}
	g := &rig{Server: s, http: httptest.NewServer(s)}
	t.Cleanup(g.http.Close)
	key, err := NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	g.client = NewClient(Options{Key: key, Agent: "modelbom/test", Progress: func(p Progress) { fmt.Fprintln(&g.said, p.Phase, p.Text) }})
	t.Cleanup(g.client.Close)
	g.client.random = func() float64 { return 1 }
	g.hurry = 100
	g.client.sleep = func(ctx context.Context, d time.Duration) error {
		g.waits = append(g.waits, d)
		return sleep(ctx, d/g.hurry)
	}
	return g
}

func (g *rig) upload() Upload {
	return Upload{URL: g.http.URL, Project: Project{Name: "acme/vlm", Version: "1"}, AutoCreate: true, Document: []byte(small), Components: 2}
}

// send uploads, and makes sure that the key is in nothing that comes of it.
func (g *rig) send(t *testing.T, u Upload) (*Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := g.client.DependencyTrack(ctx, u)
	g.noKey(t, fmt.Sprintf("%+v %v %#v", r, err, err))
	return r, err
}

func (g *rig) noKey(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range append(texts, g.said.String(), fmt.Sprintf("%v %+v %#v %s", g.client.options, g.client.options, g.client.options.Key, g.client.options.Key)) {
		for _, form := range []string{secret, "S3cr3t", base64.StdEncoding.EncodeToString([]byte(secret)), "odt_S3cr3t%2BK3y"} {
			if strings.Contains(text, form) {
				t.Errorf("the key is in %q", text)
			}
		}
	}
}

func TestUpload(t *testing.T) {
	for _, five := range []bool{false, true} {
		g := newRig(t, &dtrack.Server{V5: five, Work: 60 * time.Millisecond})
		parent := g.Add(&dtrack.Project{Name: "acme", Version: "all"})
		old := g.Add(&dtrack.Project{Name: "acme/vlm", Version: "0", Latest: true})
		u := g.upload()
		u.Parent, u.Tags, u.Latest = Project{Name: "acme", Version: "all"}, []string{"model", "비밀"}, true
		r, err := g.send(t, u)
		if err != nil {
			t.Fatal(err)
		}
		p := g.Projects()[2]
		if !r.Created || !r.Confirmed || r.Components != 2 || r.Project.UUID != p.UUID || len(r.Notes) > 0 || !isUUID(r.Token) {
			t.Errorf("result %+v of project %+v", r, p)
		}
		if p.Name != "acme/vlm" || p.Version != "1" || p.Parent != parent || !p.Latest || old.Latest || !slices.Equal(p.Tags, []string{"model", "비밀"}) || p.Imports != 1 {
			t.Errorf("project %+v", p)
		}
		if !strings.Contains(g.said.String(), "wait the server is importing the document") {
			t.Errorf("no word of the import in %q", g.said.String())
		}
		if slices.Contains(g.Requests(), "PUT /api/v1/bom") {
			t.Error("the document was PUT")
		}
		// Again, the project is there: it is named by UUID, and no second one made.
		r, err = g.send(t, u)
		if err != nil || r.Created || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "parent and latest") {
			t.Errorf("result %+v, %v", r, err)
		}
		if all := g.Projects(); len(all) != 3 || all[2].Imports != 2 {
			t.Errorf("%d projects, %d imports", len(all), all[2].Imports)
		}
		// By UUID.
		u = g.upload()
		u.Project, u.AutoCreate = Project{UUID: p.UUID}, false
		if r, err = g.send(t, u); err != nil || !r.Confirmed || g.Projects()[2].Imports != 3 {
			t.Errorf("result %+v, %v", r, err)
		}
	}
}

// TestSize: the other form of the interface takes 20,000,000 characters of Base64.
func TestSize(t *testing.T) {
	g := newRig(t, &dtrack.Server{})
	u := g.upload()
	u.Document = []byte(strings.Replace(small, `"name":"f"`, `"name":"f","description":"`+strings.Repeat("x", 16<<20)+`"`, 1))
	body, _ := json.Marshal(map[string]any{"projectName": "acme/vlm", "projectVersion": "1", "autoCreate": true, "bom": base64.StdEncoding.EncodeToString(u.Document)})
	req, _ := http.NewRequest(http.MethodPut, g.http.URL+"/api/v1/bom", bytes.NewReader(body))
	req.Header.Set("X-Api-Key", secret)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusBadRequest {
		t.Fatalf("the server takes %d bytes by PUT: %v, %v", len(body), res, err)
	}
	res.Body.Close()
	if r, err := g.send(t, u); err != nil || !r.Confirmed {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestKill breaks the connection in every phase. Whatever happens there is at
// most one project, and done means imported.
func TestKill(t *testing.T) {
	post, poll, look := "POST /api/v1/bom", "GET /api/v1/event/token/", "GET /api/v1/project/lookup"
	for name, f := range map[string]dtrack.Fault{
		"looking":              {On: look, Kind: dtrack.CloseBefore},
		"before the body":      {On: post, Kind: dtrack.CloseBefore, Times: 2},
		"in the body":          {On: post, Kind: dtrack.CloseInBody, Times: 2},
		"after the body":       {On: post, Kind: dtrack.CloseAfter},
		"after, at work":       {On: post, Kind: dtrack.CloseAndMakeLate, Delay: 250 * time.Millisecond},
		"in the answer":        {On: post, Kind: dtrack.Truncate},
		"polling":              {On: poll, Kind: dtrack.CloseBefore, Times: 3},
		"in a poll's answer":   {On: poll, Kind: dtrack.Truncate},
		"looking afterwards":   {On: look, Kind: dtrack.CloseBefore, Skip: 1, Times: 2},
		"500":                  {On: post, Kind: dtrack.Answer, Status: 500, Times: 2},
		"502 in front":         {On: post, Kind: dtrack.Answer, Status: 502, Body: "<html><title>Bad Gateway</title>", Header: map[string]string{"Content-Type": "text/html"}},
		"503 while polling":    {On: poll, Kind: dtrack.Answer, Status: 503, Header: map[string]string{"Retry-After": "1"}},
		"429 with Retry-After": {On: post, Kind: dtrack.Answer, Status: 429, Header: map[string]string{"Retry-After": "7"}},
	} {
		for _, team := range []struct {
			name        string
			permissions []string
		}{
			{"", all().Permissions}, {"blind ", []string{dtrack.BOMUpload, dtrack.ProjectCreationUpload}},
		} {
			t.Run(team.name+name, func(t *testing.T) {
				big := strings.Replace(small, `"name":"f"`, `"name":"f","description":"`+strings.Repeat("x", 1<<20)+`"`, 1)
				g := newRig(t, &dtrack.Server{Work: 15 * time.Millisecond, Teams: map[string]*dtrack.Team{secret: {Permissions: team.permissions}}})
				g.Break(f)
				if f.Kind == dtrack.CloseAndMakeLate {
					g.hurry = 10 // the server's work does not hurry
				}
				u := g.upload()
				u.Document = []byte(big)
				r, err := g.send(t, u)
				projects := g.Projects()
				if len(projects) != 1 {
					t.Errorf("%d projects", len(projects))
				}
				blind := team.name != ""
				switch {
				case err != nil && blind && strings.HasPrefix(f.On, poll):
					// Whether it was imported cannot be seen with this key.
					if !errors.Is(err, ErrUncertain) || !strings.Contains(err.Error(), "may not look") {
						t.Error(err)
					}
				case err != nil:
					t.Error(err)
				case r.Confirmed == blind:
					t.Errorf("confirmed is %t", r.Confirmed)
				case len(projects) > 0 && projects[0].Imports == 0:
					t.Error("the upload is reported as done, and nothing was imported")
				}
				if f.Header["Retry-After"] == "7" && !slices.Contains(g.waits, 7*time.Second) {
					t.Errorf("waited %v", g.waits)
				}
			})
		}
	}
}

// TestLost: a server that takes a document and loses it is not believed.
func TestLost(t *testing.T) {
	for name, make := range map[string]func(*rig) Upload{
		"new": func(g *rig) Upload { return g.upload() },
		"again": func(g *rig) Upload {
			g.Add(&dtrack.Project{Name: "acme/vlm", Version: "1", Imported: 1})
			return g.upload()
		},
		"fails": func(g *rig) Upload {
			u := g.upload() // the schema allows what a column of the database does not hold
			u.Document = []byte(strings.Replace(small, `"name":"f"`, `"name":"f","properties":[{"name":"`+strings.Repeat("n", 300)+`","value":"v"}]`, 1))
			return u
		},
	} {
		g := newRig(t, &dtrack.Server{})
		u := make(g)
		if name != "fails" {
			g.Break(dtrack.Fault{On: "POST /api/v1/bom", Kind: dtrack.Forget})
		}
		_, err := g.send(t, u)
		if !errors.Is(err, ErrNotImported) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "fails" && (len(g.Failures) != 1 || !strings.Contains(g.Failures[0], "too long")) {
			t.Errorf("failures %q", g.Failures)
		}
	}
}

// TestRace: two uploads that make the project at the same moment. Release 5 lets
// one of them lose; it finds the other's project.
func TestRace(t *testing.T) {
	g := newRig(t, &dtrack.Server{V5: true, Create: 100 * time.Millisecond})
	other := newRig(t, g.Server)
	done := make(chan error, 1)
	go func() {
		_, err := other.client.DependencyTrack(context.Background(), other.upload())
		done <- err
	}()
	_, err := g.send(t, g.upload())
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
	if p := g.Projects(); len(p) != 1 || p[0].Imports != 2 {
		t.Errorf("%d projects", len(p))
	}
}

// TestRefusals is every answer that ends an upload: what is said, what helps.
func TestRefusals(t *testing.T) {
	post := "POST /api/v1/bom"
	html := map[string]string{"Content-Type": "text/html"}
	for name, c := range map[string]struct {
		team   *dtrack.Team
		key    string
		fault  dtrack.Fault
		change func(*Upload)
		before *dtrack.Project
		want   []string // in the error
		hint   string
		sent   bool // a document was taken
	}{
		"wrong key":     {key: "odt_wr0ng+S3cr3t", want: []string{"401 Unauthorized"}, hint: "MODELBOM_API_KEY"},
		"no permission": {team: &dtrack.Team{}, want: []string{"403 Forbidden"}, hint: "BOM_UPLOAD"},
		"may not make":  {team: &dtrack.Team{Permissions: []string{dtrack.BOMUpload, dtrack.ViewPortfolio}}, want: []string{"401", "The principal does not have permission to create project."}, hint: "PROJECT_CREATION_UPLOAD"},
		"no access": {team: &dtrack.Team{Permissions: []string{dtrack.BOMUpload}, Only: []string{}}, before: &dtrack.Project{Name: "acme/vlm", Version: "1"},
			want: []string{"403", "Access to the specified project is forbidden"}, hint: "access"},
		"no project":        {change: func(u *Upload) { u.AutoCreate = false }, want: []string{"404", "acme/vlm 1"}, hint: "--auto-create"},
		"no project, blind": {team: &dtrack.Team{Permissions: []string{dtrack.BOMUpload}}, change: func(u *Upload) { u.AutoCreate = false }, want: []string{"404", "The project could not be found."}, hint: "--auto-create"},
		"no such UUID": {change: func(u *Upload) {
			u.AutoCreate, u.Project = false, Project{UUID: "0d2d0b6e-ffff-4000-8000-000000000000"}
		}, want: []string{"no project 0d2d0b6e-ffff"}, hint: "address of its page"},
		"no parent":  {change: func(u *Upload) { u.Parent = Project{Name: "nobody"} }, want: []string{"404", "The parent component could not be found."}, hint: "--parent"},
		"collection": {before: &dtrack.Project{Name: "acme/vlm", Version: "1", Collection: true}, want: []string{"400", "collection project"}, hint: "gathers"},
		"1.7":        {change: func(u *Upload) { u.Document = bytes.Replace(u.Document, []byte("1.6"), []byte("1.7"), 1) }, want: []string{"The uploaded BOM is invalid", "Unrecognized specVersion 1.7"}, hint: "--as-is"},
		"invalid": {change: func(u *Upload) { u.Document = bytes.Replace(u.Document, []byte(`"file"`), []byte(`"folder"`), 1) },
			want: []string{"Schema validation failed", "$.components[1].type: does not have a value in the enumeration", "; and again"}, hint: "schema"},
		"413": {fault: dtrack.Fault{On: post, Status: 413, Header: html, Body: "<html><head><title>413 Request Entity Too Large</title></head>"},
			want: []string{"413 Request Entity Too Large", "an HTML page titled"}, hint: "client_max_body_size"},
		"HTML":                 {fault: dtrack.Fault{On: "GET /api/v1/project/lookup", Status: 200, Header: html, Body: "<!DOCTYPE html><title>Dependency-Track</title>"}, want: []string{`an HTML page titled "Dependency-Track"`, "not a project"}, hint: "API server"},
		"HTML for post":        {fault: dtrack.Fault{On: post, Status: 200, Body: "<!doctype html><title>Log in</title>"}, want: []string{`an HTML page titled "Log in"`, "not a token"}, hint: "API server"},
		"HTML 404":             {fault: dtrack.Fault{On: "GET", Status: 404, Header: html, Body: "<html>nothing</html>"}, want: []string{"404", "an HTML page"}, hint: "API server"},
		"no token":             {fault: dtrack.Fault{On: post, Status: 200, Body: "{}"}, want: []string{"no token", "not known"}, hint: "run the command again"},
		"cut JSON":             {fault: dtrack.Fault{On: post, Status: 200, Body: `{"token":"0d2d`}, want: []string{"not a token", "not known"}, hint: "run the command again"},
		"no state":             {fault: dtrack.Fault{On: "GET /api/v1/event", Status: 200, Body: `{}`}, want: []string{"does not say", "not known"}, hint: "run the command again", sent: true},
		"endless answer":       {fault: dtrack.Fault{On: post, Status: 200, Body: strings.Repeat("x", 2<<20)}, want: []string{"longer than 1048576 bytes"}, hint: "API server"},
		"truncated":            {fault: dtrack.Fault{On: post, Kind: dtrack.Truncate, Times: -1}, want: []string{"the answer (200 OK) breaks off", "not known"}, hint: "no second project", sent: true},
		"always 500":           {fault: dtrack.Fault{On: post, Status: 500, Body: `{"title":"Uncaught","detail":"java"}`, Times: -1, Header: map[string]string{"Content-Type": "application/json"}}, want: []string{"500", "Uncaught: java", "not known"}, hint: "run the command again"},
		"asks for an hour":     {fault: dtrack.Fault{On: post, Status: 503, Header: map[string]string{"Retry-After": "3600"}}, want: []string{"503", "wait 1h0m0s"}},
		"repeats the key":      {fault: dtrack.Fault{On: post, Status: 400, Body: "bad key " + secret + "\x1b[31m"}, want: []string{"bad key [key]\\x1b[31m"}},
		"to another host":      {fault: dtrack.Fault{On: "GET", Status: 302, Header: map[string]string{"Location": "https://login.example.com/?k=v"}}, want: []string{"302 Found", `another host, "login.example.com"`}, hint: "--url"},
		"post to another host": {fault: dtrack.Fault{On: post, Status: 307, Header: map[string]string{"Location": "https://evil.example.com/api/v1/bom"}}, want: []string{"307", `another host, "evil.example.com"`}},
		"to https":             {fault: dtrack.Fault{On: "GET", Status: 301, Header: map[string]string{"Location": "https://127.0.0.1/api"}}, want: []string{"redirects to https://127.0.0.1/api"}, hint: "begin --url with https://"},
	} {
		t.Run(name, func(t *testing.T) {
			key := c.key
			if key == "" {
				key = secret
			}
			team := c.team
			if team == nil {
				team = all()
			}
			s := &dtrack.Server{Teams: map[string]*dtrack.Team{secret: team}, Validate: enumeration}
			g := newRig(t, s)
			g.client.options.Key = Key{key}
			if c.before != nil {
				g.Add(c.before)
			}
			if c.fault.On != "" {
				g.Break(c.fault)
			}
			u := g.upload()
			if c.change != nil {
				c.change(&u)
			}
			r, err := g.send(t, u)
			var e *Error
			if r != nil && err == nil || !errors.As(err, &e) {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if !strings.Contains(e.Hint, c.hint) {
				t.Errorf("hint %q lacks %q", e.Hint, c.hint)
			}
			if strings.Contains(err.Error(), "k=v") {
				t.Errorf("%q has the query of the redirect", err)
			}
			if got := g.Uploads() > 0; got != c.sent {
				t.Errorf("documents taken: %d", g.Uploads())
			}
		})
	}
}

// enumeration stands for a schema.
func enumeration(document []byte) []string {
	if bytes.Contains(document, []byte(`"folder"`)) {
		return []string{"$.components[1].type: does not have a value in the enumeration [file]", "and again"}
	}
	return nil
}

// TestNever: a token that never ends ends with the time that was given.
func TestNever(t *testing.T) {
	g := newRig(t, &dtrack.Server{Work: 3 * time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := g.client.DependencyTrack(ctx, g.upload())
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrUncertain) ||
		!strings.Contains(err.Error(), "still importing") || !strings.Contains(e.Hint, "--timeout") {
		t.Errorf("%v", err)
	}
	g.noKey(t, fmt.Sprint(err))
}

// TestHang: no answer at all within the time that was given.
func TestHang(t *testing.T) {
	for _, on := range []string{"GET /api/v1/project", "POST"} {
		g := newRig(t, &dtrack.Server{})
		g.Break(dtrack.Fault{On: on, Kind: dtrack.Hang, Delay: 5 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := g.client.DependencyTrack(ctx, g.upload())
		if !errors.Is(err, context.DeadlineExceeded) || on == "POST" != errors.Is(err, ErrUncertain) {
			t.Errorf("%s: %v", on, err)
		}
	}
}

// TestInterrupted: a cancelled upload says so, and quickly.
func TestInterrupted(t *testing.T) {
	g := newRig(t, &dtrack.Server{Work: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	g.client.options.Progress = func(p Progress) {
		if p.Phase == PhaseWait {
			cancel()
		}
	}
	if _, err := g.client.DependencyTrack(ctx, g.upload()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestElsewhere: a redirect carries neither key nor document to its target.
func TestElsewhere(t *testing.T) {
	var visits int
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits++ }))
	defer evil.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, on := range []string{"GET /api/v1/project", "POST /api/v1/bom", "GET /api/v1/event"} {
			g := newRig(t, &dtrack.Server{})
			g.Break(dtrack.Fault{On: on, Status: status, Header: map[string]string{"Location": strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)}})
			if _, err := g.send(t, g.upload()); !errors.Is(err, ErrRedirect) {
				t.Errorf("%d for %s: %v", status, on, err)
			}
		}
	}
	if visits > 0 {
		t.Errorf("%d requests went to the other host", visits)
	}
}

// TestTrust: a server of a company's own authority is trusted when the authority
// is named, and only then; nothing is tried twice.
func TestTrust(t *testing.T) {
	s := &dtrack.Server{Teams: map[string]*dtrack.Team{secret: all()}}
	web := httptest.NewUnstartedServer(s)
	web.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes
	web.StartTLS()
	defer web.Close()
	key, _ := NewKey(secret)
	u := Upload{URL: web.URL, Project: Project{Name: "m", Version: "1"}, AutoCreate: true, Document: []byte(small)}
	c := NewClient(Options{Key: key})
	c.sleep = func(context.Context, time.Duration) error { t.Error("tried again"); return nil }
	_, err := c.DependencyTrack(t.Context(), u)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "--ca-file") {
		t.Errorf("%v", err)
	}
	pool, err := Authorities(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(Options{Key: key, Authorities: pool}).DependencyTrack(t.Context(), u); err != nil {
		t.Error(err)
	}
	if _, err := Authorities([]byte("nothing")); err == nil {
		t.Error("nothing is taken for certificates")
	}
	u.URL = strings.Replace(web.URL, "https:", "http:", 1)
	if _, err := NewClient(Options{Key: key, Authorities: pool}).DependencyTrack(t.Context(), u); err == nil {
		t.Error("no error without TLS")
	}
	u.URL = "https://" + strings.TrimPrefix(newRig(t, s).http.URL, "http://")
	if _, err := c.DependencyTrack(t.Context(), u); !errors.As(err, &e) || !strings.Contains(e.Hint, "does not speak TLS") {
		t.Errorf("%v, hint %q", err, e.Hint)
	}
}

func TestNobody(t *testing.T) {
	g := newRig(t, &dtrack.Server{})
	g.http.Close()
	_, err := g.send(t, g.upload())
	if err == nil || !strings.Contains(err.Error(), "refused") || len(g.waits) != maxTries-1 {
		t.Errorf("%v after %v", err, g.waits)
	}
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	if !slices.Equal(g.waits, want) {
		t.Errorf("waited %v, want %v", g.waits, want)
	}
}
