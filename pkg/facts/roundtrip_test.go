package facts_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/facts"
)

// TestRoundTrip: what is stated comes back from every document format.
func TestRoundTrip(t *testing.T) {
	f, err := facts.Read(strings.NewReader(wholeFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	d := facts.Sample()
	facts.Apply(d, f, bom.Input{Name: "modelbom.yaml", Digest: "sha256:" + strings.Repeat("f", 64)})
	for _, format := range codec.All() {
		for _, version := range format.Versions() {
			var b bytes.Buffer
			losses, err := codec.Encode(&b, d, format.Name(), version)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range losses {
				if l.Field == "SHA-1" { // which SPDX 2.3 wants of files
					continue
				}
				t.Errorf("%s %s cannot say %s", format.Name(), version, l)
			}
			got, _, err := codec.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(stated(d), stated(got)); diff != "" {
				t.Errorf("%s %s: %s", format.Name(), version, diff)
			}
		}
	}
}

// stated lists everything of a document that facts can reach.
func stated(d *bom.Document) []string {
	out := []string{fmt.Sprint(d.Properties), fmt.Sprint(d.Inputs), fmt.Sprint(d.Findings), fmt.Sprintf("%+v", d.Authors)}
	for _, c := range d.Components {
		var links []string
		for _, l := range c.Links {
			links = append(links, l.Type+" "+l.URL+" "+l.Comment)
		}
		var licences []string
		for _, l := range c.Licenses {
			licences = append(licences, string(l.Acknowledgement)+" "+l.Expression)
		}
		supplier := bom.Organization{}
		if c.Supplier != nil {
			supplier = *c.Supplier
		}
		out = append(out, fmt.Sprintf("%s: %+v %q %v %q %q %q %q %v", c.Ref, supplier, c.Version, links, licences, c.Properties, c.Description, c.PURL, c.Hashes))
	}
	return out
}

// TestProfiles: with everything stated the AI and Dataset profiles of SPDX 3 can
// be claimed, and without any one of it they cannot.
func TestProfiles(t *testing.T) {
	const both, ai, dataset = "ai dataset", "ai", "dataset"
	text := wholeFile(t)
	for without, want := range map[string]string{
		"":                        both,
		"  name: Acme Research\n": "error", // who cannot be left out of the producer
		"  time: \"2026-01-31T09:00:00+09:00\"\n":         dataset,
		"  version: \"1.0\"\n":                            dataset,
		"  download: https://acme.example/model\n":        dataset,
		"  with-parts: true\n":                            dataset,
		"    supplier: {name: Example, country: CN}\n":    dataset,
		"    release-time: \"2025-02-03\"\n":              dataset,
		"    version: \"1\"\n":                            dataset,
		"    download: https://example.test/base\n":       dataset,
		"    originator: Institute\n":                     ai,
		"    built-time: \"2025-03-01\"\n":                ai,
		"    release-time: \"2025-04-01\"\n":              ai,
		"    download: https://data.example/set\n":        ai,
		"    supplier: {name: Vision Ltd, country: DE}\n": both, // with-parts has another
	} {
		if without != "" && strings.Count(text, without) != 1 {
			t.Fatalf("%q is not in the file once", without)
		}
		f, err := facts.Read(strings.NewReader(strings.Replace(text, without, "", 1)))
		if err != nil {
			if want != "error" {
				t.Errorf("%q: %v", without, err)
			}
			continue
		}
		d := facts.Sample()
		facts.Apply(d, f, bom.Input{Name: "modelbom.yaml"})
		var b bytes.Buffer
		if _, err := codec.Encode(&b, d, "spdx-json", "3.0.1"); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range []string{"ai", "dataset"} {
			if !strings.Contains(b.String(), "The "+p+" profile is not claimed") {
				got = append(got, p)
			}
			if claimed := strings.Contains(b.String(), fmt.Sprintf("        %q", p)); claimed == strings.Contains(b.String(), "The "+p+" profile is not claimed") {
				t.Errorf("%q: the profile %s is claimed: %v, against the comment", without, p, claimed)
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("without %q the profiles are %q, want %q", without, g, want)
		}
	}
}

func wholeFile(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
