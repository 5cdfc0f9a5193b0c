package inspect

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	packageurl "github.com/package-url/packageurl-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
)

// observe begins a document with everything that the repository shows and states
// by itself. It is pure, as conclude and publish are: no file is opened, no clock
// is read. Text of the repository enters the document here and nowhere else,
// through the clean functions.
func observe(inv *inventory.Inventory, scans map[*inventory.File]*scanned, states map[*inventory.Part]map[string][]byte, o Options) *assembler {
	a := &assembler{states: states, inv: inv, scans: scans, options: o, upstreams: map[bom.Ref]*bom.Component{}, datasets: map[bom.Ref]*bom.Component{},
		doc: &bom.Document{Subject: bom.RefSubject, Created: o.Timestamp, Phase: "post-build"}}
	if o.Tool.Name != "" {
		a.doc.Tools = []bom.Tool{o.Tool}
	}
	a.index()
	a.subject()
	a.files()
	a.parts()
	a.lineage()
	a.join(slices.Sorted(maps.Keys(a.upstreams)))
	return a
}

// document completes the document, after what was found about origins was
// written into it.
func (a *assembler) document() *bom.Document {
	a.edges()
	a.publish()
	a.gaps()
	a.completeness()
	return a.doc
}

type assembler struct {
	inv     *inventory.Inventory
	scans   map[*inventory.File]*scanned
	states  map[*inventory.Part]map[string][]byte // see readStates
	texts   *licenseTexts                         // nil when no document is made
	options Options
	doc     *bom.Document

	model     bom.Component // the subject
	list      []*bom.Component
	byPart    map[*inventory.Part]*bom.Component
	byFile    map[*inventory.File]*bom.Component
	byPath    map[string]*inventory.File
	primary   map[string][]*inventory.Part // primary weights by folder
	upstreams map[bom.Ref]*bom.Component
	datasets  map[bom.Ref]*bom.Component
}

// index makes the maps that keep assembling linear.
func (a *assembler) index() {
	a.byPath = make(map[string]*inventory.File, len(a.inv.Files))
	for _, f := range a.inv.Files {
		a.byPath[f.Path] = f
	}
	a.primary = map[string][]*inventory.Part{}
	for _, p := range a.inv.Parts {
		if p.Set != nil && p.Set.Primary && !p.Alternative && p.Role != bom.RoleHead && p.Role != bom.RoleProjector {
			a.primary[p.Set.Dir] = append(a.primary[p.Set.Dir], p)
		}
	}
}

// clean is text of the repository, fit for a document.
func clean(s string) string { return bom.Cut(bom.Clean(s), bom.MaxText) }

// cleanValue is a short value of the repository.
func cleanValue(s string) string { return bom.Cut(bom.Clean(s), 250) }

// subject names the model. It is never renamed after a parent: what the
// repository says about its origin is lineage, not a name.
func (a *assembler) subject() {
	loc := a.inv.Locator
	name := cmp.Or(a.options.Name, loc.HubID, loc.Name, "model")
	m := &a.model
	*m = bom.Component{Ref: bom.RefSubject, Kind: bom.KindModel, Model: &bom.Model{}}
	m.Group, m.Name = splitID(cleanValue(name))
	m.Version = cleanValue(cmp.Or(a.options.Version, loc.Revision))
	if a.options.Supplier != "" {
		m.Supplier = &bom.Organization{Name: cleanValue(a.options.Supplier)}
	}
	if loc.HubID != "" {
		m.PURL = hubPURL(loc.HubID, loc.Revision, "")
	}
	a.modelFacts(m)
}

// splitID splits "group/name".
func splitID(id string) (group, name string) {
	if i := strings.LastIndexByte(id, '/'); i > 0 && i < len(id)-1 {
		return id[:i], id[i+1:]
	}
	return "", id
}

// hubPURL is the package URL of a hub repository, of a file in it when subpath
// is set (purl specification, type "huggingface").
func hubPURL(id, revision, subpath string) string {
	group, name := splitID(id)
	p := packageurl.NewPackageURL(packageurl.TypeHuggingface, group, name, revision, nil, subpath)
	if p.Normalize() != nil {
		return ""
	}
	return p.ToString()
}

// files makes a component of every file that is there or asserted to be.
func (a *assembler) files() {
	a.byFile = map[*inventory.File]*bom.Component{}
	for _, f := range a.inv.Files {
		if f.Ignored {
			continue
		}
		name := bom.CleanPath(f.Path)
		c := &bom.Component{Ref: bom.Ref("file:" + name), Kind: bom.KindFile, Name: shortName(name),
			File: &bom.File{Size: f.Size, Format: f.Format, Role: string(f.Role), Absent: f.Absent}}
		if a.inv.Locator.HubID != "" {
			c.PURL = hubPURL(a.inv.Locator.HubID, a.inv.Locator.Revision, f.Path)
		}
		if f.Role == inventory.RoleCode {
			c.Role = bom.RoleCode
		}
		a.digests(c, f)
		a.code(c, f)
		a.byFile[f] = c
		a.list = append(a.list, c)
	}
}

// maxName is the longest name that common platforms keep whole, in characters.
const maxName = 255

// shortName keeps the end of a path that is too long for a name; the reference
// has all of it.
func shortName(path string) string {
	runes := []rune(path)
	if len(runes) <= maxName {
		return path
	}
	return "…" + string(runes[len(runes)-maxName+1:])
}

// digests writes a file's computed digests, and the asserted ones where nothing
// was computed. Where both are there and differ, that is a finding and both
// stand in the document.
func (a *assembler) digests(c *bom.Component, f *inventory.File) {
	computed := map[fingerprint.Algorithm]string{}
	if s := a.scans[f]; s != nil && s.err == nil {
		computed = s.digests
	}
	for alg, value := range computed {
		if alg != fingerprint.GitBlob {
			c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.HashAlgorithm(alg), Value: value})
		}
	}
	for _, d := range f.Asserted {
		alg := fingerprint.Algorithm(d.Algorithm)
		value, ok := computed[alg]
		if ok && value != d.Value {
			a.doc.Findings = append(a.doc.Findings, bom.Finding{Rule: "digest-mismatch", Severity: bom.SeverityHigh, Ref: c.Ref, Path: c.Name, Key: d.By,
				Message: "the " + d.Algorithm + " of the bytes is " + value + ", but " + d.By + " states " + d.Value})
		}
		if (!ok || value != d.Value) && alg != fingerprint.GitBlob {
			c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.HashAlgorithm(alg), Value: d.Value, Asserted: true})
		}
	}
}

// parts makes the components of the parts and the tree of what contains what.
func (a *assembler) parts() {
	a.byPart = map[*inventory.Part]*bom.Component{}
	users := a.users()
	contained := map[bom.Ref]bool{}
	for _, p := range a.inv.Parts {
		if p.Role == bom.RoleCode {
			continue // code is its files, see files
		}
		c := &bom.Component{Ref: partRef(p), Role: p.Role, Kind: bom.KindData, Name: a.partName(p)}
		c.Evidence = partEvidence(p)
		if p.Set != nil {
			c.Kind = bom.KindModel
			c.Model = a.weights(p)
			a.quantised(p, c)
		}
		c.Properties = a.assetFacts(p)
		if p.Alternative {
			addProperty(c, propAlternative, "true")
		}
		a.byPart[p] = c
		a.list = append(a.list, c)
		a.relate(bom.RefSubject, bom.Contains, c.Ref, "")
		for _, f := range a.filesOf(p) {
			file := a.byFile[f]
			if file == nil {
				continue
			}
			if len(users[f]) == 1 && p.Inside == "" {
				contained[file.Ref] = true
				a.relate(c.Ref, bom.Contains, file.Ref, "")
			}
			if isData := slices.Contains(p.Files, f); isData && !(len(users[f]) == 1 && p.Inside == "") {
				a.relate(c.Ref, bom.HasDataFile, file.Ref, "")
			}
		}
	}
	for _, f := range a.inv.Files {
		if c := a.byFile[f]; c != nil && !contained[c.Ref] {
			a.relate(bom.RefSubject, bom.Contains, c.Ref, "")
		}
	}
	a.totals()
}

// filesOf is a part's files and, for a part in a folder of its own, the
// configuration that describes only it.
func (a *assembler) filesOf(p *inventory.Part) []*inventory.File {
	files := slices.Clone(p.Files)
	if p.Set == nil {
		return files
	}
	if f := a.byPath[p.ConfigPath]; f != nil && p.Set.Dir != "" && strings.HasPrefix(f.Path, p.Set.Dir+"/") {
		files = append(files, f)
	}
	if p.Set.Index != nil {
		files = append(files, p.Set.Index)
	}
	return files
}

// users counts which parts use a file; a file of one part is contained by it.
func (a *assembler) users() map[*inventory.File][]*inventory.Part {
	users := map[*inventory.File][]*inventory.Part{}
	for _, p := range a.inv.Parts {
		if p.Role == bom.RoleCode {
			continue
		}
		for _, f := range a.filesOf(p) {
			users[f] = append(users[f], p)
		}
	}
	return users
}

func partRef(p *inventory.Part) bom.Ref {
	ref := "part:" + string(p.Role)
	if p.Qualifier != "" {
		ref += ":" + bom.Clean(p.Qualifier)
	}
	return bom.Ref(ref)
}

// partName is the part's name inside the model, "acme-vlm/vision-encoder":
// platforms merge components of equal name, so it names the model too.
func (a *assembler) partName(p *inventory.Part) string {
	name := path.Join(a.model.Name, string(p.Role))
	if p.Qualifier != "" {
		name += " (" + bom.Clean(p.Qualifier) + ")"
	}
	return cleanValue(name)
}

// partEvidence says by what a part was told apart.
func partEvidence(p *inventory.Part) []bom.Evidence {
	switch {
	case p.Set == nil && p.Inside != "":
		return []bom.Evidence{{Technique: bom.BinaryAnalysis, Path: bom.CleanPath(p.Files[0].Path), Key: p.Inside, Confidence: 1}}
	case p.Set == nil:
		return []bom.Evidence{{Technique: bom.Filename, Path: bom.CleanPath(p.Files[0].Path), Confidence: 0.8}}
	case len(p.Tensors) > 0:
		first := p.Tensors[0]
		e := []bom.Evidence{{Technique: bom.BinaryAnalysis, Path: bom.CleanPath(first.File.Path), Key: cleanValue(first.Tensor().Name), Confidence: 0.8}}
		if p.ConfigPath != "" && p.ConfigKey != "" {
			e = append(e, bom.Evidence{Technique: bom.ManifestAnalysis, Path: bom.CleanPath(p.ConfigPath), Key: cleanValue(p.ConfigKey), Confidence: 0.8})
		}
		return e
	case len(p.Files) > 0:
		return []bom.Evidence{{Technique: bom.Filename, Path: bom.CleanPath(p.Files[0].Path), Confidence: 0.3}}
	}
	return nil
}

func (a *assembler) relate(from bom.Ref, t bom.Relation, to bom.Ref, note string) {
	a.doc.Relationships = append(a.doc.Relationships, bom.Relationship{From: from, Type: t, To: to, Note: note})
}

// publish puts all components into the document.
func (a *assembler) publish() {
	d := a.doc
	d.Components = append(d.Components, a.model)
	for _, c := range a.list {
		d.Components = append(d.Components, *c)
	}
	for _, m := range []map[bom.Ref]*bom.Component{a.upstreams, a.datasets} {
		for _, c := range m {
			d.Components = append(d.Components, *c)
		}
	}
}
