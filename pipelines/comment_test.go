//go:build !windows

package pipelines

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A note is a comment of either platform.
type note struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
	Author struct {
		ID int `json:"id"`
	} `json:"author"`
}

func noteBy(login string, author int, body string) note {
	n := note{Body: body}
	n.User.Login, n.Author.ID = login, author
	return n
}

// A thread holds the comments of one request and answers as GitHub's issue comments
// and GitLab's notes do: in pages, with 201 for a new one and 200 for a changed one,
// 401 without the token.
type thread struct {
	mu      sync.Mutex
	t       *testing.T
	notes   []note
	refuse  int // a status for whatever writes
	calls   []string
	largest int // characters that a body may have
}

// Who the token of the tests belongs to.
const (
	botLogin = "github-actions[bot]"
	botID    = 7
)

func (s *thread) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+secret && r.Header.Get("Private-Token") != secret {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	list := map[string]bool{"/repos/acme/vlm/issues/12/comments": true, "/api/v4/projects/34/merge_requests/12/notes": true}[r.URL.Path]
	number, _ := strconv.Atoi(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	at := slices.IndexFunc(s.notes, func(n note) bool { return n.ID == number })
	changes := r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, "/repos/acme/vlm/issues/comments/") ||
		r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/api/v4/projects/34/merge_requests/12/notes/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/api/v4/user":
		fmt.Fprintf(w, `{"id": %d}`, botID)
	case r.Method == http.MethodGet && list:
		s.page(w, r)
	case s.refuse != 0:
		w.WriteHeader(s.refuse)
		io.WriteString(w, "<html>no</html>")
	case r.Method == http.MethodPost && list:
		n := noteBy(botLogin, botID, s.bodyOf(r))
		n.ID = 1000 + len(s.notes)
		s.notes = append(s.notes, n)
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(n)
	case changes && at >= 0:
		s.notes[at].Body = s.bodyOf(r)
		json.NewEncoder(w).Encode(s.notes[at])
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *thread) page(w http.ResponseWriter, r *http.Request) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	from := min(max(page-1, 0)*size, len(s.notes))
	json.NewEncoder(w).Encode(append([]note{}, s.notes[from:min(from+size, len(s.notes))]...))
}

func (s *thread) bodyOf(r *http.Request) string {
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		s.t.Errorf("a body that is no JSON: %v", err)
	}
	if n := len([]rune(in.Body)); n > s.largest {
		s.t.Errorf("a body of %d characters", n)
	}
	return in.Body
}

// platforms are the two, each with the variables of a job on request 12.
func platforms(url string) map[string]vars {
	return map[string]vars{
		"github": {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "acme/vlm", "GITHUB_TOKEN": secret, "MODELBOM_PULL_REQUEST": "12"},
		"gitlab": {"GITLAB_CI": "true", "CI_API_V4_URL": url + "/api/v4", "CI_PROJECT_ID": "34", "CI_JOB_TOKEN": secret, "MODELBOM_GITLAB_TOKEN": secret, "CI_MERGE_REQUEST_IID": "12"},
	}
}

func serve(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

const mark = "<!-- modelbom: acme/vlm -->\n"

// The first run comments, the next ones write the same comment anew, and comments of
// others stay as they are: also one that bears the mark, and one behind the first page.
func TestCommentOnce(t *testing.T) {
	for name := range platforms("") {
		t.Run(name, func(t *testing.T) {
			s := &thread{t: t, largest: 65536}
			for i := range 120 {
				s.notes = append(s.notes, noteBy("someone", 1, fmt.Sprintf("comment %d\r\nwith %s in it", i, mark)))
				s.notes[i].ID = i + 1
			}
			s.notes[3].Body = mark + "a stranger's"
			s.notes[5] = noteBy(botLogin, botID, "<!-- modelbom: acme/other -->\nanother model's")
			s.notes[5].ID = 6
			before := slices.Clone(s.notes)
			env := platforms(serve(t, s))[name]
			dir := t.TempDir()
			texts := []string{"first\n", "second \"quoted\" $(x) `y` ünï\n", "second \"quoted\" $(x) `y` ünï\n"}
			for _, text := range texts {
				write(t, filepath.Join(dir, "comment.md"), mark+text, 0o644)
				mustScript(t, 0, dir, env, "comment.sh", "comment.md")
			}
			if len(s.notes) != 121 || !slices.Equal(s.notes[:120], before) {
				t.Errorf("%d comments; calls:\n%s", len(s.notes), strings.Join(s.calls, "\n"))
			}
			if got := s.notes[len(s.notes)-1].Body; got != mark+texts[2] {
				t.Errorf("the comment is %q", got)
			}
		})
	}
}

// A token that may not write is no failure of the pull request; a broken server is.
func TestCommentRefused(t *testing.T) {
	for status, want := range map[int]int{401: 0, 403: 0, 404: 1, 422: 1, 500: 1} {
		for name := range platforms("") {
			s := &thread{t: t, largest: 65536, refuse: status}
			env := platforms(serve(t, s))[name]
			dir := t.TempDir()
			write(t, filepath.Join(dir, "comment.md"), mark, 0o644)
			code, out := script(t, dir, env, "comment.sh", "comment.md")
			if code != want || !strings.Contains(out, strconv.Itoa(status)) || strings.Contains(out, "is written") || len(s.notes) > 0 {
				t.Errorf("%s, status %d: exit code %d, want %d\n%s", name, status, code, want, out)
			}
		}
	}
}

// Without a request, a token or a server there is no comment, and it is said why.
func TestCommentWithout(t *testing.T) {
	s := &thread{t: t, largest: 65536}
	url := serve(t, s)
	for _, c := range []struct {
		platform, without, value string
		code                     int
		say                      string
	}{
		{"github", "MODELBOM_PULL_REQUEST", "", 0, "no pull request"},
		{"github", "MODELBOM_PULL_REQUEST", "12/../13", 0, "no pull request"},
		{"github", "GITHUB_TOKEN", "", 1, "the token is empty"},
		{"github", "GITHUB_TOKEN", "a\"\nurl = \"file:///etc/passwd", 1, "characters that no token has"},
		{"github", "GITHUB_TOKEN", "wrong", 0, "401"},
		{"github", "GITHUB_API_URL", "http://127.0.0.1:1", 1, ""},
		{"gitlab", "CI_MERGE_REQUEST_IID", "", 0, "no merge request"},
		{"gitlab", "MODELBOM_GITLAB_TOKEN", "", 0, "MODELBOM_GITLAB_TOKEN is not set"},
		{"gitlab", "GITLAB_CI", "", 1, "neither GitHub nor GitLab"},
	} {
		env := platforms(url)[c.platform]
		env[c.without] = c.value
		dir := t.TempDir()
		write(t, filepath.Join(dir, "comment.md"), mark, 0o644)
		code, out := script(t, dir, env, "comment.sh", "comment.md")
		if code == 0 != (c.code == 0) || !strings.Contains(out, c.say) || len(s.notes) > 0 {
			t.Errorf("%s with %s=%q: exit code %d, want %d, and %q in\n%s", c.platform, c.without, c.value, code, c.code, c.say, out)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "comment.md"), "no mark\n", 0o644)
	mustScript(t, 1, dir, platforms(url)["github"], "comment.sh", "comment.md")
}

// A comment longer than the platform takes is cut at a line, and says so.
func TestCommentLong(t *testing.T) {
	s := &thread{t: t, largest: 65536}
	dir := t.TempDir()
	long := mark + strings.Repeat(strings.Repeat("ü", 60)+"\n", 2000)
	write(t, filepath.Join(dir, "comment.md"), long, 0o644)
	mustScript(t, 0, dir, platforms(serve(t, s))["github"], "comment.sh", "comment.md")
	body, tail, ok := strings.Cut(s.notes[0].Body, "\n</details>\n")
	if !ok || !strings.Contains(tail, "Cut here") || !strings.HasPrefix(long, body) || len(body) < 60000 {
		t.Errorf("a comment of %d bytes ends with %q", len(s.notes[0].Body), tail)
	}
}
