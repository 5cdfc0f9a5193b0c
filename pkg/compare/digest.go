package compare

import (
	"crypto/sha256"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Digests find tensors of B by their content.
type digests struct {
	payload map[payloadKey]bool
	value   map[[sha256.Size]byte]bool
	units   map[[sha256.Size]byte][]*unit // matrices by value digest
}

// A payloadKey has the type too: equal bytes of another type are other values.
type payloadKey struct {
	digest [sha256.Size]byte
	dtype  string
}

var noDigest [sha256.Size]byte

func newDigests(b *side) digests {
	d := digests{map[payloadKey]bool{}, map[[sha256.Size]byte]bool{}, map[[sha256.Size]byte][]*unit{}}
	for i := range b.part.Tensors {
		t := &b.part.Tensors[i]
		if t.Payload != noDigest {
			d.payload[payloadKey{t.Payload, string(t.DType)}] = true
		}
		if t.Value != noDigest {
			d.value[t.Value] = true
		}
	}
	for _, u := range b.units {
		if u.print.Value != noDigest {
			d.units[u.print.Value] = append(d.units[u.print.Value], u)
		}
	}
	return d
}

// equalTo says how a tensor equals one of B by digest.
func (d digests) equalTo(t *fingerprint.TensorPrint) equality {
	switch {
	case t.Payload != noDigest && d.payload[payloadKey{t.Payload, string(t.DType)}]:
		return bytesEqual
	case t.Value != noDigest && d.value[t.Value]:
		return valuesEqual
	}
	return unequal
}

// pairByDigest pairs a matrix with one of equal values: the one that names
// choose, else one that no other has, else any, since layers may be repeated.
func (c *comparison) pairByDigest(u *unit, taken map[*unit]bool) *pair {
	if u.print.Value == noDigest {
		return nil
	}
	same := c.digests.units[u.print.Value]
	if len(same) == 0 {
		return nil
	}
	pick := same[0]
	if i := slices.IndexFunc(same, func(v *unit) bool { return !taken[v] }); i >= 0 {
		pick = same[i]
	}
	for _, v := range c.named(u) {
		if v.print.Value == u.print.Value {
			pick = v
			break
		}
	}
	p := c.newPair(u, pick, true)
	p.equal = valuesEqual
	if u.print.Payload != noDigest && u.print.Payload == pick.print.Payload && u.print.DType == pick.print.DType {
		p.equal = bytesEqual
	}
	return p
}
