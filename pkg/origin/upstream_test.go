package origin

import (
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

func TestRef(t *testing.T) {
	for want, u := range map[bom.Ref]Upstream{
		"upstream:acme/base":                 {Group: "acme", Name: "base", Version: "2"},
		"upstream:base":                      {Name: "base"},
		"upstream:pkg:huggingface/acme/base": {Group: "acme", Name: "base", PURL: "pkg:huggingface/acme/base@0123abc"},
		"upstream:pkg:huggingface/acme/base?repository_url=https://hub.example": {PURL: "pkg:huggingface/acme/base@0123abc?repository_url=https://hub.example"},
		"upstream:pkg:npm/@acme/base":                                           {PURL: "pkg:npm/@acme/base@1.0"},
		"upstream:pkg:generic/base?download_url=x@y#a":                          {PURL: "pkg:generic/base?download_url=x@y#a"},
		"upstream:pkg:huggingface/acme/base#sub/model@2.x":                      {PURL: "pkg:huggingface/acme/base@ab#sub/model@2.x"},
	} {
		if got := u.Ref(); got != want {
			t.Errorf("%+v has the reference %q, want %q", u, got, want)
		}
	}
}

func TestMeets(t *testing.T) {
	hub := func(group, name, version string) Upstream {
		return Upstream{Group: group, Name: name, Version: version, PURL: "pkg:huggingface/" + group + "/" + name}
	}
	for _, test := range []struct {
		name string
		u, v Upstream
		want bool
	}{
		{"one of them has no package URL", hub("acme", "base", ""), Upstream{Group: "acme", Name: "base"}, true},
		{"and a version", hub("acme", "base", ""), Upstream{Group: "acme", Name: "base", Version: "2"}, true},
		{"another case", hub("Acme", "Base", ""), Upstream{Group: "acme", Name: "base"}, true},
		{"package URLs in two cases", hub("Acme", "Base", ""), hub("acme", "base", ""), true},
		{"a commit and a release", hub("acme", "base", "0123456789abcdef0123456789abcdef01234567"), Upstream{Group: "acme", Name: "base", Version: "v2"}, true},
		{"a commit and its beginning", hub("acme", "base", "0123456789abcdef0123456789abcdef01234567"), Upstream{Group: "acme", Name: "base", Version: "0123456"}, true},
		{"one release in two spellings", hub("acme", "base", "v2"), Upstream{Group: "acme", Name: "base", Version: "2"}, true},
		{"neither has a package URL", Upstream{Group: "acme", Name: "base", Version: "1"}, Upstream{Group: "acme", Name: "base", Version: "2"}, true},
		{"other releases", hub("acme", "base", "v1"), Upstream{Group: "acme", Name: "base", Version: "v2"}, false},
		{"other commits", hub("acme", "base", "0123456789abcdef"), Upstream{Group: "acme", Name: "base", Version: "fedcba9876543210"}, false},
		{"no group", hub("acme", "bert", ""), Upstream{Name: "bert"}, false},
		{"another group", hub("acme", "base", ""), Upstream{Group: "other", Name: "base"}, false},
		{"the group in the name", hub("acme", "base", ""), Upstream{Name: "acme/base"}, true},
		{"another registry", hub("acme", "base", ""), Upstream{Group: "acme", Name: "base", PURL: "pkg:github/acme/base"}, false},
		{"another hub", hub("acme", "base", ""), Upstream{Group: "acme", Name: "base", PURL: "pkg:huggingface/acme/base?repository_url=https://hub.example"}, false},
	} {
		if got := test.u.Meets(test.v); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if got := test.v.Meets(test.u); got != test.want {
			t.Errorf("%s, the other way round: %v", test.name, got)
		}
	}
}

// TestAroundReference: what is found of a part refers to the upstream that is
// declared of another.
func TestAroundReference(t *testing.T) {
	found := claim("ACME/a", bom.VerdictIdentical)
	found.Upstream.PURL = ""
	got := Conclude(&Case{Part: part("part:projector"), Around: []Declaration{declared("acme/a", "")}}, []Claim{found})
	if len(got.Origins) != 1 || got.Origins[0].Reference != "upstream:pkg:huggingface/acme/a" || got.Upstreams[0].Ref != got.Origins[0].Reference || len(got.Findings) != 0 {
		t.Errorf("origins %+v of upstreams %+v, findings %+v", got.Origins, got.Upstreams, got.Findings)
	}
}

// TestOtherVersion: a declared release is not contradicted by another one of it.
func TestOtherVersion(t *testing.T) {
	d := declared("acme/a", "")
	d.Upstream.Version = "v1"
	other := claim("acme/a", bom.VerdictSameArchitecture)
	other.Upstream.PURL, other.Upstream.Version = "", "v2"
	if got := Conclude(&Case{Part: part("part:projector"), Declared: []Declaration{d}}, []Claim{other}); len(got.Findings) != 0 || len(got.Origins) != 1 || got.Origins[0].Verdict != bom.VerdictDeclaredOnly {
		t.Errorf("origins %+v, findings %+v", got.Origins, got.Findings)
	}
}

// TestFilled: a claim by bytes takes on what another about the same upstream knows.
func TestFilled(t *testing.T) {
	first, second := claim("acme/a", bom.VerdictIdentical), claim("acme/a", bom.VerdictPartial)
	first.Upstream.PURL = ""
	second.Upstream.License, second.Upstream.LicenseFrom = "MIT", fromCatalogue
	got := Conclude(&Case{Part: part("part:projector")}, []Claim{first, second})
	if len(got.Upstreams) != 1 || got.Upstreams[0].PURL != "pkg:huggingface/acme/a" || len(got.Upstreams[0].Licenses) != 1 {
		t.Errorf("upstreams %+v", got.Upstreams)
	}
}

// TestPlaced: a name without a package URL is the declared place, not another one
// of the same name, whichever is claimed first.
func TestPlaced(t *testing.T) {
	bare, elsewhere := claim("acme/a", bom.VerdictIdentical), claim("acme/a", bom.VerdictIdentical)
	bare.Upstream.PURL, bare.Upstream.License, bare.Upstream.LicenseFrom = "", "llama3.1", fromIndex
	elsewhere.Upstream.PURL, elsewhere.Upstream.License, elsewhere.Upstream.LicenseFrom = "pkg:github/acme/a", "MIT", fromIndex
	for _, claims := range [][]Claim{{bare, elsewhere}, {elsewhere, bare}} {
		got := Conclude(&Case{Part: part("part:projector"), Declared: []Declaration{declared("acme/a", "")}}, claims)
		licences := map[bom.Ref]string{}
		for _, u := range got.Upstreams {
			licences[u.Ref] = u.Licenses[0].Name
		}
		if len(licences) != 2 || licences["upstream:pkg:huggingface/acme/a"] != "llama3.1" || licences["upstream:pkg:github/acme/a"] != "MIT" {
			t.Errorf("licences %v", licences)
		}
	}
}
