package fingerprint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// A NamedTensor is one tensor of a part, for [WeightsDigest].
type NamedTensor struct {
	Name  string
	Shape []uint64
	Tensor
}

// WeightsDigest identifies the values of a part's tensors: "sha256:" and the
// hexadecimal SHA-256 of the lines
//
//	modelbom weights 1
//	FORM SHAPE VALUE
//
// each ended by a newline, one line a tensor in byte order of the tensor names,
// where FORM and VALUE (hexadecimal) are the tensor's, and SHAPE is its
// dimensions joined by "x", or "scalar".
//
// Names decide the order and are not hashed. So the digest is the same however
// the tensors are cut into files and ordered in them, under any prefix, and
// after a lossless cast; it changes with one bit of one value, and when two
// tensors change places.
func WeightsDigest(tensors []NamedTensor) string {
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b NamedTensor) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.Value[:], b.Value[:]), slices.Compare(a.Shape, b.Shape))
	})
	h := sha256.New()
	fmt.Fprintf(h, "modelbom weights 1\n")
	for _, t := range tensors {
		fmt.Fprintf(h, "%s %s %x\n", t.Form, shape(t.Shape), t.Value)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func shape(dims []uint64) string {
	if len(dims) == 0 {
		return "scalar"
	}
	s := fmt.Sprint(dims[0])
	for _, d := range dims[1:] {
		s += fmt.Sprintf("x%d", d)
	}
	return s
}
