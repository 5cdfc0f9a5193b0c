package codec

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The XML that the schema of 1.6 wants, written by hand: references in
// declarations are text. The library looks for an attribute.
const declarationsXML = `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <metadata><component type="machine-learning-model" bom-ref="m"><name>m</name></component></metadata>
  <components><component type="data" bom-ref="t"><name>t</name></component></components>
  <declarations>
    <assessors><assessor bom-ref="a"><thirdParty>true</thirdParty><organization><name>Office</name></organization></assessor></assessors>
    <attestations><attestation><summary>all well</summary><assessor>a</assessor>
      <map><requirement>r1</requirement><claims><claim>c1</claim></claims><counterClaims><counterClaim>c2</counterClaim></counterClaims>
        <conformance><score>0.25</score><rationale>some</rationale></conformance></map>
      <map><requirement>r2</requirement></map>
      <map><requirement>gone</requirement></map>
    </attestation></attestations>
    <claims>
      <claim bom-ref="c1"><target>t</target><predicate>is known</predicate><reasoning>seen</reasoning><evidence>e1</evidence><evidence>e2</evidence></claim>
      <claim bom-ref="c2"><target>m</target><predicate>is odd</predicate></claim>
      <claim bom-ref="c3"><target>m</target></claim>
    </claims>
    <evidence><evidence bom-ref="e1"><propertyName>p</propertyName><description>d</description></evidence><evidence bom-ref="e2"><propertyName>q</propertyName></evidence></evidence>
    <affirmation><statement>so it is</statement></affirmation>
  </declarations>
  <definitions><standards>
    <standard bom-ref="s1"><name>One</name><version>1</version><description>none given</description><owner>Office</owner>
      <requirements><requirement bom-ref="r1"><identifier>1.1</identifier><title>First</title></requirement></requirements></standard>
    <standard bom-ref="s2"><name>Two</name><version>2</version><description>The second.</description><owner>Office</owner>
      <requirements><requirement bom-ref="r2"><identifier>2.1</identifier></requirement></requirements></standard>
  </standards></definitions>
</bom>`

func TestReadDeclarations(t *testing.T) {
	d, losses, err := Decode(strings.NewReader(declarationsXML))
	if err != nil {
		t.Fatal(err)
	}
	office := bom.Organization{Name: "Office"}
	want := []bom.Attestation{
		{Assessor: office, ThirdParty: true, Summary: "all well", Standard: bom.Standard{Name: "One", Version: "1", Owner: "Office"}, Requirements: []bom.Requirement{
			{ID: "1.1", Title: "First", Conformance: &bom.Conformance{Score: 0.25, Rationale: "some"}, Claims: []bom.Claim{
				{Predicate: "is odd", Counter: true},
				{Ref: "t", Predicate: "is known", Reasoning: "seen", Evidence: []bom.ClaimEvidence{{Property: "p", Description: "d"}, {Property: "q"}}},
			}}}},
		{Assessor: office, ThirdParty: true, Summary: "all well", Standard: bom.Standard{Name: "Two", Version: "2", Owner: "Office", Description: "The second."},
			Requirements: []bom.Requirement{{ID: "2.1"}}},
	}
	if diff := cmp.Diff(want, d.Attestations); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var fields []string
	for _, l := range losses {
		fields = append(fields, l.Field)
	}
	for _, field := range []string{"declarations.affirmation", "declarations.attestations.map", "declarations.claims that no attestation has"} {
		if !slices.Contains(fields, field) {
			t.Errorf("no loss about %s: %v", field, losses)
		}
	}
	var out bytes.Buffer
	if _, err := Encode(&out, d, "cyclonedx-xml", "1.6"); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"<assessor>assessor:Office</assessor>", "<target>t</target>", "<target>m</target>", "<evidence>evidence:p</evidence>",
		"<claim>claim:One:1.1#2</claim>", "<counterClaim>claim:One:1.1</counterClaim>", "<description>none given</description>", "<score>0.25</score>"} {
		if strings.Count(out.String(), line) == 0 {
			t.Errorf("the XML lacks %s", line)
		}
	}
	if strings.Contains(out.String(), "<target ref") {
		t.Error("a reference is an attribute")
	}
}

// Names that could be taken for others, characters that XML refuses, and scores
// that are none.
func TestDeclarationsOfStrangers(t *testing.T) {
	for name, spoil := range map[string]func(d *bom.Document){
		"refs of the components": func(d *bom.Document) {
			d.Components = append(d.Components, bom.Component{Ref: "claim:graded:auditable", Kind: bom.KindData}, bom.Component{Ref: "requirement:graded:auditable", Kind: bom.KindData})
		},
		"one standard twice":       func(d *bom.Document) { d.Attestations = append(d.Attestations, d.Attestations...) },
		"nothing but requirements": func(d *bom.Document) { d.Attestations = []bom.Attestation{{Requirements: []bom.Requirement{{}, {}}}} },
		"third party without name": func(d *bom.Document) {
			d.Attestations[0].Assessor, d.Attestations[0].ThirdParty = bom.Organization{}, true
		},
		"odd scores": func(d *bom.Document) {
			d.Attestations[1].Requirements = nil
			for i, score := range []float64{math.NaN(), math.Inf(1), -1, 1e-9, 0.33333333, 2} {
				d.Attestations[1].Requirements = append(d.Attestations[1].Requirements, bom.Requirement{ID: fmt.Sprint(i), Conformance: &bom.Conformance{Score: score}})
			}
		},
		"markup": func(d *bom.Document) {
			d.Attestations[0].Requirements[0].Claims[0].Predicate = `<claim ref="x"></claim> ]]> & "`
			d.Attestations[0].Standard.Name = `"></standard> | \`
			d.Attestations[0].Requirements[0].ID = `<target ref="y"></target>`
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range All() {
				for _, version := range f.Versions() {
					d := richDocument()
					spoil(d)
					var out bytes.Buffer
					if _, err := (Options{}).Encode(&out, d, f.Name(), version); err != nil {
						t.Fatal(err)
					}
					if strings.HasPrefix(f.Name(), "cyclonedx") {
						checkCycloneDX(t, out.Bytes())
					}
					got, losses, err := Decode(&out)
					if err != nil || len(losses) > 0 {
						t.Fatalf("%s@%s: %v, losses %v", f.Name(), version, err, losses)
					}
					d.Normalize()
					if diff := cmp.Diff(d.Attestations, got.Attestations); diff != "" {
						t.Errorf("%s@%s (-want +got):\n%s", f.Name(), version, diff)
					}
				}
			}
		})
	}
}

// What points nowhere is a loss, and no error; what refers to one thing a million
// times does not become a million copies.
func TestDeclarationsLimits(t *testing.T) {
	if _, losses, err := Decode(strings.NewReader(strings.Replace(declarationsXML, "<target>t</target>", "<target>gone</target>", 1))); err != nil || len(losses) < 4 {
		t.Errorf("%v, losses %v", err, losses)
	}
	many := strings.Replace(declarationsXML, "<evidence>e1</evidence>", strings.Repeat("<evidence>e1</evidence>", 2000), 1)
	many = strings.Replace(many, "<claim>c1</claim>", strings.Repeat("<claim>c1</claim>", 2000), 1)
	d, losses, err := Decode(strings.NewReader(many))
	if err != nil {
		t.Fatal(err)
	}
	n := len(d.Attestations[0].Requirements[0].Claims)
	if n < 400 || n > 600 || !slices.ContainsFunc(losses, func(l Loss) bool { return strings.Contains(l.Field, "beyond the limit") }) {
		t.Errorf("%d claims, losses %v", n, losses)
	}
	spdx := bytes.Buffer{}
	x := richDocument()
	if _, err := Encode(&spdx, x, "spdx-json", "2.3"); err != nil {
		t.Fatal(err)
	}
	odd := strings.Replace(spdx.String(), `\\\"ref\\\":\\\"part:tokenizer\\\"`, `\\\"ref\\\":\\\"part:gone\\\"`, 1)
	if odd == spdx.String() {
		t.Fatal("nothing to spoil")
	}
	if _, losses, err := Decode(strings.NewReader(odd)); err != nil || len(losses) != 1 {
		t.Errorf("%v, losses %v", err, losses)
	}
}
