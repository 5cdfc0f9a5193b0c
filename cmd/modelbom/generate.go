package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/source"
)

func generateCommand() *cli.Command {
	return &cli.Command{
		Name:      "generate",
		Usage:     "write the bill of materials of a model repository",
		ArgsUsage: "REPO",
		UsageText: "modelbom generate REPO [-o FORMAT[@VERSION][=FILE]]...",
		Description: "REPO is a directory, a single weight file, or an entry of the Hugging Face hub\n" +
			"cache (models--OWNER--NAME, or a snapshot in it). Without -o a summary goes to\n" +
			"standard output. The parts' origins are looked up in the built-in catalogue and\n" +
			"in reference indexes (see \"modelbom index\"); -o fingerprint=FILE keeps what is\n" +
			"needed to compare the weights later. The exit code is 2 when there are findings of\n" +
			"medium severity or above: something stated is not so, such as a digest, an origin\n" +
			"or a licence, or an origin is found that nobody declares; else 4 when weights could\n" +
			"not be read. Everything is written first; --allow-gaps makes the 4 a 0.",
		Flags: []cli.Flag{
			outputFlag(),
			listFlag(),
			&cli.StringFlag{Name: "name", Usage: "call the model `NAME`, which may be GROUP/NAME"},
			&cli.StringFlag{Name: "version", Usage: "the model's `VERSION`"},
			&cli.StringFlag{Name: "supplier", Usage: "who supplies it: `ORGANISATION`"},
			&cli.StringFlag{Name: "timestamp", Usage: "write this `TIME` (RFC 3339 or seconds since 1970) into documents; default SOURCE_DATE_EPOCH, else none"},
			repeatable("digest", "also compute this `ALGORITHM` for every file: sha1, sha512, blake3"),
			&cli.BoolFlag{Name: "no-tensor-digests", Usage: "leave out digests of tensors and weights; saves time where the processor has no SHA extensions"},
			factsFlag(), policyFlag(), paramFlag(),
			repeatable("index", "search the reference index at `PATH|URL` for origins, several times if you like; default the one in your data directory, if it is there"),
			&cli.BoolFlag{Name: "no-index", Usage: "search no reference index, only the built-in catalogue"},
			&cli.BoolFlag{Name: "allow-gaps", Usage: "exit with 0 though weights could not be read"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on standard error but errors"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "list everything: origins, digests, files, all gaps"},
		},
		Action: generate,
	}
}

func generate(c *cli.Context) error {
	ref, err := oneArgument(c, "a repository")
	if err != nil {
		return err
	}
	outs, err := parseOutputs(listed(c, "output"))
	if err != nil {
		return err
	}
	options, err := inspectOptions(c, outs)
	if err != nil {
		return err
	}
	if err := forList(c, outs); err != nil {
		return err
	}
	if err := notHubCache(ref); err != nil {
		return err
	}
	policies, err := newChecker(c, "")
	if err != nil {
		return err
	}
	repo, err := source.Open(c.Context, ref)
	if err != nil {
		return err
	}
	defer repo.Close()
	if options.Indexes, err = openIndexes(c); err != nil {
		return err
	}
	defer closeIndexes(options.Indexes)
	options.LeaveOut = leftOut(ref, indexLocations(c))

	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	options.Progress = bar.update
	result, err := inspect.Repository(c.Context, repo, options)
	bar.close()
	if errors.Is(err, inventory.ErrNoModel) {
		return hint(err, "a model has weights, a config.json, an adapter, a tokenizer or a pipeline; is %q the right place?", ref)
	}
	if err != nil {
		return err
	}
	if err := applyFacts(c, result.Document); err != nil {
		return err
	}
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), c.Bool("verbose")}
	outs, err = e.fingerprint(result, outs)
	if err != nil {
		return err
	}
	if err := e.emit(result.Document, outs); err != nil {
		return err
	}
	return policies.generated(result.Document, outs, judge(c, result.Document, outs))
}

// openIndexes opens the indexes to search.
func openIndexes(c *cli.Context) ([]*index.Index, error) {
	if c.Bool("no-index") && len(listed(c, "index")) > 0 {
		return nil, errors.New("--index and --no-index exclude each other")
	}
	var list []*index.Index
	for _, location := range indexLocations(c) {
		x, err := openIndexAt(c.Context, location, index.Open)
		if err != nil {
			closeIndexes(list)
			if len(listed(c, "index")) == 0 {
				err = hint(fmt.Errorf("the default index: %w", err), "leave it out with --no-index")
			}
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// indexLocations are the indexes to search: those that --index names, else the
// default one, if it is there.
func indexLocations(c *cli.Context) []string {
	if c.Bool("no-index") {
		return nil
	}
	if locations := listed(c, "index"); len(locations) > 0 {
		return locations
	}
	name, err := index.DefaultPath()
	if err != nil {
		return nil // no home, no default
	}
	if _, err := os.Stat(name); err != nil {
		return nil
	}
	return []string{name}
}

func closeIndexes(list []*index.Index) {
	for _, x := range list {
		x.Close()
	}
}

// judge prints what a pipeline must not overlook, and makes unread weights an
// exit code of their own.
func judge(c *cli.Context, doc *bom.Document, outs []output) error {
	summary := len(outs) == 0 || slices.ContainsFunc(outs, func(o output) bool { return o.format == "text" && o.stdout() })
	unread := false
	for _, g := range doc.Gaps {
		if g.Kind.Weights() {
			unread = true
		}
		if !summary && !c.Bool("quiet") && (g.Kind.Weights() || c.Bool("verbose")) {
			fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: %s\n", report.GapLine(g))
		}
	}
	if !summary && !c.Bool("quiet") {
		for _, f := range doc.Findings {
			if f.Severity == bom.SeverityInfo && !c.Bool("verbose") {
				continue
			}
			fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: %s: %s: %s\n", bom.Clean(f.Rule), bom.Clean(cmp.Or(f.Path, string(f.Ref), "the model")), bom.Clean(f.Message))
		}
	}
	switch {
	case slices.ContainsFunc(doc.Findings, func(f bom.Finding) bool { return f.Severity.Grave() }):
		return errFindings
	case unread && !c.Bool("allow-gaps"):
		return errGaps
	}
	return nil
}

// notHubCache refuses the folder above the entries of the hub cache, in which
// every file would be counted twice, under its link and as a blob.
func notHubCache(ref string) error {
	entries, err := filepath.Glob(filepath.Join(ref, "models--*", "snapshots"))
	if err != nil || len(entries) == 0 {
		return nil
	}
	entry := filepath.Dir(entries[0])
	return hint(fmt.Errorf("%s holds the hub cache's entries and is no model itself", ref), "name one of them: %s", entry)
}

// noArgument refuses what a command does not take.
func noArgument(c *cli.Context, rest []string) error {
	if len(rest) == 0 {
		return nil
	}
	return hint(fmt.Errorf("%s does not take %q", c.Command.Name, rest[0]), "see %q", c.Command.HelpName+" --help")
}

func oneArgument(c *cli.Context, what string) (string, error) {
	switch args := c.Args().Slice(); {
	case len(args) == 0:
		return "", hint(fmt.Errorf("%s needs %s", c.Command.Name, what), "usage: %s", c.Command.UsageText)
	case len(args) > 1:
		return "", hint(fmt.Errorf("%s takes one argument, not %d", c.Command.Name, len(args)), "usage: %s", c.Command.UsageText)
	default:
		return args[0], nil
	}
}

func inspectOptions(c *cli.Context, outs []output) (inspect.Options, error) {
	o := inspect.Options{Name: c.String("name"), Version: c.String("version"), Supplier: c.String("supplier"),
		NoTensorDigests: c.Bool("no-tensor-digests"), Sketches: wantsFingerprint(outs), Tool: bom.Tool{Name: "modelbom", Version: buildVersion()}}
	var err error
	if o.Timestamp, err = timestamp(c.String("timestamp"), os.LookupEnv); err != nil {
		return o, err
	}
	for _, name := range listed(c, "digest") {
		a, ok := map[string]fingerprint.Algorithm{"sha256": fingerprint.SHA256, "sha512": fingerprint.SHA512, "sha1": fingerprint.SHA1,
			"blake3": fingerprint.BLAKE3}[strings.ToLower(strings.ReplaceAll(name, "-", ""))]
		if !ok {
			return o, hint(fmt.Errorf("there is no digest %q", name), "the digests are sha1, sha256, sha512, blake3")
		}
		o.Algorithms = append(o.Algorithms, a)
	}
	// SPDX 2.3 (clause 8.4) asks for a SHA-1 of every file.
	if slices.ContainsFunc(outs, func(o output) bool { return strings.HasPrefix(o.format, "spdx") && o.version == "2.3" }) {
		o.Algorithms = append(o.Algorithms, fingerprint.SHA1)
	}
	return o, nil
}

// timestamp is the time to write: the flag, else SOURCE_DATE_EPOCH
// (reproducible-builds.org, version 1.1), else none.
func timestamp(flag string, lookup func(string) (string, bool)) (time.Time, error) {
	value, name := flag, "--timestamp"
	if value == "" {
		v, ok := lookup("SOURCE_DATE_EPOCH")
		if !ok || v == "" {
			return time.Time{}, nil
		}
		value, name = v, "SOURCE_DATE_EPOCH"
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 && n < 1<<36 {
		return time.Unix(n, 0).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil && name == "--timestamp" {
		return t.UTC().Truncate(time.Second), nil
	}
	return time.Time{}, fmt.Errorf("%s %q is no time: give RFC 3339 or seconds since 1970", name, value)
}
