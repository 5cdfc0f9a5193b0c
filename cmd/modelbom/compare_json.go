package main

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/origin"
)

// A number is null in JSON where there is none.
type number float64

//nolint:unparam // json.Marshaler wants the error
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 12, 64), nil
}

// json writes the whole record, in the form of schemas/comparison-1.schema.json.
func (x *comparison) json(w io.Writer) error {
	type side struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Mode    string `json:"mode"`
		Digest  string `json:"fingerprint"`
	}
	type comparedPart struct {
		A        string      `json:"part"`
		B        string      `json:"against,omitempty"`
		Verdict  bom.Verdict `json:"verdict"`
		Strength string      `json:"strength"`
		Sentence string      `json:"sentence"`
		Limits   string      `json:"limits,omitempty"`
		Evidence []evidence  `json:"evidence,omitempty"`
		Result   *result     `json:"result,omitempty"`
		Deep     *deepRecord `json:"deep,omitempty"`
	}
	doc := struct {
		Format  string         `json:"format"`
		Version int            `json:"version"`
		Model   side           `json:"model"`
		Against side           `json:"reference"`
		Parts   []comparedPart `json:"parts"`
	}{Format: "modelbom-comparison", Version: 1, Parts: []comparedPart{}}
	for i, m := range []*fingerprint.Model{x.a, x.b} {
		s := side{Name: modelLabel(m), Version: bom.Clean(m.Version), Mode: string(m.Mode), Digest: m.Digest()}
		if i == 0 {
			doc.Model = s
		} else {
			doc.Against = s
		}
	}
	for _, p := range x.pairs {
		j := comparedPart{A: p.A.Ref, Verdict: p.Verdict, Strength: string(p.Strength), Sentence: p.Sentence, Limits: p.Limits}
		if p.B != nil {
			j.B = p.B.Ref
		}
		if p.Result != nil {
			for _, e := range origin.Evidence(p.Result) {
				j.Evidence = append(j.Evidence, evidence{e.Key, e.Value})
			}
			j.Result = resultOf(p.Result)
		}
		j.Deep = deepRecordOf(x.deep[p.A.Ref])
		doc.Parts = append(doc.Parts, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}

type evidence struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A result is the record of a comparison of weights in JSON.
type result struct {
	Matrices  int     `json:"matrices"`
	Compared  int     `json:"compared"`
	Equal     number  `json:"equal_values_share"`
	Frozen    number  `json:"frozen_share"`
	Covered   number  `json:"covered_share"`
	Bits      int     `json:"bits"`
	Agreement number  `json:"agreement"`
	Rho       number  `json:"rho"`
	Related   number  `json:"related_agreement"`
	Of        int     `json:"related_bits"`
	Delta     number  `json:"distance"`
	Z         number  `json:"z"`
	Threshold number  `json:"z_needed"`
	Nulls     int     `json:"nulls"`
	Spread    number  `json:"overdispersion"`
	Bound     number  `json:"rho_bound,omitempty"`
	LayerMap  []int   `json:"layer_map,omitempty"`
	Layers    []layer `json:"layers,omitempty"`
	Tensors   []pair  `json:"tensors,omitempty"`
}

type layer struct {
	Layer     int    `json:"layer"`
	Of        int    `json:"of"`
	Agreement number `json:"agreement"`
	Z         number `json:"z"`
	Bits      int    `json:"bits"`
	Delta     number `json:"distance"`
	Frozen    number `json:"frozen_share"`
}

type pair struct {
	Tensor    string `json:"tensor"`
	Of        string `json:"of,omitempty"`
	How       string `json:"how"`
	Transform string `json:"transform,omitempty"`
	Agreement number `json:"agreement"`
	Z         number `json:"z"`
	Bits      int    `json:"bits"`
	Delta     number `json:"distance"`
}

func resultOf(r *compare.Result) *result {
	out := &result{Matrices: r.Matrices, Compared: r.Compared, Equal: number(r.EqualValues), Frozen: number(r.Frozen), Covered: number(r.Covered), Bits: r.Bits,
		Agreement: number(r.Agreement), Rho: number(r.Rho), Related: number(r.RelatedAgreement), Of: r.RelatedBits, Delta: number(r.Delta), Z: number(r.Z), Threshold: number(r.Threshold), Nulls: r.Nulls,
		Spread: number(r.Overdispersion), Bound: number(r.Bound), LayerMap: r.LayerMap}
	for _, l := range r.Layers {
		out.Layers = append(out.Layers, layerOf(l))
	}
	for _, t := range r.Tensors {
		out.Tensors = append(out.Tensors, pair{bom.Clean(t.A), bom.Clean(t.B), t.How, t.Transform, number(t.Agreement), number(t.Z), t.Bits, number(t.Delta)})
	}
	return out
}
