//go:build !windows

package pipelines

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// releases answers as the platforms do about the latest release: the asset of GitHub
// and the package of GitLab lead to a store on another host, and the link of GitLab's
// release leads to the package on the same host, which asks for the token again.
func releases(other string, files map[string]string) http.Handler {
	mux := http.NewServeMux()
	asks := func(r *http.Request) bool {
		return r.Header.Get("Authorization") == "Bearer "+secret || r.Header.Get("Job-Token") == secret
	}
	mux.HandleFunc("/repos/acme/vlm/releases/latest", func(w http.ResponseWriter, r *http.Request) {
		if !asks(r) || len(files) == 0 {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, `{"tag_name": "v1", "assets": [{"id": 1, "name": "weights.bin"}`)
		id := 2
		for _, name := range []string{"bom.cdx.json", "bom.fingerprint.json"} {
			if _, ok := files[name]; ok {
				fmt.Fprintf(w, `, {"id": %d, "name": %q}`, id, name)
			}
			id++
		}
		io.WriteString(w, "]}")
	})
	mux.HandleFunc("/repos/acme/vlm/releases/assets/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !asks(r) || r.Header.Get("Accept") != "application/octet-stream" {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, other+"/"+map[string]string{"2": "bom.cdx.json", "3": "bom.fingerprint.json"}[r.PathValue("id")], http.StatusFound)
	})
	mux.HandleFunc("/api/v4/projects/34/releases/permalink/latest/downloads/{name}", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := files[r.PathValue("name")]; !ok || !asks(r) {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, "/api/v4/projects/34/packages/generic/modelbom/v1/"+r.PathValue("name"), http.StatusMovedPermanently)
	})
	mux.HandleFunc("/api/v4/projects/34/packages/generic/modelbom/v1/{name}", func(w http.ResponseWriter, r *http.Request) {
		if !asks(r) {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, other+"/"+r.PathValue("name"), http.StatusFound)
	})
	return mux
}

// store is the other host. It must never see a token.
func store(t *testing.T, files map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range r.Header {
			if strings.Contains(strings.Join(v, " "), secret) {
				t.Errorf("the token went to another host in %s", k)
			}
		}
		text, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		switch {
		case !ok:
			http.NotFound(w, r)
		case text == "broken":
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, text)
		case text == "around":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case text == "down":
			w.WriteHeader(http.StatusBadGateway)
		default:
			io.WriteString(w, text)
		}
	})
}

func TestPreviousOfRelease(t *testing.T) {
	for name := range platforms("") {
		for _, c := range []struct {
			files map[string]string
			code  int
		}{
			{map[string]string{"bom.cdx.json": "document", "bom.fingerprint.json": "fingerprint"}, 0},
			{map[string]string{"bom.cdx.json": "document"}, 0},
			{map[string]string{"other.json": "x"}, 3},
			{nil, 3},
			{map[string]string{"bom.cdx.json": "broken"}, 1},
			{map[string]string{"bom.cdx.json": "down"}, 1},
			{map[string]string{"bom.cdx.json": "document", "bom.fingerprint.json": "broken"}, 1},
		} {
			// Another name of this machine is another host.
			other := strings.Replace(serve(t, store(t, c.files)), "127.0.0.1", "localhost", 1)
			env := platforms(serve(t, releases(other, c.files)))[name]
			env["MODELBOM_PREVIOUS"] = "release"
			checkPrevious(t, name, env, c.files, c.code)
		}
	}
}

func TestPreviousElsewhere(t *testing.T) {
	files := map[string]string{"a/bom.cdx.json": "document", "a/bom.fingerprint.json": "fingerprint", "b/old.json": "document", "c/bom.cdx.json": "broken", "d/bom.cdx.json": "down", "r/bom.cdx.json": "around"}
	url := serve(t, store(t, files))
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text, 0o644)
	}
	for _, c := range []struct {
		previous    string
		fingerprint bool
		code        int
	}{
		{url + "/a/bom.cdx.json", true, 0}, {url + "/b/old.json", false, 0}, {url + "/c/bom.cdx.json", false, 1}, {url + "/d/bom.cdx.json", false, 1},
		{url + "/e/bom.cdx.json", false, 3}, {url + "/r/bom.cdx.json", false, 1}, {"http://", false, 1}, {"http://127.0.0.1:1/bom.cdx.json", false, 1},
		{dir + "/a/bom.cdx.json", true, 0}, {dir + "/b/old.json", false, 0}, {dir + "/none.json", false, 3}, {"-rf", false, 3},
	} {
		// No token is given to an address, and none is needed.
		want := map[string]string{"bom.cdx.json": "document"}
		if c.fingerprint {
			want["bom.fingerprint.json"] = "fingerprint"
		}
		checkPrevious(t, c.previous, vars{"MODELBOM_PREVIOUS": c.previous, "GITHUB_TOKEN": secret, "CI_JOB_TOKEN": secret}, want, c.code)
	}
}

// checkPrevious runs previous.sh and compares what it left: all or, when it fails,
// no part of a document.
func checkPrevious(t *testing.T, name string, env vars, files map[string]string, want int) {
	t.Helper()
	dir := t.TempDir()
	code, out := script(t, dir, env, "previous.sh", dir)
	if code != want {
		t.Errorf("%s, %v: exit code %d, want %d\n%s", name, files, code, want, out)
	}
	for _, file := range []string{"bom.cdx.json", "bom.fingerprint.json"} {
		there := exists(filepath.Join(dir, file))
		if there && read(t, filepath.Join(dir, file)) != files[file] || want == 0 && there != (files[file] != "") || files[file] == "broken" && there {
			t.Errorf("%s, %v: %s is there: %v", name, files, file, there)
		}
	}
	if exists(filepath.Join(dir, "part")) {
		t.Errorf("%s, %v: a part is left", name, files)
	}
}

// arguments is a command that writes its arguments into a file, one a line.
func arguments(t *testing.T, dir, name string) string {
	path := filepath.Join(dir, "bin", name)
	write(t, path, "#!/bin/bash\nprintf '%s\\n' \"$@\" >"+filepath.Join(dir, "arguments")+"\n", 0o755)
	return path
}

func TestUpload(t *testing.T) {
	dir := t.TempDir()
	command := arguments(t, dir, "modelbom")
	full := vars{"MODELBOM_COMMAND": command, "MODELBOM_API_KEY": secret, "MODELBOM_UPLOAD_URL": "https://track.example.com", "MODELBOM_NAME": "acme/vlm", "MODELBOM_VERSION": "2 $(x)"}
	mustScript(t, 0, dir, full, "upload.sh")
	want := "upload\nmodelbom-out/bom.cdx.json\n--url=https://track.example.com\n--project=acme/vlm\n--project-version=2 $(x)\n--auto-create\n"
	if got := read(t, filepath.Join(dir, "arguments")); got != want {
		t.Errorf("the arguments are %q, want %q", got, want)
	}
	for without, code := range map[string]int{"MODELBOM_UPLOAD_URL": 0, "MODELBOM_API_KEY": 0, "MODELBOM_NAME": 1, "MODELBOM_VERSION": 1} {
		dir := t.TempDir()
		env := vars{}
		for k, v := range full {
			env[k] = v
		}
		env["MODELBOM_COMMAND"], env[without] = arguments(t, dir, "modelbom"), ""
		mustScript(t, code, dir, env, "upload.sh")
		if exists(filepath.Join(dir, "arguments")) {
			t.Errorf("without %s something is sent", without)
		}
	}
}

func TestAttachGitHub(t *testing.T) {
	dir := t.TempDir()
	arguments(t, dir, "gh")
	env := vars{"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/vlm", "GH_TOKEN": secret, "PATH": filepath.Join(dir, "bin") + ":/usr/bin:/bin"}
	mustScript(t, 1, dir, env, "attach.sh", "v1") // nothing to attach
	for _, name := range []string{"bom.cdx.json", "report.html", "comment.md"} {
		write(t, filepath.Join(dir, "modelbom-out", name), "x", 0o644)
	}
	mustScript(t, 0, dir, env, "attach.sh", "-v1")
	want := "release\nupload\n--clobber\n--repo\nacme/vlm\n--\n-v1\nmodelbom-out/bom.cdx.json\nmodelbom-out/report.html\n"
	if got := read(t, filepath.Join(dir, "arguments")); got != want {
		t.Errorf("the arguments are %q, want %q", got, want)
	}
}

func TestAttachGitLab(t *testing.T) {
	packages, links := map[string]string{}, []string{}
	var mu sync.Mutex // the handlers run beside the test
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/v4/projects/34/packages/generic/modelbom/{version}/{name}", func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		packages[r.PathValue("version")+"/"+r.PathValue("name")] = string(data)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("POST /api/v4/projects/34/releases/{tag}/assets/links", func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		if r.PathValue("tag") != "round/2" || r.Header.Get("Job-Token") != secret {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		links = append(links, string(data))
		w.WriteHeader(http.StatusCreated)
	})
	dir := t.TempDir()
	for _, name := range []string{"bom.cdx.json", "bom.fingerprint.json"} {
		write(t, filepath.Join(dir, "modelbom-out", name), "content of "+name, 0o644)
	}
	env := platforms(serve(t, mux))["gitlab"]
	mustScript(t, 0, dir, env, "attach.sh", "round/2")
	mu.Lock()
	sent, linked := maps.Clone(packages), slices.Clone(links)
	mu.Unlock()
	if len(sent) != 2 || sent["round-2/bom.fingerprint.json"] != "content of bom.fingerprint.json" {
		t.Errorf("the packages are %q", sent)
	}
	if len(linked) != 2 || !strings.Contains(linked[0], `"direct_asset_path": "/bom.cdx.json"`) || !strings.Contains(linked[0], "/packages/generic/modelbom/round-2/bom.cdx.json") {
		t.Errorf("the links are %q", linked)
	}
	if out := mustScript(t, 1, dir, env, "attach.sh", "none"); !strings.Contains(out, "is there a release of none?") {
		t.Errorf("a release that is not there: %s", out)
	}
}
