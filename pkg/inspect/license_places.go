package inspect

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/license"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// confidenceText grades the recognition of a licence's text.
const confidenceText = 0.9

// A place is one spot of the repository that states a licence: the licence field
// of a card, the metadata of a weight file, the licence files of a folder.
type place struct {
	kind   placeKind
	stated []bom.License // declared, with their evidence
	// open is why what is stated here cannot be resolved, empty when it can.
	open string
}

type placeKind int

const (
	placeCard placeKind = iota
	placeMetadata
	placeText
)

// expressions are the different expressions that a place states.
func (p *place) expressions() []string {
	var out []string
	for _, l := range p.stated {
		if l.Expression != "" && !slices.Contains(out, l.Expression) {
			out = append(out, l.Expression)
		}
	}
	return out
}

// licenses are the single licences that a place names.
func (p *place) licenses() []string {
	var out []string
	for _, e := range p.expressions() {
		out = append(out, license.Licenses(e)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// said quotes what a place states, for people: `README.md (license) states "mit"`.
func (p *place) said() string {
	var out []string
	for _, l := range p.stated {
		e := l.Evidence[0]
		if p.kind == placeText {
			out = append(out, e.Path+" is "+e.Value)
			continue
		}
		for _, x := range l.Evidence {
			if x.Value == l.Name { // "license_name" where "license" is "other"
				e = x
				break
			}
		}
		text := fmt.Sprintf("%s (%s) states %q", e.Path, e.Key, l.Name)
		if l.Expression != "" && l.Expression != l.Name {
			text += ", which is " + l.Expression
		}
		out = append(out, text)
	}
	if len(out) > maxQuoted {
		out = append(out[:maxQuoted], fmt.Sprintf("%d more", len(out)-maxQuoted))
	}
	return strings.Join(out, " and ")
}

// maxQuoted bounds what one sentence quotes of one place.
const maxQuoted = 3

// where names a place in short: "README.md (license)", "LICENSE".
func (p *place) where() string {
	e := p.stated[0].Evidence[0]
	if p.kind == placeText {
		return e.Path
	}
	return e.Path + " (" + e.Key + ")"
}

// subjectPlaces are the places that speak for the model as a whole.
func (a *assembler) subjectPlaces() []place {
	var files []*inventory.File
	for _, f := range a.inv.Files {
		if f.Header != nil && folder(f.Path) == "" {
			files = append(files, f)
		}
	}
	return a.places("", aboutWeights, files)
}

// partPlaces are the places that speak for a part.
func (a *assembler) partPlaces(p *inventory.Part) []place {
	if len(p.Files) == 0 {
		return a.places("", aboutWeights, nil)
	}
	return a.places(folder(p.Files[0].Path), aboutWeights, p.Files)
}

// places are what speaks for something in a folder whose bytes are in the files:
// the metadata of the files, and the card and the licence files of the nearest
// folder that has any of them.
func (a *assembler) places(dir string, about subject, files []*inventory.File) []place {
	var out []place
	if p := a.metadataPlace(files); p != nil {
		out = append(out, *p)
	}
	for found := false; !found; dir = folder(dir) {
		if r := a.inv.Stated.LicenseCardFor(dir); r != nil && folder(r.Path) == dir {
			out, found = append(out, a.cardPlace(r)), true
		}
		if p := textPlace(a.texts.speaking(dir, about)); p != nil {
			out, found = append(out, *p), true
		}
		if dir == "" {
			break
		}
	}
	return out
}

func (a *assembler) cardPlace(r *modelcard.Readme) place {
	p := place{kind: placeCard}
	for _, s := range r.Licenses {
		p.add(a.license(s, r.LicenseName, r.LicenseLink))
	}
	switch { // "license: other" was left out
	case len(r.Licenses) > 0:
	case r.LicenseName.IsZero():
		p.add(a.license(r.LicenseLink, modelcard.Statement{}, r.LicenseLink))
	default:
		p.add(a.license(r.LicenseName, modelcard.Statement{}, r.LicenseLink))
	}
	if len(p.licenses()) > 1 && len(p.stated) > 1 {
		p.open = bom.CleanPath(r.Path) + " lists several licences and does not say whether all or any of them apply"
	}
	return p
}

// add adds a stated licence, and says so when it could not be resolved.
func (p *place) add(l bom.License) {
	p.stated = append(p.stated, l)
	if l.Expression == "" && p.open == "" {
		p.open = fmt.Sprintf("%s, which names no one licence that is known", (&place{kind: p.kind, stated: []bom.License{l}}).said())
	}
}

// metadataPlace is what the metadata of weight files states, nil when nothing.
func (a *assembler) metadataPlace(files []*inventory.File) *place {
	p := place{kind: placeMetadata}
	seen := map[string]bool{}
	for _, f := range files {
		stated, name, link := a.metadataLicense(f)
		if stated.IsZero() || seen[stated.Value+"\x00"+name.Value] {
			continue
		}
		seen[stated.Value+"\x00"+name.Value] = true
		p.add(a.license(stated, name, link))
	}
	if len(p.stated) == 0 {
		return nil
	}
	return &p
}

// metadataLicense is the licence that a weight file states of itself: GGUF's
// "general.license", ONNX's "model_license" (onnx/onnx docs/MetadataProps.md),
// the ModelSpec's "modelspec.license" and plain "license" of safetensors.
func (a *assembler) metadataLicense(f *inventory.File) (stated, name, link modelcard.Statement) {
	if g := a.inv.Stated.GGUFs[f.Path]; g != nil {
		return g.License, g.LicenseName, g.LicenseLink
	}
	if f.Header == nil {
		return
	}
	for _, key := range []string{"model_license", "modelspec.license", "license"} {
		if e, ok := f.Header.Lookup(key); ok && e.Type == format.TypeString && strings.TrimSpace(e.Text) != "" {
			return modelcard.Statement{Path: f.Path, Key: key, Value: e.Text}, name, link
		}
	}
	return
}

// textPlace is what licence files state, nil when there are none.
func textPlace(texts []*licenseText) *place {
	if len(texts) == 0 {
		return nil
	}
	p := place{kind: placeText}
	for _, t := range texts {
		name := bom.CleanPath(t.file.Path)
		l := bom.License{Expression: t.id.Expression, Path: name, Acknowledgement: bom.Declared,
			Evidence: []bom.Evidence{{Technique: bom.SourceCodeAnalysis, Path: name, Key: "text", Value: textWords(t.id), Confidence: confidenceText}}}
		if l.Expression == "" {
			l.Name = "the text in " + name
			if p.open == "" {
				p.open = fmt.Sprintf("%s was not recognised as the text of one licence (%s)", name, reason(t.id.Reason))
			}
		}
		p.stated = append(p.stated, l)
	}
	return &p
}

// textWords says what a text was recognised as.
func textWords(id license.Identification) string {
	if id.Expression == "" {
		return "not recognised as the text of one licence: " + reason(id.Reason)
	}
	if strings.HasPrefix(id.Expression, "LicenseRef-") { // by a rule of ours, not word for word
		share := 0.0
		for _, m := range id.Matches {
			if m.Expression == id.Expression && m.Kind == license.MatchText {
				share = max(share, m.Coverage)
			}
		}
		return fmt.Sprintf("the text of %s (by its title and %.0f %% of the phrases that tell it)", id.Expression, 100*share)
	}
	return fmt.Sprintf("the text of %s (%.0f %% of its words)", id.Expression, 100*id.Coverage)
}

// license normalises one stated licence. The key "other" stands for the name
// and link beside it.
func (a *assembler) license(stated, name, link modelcard.Statement) bom.License {
	l := bom.License{Name: quoted(stated.Value), Acknowledgement: bom.Declared,
		Evidence: []bom.Evidence{evidence(stated, confidenceStated)}}
	if expression, ok := license.FromStatement(stated.Value); ok {
		l.Expression = expression
		return l
	}
	if !name.IsZero() {
		l.Name = quoted(name.Value)
		l.Evidence = append(l.Evidence, evidence(name, confidenceStated))
		l.Expression, _ = license.FromStatement(name.Value)
	}
	// A link that is neither a URL nor a file of the repository can be a path
	// of the publisher's machine.
	target := link.Value
	for _, file := range linkedBy(link) {
		if _, l.Path = a.linkTarget(file); l.Path != "" {
			target = file
			break
		}
	}
	if l.Path == "" {
		l.URL, _ = a.linkTarget(target)
	}
	if l.URL == "" && l.Path == "" {
		return l
	}
	if link != stated {
		l.Evidence = append(l.Evidence, evidence(link, confidenceStated))
	}
	if t := a.texts.byPath[path.Clean(target)]; t != nil && l.Path != "" && l.Expression == "" {
		l.Expression = t.id.Expression
		l.Evidence = append(l.Evidence, bom.Evidence{Technique: bom.SourceCodeAnalysis, Path: l.Path, Key: "text", Value: textWords(t.id), Confidence: confidenceText})
	}
	if expression, ok := license.FromURL(l.URL); ok && l.Expression == "" {
		l.Expression = expression
	}
	return l
}

// merge joins what all places state: equal statements with the evidence of all.
// A text that a statement names belongs to it: those of MIT and Apache-2.0 to
// "MIT OR Apache-2.0", that of GPL-3.0 to "GPL-3.0-or-later".
func merge(places []place) []bom.License {
	var out []bom.License
	for _, p := range places {
		for _, l := range p.stated {
			i := slices.IndexFunc(out, func(o bom.License) bool {
				return o.Expression == l.Expression && (l.Expression != "" || o.Name == l.Name)
			})
			if i < 0 && p.kind == placeText {
				i = slices.IndexFunc(out, func(o bom.License) bool { return names(o, l.Expression) })
			}
			if i < 0 {
				l.Evidence = slices.Clone(l.Evidence)
				out = append(out, l)
				continue
			}
			o := &out[i]
			o.Name, o.URL, o.Path = cmp.Or(o.Name, l.Name), cmp.Or(o.URL, l.URL), cmp.Or(o.Path, l.Path)
			for _, e := range l.Evidence {
				if len(o.Evidence) < maxMerged && !slices.Contains(o.Evidence, e) {
					o.Evidence = append(o.Evidence, e)
				}
			}
		}
	}
	return out
}

// maxMerged bounds the evidence of one licence: a folder can have a thousand
// copies of a text.
const maxMerged = 50

// names reports whether one of the licences of a statement has the text.
func names(stated bom.License, text string) bool {
	return stated.Expression != "" && text != "" && slices.ContainsFunc(license.Licenses(stated.Expression), func(e string) bool { return sameText(e, text) })
}
