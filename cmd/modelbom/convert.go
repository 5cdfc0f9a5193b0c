package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/wording"
)

func convertCommand() *cli.Command {
	return &cli.Command{
		Name:      "convert",
		Usage:     "write a bill of materials in other formats",
		ArgsUsage: "BOM",
		UsageText: "modelbom convert BOM -o FORMAT[@VERSION][=FILE]...",
		Description: "BOM is a CycloneDX or SPDX document of any tool, or \"-\" for standard input.\n" +
			"What a format cannot say is noted, and stands in the new document as a gap.",
		Flags: []cli.Flag{
			outputFlag(),
			listFlag(),
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on standard error but errors"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "list every loss"},
		},
		Action: convert,
	}
}

func convert(c *cli.Context) error {
	name, err := oneArgument(c, "a document")
	if err != nil {
		return err
	}
	outs, err := parseOutputs(listed(c, "output"))
	if err != nil {
		return err
	}
	if wantsFingerprint(outs) {
		return errors.New("a document holds no weights: a fingerprint is written by \"modelbom generate\"")
	}
	if len(outs) == 0 {
		return hint(fmt.Errorf("convert needs -o"), "usage: %s", c.Command.UsageText)
	}
	if err := forList(c, outs); err != nil {
		return err
	}
	doc, losses, err := readDocument(c.App.Reader, name)
	if err != nil {
		return err
	}
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), c.Bool("verbose")}
	for _, l := range losses {
		doc.Gaps = append(doc.Gaps, bom.Gap{Kind: bom.GapLoss, Ref: l.Ref, Reason: bom.Cut(bom.Clean("not kept from "+doc.Format+": "+l.Field+": "+l.Reason), bom.MaxText)})
		if e.verbose {
			fmt.Fprintf(e.stderr, "modelbom: note: not kept from %s: %s\n", doc.Format, bom.Clean(l.String()))
		}
	}
	if len(losses) > 0 && !e.verbose && !e.quiet {
		fmt.Fprintf(e.stderr, "modelbom: note: %s of %s %s not kept; %s\n", wording.Count(len(losses), "thing", "things"), name, wording.Word(len(losses), "was", "were"), listedAs(len(losses), "in the new document"))
	}
	doc.Normalize()
	return e.emit(doc, outs)
}

func readDocument(stdin io.Reader, name string) (*bom.Document, []codec.Loss, error) {
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		r = f
	}
	doc, losses, err := codec.Decode(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return doc, losses, nil
}
