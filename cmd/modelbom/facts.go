package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
)

// factsFlag is shared by the commands that take facts. The file is read before the
// command begins, and once: it may be a pipe, and a mistake in it should be known
// before a long run.
func factsFlag() cli.Flag {
	return &cli.StringFlag{Name: "facts", Usage: "state what `FILE` says: producer, release, reviews, exceptions; \"modelbom init\" begins one",
		Action: func(c *cli.Context, name string) error {
			stated, err := readFacts(name)
			c.App.Metadata[metadataFacts] = stated
			return err
		}}
}

// metadataFacts is where the facts that were read wait for the command.
const metadataFacts = "facts"

func readFacts(name string) (*statedFacts, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, hint(err, "%q begins such a file", "modelbom init")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, facts.MaxSize+1))
	if err != nil {
		return nil, err
	}
	stated, err := facts.Read(bytes.NewReader(data))
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", name, err), "docs/facts.md describes every key")
	}
	return &statedFacts{stated, bom.Input{Name: filepath.Base(name), Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data))}}, nil
}

// statedFacts are the facts of a file, with its name and digest.
type statedFacts struct {
	*facts.Facts
	source bom.Input
}

// applyFacts writes the facts that --facts names into a document, and warns of
// what does not fit. A problem that is a finding too is left to whoever shows
// the findings.
func applyFacts(c *cli.Context, doc *bom.Document) error {
	stated, _ := c.App.Metadata[metadataFacts].(*statedFacts)
	if stated == nil {
		return nil
	}
	for _, p := range facts.Apply(doc, stated.Facts, stated.source) {
		if p.Rule == "" && !c.Bool("quiet") {
			fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: %s: %s\n", stated.source.Name, bom.Clean(p.String()))
		}
	}
	return doc.Validate()
}
