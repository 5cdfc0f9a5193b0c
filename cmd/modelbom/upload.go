package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/upload"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Targets of an upload.
const (
	toDependencyTrack = "dependency-track"
	toHTTP            = "http"
)

// serverList is the version of the SPDX licence list of Dependency-Track releases
// in use, which refuse a document for one later identifier: 4.12 has 3.24, and
// 4.14.3 has 3.27 (CycloneDX's Java library 9.0 and 12.1). Later identifiers are
// written as names; the properties have the identifiers themselves.
const serverList = "3.24"

// uploadTimeout is for a whole upload, its processing by the server included: a
// minute is usual, and a busy server has others before us.
const uploadTimeout = 15 * time.Minute

func uploadCommand() *cli.Command {
	return &cli.Command{
		Name:      "upload",
		Usage:     "send a bill of materials to Dependency-Track, or to any address",
		ArgsUsage: "BOM",
		UsageText: "modelbom upload BOM --url URL --project NAME --project-version VERSION [--auto-create]\n" +
			"  modelbom upload BOM --url URL --project-uuid UUID\n" +
			"  modelbom upload BOM --to http --url URL [--method PUT] [--header-file FILE]",
		Description: "BOM is a CycloneDX or SPDX document of any tool, or \"-\" for standard input. The\n" +
			"key is taken from MODELBOM_API_KEY, or from the file that --api-key-file names; it\n" +
			"is sent to the host in --url and nowhere else, and printed nowhere.\n\n" +
			"Dependency-Track drops, merges and cuts much of what a document says. Unless\n" +
			"--as-is is given, it is sent CycloneDX 1.6 in which all of that stands where the\n" +
			"server keeps it; --dry-run tells what that is, and sends nothing. The command ends\n" +
			"when the server has imported the document, and fails when it has not. It can be\n" +
			"run again at any time: that makes no second project.",
		Flags: append(append(targetFlags(), projectFlags()...),
			&cli.BoolFlag{Name: "as-is", Usage: "send the document byte for byte as it is"},
			listFlag(),
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be sent and where to, and send nothing"},
			quietFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "list the components that warnings are about"},
		),
		Action: uploadSomething,
	}
}

func targetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "to", Value: toDependencyTrack, Usage: "what is at the address: `dependency-track`, or http for anything that takes a document as the body of a request"},
		&cli.StringFlag{Name: "url", Usage: "the server's `URL`, such as https://dtrack.example.com; with --to http the whole address"},
		&cli.StringFlag{Name: "api-key-file", Usage: "take the key from `FILE` instead of MODELBOM_API_KEY"},
		&cli.StringFlag{Name: "ca-file", Usage: "also trust the certificates in `FILE` (PEM)"},
		&cli.DurationFlag{Name: "timeout", Value: uploadTimeout, Usage: "give up after `TIME`, such as 5m, the import by the server included; default 15m"},
		&cli.StringFlag{Name: "method", Usage: "with --to http: `POST` or PUT; default POST"},
		&cli.StringFlag{Name: "header-file", Usage: "with --to http: add the lines \"Name: value\" in `FILE` to the request"},
	}
}

func projectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "project", Usage: "upload to the project `NAME`"},
		&cli.StringFlag{Name: "project-version", Usage: "the project's `VERSION`"},
		&cli.StringFlag{Name: "project-uuid", Usage: "upload to the project `UUID`"},
		&cli.BoolFlag{Name: "auto-create", Usage: "have the server make the project when it is not there"},
		&cli.StringFlag{Name: "parent", Usage: "a project that is made belongs to the project `NAME`"},
		&cli.StringFlag{Name: "parent-version", Usage: "the parent's `VERSION`"},
		&cli.StringFlag{Name: "parent-uuid", Usage: "a project that is made belongs to the project `UUID`"},
		repeatable("tag", "give the project the tag `TAG`, several times if you like; replaces its tags when the key may change projects"),
		&cli.BoolFlag{Name: "latest", Usage: "a project that is made is the latest version"},
	}
}

func uploadSomething(c *cli.Context) error {
	name, err := oneArgument(c, "a document")
	if err != nil {
		return err
	}
	if c.String("url") == "" {
		return hint(errors.New("upload needs --url"), "usage: %s", c.Command.UsageText)
	}
	if t := c.Duration("timeout"); t <= 0 {
		return fmt.Errorf("--timeout %s is no time to upload in", t)
	}
	s := &sending{c: c, name: name, quiet: c.Bool("quiet")}
	switch to := c.String("to"); to {
	case toDependencyTrack:
		err = s.dependencyTrack()
	case toHTTP:
		err = s.plain()
	default:
		err = hint(fmt.Errorf("--to %s is not known", to), "it is %s or %s", toDependencyTrack, toHTTP)
	}
	var e *upload.Error
	if errors.As(err, &e) && e.Hint != "" {
		return hint(err, "%s", e.Hint)
	}
	return err
}

// A sending is one run of the command.
type sending struct {
	c     *cli.Context
	name  string
	quiet bool
	live  *liveLine

	data   []byte // the document as it was given
	doc    *bom.Document
	losses []codec.Loss
}

// read reads the document, which has to be one whatever the target: what is
// sent elsewhere by mistake cannot be called back.
func (s *sending) read() error {
	var b bytes.Buffer
	r := s.c.App.Reader
	if s.name != "-" {
		f, err := os.Open(s.name)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	if _, err := io.Copy(&b, io.LimitReader(r, codec.MaxDocument+1)); err != nil {
		return err
	}
	var err error
	s.data = b.Bytes()
	if s.doc, s.losses, err = codec.Decode(bytes.NewReader(s.data)); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

func (s *sending) warn(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.c.App.ErrWriter, "modelbom: warning: %s\n", fmt.Sprintf(format, args...))
	}
}

func (s *sending) dependencyTrack() error {
	c := s.c
	for _, f := range []string{"method", "header-file"} {
		if c.IsSet(f) {
			return fmt.Errorf("--%s belongs to --to http", f)
		}
	}
	u := upload.Upload{URL: c.String("url"), AutoCreate: c.Bool("auto-create"), Latest: c.Bool("latest"), Tags: listed(c, "tag"),
		Project: upload.Project{UUID: c.String("project-uuid"), Name: c.String("project"), Version: c.String("project-version")},
		Parent:  upload.Project{UUID: c.String("parent-uuid"), Name: c.String("parent"), Version: c.String("parent-version")}}
	if err := s.checkProject(u); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		return err
	}
	if err := s.form(&u); err != nil {
		return err
	}
	key, from, err := s.key()
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return s.describe(u, from)
	}
	if key.Empty() {
		return hint(errors.New("upload needs a key"), "put it into MODELBOM_API_KEY, or into a file that --api-key-file names")
	}
	client, done, err := s.client(key)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	result, err := client.DependencyTrack(ctx, u)
	s.live.end()
	if err != nil {
		return err
	}
	return s.report(result, u)
}

// checkProject says in the words of the flags what is wrong with the target.
func (s *sending) checkProject(u upload.Upload) error {
	c := s.c
	switch {
	case u.Project == upload.Project{}:
		return hint(errors.New("upload needs a project"), "--project NAME --project-version VERSION, or --project-uuid UUID")
	case u.Project.Name != "" && u.Project.Version == "" && u.Project.UUID == "":
		return hint(errors.New("upload needs --project-version"), "a version for each release keeps their findings apart")
	case !u.AutoCreate && (u.Latest || u.Parent != (upload.Project{})):
		return hint(errors.New("--parent and --latest take effect only when the project is made"), "add --auto-create")
	case u.Parent.Version != "" && u.Parent.Name == "":
		return errors.New("--parent-version belongs to --parent")
	}
	if err := u.Check(); err != nil {
		if errors.Is(err, upload.ErrAddress) {
			return fmt.Errorf("--url: %w", err)
		}
		return err
	}
	if upload.Plaintext(c.String("url")) {
		s.warn("the key and the document travel in the clear: --url begins with http://")
	}
	return nil
}

// form makes the bytes that are sent.
func (s *sending) form(u *upload.Upload) error {
	format, version, _ := strings.Cut(s.doc.Format, "@")
	prepared, warnings := upload.Prepare(s.doc)
	if s.c.Bool("as-is") {
		if !strings.HasPrefix(format, "cyclonedx") {
			return hint(fmt.Errorf("Dependency-Track takes no %s", s.doc.Format), "without --as-is it is sent as CycloneDX 1.6") //nolint:staticcheck // a name
		}
		if version == "1.7" {
			s.warn("Dependency-Track up to 5.0.4 refuses CycloneDX 1.7; without --as-is 1.6 is sent")
		}
		s.listWarnings(warnings, true)
		u.Document, u.XML = s.data, format == "cyclonedx-xml"
		return nil
	}
	for _, l := range s.losses {
		prepared.Gaps = append(prepared.Gaps, bom.Gap{Kind: bom.GapLoss, Ref: l.Ref, Reason: bom.Cut(bom.Clean("not kept from "+s.doc.Format+": "+l.Field+": "+l.Reason), bom.MaxText)})
	}
	if n := len(s.losses); n > 0 {
		s.warn("%s of %s %s not kept when it is written anew; --as-is sends %s", wording.Count(n, "thing", "things"), s.doc.Format, wording.Word(n, "is", "are"), wording.Word(n, "it", "them"))
		if s.c.Bool("verbose") {
			for _, l := range s.losses {
				s.warn("not kept: %s", bom.Clean(l.String()))
			}
		}
	}
	prepared.Normalize()
	o := codec.Options{ListVersion: serverList}
	if s.c.IsSet("licence-list") {
		o.ListVersion = s.c.String("licence-list")
	}
	if err := o.Check(); err != nil {
		return fmt.Errorf("--licence-list: %w", err)
	}
	var b bytes.Buffer
	losses, err := o.Encode(&b, prepared, "cyclonedx-json", "1.6")
	if err != nil {
		return err
	}
	for _, l := range losses {
		s.warn("CycloneDX 1.6 cannot say %s", bom.Clean(l.String()))
	}
	s.listWarnings(warnings, false)
	u.Document, u.Components = b.Bytes(), len(prepared.Components)
	return nil
}

// listWarnings prints what the server does to the document. What the prepared
// document keeps is worth a line only to those who ask.
func (s *sending) listWarnings(warnings []upload.Warning, asIs bool) {
	kept := 0
	for _, w := range warnings {
		where := "the document"
		if n := len(w.Refs); n > 0 {
			where = wording.Count(n, "component", "components")
		}
		text := fmt.Sprintf("Dependency-Track %s %s (%s)", w.Effect, w.What, where)
		switch {
		case asIs || w.Instead == "":
			s.warn("%s", text)
		case s.c.Bool("verbose") || s.c.Bool("dry-run"):
			s.warn("%s: kept as %s", text, w.Instead)
		default:
			kept++
			continue
		}
		if s.c.Bool("verbose") {
			for _, ref := range w.Refs {
				s.warn("  %s", bom.Clean(string(ref)))
			}
		}
	}
	if kept > 0 && !s.quiet {
		fmt.Fprintf(s.c.App.ErrWriter, "modelbom: note: Dependency-Track drops or changes %s (-v lists %s)\n",
			wording.Count(kept, "kind of thing; it is kept in another place", "kinds of things; they are kept in other places"), wording.Word(kept, "it", "them"))
	}
}

// describe is --dry-run.
func (s *sending) describe(u upload.Upload, from string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "request      POST %s (multipart/form-data)\n", u.Address())
	fmt.Fprintf(&b, "key          %s\n", from)
	for _, f := range u.Fields() {
		fmt.Fprintf(&b, "field        %s = %s\n", f[0], bom.Clean(f[1]))
	}
	what := "CycloneDX 1.6, written anew from " + s.doc.Format
	if s.c.Bool("as-is") {
		what = s.doc.Format + ", as it is"
	}
	fmt.Fprintf(&b, "document     %d bytes (%s)\n", len(u.Document), what)
	if u.Components > 0 {
		fmt.Fprintf(&b, "components   %d\n", u.Components)
	}
	b.WriteString("nothing was sent\n")
	_, err := io.WriteString(s.c.App.Writer, b.String())
	return err
}

func (s *sending) report(r *upload.Result, u upload.Upload) error {
	for _, n := range r.Notes {
		s.warn("%s", n)
	}
	var b strings.Builder
	project := bom.Clean(r.Project.String())
	if r.Project.UUID != "" && r.Project.Name != "" {
		project += " (" + r.Project.UUID + ")"
	}
	if r.Created {
		project += ", made"
	}
	fmt.Fprintf(&b, "project      %s\nsent         %d bytes\ntoken        %s\n", project, len(u.Document), r.Token)
	switch {
	case r.Confirmed && r.Components >= 0:
		fmt.Fprintf(&b, "imported     %s\n", wording.Count(r.Components, "component", "components"))
	case r.Confirmed:
		b.WriteString("imported     yes\n")
	default:
		b.WriteString("processed    yes; whether it was imported cannot be seen with this key\n")
		s.warn("the server took the document and has nothing left to do; with the permission VIEW_PORTFOLIO modelbom would see whether it was imported")
	}
	_, err := io.WriteString(s.c.App.Writer, b.String())
	return err
}
