// Package report shows bills of materials, and what changed between two of them,
// to people: as text ([Text], [ChangesText]), as one self-contained page ([HTML],
// [ChangesHTML]) and as Markdown ([Markdown], [ChangesMarkdown]).
//
// It reads documents only, never a repository, so that a document of any tool
// can be shown. Text that stands in a document came from strangers: everything
// printed goes through [bom.Clean], and pages and Markdown escape it besides.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A view answers the questions that all reports ask about a document.
type view struct {
	*bom.Document
	byRef    map[bom.Ref]*bom.Component
	children map[bom.Ref][]bom.Ref
	// marked is set when a value was shown with the mark of a stated one.
	marked bool
}

func newView(d *bom.Document) *view {
	v := &view{Document: d, byRef: map[bom.Ref]*bom.Component{}, children: map[bom.Ref][]bom.Ref{}}
	for i := range d.Components {
		v.byRef[d.Components[i].Ref] = &d.Components[i]
	}
	for _, r := range d.Relationships {
		if r.Type == bom.Contains {
			v.children[r.From] = append(v.children[r.From], r.To)
		}
	}
	return v
}

// parts are the components with a role that the subject contains, in the order
// of bom.Roles.
func (v *view) parts() []*bom.Component {
	rank := map[bom.Role]int{}
	for i, r := range bom.Roles() {
		rank[r] = i
	}
	var out []*bom.Component
	for i := range v.Components {
		c := &v.Components[i]
		if c.Role != "" && c.Role != bom.RoleDataset {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *bom.Component) int {
		return cmp.Or(cmp.Compare(rank[a.Role], rank[b.Role]), cmp.Compare(a.Ref, b.Ref))
	})
	return out
}

// size is the stored size of a part: of its tensors, else of the files that it
// has for itself.
func (v *view) size(c *bom.Component) int64 {
	if c.Model != nil && c.Model.Bytes > 0 {
		return c.Model.Bytes
	}
	if c.File != nil {
		return c.File.Size
	}
	var n int64
	for _, ref := range v.children[c.Ref] {
		if f := v.byRef[ref]; f != nil && f.File != nil && c.Model == nil {
			n += f.File.Size
		}
	}
	return n
}

// label is a component's name as people write it.
func label(c *bom.Component) string {
	if c == nil {
		return "?"
	}
	return bom.Clean(strings.TrimPrefix(c.Group+"/"+c.Name, "/"))
}

// count prints a number of parameters with three digits: "1.24 B".
func count(n int64) string {
	if n == 0 {
		return "-"
	}
	return scaled(float64(n), 1000, []string{"", " K", " M", " B", " T"})
}

// parameters is count with its noun: "1.24 B parameters".
func parameters(n int64) string {
	return count(n) + wording.Word(n, " parameter", " parameters")
}

// bytes prints a size in decimal units: "2.47 GB".
func bytes(n int64) string {
	if n == 0 {
		return "-"
	}
	return scaled(float64(n), 1000, []string{" B", " kB", " MB", " GB", " TB"})
}

func scaled(x, step float64, units []string) string {
	i := 0
	for x >= step && i < len(units)-1 {
		x /= step
		i++
	}
	if i > 0 && x > 999.5 && i < len(units)-1 {
		x /= step
		i++
	}
	switch {
	case i == 0:
		return fmt.Sprintf("%.0f%s", x, units[i])
	case x < 10:
		return fmt.Sprintf("%.2f%s", x, units[i])
	case x < 100:
		return fmt.Sprintf("%.1f%s", x, units[i])
	}
	return fmt.Sprintf("%.0f%s", x, units[i])
}

// dtypes prints the mix of data types, the largest share first.
func dtypes(m *bom.Model) string {
	if m == nil || len(m.DTypes) == 0 {
		return "-"
	}
	shares := slices.Clone(m.DTypes)
	slices.SortStableFunc(shares, func(a, b bom.DTypeShare) int { return cmp.Compare(b.Parameters, a.Parameters) })
	var names []string
	for _, s := range shares[:min(len(shares), 3)] {
		names = append(names, bom.Clean(s.DType))
	}
	if len(shares) > 3 {
		names = append(names, "…")
	}
	return strings.Join(names, " ")
}

// shortLicences prints the concluded licence, else what is declared; empty when
// nothing is.
func (v *view) shortLicences(c *bom.Component) string {
	declared, concluded := v.licencesOf(c)
	switch {
	case concluded != "" && (concluded == declared || declared == ""):
		return concluded
	case concluded != "":
		return concluded + " (concluded; declared: " + declared + ")"
	case declared != "" && property(c, propLicenceConclusion) != "":
		return declared + " (declared; none is concluded)"
	}
	return declared
}

// origins prints where a component comes from, each with its verdict, in one
// word for a mere declaration.
func (v *view) origins(c *bom.Component) string {
	var out []string
	for _, o := range c.Origins {
		if o.Reference == "" {
			out = append(out, string(o.Verdict))
			continue
		}
		text := label(v.byRef[o.Reference])
		if o.Relation != "" {
			text += " (" + bom.Clean(o.Relation) + ")"
		}
		verdict := string(o.Verdict)
		if o.Verdict == bom.VerdictDeclaredOnly {
			verdict = "declared"
		}
		text = verdict + " " + text
		out = append(out, text)
	}
	return cmp.Or(shortList(out, 3), "-")
}

func sortedKinds(m map[bom.GapKind]int) []bom.GapKind {
	var kinds []bom.GapKind
	for k := range m {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}
