package upload

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Columns of Dependency-Track's database, in UTF-16 units, which is what Java
// counts. All but the names of properties are cut in silence.
const (
	maxShort    = 255 // names, groups, versions; both halves of a property's name
	maxLong     = 1024
	pieceLength = 1000
)

func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// pieces cuts a text into pieces of at most n units.
func pieces(s string, n int) []string {
	var out []string
	begin, size := 0, 0
	for i, r := range s {
		width := max(utf16.RuneLen(r), 1)
		if size+width > n {
			out = append(out, s[begin:i])
			begin, size = i, 0
		}
		size += width
	}
	return append(out, s[begin:])
}

// texts keeps what is too long for its column.
func (p *preparation) texts(c *bom.Component) {
	for _, t := range []struct {
		name  string
		text  *string
		limit int
	}{
		{bom.PropGroup, &c.Group, maxShort}, {propVersion, &c.Version, maxShort},
		{propDescription, &c.Description, maxLong}, {propCopyright, &c.Copyright, maxLong},
	} {
		if units(*t.text) <= t.limit {
			continue
		}
		add(c, t.name, *t.text)
		*t.text = pieces(*t.text, t.limit-1)[0] + "…"
		p.warn(c.Ref, Cuts, "groups, versions, descriptions and copyrights", asProperties)
	}
	var out []bom.Property
	for _, q := range c.Properties {
		out = append(out, p.property(c.Ref, q)...)
	}
	c.Properties = out
}

// property makes a property fit its columns.
func (p *preparation) property(ref bom.Ref, q bom.Property) []bom.Property {
	space, local, spaced := strings.Cut(q.Name, ":")
	if !spaced {
		space, local = "", q.Name
	}
	if strings.TrimSpace(q.Name) == "" || spaced && local == "" {
		p.warn(ref, Refuses, "properties without a name", "")
		return nil
	}
	if units(space) > maxShort || units(local) > maxShort-10 { // room for the number of a piece
		p.warn(ref, Refuses, "names of properties of over 255 characters", "shorter names")
		q.Name = shorten(q.Name, 200)
	}
	if units(q.Value) <= maxLong {
		return []bom.Property{q}
	}
	p.warn(ref, Cuts, "values of properties at 1024 characters", "several properties")
	var out []bom.Property
	all := pieces(q.Value, pieceLength)
	for i, piece := range all {
		out = append(out, bom.Property{Name: fmt.Sprintf("%s (%d/%d)", q.Name, i+1, len(all)), Value: piece})
	}
	return out
}

// shorten keeps the beginning and the end of a name, which tell most, and a
// digest of the whole between them.
func shorten(s string, n int) string {
	if units(s) <= n {
		return s
	}
	half := (n - 10) / 2 // two marks and eight digits
	runes := []rune(s)
	tail := string(runes[max(0, len(runes)-half/2):]) // two units at most for a rune
	head, digest := pieces(s, half)[0], sha256.Sum256([]byte(s))
	return fmt.Sprintf("%s…%x…%s", head, digest[:4], tail)
}

// names gives every component an identity of its own. The subject keeps its
// name, and then whoever comes first.
func (p *preparation) names() {
	order := make([]*bom.Component, len(p.out.Components))
	for i := range order {
		order[i] = &p.out.Components[i]
	}
	slices.SortStableFunc(order, func(a, b *bom.Component) int { return cmp.Compare(place(a, p.out.Subject), place(b, p.out.Subject)) })
	taken := map[sameName]bool{}
	for _, c := range order {
		name := c.Name
		if units(name) > maxShort {
			p.warn(c.Ref, Cuts, "names at 255 characters", "shorter names")
			c.Name = shorten(name, maxShort-1)
		}
		if taken[identity(c)] {
			p.warn(c.Ref, Merges, "components of one package URL, group, name and version, whatever their digests", "names with the reference behind them")
			for n := 0; taken[identity(c)]; n++ {
				c.Name = shorten(fmt.Sprintf("%s (%s)%s", name, c.Ref, strings.Repeat("'", n)), maxShort-1)
			}
		}
		taken[identity(c)] = true
		if c.Name != name {
			c.Properties = append(c.Properties, p.property(c.Ref, bom.Property{Name: propName, Value: name})...)
		}
	}
}

func place(c *bom.Component, subject bom.Ref) int {
	switch {
	case c.Ref == subject:
		return 0
	case c.Role != "":
		return 1
	}
	return 2
}
