package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/upload"
)

// plain sends the document to an address that is no platform we know.
func (s *sending) plain() error {
	c := s.c
	for _, f := range append(projectFlags(), listFlag()) {
		if name := f.Names()[0]; c.IsSet(name) {
			return fmt.Errorf("--%s belongs to --to %s", name, toDependencyTrack)
		}
	}
	p := upload.Plain{URL: c.String("url"), Method: strings.ToUpper(c.String("method"))}
	if err := p.Check(); err != nil {
		if errors.Is(err, upload.ErrAddress) {
			return fmt.Errorf("--url: %w", err)
		}
		return err
	}
	if upload.Plaintext(p.URL) {
		s.warn("what is sent travels in the clear: --url begins with http://")
	}
	if err := s.read(); err != nil {
		return err
	}
	p.Document, p.ContentType = s.data, mediaType(s.doc.Format)
	key, from, err := s.key()
	if err != nil {
		return err
	}
	if p.Header, err = s.headers(); err != nil {
		return err
	}
	if c.Bool("dry-run") {
		_, err := fmt.Fprintf(c.App.Writer, "request      %s %s (%s)\nkey          %s\nheaders      %d more\ndocument     %d bytes (%s, as it is)\nnothing was sent\n",
			method(p), p.Address(), p.ContentType, from, len(p.Header), len(p.Document), s.doc.Format)
		return err
	}
	client, done, err := s.client(key)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	said, err := client.Plain(ctx, p)
	s.live.end()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("sent         %d bytes to %s\n", len(p.Document), p.Address())
	if said != "" {
		text += "answer       " + bom.Cut(said, bom.MaxText) + "\n"
	}
	_, err = io.WriteString(c.App.Writer, text)
	return err
}

func method(p upload.Plain) string {
	if p.Method == "" {
		return "POST"
	}
	return p.Method
}

// mediaType is what a format is registered as (CycloneDX and SPDX
// specifications, IANA).
func mediaType(format string) string {
	name, version, _ := strings.Cut(format, "@")
	switch name {
	case "cyclonedx-json":
		return "application/vnd.cyclonedx+json; version=" + version
	case "cyclonedx-xml":
		return "application/vnd.cyclonedx+xml; version=" + version
	case "spdx-tag-value":
		return "text/spdx"
	}
	if strings.HasPrefix(version, "3") {
		return "application/spdx+json; version=3.0"
	}
	return "application/spdx+json"
}

// key reads the key and says where it is from. No error names the value of the
// flag: people put keys there by mistake.
func (s *sending) key() (upload.Key, string, error) {
	text, from := os.Getenv("MODELBOM_API_KEY"), "from MODELBOM_API_KEY"
	if s.c.IsSet("api-key-file") {
		var err error
		if text, err = secretFile(s.c.String("api-key-file"), "--api-key-file"); err != nil {
			return upload.Key{}, "", err
		}
		from = "from the file that --api-key-file names"
	} else if text == "" {
		return upload.Key{}, "none", nil
	}
	key, err := upload.NewKey(text)
	if err != nil {
		return upload.Key{}, "", fmt.Errorf("the key %s: %w", from, err)
	}
	return key, from, nil
}

func (s *sending) headers() (map[string][]string, error) {
	if !s.c.IsSet("header-file") {
		return nil, nil
	}
	text, err := secretFile(s.c.String("header-file"), "--header-file")
	if err != nil {
		return nil, err
	}
	h, err := upload.ParseHeaders(text)
	if err != nil {
		return nil, fmt.Errorf("the file that --header-file names: %w", err)
	}
	return h, nil
}

// secretFile reads a small file, which errors name by its flag only.
func secretFile(name, flag string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("the file that %s names: %w", flag, bare(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, upload.MaxHeaders+1))
	if err != nil {
		return "", fmt.Errorf("the file that %s names: %w", flag, bare(err))
	}
	return string(data), nil
}

// maxAuthorities bounds a file of certificates: twice a system's whole store.
const maxAuthorities = 1 << 20

func (s *sending) client(key upload.Key) (*upload.Client, func(), error) {
	o := upload.Options{Key: key, Agent: "modelbom/" + buildVersion()}
	if s.c.IsSet("ca-file") {
		f, err := os.Open(s.c.String("ca-file"))
		if err != nil {
			return nil, nil, fmt.Errorf("--ca-file: %w", err)
		}
		defer f.Close()
		pem, err := io.ReadAll(io.LimitReader(f, maxAuthorities))
		if err == nil {
			o.Authorities, err = upload.Authorities(pem)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("--ca-file %s: %w", s.c.String("ca-file"), err)
		}
	}
	s.live = newLiveLine(s.c.App.ErrWriter, s.quiet)
	o.Progress = s.live.show
	client := upload.NewClient(o)
	return client, func() { s.live.end(); client.Close() }, nil
}

// A liveLine shows what goes on: on a terminal in one line that changes, else
// what is worth a line in a log.
type liveLine struct {
	out      io.Writer
	terminal bool
	quiet    bool
	last     upload.Phase
	dirty    bool
}

func newLiveLine(out io.Writer, quiet bool) *liveLine {
	f, ok := out.(*os.File)
	return &liveLine{out: out, quiet: quiet, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (l *liveLine) show(p upload.Progress) {
	switch {
	case l.quiet:
	case l.terminal:
		fmt.Fprintf(l.out, "\r\x1b[K%s", bom.Cut(bom.Clean(p.Text), 100))
		l.dirty = true
	case p.Phase == upload.PhaseRetry, p.Phase == upload.PhaseWait && l.last != upload.PhaseWait:
		fmt.Fprintf(l.out, "modelbom: note: %s\n", bom.Clean(p.Text))
	}
	l.last = p.Phase
}

// end takes the line away.
func (l *liveLine) end() {
	if l != nil && l.dirty {
		fmt.Fprint(l.out, "\r\x1b[K")
		l.dirty = false
	}
}
