package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/policy"
)

// encoder is the foreign part of team 3, which meets all four grades.
const encoder bom.Ref = "part:vision-encoder"

func component(d *bom.Document) *bom.Component { return d.Component(encoder) }

// upstream is the model that it comes from.
func upstream(d *bom.Document) *bom.Component {
	return d.Component(component(d).Origins[0].Reference)
}

// shard is the file that holds it.
func shard(d *bom.Document) *bom.Component {
	return d.Component("file:model-00002-of-00002.safetensors")
}

func without(list []bom.Property, name string) []bom.Property {
	return slices.DeleteFunc(slices.Clone(list), func(p bom.Property) bool { return p.Name == name })
}

// replace changes a property of the encoder.
func replace(name, from, to string) func(*bom.Document) {
	return func(d *bom.Document) {
		for i, p := range component(d).Properties {
			if p.Name == name {
				component(d).Properties[i].Value = strings.Replace(p.Value, from, to, 1)
			}
		}
	}
}

func drop(name string) func(*bom.Document) {
	return func(d *bom.Document) { component(d).Properties = without(component(d).Properties, name) }
}

func finding(rule string, s bom.Severity, ref bom.Ref, message string) func(*bom.Document) {
	return func(d *bom.Document) {
		d.Findings = append(d.Findings, bom.Finding{Rule: rule, Severity: s, Ref: ref, Path: "somewhere", Message: message})
	}
}

// causes change one thing each, and move one grade by one reason.
var causes = []struct {
	name   string
	change func(*bom.Document)
	reason string
	level  policy.Level
}{
	{"a file without a digest", func(d *bom.Document) { shard(d).Hashes = nil }, "auditable.digests", policy.LevelPartly},
	{"a digest that others stated", func(d *bom.Document) { shard(d).Hashes[0].Asserted = true }, "auditable.digests", policy.LevelPartly},
	{"a digest that is wrong", finding("digest-mismatch", bom.SeverityHigh, "file:model-00002-of-00002.safetensors", "the SHA-256 differs"), "auditable.digests", policy.LevelNotMet},
	{"weights that were not read", func(d *bom.Document) {
		d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapUnreadWeights, Ref: encoder, Reason: "a type that is not known"})
	}, "auditable.digests", policy.LevelNotShown},
	{"an unknown format", func(d *bom.Document) { shard(d).File.Format = "" }, "auditable.format", policy.LevelNotShown},
	{"a format of one program", func(d *bom.Document) { shard(d).File.Format = "keras" }, "auditable.format", policy.LevelNotMet},
	{"moderate evidence", func(d *bom.Document) { component(d).Origins[0].Strength = bom.StrengthModerate }, "auditable.origin", policy.LevelPartly},
	{"weak evidence", func(d *bom.Document) { component(d).Origins[0].Strength = bom.StrengthWeak }, "auditable.origin", policy.LevelNotMet},
	{"a declaration that the bytes contradict", finding("origin-contradicted", bom.SeverityHigh, encoder, "no relation"), "auditable.origin", policy.LevelNotMet},
	{"unstated training data", drop("modelbom:stated:training-data"), "auditable.training-data", policy.LevelPartly},
	{"an origin that is not declared", func(d *bom.Document) {
		o := &component(d).Origins[0]
		o.Evidence = slices.DeleteFunc(slices.Clone(o.Evidence), func(e bom.Evidence) bool { return e.Technique == bom.ManifestAnalysis })
	}, "auditable.lineage", policy.LevelNotMet},
	{"an origin that was found undeclared", finding("origin-undeclared", bom.SeverityMedium, encoder, "nothing declares it"), "auditable.lineage", policy.LevelNotMet},

	{"a licence that is only declared", func(d *bom.Document) {
		component(d).Licenses = slices.DeleteFunc(slices.Clone(component(d).Licenses), func(l bom.License) bool { return l.Acknowledgement == bom.Concluded })
	}, "licence.concluded", policy.LevelNotMet},
	{"no licence of the upstream", func(d *bom.Document) { upstream(d).Licenses = nil }, "licence.concluded", policy.LevelPartly},
	{"a conflict", finding("licence-conflict", bom.SeverityMedium, encoder, "the upstream asks more"), "licence.conflict", policy.LevelNotMet},
	{"a disagreement", finding("licence-disagreement", bom.SeverityMedium, "", "two places disagree"), "licence.conflict", policy.LevelNotMet},
	{"a phrase that is not displayed", finding("licence-attribution", bom.SeverityLow, "", "the licence of farview/tower-so-14 asks for a phrase"), "licence.obligations", policy.LevelPartly},
	{"a community licence", func(d *bom.Document) {
		upstream(d).Properties = append(without(upstream(d).Properties, "modelbom:licence:class"), bom.Property{Name: "modelbom:licence:class", Value: "community-with-conditions"})
	}, "licence.class", policy.LevelPartly},
	{"a licence for research", func(d *bom.Document) {
		component(d).Properties = append(without(component(d).Properties, "modelbom:licence:class"), bom.Property{Name: "modelbom:licence:class", Value: "research-or-non-commercial"})
	}, "licence.class", policy.LevelNotMet},
	{"a licence of an unknown class", func(d *bom.Document) {
		component(d).Properties = without(component(d).Properties, "modelbom:licence:class")
	}, "licence.class", policy.LevelNotShown},

	{"nobody looked", func(d *bom.Document) { d.Properties = without(d.Properties, "modelbom:observed") }, "security.observed", policy.LevelNotShown},
	{"a dangerous file", finding("pickle-dangerous", bom.SeverityCritical, "file:model-00002-of-00002.safetensors", "it calls os.system"), "security.findings", policy.LevelNotMet},
	{"a secret in the card", finding("secret", bom.SeverityHigh, "file:README.md", "a token"), "security.findings", policy.LevelNotMet},
	{"a file that was not read to its end", finding("scan-incomplete", bom.SeverityHigh, encoder, "it stopped"), "security.findings", policy.LevelNotShown},
	{"a finding of another tool", finding("other-tool-rule", bom.SeverityMedium, encoder, "look here"), "security.findings", policy.LevelPartly},
	{"remote code", finding("remote-code", bom.SeverityMedium, "file:config.json", "auto_map names modeling.py"), "security.code", policy.LevelPartly},
	{"a format that is a program", finding("unsafe-format", bom.SeverityLow, encoder, "a pickle"), "security.format", policy.LevelPartly},
	{"a format that may be a program", finding("not-read", bom.SeverityInfo, encoder, "not read"), "security.format", policy.LevelNotMet},
	{"no review", drop("modelbom:review"), "security.review", policy.LevelNotShown},
	{"a review of other bytes", replace("modelbom:review", "| bound |", "| other-bytes |"), "security.review", policy.LevelNotShown},
	{"a review that claims to be of these bytes", replace("modelbom:review", "sha256:", "sha256:0"), "security.review", policy.LevelNotShown},
	{"a conditional review", replace("modelbom:review", "accepted", "conditional"), "security.review", policy.LevelPartly},
	{"a rejection", replace("modelbom:review", "accepted", "rejected"), "security.review", policy.LevelNotMet},

	{"tensors that are not told apart", func(d *bom.Document) { component(d).Model.Tensors = 0 }, "replaceable.separable", policy.LevelNotShown},
	{"no stated interface", replace("modelbom:replaceability", "patch embeddings of width 96 into the projector", ""), "replaceable.interface", policy.LevelPartly},
	{"a statement about other bytes", replace("modelbom:replaceability", "| bound", "| other-bytes"), "replaceable.interface", policy.LevelPartly},
	{"no alternative", withoutAlternatives, "replaceable.alternatives", policy.LevelPartly},
	{"training with the rest, of some of it", trained("59.8 %"), "replaceable.seam", policy.LevelPartly},
	{"training with the rest, of most of it", trained("12.0 %"), "replaceable.seam", policy.LevelNotMet},
	{"training with the rest, nobody knows how much", trained(""), "replaceable.seam", policy.LevelNotShown},
	{"no projector", func(d *bom.Document) { d.Component("part:projector").Role = bom.RoleOther }, "replaceable.seam", policy.LevelPartly},
	{"most of the model", func(d *bom.Document) { component(d).Model.Parameters = 600_000 }, "replaceable.share", policy.LevelNotMet},
	{"an unknown share", func(d *bom.Document) { component(d).Model.Parameters = 0 }, "replaceable.share", policy.LevelNotShown},
}

// withoutAlternatives takes out those that are stated and those of the index.
func withoutAlternatives(d *bom.Document) {
	replace("modelbom:replaceability", "thirdlab/tower-s", "")(d)
	for i := range component(d).Origins {
		o := &component(d).Origins[i]
		o.Evidence = slices.DeleteFunc(slices.Clone(o.Evidence), func(e bom.Evidence) bool { return e.Key == "same-interface" })
	}
}

// trained makes the encoder one that was trained on.
func trained(frozen string) func(*bom.Document) {
	return func(d *bom.Document) {
		o := &component(d).Origins[0]
		o.Verdict, o.Strength = bom.VerdictTrainedFrom, bom.StrengthStrong
		o.Evidence = slices.DeleteFunc(slices.Clone(o.Evidence), func(e bom.Evidence) bool { return e.Key == "frozen" })
		if frozen != "" {
			o.Evidence = append(o.Evidence, bom.Evidence{Technique: bom.BinaryAnalysis, Key: "frozen", Value: frozen})
		}
	}
}

// TestCauses changes one thing of a document that meets everything: the grade
// that it is about changes, by the reason that it is, and no other grade does.
func TestCauses(t *testing.T) {
	moved := map[string]bool{}
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, "team-3")
			before := part(t, check(t, policy.Graded, d, policy.Options{}), encoder)
			if got := levels(before); got != "[met met met met]" {
				t.Fatalf("team 3 begins with %s", got)
			}
			c.change(d)
			after := part(t, check(t, policy.Graded, d, policy.Options{}), encoder)
			area, _, _ := strings.Cut(c.reason, ".")
			for i, g := range after.Grades {
				mine := strings.HasPrefix(g.Name, area)
				if !mine && g.Level != policy.LevelMet {
					t.Errorf("%s is %s, and this has nothing to do with it: %+v", g.Name, g.Level, g.Reasons)
				}
				if mine && g.Level == before.Grades[i].Level {
					t.Errorf("%s stays %s", g.Name, g.Level)
				}
				for _, r := range g.Reasons {
					if r.ID == c.reason && (r.Level != c.level || r.Text == "" || r.Place == "") {
						t.Errorf("%s is %s (%s), want %s", r.ID, r.Level, r.Text, c.level)
					}
				}
			}
		})
		moved[c.reason] = true
	}
	for _, r := range named(t, policy.Graded).Rules() {
		reason := !strings.HasPrefix(r.ID, "graded.")
		if reason && !moved[r.ID] {
			t.Errorf("no cause moves %s", r.ID)
		}
	}
}

// TestSeveralReasons changes what more than one reason rests on.
func TestSeveralReasons(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*bom.Document)
		reasons map[string]policy.Level
	}{
		{"nobody looked", func(d *bom.Document) { d.Properties = nil }, map[string]policy.Level{"security.observed": policy.LevelNotShown,
			"security.findings": policy.LevelNotShown, "security.code": policy.LevelNotShown, "security.format": policy.LevelNotShown, "security.review": policy.LevelMet}},
		{"an origin without evidence", func(d *bom.Document) { component(d).Origins[0].Evidence = nil }, map[string]policy.Level{
			"auditable.origin": policy.LevelNotMet, "auditable.lineage": policy.LevelNotMet, "replaceable.seam": policy.LevelNotShown}},
		{"an origin that is only declared", func(d *bom.Document) { component(d).Origins[0].Verdict = bom.VerdictDeclaredOnly }, map[string]policy.Level{
			"auditable.origin": policy.LevelNotMet, "auditable.lineage": policy.LevelMet, "replaceable.seam": policy.LevelNotShown}},
		{"no weights digest", func(d *bom.Document) { component(d).Model.WeightsDigest = "" }, map[string]policy.Level{
			"auditable.digests": policy.LevelPartly, "security.review": policy.LevelNotShown, "replaceable.interface": policy.LevelPartly}},
		{"a community licence whose terms are not known", func(d *bom.Document) {
			for _, c := range []*bom.Component{component(d), upstream(d)} {
				c.Properties = append(without(without(c.Properties, "modelbom:licence:class"), "modelbom:licence:term"), bom.Property{Name: "modelbom:licence:class", Value: "community-with-conditions"})
			}
		}, map[string]policy.Level{"licence.class": policy.LevelPartly, "licence.obligations": policy.LevelPartly}},
		{"files that are not known", func(d *bom.Document) {
			d.Relationships = slices.DeleteFunc(d.Relationships, func(r bom.Relationship) bool { return r.From == encoder && r.Type != bom.DescendantOf })
		}, map[string]policy.Level{"auditable.format": policy.LevelNotShown, "auditable.digests": policy.LevelPartly, "security.findings": policy.LevelNotShown,
			"security.code": policy.LevelNotShown, "security.format": policy.LevelNotShown, "security.review": policy.LevelMet}},
		{"weights without a licence", func(d *bom.Document) { component(d).Licenses, upstream(d).Licenses = nil, nil }, map[string]policy.Level{
			"licence.concluded": policy.LevelNotShown, "licence.conflict": policy.LevelNotShown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, "team-3")
			c.change(d)
			for _, g := range part(t, check(t, policy.Graded, d, policy.Options{}), encoder).Grades {
				for _, r := range g.Reasons {
					if want, ok := c.reasons[r.ID]; ok && r.Level != want {
						t.Errorf("%s is %s, want %s: %s", r.ID, r.Level, want, r.Text)
					}
				}
			}
		})
	}
}

// TestScratchCauses does the same for the from-scratch rule.
func TestScratchCauses(t *testing.T) {
	const own bom.Ref = "part:language-model"
	descends := func(verdict bom.Verdict, relation string) func(*bom.Document) {
		return func(d *bom.Document) {
			c := d.Component(own)
			up := c.Origins[0].Reference
			c.Origins = []bom.Origin{{Reference: up, Verdict: verdict, Strength: bom.StrengthStrong, Relation: relation, Sentence: "Layers 0 to 3 are those of it.",
				Evidence: []bom.Evidence{{Technique: bom.BinaryAnalysis, Key: "matrices", Value: "some"}}}}
		}
	}
	for _, c := range []struct {
		name    string
		change  func(*bom.Document)
		options map[string]string
		rule    string
		outcome policy.Outcome
		says    string
	}{
		{"identical", descends(bom.VerdictIdentical, ""), nil, "from-scratch.weights", policy.Fail, "holds weights of"},
		{"requantised", descends(bom.VerdictRequantised, ""), nil, "from-scratch.weights", policy.Fail, "holds weights of"},
		{"distant", descends(bom.VerdictRelatedDistant, ""), nil, "from-scratch.weights", policy.Fail, "holds weights of"},
		{"partial", descends(bom.VerdictPartial, ""), nil, "from-scratch.weights", policy.Fail, "Layers 0 to 3 are those of it."},
		{"one beginning", descends(bom.VerdictSharedInitialisation, ""), nil, "from-scratch.shared-beginning", policy.NotShown, "not shown which"},
		{"a quantisation of it is known", descends(bom.VerdictRequantised, "unquantised"), nil, "from-scratch.shared-beginning", policy.NotShown, "not shown which"},
		{"a declared base", descends(bom.VerdictDeclaredOnly, "finetune"), nil, "from-scratch.declared-base", policy.Fail, "declared to come from"},
		{"a declared base of the model", func(d *bom.Document) {
			d.Component(d.Subject).Origins = []bom.Origin{{Reference: "upstream:elsewhere", Verdict: bom.VerdictDeclaredOnly}}
			d.Components = append(d.Components, bom.Component{Ref: "upstream:elsewhere", Kind: bom.KindModel, Group: "else", Name: "where"})
		}, nil, "from-scratch.declared-base", policy.Fail, "The model is declared to come from else/where"},
		{"an ancestor in a document of another tool", func(d *bom.Document) {
			d.Components = append(d.Components, bom.Component{Ref: "upstream:elsewhere", Kind: bom.KindModel, Group: "else", Name: "where"})
			d.Relationships = append(d.Relationships, bom.Relationship{From: own, Type: bom.DescendantOf, To: "upstream:elsewhere"})
		}, nil, "from-scratch.declared-base", policy.Fail, "else/where"},
		{"a contradicted declaration", finding("origin-contradicted", bom.SeverityHigh, own, "no relation"), nil, "from-scratch.contradicted", policy.NotShown, "one of both is wrong"},
		{"no statement", func(d *bom.Document) {
			d.Component(own).Properties = without(d.Component(own).Properties, "modelbom:stated:own")
		}, nil,
			"from-scratch.statement", policy.NotShown, "does not state"},
		{"a statement about other bytes", func(d *bom.Document) { d.Component(own).Model.WeightsDigest = "sha256:00" }, nil, "from-scratch.statement", policy.NotShown, "other bytes"},
		{"a statement without a digest", func(d *bom.Document) {
			d.Component(own).Properties = append(without(d.Component(own).Properties, "modelbom:stated:own"), bom.Property{Name: "modelbom:stated:own", Value: "ours | | unbound"})
		}, map[string]string{"statement": "bound"}, "from-scratch.statement", policy.NotShown, "does not name the digest"},
		{"no index", func(d *bom.Document) { d.Inputs = nil }, nil, "from-scratch.compared", policy.NotShown, "not compared with anything"},
		{"the catalogue alone", func(d *bom.Document) {
			d.Inputs = slices.DeleteFunc(d.Inputs, func(in bom.Input) bool { return in.Kind == "index" })
		}, nil, "from-scratch.compared", policy.NotShown, "names no index"},
		{"nothing to compare", descends(bom.VerdictNotComparable, ""), nil, "from-scratch.compared", policy.NotShown, "could not be compared"},
		{"a search that was cut short", func(d *bom.Document) {
			d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapLimit, Ref: own, Reason: "12 more parts of the index could be its origin"})
		}, nil, "from-scratch.compared", policy.NotShown, "12 more parts"},
		{"no verdict", func(d *bom.Document) { d.Component(own).Origins = nil }, nil, "from-scratch.compared", policy.NotShown, "no verdict"},
		{"absent weights", func(d *bom.Document) {
			d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapAbsentWeights, Path: "x.safetensors", Reason: "a pointer"})
		}, nil, "from-scratch.unread", policy.NotShown, "a pointer"},
		{"a foreign architecture", func(*bom.Document) {}, map[string]string{"architecture-reuse": "deny"}, "from-scratch.architecture", policy.Fail, "does not allow reuse of an architecture"},
		{"a foreign tokenizer", func(*bom.Document) {}, map[string]string{"tokenizer-reuse": "deny"}, "from-scratch.tokenizer", policy.Fail, "does not allow reuse of a tokenizer"},
		{"foreign code", func(d *bom.Document) {
			d.Components = append(d.Components, bom.Component{Ref: "upstream:code", Kind: bom.KindLibrary, Name: "code"})
			d.Relationships = append(d.Relationships, bom.Relationship{From: d.Subject, Type: bom.DependsOn, To: "upstream:code", Note: "remote code modeling.py"})
		}, map[string]string{"code-reuse": "deny"}, "from-scratch.code", policy.Fail, "takes code from"},
		{"no weights", func(d *bom.Document) {
			d.Components = slices.DeleteFunc(d.Components, func(c bom.Component) bool { return c.Role != "" || c.Kind == bom.KindModel })
		}, nil, "from-scratch.parts", policy.NotShown, "no part that holds weights"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, "team-5")
			before := check(t, policy.FromScratch, d, policy.Options{})
			c.change(d)
			r := check(t, policy.FromScratch, d, policy.Options{Parameters: c.options})
			if before.Outcome != policy.Pass || r.Outcome != c.outcome {
				t.Errorf("%s, then %s, want %s: %s", before.Outcome, r.Outcome, c.outcome, r.Sentence)
			}
			for _, v := range r.Checks {
				if v.Outcome == policy.Pass {
					continue
				}
				if v.Rule != c.rule || v.Outcome != c.outcome || !strings.Contains(v.Text, c.says) {
					t.Errorf("%s is %s: %s", v.Rule, v.Outcome, v.Text)
				}
			}
		})
	}
}

// TestStatedAndDoubtful: a statement does not make a part its producer's own where
// what was found speaks against it, though it does not decide.
func TestStatedAndDoubtful(t *testing.T) {
	for name, change := range map[string]func(*bom.Document){
		"one beginning": func(d *bom.Document) { component(d).Origins[0].Verdict = bom.VerdictSharedInitialisation },
		"a quantisation of it": func(d *bom.Document) {
			o := &component(d).Origins[0]
			o.Verdict, o.Relation = bom.VerdictRequantised, "unquantised"
		},
		"a contradicted declaration": finding("origin-contradicted", bom.SeverityHigh, encoder, "no relation"),
	} {
		d := team(t, "team-1")
		change(d)
		p := part(t, check(t, policy.Graded, d, policy.Options{}), encoder)
		if p.Foreign != policy.ForeignUnknown || p.Outcome != policy.NotShown || len(p.Grades) != 4 {
			t.Errorf("%s: %s, %s: %s", name, p.Foreign, p.Outcome, p.Sentence)
		}
	}
}

// TestDeclaredByAnotherName: what a card declares by address and an index knows
// by name is one model.
func TestDeclaredByAnotherName(t *testing.T) {
	d := team(t, "team-3")
	twin := *upstream(d)
	twin.Ref = "upstream:farview/tower-so-14"
	d.Components = append(d.Components, twin)
	c := component(d)
	found, stated := c.Origins[0], c.Origins[0]
	found.Reference = twin.Ref
	found.Evidence = slices.DeleteFunc(slices.Clone(found.Evidence), func(e bom.Evidence) bool { return e.Technique == bom.ManifestAnalysis })
	stated.Verdict, stated.Strength = bom.VerdictDeclaredOnly, bom.StrengthDeclared
	c.Origins = []bom.Origin{found}
	d.Component(d.Subject).Origins = []bom.Origin{stated}
	r := check(t, policy.Graded, d, policy.Options{})
	if got := levels(part(t, r, encoder)); r.Outcome != policy.Pass || got != "[met met met met]" {
		t.Errorf("%s, %s: %s", r.Outcome, got, r.Sentence)
	}
}

// TestSuppliers checks whose an upstream is.
func TestSuppliers(t *testing.T) {
	for _, c := range []struct {
		name            string
		change          func(*bom.Document)
		options         map[string]string
		foreign         policy.Foreign
		scratch, graded policy.Outcome
	}{
		{"of another vendor", func(*bom.Document) {}, nil, policy.ForeignYes, policy.Fail, policy.Fail},
		{"of an allowed supplier", func(*bom.Document) {}, map[string]string{"allowed-suppliers": "Nobody, farview research"}, policy.ForeignHome, policy.NotShown, policy.Pass},
		{"of an allowed group", func(*bom.Document) {}, map[string]string{"allowed-suppliers": "farview"}, policy.ForeignHome, policy.NotShown, policy.Pass},
		{"of the home jurisdiction", func(*bom.Document) {}, map[string]string{"home": "US"}, policy.ForeignHome, policy.Fail, policy.Pass},
		{"of the home jurisdiction, which may be reused", func(*bom.Document) {}, map[string]string{"home": "US", "home-reuse": "allow"}, policy.ForeignHome, policy.NotShown, policy.Pass},
		{"of elsewhere", func(*bom.Document) {}, map[string]string{"home": "KR"}, policy.ForeignYes, policy.Fail, policy.Fail},
		{"of the producer", func(d *bom.Document) { d.Component(d.Subject).Supplier.Name = "FARVIEW Research" }, nil, policy.ForeignHome, policy.NotShown, policy.Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, "team-2")
			component(d).Properties = without(component(d).Properties, "modelbom:stated:own")
			c.change(d)
			o := policy.Options{Parameters: c.options}
			scratch, graded := check(t, policy.FromScratch, d, o), check(t, policy.Graded, d, o)
			if f := part(t, graded, encoder).Foreign; f != c.foreign || scratch.Outcome != c.scratch || graded.Outcome != c.graded {
				t.Errorf("%s, from scratch %s (%s), graded %s (%s)", f, scratch.Outcome, scratch.Sentence, graded.Outcome, graded.Sentence)
			}
		})
	}
}

// TestUnknownIsNeverOriginal: a part that nobody states and of which nothing was
// found is graded as foreign.
func TestUnknownIsNeverOriginal(t *testing.T) {
	d := team(t, "team-1")
	for i := range d.Components {
		d.Components[i].Properties = without(d.Components[i].Properties, "modelbom:stated:own")
	}
	scratch, graded := check(t, policy.FromScratch, d, policy.Options{}), check(t, policy.Graded, d, policy.Options{})
	if scratch.Outcome != policy.NotShown || graded.Outcome != policy.NotShown {
		t.Errorf("from scratch %s, graded %s", scratch.Outcome, graded.Outcome)
	}
	for _, ref := range []bom.Ref{"part:language-model", encoder, "part:projector"} {
		p := part(t, graded, ref)
		if p.Foreign != policy.ForeignUnknown || p.Outcome != policy.NotShown || p.Overall != policy.LevelNotShown {
			t.Errorf("%s is %s, %s and %s", ref, p.Foreign, p.Outcome, p.Overall)
		}
	}
	set(d, d.Subject, "modelbom:stated:own", "all of it | "+facts.Digests(d, d.Subject)[0]+" | bound")
	if r := check(t, policy.FromScratch, d, policy.Options{}); r.Outcome != policy.Pass {
		t.Errorf("with a statement about the whole: %s: %s", r.Outcome, r.Sentence)
	}
	component(d).Model.WeightsDigest = "sha256:00"
	if r := check(t, policy.FromScratch, d, policy.Options{}); r.Outcome != policy.NotShown {
		t.Errorf("with a statement about another whole: %s: %s", r.Outcome, r.Sentence)
	}
}

// TestAlternativeOfAnIndex: a model of the index with the part's shapes counts as
// an alternative, where nobody states one.
func TestAlternativeOfAnIndex(t *testing.T) {
	d := team(t, "team-3")
	withoutAlternatives(d)
	o := &component(d).Origins[0]
	o.Evidence = append(slices.Clone(o.Evidence), bom.Evidence{Technique: bom.BinaryAnalysis, Key: "same-interface", Value: "other/tower"})
	got := part(t, check(t, policy.Graded, d, policy.Options{}), encoder)
	if levels(got) != "[met met met met]" {
		t.Errorf("grades %s", levels(got))
	}
	i := slices.IndexFunc(got.Grades[3].Reasons, func(r policy.Reason) bool { return r.ID == "replaceable.alternatives" })
	if i < 0 || !strings.Contains(got.Grades[3].Reasons[i].Text, "other/tower") {
		t.Errorf("the alternative is not named: %+v", got.Grades[3].Reasons)
	}
}
