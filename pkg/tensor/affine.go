package tensor

import (
	"math"

	"github.com/modelbom/modelbom/pkg/format"
)

// affine returns what turns stored integers into the values that they stand
// for, in the arithmetic of TensorFlow.js 4 (io_utils.ts, decodeWeights): in 64
// bits, rounded to float32 once; integers are rounded half up.
func affine(t *format.Tensor) (func([]float32), error) {
	a := t.Layout.Affine
	switch t.DType {
	case "U8", "U16": // every q is exact as a float32
	default:
		return nil, fail(t, format.ErrUnsupported, "affine quantisation of this type")
	}
	switch a.DType {
	case "F32":
		return func(dst []float32) {
			for i, q := range dst {
				dst[i] = float32(float64(float64(q)*a.Scale) + a.Min)
			}
		}, nil
	case "I32":
		return func(dst []float32) {
			for i, q := range dst {
				dst[i] = float32(math.Floor(float64(float64(q)*a.Scale) + a.Min + 0.5))
			}
		}, nil
	}
	return nil, fail(t, format.ErrUnsupported, "affine quantisation of %q", a.DType)
}
