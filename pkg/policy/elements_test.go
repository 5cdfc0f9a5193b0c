package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// full is a document that has everything that a document of modelbom can have.
func full() *bom.Document {
	org := &bom.Organization{Name: "Acme", URL: "https://acme.example", Country: "KR"}
	times := []bom.Property{{Name: propReleaseTime, Value: "2026-01-01T00:00:00Z"}, {Name: propBuiltTime, Value: "2025-12-01T00:00:00Z"}}
	licences := []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}, {Expression: "MIT", Acknowledgement: bom.Concluded}}
	download := []bom.Link{{Type: "distribution", URL: "https://acme.example/m"}}
	model := func(ref bom.Ref, role bom.Role, name string) bom.Component {
		return bom.Component{Ref: ref, Kind: bom.KindModel, Role: role, Group: "acme", Name: name, Version: "1", PURL: "pkg:generic/acme/" + name, Supplier: org,
			Licenses: licences, Links: download, Properties: times, Description: "d",
			Model: &bom.Model{Task: "text-generation", Parameters: 10, Tensors: 1, WeightsDigest: "sha256:00"}}
	}
	subject := model("model", "", "vlm")
	for _, kind := range []string{"threat-model", "bom", "risk-assessment", "certification-report", "rfc-9116", "advisories", "pentest-report", "quality-metrics", "electronic-signature", "vcs"} {
		subject.Links = append(subject.Links, bom.Link{Type: kind, URL: "https://acme.example/" + kind})
	}
	subject.Links = append(subject.Links, bom.Link{Type: "other", URL: "https://acme.example/usage", Comment: "Data usage"})
	subject.Properties = append(times[:2:2], bom.Property{Name: propIntendedUse, Value: "chat"}, bom.Property{Name: propTrainingData, Value: "texts | "}, bom.Property{Name: "modelbom:library", Value: "transformers"})
	dataset := bom.Component{Ref: "dataset:d", Kind: bom.KindData, Role: bom.RoleDataset, Name: "d", Version: "1", PURL: "pkg:generic/d", Description: "d", Supplier: org, Licenses: licences, Links: download,
		Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: "00"}},
		Properties: append(times[:2:2], bom.Property{Name: propOriginator, Value: "Acme"}, bom.Property{Name: "spdx:dataset_datasetType", Value: "text"},
			bom.Property{Name: "spdx:dataset_datasetSize", Value: "9"}, bom.Property{Name: "spdx:dataset_hasSensitivePersonalInformation", Value: "no"})}
	file := bom.Component{Ref: "file:f", Kind: bom.KindFile, Name: "f", Hashes: []bom.Hash{{Algorithm: bom.SHA512, Value: "00"}}, File: &bom.File{Role: "weights"},
		Properties: []bom.Property{{Name: "bsi:component:executable", Value: "non-executable"}, {Name: "bsi:component:archive", Value: "no archive"}, {Name: "bsi:component:structured", Value: "structured"}}}
	return &bom.Document{Subject: "model", Created: time.Unix(1_770_000_000, 0), Authors: []bom.Organization{*org}, Tools: []bom.Tool{{Name: "modelbom", Version: "1"}},
		Phase: "post-build", Format: "cyclonedx-json@1.6", Serial: "urn:uuid:1", Completeness: bom.Completeness{Assembly: bom.AggregateComplete},
		Components: []bom.Component{subject, model("part:language-model", bom.RoleLanguageModel, "lm"), dataset, file},
		Relationships: []bom.Relationship{{From: "model", Type: bom.Contains, To: "part:language-model"}, {From: "model", Type: bom.TrainedOn, To: "dataset:d"},
			{From: "part:language-model", Type: bom.HasDataFile, To: "file:f"}}}
}

func list(t *testing.T, name string, d *bom.Document, parameters map[string]string) *Result {
	t.Helper()
	p, ok := Lookup(name)
	if !ok {
		t.Fatalf("there is no policy %s", name)
	}
	r, err := p.Check(d, Options{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What nothing could have is neither there nor missing: a document without data
// sets gets no credit for their elements.
func TestElementsThatDoNotApply(t *testing.T) {
	r := list(t, "spdx-ai-profile", &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "m"}}}, nil)
	if len(r.Elements) != 7 || !strings.Contains(r.Sentence, " 8 elements do not apply: the document has nothing that could have them.") || r.Outcome != Fail {
		t.Errorf("%d elements, %s: %s", len(r.Elements), r.Outcome, r.Sentence)
	}
	for _, e := range r.Elements {
		if strings.HasPrefix(e.Cluster, "Dataset") {
			t.Errorf("%s counts", e.Name)
		}
	}
}

// The numbers of elements are those of the lists.
func TestElementNumbers(t *testing.T) {
	for name, want := range map[string]int{"g7-minimum": 50, "ntia": 7, "cisa-2026": 17, "bsi-tr-03183": 19, "spdx-ai-profile": 15} {
		r := list(t, name, &bom.Document{Components: []bom.Component{{Ref: "dataset:d", Kind: bom.KindData, Role: bom.RoleDataset}}}, nil)
		if len(r.Elements) != want {
			t.Errorf("%s has %d elements, want %d", name, len(r.Elements), want)
		}
		for _, e := range r.Elements {
			if e.Place == "" || e.State == "" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		for _, e := range list(t, name, &bom.Document{}, nil).Elements {
			if e.State == ElementPresent && name != "spdx-ai-profile" {
				t.Errorf("%s: an empty document has %s: %s", name, e.Name, e.Value)
			}
		}
		p, _ := Lookup(name)
		seen := map[string]bool{}
		for _, x := range p.Rules() {
			if seen[x.ID] {
				t.Errorf("%s: two rules %s", name, x.ID)
			}
			seen[x.ID] = true
		}
	}
	clusters := map[string]int{}
	for _, e := range g7Elements() {
		clusters[e.cluster]++
	}
	for cluster, want := range map[string]int{"Metadata": 10, "System level": 9, "Models": 13, "Datasets": 10, "Infrastructure": 2, "Security": 4, "Key performance indicators": 2} {
		if clusters[cluster] != want {
			t.Errorf("%s has %d elements, want %d", cluster, clusters[cluster], want)
		}
	}
}

func TestElementsOfFullDocument(t *testing.T) {
	for _, p := range elementLists() {
		r := list(t, p.Name(), full(), nil)
		for _, e := range r.Elements {
			if e.State != ElementPresent {
				t.Errorf("%s: %s (%s) is %s, %q", p.Name(), e.Name, e.Cluster, e.State, e.Value)
			}
		}
		if r.Outcome != Pass || Completeness(r.Elements) != 100 {
			t.Errorf("%s: %s", p.Name(), r.Sentence)
		}
	}
}

// Words that stand where a value should, folders' names, asserted digests and
// values of some components get nothing.
func TestElementsOfGuesses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil         func(*bom.Document)
		list, element string
	}{
		"NOASSERTION":    {func(d *bom.Document) { d.Components[0].Supplier = &bom.Organization{Name: "NOASSERTION"} }, "ntia", "supplier name"},
		"unknown":        {func(d *bom.Document) { d.Components[1].Version = "Unknown" }, "ntia", "version"},
		"one of several": {func(d *bom.Document) { d.Components[1].Version = "" }, "spdx-ai-profile", "software_packageVersion"},
		"TODO":           {func(d *bom.Document) { d.Components[0].Description = "TODO" }, "g7-minimum", "description"},
		"folder": {func(d *bom.Document) {
			c := &d.Components[0]
			c.Group, c.PURL, c.Version = "", "", ""
		}, "ntia", "component name"},
		"asserted": {func(d *bom.Document) {
			d.Components[3].Hashes[0].Asserted = true
		}, "bsi-tr-03183", "hash of the deployable form"},
		"no licence":      {func(d *bom.Document) { d.Components[1].Licenses = []bom.License{{Name: "NONE"}} }, "cisa-2026", "licence"},
		"nameless author": {func(d *bom.Document) { d.Authors = []bom.Organization{{Name: " - "}} }, "ntia", "author"},
		"old format":      {func(d *bom.Document) { d.Format = "cyclonedx-json@1.5" }, "bsi-tr-03183", "format"},
		"SPDX 2":          {func(d *bom.Document) { d.Format = "spdx-json@2.3" }, "bsi-tr-03183", "format"},
		"no time": {func(d *bom.Document) {
			d.Components[1].Properties = []bom.Property{{Name: propReleaseTime, Value: "soon"}}
		}, "spdx-ai-profile", "releaseTime"},
		"unstated training": {func(d *bom.Document) { d.Components[0].Properties = nil }, "g7-minimum", "training properties"},
	} {
		d := full()
		c.spoil(d)
		r := list(t, c.list, d, nil)
		found := false
		for _, e := range r.Elements {
			if e.Name == c.element && e.State != ElementPresent {
				found = true
			}
		}
		if !found || r.Outcome != Fail || Completeness(r.Elements) >= 100 {
			t.Errorf("%s: %s of %s is there: %s", name, c.element, c.list, r.Sentence)
		}
	}
	for version, want := range map[string]bool{"cyclonedx-json@1.6": true, "cyclonedx-xml@1.7": true, "cyclonedx-json@1.10": true, "spdx-json@3.0.1": true, "spdx-json@3.0": false, "spdx-tag-value@2.3": false, "cyclonedx-json@": false, "": false} {
		if got := lookBSIFormat(&elementView{view: &view{d: &bom.Document{Format: version}}}).ok; got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

// Taking something away never raises a figure.
func TestElementsMonotonic(t *testing.T) {
	for _, p := range elementLists() {
		whole := Completeness(list(t, p.Name(), full(), nil).Elements)
		for i := range full().Components {
			for _, f := range []func(c *bom.Component){
				func(c *bom.Component) { c.Name = "" }, func(c *bom.Component) { c.Version = "" }, func(c *bom.Component) { c.Supplier = nil }, func(c *bom.Component) { c.Licenses = nil },
				func(c *bom.Component) { c.Links = nil }, func(c *bom.Component) { c.Hashes = nil }, func(c *bom.Component) { c.Properties = nil }, func(c *bom.Component) { c.Model = nil },
				func(c *bom.Component) { c.PURL, c.Description = "", "" },
			} {
				d := full()
				f(&d.Components[i])
				if got := Completeness(list(t, p.Name(), d, nil).Elements); got > whole {
					t.Errorf("%s: %d without, %d with it", p.Name(), got, whole)
				}
			}
		}
	}
}

func TestElementParameters(t *testing.T) {
	d := full()
	d.Authors = nil
	if r := list(t, "ntia", d, map[string]string{"minimum-elements": "85"}); r.Outcome != Pass || r.Sentence != "6 of 7 elements are there (85 %); modelbom can derive 0 of the others, and 1 only a person can supply. 85 % are asked for." {
		t.Errorf("%s: %s", r.Outcome, r.Sentence)
	}
	if r := list(t, "ntia", d, map[string]string{"minimum-elements": "86"}); r.Outcome != Fail {
		t.Errorf("%s: %s", r.Outcome, r.Sentence)
	}
	if r := list(t, "ntia", d, map[string]string{"without-elements": "Author"}); r.Outcome != Pass || len(r.Elements) != 6 || !strings.Contains(r.Sentence, "1 element is not asked for") {
		t.Errorf("%s: %s", r.Outcome, r.Sentence)
	}
	d.Properties = append(d.Properties, bom.Property{Name: propException, Value: "ntia.document.author | | 2099-01-01 | the author is being appointed | "})
	if r := list(t, "ntia", d, nil); r.Outcome != Pass || len(r.Exceptions) != 1 || r.Exceptions[0].State != "used" {
		t.Errorf("%s: %s %v", r.Outcome, r.Sentence, r.Exceptions)
	}
	p, _ := Lookup("ntia")
	for _, bad := range []string{"x", "-1", "101", "NaN"} {
		if _, err := p.Check(d, Options{Parameters: map[string]string{"minimum-elements": bad}}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
