package compare

import (
	"slices"
	"testing"
)

// TestFrozenLayers: the note about unchanged layers, for one layer and for many.
func TestFrozenLayers(t *testing.T) {
	base := small.make(newSource(1))
	for from, want := range map[int]string{1: "layer 0 is unchanged", 2: "layers 0-1 are unchanged"} {
		r := Parts(base.partly(newSource(3), 0.02, from).part(t), base.part(t), Options{Comparisons: 1e9})
		if !slices.Contains(r.Notes, want) {
			t.Errorf("all layers from %d on were trained: %q is not in %q", from, want, r.Notes)
		}
	}
}

func TestSome(t *testing.T) {
	for want, names := range map[string][]string{
		"a":                         {"a", "a"},
		"a, b, c, d":                {"d", "c", "b", "a"},
		"a, b, c, d and 1 other":    {"a", "b", "c", "d", "e"},
		"a, b, c, d and 2 others":   {"a", "b", "c", "d", "e", "f"},
		"a, b, c, d\\n and 1 other": {"a", "b", "c", "d\n", "e"},
	} {
		if got := some(names); got != want {
			t.Errorf("some(%q) = %q, want %q", names, got, want)
		}
	}
}
