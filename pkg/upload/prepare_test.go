package upload

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
)

func prepared(t *testing.T, d *bom.Document) (*bom.Document, []Warning) {
	t.Helper()
	d.Normalize()
	before := fmt.Sprintf("%+v", *d)
	out, warnings := Prepare(d)
	if fmt.Sprintf("%+v", *d) != before {
		t.Error("the given document was changed")
	}
	if err := out.Validate(); err != nil {
		t.Error(err)
	}
	again, _ := Prepare(d)
	if !reflect.DeepEqual(out, again) {
		t.Error("the same document is prepared in two ways")
	}
	return out, warnings
}

func values(c *bom.Component, name string) []string {
	var out []string
	for _, p := range c.Properties {
		if p.Name == name {
			out = append(out, p.Value)
		}
	}
	return out
}

func warned(warnings []Warning, effect Effect, what string) *Warning {
	for i := range warnings {
		if warnings[i].Effect == effect && strings.Contains(warnings[i].What, what) {
			return &warnings[i]
		}
	}
	return nil
}

// TestMerge: components that only differ by digest keep apart, the first under
// its own name.
func TestMerge(t *testing.T) {
	file := func(ref, name, digest string) bom.Component {
		return bom.Component{Ref: bom.Ref(ref), Kind: bom.KindFile, Name: name, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat(digest, 64)}}}
	}
	d := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "m"}, {Ref: "part:other", Kind: bom.KindModel, Role: bom.RoleOther, Name: " m"},
		file("file:a/config.json", "config.json", "1"), file("file:b/config.json", "config.json", "2"),
		file("file:"+strings.Repeat("x", 300)+"1", strings.Repeat("x", 300)+"1", "3"), file("file:"+strings.Repeat("x", 300)+"2", strings.Repeat("x", 300)+"2", "4"),
		{Ref: "up:1", Kind: bom.KindModel, Name: "u", PURL: "pkg:huggingface/a/b@1"}, {Ref: "up:2", Kind: bom.KindModel, Name: "u", PURL: "pkg:huggingface/a/b@2"},
		{Ref: "up:3", Kind: bom.KindModel, Name: "u", PURL: "none"}, {Ref: "up:4", Kind: bom.KindModel, Name: "u", PURL: "nor this"},
	}}
	out, warnings := prepared(t, d)
	seen := map[sameName]bom.Ref{}
	for i := range out.Components {
		c := &out.Components[i]
		if other, ok := seen[identity(c)]; ok {
			t.Errorf("%s and %s are still one", c.Ref, other)
		}
		seen[identity(c)] = c.Ref
		if units(c.Name) > maxShort {
			t.Errorf("%s has a name of %d", c.Ref, units(c.Name))
		}
	}
	for ref, want := range map[bom.Ref]string{"model": "m", "part:other": " m (part:other)", "file:a/config.json": "config.json",
		"file:b/config.json": "config.json (file:b/config.json)", "up:1": "u", "up:2": "u", "up:3": "u", "up:4": "u (up:4)"} {
		c := out.Component(ref)
		if c.Name != want {
			t.Errorf("%s is named %q, want %q", ref, c.Name, want)
		}
		if got := values(c, propName); (want != d.Component(ref).Name) != slices.Equal(got, []string{d.Component(ref).Name}) {
			t.Errorf("%s was named %q", ref, got)
		}
	}
	if w := warned(warnings, Merges, "whatever their digests"); w == nil || !slices.Equal(w.Refs, []bom.Ref{"file:b/config.json", "part:other", "up:4"}) {
		t.Errorf("warnings %+v", warnings)
	}
}

// TestColumns: what the database has no room for, or would fail at.
func TestColumns(t *testing.T) {
	long := strings.Repeat("모델😀", 400) // 4 UTF-16 units each
	d := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "m", Description: long, Group: strings.Repeat("g", 256), PURL: "pkg:huggingface/a/" + strings.Repeat("b", 800),
			Properties: []bom.Property{{Name: "v", Value: long}, {Name: strings.Repeat("n", 300), Value: "x"}, {Name: strings.Repeat("n", 299) + "m", Value: "x"}, {Name: "", Value: "x"}, {Name: "ok", Value: strings.Repeat("y", 1024)}},
			Hashes:     []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("a", 64)}, {Algorithm: bom.SHA256, Value: strings.Repeat("b", 64), Asserted: true}, {Algorithm: "Streebog-256", Value: strings.Repeat("c", 64)}}},
		{Ref: "key", Kind: "cryptographic-asset", Name: "k"},
	}}
	out, warnings := prepared(t, d)
	c := out.Component("model")
	if c.PURL != "" || units(c.Description) > maxLong || units(c.Group) > maxShort || len(c.Hashes) != 1 || c.Hashes[0].Value[0] != 'a' {
		t.Errorf("%d %d %d %v", len(c.PURL), units(c.Description), units(c.Group), c.Hashes)
	}
	var whole strings.Builder
	for _, name := range []string{"v (1/2)", "v (2/2)"} {
		whole.WriteString(strings.Join(values(c, name), ""))
	}
	if whole.String() != long {
		t.Errorf("the pieces of a long value make %d bytes, not %d", whole.Len(), len(long))
	}
	if got := values(c, propHash); !slices.Equal(got, []string{"SHA-256:" + strings.Repeat("b", 64) + " (asserted)", "Streebog-256:" + strings.Repeat("c", 64)}) {
		t.Errorf("digests %q", got)
	}
	names := map[string]bool{}
	for _, p := range c.Properties {
		space, local, ok := strings.Cut(p.Name, ":")
		if units(p.Value) > maxLong || units(space) > maxShort || ok && (local == "" || units(local) > maxShort) || p.Name == "" {
			t.Errorf("property %q of %d units", p.Name, units(p.Value))
		}
		names[p.Name] = true
	}
	if out.Component("key").Kind != bom.KindData {
		t.Error("a kind that the server does not know is left")
	}
	for _, want := range []struct {
		effect Effect
		what   string
	}{{Refuses, "cryptographic"}, {Refuses, "column"}, {Refuses, "package URLs"}, {Refuses, "names of properties"}, {Refuses, "without a name"}, {Cuts, "descriptions"}, {Cuts, "1024"}, {Drops, "of one algorithm"}} {
		if warned(warnings, want.effect, want.what) == nil {
			t.Errorf("no warning that it %s %s", want.effect, want.what)
		}
	}
	if warnings[0].Effect != Refuses || warnings[len(warnings)-1].Effect != Drops {
		t.Errorf("the gravest is not first: %+v", warnings)
	}
}

// TestLicences: the concluded licence is where policies look, alone, and all
// stand as properties.
func TestLicences(t *testing.T) {
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "m", Licenses: []bom.License{
		{Expression: "MIT", Acknowledgement: bom.Declared, Path: "LICENSE"}, {Expression: "MIT OR Apache-2.0", Acknowledgement: bom.Concluded, Evidence: []bom.Evidence{{Technique: bom.Filename, Path: "x"}}}, {Name: "found"}}}}}
	out, _ := prepared(t, d)
	c := out.Component("model")
	if want := []bom.License{{Expression: "MIT OR Apache-2.0", Acknowledgement: bom.Concluded}}; !reflect.DeepEqual(c.Licenses, want) {
		t.Errorf("licences %+v", c.Licenses)
	}
	want := []string{`{"acknowledgement":"concluded","expression":"MIT OR Apache-2.0","evidence":[{"technique":"filename","path":"x"}]}`,
		`{"acknowledgement":"declared","expression":"MIT","path":"LICENSE"}`, `{"name":"found"}`}
	if got := values(c, bom.PropLicense); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestReadBack: what is sent, read again, is the given document and no other:
// the properties say nothing new, they only say it where the server looks.
func TestReadBack(t *testing.T) {
	d := &bom.Document{Subject: "model", Phase: "post-build", Tools: []bom.Tool{{Name: "modelbom", Version: "1"}}, Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "m", Model: &bom.Model{Task: "t", Family: "f", Architecture: "A", Inputs: []string{"text"}, Outputs: []string{"image"}, Metrics: []bom.Metric{{Type: "acc | x", Value: "1"}}},
			Licenses: []bom.License{{Expression: "MIT", Acknowledgement: bom.Concluded}, {Expression: "MIT", Name: "mit", Path: "LICENSE", Acknowledgement: bom.Declared}},
			Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "config.json", Key: "k", Value: "v", Confidence: 0.5}},
			Origins:  []bom.Origin{{Reference: "up", Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact}}},
		{Ref: "up", Kind: bom.KindModel, Name: "u", PURL: "pkg:huggingface/a/u", Supplier: &bom.Organization{Name: "a", Country: "FR"}},
		{Ref: "data", Kind: bom.KindData, Role: bom.RoleDataset, Name: "d"}, {Ref: "file:f", Kind: bom.KindFile, Name: "f", File: &bom.File{Size: 1}},
	}, Relationships: []bom.Relationship{{From: "model", Type: bom.Contains, To: "file:f"}, {From: "model", Type: bom.DescendantOf, To: "up", Note: "finetune"},
		{From: "model", Type: bom.TrainedOn, To: "data"}, {From: "up", Type: bom.HasVariant, To: "model"}, {From: "model", Type: bom.TestedOn, To: "data"}}}
	out, _ := prepared(t, d)
	read := func(d *bom.Document) *bom.Document {
		var b bytes.Buffer
		if _, err := codec.Encode(&b, d, "cyclonedx-json", "1.6"); err != nil {
			t.Fatal(err)
		}
		got, losses, err := codec.Decode(&b)
		if err != nil || len(losses) > 0 {
			t.Fatal(err, losses)
		}
		got.Serial, got.Format = "", ""
		return got
	}
	want, got := read(d), read(out)
	subject := got.Component("model")
	subject.Properties = slices.DeleteFunc(subject.Properties, func(p bom.Property) bool { return p.Name == bom.PropTool || p.Name == bom.PropPhase })
	if len(subject.Properties) == 0 {
		subject.Properties = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("name", "group", "1", "pkg:huggingface/a/b", "modelbom:part", "value", "MIT")
	f.Add(strings.Repeat("n", 300), "", "", "pkg:", ":", strings.Repeat("😀", 600), "")
	f.Fuzz(func(t *testing.T, name, group, version, purl, property, value, licence string) {
		d := &bom.Document{Subject: "model", Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Name: name, Group: group, Version: version, PURL: purl, Properties: []bom.Property{{Name: property, Value: value}}, Licenses: []bom.License{{Name: licence}}},
			{Ref: bom.Ref("x" + name), Kind: bom.KindFile, Name: name, Group: group, Version: version, PURL: purl}}}
		d.Normalize()
		out, _ := Prepare(d)
		if err := out.Validate(); err != nil {
			t.Fatal(err)
		}
		a, b := identity(&out.Components[0]), identity(&out.Components[1])
		if a == b {
			t.Errorf("both are %+v", a)
		}
		for _, c := range out.Components {
			if units(c.Name) > maxShort || units(c.Group) > maxShort || units(c.Version) > maxShort || units(c.PURL) > maxPURL {
				t.Errorf("%d %d %d %d", units(c.Name), units(c.Group), units(c.Version), units(c.PURL))
			}
			for _, p := range c.Properties {
				space, local, ok := strings.Cut(p.Name, ":")
				if units(p.Value) > maxLong || units(space) > maxShort || ok && units(local) > maxShort {
					t.Errorf("property %q of %d units", p.Name, units(p.Value))
				}
			}
		}
	})
}
