package origin

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func part(ref string) *fingerprint.Part {
	return &fingerprint.Part{Ref: ref, Tensors: []fingerprint.TensorPrint{{Name: "w", Shape: []uint64{64, 64}, Bytes: 100, Sketch: fingerprint.Sketch{Class: fingerprint.Matrix}}}}
}

func declared(label, relation string) Declaration {
	u := hubUpstream(label)
	return Declaration{Upstream: u, Origin: bom.Origin{Reference: u.Ref(), Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: relation,
		Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "base_model"}}}}
}

func claim(label string, v bom.Verdict) Claim {
	x := Claim{Upstream: hubUpstream(label), Verdict: v, Strength: bom.StrengthStrong, Sentence: "Sentence about " + label + "."}
	if v == bom.VerdictSameArchitecture {
		x.Result = &compare.Result{Verdict: v}
	}
	return x
}

// TestConclude checks what several claims and declarations add up to: origins as
// "verdict label (relation)", findings as their rules.
func TestConclude(t *testing.T) {
	signature := claim("acme/alike", bom.VerdictSameArchitecture)
	signature.Result = nil
	tied := claim("acme/a", bom.VerdictTrainedFrom)
	tied.Tied = []Upstream{hubUpstream("acme/b")}
	for _, test := range []struct {
		name     string
		claims   []Claim
		declared []Declaration
		around   []Declaration
		want     string
		findings string
	}{
		{"nothing", nil, nil, nil, "unknown ", ""},
		{"declared only", nil, []Declaration{declared("acme/a", "finetune")}, nil, "declared-only acme/a (finetune)", ""},
		{"found and declared", []Claim{claim("acme/a", bom.VerdictTrainedFrom)}, []Declaration{declared("ACME/A", "finetune")}, nil, "trained-from acme/a (finetune)", ""},
		{"found, nobody declares it", []Claim{claim("acme/a", bom.VerdictTrainedFrom)}, nil, nil, "trained-from acme/a", RuleUndeclared},
		{"found, declared of the model", []Claim{claim("acme/a", bom.VerdictTrainedFrom)}, nil, []Declaration{declared("acme/a", "")}, "trained-from acme/a", ""},
		{"declared and unrelated", []Claim{claim("acme/a", bom.VerdictSameArchitecture)}, []Declaration{declared("acme/a", "")}, nil, "same-architecture acme/a", RuleContradicted},
		{"declared A, the bytes say B", []Claim{claim("acme/b", bom.VerdictIdentical), claim("acme/a", bom.VerdictSameArchitecture)}, []Declaration{declared("acme/a", "")}, nil,
			"identical acme/b, same-architecture acme/a", RuleContradicted + " " + RuleUndeclared},
		{"a signature does not contradict", []Claim{signature}, []Declaration{declared("acme/alike", "")}, nil, "declared-only acme/alike", ""},
		{"a signature alone", []Claim{signature}, nil, nil, "same-architecture acme/alike", ""},
		{"a signature beside what is found", []Claim{signature, claim("acme/a", bom.VerdictPartial)}, []Declaration{declared("acme/a", "")}, nil, "partial acme/a", ""},
		{"two claims about one upstream", []Claim{claim("acme/a", bom.VerdictPartial), claim("acme/a", bom.VerdictIdentical)}, nil, nil, "identical acme/a", RuleUndeclared},
		{"a tied upstream is the declared one", []Claim{tied}, nil, []Declaration{declared("acme/b", "")}, "trained-from acme/a", ""},
		{"itself", []Claim{claim("acme/model", bom.VerdictIdentical)}, nil, nil, "unknown ", ""},
		{"a shared seed is no origin", []Claim{claim("acme/a", bom.VerdictSharedInitialisation)}, nil, nil, "shared-initialisation acme/a", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &Case{Subject: hubUpstream("acme/model"), Part: part("part:vision-encoder"), Declared: test.declared, Around: test.around}
			got := Conclude(c, test.claims)
			names := map[bom.Ref]string{"": ""}
			for _, u := range append(got.Upstreams, bom.Component{Ref: hubUpstream("acme/a").Ref(), Group: "acme", Name: "a"}, bom.Component{Ref: hubUpstream("acme/alike").Ref(), Group: "acme", Name: "alike"}) {
				names[u.Ref] = u.Group + "/" + u.Name
			}
			var origins, rules []string
			for _, o := range got.Origins {
				text := string(o.Verdict) + " " + names[o.Reference]
				if o.Relation != "" {
					text += " (" + o.Relation + ")"
				}
				origins = append(origins, text)
			}
			for _, f := range got.Findings {
				rules = append(rules, f.Rule)
			}
			if s := strings.Join(origins, ", "); s != test.want {
				t.Errorf("origins %q, want %q", s, test.want)
			}
			if s := strings.Join(rules, " "); s != test.findings {
				t.Errorf("findings %q, want %q", s, test.findings)
			}
		})
	}
}

func TestPublishedAsItself(t *testing.T) {
	c := &Case{Subject: hubUpstream("Acme/Model"), Part: part("part:language-model")}
	got := Conclude(c, []Claim{claim("acme/model", bom.VerdictIdentical)})
	if len(got.Published) != 1 || got.Published[0].Value != "acme/model" || len(got.Findings) != 0 {
		t.Errorf("a published model: %+v", got)
	}
	// A folder's name alone does not make it the model: the origin is named.
	got = Conclude(&Case{Subject: Upstream{Name: "Model"}, Part: part("part:language-model")}, []Claim{claim("acme/model", bom.VerdictIdentical)})
	if len(got.Origins) != 1 || got.Origins[0].Verdict != bom.VerdictIdentical || len(got.Findings) != 1 || got.Findings[0].Severity != bom.SeverityInfo {
		t.Errorf("a folder of that name: %+v", got)
	}
}

// TestDeclaredReference: what is declared and what is found of one model refer to
// one component.
func TestDeclaredReference(t *testing.T) {
	found := claim("acme/a", bom.VerdictIdentical)
	found.Upstream.PURL = "" // an index whose curator gave none
	c := &Case{Part: part("part:language-model"), Declared: []Declaration{declared("acme/a", "")}}
	got := Conclude(c, []Claim{found})
	if len(got.Origins) != 1 || got.Origins[0].Reference != "upstream:pkg:huggingface/acme/a" || got.Upstreams[0].Ref != got.Origins[0].Reference {
		t.Errorf("origins %+v of upstreams %+v", got.Origins, got.Upstreams)
	}
	if e := got.Origins[0].Evidence; len(e) != 1 || e[0].Key != "base_model" {
		t.Errorf("the declaration is not among the evidence: %+v", e)
	}
}

func TestNotComparable(t *testing.T) {
	p := part("part:projector")
	p.Tensors[0].Class = fingerprint.Unread
	if got := Conclude(&Case{Part: p}, nil).Origins[0]; got.Verdict != bom.VerdictNotComparable {
		t.Errorf("a part without a comparable matrix is %s", got.Verdict)
	}
}

func TestLayerMap(t *testing.T) {
	for want, m := range map[string][]int{
		"":                  {0, 1, 2},
		"0-1>0-1, 2-3>4-5":  {0, 1, 4, 5},
		"0-2>0-2, 3-5>1-3":  {0, 1, 2, 1, 2, 3},
		"0>0, 1-2 new, 3>1": {0, -1, -1, 1},
		"0>2, 1>2, 2>2":     {2, 2, 2},
	} {
		if got := LayerMap(m); got != want {
			t.Errorf("map %v is %q, want %q", m, got, want)
		}
	}
}

// TestSentences reads every verdict's sentence and limits for what must and must
// not be in them.
func TestSentences(t *testing.T) {
	for _, v := range bom.Verdicts() {
		r := relative{upstream: hubUpstream("acme/base"), part: part("part:vision-encoder"),
			result: &compare.Result{Verdict: v, Matrices: 390, Compared: 390, Bits: 399360, Agreement: 0.849, Rho: 0.89, Delta: 0.5, Frozen: 0.62, EqualBytes: 0.99, EqualValues: 1, Bound: 0.0003,
				Seed: compare.Seed{Tested: true, R: 0.02}}}
		s, limits := weightSentence(&Case{Part: part("part:vision-encoder")}, r), weightLimits(r.result)
		if !strings.HasPrefix(s, "Vision encoder") || !strings.Contains(s, "acme/base") || !strings.HasSuffix(s, ".") {
			t.Errorf("%s: %q", v, s)
		}
		for _, never := range []string{"similarity", "sigma", "copied", "proves", "stolen"} {
			if strings.Contains(s+limits, never) {
				t.Errorf("%s says %q: %q %q", v, never, s, limits)
			}
		}
		if (v.Found() || v == bom.VerdictSameArchitecture || v == bom.VerdictSharedInitialisation) && limits == "" {
			t.Errorf("%s has no limits", v)
		}
	}
}

// TestNumbers: sentences about one matrix and about several.
func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		result compare.Result
		want   string
	}{
		{compare.Result{Verdict: bom.VerdictTrainedFrom, Matrices: 1, Compared: 1}, "trained from acme/base (vision encoder). 1 of 1 matrix was compared;"},
		{compare.Result{Verdict: bom.VerdictTrainedFrom, Matrices: 3, Compared: 1}, "1 of 3 matrices was compared;"},
		{compare.Result{Verdict: bom.VerdictTrainedFrom, Matrices: 3, Compared: 3}, "3 of 3 matrices were compared;"},
		{compare.Result{Verdict: bom.VerdictTrainedFrom, Matrices: 3, Compared: 3, Reordered: 1}, "1 of them has rows or columns"},
		{compare.Result{Verdict: bom.VerdictTrainedFrom, Matrices: 3, Compared: 3, Reordered: 2}, "2 of them have rows or columns"},
		{compare.Result{Verdict: bom.VerdictSameArchitecture, Compared: 1}, "(1 matrix, no correlation"},
		{compare.Result{Verdict: bom.VerdictNotComparable, Matrices: 2, Compared: 1}, "1 of its 2 matrices has a counterpart."},
		{compare.Result{Verdict: bom.VerdictRequantised, Quantised: 1, Requantised: 1}, "In 1 of 1 matrix every sampled value"},
	} {
		s := weightSentence(&Case{Part: part("part:vision-encoder")}, relative{upstream: hubUpstream("acme/base"), part: part("part:vision-encoder"), result: &test.result})
		if !strings.Contains(s, test.want) {
			t.Errorf("%+v: %q, want %q in it", test.result, s, test.want)
		}
	}
	r := &compare.Result{Verdict: bom.VerdictTrainedFrom, Bits: 8, Reordered: 1, Quantised: 2, Requantised: 1, Nulls: 1, Seed: compare.Seed{Tested: true, Gains: 1},
		Roles: []compare.Role{{Name: "fc", Matrices: 1, Bits: 8}}}
	var all []string
	for _, e := range Evidence(r) {
		all = append(all, e.Value)
	}
	for _, want := range []string{"1 matrix has the reference's rows", "1 of 2 quantised matrices lies in", "from 1 in-pair comparison", "correlation of 1 gain ", "1 matrix, agreement"} {
		if text := strings.Join(all, "\n"); !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
