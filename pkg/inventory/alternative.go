package inventory

import (
	"path"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A formKey is what the forms of one sub-model have in common: a checkpoint in
// two formats, two quantisations, a copy in a folder such as "original".
type formKey struct {
	role  bom.Role
	name  string // of the piece of a pipeline, and the sub-model's own
	model string // the model_type, or the folder where a folder is a model of its own
}

// A form is the first of them.
type form struct {
	set      *WeightSet
	elements int64 // -1 when the tensors are not known
}

// markAlternatives marks the parts of a set that are another form of what an
// earlier set holds. Names and shapes cannot tell, since every format and every
// quantisation has its own; so parts of one role and model are forms of one
// another unless one has less than half of the other's elements, such as a
// draft model beside the model it drafts for. Of weights without a known role
// nothing says that they are one model, so folder and file name must be equal too.
func (c *cutter) markAlternatives(k *setKind, parts map[partKey]*Part) {
	for key, p := range parts {
		at := formKey{key.role, path.Join(k.name, key.qualifier), k.identity()}
		if key.role == bom.RoleOther {
			at.name = path.Join(at.name, p.Set.Dir, p.Set.Name)
		}
		n := elements(p)
		first := c.groups[at]
		switch {
		case first == nil:
			c.groups[at] = &form{p.Set, n}
		case first.set == p.Set:
		default:
			p.Alternative = n < 0 || first.elements < 0 || 2*min(n, first.elements) >= max(n, first.elements)
		}
	}
}

// elements counts the elements of a part, -1 when not all of it was read.
func elements(p *Part) int64 {
	if !p.Set.Complete() {
		return -1
	}
	n := int64(0)
	for _, r := range p.Tensors {
		n += min(r.Tensor().Elements(), maxElements-n)
	}
	return n
}

// maxElements keeps sums of hostile counts from overflowing when doubled.
const maxElements = 1 << 61
