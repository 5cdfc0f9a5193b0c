package facts

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// about tells what a document shows of a component, for whoever states facts
// about it.
func (t *template) about(c *bom.Component) []string {
	lines := []string{t.what(c)}
	for _, o := range c.Origins[:min(len(c.Origins), maxNames)] {
		lines = append(lines, t.origin(o))
	}
	if l := licences(c); l != "" {
		lines = append(lines, "Licence: "+l+".")
	}
	if s := c.Supplier; s != nil && s.Name != "" {
		lines = append(lines, "Supplier: "+called(s.Name, s.Country)+".")
	}
	return lines
}

func (t *template) what(c *bom.Component) string {
	words := []string{string(c.Ref)}
	if n := fullName(c); n != "" && !strings.HasSuffix(string(c.Ref), n) {
		words[0] += ", " + n
	}
	if m := c.Model; m != nil && m.Parameters > 0 {
		words = append(words, wording.Count(m.Parameters, "parameter", "parameters"))
		for _, s := range m.DTypes[:min(len(m.DTypes), 1)] {
			words = append(words, "mostly "+s.DType)
		}
	}
	return strings.Join(words, ", ") + "."
}

// origin is the verdict with its upstream.
func (t *template) origin(o bom.Origin) string {
	if c := t.components[o.Reference]; c != nil {
		return fmt.Sprintf("Origin: %s %s (evidence: %s).", o.Verdict, fullName(c), o.Strength)
	}
	return fmt.Sprintf("Origin: %s.", o.Verdict)
}

// licences are the concluded licences, else the declared ones.
func licences(c *bom.Component) string {
	for _, who := range []bom.Acknowledgement{bom.Concluded, bom.Declared, ""} {
		if list := licencesBy(c, who); list != "" {
			return strings.TrimSpace(list + " " + map[bool]string{true: "(declared, none is concluded)"}[who == bom.Declared])
		}
	}
	return ""
}
