package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/wording"
)

// An output is one -o flag: FORMAT[@VERSION][=FILE].
type output struct {
	format, version string
	file            string // "" or "-" is standard output
	encode          codec.Options
}

func (o output) stdout() bool { return o.file == "" || o.file == "-" }

func (o output) String() string {
	if o.version != "" {
		return o.format + " " + o.version
	}
	return o.format
}

// outputFlag is shared by all commands that write documents.
func outputFlag() cli.Flag {
	return repeatable("output", "write `FORMAT[@VERSION][=FILE]`, several times if you like: "+strings.Join(formatNames(), ", "), "o")
}

func formatNames() []string {
	var names []string
	for _, f := range codec.All() {
		name := f.Name()
		if v := f.Versions(); len(v) > 1 {
			name += "[@" + strings.Join(v, "|@") + "]"
		}
		names = append(names, name)
	}
	return append(append(names, formatFingerprint), documentFormats...)
}

// formatFingerprint is the output that keeps what weights can be compared by.
const formatFingerprint = "fingerprint"

func wantsFingerprint(outs []output) bool {
	return slices.ContainsFunc(outs, func(o output) bool { return o.format == formatFingerprint })
}

// parseOutputs reads the -o flags and refuses what could not all be written.
func parseOutputs(values []string) ([]output, error) {
	var outs []output
	taken := destinations{}
	for _, v := range values {
		spec, file, _ := strings.Cut(v, "=")
		if strings.HasSuffix(v, "=") {
			return nil, fmt.Errorf("-o %s names no file", v)
		}
		o := output{file: file}
		o.format, o.version, _ = strings.Cut(spec, "@")
		if !slices.Contains(documentFormats, o.format) && o.format != formatFingerprint {
			_, version, err := codec.Lookup(o.format, o.version)
			if err != nil {
				return nil, hint(err, "the formats are %s", strings.Join(formatNames(), ", "))
			}
			o.version = version
		} else if o.version != "" {
			return nil, fmt.Errorf("the %s output has no versions", o.format)
		}
		if err := taken.take(o, spec); err != nil {
			return nil, err
		}
		outs = append(outs, o)
	}
	return outs, nil
}

// place is where a file name leads, so that two names of one file are equal.
func place(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		return filepath.Join(dir, filepath.Base(name))
	}
	return filepath.Clean(name)
}

// An emitter writes a document in all the ways that were asked for.
type emitter struct {
	ctx            context.Context
	stdout, stderr io.Writer
	quiet, verbose bool
}

// listFlag is for receivers of documents that refuse what their own copy of the
// licence list does not have.
func listFlag() cli.Flag {
	return &cli.StringFlag{Name: "licence-list",
		Usage: "write licence identifiers as of SPDX list `VERSION`, such as 3.20: later ones as names that lead to their text"}
}

// forList has all documents written for the licence list that the flag names.
func forList(c *cli.Context, outs []output) error {
	o := codec.Options{ListVersion: c.String("licence-list")}
	if err := o.Check(); err != nil {
		return fmt.Errorf("--licence-list: %w", err)
	}
	if c.IsSet("licence-list") && o.ListVersion == "" {
		return errors.New("--licence-list names no version")
	}
	for i := range outs {
		outs[i].encode = o
	}
	return nil
}

// fingerprint writes the fingerprints that were asked for, names them in the
// document, and returns the other outputs.
func (e *emitter) fingerprint(r *inspect.Result, outs []output) ([]output, error) {
	var others []output
	for _, o := range outs {
		if o.format != formatFingerprint {
			others = append(others, o)
			continue
		}
		var b bytes.Buffer
		if err := fingerprint.Encode(&b, r.Fingerprint); err != nil {
			return nil, err
		}
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(b.Bytes())) // that of Model.Digest
		if err := e.write(o, b.Bytes()); err != nil {
			return nil, err
		}
		name := r.Fingerprint.Name + ".fingerprint.json"
		if !o.stdout() {
			name = filepath.Base(o.file)
		}
		r.Document.Inputs = append(r.Document.Inputs, bom.Input{Kind: "fingerprint", Name: bom.Clean(name), Version: fingerprint.SketchVersion, Digest: digest})
	}
	r.Document.Normalize()
	if len(outs) > 0 && len(others) == 0 {
		return []output{}, nil
	}
	return others, nil
}

// emit encodes everything before it writes anything, so that a document that
// cannot be encoded leaves no half set of files.
func (e *emitter) emit(d *bom.Document, outs []output) error {
	if outs == nil {
		outs = []output{{format: "text"}}
	}
	encoded := make([]bytes.Buffer, len(outs))
	for i, o := range outs {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if slices.Contains(documentFormats, o.format) {
			if err := e.show(d, o.format, &encoded[i]); err != nil {
				return err
			}
			continue
		}
		losses, err := o.encode.Encode(&encoded[i], d, o.format, o.version)
		if err != nil {
			return err
		}
		e.losses(o, losses)
	}
	for i, o := range outs {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if err := e.write(o, encoded[i].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) losses(o output, losses []codec.Loss) {
	if len(losses) == 0 || e.quiet {
		return
	}
	if !e.verbose {
		fmt.Fprintf(e.stderr, "modelbom: note: %s cannot say %s of this document; %s\n", o, wording.Count(len(losses), "thing", "things"), listedAs(len(losses), "in it"))
		return
	}
	for _, l := range losses {
		fmt.Fprintf(e.stderr, "modelbom: note: %s cannot say %s\n", o, bom.Clean(l.String()))
	}
}

// listedAs says where losses are told one by one.
func listedAs(n int, where string) string {
	return wording.Word(n, "it is listed with -v and stands "+where+" as a gap", "they are listed with -v and stand "+where+" as gaps")
}

func (e *emitter) write(o output, data []byte) error {
	if o.stdout() {
		_, err := e.stdout.Write(data)
		return err
	}
	if err := writeFile(o.file, data); err != nil {
		return err
	}
	if !e.quiet {
		fmt.Fprintf(e.stderr, "modelbom: wrote %s (%s, %s)\n", o.file, o, wording.Count(len(data), "byte", "bytes"))
	}
	return nil
}

// writeFile writes a file whole or not at all, see writeFileBy.
func writeFile(name string, data []byte) error {
	return writeFileBy(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeFileBy writes a file whole or not at all: into a temporary file beside it
// that is then renamed. What is not a regular file, such as /dev/stdout or a
// pipe, is written to directly.
func writeFileBy(name string, write func(io.Writer) error) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("write %s: it is a directory", name)
		}
		return writeTo(name, write)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // a link keeps pointing where it does
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".modelbom-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, bare(err))
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	err = write(f)
	if err == nil {
		err = f.Chmod(fileMode(name))
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, bare(err))
	}
	return nil
}

// writeTo writes to what is no regular file.
func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// bare is an error of the system without the temporary name in it.
func bare(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// fileMode is the mode of the file that is replaced, else what a new file gets.
func fileMode(name string) os.FileMode {
	if info, err := os.Stat(name); err == nil {
		return info.Mode().Perm()
	}
	return 0o666 &^ umask()
}
