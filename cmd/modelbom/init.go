package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/source"
)

// factsFile is what a file of facts is called by habit.
const factsFile = "modelbom.yaml"

func initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "begin a file of the facts that only people know",
		ArgsUsage: "[REPO|BOM]",
		UsageText: "modelbom init [REPO|BOM] [-o modelbom.yaml] [--force]",
		Description: "REPO is a model repository, by default the current directory; BOM is a CycloneDX or\n" +
			"SPDX document (a name that ends in .json, .xml or .spdx, or \"-\"). The file lists the\n" +
			"parts with their digests, the upstreams and the data sets, with what is known of\n" +
			"each, and asks in comments for what is not: the author of the document, the producer and\n" +
			"its country, the time of release, training data and computation, security reviews, how\n" +
			"parts can be replaced, exceptions. \"generate --facts FILE\" puts the answers into documents.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: factsFile, Usage: "write to `FILE`; default " + factsFile + "; - is standard output"},
			&cli.BoolFlag{Name: "force", Usage: "write over a file that is there"},
			quietFlag(),
		},
		Action: initFacts,
	}
}

func initFacts(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return hint(fmt.Errorf("init takes one argument, not %d", c.Args().Len()), "usage: %s", c.Command.UsageText)
	}
	out := output{format: "facts", file: c.String("output")}
	if !c.Bool("force") && !out.stdout() {
		if _, err := os.Lstat(out.file); err == nil {
			return hint(fmt.Errorf("%s is there already", out.file), "write over it with --force, or to another file with -o")
		}
	}
	doc, err := documentToState(c, cmp.Or(c.Args().First(), "."))
	if err != nil {
		return err
	}
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), false}
	return e.write(out, facts.Template(doc))
}

// documentToState is the document to state facts about: one that is there, or
// what a repository shows without an index.
func documentToState(c *cli.Context, name string) (*bom.Document, error) {
	if isDocument(name) {
		return documentForReading(c, name)
	}
	if err := notHubCache(name); err != nil {
		return nil, err
	}
	repo, err := source.Open(c.Context, name)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	result, err := inspect.Repository(c.Context, repo, inspect.Options{Progress: bar.update, Tool: bom.Tool{Name: "modelbom", Version: buildVersion()}})
	bar.close()
	if errors.Is(err, inventory.ErrNoModel) {
		return nil, hint(err, "name a model repository, or a bill of materials: modelbom init REPO|BOM")
	}
	if err != nil {
		return nil, err
	}
	return result.Document, nil
}

// isDocument reports a name of a bill of materials rather than of a repository.
func isDocument(name string) bool {
	if name == "-" {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.IsDir() && slices.Contains([]string{".json", ".xml", ".spdx"}, strings.ToLower(filepath.Ext(name)))
}
