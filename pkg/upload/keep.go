package upload

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Names of properties, as docs/properties.md and docs/upload.md list them.
const (
	prefix = "modelbom:"

	propName        = prefix + "name"
	propPURL        = prefix + "purl"
	propHash        = prefix + "hash"
	propVersion     = prefix + "version"
	propDescription = prefix + "description"
	propCopyright   = prefix + "copyright"
)

const asProperties = "properties"

// kind replaces the one component type of CycloneDX 1.6 that makes the import
// fail, since the server's list of types lacks it.
func (p *preparation) kind(c *bom.Component) {
	if c.Kind == "cryptographic-asset" {
		add(c, bom.PropKind, string(c.Kind))
		c.Kind = bom.KindData
		p.warn(c.Ref, Refuses, "cryptographic assets", "data, with a property")
	}
}

func add(c *bom.Component, name, value string) {
	if value != "" {
		c.Properties = append(c.Properties, bom.Property{Name: name, Value: value})
	}
}

func addJSON(c *bom.Component, name string, v any) {
	if b, err := json.Marshal(v); err == nil { // plain types, which cannot fail
		add(c, name, string(b))
	}
}

// card keeps what stands in the model card of a CycloneDX document.
func (p *preparation) card(c *bom.Component) {
	m := c.Model
	if c.Kind != bom.KindModel || m == nil {
		return
	}
	before := len(c.Properties)
	add(c, bom.PropTask, m.Task)
	add(c, bom.PropFamily, m.Family)
	add(c, bom.PropArchitecture, m.Architecture)
	for _, s := range m.Inputs {
		add(c, bom.PropModelInput, s)
	}
	for _, s := range m.Outputs {
		add(c, bom.PropModelOutput, s)
	}
	for _, x := range m.Metrics {
		add(c, bom.PropMetric, bom.JoinFields(x.Type, x.Value, x.Dataset))
	}
	if len(c.Properties) > before {
		p.warn(c.Ref, Drops, "model cards", asProperties)
	}
}

// licences keeps every licence as a property, and leaves the one that counts
// where the server looks: the concluded one, else the declared one, else the
// first that was found. Alone, it can be an expression, which the server's
// policies understand.
func (p *preparation) licences(c *bom.Component) {
	if len(c.Licenses) == 0 {
		return
	}
	var first bom.License
	for i, l := range c.Licenses {
		addJSON(c, bom.PropLicense, bom.RecordOf(l))
		if i == 0 || rank(l) < rank(first) {
			first = l
		}
	}
	p.warn(c.Ref, Drops, "all licences but one, and who stands behind them", asProperties)
	native := bom.License{Expression: first.Expression, Acknowledgement: first.Acknowledgement}
	if native.Expression == "" {
		native.Name, native.URL = first.Name, first.URL
		if native.Name == "" && native.URL == "" {
			native.Path = first.Path
		}
	}
	c.Licenses = []bom.License{native}
}

// rank orders licences by what counts.
func rank(l bom.License) int {
	switch {
	case l.Acknowledgement == bom.Concluded && l.Expression != "":
		return 0
	case l.Acknowledgement == bom.Declared && l.Expression != "":
		return 1
	case l.Acknowledgement == bom.Concluded:
		return 2
	case l.Acknowledgement == bom.Declared:
		return 3
	}
	return 4
}

// evidence keeps how the component was recognised.
func (p *preparation) evidence(c *bom.Component) {
	for _, e := range c.Evidence {
		addJSON(c, bom.PropEvidence, bom.EvidenceRecord(e))
		p.warn(c.Ref, Drops, "evidence", asProperties)
	}
}

// edges keeps what a relation is called, since the server has one kind of edge.
// That a part contains a file, and is read from it, is what a plain edge to a
// file means.
func (p *preparation) edges(c *bom.Component) {
	for _, r := range p.relations[c.Ref] {
		if r.Type == bom.Contains || r.Type == bom.HasDataFile {
			continue
		}
		add(c, bom.PropRelationship, bom.JoinFields(string(r.Type), string(r.To), r.Note))
		if r.Type == bom.DescendantOf || r.Type == bom.HasVariant {
			p.warn(c.Ref, Drops, "pedigree", "edges and properties")
		} else {
			p.warn(c.Ref, Drops, "what an edge means", asProperties)
		}
	}
}

// digestLength is the length, in hexadecimal digits, of a digest that the
// server has a column for, else 0.
func digestLength(a bom.HashAlgorithm) int {
	switch a {
	case "MD5":
		return 32
	case bom.SHA1:
		return 40
	case bom.SHA256, "SHA3-256", "BLAKE2b-256", bom.BLAKE3:
		return 64
	case "SHA-384", "SHA3-384", "BLAKE2b-384":
		return 96
	case bom.SHA512, "SHA3-512", "BLAKE2b-512":
		return 128
	}
	return 0
}

// digests keeps the digests that find no place. Of two of one algorithm the
// server keeps the last.
func (p *preparation) digests(c *bom.Component) {
	var kept []bom.Hash
	seen := map[bom.HashAlgorithm]bool{}
	for _, h := range c.Hashes {
		fits := len(h.Value) == digestLength(h.Algorithm)
		if fits && !seen[h.Algorithm] {
			seen[h.Algorithm], kept = true, append(kept, h)
			continue
		}
		value := string(h.Algorithm) + ":" + h.Value
		if h.Asserted {
			value += " (asserted)"
		}
		add(c, propHash, value)
		if fits {
			p.warn(c.Ref, Drops, "all digests of one algorithm but one", asProperties)
		} else {
			p.warn(c.Ref, Refuses, "digests that it has no column for", asProperties)
		}
	}
	c.Hashes = kept
}

// document keeps, with the subject, what is said of the document.
func (p *preparation) document(c *bom.Component) {
	d, before := p.out, len(c.Properties)
	for _, in := range d.Inputs {
		addJSON(c, bom.PropMadeWith, bom.InputRecord(in))
	}
	for _, t := range d.Tools {
		add(c, bom.PropTool, bom.JoinFields(t.Vendor, t.Name, t.Version))
	}
	add(c, bom.PropPhase, d.Phase)
	add(c, bom.PropAssembly, string(d.Completeness.Assembly))
	add(c, bom.PropLineageComplete, string(d.Completeness.Lineage))
	c.Properties = append(c.Properties, d.Properties...)
	if len(c.Properties) > before {
		p.warn("", Drops, "tools, inputs, completeness and properties of the document", "properties of the model")
	}
}

// maxPURL is the length of the column, in UTF-16 units.
const maxPURL = 786

func (p *preparation) purl(c *bom.Component) {
	if s := c.Supplier; s != nil && s.Country != "" {
		addJSON(c, bom.PropSupplier, bom.OrganizationRecord(*s))
		p.warn(c.Ref, Drops, "the country of suppliers", asProperties)
	}
	if c.PURL == "" {
		return
	}
	if units(c.PURL) > maxPURL {
		add(c, propPURL, c.PURL)
		c.PURL = ""
		p.warn(c.Ref, Refuses, "package URLs of over "+strconv.Itoa(maxPURL)+" characters", asProperties)
	} else if _, err := packageurl.FromString(c.PURL); err != nil {
		add(c, propPURL, c.PURL)
		p.warn(c.Ref, Drops, "package URLs that are none", asProperties)
	}
}

// sameName is what components are merged by.
type sameName struct{ purl, group, name, version string }

func identity(c *bom.Component) sameName {
	k := sameName{group: strings.TrimSpace(c.Group), name: cmp.Or(strings.TrimSpace(c.Name), "-"), version: strings.TrimSpace(c.Version)}
	if u, err := packageurl.FromString(c.PURL); err == nil && units(c.PURL) <= maxPURL {
		k.purl = strings.ToLower(u.ToString()) // too much sameness costs a name, too little a component
	}
	return k
}
