package inventory

import (
	"cmp"
	"path"
	"slices"
	"strconv"

	"github.com/modelbom/modelbom/pkg/bom"
)

// cutParts cuts the weight sets into sub-models and adds the assets.
func cutParts(b *builder) []*Part {
	c := &cutter{builder: b, taken: map[partKey]bool{}, groups: map[formKey]*form{}, assetParts: map[partKey]*Part{}, insides: map[insideKey]*Part{}}
	c.cutSets()
	c.assets()
	rank := map[bom.Role]int{}
	for i, r := range bom.Roles() {
		rank[r] = i
	}
	slices.SortStableFunc(c.order, func(a, b *Part) int {
		return cmp.Or(cmp.Compare(rank[a.Role], rank[b.Role]), cmp.Compare(a.Qualifier, b.Qualifier))
	})
	return c.order
}

// A partKey names a part. Two parts may not have equal keys.
type partKey struct {
	role      bom.Role
	qualifier string
}

type cutter struct {
	*builder
	taken      map[partKey]bool // with clean qualifiers
	order      []*Part
	groups     map[formKey]*form
	assetParts map[partKey]*Part
	insides    map[insideKey]*Part
}

// cutSets cuts all sets. The components of a pipeline come first, so that a
// checkpoint that holds the whole pipeline in one file beside them does not
// take their names.
func (c *cutter) cutSets() {
	kinds := make([]*setKind, len(c.inv.Sets))
	for i, set := range c.inv.Sets {
		kinds[i] = c.kindOf(set)
	}
	for _, pipeline := range []bool{true, false} {
		for i, set := range c.inv.Sets {
			if kinds[i].pipeline == pipeline {
				c.cutSet(set, kinds[i])
			}
		}
	}
}

// cutSet gives every tensor of a set to a part. What an index tells of shards
// that cannot be read makes parts too, without tensors; a set of which nothing
// is known is one part, so that unread weights are seen where parts are listed.
func (c *cutter) cutSet(set *WeightSet, k *setKind) {
	parts := map[partKey]*Part{}
	part := func(role bom.Role, inner string) *Part {
		key := partKey{role, inner}
		if parts[key] == nil {
			parts[key] = c.part(role, inner, set, k)
		}
		return parts[key]
	}
	role := k.role
	if k.fallback == bom.RoleOther && !k.multi {
		twins := twinsOf(set)
		role = func(name string) (bom.Role, string) {
			r, inner := k.role(name)
			if r == bom.RoleOther && inner == "" {
				inner = twins.of(name)
			}
			return r, inner
		}
	}
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			p := part(role(f.Header.Tensors[i].Name))
			p.Tensors = append(p.Tensors, TensorRef{f, i})
			if len(p.Files) == 0 || p.Files[len(p.Files)-1] != f {
				p.Files = append(p.Files, f)
			}
		}
	}
	for _, f := range set.Files { // a graph whose tensors all lie in other files
		if f.Header != nil && len(f.Header.Tensors) == 0 {
			for _, p := range parts {
				p.Files = append(p.Files, f)
			}
		}
	}
	holders := map[*Part]map[*File]bool{}
	for _, t := range set.unread {
		p := part(k.role(t.name))
		if holders[p] == nil {
			holders[p] = map[*File]bool{nil: true}
		}
		if !holders[p][t.file] {
			holders[p][t.file] = true
			p.Files = append(p.Files, t.file)
		}
	}
	for p := range holders {
		slices.SortFunc(p.Files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	}
	if len(parts) == 0 && !vocabularyOnly(set) {
		part(k.fallback, "").Files = slices.Clone(set.Files)
	}
	for key, p := range parts {
		p.ConfigPath, p.ConfigKey = k.configFor(key.role, key.qualifier)
	}
	c.markAlternatives(k, parts)
}

// vocabularyOnly reports a set that was read and holds no tensors at all.
func vocabularyOnly(set *WeightSet) bool { return set.Complete() && len(set.Files) > 0 }

// part makes the part that a set's tensors of one role go to. When another part
// has its name, the set's name tells them apart.
func (c *cutter) part(role bom.Role, inner string, set *WeightSet, k *setKind) *Part {
	plain := path.Join(k.qualifier, inner)
	names := []string{plain, path.Join(plain, set.Name), path.Join(plain, setFile(set))}
	if role == bom.RoleOther && !k.multi && k.fixed == "" && !isDefaultName(set.Name) {
		// "other" alone says nothing where files have telling names.
		names = []string{path.Join(k.qualifier, set.Name, inner), path.Join(k.qualifier, setFile(set), inner)}
	}
	p := &Part{Role: role, Qualifier: c.free(role, names...), Set: set}
	c.order = append(c.order, p)
	return p
}

// isDefaultName reports the names under which loaders look for weights.
func isDefaultName(name string) bool {
	switch name {
	case "model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "weights":
		return true
	}
	return false
}

// setFile is the name of a file that is the set's alone.
func setFile(set *WeightSet) string {
	switch {
	case len(set.Files) > 0:
		return baseName(set.Files[0].Path)
	case set.Index != nil:
		return baseName(set.Index.Path)
	}
	return set.Name
}

// free takes the first qualifier that no part of the role has, and numbers the
// last one when all are taken. Qualifiers that only differ in what a document
// cannot hold count as equal.
func (c *cutter) free(role bom.Role, qualifiers ...string) string {
	take := func(q string) bool {
		key := partKey{role, bom.Clean(q)}
		if c.taken[key] {
			return false
		}
		c.taken[key] = true
		return true
	}
	for _, q := range qualifiers {
		if take(q) {
			return q
		}
	}
	for n := 2; ; n++ {
		if q := path.Join(qualifiers[len(qualifiers)-1], strconv.Itoa(n)); take(q) {
			return q
		}
	}
}
