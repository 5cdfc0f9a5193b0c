// Package dtrack is a stand-in for a Dependency-Track server, for tests: the
// parts of its interface that an upload needs, as the source of release 4.14.3
// has them (classes BomResource, ProjectResource, EventResource, ModelConverter,
// BomUploadProcessingTask, ComponentIdentity), and where it differs that of
// 5.0.4.
//
// It shares no code with what it judges: documents are read with encoding/json
// into types of its own. It does not analyse anything, knows JSON only, and
// checks documents against the schema only if it is given one (Validate).
//
// A [Fault] breaks one request, in one of the ways in which networks and
// servers break.
package dtrack

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The permissions of a team that an upload meets.
const (
	BOMUpload             = "BOM_UPLOAD"
	ViewPortfolio         = "VIEW_PORTFOLIO"
	PortfolioManagement   = "PORTFOLIO_MANAGEMENT"
	ProjectCreationUpload = "PROJECT_CREATION_UPLOAD"
)

// A Team is who a key belongs to.
type Team struct {
	Permissions []string
	// Only limits the team to the projects of these names; nil for all.
	Only []string
}

func (t *Team) may(permissions ...string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(t.Permissions, p) })
}

func (t *Team) sees(p *Project) bool { return t.Only == nil || slices.Contains(t.Only, p.Name) }

// A Project is one version of what documents are about.
type Project struct {
	UUID, Name, Version string
	Classifier          string
	Tags                []string
	Parent              *Project
	Latest              bool
	Collection          bool
	Imported            int64 // lastBomImport, milliseconds
	Format              string
	Imports             int
	Components          []*Component
	Direct              []*Component // what the project depends on
}

// A Server is one server. Its fields are set before it serves.
type Server struct {
	Teams map[string]*Team // by key
	// V5 has the differences of release 5: one project of a name and version,
	// and its UUID in the answer.
	V5 bool
	// Work is how long an import takes after the answer; without it, it is done
	// before the answer.
	Work time.Duration
	// Create is how long it takes to make a project.
	Create time.Duration
	// Validate returns what is wrong with a document; nil checks only what the
	// server itself does.
	Validate func(document []byte) []string

	mu       sync.Mutex
	projects []*Project
	jobs     map[string]*job
	faults   []*Fault
	uploads  int
	requests []string
	wg       sync.WaitGroup
	serial   int
	clock    int64
	Failures []string // of imports
}

type job struct{ processing bool }

// Projects are all projects as they are now, for the test to look at.
func (s *Server) Projects() []*Project {
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Project
	for _, p := range s.projects {
		now := *p
		out = append(out, &now)
	}
	return out
}

// Requests are the methods and paths of all requests so far.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Uploads counts the documents that were taken.
func (s *Server) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads
}

// Add makes a project.
func (s *Server) Add(p *Project) *Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(p)
}

func (s *Server) add(p *Project) *Project {
	p.UUID = s.uuid()
	s.projects = append(s.projects, p)
	return p
}

func (s *Server) uuid() string {
	s.serial++
	return fmt.Sprintf("0d2d0b6e-0000-4000-8000-%012d", s.serial)
}

func (s *Server) find(name, version string) *Project {
	for _, p := range s.projects {
		if p.Name == name && p.Version == version {
			return p
		}
	}
	return nil
}

func (s *Server) byUUID(uuid string) *Project {
	for _, p := range s.projects {
		if p.UUID == uuid {
			return p
		}
	}
	return nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	fault := s.fault(r)
	s.mu.Unlock()
	if fault != nil && fault.before(s, w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/")
	if !ok {
		text(w, http.StatusNotFound, "")
		return
	}
	team := s.Teams[r.Header.Get("X-Api-Key")]
	if team == nil {
		text(w, http.StatusUnauthorized, "")
		return
	}
	need := ""
	switch {
	case path == "bom", strings.HasPrefix(path, "bom/token/"):
		need = BOMUpload
	case strings.HasPrefix(path, "project"), strings.HasPrefix(path, "component"):
		need = ViewPortfolio
	}
	if need != "" && !team.may(need) {
		text(w, http.StatusForbidden, "")
		return
	}
	switch {
	case path == "bom" && r.Method == http.MethodPost:
		s.post(w, r, team, fault)
	case path == "bom" && r.Method == http.MethodPut:
		s.put(w, r, team, fault)
	case r.Method != http.MethodGet:
		text(w, http.StatusMethodNotAllowed, "")
	case strings.HasPrefix(path, "event/token/"), strings.HasPrefix(path, "bom/token/"):
		s.token(w, path[strings.LastIndexByte(path, '/')+1:])
	case path == "project/lookup":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.show(w, team, s.find(r.URL.Query().Get("name"), r.URL.Query().Get("version")))
	case strings.HasPrefix(path, "project/"):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.show(w, team, s.byUUID(path[len("project/"):]))
	case strings.HasPrefix(path, "component/project/"):
		s.components(w, team, path[len("component/project/"):])
	default:
		text(w, http.StatusNotFound, "")
	}
}

// An upload is the form, however it came.
type upload struct {
	project, name, version             string
	parentUUID, parentName, parentVers string
	tags                               []string
	create, latest                     bool
	document                           []byte
}

// maxBase64 is the longest document that the PUT form takes, in characters.
const maxBase64 = 20_000_000

func (s *Server) put(w http.ResponseWriter, r *http.Request, team *Team, fault *Fault) {
	var b struct {
		Project, ProjectName, ProjectVersion, BOM string
		ParentUUID, ParentName, ParentVersion     string
		AutoCreate, IsLatest                      bool
		ProjectTags                               []struct{ Name string }
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		text(w, http.StatusBadRequest, "")
		return
	}
	if len(b.BOM) > maxBase64 {
		reply(w, http.StatusBadRequest, "application/json", `[{"message":"The BOM is too large. Please use POST","path":"bom"}]`)
		return
	}
	document, err := base64.StdEncoding.DecodeString(b.BOM)
	if err != nil {
		text(w, http.StatusBadRequest, "")
		return
	}
	u := upload{b.Project, b.ProjectName, b.ProjectVersion, b.ParentUUID, b.ParentName, b.ParentVersion, nil, b.AutoCreate, b.IsLatest, document}
	for _, t := range b.ProjectTags {
		u.tags = append(u.tags, t.Name)
	}
	s.take(w, team, u, fault)
}

func (s *Server) post(w http.ResponseWriter, r *http.Request, team *Team, fault *Fault) {
	form, err := r.MultipartReader()
	if err != nil {
		text(w, http.StatusUnsupportedMediaType, "")
		return
	}
	u, fields := upload{}, map[string]string{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			text(w, http.StatusBadRequest, "")
			return
		}
		data, err := io.ReadAll(part)
		if err != nil {
			text(w, http.StatusBadRequest, "")
			return
		}
		if part.FormName() == "bom" {
			u.document = data
			continue
		}
		fields[part.FormName()] = strings.TrimSpace(string(data))
	}
	u.project, u.name, u.version = fields["project"], fields["projectName"], fields["projectVersion"]
	u.parentUUID, u.parentName, u.parentVers = fields["parentUUID"], fields["parentName"], fields["parentVersion"]
	u.create, u.latest = fields["autoCreate"] == "true", fields["isLatest"] == "true"
	for tag := range strings.SplitSeq(fields["projectTags"], ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			u.tags = append(u.tags, tag)
		}
	}
	if u.document == nil { // release 4 says nothing; 5 says 400
		reply(w, http.StatusOK, "application/json", "")
		return
	}
	s.take(w, team, u, fault)
}

// take is what both forms have in common.
func (s *Server) take(w http.ResponseWriter, team *Team, u upload, fault *Fault) {
	p, status, why := s.target(team, u, fault)
	if p == nil {
		text(w, status, why)
		return
	}
	if problem := s.validate(u.document); problem != nil {
		reply(w, http.StatusBadRequest, "application/problem+json", string(problem))
		return
	}
	token := s.dispatch(p, u.document, fault != nil && fault.Kind == Forget)
	answer := map[string]any{"token": token}
	if s.V5 {
		answer["projectUuid"] = p.UUID
	}
	body, _ := json.Marshal(answer)
	if fault != nil && fault.after(w, body) {
		return
	}
	reply(w, http.StatusOK, "application/json", string(body))
}

// target finds or makes the project. Like release 4 it looks and makes in two
// steps, between which another request can do the same.
func (s *Server) target(team *Team, u upload, fault *Fault) (*Project, int, string) {
	s.mu.Lock()
	p := s.find(u.name, u.version)
	if u.project != "" {
		p = s.byUUID(u.project)
	}
	s.mu.Unlock()
	if p == nil && u.project == "" && u.create {
		if !team.may(PortfolioManagement, ProjectCreationUpload) {
			return nil, http.StatusUnauthorized, "The principal does not have permission to create project."
		}
		delay := s.Create
		if fault != nil && fault.Kind == CloseAndMakeLate {
			delay = fault.Delay
		}
		time.Sleep(delay)
		var status int
		var why string
		if p, status, why = s.make(team, u); p == nil {
			return nil, status, why
		}
	}
	switch {
	case p == nil:
		return nil, http.StatusNotFound, "The project could not be found."
	case !team.sees(p):
		return nil, http.StatusForbidden, "Access to the specified project is forbidden"
	case p.Collection:
		return nil, http.StatusBadRequest, "BOM cannot be uploaded to collection project."
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.tags != nil && team.may(PortfolioManagement) {
		p.Tags = slices.Sorted(slices.Values(u.tags))
	}
	return p, 0, ""
}

func (s *Server) make(team *Team, u upload) (*Project, int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parent *Project
	if u.parentUUID != "" || u.parentName != "" {
		if parent = s.find(u.parentName, u.parentVers); u.parentUUID != "" {
			parent = s.byUUID(u.parentUUID)
		}
		if parent == nil {
			return nil, http.StatusNotFound, "The parent component could not be found."
		}
		if !team.sees(parent) {
			return nil, http.StatusForbidden, "Access to the specified parent project is forbidden"
		}
	}
	if s.V5 && s.find(u.name, u.version) != nil {
		return nil, http.StatusConflict, "A project with the specified name and version already exists."
	}
	if u.latest {
		for _, p := range s.projects {
			p.Latest = p.Latest && p.Name != u.name
		}
	}
	return s.add(&Project{Name: u.name, Version: u.version, Tags: slices.Sorted(slices.Values(u.tags)), Parent: parent, Latest: u.latest}), 0, ""
}

// dispatch imports the document, now or later or, when the server forgets it,
// never.
func (s *Server) dispatch(p *Project, document []byte, forget bool) string {
	s.mu.Lock()
	token := s.uuid()
	if s.jobs == nil {
		s.jobs = map[string]*job{}
	}
	j := &job{processing: true}
	s.jobs[token] = j
	s.uploads++
	s.mu.Unlock()
	work := func() {
		time.Sleep(s.Work)
		s.mu.Lock()
		defer s.mu.Unlock()
		j.processing = false
		if forget {
			return
		}
		if err := s.load(p, document); err != nil {
			s.Failures = append(s.Failures, err.Error())
		}
	}
	if s.Work == 0 {
		work()
		return token
	}
	s.wg.Go(work)
	return token
}

func (s *Server) token(w http.ResponseWriter, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[token]
	reply(w, http.StatusOK, "application/json", fmt.Sprintf(`{"processing":%t}`, j != nil && j.processing))
}

func (s *Server) show(w http.ResponseWriter, team *Team, p *Project) {
	switch {
	case p == nil:
		text(w, http.StatusNotFound, "The project could not be found.")
	case !team.sees(p):
		text(w, http.StatusForbidden, "Access to the specified project is forbidden")
	default:
		m := map[string]any{"uuid": p.UUID, "name": p.Name, "version": p.Version, "isLatest": p.Latest}
		if p.Imported > 0 {
			m["lastBomImport"], m["lastBomImportFormat"] = p.Imported, p.Format
		}
		body, _ := json.Marshal(m)
		reply(w, http.StatusOK, "application/json", string(body))
	}
}

func (s *Server) components(w http.ResponseWriter, team *Team, uuid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.byUUID(uuid)
	if p == nil || !team.sees(p) {
		s.show(w, team, p)
		return
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(p.Components)))
	reply(w, http.StatusOK, "application/json", "[]")
}

func text(w http.ResponseWriter, status int, body string) { reply(w, status, "text/plain", body) }

func reply(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
