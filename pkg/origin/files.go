package origin

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	packageurl "github.com/package-url/packageurl-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// files looks up the digests of whole files. A part whose files are all known of
// one model is that model's, byte for byte.
type files struct{}

func (files) Name() string { return "file digest" }

// fileLimits is what an equal file does not show.
const fileLimits = "An equal digest shows that the bytes are those that are published there. It does not show who made them first."

// A holder is a model that has a file, and where the fact is from.
type holder struct {
	upstream Upstream
	evidence bom.Evidence
	others   int // further models of the index that have it
}

func (files) Detect(ctx context.Context, c *Case, s Sources) ([]Claim, []bom.Gap, error) {
	if len(c.Files) == 0 || len(c.Part.Tensors) == 0 {
		return nil, nil, nil // settings and vocabularies are elsewhere too
	}
	var common []holder
	for i, f := range c.Files {
		known, err := c.holders(ctx, f, s)
		if err != nil {
			return nil, nil, err
		}
		if i == 0 {
			common = known
			continue
		}
		common = slices.DeleteFunc(common, func(h holder) bool {
			return !slices.ContainsFunc(known, func(k holder) bool { return k.upstream.same(h.upstream) })
		})
	}
	slices.SortStableFunc(common, func(a, b holder) int { return c.senior(a.upstream, b.upstream) })
	var claims []Claim
	for _, h := range common {
		if slices.ContainsFunc(claims, func(x Claim) bool { return x.Upstream.same(h.upstream) }) {
			continue
		}
		sentence := fmt.Sprintf("%s: %s %s %s, by digest.", partWords(c.Part), fileWords(c.Files), h.verb(), text(h.upstream.Label()))
		if h.others > 0 && len(c.Files) == 1 {
			sentence += " " + othersHold(h.others, "the same bytes")
		}
		claims = append(claims, Claim{Upstream: h.upstream, Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact,
			Sentence: sentence, Limits: fileLimits, Evidence: []bom.Evidence{h.evidence}})
	}
	return joinTied(claims), nil, nil
}

func (h holder) verb() string {
	if h.upstream.indexed() {
		return "in the index as part of"
	}
	return "published by"
}

func fileWords(files []fingerprint.FilePrint) string {
	if len(files) == 1 {
		return "the file " + text(files[0].Path) + " is"
	}
	return fmt.Sprintf("its %d files are", len(files))
}

// holders are the models of the catalogue and the indexes that have a file, with
// those among them that the publisher names.
func (c *Case) holders(ctx context.Context, f fingerprint.FilePrint, s Sources) ([]holder, error) {
	var out []holder
	if f.SHA256 == "" {
		return nil, nil
	}
	seen := func(key, value string) bom.Evidence {
		return bom.Evidence{Technique: bom.HashComparison, Path: bom.CleanPath(f.Path), Key: key, Value: bom.Cut(bom.Clean(value), maxEvidence), Confidence: confidenceDigest}
	}
	for _, k := range catalogue.FileBySHA256(f.SHA256) {
		up, ok := upstreamOfFile(k)
		if !ok {
			continue
		}
		out = append(out, holder{upstream: up, evidence: seen("catalogue", fmt.Sprintf("sha256:%s is %s; source: %s", k.SHA256, strings.TrimSpace(up.Label()+" "+k.Name), sourceWords(k.Sources)))})
	}
	for _, x := range s.Indexes {
		stated, err := c.stated(ctx, x)
		if err != nil {
			return nil, err
		}
		matches, err := x.Files(ctx, f.SHA256, idsOf(stated)...)
		if err != nil {
			return nil, err
		}
		n, err := x.Holders(ctx, f.SHA256)
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			out = append(out, holder{upstreamOf(m.Entry), seen("index "+x.Name(), fmt.Sprintf("sha256:%s is %s of %s", f.SHA256, m.Path, m.Entry.ID)), n - 1})
		}
	}
	return out, nil
}

// upstreamOfFile is the model that a known file is of: the one it is stated to
// be a copy of, else the place it is published at.
func upstreamOfFile(k catalogue.KnownFile) (Upstream, bool) {
	place, licence := k.PURL, k.Licence
	for _, d := range k.Derived {
		if (d.Kind == "copy-of" || d.Kind == "taken-from") && strings.HasPrefix(d.Reference, "pkg:") {
			place, licence = d.Reference, "" // what the copier states is not the original's licence
		}
	}
	if place == "" {
		host, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(k.URL, "https://"), "http://"), "/")
		if host == "" {
			return Upstream{}, false
		}
		return Upstream{Group: host, Name: path.Base(rest), License: k.Licence, LicenseFrom: fromCatalogue}, true
	}
	return upstreamOfPURL(place, licence)
}

// fromCatalogue is who states what the built-in catalogue knows.
const fromCatalogue = "catalogue"

func upstreamOfPURL(purl, licence string) (Upstream, bool) {
	p, err := packageurl.FromString(purl)
	if err != nil {
		return Upstream{}, false
	}
	u := Upstream{Group: p.Namespace, Name: p.Name, Version: p.Version, License: licence, LicenseFrom: fromCatalogue}
	p.Subpath, p.Version = "", ""
	u.PURL = p.ToString()
	if s, ok := catalogue.SupplierOf(u.Group); ok && p.Type == packageurl.TypeHuggingface {
		u.Supplier, u.Country = s.Name, s.Country
	}
	return u, true
}

func sourceWords(list []catalogue.Source) string {
	var s []string
	for _, x := range list[:min(len(list), 2)] {
		s = append(s, x.String())
	}
	return strings.Join(s, ", ")
}
