package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/origin"
)

// rounds are the fingerprints of the two rounds that documents are of, nil where
// one was not found.
type rounds [2]*fingerprint.Model

// maxFolder bounds the files of a folder that are looked at for fingerprints.
const maxFolder = 1000

// findRounds looks for the fingerprints that the documents were written beside:
// where the flag says, else in the documents' own folders. A fingerprint counts
// when its digest is the one that the document states; one that a flag names and
// whose document states none is taken by the order of the flags.
func findRounds(c *cli.Context, docs [2]*bom.Document) (rounds, error) {
	var out rounds
	named, err := namedFingerprints(c)
	if err != nil {
		return out, err
	}
	for i, d := range docs {
		wanted := fingerprintsOf(d)
		for _, m := range named {
			if slices.Contains(wanted, m.Digest()) {
				out[i] = m
			}
		}
		if out[i] == nil && len(wanted) == 0 && len(named) == 2 {
			out[i] = named[i]
		}
		if out[i] == nil && c.Args().Get(i) != "-" {
			out[i] = besideDocument(c, c.Args().Get(i), d)
		}
	}
	if len(named) > 0 && (out[0] == nil || out[1] == nil) && !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: the fingerprints do not belong to both documents; changed weights are told by digests alone\n")
	}
	return out, nil
}

// fingerprintsOf are the digests of the fingerprints that a document names.
func fingerprintsOf(d *bom.Document) []string {
	var out []string
	for _, in := range d.Inputs {
		if in.Kind == "fingerprint" {
			out = append(out, in.Digest)
		}
	}
	return out
}

// namedFingerprints reads what --fingerprints names.
func namedFingerprints(c *cli.Context) ([]*fingerprint.Model, error) {
	var out []*fingerprint.Model
	for _, name := range listed(c, "fingerprints") {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			list, err := folderFingerprints(name)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		m, err := fingerprintFile(name)
		if err != nil {
			return nil, err
		}
		if m == nil {
			return nil, hint(fmt.Errorf("%s is no fingerprint", name), "\"modelbom generate REPO -o fingerprint=FILE\" writes one")
		}
		out = append(out, m)
	}
	return out, nil
}

func folderFingerprints(dir string) ([]*fingerprint.Model, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []*fingerprint.Model
	for _, e := range entries[:min(len(entries), maxFolder)] {
		if m, err := fingerprintFile(filepath.Join(dir, e.Name())); err == nil && m != nil {
			out = append(out, m)
		}
	}
	return out, nil
}

// besideDocument reads the fingerprint that a document names and that lies
// beside it. One whose content is another one's is left out, with a warning.
func besideDocument(c *cli.Context, document string, d *bom.Document) *fingerprint.Model {
	for _, in := range d.Inputs {
		if in.Kind != "fingerprint" || in.Name != filepath.Base(in.Name) {
			continue
		}
		m, err := fingerprintFile(filepath.Join(filepath.Dir(document), in.Name))
		switch {
		case err == nil && m == nil:
			continue
		case err == nil && m.Digest() == in.Digest:
			return m
		case err == nil:
			err = fmt.Errorf("its digest is not the one that %s states", document)
		}
		if !c.Bool("quiet") {
			fmt.Fprintf(c.App.ErrWriter, "modelbom: warning: the fingerprint %s is not used: %v\n", bom.Clean(in.Name), err)
		}
	}
	return nil
}

// options let a diff ask the fingerprints.
func (r rounds) options() diff.Options {
	if r[0] == nil || r[1] == nil {
		return diff.Options{}
	}
	return diff.Options{Weights: r.weights, Tokenizers: r.tokenizers}
}

// pair compares one part of the new round with one of the old.
func (r rounds) pair(old, new bom.Ref) (origin.Pair, bool) {
	before, after := partOfModel(r[0], old), partOfModel(r[1], new)
	if before == nil || after == nil {
		return origin.Pair{}, false
	}
	p := origin.Pairs(after, before)
	return p[0], len(p) == 1 && p[0].B != nil
}

// partOfModel is a model that has one part of another one alone.
func partOfModel(m *fingerprint.Model, ref bom.Ref) *fingerprint.Model {
	for i := range m.Parts {
		if p := m.Parts[i]; p.Ref == string(ref) && (len(p.Tensors) > 0 || p.Tokenizer != nil) {
			one := *m
			one.Parts = []fingerprint.Part{p}
			return &one
		}
	}
	return nil
}

func (r rounds) weights(old, new bom.Ref) (diff.WeightChange, bool) {
	p, ok := r.pair(old, new)
	if !ok || p.Result == nil || p.Verdict == bom.VerdictNotComparable {
		return diff.WeightChange{}, false
	}
	x := p.Result
	w := diff.WeightChange{Verdict: p.Verdict, Strength: p.Strength, Distance: math.NaN(), Frozen: math.NaN(), Sentence: p.Sentence, Limits: p.Limits}
	if p.Verdict.Found() {
		w.Distance, w.Frozen = x.Delta, x.Frozen
	}
	for _, l := range x.Layers {
		c := diff.LayerChange{Old: l.B, New: l.A, Agreement: math.NaN(), Frozen: l.Frozen, Distance: math.NaN()}
		if l.Bits > 0 {
			c.Agreement, c.Distance = l.Agreement, l.Delta
		}
		w.Layers = append(w.Layers, c)
	}
	return w, true
}

func (r rounds) tokenizers(old, new bom.Ref) (diff.TokenizerChange, bool) {
	p, ok := r.pair(old, new)
	if !ok || p.Tokenizer == nil {
		return diff.TokenizerChange{}, false
	}
	before, after := p.B.Tokenizer, p.A.Tokenizer
	t := diff.TokenizerChange{Added: -1, Removed: -1, Sentence: p.Sentence}
	grown := cmp.Or(after.Tokens, after.Vocabulary) - cmp.Or(before.Tokens, before.Vocabulary)
	switch p.Tokenizer.Verdict {
	case fingerprint.SameTokenizer:
		t.Relation, t.Added, t.Removed = diff.TokensSame, 0, 0
	case fingerprint.Extends:
		t.Relation = diff.TokensReduced
		if p.Tokenizer.Child == fingerprint.A {
			t.Relation = diff.TokensExtended
		}
		if t.Relation == diff.TokensExtended && grown >= 0 {
			t.Added, t.Removed = grown, 0
		} else if grown <= 0 {
			t.Added, t.Removed = 0, -grown
		}
	case fingerprint.Overlaps:
		t.Relation = diff.TokensOverlap
	case fingerprint.Unrelated:
		t.Relation = diff.TokensReplaced
	default:
		return t, false
	}
	return t, true
}
