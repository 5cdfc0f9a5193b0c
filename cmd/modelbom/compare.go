package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/origin"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/source"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "compare the weights of two models, part against part and layer against layer",
		UsageText: "modelbom compare MODEL REFERENCE",
		Description: "MODEL and REFERENCE are repositories, or fingerprints that \"generate -o\n" +
			"fingerprint=FILE\" wrote. Every part of MODEL is compared with the part of REFERENCE\n" +
			"that fits it best; no index is needed. --sparse reads only samples of the weights.\n" +
			"--deep reads both in full and undoes permutations and changes of sign in the\n" +
			"residual stream before it compares.",
		Flags: []cli.Flag{
			reportFlag(comparisonFormats),
			&cli.BoolFlag{Name: "sparse", Usage: "read only samples of the weights: fast, without digests and row sets"},
			&cli.BoolFlag{Name: "deep", Usage: "read all weights and undo permutations and changes of sign first"},
			quietFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "show every layer, role and tensor"},
		},
		Action: compareModels,
	}
}

var comparisonFormats = []string{"text", "json"}

func compareModels(c *cli.Context) error {
	if c.Args().Len() != 2 {
		return hint(fmt.Errorf("compare needs two models, not %d", c.Args().Len()), "usage: %s", c.Command.UsageText)
	}
	if c.Bool("sparse") && c.Bool("deep") {
		return errors.New("--sparse and --deep exclude each other")
	}
	outs, err := reportOutputs(c, comparisonFormats)
	if err != nil {
		return err
	}
	a, err := fingerprintOf(c, c.Args().Get(0), c.Bool("sparse"), nil)
	if err != nil {
		return err
	}
	b, err := fingerprintOf(c, c.Args().Get(1), c.Bool("sparse"), nil)
	if err != nil {
		return err
	}
	x := comparison{a: a, b: b, pairs: origin.Pairs(a, b), verbose: c.Bool("verbose")}
	if c.Bool("deep") {
		if err := x.deeper(c); err != nil {
			return err
		}
	}
	return x.write(c, outs)
}

// fingerprintOf reads a model's fingerprint: from a repository, or from a file
// that holds one. Files of a repository can be left out, see leftOut.
func fingerprintOf(c *cli.Context, ref string, sparse bool, without map[string]string) (*fingerprint.Model, error) {
	if m, err := fingerprintFile(ref); m != nil || err != nil {
		return m, err
	}
	if err := notHubCache(ref); err != nil {
		return nil, err
	}
	repo, err := source.Open(c.Context, ref)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	m, gaps, err := inspect.Fingerprint(c.Context, repo, inspect.Options{Progress: bar.update, Sparse: sparse, LeaveOut: without})
	bar.close()
	if errors.Is(err, inventory.ErrNoModel) {
		return nil, hint(fmt.Errorf("%s: %w", ref, err), "a model has weights, a config.json, an adapter, a tokenizer or a pipeline; is %q the right place?", ref)
	}
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		if g.Kind.Weights() && !c.Bool("quiet") {
			fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: %s\n", report.GapLine(g))
		}
	}
	return m, nil
}

// fingerprintFile reads a fingerprint file, and returns nil for anything else.
func fingerprintFile(name string) (*fingerprint.Model, error) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head)
	if !bytes.Contains(head[:n], []byte(`"`+fingerprint.FormName+`"`)) {
		return nil, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := fingerprint.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// A comparison is what compare prints.
type comparison struct {
	a, b    *fingerprint.Model
	pairs   []origin.Pair
	verbose bool
	deep    map[string]*inspect.DeepResult // by A's part, with --deep
}

func (x *comparison) write(c *cli.Context, outs []output) error {
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), x.verbose}
	return e.render(outs, func(o output, w io.Writer) error {
		if o.format == "json" {
			return x.json(w)
		}
		return x.text(w)
	})
}

func modelLabel(m *fingerprint.Model) string {
	return bom.Clean(strings.TrimPrefix(m.Group+"/"+m.Name, "/"))
}

func (x *comparison) text(w io.Writer) error {
	fmt.Fprintf(w, "%s against %s\n\n", modelLabel(x.a), modelLabel(x.b))
	rows := [][]string{{"PART", "AGAINST", "VERDICT", "EVIDENCE", "AGREEMENT", "DISTANCE", "UNCHANGED"}}
	for _, p := range x.pairs {
		against := "-"
		if p.B != nil {
			against = strings.TrimPrefix(p.B.Ref, "part:")
		}
		agreement, distance, frozen := "-", "-", "-"
		if r := p.Result; r != nil && r.Bits > 0 {
			agreement = fmt.Sprintf("%.3f", r.Agreement)
			if r.RelatedBits > 0 {
				agreement = fmt.Sprintf("%.3f", r.RelatedAgreement)
			} else if r.Reordered > 0 {
				agreement = "-" // rows at other places: signs tell nothing
			}
			if p.Verdict.Found() {
				distance = fmt.Sprintf("%.3f", r.Delta)
			}
			if p.Verdict.Found() && p.Verdict != bom.VerdictRequantised {
				frozen = fmt.Sprintf("%.1f %%", 100*r.Frozen)
			}
		}
		if d := x.supported(p); d != nil {
			rows = append(rows, deepRow(p, against, d))
			continue
		}
		rows = append(rows, []string{strings.TrimPrefix(p.A.Ref, "part:"), against, string(p.Verdict), string(p.Strength), agreement, distance, frozen})
	}
	if err := report.Table(w, rows, "llllrrr"); err != nil {
		return err
	}
	for _, p := range x.pairs {
		fmt.Fprintln(w)
		if err := report.Paragraph(w, p.Sentence, "  "); err != nil {
			return err
		}
		if p.Limits != "" {
			if err := report.Paragraph(w, p.Limits, "  "); err != nil {
				return err
			}
		}
		if x.verbose && p.Result != nil {
			if err := x.detail(w, p); err != nil {
				return err
			}
		}
		if err := deepText(w, x.deep[p.A.Ref], x.verbose); err != nil {
			return err
		}
	}
	return nil
}

// detail prints the record of one pair.
func (x *comparison) detail(w io.Writer, p origin.Pair) error {
	fmt.Fprintln(w)
	for _, e := range origin.Evidence(p.Result) {
		if strings.HasPrefix(e.Key, "layers:") || strings.HasPrefix(e.Key, "role:") {
			continue
		}
		if err := report.Paragraph(w, e.Key+": "+e.Value, "    "); err != nil {
			return err
		}
	}
	if len(p.Result.Layers) > 0 {
		rows := [][]string{{"LAYER", "OF", "AGREEMENT", "Z", "BITS", "DISTANCE", "UNCHANGED"}}
		for _, l := range p.Result.Layers {
			of := "new"
			if l.B >= 0 {
				of = fmt.Sprint(l.B)
			}
			rows = append(rows, []string{fmt.Sprint(l.A), of, fmt.Sprintf("%.4f", l.Agreement), fmt.Sprintf("%.1f", l.Z), fmt.Sprint(l.Bits),
				fmt.Sprintf("%.4f", l.Delta), fmt.Sprintf("%.1f %%", 100*l.Frozen)})
		}
		fmt.Fprintln(w)
		if err := report.Table(w, rows, "rrrrrrr"); err != nil {
			return err
		}
	}
	rows := [][]string{{"TENSOR", "OF", "HOW", "AGREEMENT", "Z", "BITS", "DISTANCE"}}
	for _, t := range p.Result.Tensors {
		rows = append(rows, []string{t.A, t.B, strings.TrimSpace(t.How + " " + t.Transform), fmt.Sprintf("%.4f", t.Agreement), fmt.Sprintf("%.1f", t.Z), fmt.Sprint(t.Bits), fmt.Sprintf("%.4f", t.Delta)})
	}
	fmt.Fprintln(w)
	return report.Table(w, rows, "lllrrrr")
}
