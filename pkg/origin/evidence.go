package origin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Confidence of techniques, between 0 and 1. It grades the technique and not the
// truth of a claim: equal digests leave no doubt about equal bytes, statistics
// of bytes leave little, signatures of shapes say nothing about weights.
const (
	confidenceDigest    = 1
	confidenceBytes     = 0.95
	confidenceSignature = 0.3
	confidenceStated    = 0.3 // what others state of an upstream, unchecked
)

// Evidence writes the record of a comparison (reference/weight-provenance.md 9)
// as observations. The keys are listed in docs/properties.md. Equal results give
// equal text.
func Evidence(r *compare.Result) []bom.Evidence {
	var e record
	e.add("matrices", "%d compared, %d without a counterpart, %d constant or small, %d unread", r.Compared, r.Unmatched, r.Constant, r.Unread)
	if r.EqualBytes > 0 || r.EqualValues > 0 {
		e.digest("equal", "%s of the bytes, %s of the values (by digest)", wording.Share(r.EqualBytes), wording.Share(r.EqualValues))
	}
	if r.Bits > 0 {
		e.add("agreement", "%.4f of %d sign bits (chance 0.5 ± %.4f)", r.Agreement, r.Bits, chance(r.Bits))
		e.add("correlation", "%.4f (95 %%: %.4f to %.4f)", r.Rho, r.RhoLow, r.RhoHigh)
		e.add("z", "%.1f, needed %.1f; overdispersion %.2f %s", r.Z, r.Threshold, r.Overdispersion, nullWords(r))
	}
	if r.Nulls > 0 && r.RankP > 0 {
		e.add("rank-p", "%.2g (floor %.2g)", r.RankP, r.RankFloor)
	}
	if r.Verdict.Found() {
		e.add("distance", "%.4f", r.Delta)
		e.add("frozen", "%s", wording.Share(r.Frozen))
		e.add("covered", "%s of the part, %s of the reference", wording.Share(r.Covered), wording.Share(r.CoveredReference))
	}
	if r.Verdict == bom.VerdictSameArchitecture {
		e.add("bound", "no correlation above %.4f could hide (99 %%)", r.Bound)
	}
	if r.Quantised > 0 {
		e.add("rounding", "%d of %d quantised %s in the rounding cells of the reference", r.Requantised, r.Quantised,
			wording.Word(r.Quantised, "matrix", "matrices")+" "+wording.Word(r.Requantised, "lies", "lie"))
	}
	if r.Reordered > 0 {
		e.add("reordered", "%s %s the reference's rows in another order", matrices(r.Reordered), wording.Word(r.Reordered, "has", "have"))
	}
	if r.Zeros > 0 {
		e.add("zeros", "%s of the sampled values are zero here and not in the reference", wording.Share(r.Zeros))
	}
	e.seed(r.Seed)
	e.layers(r)
	e.roles(r)
	for i, n := range r.Notes[:min(len(r.Notes), 8)] {
		e.add("note:"+strconv.Itoa(i+1), "%s", n)
	}
	e.add("mode", "%s, %s", r.Mode, fingerprint.SketchVersion)
	return e.list
}

// nullWords says where the overdispersion comes from.
func nullWords(r *compare.Result) string {
	switch {
	case r.Nulls > 0:
		return "from " + wording.Count(r.Nulls, "in-pair comparison", "in-pair comparisons")
	case r.Others > 0:
		return "from " + wording.Count(r.Others, "comparison", "comparisons") + " of other roles of equal shape"
	}
	return "assumed, as there is nothing in the pair to measure it on"
}

// A record collects evidence.
type record struct{ list []bom.Evidence }

func (e *record) add(key, format string, args ...any) {
	e.put(bom.BinaryAnalysis, confidenceBytes, key, fmt.Sprintf(format, args...))
}

func (e *record) digest(key, format string, args ...any) {
	e.put(bom.HashComparison, confidenceDigest, key, fmt.Sprintf(format, args...))
}

func (e *record) put(t bom.Technique, confidence float64, key, value string) {
	e.list = append(e.list, bom.Evidence{Technique: t, Key: key, Value: bom.Cut(bom.Clean(value), maxEvidence), Confidence: confidence})
}

// maxEvidence keeps a value, with what stands around it in a document, below the
// 1,024 characters at which platforms cut.
const maxEvidence = 700

func (e *record) seed(s compare.Seed) {
	if !s.Tested {
		if s.Why != "" {
			e.add("seed-test", "not tested: %s", s.Why)
		}
		return
	}
	verdict := "undecided"
	switch {
	case s.Derived:
		verdict = "gains continue trained ones"
	case s.Contrary:
		verdict = "gains are unrelated"
	}
	e.add("seed-test", "%s: rank correlation of %s %.3f (99 %%: %.3f to %.3f), z %.1f", verdict, wording.Count(s.Gains, "gain", "gains"), s.R, s.Low, s.High, s.Z)
}

// layers writes which layer continues which, and how much each agrees, as
// "A>B:agreement" in pieces that fit.
func (e *record) layers(r *compare.Result) {
	if len(r.Layers) == 0 {
		return
	}
	if s := LayerMap(r.LayerMap); s != "" {
		e.add("layer-map", "%s", s)
	}
	var line strings.Builder
	piece := 0
	flush := func() {
		if line.Len() > 0 {
			piece++
			e.add("layers:"+strconv.Itoa(piece), "%s", line.String())
			line.Reset()
		}
	}
	for _, l := range r.Layers {
		item := fmt.Sprintf("%d>%d:%.3f", l.A, l.B, l.Agreement)
		if l.B < 0 {
			item = fmt.Sprintf("%d>-", l.A)
		}
		if line.Len()+1+len(item) > maxEvidence {
			flush()
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(item)
	}
	flush()
}

func (e *record) roles(r *compare.Result) {
	for _, role := range r.Roles[:min(len(r.Roles), 16)] {
		if role.Bits == 0 {
			continue
		}
		e.add("role:"+role.Name, "%s, agreement %.4f, distance %.4f, frozen %s", matrices(role.Matrices), role.Agreement, role.Delta, wording.Share(role.Frozen))
	}
}

// LayerMap writes a layer map in runs: "0-5>0-5, 6-8>9-11, 9 new". It is empty
// when every layer continues the one of its own number.
func LayerMap(m []int) string {
	same := true
	for a, b := range m {
		same = same && a == b
	}
	if same {
		return ""
	}
	var runs []string
	for a := 0; a < len(m); {
		end := a + 1
		for end < len(m) && (m[a] < 0 && m[end] < 0 || m[a] >= 0 && m[end] == m[a]+end-a) {
			end++
		}
		if m[a] < 0 {
			runs = append(runs, span(a, end)+" new")
		} else {
			runs = append(runs, span(a, end)+">"+span(m[a], m[a]+end-a))
		}
		a = end
	}
	return strings.Join(runs, ", ")
}

// span writes the numbers from begin to before end.
func span(begin, end int) string {
	if end-begin == 1 {
		return strconv.Itoa(begin)
	}
	return fmt.Sprintf("%d-%d", begin, end-1)
}

func referenceEvidence(r relative) bom.Evidence {
	value := fmt.Sprintf("%s of %s", r.part.Ref, r.entry.ID)
	if r.part.WeightsDigest != "" {
		value += " (" + r.part.WeightsDigest + ")"
	}
	return bom.Evidence{Technique: bom.BinaryAnalysis, Key: "reference", Value: bom.Cut(bom.Clean(value), maxEvidence), Confidence: confidenceBytes}
}

func tiedEvidence(tied []Upstream) bom.Evidence {
	var names []string
	for _, u := range tied[:min(len(tied), maxTied)] {
		names = append(names, u.Label())
	}
	value := strings.Join(names, ", ")
	if n := len(tied) - maxTied; n > 0 {
		value += fmt.Sprintf(" and %d more", n)
	}
	return bom.Evidence{Technique: bom.BinaryAnalysis, Key: "tied", Value: bom.Cut(bom.Clean(value), maxEvidence), Confidence: confidenceBytes}
}
