package diff

import (
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// TestMatch: each basis finds what the ones before it do not.
func TestMatch(t *testing.T) {
	doc := func(list ...bom.Component) *bom.Document {
		return &bom.Document{Subject: "s", Components: append(list, bom.Component{Ref: "s", Kind: bom.KindModel, Name: "m"})}
	}
	lib := func(ref, name, version, purl string) bom.Component {
		return bom.Component{Ref: bom.Ref(ref), Kind: bom.KindLibrary, Name: name, Version: version, PURL: purl}
	}
	part := func(ref string, role bom.Role, digest string) bom.Component {
		return bom.Component{Ref: bom.Ref(ref), Kind: bom.KindModel, Role: role, Model: &bom.Model{WeightsDigest: digest}}
	}
	file := func(path, hash string, size int64) bom.Component {
		return bom.Component{Ref: bom.Ref("file:" + path), Kind: bom.KindFile, Name: path, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: hash}}, File: &bom.File{Size: size}}
	}
	for name, c := range map[string]struct {
		old, new *bom.Document
		want     map[bom.Ref]Pair // by new reference: old and, as New, the basis
	}{
		"reference": {doc(lib("a", "x", "1", "")), doc(lib("a", "x", "2", "")), map[bom.Ref]Pair{"a": {"a", "ref"}}},
		"counters of another tool are no references": {doc(lib("1", "x", "1", "pkg:pypi/x@1"), lib("2", "y", "1", "pkg:pypi/y@1")),
			doc(lib("1", "y", "1", "pkg:pypi/y@1"), lib("2", "x", "1", "pkg:pypi/x@1")), map[bom.Ref]Pair{"1": {"2", "purl"}, "2": {"1", "purl"}}},
		"purl":        {doc(lib("a", "x", "1", "pkg:pypi/x@1?k=v")), doc(lib("b", "x", "2", "pkg:pypi/x@2")), map[bom.Ref]Pair{"b": {"a", "purl"}}},
		"purl, exact": {doc(lib("a", "x", "1", "pkg:pypi/x@1"), lib("b", "x", "2", "pkg:pypi/x@2")), doc(lib("c", "x", "2", "pkg:pypi/x@2"), lib("d", "x", "3", "pkg:pypi/x@3")), map[bom.Ref]Pair{"c": {"b", "purl"}, "d": {"a", "purl"}}},
		"role":        {doc(part("x1", bom.RoleVAE, digest1)), doc(part("x2", bom.RoleVAE, digest2)), map[bom.Ref]Pair{"x2": {"x1", "role"}}},
		"digest":      {doc(part("part:other:a", bom.RoleOther, digest1)), doc(part("part:projector", bom.RoleProjector, digest1)), map[bom.Ref]Pair{"part:projector": {"part:other:a", "digest"}}},
		"digest before the only one of a role": {doc(part("part:vae:a", bom.RoleVAE, digest1), part("part:head", bom.RoleHead, digest2)),
			doc(part("part:vae:b", bom.RoleVAE, digest2), part("part:head:x", bom.RoleHead, digest1)), map[bom.Ref]Pair{"part:vae:b": {"part:head", "digest"}, "part:head:x": {"part:vae:a", "digest"}}},
		"only": {doc(part("part:vae:a", bom.RoleVAE, digest1)), doc(part("part:vae:b", bom.RoleVAE, digest2)), map[bom.Ref]Pair{"part:vae:b": {"part:vae:a", "only"}}},
		"two of a role are not the only one": {doc(part("part:vae:a", bom.RoleVAE, digest1)), doc(part("part:vae:b", bom.RoleVAE, digest2), part("part:vae:c", bom.RoleVAE, "")),
			map[bom.Ref]Pair{"part:vae:b": {}, "part:vae:c": {}}},
		"name":                                   {doc(lib("a", "x", "1", "")), doc(lib("b", "x", "2", "")), map[bom.Ref]Pair{"b": {"a", "name"}}},
		"moved file":                             {doc(file("a/x", "aa", 3)), doc(file("b/y", "aa", 3)), map[bom.Ref]Pair{"file:b/y": {"file:a/x", "digest"}}},
		"copies keep their names":                {doc(file("a/x", "aa", 3), file("a/y", "aa", 3)), doc(file("b/y", "aa", 3), file("b/x", "aa", 3)), map[bom.Ref]Pair{"file:b/x": {"file:a/x", "digest"}, "file:b/y": {"file:a/y", "digest"}}},
		"empty files are not one by their bytes": {doc(file("a/x", "e3", 0)), doc(file("b/y", "e3", 0)), map[bom.Ref]Pair{"file:b/y": {}}},
		"more on one side":                       {doc(file("a/x", "aa", 3)), doc(file("b/x", "aa", 3), file("c/x", "aa", 3)), map[bom.Ref]Pair{"file:b/x": {"file:a/x", "digest"}, "file:c/x": {}}},
	} {
		old, new := read(c.old), read(c.new)
		match(old, new, false)
		for ref, w := range c.want {
			n := new.byRef[ref]
			switch {
			case w == Pair{} && n.pair != nil:
				t.Errorf("%s: %s was matched with %s by %s", name, ref, n.pair.Ref, n.by)
			case w != Pair{} && (n.pair == nil || n.pair.Ref != w.Old || string(n.by) != string(w.New)):
				t.Errorf("%s: %s: %+v, want %+v", name, ref, n.pair, w)
			}
		}
	}
}

func TestPURLName(t *testing.T) {
	for in, want := range map[string]string{
		"pkg:huggingface/a/b@1234":            "pkg:huggingface/a/b",
		"pkg:huggingface/a/b@1?x=y#c/d":       "pkg:huggingface/a/b#c/d",
		"pkg:npm/%40scope/x@1":                "pkg:npm/%40scope/x",
		"pkg:npm/@scope/x":                    "pkg:npm/@scope/x",
		"":                                    "",
		"pkg:generic/x?download_url=http://@": "pkg:generic/x",
	} {
		if got := purlName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestOtherTools: what only one of two tools writes down is no change.
func TestOtherTools(t *testing.T) {
	theirs := func() *bom.Document {
		return &bom.Document{Subject: "dir", Tools: []bom.Tool{{Name: "syft", Version: "1"}}, Components: []bom.Component{
			{Ref: "dir", Kind: bom.KindFile, Name: "/models/m"},
			{Ref: "pkg:huggingface/acme/m?package-id=1", Kind: bom.KindModel, Group: "acme", Name: "m", PURL: "pkg:huggingface/acme/m@1",
				Licenses: []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}}, Properties: []bom.Property{{Name: "syft:location", Value: "/x"}}},
		}}
	}
	mine := with(t, func(d *bom.Document) { d.Components[0].PURL = "pkg:huggingface/acme/m@1" })
	for name, c := range map[string]struct {
		old, new *bom.Document
		want     string
	}{
		"theirs and ours": {theirs(), mine, ""},
		"ours and theirs": {mine, theirs(), ""},
		"another licence": {theirs(), with(t, func(d *bom.Document) {
			d.Components[0].PURL, d.Components[0].Licenses[0].Expression = "pkg:huggingface/acme/m@1", "Apache-2.0"
		}), "licence-declared-changed the model"},
		"another version": {theirs(), with(t, func(d *bom.Document) { d.Components[0].PURL = "pkg:huggingface/acme/m@2" }), "version-changed the model"},
		"theirs twice": {theirs(), func() *bom.Document {
			d := theirs()
			d.Components[1].Licenses = nil
			d.Tools[0].Version = "2"
			return d
		}(), "licence-declared-changed the model"},
	} {
		got := Documents(c.old, c.new, Options{})
		if kinds(got) != c.want || got.Different {
			t.Errorf("%s: %q, want %q: %s", name, kinds(got), c.want, got.Summary)
		}
		unstated := false
		for _, n := range got.Notes {
			unstated = unstated || n.Kind == NoteUnstated
		}
		if unstated != (name != "theirs twice") {
			t.Errorf("%s: notes %v", name, got.Notes)
		}
	}
}

// TestDifferentModels: two models are said to be two.
func TestDifferentModels(t *testing.T) {
	other := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Group: "other", Name: "n", Model: &bom.Model{}},
		{Ref: "part:vae", Role: bom.RoleVAE, Kind: bom.KindModel, Model: &bom.Model{WeightsDigest: "sha256:9"}},
	}}
	got := Documents(sample(), other, Options{})
	if !got.Different || got.Summary[:40] != "Two different models, acme/m and other/n"[:40] {
		t.Errorf("%v %q", got.Different, got.Summary)
	}
	renamed := with(t, func(d *bom.Document) { d.Components[0].Name = "m2" })
	if got := Documents(sample(), renamed, Options{}); got.Different || kinds(got) != "name-changed the model" {
		t.Errorf("renamed: %v %s", got.Different, kinds(got))
	}
	purls := with(t, func(d *bom.Document) { d.Components[0].PURL = "pkg:huggingface/acme/m@1" })
	otherPURL := with(t, func(d *bom.Document) { d.Components[0].PURL = "pkg:huggingface/acme/z@1" })
	if got := Documents(purls, otherPURL, Options{}); !got.Different {
		t.Errorf("two package URLs: %s", kinds(got))
	}
}
