package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/modelbom/modelbom/pkg/wording"
)

// An Upload is a document for one project of a Dependency-Track server
// (releases 4.11 and later; written against 4.14.3 and 5.0.4).
type Upload struct {
	// URL is the server's address, with or without "/api".
	URL     string
	Project Project
	// AutoCreate has the server make the project, by name and version, when it
	// is not there. Parent and Latest take effect then and only then.
	AutoCreate bool
	Parent     Project // zero for none
	Latest     bool    // the newest version of the project
	// Tags are set when the project is made, and replace its tags when the key
	// may change projects.
	Tags []string

	// Document is CycloneDX, as JSON unless XML is set.
	Document []byte
	XML      bool
	// Components is how many components the server should show afterwards; 0
	// leaves that unchecked.
	Components int
}

// A Result is an upload that the server took.
type Result struct {
	Token string
	// Project has the UUID too if the key may see the project.
	Project Project
	// Created: the project was not there before. It is set only if the key may
	// see projects.
	Created bool
	// Confirmed: the project shows a new import. Without it the server only
	// said that it has nothing left to do.
	Confirmed bool
	// Components is how many components the project shows, -1 when not known.
	Components int
	// Notes say what is not as it was asked for.
	Notes []string
}

// Check reports what is wrong with the request, before anything is sent.
func (u Upload) Check() error {
	if _, err := baseAddress(u.URL); err != nil {
		return err
	}
	if err := u.Project.check(); err != nil {
		return err
	}
	if u.Parent != (Project{}) {
		if err := u.Parent.check(); err != nil {
			return fmt.Errorf("parent: %w", err)
		}
	}
	if u.AutoCreate && u.Project.UUID != "" {
		return fmt.Errorf("%w: one that is to be made has a name and a version, and gets its UUID from the server", ErrProject)
	}
	for _, t := range u.Tags {
		if strings.Contains(t, ",") || strings.TrimSpace(t) == "" {
			return fmt.Errorf("%q is no tag: tags are sent with commas between them", t)
		}
	}
	return nil
}

// Address is where the document goes, Fields what goes with it, for people and
// for the form alike. Both need a checked Upload.
func (u Upload) Address() string {
	base, err := baseAddress(u.URL)
	if err != nil {
		return ""
	}
	return shown(base) + "/api/v1/bom"
}

// Fields are the fields of the form, without the document.
func (u Upload) Fields() [][2]string {
	var f [][2]string
	add := func(name, value string) {
		if value != "" {
			f = append(f, [2]string{name, value})
		}
	}
	add("project", u.Project.UUID)
	add("projectName", u.Project.Name)
	add("projectVersion", u.Project.Version)
	add("projectTags", strings.Join(u.Tags, ","))
	if !u.AutoCreate {
		return f
	}
	add("autoCreate", "true")
	add("parentUUID", u.Parent.UUID)
	add("parentName", u.Parent.Name)
	add("parentVersion", u.Parent.Version)
	if u.Latest {
		add("isLatest", "true")
	}
	return f
}

// A session is one upload under way.
type session struct {
	client *Client
	base   *url.URL
	upload Upload
	before sight
	// shaken: while the server was at work (waiting), the connection broke or the
	// server failed at least once, so that a server that says "nothing to do" may
	// have forgotten what it had to do.
	waiting, shaken bool
}

// DependencyTrack uploads a document, waits until the server has processed it,
// and makes sure that it was imported. It returns an *Error for everything that
// the server or the network is the reason for.
func (c *Client) DependencyTrack(ctx context.Context, u Upload) (*Result, error) {
	if err := u.Check(); err != nil {
		return nil, err
	}
	base, err := baseAddress(u.URL)
	if err != nil {
		return nil, err
	}
	s := &session{client: c, base: base, upload: u}
	c.tell(PhaseLookUp, "looking for the project %s", u.Project)
	if s.before, err = s.lookUp(ctx, u.Project); err != nil {
		return nil, err
	}
	if s.before.presence == absent && !u.AutoCreate {
		return nil, s.missing()
	}
	result := &Result{Project: u.Project, Components: -1, Created: s.before.presence == absent}
	taken, err := s.send(ctx)
	if err != nil {
		return nil, err
	}
	result.Token = taken.Token
	if taken.ProjectUUID != "" {
		result.Project.UUID = taken.ProjectUUID
	}
	s.waiting = true
	if err := s.wait(ctx, taken.Token); err != nil {
		return nil, err
	}
	s.waiting = false
	return result, s.verify(ctx, result)
}

func (s *session) missing() *Error {
	e := &Error{Text: fmt.Sprintf("the server has no project %s that this key may see", s.upload.Project), Status: http.StatusNotFound}
	e.Hint = "--auto-create has the server make it"
	if s.upload.Project.UUID != "" {
		e.Hint = "the UUID of a project is in the address of its page; --project NAME --project-version VERSION --auto-create makes one"
	}
	return e
}

// verify fills in what the project shows after the import.
func (s *session) verify(ctx context.Context, r *Result) error {
	s.client.tell(PhaseVerify, "looking at the project after the import")
	now, err := s.imported(ctx, r.Project)
	if err != nil {
		return err
	}
	u := s.upload
	if s.before.presence == present && u.AutoCreate && (u.Latest || u.Parent != (Project{})) {
		r.Notes = append(r.Notes, "the project was there already: parent and latest are set only when a project is made")
	}
	if now.presence != present {
		return nil
	}
	r.Confirmed, r.Project.UUID = true, now.uuid
	r.Components = s.components(ctx, now.uuid)
	if u.Components > 0 && r.Components >= 0 && r.Components != u.Components {
		r.Notes = append(r.Notes, fmt.Sprintf("the project shows %s, the document has %d", wording.Count(r.Components, "component", "components"), u.Components))
	}
	return nil
}

// A receipt is the server's answer to an upload.
type receipt struct {
	Token       string
	ProjectUUID string `json:"projectUuid"` // from release 5 on
}

// form is the request that carries the document: multipart, since the other
// form of the interface refuses more than 20,000,000 characters of Base64.
func (s *session) form(u Upload) request {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range u.Fields() {
		// A field without a type is read as ISO 8859-1 by some servers.
		part(w, fmt.Sprintf(`form-data; name="%s"`, f[0]), "text/plain; charset=utf-8")
		b.WriteString(f[1])
	}
	kind, name := "application/json", "bom.json"
	if u.XML {
		kind, name = "application/xml", "bom.xml"
	}
	part(w, fmt.Sprintf(`form-data; name="bom"; filename="%s"`, name), kind)
	head := bytes.Clone(b.Bytes())
	b.Reset()
	_ = w.Close() // a bytes.Buffer takes everything
	at := *s.base
	at.Path += "/api/v1/bom"
	r := request{method: http.MethodPost, url: &at, header: s.header(), body: [][]byte{head, u.Document, b.Bytes()}}
	r.header.Set("Content-Type", w.FormDataContentType())
	return r
}

func part(w *multipart.Writer, disposition, kind string) {
	_, _ = w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {kind}}) // see form
}

// refusal explains an answer to the upload that is none of success.
func (s *session) refusal(r request, a *answer) *Error {
	e := s.client.explain(r, a)
	text := strings.ToLower(e.Text)
	switch {
	case a.status == http.StatusUnauthorized && strings.Contains(text, "create"):
		e.Hint = "to make a project the key's team needs the permission PROJECT_CREATION_UPLOAD or PORTFOLIO_MANAGEMENT"
	case a.status == http.StatusForbidden && strings.Contains(text, "access to"):
		e.Hint = "the key's team has to be given access to that project"
	case a.status == http.StatusForbidden:
		e.Hint = "the key's team needs the permission BOM_UPLOAD"
	case a.status == http.StatusNotFound && strings.Contains(text, "parent"):
		e.Hint = "--parent and --parent-version, or --parent-uuid, have to name a project that is there"
	case a.status == http.StatusNotFound && strings.Contains(text, "project"):
		e.Hint = s.missing().Hint
	case a.status == http.StatusNotFound:
		e.Hint = hintAPI
	case strings.Contains(text, "specversion"):
		e.Hint = "releases up to 5.0.4 take CycloneDX 1.6 and older; without --as-is modelbom writes 1.6"
	case strings.Contains(text, "collection"):
		e.Hint = "a collection only gathers other projects; upload to one of those"
	case a.status == http.StatusBadRequest:
		e.Hint = "the server checks documents against the schema of CycloneDX; without --as-is modelbom writes the document anew"
	}
	return e
}

// uncertain marks an error after which the document may have arrived.
func uncertain(e *Error) *Error {
	e.err = errors.Join(e.err, ErrUncertain)
	e.Text += "; " + ErrUncertain.Error()
	e.Hint = "look at the project, or run the command again: that makes no second project. " + e.Hint
	return e
}
