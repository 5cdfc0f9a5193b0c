package inspect

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/origin"
)

// investigate asks where every part comes from. The parts of the fingerprint and
// those of the document have the same references.
func (a *assembler) investigate(ctx context.Context, m *fingerprint.Model) (map[bom.Ref]*origin.Conclusion, error) {
	out := map[bom.Ref]*origin.Conclusion{}
	sources := origin.Sources{Indexes: a.options.Indexes}
	subject := origin.Upstream{Group: a.model.Group, Name: a.model.Name, Version: a.model.Version, PURL: a.model.PURL}
	around := a.declarations(nil)
	for i := range m.Parts {
		p := &m.Parts[i]
		c := a.component(bom.Ref(p.Ref))
		if c == nil || len(p.Tensors) == 0 && p.Tokenizer == nil {
			continue // its weights were not read, which is a gap
		}
		conclusion, err := origin.Investigate(ctx, &origin.Case{Subject: subject, Part: p, Files: a.filePrints(c.Ref),
			Hyperparameters: hyperparametersOf(c), Declared: a.declarations(c), Around: around}, sources)
		if err != nil {
			return nil, err
		}
		out[c.Ref] = conclusion
	}
	return out, nil
}

// component finds the component of a part.
func (a *assembler) component(ref bom.Ref) *bom.Component {
	for _, c := range a.byPart {
		if c.Ref == ref {
			return c
		}
	}
	return nil
}

// declarations are the origins that are stated of a component; of all of them
// and of the model when there is none.
func (a *assembler) declarations(c *bom.Component) []origin.Declaration {
	list := []*bom.Component{c}
	if c == nil {
		list = append([]*bom.Component{&a.model}, a.list...)
	}
	var out []origin.Declaration
	for _, c := range list {
		for _, o := range c.Origins {
			up := a.upstreams[o.Reference]
			if up == nil || o.Verdict != bom.VerdictDeclaredOnly {
				continue
			}
			out = append(out, origin.Declaration{Origin: o, Upstream: upstreamOf(up)})
		}
	}
	return out
}

// filePrints are the files that hold a part's own bytes.
func (a *assembler) filePrints(ref bom.Ref) []fingerprint.FilePrint {
	var out []fingerprint.FilePrint
	for p, c := range a.byPart {
		if c.Ref != ref || p.Inside != "" {
			continue
		}
		for _, f := range p.Files {
			if s := a.scans[f]; s != nil && s.err == nil {
				out = append(out, fingerprint.FilePrint{Path: f.Path, Size: f.Size, SHA256: s.digests[fingerprint.SHA256]})
			}
		}
	}
	return out
}

func hyperparametersOf(c *bom.Component) map[string]string {
	if c.Model == nil {
		return nil
	}
	m := map[string]string{}
	for _, p := range c.Model.Hyperparameters {
		m[p.Name] = p.Value
	}
	return m
}

// conclude writes the conclusions about the parts into the document.
func (a *assembler) conclude(conclusions map[bom.Ref]*origin.Conclusion) {
	declared := slices.Sorted(maps.Keys(a.upstreams))
	for _, ref := range slices.Sorted(maps.Keys(conclusions)) {
		c, x := a.component(ref), conclusions[ref]
		c.Origins = x.Origins
		c.Evidence = append(c.Evidence, x.Published...)
		for i := range x.Upstreams {
			a.found(&x.Upstreams[i])
		}
		a.doc.Findings = append(a.doc.Findings, x.Findings...)
		a.doc.Gaps = append(a.doc.Gaps, x.Gaps...)
	}
	a.join(declared)
	if p := a.onlyWeights(); p != nil {
		a.raise(a.byPart[p])
	}
}

// inputs names what the conclusions rest on besides the repository.
func (a *assembler) inputs(ctx context.Context) error {
	a.doc.Inputs = append(a.doc.Inputs, bom.Input{Kind: "catalogue", Name: "modelbom", Version: catalogue.Version(), Digest: catalogue.Digest()})
	for _, x := range a.options.Indexes {
		digest, err := x.Digest(ctx)
		if err != nil {
			return err
		}
		a.doc.Inputs = append(a.doc.Inputs, bom.Input{Kind: "index", Name: x.Name(), Version: fingerprint.SketchVersion, Digest: digest})
	}
	return nil
}

// onlyWeights is the part that the model's weights are, if they are one.
func (a *assembler) onlyWeights() *inventory.Part {
	var only *inventory.Part
	for _, parts := range a.primary {
		for _, p := range parts {
			if only != nil {
				return nil
			}
			only = p
		}
	}
	return only
}

// raise gives the model the verdicts that stand for its only weights: what is
// declared of the model is declared of them.
func (a *assembler) raise(part *bom.Component) {
	if part == nil {
		return
	}
	for _, o := range part.Origins {
		declared := slices.ContainsFunc(a.model.Origins, func(m bom.Origin) bool { return m.Reference == o.Reference })
		if !o.Verdict.Found() && !(declared && o.Verdict == bom.VerdictSameArchitecture) {
			continue // a declaration that the weights contradict stands for the model no more
		}
		i := slices.IndexFunc(a.model.Origins, func(m bom.Origin) bool { return m.Reference == o.Reference })
		if i >= 0 {
			a.model.Origins[i] = o
		} else {
			a.model.Origins = append(a.model.Origins, o)
		}
	}
	verdicts := bom.Verdicts()
	slices.SortStableFunc(a.model.Origins, func(x, y bom.Origin) int {
		return cmp.Compare(slices.Index(verdicts, x.Verdict), slices.Index(verdicts, y.Verdict))
	})
}
