package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// A component is what the tests look at in a CycloneDX document, read by
// nothing of ours.
type component struct {
	Ref      string `json:"bom-ref"`
	Type     string
	Group    string
	Name     string
	Version  string
	PURL     string
	Licenses []struct {
		Expression string
		License    struct{ ID, Name string }
	}
	Hashes     []struct{ Alg, Content string }
	Properties []struct{ Name, Value string }
	ModelCard  struct {
		ModelParameters struct {
			Task, ArchitectureFamily, ModelArchitecture string
		}
	}
	Pedigree   struct{ Ancestors []component }
	Components []component
}

// A document is a CycloneDX document with its components by reference.
type document struct {
	t        *testing.T
	Metadata struct{ Component component }
	List     []component `json:"components"`
	byRef    map[string]*component
}

func readCycloneDX(t *testing.T, data []byte) *document {
	t.Helper()
	d := &document{t: t, byRef: map[string]*component{}}
	if err := json.Unmarshal(data, d); err != nil {
		t.Fatal(err)
	}
	d.enter(d.List)
	return d
}

func (d *document) enter(list []component) {
	for i := range list {
		d.byRef[list[i].Ref] = &list[i]
		d.enter(list[i].Components)
	}
}

// component returns an empty one, and an error of the test, for an unknown ref.
func (d *document) component(ref string) *component {
	d.t.Helper()
	c := d.byRef[ref]
	if c == nil {
		d.t.Errorf("no component %q, only %q", ref, slices.Sorted(maps.Keys(d.byRef)))
		return &component{}
	}
	return c
}

// properties returns the values of a property.
func (c *component) properties(name string) []string {
	var values []string
	for _, p := range c.Properties {
		if p.Name == "modelbom:"+name {
			values = append(values, p.Value)
		}
	}
	return values
}

func (c *component) property(name string) string {
	if values := c.properties(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (c *component) hash(algorithm string) string {
	for _, h := range c.Hashes {
		if h.Alg == algorithm {
			return h.Content
		}
	}
	return ""
}

// licence returns the first licence, however it is written.
func (c *component) licence() string {
	if len(c.Licenses) == 0 {
		return ""
	}
	l := c.Licenses[0]
	return l.Expression + l.License.ID + l.License.Name
}

// ancestor returns the first ancestor's package URL.
func (c *component) ancestor() string {
	if len(c.Pedigree.Ancestors) == 0 {
		return ""
	}
	return c.Pedigree.Ancestors[0].PURL
}

// weightsDigests returns the weights digest of every part that has one.
func (d *document) weightsDigests() map[string]string {
	digests := map[string]string{}
	for ref, c := range d.byRef {
		if w := c.property("weights-digest"); w != "" {
			digests[ref] = w
		}
	}
	return digests
}

// findings returns all findings of the document.
func (d *document) findings() []string {
	var all []string
	for _, ref := range slices.Sorted(maps.Keys(d.byRef)) {
		all = append(all, d.byRef[ref].properties("finding")...)
	}
	return all
}
