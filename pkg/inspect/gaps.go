package inspect

import (
	"maps"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
)

// gaps writes down everything that was not seen.
func (a *assembler) gaps() {
	byPath := map[string]*bom.Component{}
	for f, c := range a.byFile {
		byPath[f.Path] = c
	}
	add := func(kind bom.GapKind, path, text string) {
		g := bom.Gap{Kind: kind, Path: bom.CleanPath(path), Reason: reason(text)}
		if c := byPath[path]; c != nil {
			g.Ref = c.Ref
		}
		a.doc.Gaps = append(a.doc.Gaps, g)
	}
	for _, p := range a.inv.Problems {
		add(p.Kind, p.Path, p.Reason)
	}
	for _, f := range a.inv.Files {
		s := a.scans[f]
		if s != nil {
			for _, i := range slices.Sorted(maps.Keys(s.unread)) {
				add(bom.GapUnreadWeights, f.Path, "tensor "+f.Header.Tensors[i].Name+": "+s.unread[i].Error())
			}
		}
		if s == nil || s.err == nil {
			continue
		}
		kind := bom.GapUnreadFile
		if f.Role == inventory.RoleWeights {
			kind = bom.GapUnreadWeights
		}
		add(kind, f.Path, "its digests could not be computed: "+s.err.Error())
	}
	if a.options.NoTensorDigests && len(a.inv.Sets) > 0 {
		add(bom.GapNotComputed, "", "tensor and weights digests were turned off")
	}
}

// packed reports whether integers hold some of a part.
func packed(shares []bom.DTypeShare) bool {
	return slices.ContainsFunc(shares, func(s bom.DTypeShare) bool {
		switch s.DType {
		case "I8", "U8", "I32", "U32", "I64":
			return true
		}
		return false
	})
}

// completeness states how much the document covers. Which upstreams there are
// is never known to the end: a declaration can be missing.
func (a *assembler) completeness() {
	a.doc.Completeness = bom.Completeness{Assembly: bom.AggregateComplete, Lineage: bom.AggregateUnknown}
	ignored := map[string]bool{}
	for _, f := range a.inv.Files {
		if f.Ignored {
			ignored[bom.CleanPath(f.Path)] = true
		}
	}
	for _, g := range a.doc.Gaps {
		switch {
		case g.Kind.Weights(), g.Kind == bom.GapUnreadFile, g.Kind == bom.GapLimit, g.Kind == bom.GapSkipped && !ignored[g.Path]:
			a.doc.Completeness.Assembly = bom.AggregateIncomplete
		}
	}
}
