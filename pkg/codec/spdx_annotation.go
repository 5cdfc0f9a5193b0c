package codec

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// What SPDX has no place for stands in an annotation of the element that it is
// about, one for each element, as
//
//	{"modelbom":1,"properties":[{"name":"modelbom:part","value":"projector"}]}
//
// with the properties of facts.go. SPDX restricts some fields that the neutral
// model does not: a name is one line, an identifier has few characters. Such a
// field holds what fits, and the value as it is becomes a property
// "modelbom:exact:<field>", so that reading gives back what was written.
type annotationJSON struct {
	Version    int            `json:"modelbom"`
	Properties []propertyJSON `json:"properties"`
}

type propertyJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

const propExact = prefix + "exact:"

// annotationText renders properties. For tag-value every property has a line of
// its own, because common readers give up on lines of 64 kB, and "<" is escaped,
// because "</text>" would end the text.
func annotationText(props []bom.Property, tagValue bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(tagValue)
	b.WriteString(`{"modelbom":1,"properties":[`)
	for i, p := range props {
		if i > 0 {
			b.WriteByte(',')
		}
		if tagValue {
			b.WriteByte('\n')
		}
		_ = enc.Encode(propertyJSON(p)) // two strings into memory: cannot fail
		b.Truncate(b.Len() - 1)         // the encoder's line break
	}
	b.WriteString(`]}`)
	return b.String()
}

// readAnnotation reads the properties of an annotation of ours; false is one of
// somebody else.
func readAnnotation(text string) ([]bom.Property, bool) {
	if !strings.HasPrefix(text, `{"modelbom":`) {
		return nil, false
	}
	var j annotationJSON
	if json.Unmarshal([]byte(text), &j) != nil || j.Version != 1 {
		return nil, false
	}
	props := make([]bom.Property, len(j.Properties))
	for i, p := range j.Properties {
		props[i] = bom.Property(p)
	}
	return props, true
}

// exactProperties compares a component with what a reader would take from the
// native fields and returns the differences.
func exactProperties(c, native *bom.Component) []bom.Property {
	var out []bom.Property
	add := func(field, want, got string) {
		if want != got {
			out = append(out, bom.Property{Name: propExact + field, Value: want})
		}
	}
	if c.Kind == "" { // a property without a value is not written
		add("kind", "", string(native.Kind))
	}
	add("name", c.Name, native.Name)
	add("version", c.Version, native.Version)
	add("description", c.Description, native.Description)
	add("purl", c.PURL, native.PURL)
	add("copyright", c.Copyright, native.Copyright)
	if !slices.EqualFunc(c.Hashes, native.Hashes, func(a, b bom.Hash) bool { return a.Algorithm == b.Algorithm && a.Value == b.Value }) {
		for _, h := range c.Hashes {
			out = append(out, bom.Property{Name: propExact + "hash", Value: bom.JoinFields(string(h.Algorithm), h.Value)})
		}
	}
	return out
}

// takeExact moves the exact values into the component and returns the other
// properties, without the reference, which the caller has read.
func takeExact(c *bom.Component, props []bom.Property) []bom.Property {
	var rest []bom.Property
	var hashes []bom.Hash
	for _, p := range props {
		field, ok := strings.CutPrefix(p.Name, propExact)
		switch {
		case p.Name == bom.PropRef:
		case !ok:
			rest = append(rest, p)
		case field == "kind":
			c.Kind = bom.Kind(p.Value)
		case field == "name":
			c.Name = p.Value
		case field == "version":
			c.Version = p.Value
		case field == "description":
			c.Description = p.Value
		case field == "purl":
			c.PURL = p.Value
		case field == "copyright":
			c.Copyright = p.Value
		case field == "hash":
			f := bom.SplitFields(p.Value, 2)
			hashes = append(hashes, bom.Hash{Algorithm: bom.HashAlgorithm(f[0]), Value: f[1]})
		}
	}
	if hashes != nil {
		c.Hashes = hashes
	}
	return rest
}

// findProperty returns the first value of a name.
func findProperty(props []bom.Property, name string) string {
	for _, p := range props {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
