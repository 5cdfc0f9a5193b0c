package inventory

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

func TestTwins(t *testing.T) {
	set := func(names ...string) *WeightSet {
		h := &format.Header{}
		for _, n := range names {
			h.Tensors = append(h.Tensors, format.Tensor{Name: n, DType: "F32", Shape: []uint64{64, 32}, Size: 8192})
		}
		return &WeightSet{Files: []*File{{Header: h}}}
	}
	network := func(prefix string) []string {
		var names []string
		for _, n := range []string{"encoder.0.weight", "encoder.1.weight", "rnn.weight_hh", "rnn.weight_ih"} {
			names = append(names, prefix+n)
		}
		return names
	}
	for _, test := range []struct {
		name  string
		names []string
		want  string
	}{
		{"two networks", append(network("model."), network("model_8k.")...), "model model_8k"},
		{"branches that are named again in their names",
			append(network("If_0/else_branch/If_0_else_branch__"), network("If_0/then_branch/If_0_then_branch__")...), "else_branch then_branch"},
		{"one network", network("model."), ""},
		{"another plan", append(network("actor."), "critic.0.weight", "critic.1.weight", "critic.2.weight", "critic.3.weight"), ""},
		{"layers", append(network("layers.0."), network("layers.1.")...), ""},
		{"one attention block", []string{"q.weight", "k.weight", "v.weight", "o.weight", "q.bias", "k.bias", "v.bias", "o.bias"}, ""},
		{"a matrix outside", append(append(network("a."), network("b.")...), "head.weight"), ""},
		{"a name that ends where others go on", append(append(network("a."), network("b.")...), "a"), ""},
	} {
		got := ""
		if tw := twinsOf(set(test.names...)); tw != nil {
			got = strings.Join(tw.words, " ")
		}
		if got != test.want {
			t.Errorf("%s: twins %q, want %q", test.name, got, test.want)
		}
	}
	tw := twinsOf(set(append(network("model."), network("model_8k.")...)...))
	for name, want := range map[string]string{"model_8k.stft.basis": "model_8k", "model.x": "model", "val_7": "model"} {
		if got := tw.of(name); got != want {
			t.Errorf("tensor %q is in %q, want %q", name, got, want)
		}
	}
}
