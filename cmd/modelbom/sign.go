package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/sign"
	"github.com/modelbom/modelbom/pkg/wording"
)

func signCommand() *cli.Command {
	return &cli.Command{
		Name:      "sign",
		Usage:     "sign a repository, or a bill of materials, with a key",
		ArgsUsage: "REPO|BOM",
		UsageText: "modelbom sign REPO --key KEY.pem [-o model.sig]\n" +
			"  modelbom sign BOM --key KEY.pem [--model REPO | --bundle model.sig] [-o BOM.sig]\n" +
			"  modelbom sign --new-key KEY.pem",
		Description: "A repository's signature lists every file with its digest (OpenSSF Model Signing\n" +
			"v1.0; model-signing verifies it too). A document's signature holds the document\n" +
			"(CycloneDX or SPDX in JSON), the digests of the weight files that it names and, with\n" +
			"--model or --bundle, the digest of the whole repository; those two also make sure\n" +
			"that the document describes it, and exit with 2 when it does not.\n\n" +
			"Keys are PEM files: ECDSA on P-256, P-384 or P-521, for documents also Ed25519.\n" +
			"--new-key makes one, and so does\n" +
			"  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY.pem\n" +
			"  openssl pkey -in KEY.pem -pubout -out KEY.pem.pub\n" +
			"No network is used: there are no keyless signatures.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", Usage: "sign with the private key in `FILE`; default the file that MODELBOM_SIGNING_KEY names"},
			&cli.StringFlag{Name: "new-key", Usage: "only make a key: the private one in `FILE`, which nobody else can read, the public one in FILE.pub"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the signature to `FILE`; default model.sig, or the document's name with .sig; - is standard output"},
			&cli.StringFlag{Name: "model", Usage: "the document describes the repository `REPO`"},
			&cli.StringFlag{Name: "bundle", Usage: "the document describes the repository whose signature, by the same key, is `FILE`"},
			&cli.StringFlag{Name: "certificate", Usage: "put the certificates in `FILE` into a repository's signature, that of the key first; it is then verified with --ca"},
			ignoreFlag(),
			linksFlag(),
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on standard error but errors"},
		},
		Action: signSomething,
	}
}

func ignoreFlag() cli.Flag {
	return repeatable("ignore", "leave out the file or folder `PATH` of the repository, several times if you like; "+
		strings.Join(sign.DefaultIgnored(), ", ")+" and the signature itself are left out anyway")
}

func linksFlag() cli.Flag {
	return &cli.BoolFlag{Name: "allow-symlinks", Usage: "take symbolic links for what they lead to, where that lies in the repository"}
}

func signSomething(c *cli.Context) error {
	if c.IsSet("new-key") {
		if c.Args().Present() {
			return hint(errors.New("--new-key only makes a key and takes no argument"), "sign with it afterwards: --key %s", c.String("new-key"))
		}
		return makeKey(c, c.String("new-key"))
	}
	ref, err := oneArgument(c, "a repository or a document")
	if err != nil {
		return err
	}
	key, err := signingKey(c)
	if err != nil {
		return err
	}
	document, err := looksLikeDocument(ref)
	if err != nil {
		return err
	}
	if document {
		return signDocument(c, ref, key)
	}
	if c.IsSet("model") || c.IsSet("bundle") {
		return fmt.Errorf("--model and --bundle belong to a document, and %s is none", ref)
	}
	return signRepository(c, ref, key)
}

// signingKey reads the private key. No error names the value of the flag or of
// the variable: people put keys there by mistake.
func signingKey(c *cli.Context) (*sign.PrivateKey, error) {
	name, from := c.String("key"), "--key"
	if name == "" {
		name, from = os.Getenv("MODELBOM_SIGNING_KEY"), "MODELBOM_SIGNING_KEY"
	}
	if name == "" {
		return nil, hint(errors.New("sign needs --key"), "\"modelbom sign --new-key KEY.pem\" makes a key")
	}
	data, err := keyFile(name, from)
	if err != nil {
		return nil, err
	}
	key, err := sign.ReadPrivateKey(data)
	if err != nil {
		return nil, keyHint(fmt.Errorf("the key that %s names: %w", from, err))
	}
	return key, nil
}

// keyFile reads a key or certificate file.
func keyFile(name, from string) ([]byte, error) {
	if strings.Contains(name, "-----BEGIN") || strings.ContainsAny(name, "\r\n") {
		return nil, fmt.Errorf("%s wants the name of a file, not its content", from)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file that %s names: %w", from, bare(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, sign.MaxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("the file that %s names: %w", from, bare(err))
	}
	return data, nil
}

// keyHint says what helps with a key.
func keyHint(err error) error {
	switch {
	case errors.Is(err, sign.ErrEncryptedKey):
		return hint(err, "\"openssl pkey -in KEY -out PLAIN.pem\" writes it without its pass phrase")
	case errors.Is(err, sign.ErrPublicKey):
		return hint(err, "signing takes the private key")
	case errors.Is(err, sign.ErrPrivateKey):
		return hint(err, "verifying takes the public key; \"openssl pkey -in KEY -pubout -out PUB.pem\" writes it")
	case errors.Is(err, sign.ErrCertificate), errors.Is(err, sign.ErrByCertificate):
		return hint(err, "a signature by certificate is verified with --ca, which names the authority's")
	case errors.Is(err, sign.ErrNoCertificate):
		return hint(err, "verify it with --key and the public key")
	case errors.Is(err, sign.ErrKeyless):
		return hint(err, "it needs a network to verify; cosign and model-signing do")
	case errors.Is(err, sign.ErrKeyType):
		return hint(err, "\"modelbom sign --new-key KEY.pem\" makes one that works everywhere")
	}
	return err
}

// makeKey writes a new pair of keys and replaces nothing.
func makeKey(c *cli.Context, name string) error {
	if name == "" {
		return errors.New("--new-key names no file")
	}
	private, public, err := sign.NewKey()
	if err != nil {
		return err
	}
	if err := writeNew(name, private, 0o600); err != nil {
		return err
	}
	if err := writeNew(name+".pub", public, 0o666); err != nil {
		os.Remove(name)
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: wrote %s (private key, keep it secret) and %s.pub (public key, give it to those who verify)\n", name, name)
	}
	return nil
}

func writeNew(name string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, bare(err))
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(name)
		return fmt.Errorf("write %s: %w", name, bare(err))
	}
	return nil
}

func signRepository(c *cli.Context, ref string, key *sign.PrivateKey) error {
	out := c.String("output")
	if out == "" {
		out = "model.sig"
	}
	if err := replaceable(out); err != nil {
		return err
	}
	chain, err := certificates(c, "certificate")
	if err != nil {
		return err
	}
	m, err := readManifest(c, ref, out)
	if err != nil {
		return err
	}
	data, err := m.Bundle(key, chain)
	if err != nil {
		return keyHint(err)
	}
	return writeSignature(c, out, data, "signature of "+wording.Count(len(m.Resources), "file", "files"))
}

func certificates(c *cli.Context, flag string) ([]*x509.Certificate, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	data, err := keyFile(c.String(flag), "--"+flag)
	if err != nil {
		return nil, err
	}
	list, err := sign.ReadCertificates(data)
	if err != nil {
		return nil, fmt.Errorf("the file that --%s names: %w", flag, err)
	}
	return list, nil
}

// readManifest reads all bytes of a repository; own are files of this run that
// may lie in it.
func readManifest(c *cli.Context, ref string, own ...string) (*sign.Manifest, error) {
	t, err := openTree(c.Context, ref)
	if err != nil {
		return nil, err
	}
	defer t.close()
	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	defer bar.close()
	m, err := sign.NewManifest(c.Context, &t.Tree, t.options(c, bar, own))
	switch {
	case errors.Is(err, sign.ErrLinks):
		return nil, hint(err, "--allow-symlinks signs what links lead to, --ignore PATH leaves them out")
	case err != nil && c.Err() == nil:
		return nil, hint(err, "--ignore PATH leaves a file or folder out")
	}
	return m, err
}

func (t *tree) options(c *cli.Context, bar *progress, own []string) sign.Options {
	o := sign.Options{Ignored: listed(c, "ignore"), Links: c.Bool("allow-symlinks")}
	for _, name := range own {
		if p, ok := t.inside(name); ok {
			o.Ignored = append(o.Ignored, p)
		}
	}
	o.Progress = func(read, total int64) { bar.update(inspect.Progress{Read: read, Total: total}) }
	return o
}

func signDocument(c *cli.Context, name string, key *sign.PrivateKey) error {
	if c.IsSet("certificate") {
		return errors.New("--certificate belongs to the signature of a repository")
	}
	if c.IsSet("model") && c.IsSet("bundle") {
		return errors.New("--model and --bundle exclude each other")
	}
	out := c.String("output")
	if out == "" {
		out = name + ".sig"
	}
	if err := replaceable(out); err != nil {
		return err
	}
	a, files, err := attest(name)
	if err != nil {
		return err
	}
	m, err := described(c, key.Public(), name, out)
	if err != nil {
		return err
	}
	if m != nil {
		differences, err := a.Describe(m, files)
		if err != nil {
			return err
		}
		if len(differences) > 0 {
			printDifferences(c.App.Writer, differences)
			fmt.Fprintf(c.App.Writer, "not signed: %s does not describe that model\n", bom.Clean(name))
			return errFindings
		}
	}
	data, err := a.Sign(key)
	if err != nil {
		return keyHint(err)
	}
	return writeSignature(c, out, data, "signature of a document and "+wording.Count(len(a.Weights), "weight file", "weight files"))
}

// attest reads a document and says what it states about files.
func attest(name string) (*sign.Attestation, map[string]string, error) {
	data, err := readDocumentBytes(name)
	if err != nil {
		return nil, nil, err
	}
	doc, _, err := codec.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	a, err := sign.NewAttestation(filepath.Base(name), data)
	if err != nil {
		return nil, nil, hint(fmt.Errorf("%s: %w", name, err), "\"modelbom convert %s -o cyclonedx-json=FILE\" writes one", name)
	}
	files := documentFiles(doc)
	for _, f := range files {
		if f.weights {
			a.Weights[f.path] = f.sha256
		}
	}
	return a, digestsOf(files), nil
}

// described is the manifest of the model that --model or --bundle names, nil
// without either.
func described(c *cli.Context, key *sign.PublicKey, own ...string) (*sign.Manifest, error) {
	switch {
	case c.IsSet("model"):
		return readManifest(c, c.String("model"), own...)
	case c.IsSet("bundle"):
		s, err := readSignature(c.String("bundle"))
		if err != nil {
			return nil, err
		}
		payload, err := s.Verify(key)
		if err == nil {
			var m *sign.Manifest
			if m, err = sign.ReadManifest(payload); err == nil {
				return m, nil
			}
		}
		return nil, hint(fmt.Errorf("%s: %w", c.String("bundle"), err), "--model REPO reads the repository itself")
	}
	return nil, nil
}

func readSignature(name string) (*sign.Signature, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := sign.ReadSignature(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// replaceable refuses to write a signature over what is none: a slip of the hand
// must not cost weights or a key.
func replaceable(name string) error {
	info, err := os.Stat(name)
	if name == "-" || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	if _, err := readSignature(name); err != nil {
		return hint(fmt.Errorf("%s is there and is no signature; it is not replaced", name), "name another file with -o")
	}
	return nil
}

func writeSignature(c *cli.Context, name string, data []byte, what string) error {
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), false}
	if name == "-" {
		name = ""
	}
	return e.write(output{format: what, file: name}, data)
}
