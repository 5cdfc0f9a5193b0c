package facts

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// Files are what is stated of every file of the repository: the properties of
// BSI TR-03183-2 2.1.0, 5.2.2. Nil is not stated.
type Files struct {
	Executable, Archive, Structured *bool
}

func (d *decoder) files(n *yaml.Node, what string) *Files {
	f := &Files{}
	fields := map[string]strictyaml.Field{}
	d.fileKinds(f, fields)
	d.Mapping(n, what, fields)
	return f
}

func (d *decoder) fileKinds(f *Files, fields map[string]strictyaml.Field) {
	for name, to := range map[string]**bool{"executable": &f.Executable, "archive": &f.Archive, "structured": &f.Structured} {
		fields[name] = func(key, n *yaml.Node) {
			*to = new(bool)
			d.Bool(*to)(key, n)
		}
	}
}

// bsiWords are the values of the three properties, as BSI TR-03183-2 has them.
func bsiWords(f *Files) []bom.Property {
	var out []bom.Property
	for _, x := range []struct {
		name    string
		value   *bool
		yes, no string
	}{
		{"executable", f.Executable, "executable", "non-executable"},
		{"archive", f.Archive, "archive", "no archive"},
		{"structured", f.Structured, "structured", "unstructured"},
	} {
		if x.value != nil {
			out = append(out, bom.Property{Name: "bsi:component:" + x.name, Value: map[bool]string{true: x.yes, false: x.no}[*x.value]})
		}
	}
	return out
}

// files states of every file what is stated of none in particular.
func (a *applier) files(f *Files) {
	if f == nil {
		return
	}
	var said []string
	for _, p := range bsiWords(f) {
		said = append(said, p.Value)
	}
	a.doc.Properties = append(a.doc.Properties, bom.Property{Name: PropFiles, Value: strings.Join(said, ", ")})
	for i := range a.doc.Components {
		c := &a.doc.Components[i]
		if c.Kind != bom.KindFile || c.Ref == a.doc.Subject {
			continue
		}
		for _, p := range bsiWords(f) {
			if value(c, p.Name) == "" {
				add(c, p.Name, p.Value)
			}
		}
	}
}
