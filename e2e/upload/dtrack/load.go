package dtrack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/package-url/packageurl-go"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// A Component is what the server keeps of one.
type Component struct {
	Classifier, Group, Name, Version string
	Description, Copyright, PURL     string
	Supplier                         string
	Hashes                           map[string]string
	License, LicenseURL              string // the name of one that is not known
	Resolved                         string // the identifier of one that is
	Expression                       string
	Links                            []string
	Properties                       []Property
	Direct                           []*Component // what it depends on
}

// A Property is split at the first colon.
type Property struct{ Group, Name, Value string }

// Property returns the values of a property by its whole name.
func (c *Component) Property(name string) []string {
	group, local, ok := strings.Cut(name, ":")
	if !ok {
		group, local = "", name
	}
	var out []string
	for _, p := range c.Properties {
		if p.Group == group && p.Name == local {
			out = append(out, p.Value)
		}
	}
	return out
}

// The types that documents are read into: the fields that ModelConverter reads.
type (
	document struct {
		BOMFormat   string `json:"bomFormat"`
		SpecVersion string `json:"specVersion"`
		Metadata    struct {
			Component *component `json:"component"`
		} `json:"metadata"`
		Components   []*component `json:"components"`
		Dependencies []struct {
			Ref       string   `json:"ref"`
			DependsOn []string `json:"dependsOn"`
		} `json:"dependencies"`
	}
	component struct {
		Ref         string `json:"bom-ref"`
		Type        string `json:"type"`
		Group       string `json:"group"`
		Name        string `json:"name"`
		Version     string `json:"version"`
		Description string `json:"description"`
		Copyright   string `json:"copyright"`
		PURL        string `json:"purl"`
		CPE         string `json:"cpe"`
		Scope       string `json:"scope"`
		Supplier    *struct {
			Name string `json:"name"`
		} `json:"supplier"`
		Hashes []struct {
			Alg     string `json:"alg"`
			Content string `json:"content"`
		} `json:"hashes"`
		Licenses []struct {
			Expression string `json:"expression"`
			License    *struct {
				ID   string `json:"id"`
				Name string `json:"name"`
				URL  string `json:"url"`
			} `json:"license"`
		} `json:"licenses"`
		Links []struct {
			URL string `json:"url"`
		} `json:"externalReferences"`
		Properties []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"properties"`
		Components []*component `json:"components"`
	}
)

// validate is CycloneDxValidator: the version, then the schema.
func (s *Server) validate(data []byte) []byte {
	problem := func(detail string, errors []string) []byte {
		m := map[string]any{"status": 400, "title": "The uploaded BOM is invalid", "detail": detail}
		if errors != nil {
			m["errors"] = errors
		}
		b, _ := json.Marshal(m)
		return b
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return problem("BOM is neither valid JSON nor XML", nil)
	}
	switch d.SpecVersion {
	case "1.2", "1.3", "1.4", "1.5", "1.6":
	case "1.0", "1.1":
		return problem("JSON is not supported for specVersion "+d.SpecVersion, nil)
	case "":
		return problem("Unable to determine schema version from JSON", nil)
	default:
		return problem("Unrecognized specVersion "+d.SpecVersion, nil)
	}
	if s.Validate == nil {
		return nil
	}
	if errors := s.Validate(data); len(errors) > 0 {
		return problem("Schema validation failed", errors)
	}
	return nil
}

// load is BomUploadProcessingTask: convert, flatten, merge, replace what the
// project had, draw the edges. An error leaves the project as it was.
func (s *Server) load(p *Project, data []byte) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	var all []*component
	if root := d.Metadata.Component; root != nil {
		all = flatten(root.Components)
		p.Classifier = strings.ToUpper(strings.ReplaceAll(root.Type, "-", "_"))
	}
	all = append(all, flatten(d.Components)...)
	byRef, byIdentity := map[string]*Component{}, map[string]*Component{}
	var kept []*Component
	for i, x := range all {
		c, err := convert(x)
		if err != nil {
			return fmt.Errorf("%s: %w", x.Ref, err)
		}
		id := s.identity(c, x)
		if first := byIdentity[id]; first != nil {
			c = first // the later one is lost, but for its edges
		} else {
			byIdentity[id], kept = c, append(kept, c)
		}
		ref := x.Ref
		if ref == "" {
			ref = fmt.Sprint("random ", i)
		}
		if byRef[ref] == nil {
			byRef[ref] = c
		}
	}
	direct := func(ref string) []*Component {
		var out []*Component
		for _, dep := range d.Dependencies {
			if dep.Ref != ref {
				continue
			}
			for _, on := range dep.DependsOn {
				if c := byRef[on]; c != nil && !slices.Contains(out, c) {
					out = append(out, c)
				}
			}
		}
		return out
	}
	for ref, c := range byRef {
		c.Direct = append(c.Direct, direct(ref)...)
	}
	p.Components, p.Direct = kept, nil
	if root := d.Metadata.Component; root != nil {
		p.Direct = direct(root.Ref)
	}
	s.clock++
	p.Imported, p.Format = 1_760_000_000_000+s.clock, "CycloneDX "+d.SpecVersion
	p.Imports++
	return nil
}

// flatten puts children before their parents.
func flatten(list []*component) []*component {
	var out []*component
	for _, x := range list {
		out = append(append(out, flatten(x.Components)...), x)
	}
	return out
}

// identity is ComponentIdentity.
func (s *Server) identity(c *Component, x *component) string {
	scope := ""
	if s.V5 {
		scope = x.Scope
	}
	return fmt.Sprintf("%q", []string{c.PURL, x.CPE, c.Group, c.Name, c.Version, scope})
}

func convert(x *component) (*Component, error) {
	c := &Component{
		Classifier: strings.ToUpper(strings.ReplaceAll(x.Type, "-", "_")),
		Group:      abbreviate(strings.TrimSpace(x.Group), 255), Name: abbreviate(strings.TrimSpace(x.Name), 255),
		Version: abbreviate(strings.TrimSpace(x.Version), 255), Description: abbreviate(strings.TrimSpace(x.Description), 1024),
		Copyright: abbreviate(strings.TrimSpace(x.Copyright), 1024), Hashes: map[string]string{},
	}
	if c.Name == "" {
		c.Name = "-"
	}
	if !slices.Contains([]string{"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING_SYSTEM", "DEVICE", "FIRMWARE", "FILE",
		"PLATFORM", "DEVICE_DRIVER", "MACHINE_LEARNING_MODEL", "DATA"}, c.Classifier) {
		return nil, fmt.Errorf("no enum constant Classifier.%s", c.Classifier)
	}
	if x.Supplier != nil {
		c.Supplier = x.Supplier.Name
	}
	if u, err := packageurl.FromString(x.PURL); err == nil {
		c.PURL = u.ToString()
	}
	if length(c.PURL) > 786 {
		return nil, fmt.Errorf("value too long for column PURL VARCHAR(786)")
	}
	for _, l := range x.Links {
		c.Links = append(c.Links, l.URL)
	}
	c.setLicence(x)
	return c, firstOf(c.setHashes(x), c.setProperties(x))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Component) setHashes(x *component) error {
	columns := map[string]int{"md5": 32, "sha-1": 40, "sha-256": 64, "sha-384": 96, "sha-512": 128, "sha3-256": 64, "sha3-384": 96,
		"sha3-512": 128, "blake2b-256": 64, "blake2b-384": 96, "blake2b-512": 128, "blake3": 255}
	for _, h := range x.Hashes {
		name := strings.ToLower(h.Alg)
		width, ok := columns[name]
		if !ok {
			continue
		}
		if length(h.Content) > width {
			return fmt.Errorf("value too long for column %s VARCHAR(%d)", name, width)
		}
		c.Hashes[h.Alg] = h.Content // the last one of an algorithm
	}
	return nil
}

func (c *Component) setProperties(x *component) error {
	for _, p := range x.Properties {
		name := strings.TrimSpace(p.Name)
		if name == "" {
			continue
		}
		q := Property{Name: name, Value: abbreviate(strings.TrimSpace(p.Value), 1024)}
		if group, local, ok := strings.Cut(name, ":"); ok {
			q.Group, q.Name = group, local
		}
		if length(q.Group) > 255 || length(q.Name) > 255 {
			return fmt.Errorf("value too long for column PROPERTYNAME VARCHAR(255)")
		}
		if !slices.Contains(c.Properties, q) {
			c.Properties = append(c.Properties, q)
		}
	}
	return nil
}

// setLicence keeps one expression and the first licence that is known, else the
// first that has a name.
func (c *Component) setLicence(x *component) {
	for _, l := range x.Licenses {
		if l.Expression != "" {
			c.Expression = l.Expression
			if id, ok := licenselist.License(l.Expression); ok && c.Resolved == "" {
				c.Resolved = id
			}
		}
		if l.License == nil || c.Resolved != "" {
			continue
		}
		for _, name := range []string{l.License.ID, l.License.Name} {
			if id, ok := licenselist.License(name); ok && id == name {
				c.Resolved, c.LicenseURL = id, abbreviate(l.License.URL, 255)
				break
			}
		}
	}
	for _, l := range x.Licenses {
		if c.Resolved == "" && c.License == "" && l.License != nil && l.License.Name != "" {
			c.License, c.LicenseURL = abbreviate(strings.TrimSpace(l.License.Name), 255), abbreviate(l.License.URL, 255)
		}
	}
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }

// abbreviate is StringUtils.abbreviate of Apache Commons: three dots at the end.
func abbreviate(s string, n int) string {
	u := utf16.Encode([]rune(s))
	if len(u) <= n {
		return s
	}
	return string(utf16.Decode(u[:n-3])) + "..."
}
