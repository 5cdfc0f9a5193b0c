package codec

import (
	"bytes"
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
				losses, err := f.Encode(&w, d, v)
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
