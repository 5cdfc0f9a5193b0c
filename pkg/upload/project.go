package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Project is one project of Dependency-Track: its UUID, or its name and
// version.
type Project struct {
	UUID          string
	Name, Version string
}

func (p Project) String() string {
	switch {
	case p.Name == "":
		return p.UUID
	case p.Version == "":
		return p.Name
	}
	return p.Name + " " + p.Version
}

// maxName is what Dependency-Track keeps of a project's name or version, in
// characters; it cuts the rest in silence, and would not find the project again.
const maxName = 255

// ErrProject reports a project that cannot be meant.
var ErrProject = errors.New("not a usable project")

func (p Project) check() error {
	switch {
	case p.UUID != "" && (p.Name != "" || p.Version != ""):
		return fmt.Errorf("%w: give its UUID or its name and version, not both", ErrProject)
	case p.UUID != "" && !isUUID(p.UUID):
		return fmt.Errorf("%w: %q is no UUID", ErrProject, p.UUID)
	case p.UUID == "" && strings.TrimSpace(p.Name) == "":
		return fmt.Errorf("%w: it has neither UUID nor name", ErrProject)
	case units(p.Name) > maxName || units(p.Version) > maxName:
		return fmt.Errorf("%w: its name or version is longer than %d characters", ErrProject, maxName)
	}
	return nil
}

// isUUID reports whether s is a UUID in its usual form.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// A sight is what the key may see of a project.
type sight struct {
	presence presence
	uuid     string
	imported int64 // when a document was last imported, in milliseconds of the server's clock; 0 for never
}

type presence int

const (
	unseen  presence = iota // the key may not look (VIEW_PORTFOLIO)
	absent                  // there is no such project, or the key may not see it
	present                 // it is there
)

// lookUp asks for a project. That the key may not look is no error.
func (s *session) lookUp(ctx context.Context, p Project) (sight, error) {
	r := s.get("/api/v1/project/lookup", url.Values{"name": {p.Name}, "version": {p.Version}})
	if p.Version == "" {
		r.url.RawQuery = url.Values{"name": {p.Name}}.Encode()
	}
	if p.UUID != "" {
		r = s.get("/api/v1/project/"+url.PathEscape(p.UUID), nil)
	}
	a, f := s.patiently(ctx, r)
	if f != nil {
		return sight{}, f.Error
	}
	switch a.status {
	case http.StatusOK:
		return s.project(r, a)
	case http.StatusForbidden:
		return sight{}, nil
	case http.StatusNotFound:
		if a.kind() != "text/html" {
			return sight{presence: absent}, nil
		}
	}
	return sight{}, s.client.explain(r, a)
}

func (s *session) project(r request, a *answer) (sight, error) {
	var p struct {
		UUID          string
		LastBomImport int64
	}
	if err := s.client.object(r, a, "a project", &p); err != nil {
		return sight{}, err
	}
	if !isUUID(p.UUID) {
		return sight{}, &Error{Request: r.String(), Text: "the answer is no project: it has no UUID", Hint: hintAPI}
	}
	return sight{presence: present, uuid: p.UUID, imported: p.LastBomImport}, nil
}

// components asks how many components a project shows, -1 when that is not to
// be had.
func (s *session) components(ctx context.Context, uuid string) int {
	r := s.get("/api/v1/component/project/"+url.PathEscape(uuid), url.Values{"pageNumber": {"1"}, "pageSize": {"1"}})
	a, f := s.patiently(ctx, r)
	if f != nil || a.status != http.StatusOK {
		return -1
	}
	return a.number("X-Total-Count")
}

// get is a request for something under the server's address.
func (s *session) get(path string, query url.Values) request {
	u := *s.base
	u.Path += path
	u.RawQuery = query.Encode()
	return request{method: http.MethodGet, url: &u, header: s.header()}
}

func (s *session) header() http.Header {
	h := http.Header{"Accept": {"application/json"}}
	if key := s.client.options.Key; !key.Empty() {
		h.Set("X-Api-Key", key.secret)
	}
	return h
}

// patiently makes an exchange that changes nothing, again and again if need be.
func (s *session) patiently(ctx context.Context, r request) (*answer, *failure) {
	for n := 1; ; n++ {
		a, f := s.client.do(ctx, r)
		if f == nil || !f.passing || n == maxTries || f.after > maxWait {
			return a, f
		}
		s.shaken = s.shaken || s.waiting
		if err := s.client.pause(ctx, n, f.after, f.Text); err != nil {
			return nil, &failure{Error: s.client.broken(r.String(), err)}
		}
	}
}
