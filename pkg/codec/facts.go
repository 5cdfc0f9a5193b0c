package codec

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Names of our properties. docs/properties.md lists them with their meaning.
const (
	prefix = "modelbom:"

	propPart          = prefix + "part"
	propWeightsDigest = prefix + "weights-digest"
	propParameters    = prefix + "parameters"
	propTensors       = prefix + "tensors"
	propBytes         = prefix + "weights-size"
	propLayers        = prefix + "layers"
	propDTypes        = prefix + "dtypes"
	propQuantization  = prefix + "quantization"
	propHyper         = prefix + "hyperparameter:"
	propFileSize      = prefix + "file:size"
	propFileFormat    = prefix + "file:format"
	propFileRole      = prefix + "file:role"
	propFileAbsent    = prefix + "file:absent"
	propHashAsserted  = prefix + "hash:asserted"
	propOrigin        = prefix + "origin:"
	propGap           = prefix + "gap"
	propFinding       = prefix + "finding"
	propLink          = prefix + "link"

	propDocAuthor = prefix + "author"
	propDocAttest = prefix + "attestation"
)

// maxPropertyValue keeps values below the 1,024 characters at which
// Dependency-Track cuts silently.
const maxPropertyValue = 1023

// natively says which facts a format has its own lossless place for, so that
// no property is needed. A format that shows a fact natively but cannot read
// all of it back leaves the flag unset and writes both.
type natively struct {
	Kind, Group, Supplier, Links  bool
	Task, Family, Architecture    bool
	Inputs, Metrics               bool
	Hyperparameters               bool
	Relationships                 bool
	Licenses, Evidence            bool
	Authors, Tools, Phase, Aggreg bool
	Attestations                  bool

	// AnyLength says that the format holds values of any length: nothing is cut.
	AnyLength bool
}

// A properties value collects properties in order and cuts what is too long,
// unless any length will do.
type properties struct {
	list  []bom.Property
	cut   []string // names of properties that were cut
	whole bool     // cut nothing
}

func (p *properties) add(name, value string) {
	if value == "" {
		return
	}
	if !p.whole && utf8.RuneCountInString(value) > maxPropertyValue {
		value = string([]rune(value)[:maxPropertyValue-1]) + "…"
		p.cut = append(p.cut, name)
	}
	p.list = append(p.list, bom.Property{Name: name, Value: value})
}

func (p *properties) addInt(name string, n int64) {
	if n != 0 {
		p.add(name, strconv.FormatInt(n, 10))
	}
}

func (p *properties) addJSON(name string, v any) {
	b, err := json.Marshal(v)
	if err == nil { // the types marshalled here are plain and cannot fail
		p.add(name, string(b))
	}
}

func (p *properties) losses(ref bom.Ref) []Loss {
	var out []Loss
	for _, name := range p.cut {
		out = append(out, Loss{Ref: ref, Field: name, Reason: "longer than " + strconv.Itoa(maxPropertyValue) + " characters, cut"})
	}
	return out
}

// componentProperties renders what has no native place as properties. rel holds
// the relationships that start at the component, gaps and findings those about
// it.
func componentProperties(c *bom.Component, about *about, n natively) properties {
	p := properties{whole: n.AnyLength}
	if !n.Kind {
		p.add(bom.PropKind, string(c.Kind))
	}
	p.add(propPart, string(c.Role))
	if !n.Group {
		p.add(bom.PropGroup, c.Group)
	}
	if !n.Supplier && c.Supplier != nil {
		p.addJSON(bom.PropSupplier, bom.OrganizationRecord(*c.Supplier))
	}
	if !n.Links {
		for _, l := range c.Links {
			p.addJSON(propLink, bom.LinkRecord(l))
		}
	}
	if c.Model != nil {
		modelProperties(&p, c.Model, n)
	}
	if c.File != nil {
		fileProperties(&p, c.File)
	}
	for _, name := range assertedHashes(c.Hashes) {
		p.add(propHashAsserted, name)
	}
	if !n.Licenses {
		for _, l := range c.Licenses {
			p.addJSON(bom.PropLicense, bom.RecordOf(l))
		}
	}
	if !n.Evidence {
		for _, e := range c.Evidence {
			p.addJSON(bom.PropEvidence, bom.EvidenceRecord(e))
		}
	}
	for i, o := range c.Origins {
		originProperties(&p, i, o)
	}
	if !n.Relationships {
		for _, r := range about.relationships[c.Ref] {
			p.add(bom.PropRelationship, bom.JoinFields(string(r.Type), string(r.To), r.Note))
		}
	}
	for _, g := range about.gaps[c.Ref] {
		p.add(propGap, bom.JoinFields(string(g.Kind), g.Path, g.Reason))
	}
	for _, f := range about.findings[c.Ref] {
		p.add(propFinding, bom.JoinFields(f.Rule, string(f.Severity), f.Path, f.Key, f.Message))
	}
	p.list = append(p.list, c.Properties...)
	sortPairs(p.list)
	return p
}

// assertedHashes names the asserted digests: by their algorithm, and also by
// their value ("SHA-256:0f...") where the component has a computed digest of
// that algorithm too.
func assertedHashes(hashes []bom.Hash) []string {
	computed := map[bom.HashAlgorithm]bool{}
	for _, h := range hashes {
		computed[h.Algorithm] = computed[h.Algorithm] || !h.Asserted
	}
	var names []string
	for _, h := range hashes {
		name := string(h.Algorithm)
		if computed[h.Algorithm] {
			name += ":" + h.Value
		}
		if h.Asserted && (len(names) == 0 || names[len(names)-1] != name) { // equal digests stand together
			names = append(names, name)
		}
	}
	return names
}

func modelProperties(p *properties, m *bom.Model, n natively) {
	if !n.Task {
		p.add(bom.PropTask, m.Task)
	}
	if !n.Family {
		p.add(bom.PropFamily, m.Family)
	}
	if !n.Architecture {
		p.add(bom.PropArchitecture, m.Architecture)
	}
	if !n.Inputs {
		for _, s := range m.Inputs {
			p.add(bom.PropModelInput, s)
		}
		for _, s := range m.Outputs {
			p.add(bom.PropModelOutput, s)
		}
	}
	if !n.Hyperparameters {
		for _, h := range m.Hyperparameters {
			p.add(propHyper+h.Name, h.Value)
		}
	}
	p.add(propQuantization, m.Quantization)
	p.addInt(propParameters, m.Parameters)
	p.addInt(propTensors, int64(m.Tensors))
	p.addInt(propBytes, m.Bytes)
	p.addInt(propLayers, int64(m.Layers))
	var shares []string
	for _, s := range m.DTypes {
		shares = append(shares, s.DType+":"+strconv.FormatInt(s.Parameters, 10))
	}
	p.add(propDTypes, strings.Join(shares, " "))
	p.add(propWeightsDigest, m.WeightsDigest)
	if !n.Metrics {
		for _, x := range m.Metrics {
			p.add(bom.PropMetric, bom.JoinFields(x.Type, x.Value, x.Dataset))
		}
	}
}

func fileProperties(p *properties, f *bom.File) {
	p.add(propFileSize, strconv.FormatInt(f.Size, 10))
	p.add(propFileFormat, f.Format)
	p.add(propFileRole, f.Role)
	if f.Absent {
		p.add(propFileAbsent, "true")
	}
}

// originProperties writes the first origin under the plain names
// ("modelbom:origin:verdict") and every further one with its number
// ("modelbom:origin:2:verdict").
func originProperties(p *properties, i int, o bom.Origin) {
	base := propOrigin
	if i > 0 {
		base += strconv.Itoa(i+1) + ":"
	}
	p.add(base+"reference", string(o.Reference))
	p.add(base+"verdict", string(o.Verdict))
	p.add(base+"strength", string(o.Strength))
	p.add(base+"relation", o.Relation)
	p.add(base+"sentence", o.Sentence)
	p.add(base+"limits", o.Limits)
	for j, e := range o.Evidence {
		// Numbered like the origins: platforms drop equal (name, value) pairs
		// and sort freely, and the order of evidence carries meaning.
		name := base + "evidence"
		if j > 0 {
			name += ":" + strconv.Itoa(j+1)
		}
		p.addJSON(name, bom.EvidenceRecord(e))
	}
}

// documentProperties renders what is said about the document itself.
func documentProperties(d *bom.Document, n natively) properties {
	p := properties{whole: n.AnyLength}
	for _, in := range d.Inputs {
		p.addJSON(bom.PropMadeWith, bom.InputRecord(in))
	}
	if !n.Authors {
		for _, a := range d.Authors {
			p.addJSON(propDocAuthor, bom.OrganizationRecord(a))
		}
	}
	if !n.Tools {
		for _, t := range d.Tools {
			p.add(bom.PropTool, bom.JoinFields(t.Vendor, t.Name, t.Version))
		}
	}
	if !n.Phase {
		p.add(bom.PropPhase, d.Phase)
	}
	if !n.Aggreg {
		p.add(bom.PropAssembly, string(d.Completeness.Assembly))
		p.add(bom.PropLineageComplete, string(d.Completeness.Lineage))
	}
	if !n.Attestations {
		for _, a := range d.Attestations {
			p.addJSON(propDocAttest, toAttestationJSON(a))
		}
	}
	p.list = append(p.list, d.Properties...)
	sortPairs(p.list)
	return p
}

func sortPairs(p []bom.Property) {
	slices.SortStableFunc(p, func(a, b bom.Property) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
}

// about groups what a document says about each component. Gaps and findings
// without a Ref are about the subject.
type about struct {
	relationships map[bom.Ref][]bom.Relationship
	gaps          map[bom.Ref][]bom.Gap
	findings      map[bom.Ref][]bom.Finding
}

func gather(d *bom.Document) *about {
	a := &about{map[bom.Ref][]bom.Relationship{}, map[bom.Ref][]bom.Gap{}, map[bom.Ref][]bom.Finding{}}
	for _, r := range d.Relationships {
		a.relationships[r.From] = append(a.relationships[r.From], r)
	}
	for _, g := range d.Gaps {
		ref := cmp.Or(g.Ref, d.Subject)
		a.gaps[ref] = append(a.gaps[ref], g)
	}
	for _, f := range d.Findings {
		ref := cmp.Or(f.Ref, d.Subject)
		a.findings[ref] = append(a.findings[ref], f)
	}
	return a
}
