package inventory

import (
	"slices"
	"strings"
)

// twins are networks of one plan that lie side by side in one checkpoint of
// which nothing else is known: the branches of an ONNX graph that are taken for
// different sampling rates, an actor and a critic, a model and its moving
// average. Each can have an origin of its own, so each is a part.
//
// They show in the names: behind a common beginning, the large tensors fall into
// two or more groups by the next word, and the groups have the same names behind
// it. Numbers are no groups, they count the layers of one network.
type twins struct {
	depth int      // number of words before the one that tells them apart
	words []string // that tell them apart, sorted
}

const (
	// twinElements is the size from which a tensor counts: small ones are
	// shared, or differ between twins, without saying anything.
	twinElements = 1024
	// twinTensors is the number of large tensors that each twin has at least.
	// The matrices of one attention block are no twins.
	twinTensors = 4
	// maxTwins bounds the twins of one checkpoint.
	maxTwins = 8
)

// twinsOf finds the twins among the tensors of a set; nil when there are none.
func twinsOf(set *WeightSet) *twins {
	var names [][]string
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			if t := &f.Header.Tensors[i]; len(t.Shape) > 1 && t.Elements() >= twinElements {
				names = append(names, nameWords(t.Name))
			}
		}
	}
	if len(names) < 2*twinTensors {
		return nil
	}
	t := &twins{depth: commonWords(names)}
	groups := map[string][]string{}
	for _, n := range names {
		if len(n) <= t.depth+1 || strings.Trim(n[t.depth], "0123456789") == "" {
			return nil
		}
		word := n[t.depth]
		groups[word] = append(groups[word], strings.ReplaceAll(strings.Join(n[t.depth+1:], "."), word, ""))
		if len(groups) > maxTwins {
			return nil
		}
	}
	var first []string
	for _, word := range sortedNames(groups) {
		behind := groups[word]
		slices.Sort(behind)
		if first == nil {
			first = behind
		}
		if len(behind) < twinTensors || !slices.Equal(behind, first) {
			return nil
		}
		t.words = append(t.words, word)
	}
	if len(t.words) < 2 {
		return nil
	}
	return t
}

// of is the twin that a tensor is in. What is outside of them, such as tables
// that they share, is counted to the first.
func (t *twins) of(name string) string {
	if t == nil {
		return ""
	}
	if n := nameWords(name); len(n) > t.depth && slices.Contains(t.words, n[t.depth]) {
		return n[t.depth]
	}
	return t.words[0]
}

// nameWords cuts a name at dots and slashes.
func nameWords(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '/' })
}

// commonWords is the number of first words that all names share.
func commonWords(names [][]string) int {
	n := len(names[0])
	for _, name := range names[1:] {
		for n > len(name) || !slices.Equal(name[:n], names[0][:n]) {
			n--
		}
	}
	return n
}
