package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/sign"
	"github.com/modelbom/modelbom/pkg/wording"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "verify the signature of a repository or of a bill of materials",
		ArgsUsage: "REPO|BOM",
		UsageText: "modelbom verify REPO --signature model.sig --key PUB.pem\n" +
			"  modelbom verify BOM --signature BOM.sig --key PUB.pem [--model REPO]",
		Description: "Verifies the signature first, then compares with what was signed: the bytes of\n" +
			"every file of a repository, or the bytes of a document and, with --model, those\n" +
			"of the files that it describes. Everything that differs is listed. The exit code is\n" +
			"0 when all is as it was signed, 2 when something is not, 1 when nothing could be\n" +
			"told. Signatures of other tools are verified too: bundles of OpenSSF Model Signing\n" +
			"v1.0 by key or certificate, DSSE envelopes with a CycloneDX or SPDX predicate.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "signature", Usage: "the signature is in `FILE`"},
			&cli.StringFlag{Name: "key", Usage: "verify with the public key in `FILE`"},
			&cli.StringFlag{Name: "ca", Usage: "instead of a key, trust certificates that the authorities in `FILE` stand for"},
			&cli.StringFlag{Name: "model", Usage: "compare the repository `REPO` with a document's signature"},
			ignoreFlag(),
			linksFlag(),
			&cli.BoolFlag{Name: "ignore-unsigned-files", Usage: "do not mind files that nobody signed"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on standard error but errors"},
		},
		Action: verify,
	}
}

func verify(c *cli.Context) error {
	ref, err := oneArgument(c, "a repository or a document")
	if err != nil {
		return err
	}
	document, err := looksLikeDocument(ref)
	if err != nil {
		return err
	}
	if c.IsSet("model") && !document {
		return fmt.Errorf("--model belongs to a document, and %s is none", ref)
	}
	payload, err := verifySignature(c)
	if err != nil {
		return err
	}
	if document {
		return verifyDocument(c, ref, payload)
	}
	m, err := sign.ReadManifest(payload)
	if errors.Is(err, sign.ErrPredicate) {
		return hint(fmt.Errorf("%s: %w", c.String("signature"), err), "a document is verified by its own name, with --model for its repository")
	} else if err != nil {
		return fmt.Errorf("%s: %w", c.String("signature"), err)
	}
	check, err := checkTree(c, ref, nil, func(t *sign.Tree, o sign.Options) (*sign.Check, error) { return m.Check(c.Context, t, o) })
	if err != nil {
		return err
	}
	return conclude(c.App.Writer, check.Differences)
}

// verifySignature returns what was signed. A bad signature ends the run: what
// it states may be anyone's, and to compare it would say nothing.
func verifySignature(c *cli.Context) ([]byte, error) {
	name := c.String("signature")
	switch {
	case name == "":
		return nil, hint(errors.New("verify needs --signature"), "usage: %s", c.Command.UsageText)
	case c.IsSet("key") == c.IsSet("ca"):
		return nil, hint(errors.New("verify needs either --key or --ca"), "usage: %s", c.Command.UsageText)
	}
	by, verify, err := verifier(c)
	if err != nil {
		return nil, err
	}
	s, err := readSignature(name)
	if err != nil {
		return nil, err
	}
	payload, subject, err := verify(s)
	var mismatch *sign.MismatchError
	switch {
	case errors.As(err, &mismatch):
		fmt.Fprintf(c.App.Writer, "signature    %s: %s\n", bom.Clean(name), bom.Clean(mismatch.Reason))
		fmt.Fprintln(c.App.Writer, "not verified: nothing else was compared, since anyone may have written what a bad signature states")
		return nil, errFindings
	case err != nil:
		return nil, keyHint(fmt.Errorf("%s: %w", name, err))
	}
	fmt.Fprintf(c.App.Writer, "signature    good, by %s\n", bom.Clean(by+subject))
	return payload, nil
}

// verifier is what verifies, by the flags, and its name.
func verifier(c *cli.Context) (string, func(*sign.Signature) ([]byte, string, error), error) {
	if c.IsSet("ca") {
		roots, err := certificates(c, "ca")
		return "the certificate ", func(s *sign.Signature) ([]byte, string, error) { return s.VerifyChain(roots, time.Now()) }, err
	}
	data, err := keyFile(c.String("key"), "--key")
	if err != nil {
		return "", nil, err
	}
	key, err := sign.ReadPublicKey(data)
	if err != nil {
		return "", nil, keyHint(fmt.Errorf("the key that --key names: %w", err))
	}
	by := fmt.Sprintf("the %s key %s", key.Name(), key.Fingerprint())
	return by, func(s *sign.Signature) ([]byte, string, error) {
		payload, err := s.Verify(key)
		return payload, "", err
	}, nil
}

// checkTree compares a repository and prints what of it was compared. own are
// files of this run besides the signature that may lie in it.
func checkTree(c *cli.Context, ref string, own []string, check func(*sign.Tree, sign.Options) (*sign.Check, error)) (*sign.Check, error) {
	t, err := openTree(c.Context, ref)
	if err != nil {
		return nil, err
	}
	defer t.close()
	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	o := t.options(c, bar, append(own, c.String("signature")))
	o.Unsigned = c.Bool("ignore-unsigned-files")
	result, err := check(&t.Tree, o)
	bar.close()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c.App.Writer, "files        %d compared, %d bytes\n", result.Files, result.Bytes)
	return result, nil
}

func verifyDocument(c *cli.Context, name string, payload []byte) error {
	data, err := readDocumentBytes(name)
	if err != nil {
		return err
	}
	a, err := sign.ReadAttestation(payload)
	if err != nil {
		return fmt.Errorf("%s: %w", c.String("signature"), err)
	}
	var differences []sign.Difference
	if same, detail := a.CheckDocument(data); same {
		fmt.Fprintf(c.App.Writer, "document     %s is as it was signed\n", bom.Clean(name))
	} else {
		differences = append(differences, sign.Difference{Kind: sign.Differs, Path: name, Detail: detail})
	}
	if !c.IsSet("model") {
		fmt.Fprintf(c.App.Writer, "model        not compared; --model REPO compares it\n")
		return conclude(c.App.Writer, differences)
	}
	// The files are those of the signed document, not those of the one at hand.
	doc, _, err := codec.Decode(bytes.NewReader(a.Predicate))
	if err != nil {
		return fmt.Errorf("%s: the signed document: %w", c.String("signature"), err)
	}
	files := digestsOf(documentFiles(doc))
	check, err := checkTree(c, c.String("model"), []string{name}, func(t *sign.Tree, o sign.Options) (*sign.Check, error) {
		return a.CheckTree(c.Context, t, files, o)
	})
	if err != nil {
		return err
	}
	return conclude(c.App.Writer, append(differences, check.Differences...))
}

func conclude(w io.Writer, differences []sign.Difference) error {
	if len(differences) == 0 {
		fmt.Fprintln(w, "verified")
		return nil
	}
	printDifferences(w, differences)
	fmt.Fprintf(w, "not verified: %s\n", wording.Count(len(differences), "thing differs", "things differ"))
	return errFindings
}

func printDifferences(w io.Writer, list []sign.Difference) {
	for _, d := range list {
		line := bom.CleanPath(d.Path)
		if d.From != "" {
			line += ", signed as " + bom.CleanPath(d.From)
		}
		if d.Detail != "" {
			if line != "" {
				line += ": "
			}
			line += bom.Clean(d.Detail)
		}
		fmt.Fprintf(w, "%-12s %s\n", d.Kind, line)
	}
}
