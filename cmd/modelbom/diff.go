package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/wording"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "tell what changed between two bills of materials",
		ArgsUsage: "OLD NEW",
		UsageText: "modelbom diff OLD NEW [-o text|markdown|json|html[=FILE]]... [--exit-code]",
		Description: "OLD and NEW are CycloneDX or SPDX documents of any tool, in the same format or in\n" +
			"different ones. Parts are matched by reference, package URL, role, digest and\n" +
			"name. How weights changed is told by their digests and, where those differ, by the\n" +
			"fingerprints of the two rounds (\"generate -o fingerprint=FILE\"): those that the\n" +
			"documents name and that lie beside them, or those that --fingerprints names. The\n" +
			"weights themselves are not needed. With --exit-code the exit code is 2 when\n" +
			"something changed.",
		Flags: []cli.Flag{
			reportFlag(diffFormats),
			repeatable("fingerprints", "take the fingerprints of the two rounds from `FILE|FOLDER`, several times if you like"),
			&cli.BoolFlag{Name: "exit-code", Usage: "exit with 2 when something changed"},
			quietFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "also list what was matched by what, and differences that are no changes"},
		},
		Action: diffDocuments,
	}
}

var diffFormats = []string{"text", "markdown", "json", "html"}

func diffDocuments(c *cli.Context) error {
	if c.Args().Len() != 2 {
		return hint(fmt.Errorf("diff needs two documents, not %d", c.Args().Len()), "usage: %s", c.Command.UsageText)
	}
	outs, err := reportOutputs(c, diffFormats)
	if err != nil {
		return err
	}
	var docs [2]*bom.Document
	for i := range docs {
		if docs[i], err = documentForReading(c, c.Args().Get(i)); err != nil {
			return err
		}
	}
	prints, err := findRounds(c, docs)
	if err != nil {
		return err
	}
	changes := diff.Documents(docs[0], docs[1], prints.options())
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), c.Bool("verbose")}
	write := func(o output, w io.Writer) error {
		switch o.format {
		case "json":
			data, err := diff.JSON(changes)
			if err == nil {
				_, err = w.Write(data)
			}
			return err
		case "markdown":
			return report.ChangesMarkdown(w, changes, report.MarkdownOptions{})
		case "html":
			return report.ChangesHTML(w, changes, report.HTMLOptions{})
		}
		return report.ChangesText(w, changes, report.TextOptions{Verbose: e.verbose, Color: e.colored(o)})
	}
	if err := e.render(outs, write); err != nil {
		return err
	}
	if c.Bool("exit-code") && !changes.Empty() {
		return errFindings
	}
	return nil
}

// documentForReading reads a document of any tool; what of it was not kept is
// noted on standard error.
func documentForReading(c *cli.Context, name string) (*bom.Document, error) {
	doc, losses, err := readDocument(c.App.Reader, name)
	if err != nil {
		return nil, err
	}
	if c.Bool("quiet") || len(losses) == 0 {
		return doc, nil
	}
	if !c.Bool("verbose") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: note: %s of %s %s listed with -v\n", wording.Count(len(losses), "thing", "things"), name,
			wording.Word(len(losses), "was not kept in reading; it is", "were not kept in reading; they are"))
		return doc, nil
	}
	for _, l := range losses {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: note: not kept from %s: %s\n", name, bom.Clean(l.String()))
	}
	return doc, nil
}
