package codec

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// cycloneDX is both forms in both versions.
func cycloneDX() map[string]func(*bom.Document) ([]byte, []Loss, error) {
	out := map[string]func(*bom.Document) ([]byte, []Loss, error){}
	for _, f := range []Format{cycloneDXJSON{}, cycloneDXXML{}} {
		for _, v := range f.Versions() {
			out[f.Name()+"@"+v] = func(d *bom.Document) ([]byte, []Loss, error) {
				var w bytes.Buffer
				losses, err := f.Encode(&w, d, v, Options{})
				return w.Bytes(), losses, err
			}
		}
	}
	return out
}

// decodeCycloneDX reads either form.
func decodeCycloneDX(data []byte) (*bom.Document, []Loss, error) {
	for _, f := range []Format{cycloneDXJSON{}, cycloneDXXML{}} {
		if f.Match(data[:min(len(data), 64<<10)]) {
			return f.Decode(bytes.NewReader(data))
		}
	}
	return nil, nil, ErrUnknownFormat
}

// plain removes what only a decoder sets.
func plain(d *bom.Document) *bom.Document {
	d.Serial, d.Format = "", ""
	return d
}

func TestCycloneDXRoundTrip(t *testing.T) {
	for name, encode := range cycloneDX() {
		t.Run(name, func(t *testing.T) {
			data, losses, err := encode(richDocument())
			if err != nil || len(losses) > 0 {
				t.Fatalf("encode: %v, losses %v", err, losses)
			}
			again, _, _ := encode(richDocument())
			if !bytes.Equal(data, again) {
				t.Error("two encodings differ")
			}
			got, losses, err := decodeCycloneDX(data)
			if err != nil || len(losses) > 0 {
				t.Fatalf("decode: %v, losses %v", err, losses)
			}
			if got.Format != name || !strings.HasPrefix(got.Serial, "urn:uuid:") {
				t.Errorf("format %q, serial %q", got.Format, got.Serial)
			}
			if diff := cmp.Diff(richDocument(), plain(got)); diff != "" {
				t.Errorf("the document changed (-want +got):\n%s", diff)
			}
		})
	}
}

// variations are changes of the rich document, each of which breaks an
// assumption that native places could make.
func variations() map[string]func(d *bom.Document) {
	rel := func(from bom.Ref, t bom.Relation, to bom.Ref, note ...string) bom.Relationship {
		return bom.Relationship{From: from, Type: t, To: to, Note: strings.Join(note, "")}
	}
	return map[string]func(d *bom.Document){
		"no time":           func(d *bom.Document) { d.Created = time.Time{} },
		"fraction":          func(d *bom.Document) { d.Created = d.Created.Add(7 * time.Millisecond) },
		"no completeness":   func(d *bom.Document) { d.Completeness = bom.Completeness{} },
		"odd completeness":  func(d *bom.Document) { d.Completeness.Lineage = "so-so" },
		"own phase":         func(d *bom.Document) { d.Phase = "conversion" },
		"no authors":        func(d *bom.Document) { d.Authors = nil },
		"one plain author":  func(d *bom.Document) { d.Authors = []bom.Organization{{Name: "A"}} },
		"two plain authors": func(d *bom.Document) { d.Authors = []bom.Organization{{Name: "A"}, {Name: "B", Email: "b@b.example"}} },
		"two full authors": func(d *bom.Document) {
			d.Authors = []bom.Organization{{Name: "A", URL: "https://a.example"}, {Name: "B"}}
		},
		"a person with a page": func(d *bom.Document) {
			d.Authors = []bom.Organization{{Name: "A", URL: "https://a.example", Person: true}}
		},
		"one person":            func(d *bom.Document) { d.Authors = []bom.Organization{{Name: "A", Person: true}} },
		"a person with no name": func(d *bom.Document) { d.Authors = []bom.Organization{{Email: "a@a.example", Person: true}} },
		"the same name, both":   func(d *bom.Document) { d.Authors = []bom.Organization{{Name: "A"}, {Name: "A", Person: true}} },
		"a person as supplier":  func(d *bom.Document) { d.Component("model").Supplier = &bom.Organization{Name: "A", Person: true} },
		"persons, organisations": func(d *bom.Document) {
			d.Authors = []bom.Organization{{Name: "A"}, {Name: "B", Person: true}, {Name: "C"}, {Name: "D", Email: "d@d.example", Person: true}}
		},
		"bad author address": func(d *bom.Document) { d.Authors = []bom.Organization{{Name: "A", URL: "a b", Email: "no address"}} },
		"subject ref subject": func(d *bom.Document) {
			d.Components = append(d.Components, bom.Component{Ref: "subject", Kind: bom.KindData})
		},
		"urn ref": func(d *bom.Document) {
			d.Components = append(d.Components, bom.Component{Ref: "urn:cdx:x/1#y", Kind: bom.KindData})
			d.Relationships = append(d.Relationships, rel("model", bom.DependsOn, "urn:cdx:x/1#y"), rel("urn:cdx:x/1#y", bom.DescendantOf, "robot"))
		},
		"contains, twice noted": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("model", bom.Contains, "part:tokenizer", "again"))
		},
		"both kinds of need": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("robot", bom.DependsOn, "file:tokenizer.json"), rel("robot", bom.HasDataFile, "file:tokenizer.json"))
		},
		"need of an upstream": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("part:vision-encoder", bom.DependsOn, "upstream:pkg:huggingface/other/vit"))
		},
		"data file that is none": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("robot", bom.HasDataFile, "dataset:acme/pairs"))
		},
		"data trained on data": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("dataset:acme/pairs", bom.TrainedOn, "robot"))
		},
		"descent with and without note": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("part:vision-encoder", bom.DescendantOf, "upstream:pkg:huggingface/other/vit", "frozen"))
		},
		"itself": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("model", bom.DependsOn, "model"), rel("robot", bom.DescendantOf, "robot"))
		},
		"subject is contained": func(d *bom.Document) { d.Relationships = append(d.Relationships, rel("robot", bom.Contains, "model")) },
		"descent, no origin": func(d *bom.Document) {
			d.Relationships = append(d.Relationships, rel("robot", bom.DescendantOf, "library:transformers"))
		},
		"equal digests": func(d *bom.Document) {
			h := bom.Hash{Algorithm: bom.SHA256, Value: strings.Repeat("a1", 32), Asserted: true}
			c := d.Component("file:model-00001-of-00001.safetensors")
			c.Hashes = append(c.Hashes, h)
		},
		"no links that can be written": func(d *bom.Document) {
			d.Component("robot").Links = []bom.Link{{Type: "website", URL: "not an address"}, {Type: "vcs", URL: "git@host:x.git", Comment: "c"}}
		},
		"odd licences": func(d *bom.Document) {
			d.Component("robot").Licenses = []bom.License{{Path: "LICENSE"}, {URL: "https://x.example"}, {Name: "mit"}, {Name: "MIT"},
				{Expression: "mit"}, {Expression: "LicenseRef-x", Acknowledgement: "guessed"}, {Expression: "(MIT)", URL: "https://x.example", Acknowledgement: bom.Declared}}
		},
		"odd evidence": func(d *bom.Document) {
			d.Component("robot").Evidence = []bom.Evidence{{Technique: "divination", Path: "a", Confidence: 2}, {Key: "k"}, {Path: "p", Confidence: 0.123456789}}
		},
		"data that has weights": func(d *bom.Document) {
			d.Component("part:tokenizer").Model = &bom.Model{Task: "t", Inputs: []string{"a"}, Metrics: []bom.Metric{{Type: "x"}}, Parameters: 1}
		},
		"lines": func(d *bom.Document) { d.Component("robot").Description = " two\r\nlines\t\"and\" <tags> ]]> " },
	}
}

func TestCycloneDXRoundTripVariations(t *testing.T) {
	for name, change := range variations() {
		d := richDocument()
		change(d)
		d.Normalize()
		if err := d.Validate(); err != nil {
			t.Fatal(name, err)
		}
		for format, encode := range cycloneDX() {
			t.Run(format+" "+name, func(t *testing.T) {
				data, losses, err := encode(d)
				if err != nil || len(losses) > 0 {
					t.Fatalf("encode: %v, losses %v", err, losses)
				}
				got, losses, err := decodeCycloneDX(data)
				if err != nil || len(losses) > 0 {
					t.Fatalf("decode: %v, losses %v", err, losses)
				}
				if diff := cmp.Diff(d, plain(got)); diff != "" {
					t.Errorf("the document changed (-want +got):\n%s", diff)
				}
				checkCycloneDX(t, data)
			})
		}
	}
}

// at follows keys and indices through decoded JSON.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

// valuesOf returns a component's property values of one name.
func valuesOf(t *testing.T, component any, name string) []string {
	t.Helper()
	var out []string
	props, _ := at(t, component, "properties").([]any)
	for _, p := range props {
		if at(t, p, "name") == name {
			out = append(out, at(t, p, "value").(string))
		}
	}
	return out
}

// Other readers know no property of ours: the facts have to stand in the places
// of the standard. A round trip alone would not notice.
func TestCycloneDXNativePlaces(t *testing.T) {
	data, _, err := cycloneDX()["cyclonedx-json@1.6"](richDocument())
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	root, model := at(t, doc, "metadata", "component"), at(t, doc, "components", 0)
	parts := at(t, model, "components")
	llm, tokenizer, shard := at(t, parts, 2), at(t, parts, 3), at(t, parts, 0)
	ancestor := at(t, llm, "pedigree", "ancestors", 0)
	for _, c := range []struct{ got, want any }{
		{at(t, doc, "specVersion"), "1.6"},
		{at(t, doc, "version"), 1.0},
		{at(t, doc, "metadata", "timestamp"), "2026-01-02T03:04:05Z"},
		{at(t, doc, "metadata", "lifecycles", 0, "phase"), "post-build"},
		{at(t, doc, "metadata", "tools", "components", 1, "publisher"), "modelbom"},
		{at(t, doc, "metadata", "manufacturer", "address", "country"), "KR"},
		{at(t, root, "bom-ref"), "subject"},
		{at(t, root, "purl"), at(t, model, "purl")},
		{at(t, root, "components"), nil},
		{at(t, model, "bom-ref"), "model"},
		{at(t, model, "type"), "machine-learning-model"},
		{at(t, model, "supplier", "contact", 0, "email"), "info@acme.example"},
		{at(t, model, "licenses", 1, "license", "id"), "Apache-2.0"},
		{at(t, model, "licenses", 1, "license", "acknowledgement"), "declared"},
		{at(t, model, "modelCard", "modelParameters", "task"), "image-text-to-text"},
		{at(t, model, "modelCard", "modelParameters", "datasets", 0, "ref"), "dataset:acme/pairs"},
		{at(t, model, "modelCard", "modelParameters", "outputs", 0, "format"), "text"},
		{at(t, model, "modelCard", "quantitativeAnalysis", "performanceMetrics", 0, "slice"), "acme/pairs"},
		{at(t, model, "pedigree", "variants", 0, "purl"), "pkg:huggingface/acme/vlm-gguf"},
		{at(t, model, "externalReferences", 1, "type"), "model-card"},
		{at(t, model, "evidence", "identity", 0, "methods", 0, "technique"), "manifest-analysis"},
		{at(t, model, "evidence", "occurrences", 0, "additionalContext"), "model_type"},
		{at(t, llm, "bom-ref"), "part:language-model"},
		{at(t, llm, "licenses", 0, "license", "name"), "LicenseRef-llama3.1"},
		{at(t, llm, "pedigree", "notes"), "finetune of acme/base (trained-from)"},
		{at(t, ancestor, "bom-ref"), nil},
		{at(t, ancestor, "purl"), "pkg:huggingface/acme/base"},
		{at(t, ancestor, "properties", 0, "value"), "upstream:pkg:huggingface/acme/base"},
		{at(t, ancestor, "evidence", "identity", 0, "methods", 2, "confidence"), 0.0},
		{at(t, ancestor, "evidence", "occurrences", 1, "location"), "model-00001-of-00001.safetensors"},
		{at(t, tokenizer, "data", 0, "type"), "configuration"},
		{at(t, tokenizer, "components", 0, "name"), "tokenizer.json"},
		{at(t, tokenizer, "modelCard"), nil},
		{at(t, shard, "hashes", 1, "content"), strings.Repeat("a1", 32)},
		{at(t, shard, "hashes", 2, "content"), strings.Repeat("b2", 32)},
		{at(t, doc, "compositions", 0, "aggregate"), "complete"},
		{at(t, doc, "compositions", 0, "assemblies", 0), "model"},
		{at(t, doc, "compositions", 1, "dependencies", 0), "model"},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	edges := map[any]any{}
	for _, dep := range at(t, doc, "dependencies").([]any) {
		edges[at(t, dep, "ref")] = at(t, dep, "dependsOn")
	}
	if diff := cmp.Diff(map[any]any{
		"subject": []any{"model"},
		"model": []any{"dataset:acme/pairs", "file:model-00001-of-00001.safetensors", "file:modeling_vlm.py", "library:transformers",
			"part:language-model", "part:tokenizer", "part:vision-encoder"},
		"part:language-model":                   []any{"file:model-00001-of-00001.safetensors", "upstream:pkg:huggingface/acme/base"},
		"part:vision-encoder":                   []any{"file:model-00001-of-00001.safetensors", "upstream:pkg:huggingface/other/vit"},
		"part:tokenizer":                        []any{"file:tokenizer.json"},
		"file:model-00001-of-00001.safetensors": nil, "file:modeling_vlm.py": nil, "file:tokenizer.json": nil, "dataset:acme/pairs": nil,
		"library:transformers": nil, "robot": nil, "upstream:pkg:huggingface/acme/base": nil, "upstream:pkg:huggingface/acme/vlm-gguf": nil,
		"upstream:pkg:huggingface/other/vit": nil,
	}, edges); diff != "" {
		t.Errorf("dependencies -want +got:\n%s", diff)
	}
	// What a native place gives back whole is no property.
	for _, c := range []struct {
		component any
		name      string
		want      []string
	}{
		{model, bom.PropRelationship, []string{"dependsOn | file:modeling_vlm.py", "hasDocumentation | file:modeling_vlm.py",
			"hasVariant | upstream:pkg:huggingface/acme/vlm-gguf | quantized", "testedOn | dataset:acme/pairs | held-out split"}},
		{model, bom.PropEvidence, nil},
		{model, bom.PropSupplier, nil},
		{model, bom.PropTask, nil},
		{shard, propHashAsserted, []string{"SHA-256:" + strings.Repeat("b2", 32)}},
		{at(t, doc, "metadata"), propDocAuthor, nil},
		{at(t, doc, "metadata"), propReproducible, nil},
	} {
		if diff := cmp.Diff(c.want, valuesOf(t, c.component, c.name)); diff != "" {
			t.Errorf("%s -want +got:\n%s", c.name, diff)
		}
	}
}

func TestCycloneDXWithoutTime(t *testing.T) {
	d := richDocument()
	d.Created = time.Time{}
	data, _, err := cycloneDX()["cyclonedx-json@1.6"](d)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if got := valuesOf(t, at(t, doc, "metadata"), "cdx:reproducible"); len(got) != 1 || got[0] != "true" || at(t, doc, "metadata", "timestamp") != nil {
		t.Errorf("%q, timestamp %v", got, at(t, doc, "metadata", "timestamp"))
	}
	later, _, _ := cycloneDX()["cyclonedx-json@1.6"](richDocument())
	if serial := at(t, doc, "serialNumber").(string); !bytes.Contains(later, []byte(serial)) {
		t.Error("the serial number depends on the time")
	}
}

// 1.7 has mixed lists of licences, so nothing needs to be a name.
func TestCycloneDXLicensesOf17(t *testing.T) {
	data, _, err := cycloneDX()["cyclonedx-json@1.7"](richDocument())
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	model := at(t, doc, "components", 0)
	if got := at(t, model, "licenses", 0, "expression"); got != "Apache-2.0 AND LicenseRef-llama3.1" || valuesOf(t, model, bom.PropLicense) != nil {
		t.Errorf("%v, properties %q", got, valuesOf(t, model, bom.PropLicense))
	}
}
