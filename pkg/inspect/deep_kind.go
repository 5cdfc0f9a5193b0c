package inspect

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/align"
)

// A deepKind is what a tensor has to do with the residual stream. Unknown
// tensors are put where they fit best, and are no evidence.
type deepKind struct {
	align.Kind
	known bool
	// inner: it reads and writes hidden units only, and is compared as it stands.
	inner bool
}

// kinds by role. What is not listed is unknown.
var kinds = map[string]align.Kind{
	"attention.q": align.Input, "attention.k": align.Input, "attention.v": align.Input, "attention.qkv": align.Input,
	"attention.q-low": align.Input, "attention.kv-low": align.Input,
	"cross-attention.q": align.Input, "cross-attention.k": align.Input, "cross-attention.v": align.Input,
	"mlp.up": align.Input, "mlp.gate": align.Gate, "mlp.gate-up": align.Input, "mlp.router": align.Input, "mlp.shared-router": align.Input,
	"attention.o": align.Output, "cross-attention.o": align.Output, "mlp.down": align.Output,
	"embedding.token": align.Embedding, "embedding.position": align.Embedding, "embedding.type": align.Embedding, "head": align.Head,
}

// innerRoles are matrices between hidden units.
var innerRoles = map[string]bool{"attention.q-high": true, "attention.kv-high": true}

func kindOf(t *deepTensor, width int) deepKind {
	if !t.vector {
		k, ok := kinds[t.role]
		return deepKind{k, ok && fits(k, t, width), innerRoles[t.role]}
	}
	base, bias := strings.CutSuffix(t.role, ".bias")
	k, listed := kinds[base]
	switch {
	case bias && listed && (k == align.Input || k == align.Gate):
		return deepKind{Kind: align.HiddenBias, known: true}
	case t.cols != width:
	case strings.HasPrefix(base, "norm.") && base != "norm.q" && base != "norm.k":
		if bias {
			return deepKind{Kind: align.Bias, known: true}
		}
		return deepKind{Kind: align.Gain, known: true}
	case bias && listed && k == align.Output:
		return deepKind{Kind: align.Bias, known: true}
	}
	return deepKind{}
}

// fits reports whether the stream is where the kind says.
func fits(k align.Kind, t *deepTensor, width int) bool {
	if k == align.Output {
		return t.rows == width
	}
	return t.cols == width
}

// orient turns matrices that are stored as [in, out] so that columns are
// inputs. Shapes tell, except of square matrices, which are stored like the
// others of their part.
func (p *deepPart) orient(streams map[string]*DeepStream, width func(*DeepStream) int) {
	turned, straight := 0, 0
	var square []*deepTensor
	for _, t := range p.tensors {
		s := streams[t.stream]
		k, ok := kinds[t.role]
		if s == nil || !ok || t.vector || k == align.Embedding || k == align.Head {
			continue
		}
		d := width(s)
		across, along := t.cols, t.rows // where the stream is in matrices that write it
		if k != align.Output {
			across, along = t.rows, t.cols
		}
		switch {
		case across == d && along == d:
			square = append(square, t)
		case across == d:
			t.turn()
			turned++
		case along == d:
			straight++
		}
	}
	if turned > straight {
		for _, t := range square {
			t.turn()
		}
	}
	p.splitGates()
}

// splitGates takes fused gate-and-up matrices apart where gates are the first
// half of the rows.
func (p *deepPart) splitGates() {
	for _, t := range p.tensors {
		if t.role != "mlp.gate-up" || t.vector || t.turned || t.rows%2 != 0 {
			continue
		}
		up := *t
		t.role, t.rows = "mlp.gate", t.rows/2
		up.role, up.rows, up.first = "mlp.up", t.rows, t.first+int64(t.elements())
		p.tensors = append(p.tensors, &up)
	}
}
