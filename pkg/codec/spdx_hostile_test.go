package codec

import (
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// oddDocument has everything in it that a field of SPDX cannot hold as it is.
func oddDocument() *bom.Document {
	d := &bom.Document{
		Subject: "model",
		Created: time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		Authors: []bom.Organization{{Name: `A "quoted" back\slash`, Email: "a(b)@c.example"}, {URL: "https://only.example"}},
		Tools:   []bom.Tool{{Name: "tool-with-2-dashes", Version: "v1-rc"}, {Vendor: "only vendor"}},
		Phase:   "two\nlines",
		Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Name: "line\nPackageName: evil", Version: " 1 ", Description: "ends </text>\nSPDXID: SPDXRef-evil\r\n",
				PURL: "not a purl", Copyright: "NOASSERTION", Supplier: &bom.Organization{Name: `ACME "X"`},
				Links: []bom.Link{{Type: "web site", URL: "https://a.example/ b"}, {Type: "website", URL: "javascript:alert(1)"}, {Type: "vcs", URL: "https://vcs.example/x"},
					{Type: "distribution", URL: "https://dist.example/x", Comment: "<text>hm"}},
				Model: &bom.Model{Hyperparameters: []bom.Property{{Name: "modelbom:parameters", Value: "7"}, {Name: "a", Value: "b"}}, Parameters: 3,
					Metrics: []bom.Metric{{Type: "accuracy"}}},
				Properties: []bom.Property{{Name: "long", Value: strings.Repeat("0123456789abcdef", 8192)}}},
			{Ref: "", Kind: bom.KindFile},
			{Ref: "DOCUMENT", Kind: bom.KindLibrary, Name: "", Licenses: []bom.License{{Name: "NONE", Acknowledgement: bom.Declared}}},
			{Ref: "a b", Kind: bom.KindApplication, Name: "one", Licenses: []bom.License{
				{Expression: "MIT", Acknowledgement: bom.Declared}, {Expression: "Apache-2.0 OR MIT", Acknowledgement: bom.Declared},
				{Expression: "no such licence", Acknowledgement: bom.Concluded}}},
			{Ref: "a-b", Kind: bom.KindApplication, Name: "two", Licenses: []bom.License{{Expression: "mit", Acknowledgement: bom.Declared}}},
			{Ref: "~annotation:model", Kind: "unheard-of", Name: "three", Licenses: []bom.License{{Expression: "MIT", Name: "x", Acknowledgement: bom.Concluded}}},
			{Ref: "file:a/%20 b~c\n.txt", Kind: bom.KindFile, Name: "./a/ b\n.txt", Version: "9", PURL: "pkg:generic/x", Group: "g",
				Description: "  spaces  \n at both ends ", Supplier: &bom.Organization{Name: "S", Country: "KR"},
				Hashes:   []bom.Hash{{Algorithm: "SHA-1", Value: strings.Repeat("ab", 20)}, {Algorithm: "SHA-1", Value: "NOT HEX"}, {Algorithm: "WHIRLPOOL", Value: "00"}},
				Links:    []bom.Link{{Type: "model-card", URL: "https://card.example"}},
				Licenses: []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}, {Expression: "LicenseRef-a"}, {Expression: "LicenseRef-a", Name: "A\nB", URL: "x y", Path: "L", Acknowledgement: bom.Concluded}}},
			{Ref: "file:nothing seen", Kind: bom.KindFile, Name: "nothing seen"},
			{Ref: "part:code", Kind: bom.KindFile, Role: bom.RoleCode, Name: "code"},
			{Ref: "dataset:x", Kind: bom.KindData, Role: bom.RoleDataset, Name: "d", Model: &bom.Model{Task: "t", Architecture: "A"}},
			{Ref: "os", Kind: "operating-system", Name: "Linux"},
		},
		Relationships: []bom.Relationship{
			{From: "model", Type: bom.Contains, To: "a b", Note: "with\nlines </text> "},
			{From: "model", Type: bom.Contains, To: "part:code"},
			{From: "part:code", Type: bom.Contains, To: "file:a/%20 b~c\n.txt"},
			{From: "a b", Type: "two words", To: "a-b"},
			{From: "a b", Type: "", To: "a-b", Note: "nothing"},
			{From: "a b", Type: "other", To: "a-b", Note: "free | prose"},
			{From: "a b", Type: "other", To: "a-b"},
			{From: "a b", Type: "testToolOf", To: "a-b", Note: "x"},
			{From: "a b", Type: "inventedWord", To: "a-b", Note: `\ | `},
			{From: "a b", Type: "hasDeclaredLicense", To: "a-b"},
			{From: "a b", Type: "describes", To: "a-b"},
			{From: "a b", Type: "ancestorOf", To: "a-b"},
		},
		Gaps: []bom.Gap{{Kind: bom.GapLoss, Ref: "a b", Reason: strings.Repeat("long ", 1000)}},
	}
	for i := range d.Components {
		if d.Components[i].Ref == "" {
			d.Components[i].Ref = "-"
		}
	}
	d.Normalize()
	return d
}

func TestSPDXGivesBackOddValues(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		if diff := c.roundTrip(t, oddDocument()); diff != "" {
			t.Errorf("decode(encode(d)) differs (-want +got):\n%s", diff)
		}
	})
}

func TestSPDXGivesBackTimes(t *testing.T) {
	for name, created := range map[string]time.Time{
		"none":       {},
		"epoch":      time.Unix(0, 0).UTC(),
		"a zone":     time.Date(2026, 5, 6, 7, 8, 9, 0, time.FixedZone("", 9*3600)),
		"nanosecond": time.Date(1970, 1, 1, 0, 0, 0, 1, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			eachSPDX(t, func(t *testing.T, c spdxCase) {
				d := &bom.Document{Subject: "model", Created: created, Components: []bom.Component{{Ref: "model", Kind: bom.KindModel}}}
				data, _ := c.mustEncode(t, d)
				got, _ := c.mustDecode(t, data)
				if !got.Created.Equal(created) || got.Created.IsZero() != created.IsZero() {
					t.Errorf("Created = %v, want %v", got.Created, created)
				}
				if said := strings.Contains(string(data), "No time was given"); said != created.IsZero() {
					t.Errorf("the document says that no time was given: %v", said)
				}
			})
		})
	}
}

func TestSPDXGivesBackTheSmallestDocument(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		d := &bom.Document{Subject: "x", Components: []bom.Component{{Ref: "x"}}}
		if diff := c.roundTrip(t, d); diff != "" {
			t.Errorf("decode(encode(d)) differs (-want +got):\n%s", diff)
		}
	})
}

// A licence field may hold nothing but a valid expression, whatever the
// publisher wrote.
func TestSPDXLicenceFieldsHoldValidExpressionsOnly(t *testing.T) {
	hostile := []string{"llama3.1", "MIT AND", "MIT\nPackageName: x", "LicenseRef-ä", "(MIT", "MIT WITH MIT", "DocumentRef-x:LicenseRef-y", strings.Repeat("(", 9000)}
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel}}}
	for _, h := range hostile {
		d.Components[0].Licenses = append(d.Components[0].Licenses, bom.License{Expression: h, Acknowledgement: bom.Declared})
	}
	for _, h := range hostile {
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("c:" + h), Kind: bom.KindFile, Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: "00"}},
			Licenses: []bom.License{{Expression: h, Acknowledgement: bom.Concluded}, {Expression: h}}})
	}
	data, _ := spdxCase{spdxTagValue{}, "2.3"}.mustEncode(t, d)
	for line := range strings.Lines(string(data)) {
		tag, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.Contains(tag, "License") && !strings.HasPrefix(tag, "{") && tag != "LicenseListVersion" && tag != "DataLicense" && value != "NOASSERTION" {
			t.Errorf("a licence field holds %q", line)
		}
	}
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		if diff := c.roundTrip(t, d); diff != "" {
			t.Errorf("decode(encode(d)) differs (-want +got):\n%s", diff)
		}
	})
}
