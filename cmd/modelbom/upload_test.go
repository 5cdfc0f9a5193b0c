package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modelbom/modelbom/e2e/upload/dtrack"
)

// serveUploads starts a stand-in for Dependency-Track that knows one key. Under
// /echo it tells what it was sent, under /elsewhere it redirects.
func serveUploads(ts *testscript.TestScript, neg bool, args []string) {
	s := &dtrack.Server{Teams: map[string]*dtrack.Team{"odt_S3cr3t-of-nobody": {Permissions: []string{dtrack.BOMUpload, dtrack.ViewPortfolio, dtrack.ProjectCreationUpload}}}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
			_, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, r.Method, " ", r.Header.Get("Content-Type"), " ", r.Header.Get("Authorization"), " X-Team=", r.Header.Get("X-Team"))
		case "/elsewhere":
			http.Redirect(w, r, "https://elsewhere.example.com/", http.StatusFound)
		default:
			s.ServeHTTP(w, r)
		}
	}))
	ts.Defer(web.Close)
	ts.Setenv("SERVER", web.URL)
}

// saidKey finds what all runs of a script have printed.
type saidKey struct{}

func said(ts *testscript.TestScript) *strings.Builder { return ts.Value(saidKey{}).(*strings.Builder) }

func quietAbout(ts *testscript.TestScript, neg bool, args []string) {
	if all := said(ts).String(); all == "" || strings.Contains(all, args[0]) {
		ts.Fatalf("%q was printed, or nothing was", args[0])
	}
}
