package compare

import (
	"math"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A rounding is how values came to be those that a type holds.
type rounding struct {
	kind roundingKind
	// Of floats: the bits of the significand, the leading one included, and the
	// smallest exponent of a normal number.
	significand, lowest int
	block               int // elements that share a scale, at most windowSize
	// clip is how many steps beyond the outermost level a value may lie that was
	// rounded to it, for quantisers that fit scales and let large values be cut
	// off; 0 is one step.
	clip float64
	// Of types whose cells are not known: the relative distance that rounding
	// makes on normal weights, and what it does to signs.
	noise float64
	signs signRule
}

type roundingKind int

const (
	unrounded   roundingKind = iota
	float                    // to nearest, of a known grid
	scaledFloat              // the same after a scale that is not known
	evenLevels               // equal steps and one offset a block
	anyLevels                // to the nearest of some levels
	ternary                  // to 0 or plus or minus the largest of a block
	compensated              // errors are carried on to later elements
	codebook                 // several elements together, to a vector of a code book
	integer                  // whole numbers whose scale was fitted
)

// A signRule says what rounding does to the signs of values.
type signRule int

const (
	anySigns   signRule = iota
	keptSigns           // each is stored
	sevenSigns          // of eight, one follows from the others and may be wrong
)

// floatTypes are the significand bits and lowest exponents of floating-point
// types (IEEE 754, OCP 8-bit Floating Point Specification 1.0).
var floatTypes = map[string][2]int{
	"F64": {53, -1022}, "F32": {24, -126}, "F16": {11, -14}, "BF16": {8, -126}, "F8_E4M3": {4, -6}, "F8_E5M2": {3, -14},
}

// codebooks are the types of ggml that round vectors. The distances are those of
// ggml's quantisers on normal weights with unequal importance (measured,
// e2e/transform); the transformers there show between 1.0 and 1.1 times as
// much, weights with five degrees of freedom or columns of unequal scale up to
// 1.4 times. Whether signs are stored is a matter of the format.
var codebooks = map[string]rounding{
	"IQ1_S":   {noise: 0.52},
	"IQ1_M":   {noise: 0.49},
	"IQ2_XXS": {noise: 0.36, signs: sevenSigns},
	"IQ2_XS":  {noise: 0.32, signs: sevenSigns},
	"IQ2_S":   {noise: 0.26, signs: keptSigns},
	"IQ3_XXS": {noise: 0.20, signs: sevenSigns},
	"IQ3_S":   {noise: 0.15, signs: keptSigns},
}

// clippedSteps is how far beyond the outermost level of a block of ggml values
// are found: its quantisers fit scales to weighted errors, and those of K types
// round them to 4, 6 or 8 bits (measured, e2e/transform: up to 4 steps in Q2_K,
// 3.3 in Q3_K, 2.7 in Q6_K).
const clippedSteps = 4

// compensatedNoise is the relative distance that plain rounding to 4 bits in
// groups of 128 makes on normal weights. One bit more halves it.
const compensatedNoise = 0.117

// roundingOf tells how a tensor's values were rounded, from its type and scheme.
func roundingOf(t *fingerprint.TensorPrint) rounding {
	d := strings.ToUpper(string(t.DType))
	if t.Form != "" && floatTypes[string(t.Form)] != [2]int{} {
		d = string(t.Form)
	}
	f, isFloat := floatTypes[d]
	switch scheme := strings.ToLower(t.Scheme); {
	case strings.Contains(scheme, "gptq"), strings.Contains(scheme, "awq"), scheme == "pack-quantized":
		return rounding{kind: compensated, block: windowSize, noise: compensatedNoise * math.Pow(2, 4-bitsOf(t))}
	case strings.HasPrefix(scheme, "fp8"), scheme == "scaled" && isFloat:
		return rounding{kind: scaledFloat, significand: max(f[0], 3), lowest: f[1], block: windowSize}
	case strings.Contains(scheme, "nvfp4"):
		return rounding{kind: anyLevels, block: 16}
	case strings.Contains(scheme, "mxfp4"), scheme == "bitsandbytes-4bit":
		return rounding{kind: anyLevels, block: windowSize}
	case scheme != "":
		return rounding{kind: evenLevels, block: windowSize}
	case isFloat:
		return rounding{kind: float, significand: f[0], lowest: f[1], block: windowSize}
	}
	return roundingOfType(d)
}

// roundingOfType is that of types that are no floating-point numbers.
func roundingOfType(d string) rounding {
	switch d {
	case "Q8_0", "Q8_1", "Q8_K", "I8", "U8", "I4", "U4", "I16", "U16":
		return rounding{kind: evenLevels, block: windowSize}
	case "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K":
		return rounding{kind: evenLevels, block: windowSize, clip: clippedSteps}
	case "Q2_K", "Q3_K", "Q6_K":
		return rounding{kind: evenLevels, block: 16, clip: clippedSteps}
	case "IQ4_NL", "IQ4_XS", "MXFP4":
		return rounding{kind: anyLevels, block: windowSize}
	case "NVFP4":
		return rounding{kind: anyLevels, block: 16}
	case "TQ1_0", "TQ2_0":
		return rounding{kind: ternary, block: windowSize}
	}
	if r, ok := codebooks[d]; ok {
		r.kind, r.block = codebook, windowSize
		return r
	}
	return rounding{kind: unrounded}
}

// bitsOf is the number of bits of a stored value, scales left out, which no
// scheme gives a whole bit for each value.
func bitsOf(t *fingerprint.TensorPrint) float64 {
	elements := 1.0
	for _, n := range t.Shape {
		elements *= float64(n)
	}
	if bits := math.Floor(float64(t.Bytes) * 8 / elements); bits >= 2 {
		return min(bits, 8)
	}
	return 4
}

// coarser reports whether values rounded like r can come from values rounded
// like o and not be these: a type narrower than a float.
func (r rounding) coarser(o rounding) bool {
	switch {
	case r.kind == unrounded:
		return false
	case r.kind == float && o.kind == float:
		return r.significand < o.significand || r.significand > o.significand && r.lowest > o.lowest
	}
	return r.kind != float
}

// known reports whether the cells of values are known.
func (r rounding) known() bool { return r.kind != compensated && r.kind != codebook }
