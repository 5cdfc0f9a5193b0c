package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/origin"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/source"
)

// deeper reads both models in full and undoes rearrangements of the residual
// stream.
func (x *comparison) deeper(c *cli.Context) error {
	var repos [2]source.Repository
	for i := range repos {
		ref := c.Args().Get(i)
		if m, err := fingerprintFile(ref); m != nil || err != nil {
			return hint(fmt.Errorf("%s is a fingerprint, and --deep reads weights", ref), "give the model that it was made from, or leave out --deep")
		}
		repo, err := source.Open(c.Context, ref)
		if err != nil {
			return err
		}
		defer repo.Close()
		repos[i] = repo
	}
	var pairs []inspect.DeepPair
	for _, p := range x.pairs {
		if p.Result != nil && p.B != nil {
			pairs = append(pairs, inspect.DeepPair{A: p.A.Ref, B: p.B.Ref, Plain: p.Result})
		}
	}
	bar := newProgress(c.App.ErrWriter, c.Bool("quiet"))
	results, err := inspect.Deep(c.Context, repos[0], repos[1], pairs, inspect.Options{Progress: bar.update})
	bar.close()
	if err != nil {
		return err
	}
	x.deep = map[string]*inspect.DeepResult{}
	for i := range results {
		x.deep[results[i].A] = &results[i]
	}
	return nil
}

// supported is the result in depth of a pair where it says more than the
// fingerprints do, and nil where it does not: a relation says more than none,
// and of two relations the closer one.
func (x *comparison) supported(p origin.Pair) *inspect.DeepResult {
	d := x.deep[p.A.Ref]
	if d == nil || d.Reason != "" {
		return nil
	}
	related := func(v bom.Verdict) bool { return v.Found() || v == bom.VerdictSharedInitialisation }
	if !related(p.Verdict) {
		return d
	}
	all := bom.Verdicts()
	switch deep, plain := slices.Index(all, d.Verdict), slices.Index(all, p.Verdict); {
	case !related(d.Verdict):
	case deep < plain, deep == plain && d.Verdict == bom.VerdictPartial && d.Covered > p.Result.Covered:
		return d
	}
	return nil
}

// deepRow is a pair's row of the table, from what was found in depth.
func deepRow(p origin.Pair, against string, d *inspect.DeepResult) []string {
	distance, frozen := "-", "-"
	if d.Verdict.Found() || d.Verdict == bom.VerdictSharedInitialisation {
		distance, frozen = fmt.Sprintf("%.3f", d.Delta), fmt.Sprintf("%.1f %%", 100*d.Equal)
	}
	return []string{strings.TrimPrefix(p.A.Ref, "part:"), against, string(d.Verdict), string(d.Strength), fmt.Sprintf("%.3f", d.Agreement), distance, frozen}
}

// deepText writes what a comparison in depth found, below what the fingerprints
// show.
func deepText(w io.Writer, d *inspect.DeepResult, verbose bool) error {
	if d == nil {
		return nil
	}
	fmt.Fprintln(w)
	text := "In depth: " + d.Sentence
	if d.Reason != "" {
		text = d.Sentence // which says so itself
	}
	if err := report.Paragraph(w, text, "  "); err != nil {
		return err
	}
	if d.Limits != "" {
		if err := report.Paragraph(w, d.Limits, "  "); err != nil {
			return err
		}
	}
	if !verbose || d.Reason != "" {
		return nil
	}
	fmt.Fprintln(w)
	for _, line := range deepLines(d) {
		if err := report.Paragraph(w, line, "    "); err != nil {
			return err
		}
	}
	rows := [][]string{{"ROLE", "MATRICES", "AGREEMENT", "SIGNS", "DISTANCE", "EQUAL", "BY CHANCE (Z)", "NULLS"}}
	for _, r := range d.Roles {
		rows = append(rows, []string{r.Name, fmt.Sprint(r.Matrices), fmt.Sprintf("%.4f", r.Agreement), fmt.Sprint(r.Bits), fmt.Sprintf("%.4f", r.Delta),
			fmt.Sprintf("%.1f %%", 100*r.Frozen), fmt.Sprintf("%.1f ± %.1f", r.Mean, r.Spread), fmt.Sprint(r.Nulls)})
	}
	fmt.Fprintln(w)
	if err := report.Table(w, rows, "lrrrrrrr"); err != nil {
		return err
	}
	rows = [][]string{{"LAYER", "OF", "AGREEMENT", "Z", "SIGNS", "DISTANCE", "EQUAL"}}
	for _, l := range d.Layers {
		rows = append(rows, []string{fmt.Sprint(l.A), fmt.Sprint(l.B), fmt.Sprintf("%.4f", l.Agreement), fmt.Sprintf("%.1f", l.Z), fmt.Sprint(l.Bits),
			fmt.Sprintf("%.4f", l.Delta), fmt.Sprintf("%.1f %%", 100*l.Frozen)})
	}
	fmt.Fprintln(w)
	return report.Table(w, rows, "rrrrrrr")
}

func deepLines(d *inspect.DeepResult) []string {
	var out []string
	for _, s := range d.Streams {
		out = append(out, fmt.Sprintf("columns: statistic %.2f, by chance %.2f (z %.1f, p %.2g); %d of %d beyond doubt; %d moved, %d of opposite sign",
			s.Statistic, s.NullMean, s.Z, s.P, s.Clear, s.Live, s.Moved, s.Flipped))
	}
	out = append(out,
		fmt.Sprintf("signs: %.4f of %d agree over %d of %d matrices; rho %.4f (95 %%: %.4f to %.4f)", d.Agreement, d.Bits, d.Compared, d.Matrices, d.Rho, d.RhoLow, d.RhoHigh),
		fmt.Sprintf("chance: z %.1f, needed %.1f, p %.1g, spread %.2f from %d comparisons of what does not belong together", d.Z, d.Threshold, d.P, d.Spread, d.Nulls),
		fmt.Sprintf("values: distance %.4f; of %d elements %.2f %% are equal, %.2f %% as far as the coarser type tells", d.Delta, d.Elements, 100*d.Equal, 100*d.Rounded))
	if s := d.Seed; s.Tested {
		out = append(out, fmt.Sprintf("gains: rank correlation %.3f (99 %%: %.3f to %.3f) over %d", s.R, s.Low, s.High, s.Gains))
	} else {
		out = append(out, "gains: not tested, "+s.Why)
	}
	return out
}

// A deepRecord is a comparison in depth in JSON.
type deepRecord struct {
	Verdict  bom.Verdict  `json:"verdict"`
	Strength bom.Strength `json:"strength"`
	Sentence string       `json:"sentence"`
	Limits   string       `json:"limits,omitempty"`
	Reason   string       `json:"not_compared,omitempty"`
	Streams  []deepStream `json:"streams,omitempty"`
	*deepNumbers
}

type deepNumbers struct {
	UnitsMoved int        `json:"blocks_with_units_moved"`
	Blocks     int        `json:"blocks"`
	Matrices   int        `json:"matrices"`
	Compared   int        `json:"compared"`
	Bits       int        `json:"bits"`
	Agreement  number     `json:"agreement"`
	Rho        number     `json:"rho"`
	RhoLow     number     `json:"rho_low"`
	RhoHigh    number     `json:"rho_high"`
	Z          number     `json:"z"`
	Threshold  number     `json:"z_needed"`
	P          number     `json:"p"`
	Spread     number     `json:"overdispersion"`
	Nulls      int        `json:"nulls"`
	Bound      number     `json:"rho_bound"`
	Delta      number     `json:"distance"`
	Elements   int64      `json:"elements"`
	Equal      number     `json:"equal_share"`
	Rounded    number     `json:"equal_rounded_share"`
	Covered    number     `json:"covered_layers_share"`
	Gains      *deepGains `json:"gains,omitempty"`
	LayerMap   []int      `json:"layer_map,omitempty"`
	Layers     []layer    `json:"layers,omitempty"`
	Roles      []deepRole `json:"roles,omitempty"`
	Notes      []string   `json:"notes,omitempty"`
}

type deepStream struct {
	Name     string `json:"name,omitempty"`
	Basis    string `json:"basis"`
	Width    int    `json:"width"`
	Found    bool   `json:"found"`
	Identity bool   `json:"same_coordinates"`
	Moved    int    `json:"moved"`
	Flipped  int    `json:"flipped"`
	Clear    int    `json:"clear"`
	Live     int    `json:"live"`
	Z        number `json:"z"`
	P        number `json:"p"`
}

type deepGains struct {
	R       number `json:"rank_correlation"`
	Low     number `json:"low"`
	High    number `json:"high"`
	Compare int    `json:"compared"`
}

type deepRole struct {
	Name      string `json:"role"`
	Matrices  int    `json:"matrices"`
	Bits      int    `json:"bits"`
	Agreement number `json:"agreement"`
	Rho       number `json:"rho"`
	Delta     number `json:"distance"`
	Equal     number `json:"equal_share"`
	Mean      number `json:"null_mean"`
	Spread    number `json:"null_spread"`
	Nulls     int    `json:"nulls"`
}

func deepRecordOf(d *inspect.DeepResult) *deepRecord {
	if d == nil {
		return nil
	}
	r := &deepRecord{Verdict: d.Verdict, Strength: d.Strength, Sentence: d.Sentence, Limits: d.Limits, Reason: d.Reason}
	for _, s := range d.Streams {
		r.Streams = append(r.Streams, deepStream{s.Name, s.Basis, s.Width, s.Found, s.Identity, s.Moved, s.Flipped, s.Clear, s.Live, number(s.Z), number(s.P)})
	}
	if d.Reason != "" {
		return r
	}
	n := &deepNumbers{UnitsMoved: d.UnitsMoved, Blocks: d.Blocks, Matrices: d.Matrices, Compared: d.Compared, Bits: d.Bits, Agreement: number(d.Agreement),
		Rho: number(d.Rho), RhoLow: number(d.RhoLow), RhoHigh: number(d.RhoHigh), Z: number(d.Z), Threshold: number(d.Threshold), P: number(d.P), Spread: number(d.Spread), Nulls: d.Nulls, Bound: number(d.Bound),
		Delta: number(d.Delta), Elements: d.Elements, Equal: number(d.Equal), Rounded: number(d.Rounded), Covered: number(d.Covered), LayerMap: d.LayerMap, Notes: d.Notes}
	if d.Seed.Tested {
		n.Gains = &deepGains{number(d.Seed.R), number(d.Seed.Low), number(d.Seed.High), d.Seed.Gains}
	}
	for _, l := range d.Layers {
		n.Layers = append(n.Layers, layerOf(l))
	}
	for _, x := range d.Roles {
		n.Roles = append(n.Roles, deepRole{bom.Clean(x.Name), x.Matrices, x.Bits, number(x.Agreement), number(x.Rho), number(x.Delta), number(x.Frozen), number(x.Mean), number(x.Spread), x.Nulls})
	}
	r.deepNumbers = n
	return r
}

func layerOf(l compare.Layer) layer {
	return layer{l.A, l.B, number(l.Agreement), number(l.Z), l.Bits, number(l.Delta), number(l.Frozen)}
}
