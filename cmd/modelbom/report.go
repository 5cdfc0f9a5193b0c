package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/report"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "show a bill of materials as a page, as Markdown or as text",
		ArgsUsage: "BOM",
		UsageText: "modelbom report BOM [-o html|markdown|text[=FILE]]...",
		Description: "BOM is a CycloneDX or SPDX document of any tool, or \"-\" for standard input. The\n" +
			"page is one file that needs nothing else: no network, no script. It shows the\n" +
			"parts with their origins and licences as a picture and in tables, the evidence\n" +
			"layer by layer, findings, and what was not seen. Without -o the text goes to\n" +
			"standard output. Two documents are compared by \"modelbom diff\".",
		Flags: []cli.Flag{
			reportFlag(documentFormats),
			quietFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "list everything in text: origins, digests, files, all gaps"},
		},
		Action: reportDocument,
	}
}

var documentFormats = []string{"text", "markdown", "html"}

func reportDocument(c *cli.Context) error {
	name, err := oneArgument(c, "a document")
	if err != nil {
		return err
	}
	outs, err := reportOutputs(c, documentFormats)
	if err != nil {
		return err
	}
	doc, err := documentForReading(c, name)
	if err != nil {
		return err
	}
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), c.Bool("verbose")}
	return e.render(outs, func(o output, w io.Writer) error { return e.show(doc, o.format, w) })
}

// reportFlag is the -o flag of commands that write for people.
func reportFlag(formats []string) cli.Flag {
	return repeatable("output", "write `FORMAT[=FILE]`, several times if you like: "+strings.Join(formats, ", "), "o")
}

// reportOutputs reads the -o flags of a command whose formats have no versions.
// Without any, the first format goes to standard output.
func reportOutputs(c *cli.Context, formats []string) ([]output, error) {
	values := listed(c, "output")
	if len(values) == 0 {
		return []output{{format: formats[0]}}, nil
	}
	var outs []output
	taken := destinations{}
	for _, v := range values {
		format, file, named := strings.Cut(v, "=")
		if named && file == "" {
			return nil, fmt.Errorf("-o %s names no file", v)
		}
		if !slices.Contains(formats, format) {
			return nil, hint(fmt.Errorf("%s has no format %q", c.Command.Name, format), "the formats are %s", strings.Join(formats, ", "))
		}
		o := output{format: format, file: file}
		if err := taken.take(o, format); err != nil {
			return nil, err
		}
		outs = append(outs, o)
	}
	return outs, nil
}

// destinations are the places that outputs go to, each taken once.
type destinations map[string]bool

// take refuses an output, given as spec, that goes where another one does.
func (d destinations) take(o output, spec string) error {
	key := "-"
	if !o.stdout() {
		key = place(o.file)
	}
	switch {
	case !d[key]:
		d[key] = true
		return nil
	case key == "-":
		return hint(errors.New("two outputs cannot both go to standard output"), "give one a file: -o %s=FILE", spec)
	}
	return fmt.Errorf("two outputs go to %q", o.file)
}

// render makes all outputs before it writes any, so that one that cannot be made
// leaves no half set of files.
func (e *emitter) render(outs []output, show func(o output, w io.Writer) error) error {
	made := make([]bytes.Buffer, len(outs))
	for i, o := range outs {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if err := show(o, &made[i]); err != nil {
			return err
		}
	}
	for i, o := range outs {
		if err := e.write(o, made[i].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// show writes a document for people.
func (e *emitter) show(d *bom.Document, format string, w io.Writer) error {
	switch format {
	case "markdown":
		return report.Markdown(w, d, report.MarkdownOptions{})
	case "html":
		return report.HTML(w, d, report.HTMLOptions{})
	}
	return report.Text(w, d, report.TextOptions{Verbose: e.verbose})
}

// colored reports whether an output goes to a terminal that is not told to do
// without colour (no-color.org).
func (e *emitter) colored(o output) bool {
	f, ok := e.stdout.(*os.File)
	return ok && o.stdout() && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
