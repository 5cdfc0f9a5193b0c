package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/license"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/wording"
)

func indexCommand() *cli.Command {
	return &cli.Command{
		Name:      "index",
		Usage:     "keep the reference index of known models",
		UsageText: "modelbom index add|list|info|remove|export|import [--index PATH|URL]",
		Description: "The index holds fingerprints of models that parts of others may come from. It is\n" +
			"one SQLite file, by default in your data directory, or a PostgreSQL database for\n" +
			"many users: --index postgres://HOST/DATABASE. \"modelbom generate\" searches it.",
		Subcommands: []*cli.Command{indexAddCommand(), indexListCommand(), indexInfoCommand(), indexRemoveCommand(), indexExportCommand(), indexImportCommand()},
	}
}

// indexFlag names one index.
func indexFlag() cli.Flag {
	return &cli.StringFlag{Name: "index", Usage: "use the index at `PATH|URL`; the default is a file in your data directory"}
}

func quietFlag() cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on standard error but errors"}
}

func indexAddCommand() *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "add a model to the index, or replace it",
		UsageText: "modelbom index add REPO [--name ID]",
		Description: "REPO is a model repository, or a fingerprint that \"generate -o fingerprint=FILE\"\n" +
			"wrote. The model is named by --name, else by its name on the hub, else by its\n" +
			"directory. Adding the same model again changes nothing.",
		Flags: []cli.Flag{
			indexFlag(),
			&cli.StringFlag{Name: "name", Usage: "call the model `ID`: GROUP/NAME or GROUP/NAME@VERSION"},
			&cli.StringFlag{Name: "purl", Usage: "its package URL, `PURL` as pkg:huggingface/GROUP/NAME"},
			&cli.StringFlag{Name: "supplier", Usage: "who supplies it: `ORGANISATION`"},
			&cli.StringFlag{Name: "country", Usage: "the supplier's country, `CODE` of two letters (ISO 3166-1)"},
			&cli.StringFlag{Name: "licence", Usage: "its licence, `EXPRESSION` of SPDX, a key of the hub, a name or an address"},
			&cli.StringFlag{Name: "released", Usage: "when it was released, `DATE` as 2026-01-31"},
			&cli.BoolFlag{Name: "sparse", Usage: "read only samples of the weights: fast, without digests and row sets"},
			quietFlag(),
		},
		Action: indexAdd,
	}
}

func indexAdd(c *cli.Context) error {
	ref, err := oneArgument(c, "a repository")
	if err != nil {
		return err
	}
	entry, err := entryFlags(c)
	if err != nil {
		return err
	}
	location, err := indexLocation(c)
	if err != nil {
		return err
	}
	m, err := fingerprintOf(c, ref, c.Bool("sparse"), leftOut(ref, []string{location}))
	if err != nil {
		return err
	}
	x, err := openIndex(c, index.OpenForWriting)
	if err != nil {
		return err
	}
	defer x.Close()
	describe(&entry, m)
	before, err := x.List(c.Context)
	if err != nil {
		return err
	}
	replaced := slices.ContainsFunc(before, func(e index.Entry) bool { return e.ID == entry.ID })
	changed, err := x.Add(c.Context, entry, m)
	if err != nil {
		return err
	}
	if !c.Bool("quiet") {
		parts, tensors := 0, 0
		for _, p := range m.Parts {
			parts, tensors = parts+1, tensors+len(p.Tensors)
		}
		switch {
		case changed && replaced:
			fmt.Fprintf(c.App.ErrWriter, "modelbom: replaced %s in the index: %s, %s\n", bom.Clean(entry.ID), wording.Count(parts, "part", "parts"), wording.Count(tensors, "tensor", "tensors"))
		case changed:
			fmt.Fprintf(c.App.ErrWriter, "modelbom: added %s to the index: %s, %s\n", bom.Clean(entry.ID), wording.Count(parts, "part", "parts"), wording.Count(tensors, "tensor", "tensors"))
		default:
			fmt.Fprintf(c.App.ErrWriter, "modelbom: %s is in the index already; nothing changed\n", bom.Clean(entry.ID))
		}
	}
	return nil
}

// entryFlags reads what a curator states.
func entryFlags(c *cli.Context) (index.Entry, error) {
	e := index.Entry{Supplier: c.String("supplier"), Country: strings.ToUpper(c.String("country")), Released: c.String("released")}
	e.License = entryLicence(c, strings.TrimSpace(c.String("licence")))
	id, version, _ := strings.Cut(c.String("name"), "@")
	e.Group, e.Name, e.Version = "", id, version
	if i := strings.LastIndexByte(id, '/'); i > 0 {
		e.Group, e.Name = id[:i], id[i+1:]
	}
	if e.PURL = c.String("purl"); e.PURL != "" && !strings.HasPrefix(e.PURL, "pkg:") {
		return e, fmt.Errorf("--purl %q is no package URL", e.PURL)
	}
	if e.Country != "" && (len(e.Country) != 2 || strings.Trim(e.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return e, fmt.Errorf("--country %q is no code of two letters", c.String("country"))
	}
	if e.Released != "" {
		if _, err := time.Parse(time.DateOnly, e.Released); err != nil {
			return e, fmt.Errorf("--released %q is no date as 2026-01-31", e.Released)
		}
	}
	return e, nil
}

// entryLicence is a stated licence as an SPDX expression, as a card's statement is
// read. What is not known stays as it was stated, with a note: a typing error
// would else be found out by whoever reads the documents.
func entryLicence(c *cli.Context, stated string) string {
	if expression, ok := license.FromStatement(stated); ok {
		return expression
	}
	if expression, ok := license.FromURL(stated); ok {
		return expression
	}
	if stated != "" && !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: note: --licence %s names no one licence that is known; it is kept as stated, and documents conclude none from it\n", bom.Clean(strconv.Quote(stated)))
	}
	return stated
}

// describe completes an entry by what the fingerprint says of the model.
func describe(e *index.Entry, m *fingerprint.Model) {
	if e.Name == "" {
		e.Group, e.Name, e.Version, e.PURL = m.Group, m.Name, cmp.Or(e.Version, m.Version), cmp.Or(e.PURL, m.PURL)
	}
	e.ID = strings.TrimPrefix(e.Group+"/"+e.Name, "/")
	if e.Version != "" {
		e.ID += "@" + e.Version
	}
	most := int64(-1)
	for _, p := range m.Parts {
		if p.Family != "" && p.Parameters > most {
			e.Family, most = p.Family, p.Parameters
		}
	}
}

// An openIndexFunc is index.Open or index.OpenForWriting.
type openIndexFunc func(ctx context.Context, location string) (*index.Index, error)

// openIndex opens the index that --index names, or the default one.
func openIndex(c *cli.Context, open openIndexFunc) (*index.Index, error) {
	location, err := indexLocation(c)
	if err != nil {
		return nil, err
	}
	return openIndexAt(c.Context, location, open)
}

func indexLocation(c *cli.Context) (string, error) {
	if location := c.String("index"); location != "" {
		return location, nil
	}
	location, err := index.DefaultPath()
	if err != nil {
		return "", hint(err, "name one with --index PATH")
	}
	return location, nil
}

func openIndexAt(ctx context.Context, location string, open openIndexFunc) (*index.Index, error) {
	x, err := open(ctx, location)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(err, "\"modelbom index add REPO\" makes one")
	}
	return x, err
}

func indexListCommand() *cli.Command {
	return &cli.Command{Name: "list", Usage: "list the models in the index", UsageText: "modelbom index list", Flags: []cli.Flag{indexFlag()}, Action: indexList}
}

func indexList(c *cli.Context) error {
	if c.Args().Present() {
		return fmt.Errorf("list takes no argument")
	}
	x, err := openIndex(c, index.Open)
	if err != nil {
		return err
	}
	defer x.Close()
	entries, err := x.List(c.Context)
	if err != nil {
		return err
	}
	rows := [][]string{{"MODEL", "PARTS", "TENSORS", "READ", "LICENCE", "SUPPLIER"}}
	for _, e := range entries {
		supplier := e.Supplier
		if e.Country != "" {
			supplier = strings.TrimSpace(supplier + " (" + e.Country + ")")
		}
		rows = append(rows, []string{e.ID, fmt.Sprint(e.Parts), fmt.Sprint(e.Tensors), string(e.Mode), cmp.Or(e.License, "-"), cmp.Or(supplier, "-")})
	}
	return report.Table(c.App.Writer, rows, "lrrlll")
}

func indexInfoCommand() *cli.Command {
	return &cli.Command{Name: "info", Usage: "show the index, or one model of it", UsageText: "modelbom index info [ID]", Flags: []cli.Flag{indexFlag()}, Action: indexInfo}
}

func indexInfo(c *cli.Context) error {
	x, err := openIndex(c, index.Open)
	if err != nil {
		return err
	}
	defer x.Close()
	var b bytes.Buffer
	switch c.Args().Len() {
	case 0:
		err = describeIndex(c.Context, &b, x)
	case 1:
		err = describeModel(c.Context, &b, x, c.Args().First())
	default:
		err = fmt.Errorf("info takes one argument, not %d", c.Args().Len())
	}
	if err != nil {
		return err
	}
	_, err = c.App.Writer.Write(b.Bytes())
	return err
}

func describeIndex(ctx context.Context, w io.Writer, x *index.Index) error {
	entries, err := x.List(ctx)
	if err != nil {
		return err
	}
	digest, err := x.Digest(ctx)
	if err != nil {
		return err
	}
	parts, tensors := 0, 0
	for _, e := range entries {
		parts, tensors = parts+e.Parts, tensors+e.Tensors
	}
	fmt.Fprintf(w, "index    %s\nmodels   %d\nparts    %d\ntensors  %d\ndigest   %s\nsketches %s\n", bom.Clean(x.Name()), len(entries), parts, tensors, digest, fingerprint.SketchVersion)
	return nil
}

func describeModel(ctx context.Context, w io.Writer, x *index.Index, id string) error {
	e, m, err := x.Model(ctx, id)
	if err != nil {
		return hint(err, "\"modelbom index list\" shows what is there")
	}
	for _, line := range [][2]string{{"model", e.ID}, {"purl", e.PURL}, {"supplier", e.Supplier}, {"country", e.Country}, {"licence", e.License},
		{"family", e.Family}, {"released", e.Released}, {"read", string(e.Mode)}, {"digest", e.Digest}} {
		if line[1] != "" {
			fmt.Fprintf(w, "%-9s%s\n", line[0], bom.Clean(line[1]))
		}
	}
	rows := [][]string{{"PART", "TENSORS", "MATRICES", "PARAMETERS", "WEIGHTS DIGEST"}}
	for _, p := range m.Parts {
		matrices := 0
		for i := range p.Tensors {
			if p.Tensors[i].Class == fingerprint.Matrix {
				matrices++
			}
		}
		rows = append(rows, []string{p.Ref, fmt.Sprint(len(p.Tensors)), fmt.Sprint(matrices), fmt.Sprint(p.Parameters), cmp.Or(p.WeightsDigest, "-")})
	}
	fmt.Fprintln(w)
	return report.Table(w, rows, "lrrrl")
}

func indexRemoveCommand() *cli.Command {
	return &cli.Command{Name: "remove", Usage: "remove a model from the index", UsageText: "modelbom index remove ID", Flags: []cli.Flag{indexFlag(), quietFlag()}, Action: indexRemove}
}

func indexRemove(c *cli.Context) error {
	id, err := oneArgument(c, "a model's ID")
	if err != nil {
		return err
	}
	x, err := openIndex(c, index.Open) // which makes none where there is none
	if err != nil {
		return err
	}
	x.Close()
	if x, err = openIndex(c, index.OpenForWriting); err != nil {
		return err
	}
	defer x.Close()
	if err := x.Remove(c.Context, id); err != nil {
		return hint(err, "\"modelbom index list\" shows what is there")
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: removed %s from the index\n", bom.Clean(id))
	}
	return nil
}

func indexExportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write the index, or some models of it, for another machine", UsageText: "modelbom index export [ID]... [-o FILE]",
		Flags:  []cli.Flag{indexFlag(), &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` instead of standard output"}, quietFlag()},
		Action: indexExport,
	}
}

func indexExport(c *cli.Context) error {
	x, err := openIndex(c, index.Open)
	if err != nil {
		return err
	}
	defer x.Close()
	file := c.String("output")
	if file == "" || file == "-" {
		return x.Export(c.Context, c.App.Writer, c.Args().Slice()...)
	}
	return writeFileBy(file, func(w io.Writer) error { return x.Export(c.Context, w, c.Args().Slice()...) })
}

func indexImportCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "add the models that export wrote", UsageText: "modelbom index import FILE", Flags: []cli.Flag{indexFlag(), quietFlag()},
		Description: "FILE is what \"index export\" wrote, or - for standard input. Its digests are checked\n" +
			"before anything is added.",
		Action: indexImport,
	}
}

func indexImport(c *cli.Context) error {
	name, err := oneArgument(c, "an exported index")
	if err != nil {
		return err
	}
	r := c.App.Reader
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	x, err := openIndex(c, index.OpenForWriting)
	if err != nil {
		return err
	}
	defer x.Close()
	n, err := x.Import(c.Context, r)
	if err != nil {
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: imported %s; others were in the index already\n", wording.Count(n, "model", "models"))
	}
	return nil
}
